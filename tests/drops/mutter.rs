//! The same drags in mutter, the compositor of GNOME, without a screen.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::hand::{self, Source, list_of, offer_unseen};
use crate::session::{Desktop, until};
use crate::{many, until_stored};

/// Places of the screen, near enough to each other to hit any window. From
/// below, where there is room beside the window under test.
fn grid() -> impl Iterator<Item = (i32, i32)> + Clone {
    let rows = (0..12).rev();
    rows.flat_map(|row| (0..12).map(move |column| (35 + column * 115, 20 + row * 80)))
}

/// Places far from each other, again and again.
fn coarse() -> impl Iterator<Item = (i32, i32)> {
    let places = [(300, 350), (1100, 600), (700, 500), (300, 750), (1100, 300)];
    places.into_iter().cycle()
}

/// How long a source is listened to after a move. One that takes longer is
/// listened to once more, so this decides how quick the test is, not how it ends.
const STEP: Duration = Duration::from_millis(20);

/// The compositor, and a hand in it.
struct Mutter {
    desktop: Desktop,
    hand: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Mutter {
    fn start() -> Option<Self> {
        let mut desktop = hand::start(&["mutter"], &["Gtk 3"])?;
        let socket = desktop.home.path().join("run/wayland-mutter");
        desktop.spawn(Command::new("mutter").args([
            "--headless",
            "--wayland",
            "--no-x11",
            "--virtual-monitor",
            "1400x1000",
            "--wayland-display",
            "wayland-mutter",
        ]));
        until("mutter", || socket.exists().then_some(()));
        desktop.also = vec![
            ("WAYLAND_DISPLAY".into(), socket.to_str().unwrap().into()),
            ("GDK_BACKEND".into(), "wayland".into()),
        ];
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drops/mutter.py");
        let mut command = desktop.command("/usr/bin/python3");
        command
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut hand = command.spawn().unwrap();
        let orders = hand.stdin.take().unwrap();
        let answers = BufReader::new(hand.stdout.take().unwrap());
        let mut mutter = Self {
            desktop,
            hand,
            orders,
            answers,
        };
        assert_eq!(mutter.answer(), "ready\n");
        Some(mutter)
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        assert_eq!(self.answer(), "done\n");
    }

    fn go(&mut self, (x, y): (i32, i32)) {
        self.order(&format!("to {x} {y}"));
    }

    /// Moves about until the source says that the pointer is over it. On a slow
    /// machine that comes some places late, so the last ones are tried again.
    fn find(&mut self, source: &Source) -> (i32, i32) {
        let mut places = grid().cycle();
        let mut visited = Vec::new();
        until("the source's window", || {
            let place = places.next()?;
            let before = source.count("over");
            self.go(place);
            visited.push(place);
            if !says_more(source, "over", before, STEP) {
                return None;
            }
            let tried = visited.split_off(visited.len().saturating_sub(15));
            tried
                .into_iter()
                .rev()
                .find(|place| self.is_on(*place, source))
        })
    }

    /// Whether this place is on the source's window.
    fn is_on(&mut self, (x, y): (i32, i32), source: &Source) -> bool {
        self.go((x, y));
        // What is said of earlier places comes first.
        let mut before = source.count("over");
        while says_more(source, "over", before, STEP * 8) {
            before = source.count("over");
        }
        self.go((x + 2, y + 2));
        says_more(source, "over", before, STEP * 16)
    }

    /// Starts a drag; again, if the source was not where it seemed to be.
    fn pick_up(&mut self, source: &Source) {
        until("the drag begins", || {
            let (x, y) = self.find(source);
            self.go((x, y));
            self.order("down");
            for step in 1..=20 {
                self.go((x + step * 2, y + step));
                if says_more(source, "begin", source.count("end"), STEP) {
                    return Some(());
                }
            }
            self.order("up");
            None
        });
    }

    /// Moves about until the overlay is shown.
    fn hover(&mut self) -> (i32, i32) {
        self.hover_among(&mut coarse())
    }

    fn hover_among(&mut self, places: &mut impl Iterator<Item = (i32, i32)>) -> (i32, i32) {
        until("the window", || {
            let (x, y) = places.next()?;
            self.go((x, y));
            self.go((x + 4, y + 4));
            let shown = self.desktop.reach(&["now", "Release*"]);
            (shown.trim() == "yes").then_some((x, y))
        })
    }

    fn open_demo(&mut self) -> PathBuf {
        let stored = self.desktop.home.path().join("stored");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
        self.desktop
            .spawn(command.args(["demo", "--dir"]).arg(&stored));
        self.desktop.reach(&["wait", "#1024*"]);
        assert_eq!(self.desktop.windows("^ONES Drop$"), Vec::<String>::new());
        stored
    }
}

#[path = "mutter/more.rs"]
mod more;

/// Whether the source says a word more often within this time.
fn says_more(source: &Source, word: &str, before: usize, limit: Duration) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if source.count(word) > before {
            return true;
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    false
}

impl Drop for Mutter {
    fn drop(&mut self) {
        self.hand.kill().ok();
        self.hand.wait().ok();
    }
}

#[test]
fn gnome_brings_every_drop() {
    let Some(mut mutter) = Mutter::start() else {
        return;
    };
    let stored = mutter.open_demo();
    let home = mutter.desktop.home.path();
    let names: [&[u8]; 4] = [
        b"bad\xff 1#.txt",
        "截图.png".as_bytes(),
        "🚀 100%.txt".as_bytes(),
        b"line\nbreak%0A.txt",
    ];
    let paths = names.map(|name| {
        use std::os::unix::ffi::OsStrExt as _;
        home.join(std::ffi::OsStr::from_bytes(name))
    });
    for (path, name) in paths.iter().zip(names) {
        std::fs::write(path, name).unwrap();
    }
    let list = list_of(&paths);
    let source = offer_unseen(&mut mutter.desktop, "gtk", &[("text/uri-list", &list)]);
    mutter.pick_up(&source);
    mutter.hover();
    mutter
        .desktop
        .reach(&["wait", "Release to attach 4 files (*"]);
    // Off every window, and back.
    mutter.go((1395, 995));
    mutter.go((1390, 990));
    mutter.desktop.reach(&["gone", "Release*"]);
    mutter.hover();
    mutter.order("up");
    until_stored(&stored, &names);
    mutter.desktop.reach(&["gone", "Release*"]);
    until("the source is told", || {
        source.said().contains("end 2").then_some(())
    });
}

#[test]
fn gnome_brings_many_files_and_a_text() {
    let Some(mut mutter) = Mutter::start() else {
        return;
    };
    let stored = mutter.open_demo();
    let text = "ERROR 出错了\n".as_bytes();
    let form = ("text/plain;charset=utf-8", text);
    let source = offer_unseen(&mut mutter.desktop, "gtk", &[form]);
    mutter.pick_up(&source);
    mutter.hover();
    let told = "Release to attach the text";
    mutter.desktop.reach(&["wait", told]);
    mutter.order("up");
    until_stored(&stored, &[text]);
    mutter.desktop.end(source.id);
    for (count, told) in [
        (1000, "Release to attach 1,000 files*"),
        (10_000, "Release to attach 10,000 files*"),
    ] {
        let folder = mutter.desktop.home.path().join(count.to_string());
        let list = list_of(&many(&folder, count));
        let source = offer_unseen(&mut mutter.desktop, "gtk", &[("text/uri-list", &list)]);
        mutter.pick_up(&source);
        mutter.hover();
        mutter.desktop.reach(&["wait", told]);
        mutter.order("up");
        until("all are stored", || {
            let held = std::fs::read_dir(&stored).ok()?.count();
            (held > count).then_some(())
        });
        mutter.desktop.end(source.id);
    }
}
