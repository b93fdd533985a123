//! Drags as the program's own receiver tells them.

use std::path::PathBuf;

use ones_drop::model::{Command, Event, Hovered, JobState, LeftOut, LeftOutReason};
use ones_drop::platform::drops::{DropEvent, Failure, Hover};

use super::bench::{Bench, job};
use eframe::egui::HoveredFile;

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
fn a_drop_that_did_not_come_is_said_until_it_is_read() {
    for (failure, told) in [
        (Failure::NothingCame, "didn't hand anything over"),
        (Failure::CutOff, "ended before all of it had come"),
        (Failure::TooLarge, "over 64 MiB"),
    ] {
        let (mut bench, drags) = Bench::with_drags();
        drags.send(DropEvent::Failed(failure)).unwrap();
        bench.harness.run_ok();
        bench.sees_part(told);
        bench.click("Dismiss");
        assert!(!bench.has_part(told));
    }
}

#[test]
fn letting_go_takes_the_overlay_away_and_says_what_is_waited_for() {
    const WAITS: &str = "Waiting for the program you dragged from";
    let failed = DropEvent::Failed(Failure::NothingCame);
    let came = DropEvent::Dropped {
        paths: vec!["/tmp/a.log".into()],
        left_out: vec![],
    };
    let stock_drops = true;
    let stopped = DropEvent::Stopped { stock_drops };
    for (end, is_said) in [(failed, true), (came, false), (stopped, true)] {
        let (mut bench, drags) = Bench::with_drags();
        let entered = DropEvent::Entered(hover(1, Hovered::Unknown));
        drags.send(entered).unwrap();
        bench.harness.run_ok();
        bench.sees_part("Release");
        drags.send(DropEvent::Released).unwrap();
        bench.harness.step();
        assert!(!bench.has_part("Release"));
        bench.sees_part(WAITS);
        drags.send(end).unwrap();
        bench.harness.step();
        assert!(!bench.has_part(WAITS));
        assert_eq!(bench.has_part("didn't hand anything over"), is_said);
    }
}

/// One pass after the drag has left, nothing of it is shown.
#[test]
fn the_overlay_leaves_with_the_next_frame() {
    let (mut bench, drags) = Bench::with_drags();
    let entered = DropEvent::Entered(hover(1, items(2, None, 0)));
    drags.send(entered).unwrap();
    bench.harness.run_ok();
    bench.sees_part("Release");
    drags.send(DropEvent::Left).unwrap();
    bench.harness.step();
    assert!(!bench.has_part("Release"));
}

#[test]
fn what_cannot_be_attached_is_said_while_it_hovers() {
    let (mut bench, drags) = Bench::with_drags();
    let entered = DropEvent::Entered(hover(1, Hovered::Unusable));
    drags.send(entered).unwrap();
    bench.harness.run_ok();
    bench.sees("This can't be attached");
    assert!(!bench.has_part("Release"));
    assert!(!bench.has_part("to #1024 Login page"));
    drags.send(DropEvent::Left).unwrap();
    bench.harness.run_ok();
    assert!(!bench.has_part("can't be attached"));
}

#[test]
fn a_drag_of_winits_whose_end_was_lost_does_not_paint_for_ever() {
    let mut bench = Bench::with_task();
    let file = HoveredFile {
        path: Some("/tmp/a.log".into()),
        ..HoveredFile::default()
    };
    let mut frame_at = |secs| {
        // winit brings it anew for each frame.
        let input = bench.harness.input_mut();
        input.hovered_files = vec![file.clone()];
        input.time = Some(secs);
        bench.hear();
        bench.harness.step();
    };
    frame_at(1000.0);
    frame_at(1009.0);
    frame_at(1011.0);
    frame_at(1012.0);
    assert!(!bench.has_part("Release"));
    bench.asks_for_no_repaint();
}

/// A hidden window thinks without a frame, and sees the input of the last one.
#[test]
fn a_drop_into_a_window_that_is_hidden_then_is_added_once() {
    let mut bench = Bench::with_task();
    bench.commands();
    bench.hold_files(&["/tmp/a.log"]);
    bench.harness.step();
    let ctx = bench.harness.ctx.clone();
    bench.harness.state_mut().think(&ctx);
    let adds = |command: &Command| matches!(command, Command::Add { .. });
    let count = bench.commands().iter().filter(|c| adds(c)).count();
    assert_eq!(count, 1);
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
