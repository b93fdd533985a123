//! Sources on Wayland that do what no good source does, and a window that is
//! short of what it needs.

use std::process::Command;

use super::Sway;
use crate::hand::{MIDDLE, list_of, offer_unseen};
use crate::until_stored;

const TEXT: (&str, &[u8]) = ("text/plain;charset=utf-8", b"some words");

#[test]
fn a_source_that_falls_silent_on_wayland_is_said_and_let_go() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let stored = sway.open_demo();
    let source = offer_unseen(&mut sway.desktop, "gtk", &[TEXT]);
    sway.hover(&source);
    sway.desktop.reach(&["wait", "Release to attach the text"]);
    // A text is asked for after the drop, when its source answers no more.
    let stop = ["-STOP", &source.id.to_string()];
    sway.desktop.run(Command::new("kill").args(stop));
    let waiting = sway.desktop.watch("Waiting for the program*");
    sway.drop_here();
    waiting.saw_it();
    sway.desktop.reach(&["gone", "Release*"]);
    sway.desktop.reach(&["wait", "*didn't hand anything over*"]);
    sway.desktop.reach(&["gone", "Waiting for the program*"]);
    sway.desktop.end(source.id);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[TEXT]);
    sway.hover(&source);
    sway.desktop.reach(&["wait", "Release to attach the text"]);
    sway.drop_here();
    until_stored(&stored, &[TEXT.1]);
}

#[test]
fn what_cannot_be_attached_is_said_on_wayland_too() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let stored = sway.open_demo();
    // Its file would be gone after the drop.
    let file = sway.desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    let list = list_of(&[file]);
    let before = sway.desktop.also.clone();
    let moves = ("SOURCE_ACTIONS".into(), "move".into());
    sway.desktop.also.push(moves);
    let list = ("text/uri-list", &list[..]);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[list]);
    sway.desktop.also = before;
    sway.hover_until(&source, MIDDLE, "This can't be attached");
    sway.drop_here();
    sway.desktop.reach(&["gone", "This can't be attached"]);
    sway.desktop.end(source.id);
    // Bytes of which nobody says what they are, and a name only in X11's way.
    let forms: [(&str, &[u8]); 2] = [
        ("XdndDirectSave0", b"cat.png"),
        ("application/octet-stream", b"cat"),
    ];
    let other = offer_unseen(&mut sway.desktop, "gtk", &forms);
    sway.hover_until(&other, MIDDLE, "This can't be attached");
    sway.picture("wayland-unusable.png");
    sway.drop_here();
    sway.desktop.reach(&["gone", "This can't be attached"]);
    sway.desktop.end(other.id);
    // The next one can.
    let source = offer_unseen(&mut sway.desktop, "gtk", &[list]);
    sway.hover(&source);
    sway.desktop.reach(&["wait", "Release to attach 1 file*"]);
    sway.drop_here();
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_window_that_can_open_no_pipe_says_that_nothing_came() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    sway.open_demo();
    let program = sway.desktop.newest();
    let source = offer_unseen(&mut sway.desktop, "gtk", &[TEXT]);
    sway.hover(&source);
    sway.desktop.reach(&["wait", "Release to attach the text"]);
    // What is open stays so; nothing more may be opened.
    let words = [format!("--pid={program}"), "--nofile=8:8".into()];
    sway.desktop.run(Command::new("prlimit").args(words));
    sway.drop_here();
    sway.desktop.reach(&["wait", "*didn't hand anything over*"]);
    sway.desktop.reach(&["gone", "Release*"]);
}
