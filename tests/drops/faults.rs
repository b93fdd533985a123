//! Sources that do what no good source does.

use super::hand::{hover, lacks_module, list_of, offer};
use super::wire::{Seen, Wire};
use super::{open_demo, until_stored};
use crate::session::{Desktop, skipped, until};

fn start() -> Option<(Desktop, Wire, std::path::PathBuf)> {
    let mut desktop = Desktop::start(&[])?;
    let stored = open_demo(&mut desktop);
    let window = desktop.window("^ONES Drop$");
    let wire = Wire::new(&desktop.display, &window);
    Some((desktop, wire, stored))
}

#[test]
fn a_source_that_never_answers_is_said_and_let_go() {
    let Some((desktop, mut wire, stored)) = start() else {
        return;
    };
    wire.hover();
    desktop.reach(&["wait", "Release to attach it"]);
    wire.drop_it();
    // Nothing is answered.
    assert_eq!(wire.end(), wire.finished(false));
    desktop.reach(&["wait", "*didn't hand anything over*"]);
    desktop.reach(&["gone", "Release*"]);
    desktop.picture("silent.png");
    // The next drop is taken, and takes the complaint away.
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    wire.hover();
    wire.give(&crate::hand::list_of(&[file]));
    wire.drop_it();
    assert_eq!(wire.next(), wire.finished(true));
    until_stored(&stored, &[b"a"]);
    desktop.reach(&["gone", "*didn't hand anything over*"]);
}

#[test]
fn a_drop_that_another_drag_overtakes_is_given_back_and_said() {
    let Some((desktop, mut wire, stored)) = start() else {
        return;
    };
    wire.hover();
    wire.drop_it();
    let mut other = Wire::new(&desktop.display, &wire.toplevel.to_string());
    other.enter("text/uri-list");
    assert_eq!(wire.next(), wire.finished(false));
    desktop.reach(&["wait", "*didn't hand anything over*"]);
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    other.position(other.toplevel);
    assert_eq!(other.next(), Seen::Asked);
    assert_eq!(other.next(), Seen::Status(other.toplevel, true));
    other.give(&crate::hand::list_of(&[file]));
    other.drop_it();
    assert_eq!(other.next(), other.finished(true));
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_source_that_dies_takes_its_overlay_with_it() {
    let Some((desktop, mut wire, _)) = start() else {
        return;
    };
    wire.hover();
    desktop.reach(&["wait", "Release to attach it"]);
    drop(wire);
    desktop.reach(&["gone", "Release*"]);
}

#[test]
fn a_source_that_names_the_proxy_sees_its_own_word_again() {
    let Some((_desktop, mut wire, _)) = start() else {
        return;
    };
    wire.enter("text/uri-list");
    wire.position(wire.proxy);
    assert_eq!(wire.next(), Seen::Asked);
    // As Chromium does: another number in the answer would end its drag.
    assert_eq!(wire.next(), Seen::Status(wire.proxy, true));
}

#[test]
fn what_cannot_be_used_is_refused_before_the_drop() {
    let Some((desktop, mut wire, _)) = start() else {
        return;
    };
    wire.enter("image/jpeg");
    wire.position(wire.toplevel);
    assert_eq!(wire.next(), Seen::Status(wire.toplevel, false));
    desktop.reach(&["wait", "This can't be attached"]);
    desktop.picture("unusable.png");
    wire.drop_it();
    assert_eq!(wire.next(), wire.finished(false));
    desktop.reach(&["gone", "This can't be attached"]);
}

#[test]
fn letting_go_is_seen_before_the_source_answers() {
    let Some((desktop, mut wire, _)) = start() else {
        return;
    };
    wire.hover();
    desktop.reach(&["wait", "Release to attach it"]);
    let waiting = desktop.watch("Waiting for the program you dragged from*");
    wire.drop_it();
    waiting.saw_it();
    desktop.reach(&["gone", "Release*"]);
    desktop.picture("waiting.png");
    assert_eq!(wire.end(), wire.finished(false));
}

/// Who closes the window meanwhile leaves no source waiting.
#[test]
fn a_window_that_closes_gives_its_drop_back() {
    let Some((mut desktop, mut wire, _)) = start() else {
        return;
    };
    let program = desktop.newest();
    wire.hover();
    let waiting = desktop.watch("Waiting for*");
    wire.drop_it();
    waiting.saw_it();
    desktop.close(program);
    assert_eq!(wire.end(), wire.finished(false));
}

#[test]
fn a_list_that_is_refused_before_the_drop_is_asked_for_after_it() {
    let Some((desktop, mut wire, stored)) = start() else {
        return;
    };
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    wire.hover();
    // Heard in this order.
    wire.drop_it();
    wire.refuse();
    assert_eq!(wire.next(), Seen::Asked);
    wire.give(&list_of(&[file]));
    assert_eq!(wire.next(), wire.finished(true));
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_source_that_trickles_is_let_go() {
    let Some((desktop, mut wire, _)) = start() else {
        return;
    };
    wire.hover();
    wire.give_in_parts();
    wire.drop_it();
    assert_eq!(wire.trickle(), wire.finished(false));
    desktop.reach(&["wait", "*didn't hand anything over*"]);
}

#[test]
fn parts_that_are_given_too_early_lose_nothing() {
    let Some((desktop, mut wire, stored)) = start() else {
        return;
    };
    let names = ["one", "two", "three"];
    let [one, two, three] = names.map(|name| {
        let path = desktop.home.path().join(name);
        std::fs::write(&path, name).unwrap();
        list_of(&[path])
    });
    wire.hover();
    wire.give_in_parts();
    wire.two_parts(&one, &two);
    wire.part(&three);
    wire.part(b"");
    wire.drop_it();
    assert_eq!(wire.next(), wire.finished(true));
    until_stored(&stored, &names.map(str::as_bytes));
}

/// Enter, position and drop in one breath, before any answer.
#[test]
fn a_very_quick_drop_arrives() {
    let Some((desktop, mut wire, stored)) = start() else {
        return;
    };
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    wire.enter("text/uri-list");
    wire.position(wire.toplevel);
    wire.drop_it();
    assert_eq!(wire.next(), Seen::Asked);
    assert_eq!(wire.next(), Seen::Status(wire.toplevel, true));
    wire.give(&list_of(&[file]));
    assert_eq!(wire.next(), wire.finished(true));
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_source_that_dies_after_the_drop_is_said() {
    let Some((desktop, mut wire, _)) = start() else {
        return;
    };
    wire.hover();
    wire.give_in_parts();
    wire.part(b"file:///tmp/");
    let waiting = desktop.watch("Waiting for*");
    wire.drop_it();
    waiting.saw_it();
    drop(wire);
    desktop.reach(&["wait", "*didn't hand anything over*"]);
    desktop.reach(&["gone", "Waiting for*"]);
}

#[test]
fn a_source_that_is_gone_before_it_is_heard_shows_nothing() {
    let Some((desktop, wire, stored)) = start() else {
        return;
    };
    let mut other = Wire::new(&desktop.display, &wire.toplevel.to_string());
    // Of a window that was never there.
    wire.enter_as(x11rb::NONE + 1, "text/uri-list");
    other.hover();
    desktop.reach(&["wait", "Release to attach it"]);
    wire.enter_as(x11rb::NONE + 1, "text/uri-list");
    // Heard after it; the overlay of the drag before is gone, and no other came.
    desktop.reach(&["gone", "Release*"]);
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    other.hover();
    other.give(&list_of(&[file]));
    other.drop_it();
    assert_eq!(other.next(), other.finished(true));
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_list_left_halfway_does_not_get_into_the_next() {
    let Some((desktop, mut wire, stored)) = start() else {
        return;
    };
    let file = |name: &str| {
        let path = desktop.home.path().join(name);
        std::fs::write(&path, name).unwrap();
        crate::hand::list_of(&[path])
    };
    let (first, second, third) = (file("first"), file("second"), file("third"));
    wire.hover();
    wire.give_in_parts();
    wire.part(&first);
    wire.leave();
    wire.hover();
    wire.give_in_parts();
    // A break within a line, and the drop before the end of the list.
    let (start, rest) = second.split_at(10);
    wire.part(start);
    wire.drop_it();
    wire.part(rest);
    wire.part(&third);
    wire.part(b"");
    assert_eq!(wire.next(), wire.finished(true));
    until_stored(&stored, &[b"second", b"third"]);
}

/// Prints how long the overlay stays (`-- --nocapture`); a busy machine may take
/// its time, so no figure is demanded here.
#[test]
fn a_drag_that_leaves_takes_its_overlay_with_it() {
    let Some((desktop, mut wire, _)) = start() else {
        return;
    };
    let before = wire.pixels();
    let mut times = Vec::new();
    for _ in 0..5 {
        wire.hover();
        until("the overlay", || (wire.pixels() != before).then_some(()));
        wire.leave();
        times.push(wire.time_until(&before));
    }
    desktop.reach(&["gone", "Release*"]);
    println!("the overlay left after {times:?}");
}

/// What winit takes arrives still, and the window says what may be missing.
#[test]
fn a_receiver_that_lost_its_connection_leaves_winits_drops() {
    let Some((mut desktop, wire, stored)) = start() else {
        return;
    };
    if let Some(reason) = lacks_module("Gtk 3") {
        skipped(&reason);
        return;
    }
    wire.kill_receiver();
    desktop.reach(&["wait", "Large or mixed drops may not arrive*"]);
    let file = desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    let list = list_of(&[file]);
    // The hand-made source holds the selection no longer.
    drop(wire);
    let source = offer(&mut desktop, "gtk", &[("text/uri-list", &list)]);
    hover(&desktop, &source);
    desktop.reach(&["wait", "Release to attach 1 file"]);
    desktop.picture("receiver-lost.png");
    desktop.drop_here();
    until_stored(&stored, &[b"a"]);
}
