//! The rest of the matrix on Wayland: many files, a picture, two windows.

use std::path::PathBuf;
use std::process::Command;

use super::Sway;
use crate::hand::{self, PNG, list_of, offer_unseen};
use crate::session::until;
use crate::{holds, many, until_stored};

#[test]
fn wayland_brings_a_thousand_files_and_a_picture() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let stored = sway.open_demo();
    let png = PNG;
    let link = b"https://example.org/cat.png\r\n";
    let forms: [(&str, &[u8]); 2] = [("image/png", png), ("text/uri-list", link)];
    let source = offer_unseen(&mut sway.desktop, "gtk", &forms);
    sway.hover(&source);
    sway.desktop
        .reach(&["wait", "Release to attach the picture"]);
    sway.drop_here();
    until_stored(&stored, &[png]);
    sway.desktop.end(source.id);

    let paths = many(&sway.desktop.home.path().join("many"), 1000);
    let source = offer_unseen(
        &mut sway.desktop,
        "gtk",
        &[("text/uri-list", &list_of(&paths))],
    );
    sway.hover(&source);
    let told = "Release to attach 1,000 files*";
    sway.desktop.reach(&["wait", told]);
    sway.drop_here();
    let contents: Vec<_> = (0..1000).map(|at| at.to_string().into_bytes()).collect();
    let mut wanted: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    wanted.push(png);
    until_stored(&stored, &wanted);
}

/// Opens a demo as the compositor's window of this number.
fn open_as(sway: &mut Sway, number: usize) -> PathBuf {
    let stored = sway.desktop.home.path().join(number.to_string());
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    command.args(["demo", "--dir"]).arg(&stored);
    sway.desktop.spawn(&mut command);
    until("the window opens", || {
        let windows = sway.message(&["-t", "get_tree"]);
        let there = windows.matches(r#""name": "ONES Drop""#).count();
        (there == number).then_some(())
    });
    stored
}

#[test]
fn each_of_two_wayland_windows_takes_its_own_drop() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let left = open_as(&mut sway, 1);
    sway.message(&[r#"[title="^ONES Drop$"] move absolute position 200 300"#]);
    let stored = [left, open_as(&mut sway, 2)];
    let places = [(200, 300), (780, 100)];
    for (at, (x, y)) in places.into_iter().enumerate() {
        let content = [b'0' + u8::try_from(at).unwrap()];
        let file = sway.desktop.home.path().join(format!("{at}.txt"));
        std::fs::write(&file, content).unwrap();
        let list = list_of(&[file]);
        let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
        sway.hover_at(&source, (x + 250, y + 350));
        sway.picture("wayland-two.png");
        let told = "Release to attach 1 file (1 byte)";
        sway.desktop.reach(&["wait", told]);
        sway.drop_here();
        until("its own window stores it", || {
            holds(&stored[at], &content).then_some(())
        });
        assert!(!holds(&stored[1 - at], &content));
        sway.desktop.end(source.id);
    }
}

#[test]
fn the_wayland_window_knows_where_a_drag_is() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let log = sway.desktop.home.path().join("log");
    hand::demo_that_tells(&mut sway.desktop, &log);
    let list = list_of(&[PathBuf::from("/tmp/a.txt")]);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    sway.hover(&source);
    for (x, y) in [(1000, 300), (1200, 650)] {
        sway.go((x, y));
        // CONFIG puts the window there.
        let want = (x - 780, y - 100);
        until("the place", || {
            (hand::told_places(&log).last() == Some(&want)).then_some(())
        });
    }
}
