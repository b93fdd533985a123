//! Drags out of programs that people use.

use std::process::Command;

use crate::hand::{self, MIDDLE};
use crate::session::Desktop;
use crate::{open_demo, until_stored};

#[test]
fn thunar_drags_files() {
    let Some(mut desktop) = Desktop::start(&["thunar"]) else {
        return;
    };
    let shared = desktop.home.path().join("shots");
    std::fs::create_dir(&shared).unwrap();
    std::fs::write(shared.join("截图 1#%.txt"), b"hello").unwrap();
    let stored = open_demo(&mut desktop);
    desktop.spawn(Command::new("thunar").arg(&shared));
    let manager = desktop.window("^shots.*Thunar$");
    desktop.xdotool(&["windowsize", "--sync", &manager, "700", "480"]);
    desktop.xdotool(&["windowmove", "--sync", &manager, "20", "20"]);
    desktop.xdotool(&["windowactivate", "--sync", &manager]);
    desktop.picture("thunar.png");
    desktop.drag((270, 160), MIDDLE);
    desktop.reach(&["wait", "Release to attach 1 file (5 bytes)"]);
    desktop.drop_here();
    until_stored(&stored, &[b"hello"]);
}

#[test]
fn a_browser_drags_links_that_are_said_to_be_no_files() {
    let Some(mut desktop) = Desktop::start(&["chromium"]) else {
        return;
    };
    let page = desktop.home.path().join("page.html");
    let html = "<title>dragpage</title><body style='margin:0'>\
        <a href='https://example.org/report' \
        style='display:block;width:400px;height:300px;background:#cde'>link</a>";
    std::fs::write(&page, html).unwrap();
    open_demo(&mut desktop);
    desktop.spawn(
        Command::new("chromium")
            .args(["--no-sandbox", "--disable-gpu", "--no-first-run"])
            .args([
                "--disable-background-networking",
                "--disable-sync",
                "--test-type",
                "--password-store=basic",
            ])
            .args(["--window-position=10,10", "--window-size=500,450"])
            .arg(format!(
                "--user-data-dir={}",
                desktop.home.path().join("profile").display()
            ))
            .arg(format!("--app={}", hand::uri(&page))),
    );
    let browser = desktop.window("^dragpage$");
    desktop.xdotool(&["windowmove", "--sync", &browser, "10", "10"]);
    desktop.xdotool(&["windowactivate", "--sync", &browser]);
    desktop.until_painted((200, 200), "(204,221,238)");
    hand::pick_up(&desktop, (200, 200));
    desktop.reach(&["wait", "Release*"]);
    desktop.picture("chromium.png");
    desktop.drop_here();
    desktop.reach(&["wait", "1 item was left out: 1 not on this computer"]);
}
