//! What reaches the window past the engine: second starts, and what lacks.

use std::path::PathBuf;
use std::sync::mpsc;

use ones_drop::model::{Command, Lack};
use ones_drop::ui::Inboxes;

use super::bench::Bench;

#[test]
fn files_of_a_second_start_are_added_as_if_dropped() {
    let (start, starts) = mpsc::channel();
    let inboxes = Inboxes {
        starts: Some(starts),
        ..Inboxes::default()
    };
    let mut bench = Bench::hearing(inboxes);
    bench.enter();
    start.send(Vec::new()).unwrap();
    start.send(vec![PathBuf::from("/tmp/截图.png")]).unwrap();
    let command = bench.until_command();
    let Command::Add { paths, task, .. } = command else {
        panic!("{command:?}");
    };
    assert_eq!(paths, [PathBuf::from("/tmp/截图.png")]);
    assert!(task.is_some(), "the task in the field is meant");
}

#[test]
fn what_the_system_lacks_is_told_once_and_can_be_sent_away() {
    let (tell, lacks) = mpsc::channel();
    let inboxes = Inboxes {
        lacks: Some(lacks),
        ..Inboxes::default()
    };
    tell.send(Lack::ChineseFont).unwrap();
    let mut bench = Bench::hearing(inboxes);
    bench.enter();
    bench.sees_part("fonts-noto-cjk");
    bench.click("Dismiss");
    tell.send(Lack::Drops).unwrap();
    bench.press(eframe::egui::Modifiers::NONE, eframe::egui::Key::F5);
    bench.sees_part("administrator");
    assert!(!bench.has_part("fonts-noto-cjk"));
}

/// The root of a frame has its colours before anything is heard in it: the frame
/// after is the one that shows a change.
#[test]
fn a_change_of_the_desktops_colours_is_drawn_without_another_reason() {
    let (tell, dark) = mpsc::channel();
    let inboxes = Inboxes {
        dark: Some(dark),
        ..Inboxes::default()
    };
    let mut bench = Bench::hearing(inboxes);
    for is_dark in [true, false, true] {
        tell.send(is_dark).unwrap();
        bench.wake();
        assert_eq!(bench.is_painted_dark(), is_dark);
    }
}
