//! The X11 window on a Wayland desktop: what `ONES_DROP_BACKEND=x11` chooses
//! there, with a source that speaks Wayland.

use std::path::PathBuf;
use std::process::Command;

use super::Sway;
use crate::hand::{self, list_of, offer_unseen};
use crate::session::until;
use crate::until_stored;

/// Sway with an X server of its own, and that one's display.
fn start() -> Option<(Sway, String)> {
    let needed = ["sway", "setpriv", "Xwayland", "xhost"];
    let desktop = hand::start(&needed, &["Gtk 3"])?;
    let sway = Sway::start_in(desktop, "xwayland force");
    // It lets nobody in but sway's user, who can let in others.
    let told = sway.folder.path().join("display");
    let script = format!(
        r#"exec xhost +si:localuser:root && echo "$DISPLAY" > {}"#,
        told.display()
    );
    sway.message(&[&script]);
    let display = until("the X server in sway", || {
        let line = std::fs::read_to_string(&told).ok()?;
        line.ends_with('\n').then(|| line.trim().to_owned())
    });
    Some((sway, display))
}

#[test]
fn the_x11_window_on_wayland_takes_a_wayland_drop() {
    let Some((mut sway, display)) = start() else {
        return;
    };
    let stored = sway.desktop.home.path().join("stored");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    command.args(["demo", "--dir"]).arg(&stored);
    command.env("ONES_DROP_BACKEND", "x11");
    command.env("DISPLAY", &display);
    sway.desktop.spawn(&mut command);
    sway.desktop.reach(&["wait", "#1024*"]);
    until("a window of X11's", || {
        let windows = sway.message(&["-t", "get_tree"]);
        windows.contains(r#""class": "ones-drop""#).then_some(())
    });
    // Sway goes around the proxy; that is told, with the way out.
    sway.desktop
        .reach(&["wait", "*X11 window is a guest on a Wayland desktop*"]);

    let names = ["截图 1.png", "a b#%.txt"];
    let paths: Vec<PathBuf> = names
        .iter()
        .map(|name| sway.desktop.home.path().join(name))
        .collect();
    for (path, name) in paths.iter().zip(names) {
        std::fs::write(path, name).unwrap();
    }
    let list = list_of(&paths);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    sway.hover(&source);
    sway.desktop.reach(&["wait", "Release to attach 2 files"]);
    sway.picture("xwayland-hover.png");
    sway.drop_here();
    until_stored(&stored, &names.map(str::as_bytes));
}
