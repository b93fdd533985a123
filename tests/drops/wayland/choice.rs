//! Which kind of window is opened: by the variable, and by what is there.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use super::Sway;
use crate::hand::{self, list_of};
use crate::session::Desktop;
use crate::{offer, open_demo, until_stored};

#[test]
fn the_kind_of_window_can_be_chosen() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    sway.desktop
        .also
        .push(("ONES_DROP_BACKEND".into(), "x11".into()));
    let stored = open_demo(&mut sway.desktop);
    sway.desktop.also.push(("GDK_BACKEND".into(), "x11".into()));
    let file = sway.desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    let list = list_of(&[file]);
    let source = offer(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    hand::hover(&sway.desktop, &source);
    sway.desktop
        .reach(&["wait", "Release to attach 1 file (1 byte)"]);
    sway.desktop.drop_here();
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_dead_wayland_display_falls_back_to_x11() {
    let Some(mut desktop) = hand::start(&[], &["Gtk 3"]) else {
        return;
    };
    let dead = desktop.home.path().join("dead");
    desktop.also = vec![("WAYLAND_DISPLAY".into(), dead.to_str().unwrap().into())];
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    let stored = open_demo(&mut desktop);
    let source = offer(&mut desktop, "gtk", &[("text/uri-list", &list_of(&[file]))]);
    hand::hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach 1 file (1 byte)"]);
    desktop.drop_here();
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_wayland_window_that_is_demanded_and_cannot_be_is_said() {
    let Some(desktop) = Desktop::start(&[]) else {
        return;
    };
    let mut command = desktop.command(env!("CARGO_BIN_EXE_ones-drop"));
    command
        .env("WAYLAND_DISPLAY", desktop.home.path().join("dead"))
        .env("ONES_DROP_BACKEND", "wayland");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("The window didn't open."), "{said}");
}

/// Opens the window where this socket is the compositor's; it must be one of X11.
fn falls_back_to_x11(desktop: &mut Desktop, socket: &Path) {
    let name = socket.to_str().unwrap().to_owned();
    desktop.also = vec![("WAYLAND_DISPLAY".into(), name)];
    open_demo(desktop);
    assert_eq!(desktop.windows("^ONES Drop$").len(), 1);
}

#[test]
fn a_compositor_that_never_answers_is_passed_over() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let socket = desktop.home.path().join("hangs");
    // Connections come in without being taken.
    let _listener = UnixListener::bind(&socket).unwrap();
    falls_back_to_x11(&mut desktop, &socket);
}

#[test]
fn a_compositor_that_brings_no_drops_is_passed_over() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let socket = desktop.home.path().join("bare");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || bare_compositor(stream?));
        }
    });
    falls_back_to_x11(&mut desktop, &socket);
}

/// Answers every `wl_display.sync`, and has nothing at all to offer.
fn bare_compositor(mut stream: UnixStream) -> std::io::Result<()> {
    loop {
        let word = |bytes: &[u8]| u32::from_ne_bytes(bytes.try_into().unwrap());
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        let (object, what) = (word(&head[..4]), word(&head[4..]));
        let mut rest = vec![0; (what >> 16) as usize - head.len()];
        stream.read_exact(&mut rest)?;
        if (object, what & 0xffff) == (1, 0) {
            let (callback, done) = (word(&rest[..4]), 12 << 16);
            for word in [callback, done, 0] {
                stream.write_all(&word.to_ne_bytes())?;
            }
        }
    }
}
