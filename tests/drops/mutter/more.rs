//! The rest of the matrix in mutter: where a drag is, two windows, and the
//! clipboard.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Mutter, coarse};
use crate::hand::{self, list_of, offer_unseen};
use crate::holds;
use crate::session::{missing, skipped, until};

/// Keys by the numbers of Linux' input events.
const CTRL: u32 = 29;
const SHIFT: u32 = 42;
const A: u32 = 30;
const C: u32 = 46;
const L: u32 = 38;
const V: u32 = 47;
const ONE: u32 = 2;

#[test]
fn the_gnome_window_knows_where_a_drag_is() {
    let Some(mut mutter) = Mutter::start() else {
        return;
    };
    let log = mutter.desktop.home.path().join("log");
    hand::demo_that_tells(&mut mutter.desktop, &log);
    let list = list_of(&[PathBuf::from("/tmp/a.txt")]);
    let source = offer_unseen(&mut mutter.desktop, "gtk", &[("text/uri-list", &list)]);
    mutter.pick_up(&source);
    let (x, y) = mutter.hover();
    // Nobody says where mutter has put the window, so a way is measured.
    let (right, down) = (30, 17);
    until("both ends of the way", || {
        mutter.go((x, y));
        mutter.go((x + right, y + down));
        let told = hand::told_places(&log);
        let is_end = |(x, y): &(i32, i32)| told.contains(&(x + right, y + down));
        told.iter().any(is_end).then_some(())
    });
}

#[test]
fn each_of_two_gnome_windows_takes_its_own_drop() {
    let Some(mut mutter) = Mutter::start() else {
        return;
    };
    let stored = ["left", "right"].map(|name| mutter.desktop.home.path().join(name));
    for folder in &stored {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
        mutter
            .desktop
            .spawn(command.args(["demo", "--dir"]).arg(folder));
    }
    // Or the second would come over a source that is there already.
    mutter.desktop.reach(&["both", "#1024*"]);
    let mut places = coarse();
    let mut number = 0;
    let mut got = [false, false];
    until("each window has got a drop", || {
        number += 1;
        let content = format!("drop {number}").into_bytes();
        let file = mutter.desktop.home.path().join(format!("{number}.txt"));
        std::fs::write(&file, &content).unwrap();
        let list = list_of(&[file]);
        let source = offer_unseen(&mut mutter.desktop, "gtk", &[("text/uri-list", &list)]);
        mutter.pick_up(&source);
        mutter.hover_among(&mut places);
        mutter.order("up");
        let holder = until("one of them stores it", || {
            stored.iter().position(|folder| holds(folder, &content))
        });
        assert!(!holds(&stored[1 - holder], &content));
        got[holder] = true;
        mutter.desktop.end(source.id);
        (got == [true, true]).then_some(())
    });
}

/// With a keyboard, and another program that has something to do with the
/// clipboard.
fn start_with(program: &'static str) -> Option<Mutter> {
    if let Some(name) = missing(&[program]) {
        skipped(&format!("{name} is not installed"));
        return None;
    }
    let mut mutter = Mutter::start()?;
    // A seat gets one some time after a key was pressed.
    mutter.order(&format!("keys {SHIFT}"));
    Some(mutter)
}

#[test]
fn a_task_that_was_copied_elsewhere_is_pasted_on_gnome() {
    let Some(mut mutter) = start_with("wl-copy") else {
        return;
    };
    // Before the window, for it takes the focus. Once the text is the clipboard's
    // it goes on in the background.
    let mut copy = mutter.desktop.command("wl-copy");
    copy.arg("#987").stdout(Stdio::null()).stderr(Stdio::null());
    until("the text is copied", || {
        copy.status().unwrap().success().then_some(())
    });
    mutter.open_demo();
    until("the task is found", || {
        mutter.order(&format!("keys {CTRL} {V}"));
        // Each paste has the task looked up anew; the first ones may come before
        // the window has the focus.
        let found = |_| mutter.desktop.reach(&["now", "#987 Export report*"]).trim() == "yes";
        (0..20).any(found).then_some(())
    });
}

#[test]
fn what_is_copied_in_the_gnome_window_arrives_elsewhere() {
    let Some(mut mutter) = start_with("wl-paste") else {
        return;
    };
    mutter.open_demo();
    until("the text arrives", || {
        // To the task field, and a text of ours in it.
        for keys in [[CTRL, L], [CTRL, A]] {
            mutter.order(&format!("keys {} {}", keys[0], keys[1]));
        }
        mutter.order(&format!("keys {ONE}"));
        for keys in [[CTRL, A], [CTRL, C]] {
            mutter.order(&format!("keys {} {}", keys[0], keys[1]));
        }
        let mut paste = mutter.desktop.command("wl-paste");
        let output = paste.arg("--no-newline").output().unwrap();
        (output.stdout == b"1").then_some(())
    });
}
