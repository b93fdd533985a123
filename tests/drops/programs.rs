//! Drags out of programs that people use.

use std::path::PathBuf;
use std::process::Command;

use crate::hand::{self, MIDDLE};
use crate::session::{Desktop, until};
use crate::{open_demo, until_stored};

/// A folder beside two files, and what the three bring.
fn folder_and_files(desktop: &Desktop) -> (PathBuf, [&'static [u8]; 3]) {
    let shared = desktop.home.path().join("shots");
    // A folder stands first.
    std::fs::create_dir_all(shared.join("a folder/below")).unwrap();
    let contents: [&[u8]; 3] = [b"hello", b"below", b"second"];
    for (name, content) in [
        ("截图 1#%.txt", contents[0]),
        ("a folder/below/b.txt", contents[1]),
        ("second.txt", contents[2]),
    ] {
        std::fs::write(shared.join(name), content).unwrap();
    }
    (shared, contents)
}

/// Brings a file manager's window to its place.
fn arrange(desktop: &Desktop, title: &str) {
    let manager = desktop.window(title);
    desktop.xdotool(&["windowsize", "--sync", &manager, "700", "480"]);
    desktop.xdotool(&["windowmove", "--sync", &manager, "20", "20"]);
    desktop.xdotool(&["windowactivate", "--sync", &manager]);
}

/// Drags all that is marked, by the first icon.
fn drag_all(desktop: &Desktop, icon: (i32, i32)) {
    desktop.drag(icon, MIDDLE);
    desktop.reach(&["wait", "Release to attach 3 items"]);
    desktop.drop_here();
}

#[test]
fn thunar_drags_all_that_is_marked() {
    let Some(mut desktop) = Desktop::start(&["thunar"]) else {
        return;
    };
    let (shared, contents) = folder_and_files(&desktop);
    let stored = open_demo(&mut desktop);
    desktop.spawn(Command::new("thunar").arg(&shared));
    arrange(&desktop, "^shots.*Thunar$");
    until("all are marked", || {
        desktop.xdotool(&["key", "ctrl+a"]);
        let marked = desktop.reach_in("hunar", &["now", "Selection: 1 folder*2 files*"]);
        (marked.trim() == "yes").then_some(())
    });
    desktop.picture("thunar.png");
    drag_all(&desktop, (270, 160));
    until_stored(&stored, &contents);
}

#[test]
fn pcmanfm_drags_all_that_is_marked() {
    let Some(mut desktop) = Desktop::start(&["pcmanfm"]) else {
        return;
    };
    let (shared, contents) = folder_and_files(&desktop);
    let stored = open_demo(&mut desktop);
    desktop.spawn(Command::new("pcmanfm").arg("--no-desktop").arg(&shared));
    arrange(&desktop, "^shots$");
    // It has no accessibility tree; this is GTK's mark below the last name.
    until("all are marked", || {
        desktop.xdotool(&["key", "ctrl+a"]);
        let marked = desktop.paint((374, 164)).contains("(75,105,131)");
        marked.then_some(())
    });
    desktop.picture("pcmanfm.png");
    drag_all(&desktop, (228, 136));
    until_stored(&stored, &contents);
}

/// Opens a page in Chromium and picks up what is on it.
fn pick_up_from_page(desktop: &mut Desktop, body: &str) {
    let page = desktop.home.path().join("page.html");
    let html = format!("<title>dragpage</title><body style='margin:0'>{body}");
    std::fs::write(&page, html).unwrap();
    let profile = desktop.home.path().join("profile");
    desktop.spawn(
        Command::new("chromium")
            .args(["--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-sync"])
            .args(["--test-type", "--password-store=basic"])
            .args(["--window-position=10,10", "--window-size=500,450"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("--app={}", hand::uri(&page))),
    );
    let browser = desktop.window("^dragpage$");
    desktop.xdotool(&["windowmove", "--sync", &browser, "10", "10"]);
    desktop.xdotool(&["windowactivate", "--sync", &browser]);
    desktop.until_painted((200, 200), "(0,0,255)");
    desktop.drag((200, 200), MIDDLE);
    desktop.reach(&["wait", "Release*"]);
}

#[test]
fn a_browser_drags_links_that_are_said_to_be_no_files() {
    let Some(mut desktop) = Desktop::start(&["chromium"]) else {
        return;
    };
    open_demo(&mut desktop);
    let link = "<a href='https://example.org/report' \
        style='display:block;width:400px;height:300px;background:#00f'>link</a>";
    pick_up_from_page(&mut desktop, link);
    desktop.picture("chromium.png");
    desktop.drop_here();
    desktop.reach(&["wait", "1 item was left out: 1 not on this computer"]);
}

#[test]
fn a_browser_drags_the_picture_of_a_page() {
    let Some(mut desktop) = Desktop::start(&["chromium"]) else {
        return;
    };
    let stored = open_demo(&mut desktop);
    let picture = desktop.home.path().join("cat.png");
    desktop.run(
        desktop
            .command("convert")
            .args(["-size", "400x300", "xc:#00f"])
            .arg(&picture),
    );
    let bytes = std::fs::read(&picture).unwrap();
    pick_up_from_page(&mut desktop, "<img src='cat.png'>");
    desktop.picture("chromium-picture.png");
    desktop.drop_here();
    until_stored(&stored, &[&bytes]);
    desktop.reach(&["wait", "*cat.png*"]);
}
