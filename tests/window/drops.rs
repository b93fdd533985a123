//! Drags as the program's own receiver tells them.

use std::path::PathBuf;

use ones_drop::model::{Command, Event, Hovered, JobState, LeftOut, LeftOutReason};
use ones_drop::platform::drops::{DropEvent, Hover};

use super::bench::{Bench, job};

fn hover(drag: u64, what: Hovered) -> Hover {
    Hover {
        drag,
        what,
        names: vec!["shot 1.png".into()],
    }
}

fn items(files: usize, bytes: Option<u64>, elsewhere: usize) -> Hovered {
    Hovered::Items {
        files,
        folders: 0,
        bytes,
        elsewhere,
    }
}

#[test]
fn the_overlay_says_count_and_size_before_the_drop() {
    let (mut bench, drags) = Bench::with_drags();
    let mut tell = |event| {
        drags.send(event).unwrap();
        bench.harness.run_ok();
        bench.texts()
    };
    let says = |texts: &[String], text: &str| texts.iter().any(|seen| seen == text);
    let texts = tell(DropEvent::Entered(hover(1, Hovered::Unknown)));
    assert!(says(&texts, "Release to attach it"));
    let texts = tell(DropEvent::Known(hover(1, items(12, Some(3_565_158), 2))));
    assert!(says(&texts, "Release to attach 12 files (3.4 MB)"));
    assert!(says(&texts, "shot 1.png and 11 more"));
    assert!(says(
        &texts,
        "2 entries aren't files on this computer and will be left out"
    ));
    let texts = tell(DropEvent::Left);
    assert!(!texts.iter().any(|text| text.contains("Release")));
    // What comes to be known after the drag went away is of no use.
    let texts = tell(DropEvent::Known(hover(1, items(12, None, 0))));
    assert!(!texts.iter().any(|text| text.contains("Release")));
}

#[test]
fn a_drop_is_added_and_what_is_no_file_is_left_out() {
    let (mut bench, drags) = Bench::with_drags();
    bench.commands();
    let left = LeftOut {
        path: "http://h/x".into(),
        reason: LeftOutReason::Elsewhere,
    };
    drags
        .send(DropEvent::Entered(hover(1, Hovered::Unknown)))
        .unwrap();
    drags
        .send(DropEvent::Dropped {
            paths: vec!["/tmp/a.log".into()],
            left_out: vec![left.clone()],
        })
        .unwrap();
    bench.harness.run_ok();
    let commands = bench.commands();
    let [
        Command::Add {
            paths,
            task: Some(_),
            ..
        },
        Command::LeaveOut(told),
    ] = &commands[..]
    else {
        panic!("{commands:?}");
    };
    assert_eq!(paths[..], [PathBuf::from("/tmp/a.log")]);
    assert_eq!(told[..], [left]);
    assert!(!bench.has_part("Release"));
}

#[test]
fn a_drop_that_was_not_handed_over_is_said_until_it_is_read() {
    let (mut bench, drags) = Bench::with_drags();
    drags.send(DropEvent::Failed).unwrap();
    bench.harness.run_ok();
    bench.sees_part("didn't hand anything over");
    bench.click("Dismiss");
    assert!(!bench.has_part("didn't hand anything over"));
}

#[test]
fn a_window_without_the_receiver_says_what_may_be_missing() {
    let mut bench = Bench::without_receiver();
    bench.enter();
    bench.sees_part("Large or mixed drops may not arrive");
    bench.drop_files(&["/tmp/a.log"]);
    assert!(
        bench
            .commands()
            .iter()
            .any(|command| matches!(command, Command::Add { .. }))
    );
    let (mut bench, drags) = Bench::with_drags();
    assert!(!bench.has_part("Large or mixed drops"));
    let stock_drops = true;
    drags.send(DropEvent::Stopped { stock_drops }).unwrap();
    bench.harness.run_ok();
    bench.sees_part("Large or mixed drops may not arrive");
}

#[test]
fn an_x11_window_on_a_wayland_desktop_says_what_may_be_missing() {
    let (mut bench, drags) = Bench::with_drags();
    drags.send(DropEvent::Bypassed).unwrap();
    bench.harness.run_ok();
    bench.sees_part("ONES_DROP_BACKEND=wayland");
    bench.click("Dismiss");
    assert!(!bench.has_part("ONES_DROP_BACKEND"));
}

#[test]
fn a_receiver_that_was_all_there_is_ends_with_no_drops_here() {
    let (mut bench, drags) = Bench::with_drags();
    assert!(!bench.has_part("Dragging doesn't work"));
    let stock_drops = false;
    drags.send(DropEvent::Stopped { stock_drops }).unwrap();
    bench.harness.run_ok();
    let told = "Dragging doesn't work in this Wayland session";
    bench.sees_part(told);
    assert!(!bench.has_part("Large or mixed drops"));
    // Also beside rows, and before the sign-in.
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Queued)],
        left_out: vec![],
    });
    bench.sees_part(told);
    bench.tell(Event::SignedOut(None));
    bench.sees_part(told);
}
