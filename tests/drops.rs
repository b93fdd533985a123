//! Real drags onto the real window, by programs that are not ours: toolkits,
//! file managers and a browser under Xvfb.
//!
//! Each test is skipped with a printed reason where its tools are missing; CI
//! installs them and fails on a skip. `ONES_DROP_PICTURES=DIR` keeps pictures.
#![cfg(all(unix, not(target_os = "macos")))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    dead_code,
    reason = "test program"
)]

#[path = "drops/faults.rs"]
mod faults;
#[path = "drops/hand.rs"]
mod hand;
#[path = "drops/mutter.rs"]
mod mutter;
#[path = "drops/programs.rs"]
mod programs;
#[path = "desktop/session.rs"]
mod session;
#[path = "drops/wayland.rs"]
mod wayland;
#[path = "drops/wire.rs"]
mod wire;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use hand::{MIDDLE, NOWHERE, PNG, hover, list_of, offer, place, uri};
use session::{Desktop, until};

/// Opens the demo, which keeps what arrives in a folder.
fn open_demo(desktop: &mut Desktop) -> PathBuf {
    let stored = desktop.home.path().join("stored");
    desktop.open(&["demo".as_ref(), "--dir".as_ref(), stored.as_os_str()]);
    desktop.reach(&["wait", "#1024*"]);
    place(desktop);
    stored
}

/// Waits until the demo's folder holds exactly these contents.
fn until_stored(folder: &Path, wanted: &[&[u8]]) {
    let wanted: BTreeSet<Vec<u8>> = wanted.iter().map(|content| content.to_vec()).collect();
    until("the files are stored", || {
        let files = std::fs::read_dir(folder).ok()?;
        let read =
            |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry.ok()?.path()).ok();
        let held: BTreeSet<Vec<u8>> = files.filter_map(read).collect();
        (held == wanted).then_some(())
    });
}

/// Whether a file in the folder has this content.
fn holds(folder: &Path, content: &[u8]) -> bool {
    let mut files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.any(|entry| std::fs::read(entry.path()).unwrap_or_default() == content)
}

/// Writes so many files and gives their paths.
fn many(folder: &Path, count: usize) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).unwrap();
    let write = |at: usize| {
        let path = folder.join(format!("file number {at}.log"));
        std::fs::write(&path, at.to_string()).unwrap();
        path
    };
    (0..count).map(write).collect()
}

#[test]
fn one_a_thousand_and_ten_thousand_files_all_arrive() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    for (count, held, told) in [
        (1, "1 file (1 byte)", "1 file is waiting*"),
        // The size of so many is said only where the disk is quick enough.
        (1000, "1,000 files*", "1,000 files are waiting*"),
        // Over 256 KiB of list: it comes in parts.
        (10_000, "10,000 files*", "10,000 files are waiting*"),
    ] {
        let folder = desktop.home.path().join(count.to_string());
        let list = list_of(&many(&folder, count));
        let program = desktop.open(&[]);
        place(&desktop);
        let source = offer(&mut desktop, "gtk", &[("text/uri-list", &list)]);
        hover(&desktop, &source);
        desktop.reach(&["wait", &format!("Release to add {held}, then sign in")]);
        desktop.picture(&format!("hover-{count}.png"));
        desktop.drop_here();
        desktop.reach(&["wait", told]);
        desktop.reach(&["gone", "Release*"]);
        until("the source is told", || {
            source.said().contains("end 2").then_some(())
        });
        assert_eq!(
            source.said().matches("asked").count(),
            1,
            "{}",
            source.said()
        );
        desktop.end(source.id);
        desktop.end(program);
    }
}

#[test]
fn odd_names_arrive_and_what_is_no_file_is_said() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let folder = desktop.home.path().join("odd");
    std::fs::create_dir(&folder).unwrap();
    let names: [&[u8]; 9] = [
        b"a b.txt",
        b"100%.txt",
        b"100%25.txt",
        b"#hash?x=1&y.txt",
        b"line\nbreak.txt",
        "截图 1.png".as_bytes(),
        "🚀.txt".as_bytes(),
        b"bad\xff\xfe.txt",
        b"here.txt",
    ];
    let paths = names.map(|name| folder.join(OsStr::from_bytes(name)));
    for (path, name) in paths.iter().zip(names) {
        std::fs::write(path, name).unwrap();
    }
    let mut list = list_of(&paths[..6]);
    let here = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    for line in [
        format!("file://localhost{}", hand::escaped(&paths[6])),
        format!("file:{}", hand::escaped(&paths[7])),
        format!("file://{here}{}", hand::escaped(&paths[8])),
        "http://example.org/cat.png".to_owned(),
        "sftp://host/file".to_owned(),
        "javascript:alert(1)".to_owned(),
        uri(&folder.join("missing.txt")),
    ] {
        list.extend(format!("{line}\r\n").bytes());
    }
    let stored = open_demo(&mut desktop);
    let source = offer(&mut desktop, "gtk", &[("text/uri-list", &list)]);
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach 10 files (*"]);
    desktop.reach(&["wait", "3 entries aren't files on this computer*"]);
    desktop.picture("odd-hover.png");
    desktop.drop_here();
    until_stored(&stored, &names);
    let left_out = "4 items were left out: 1 missing, 2 not on this computer, 1 entry*";
    desktop.reach(&["wait", left_out]);
    desktop.click("Show");
    desktop.reach(&["wait", "javascript:alert(1): Left out - names no file"]);
    desktop.picture("odd-dropped.png");
}

#[test]
fn plain_line_breaks_and_links_are_taken_as_they_are() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let folder = desktop.home.path().join("odd");
    std::fs::create_dir(&folder).unwrap();
    let (one, plain) = (folder.join("one.txt"), folder.join("plain.txt"));
    std::fs::write(&one, b"one").unwrap();
    std::fs::write(&plain, b"plain").unwrap();
    let link = folder.join("link.txt");
    std::os::unix::fs::symlink(&plain, &link).unwrap();
    let list = format!("# copied\n{}\n{}\n\0", uri(&one), uri(&link));
    let stored = open_demo(&mut desktop);
    let source = offer(&mut desktop, "gtk", &[("text/uri-list", list.as_bytes())]);
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release*"]);
    desktop.drop_here();
    until_stored(&stored, &[b"one", b"plain"]);
    desktop.reach(&["wait", "*link.txt*"]);
    desktop.reach(&["gone", "*plain.txt*"]);
}

#[test]
fn a_drag_that_leaves_leaves_nothing_behind() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    let stored = open_demo(&mut desktop);
    let list = list_of(std::slice::from_ref(&file));
    let source = offer(&mut desktop, "gtk", &[("text/uri-list", &list)]);
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach 1 file (1 byte)"]);
    desktop.glide(MIDDLE, NOWHERE);
    desktop.reach(&["gone", "Release*"]);
    desktop.drop_here();
    until("the drag ends", || {
        source.said().contains("end").then_some(())
    });
    // The next drag is none the worse for it.
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach 1 file (1 byte)"]);
    assert!(!stored.exists() || std::fs::read_dir(&stored).unwrap().next().is_none());
    desktop.drop_here();
    until_stored(&stored, &[b"a"]);
}

#[test]
fn pictures_and_texts_without_a_file_become_files() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let stored = open_demo(&mut desktop);
    let png = PNG;
    let link = b"https://example.org/cat.png\r\n";
    let source = offer(
        &mut desktop,
        "gtk",
        &[
            ("image/png", png),
            ("text/uri-list", link),
            ("UTF8_STRING", b"cat"),
        ],
    );
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach the picture"]);
    desktop.drop_here();
    until_stored(&stored, &[png]);
    desktop.reach(&["wait", "*image 20*.png*"]);
    desktop.end(source.id);

    let text = "ERROR 出错了\nat line 7\n".as_bytes();
    let source = offer(
        &mut desktop,
        "gtk",
        &[("UTF8_STRING", text), ("TEXT", b"?")],
    );
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach the text"]);
    desktop.drop_here();
    until_stored(&stored, &[png, text]);
    desktop.reach(&["wait", "*text 20*.txt*"]);
    desktop.end(source.id);

    // A link is no file; it is not taken for a text either.
    let source = offer(
        &mut desktop,
        "gtk",
        &[("UTF8_STRING", b"https://example.org/")],
    );
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release*"]);
    desktop.drop_here();
    desktop.reach(&["wait", "1 item was left out: 1 not on this computer"]);
    desktop.picture("link.png");
}

#[test]
fn a_picture_that_waits_for_a_sign_in_outlives_the_window() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let config = desktop.home.path().join("config");
    let text = config.to_str().unwrap().to_owned();
    desktop.also = vec![("ONES_DROP_CONFIG_DIR".into(), text)];
    let program = desktop.open(&[]);
    place(&desktop);
    let png = PNG;
    let source = offer(&mut desktop, "gtk", &[("image/png", png)]);
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release*"]);
    desktop.drop_here();
    desktop.reach(&["wait", "1 file is waiting*"]);
    // Beside the queue, or elsewhere if the disk was not as quick as the hand.
    let named = until("the queue names it", || {
        let queue = std::fs::read_to_string(config.join("queue.jsonl")).ok()?;
        let (before, after) = queue.split_once("/image 20")?;
        let start = before.rfind('"')? + 1;
        let end = before.len() + "/image 20".len() + after.find('"')?;
        Some(PathBuf::from(&queue[start..end]))
    });
    // Killed, and opened and closed once more.
    desktop.end(program);
    let program = desktop.open(&[]);
    desktop.close(program);
    assert_eq!(std::fs::read(named).unwrap(), png);
}

#[test]
fn each_of_two_windows_takes_its_own_drop() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let folder = desktop.home.path().join("two");
    let files = many(&folder, 2);
    let stored = ["left", "right"].map(|name| desktop.home.path().join(name));
    for folder in &stored {
        desktop.open(&["demo".as_ref(), "--dir".as_ref(), folder.as_os_str()]);
    }
    let windows = until("two windows", || {
        let windows = desktop.windows("^ONES Drop$");
        (windows.len() == 2).then_some(windows)
    });
    let places = [(240, 200), (820, 200)];
    for (window, (x, y)) in windows.iter().zip(places) {
        desktop.xdotool(&[
            "windowmove",
            "--sync",
            window,
            &x.to_string(),
            &y.to_string(),
        ]);
    }
    let mut got = Vec::new();
    for (file, (x, y)) in files.iter().zip(places) {
        let list = list_of(std::slice::from_ref(file));
        let source = offer(&mut desktop, "gtk", &[("text/uri-list", &list)]);
        hand::hover_at(&desktop, &source, (x + 250, y + 350));
        desktop.reach(&["wait", "Release to attach 1 file (1 byte)"]);
        desktop.picture("two.png");
        desktop.drop_here();
        desktop.reach(&["gone", "Release*"]);
        desktop.end(source.id);
        let holder = until("one of them stores it", || {
            let content = std::fs::read(file).unwrap();
            stored.iter().position(|folder| holds(folder, &content))
        });
        got.push(holder);
    }
    got.sort_unstable();
    assert_eq!(got, [0, 1]);
}

#[test]
fn the_window_knows_where_a_drag_is() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let log = desktop.home.path().join("log");
    hand::demo_that_tells(&mut desktop, &log);
    place(&desktop);
    let window = desktop.window("^ONES Drop$");
    let list = list_of(&[PathBuf::from("/tmp/a.txt")]);
    let source = offer(&mut desktop, "gtk", &[("text/uri-list", &list)]);
    hover(&desktop, &source);
    let mut step = 0;
    for place in [(100, 200), (400, 50)] {
        until("the place", || {
            // The window manager may be moving it still.
            let (left, top) = desktop.corner(&window);
            // To and fro: GTK keeps a move to itself while an answer is on its way.
            step = 1 - step;
            let (x, y) = (left + place.0 + step, top + place.1);
            desktop.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
            hand::told_places(&log).contains(&place).then_some(())
        });
    }
}

#[test]
fn a_qt_program_drags_too() {
    let Some(mut desktop) = hand::start(&[], &["PyQt5"]) else {
        return;
    };
    let file = desktop.home.path().join("来自 Qt.txt");
    std::fs::write(&file, b"from qt").unwrap();
    let list = list_of(std::slice::from_ref(&file));
    let stored = open_demo(&mut desktop);
    let source = offer(&mut desktop, "qt", &[("text/uri-list", &list)]);
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach 1 file (7 bytes)"]);
    desktop.drop_here();
    until_stored(&stored, &[b"from qt"]);
}
