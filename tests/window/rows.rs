//! The list: what rows say and do, the lines above them, the footer, the keys.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use ones_drop::model::{
    Choice, Command, ErrorKind, Event, Existing, ExistingPlace, Hold, How, JobId, JobState,
    KeyringAct, KeyringFault, KeyringState, Language, LeftOut, LeftOutReason, RetryPause, Trace,
    UploadError,
};

use super::bench::{Bench, job, receipt, task};

fn duplicate(place: ExistingPlace) -> JobState {
    JobState::Duplicate(Existing {
        place,
        hash: "Fqr0xh3cxeii2r7eDztILNmuqUNN".into(),
    })
}

fn on_task() -> ExistingPlace {
    ExistingPlace::OnTask {
        name: "old.txt".into(),
        added_us: Some(1_762_900_000_000_000),
        resource: "Rs6wX3yZ".into(),
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn every_state_has_its_words_and_its_action() {
    let failed = JobState::Failed(UploadError::new(ErrorKind::Interrupted { tries: 5 }));
    let waiting = JobState::Waiting(RetryPause {
        next_try: 2,
        of: 5,
        until: Instant::now() + Duration::from_secs(9),
        error: ErrorKind::ServerTrouble.into(),
    });
    for (state, words, action) in [
        (JobState::Queued, "Waiting - 41.0 MB", "Cancel a.log"),
        (JobState::Checking, "Checking the file…", "Cancel a.log"),
        (JobState::Asking, "Asking ONES…", "Cancel a.log"),
        (
            JobState::Sending,
            "Uploading - 0 bytes of 41.0 MB",
            "Cancel a.log",
        ),
        (
            JobState::Confirming,
            "Sent. Waiting for ONES to confirm…",
            "Cancel a.log",
        ),
        (waiting, "Trying again in", "Cancel a.log"),
        (
            duplicate(on_task()),
            "Already on this task as old.txt",
            "Skip a.log",
        ),
        (
            duplicate(ExistingPlace::Unconfirmed(Trace::default())),
            "doesn't list it",
            "Open task to check a.log",
        ),
        (
            JobState::Done(receipt(How::Sent)),
            "Attached - verified - 41.0 MB",
            "Details a.log",
        ),
        (
            JobState::Done(receipt(How::Instant)),
            "Attached at once",
            "Details a.log",
        ),
        (
            JobState::Done(receipt(How::StoredAlready)),
            "already stored this content; attached",
            "Details a.log",
        ),
        (failed, "The connection dropped 5 times.", "Retry a.log"),
        (
            JobState::Cancelled,
            "Cancelled. Nothing was attached.",
            "Remove a.log",
        ),
    ] {
        let mut bench = Bench::with_task();
        bench.tell(Event::JobsAdded {
            jobs: vec![job(1, "a.log", state)],
            left_out: vec![],
        });
        bench.sees_part(words);
        bench.shows_inside(action);
    }
}

#[test]
fn rows_do_what_their_buttons_say() {
    let failed = JobState::Failed(UploadError::new(ErrorKind::Missing));
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![
            job(1, "a.log", failed),
            job(2, "b.log", JobState::Sending),
            job(3, "c.log", duplicate(on_task())),
        ],
        left_out: vec![],
    });
    bench.click("Retry a.log");
    bench.click("Remove a.log");
    bench.click("Cancel b.log");
    bench.click("Skip c.log");
    bench.click("Attach again c.log");
    let commands = bench.commands();
    assert!(matches!(&commands[0], Command::Retry { jobs } if *jobs == [JobId(1)]));
    assert!(matches!(&commands[1], Command::Remove { jobs } if *jobs == [JobId(1)]));
    assert!(matches!(&commands[2], Command::Cancel { jobs } if *jobs == [JobId(2)]));
    assert!(matches!(
        &commands[3],
        Command::Decide {
            choice: Choice::Skip,
            ..
        }
    ));
    assert!(matches!(
        &commands[4],
        Command::Decide {
            choice: Choice::AttachAgain,
            ..
        }
    ));
}

#[test]
fn one_line_answers_for_all_duplicates() {
    let mut bench = Bench::with_task();
    let jobs = (1..=3)
        .map(|id| job(id, &format!("{id}.log"), duplicate(on_task())))
        .collect();
    bench.tell(Event::JobsAdded {
        jobs,
        left_out: vec![],
    });
    bench.sees("3 files have content that is already on #1024.");
    bench.click("Skip all 3");
    let commands = bench.commands();
    let [
        Command::Decide {
            jobs,
            choice: Choice::Skip,
        },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}");
    };
    assert_eq!(jobs.len(), 3);
    bench.click("Attach all again");
    assert!(matches!(
        &bench.commands()[..],
        [Command::Decide {
            choice: Choice::AttachAgain,
            ..
        }]
    ));
}

#[test]
fn a_double_click_on_cancel_cancels_and_removes_nothing() {
    let mut bench = Bench::with_task();
    // Frames of a test are far apart.
    let slow = |options: &mut eframe::egui::Options| {
        options.input_options.max_double_click_delay = 60.0;
    };
    bench.harness.ctx.options_mut(slow);
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Sending)],
        left_out: vec![],
    });
    bench.click("Cancel a.log");
    assert!(matches!(&bench.commands()[..], [Command::Cancel { .. }]));
    bench.tell(Event::JobChanged {
        id: JobId(1),
        state: JobState::Cancelled,
    });
    bench.click("Remove a.log");
    assert!(bench.commands().is_empty(), "it was the second click");
    let quick = |options: &mut eframe::egui::Options| {
        options.input_options.max_double_click_delay = 0.0;
    };
    bench.harness.ctx.options_mut(quick);
    bench.click("Remove a.log");
    assert!(matches!(&bench.commands()[..], [Command::Remove { .. }]));
}

#[test]
fn what_was_left_out_is_said_and_can_be_read() {
    let mut bench = Bench::with_task();
    let left = |path: &str, reason| LeftOut {
        path: path.into(),
        reason,
    };
    bench.tell(Event::JobsAdded {
        jobs: vec![],
        left_out: vec![
            left("/tmp/.DS_Store", LeftOutReason::Junk),
            left("/tmp/gone", LeftOutReason::Missing),
        ],
    });
    bench.sees("2 items were left out: 1 system file, 1 missing");
    bench.click("Show");
    bench.sees("/tmp/gone: Left out - not there");
    bench.click("Dismiss");
    assert!(!bench.has_part("left out"));
}

#[test]
fn the_footer_offers_the_next_action() {
    let failed = || JobState::Failed(UploadError::new(ErrorKind::Missing));
    let mut bench = Bench::with_task();
    bench.sees("Nothing waiting.");
    bench.tell(Event::JobsAdded {
        jobs: vec![
            job(1, "a.log", JobState::Sending),
            job(2, "b.log", failed()),
        ],
        left_out: vec![],
    });
    bench.sees_part("0 of 2 attached");
    bench.click("Pause queue");
    assert!(matches!(&bench.commands()[..], [Command::Pause]));
    bench.tell(Event::Paused(true));
    bench.click("Continue");
    assert!(matches!(&bench.commands()[..], [Command::Resume]));
    bench.tell(Event::Paused(false));
    bench.tell(Event::JobChanged {
        id: JobId(1),
        state: JobState::Done(receipt(How::Sent)),
    });
    bench.sees("1 attached, 1 failed.");
    bench.click("Retry failed");
    assert!(matches!(&bench.commands()[..], [Command::Retry { jobs }] if *jobs == [JobId(2)]));
    bench.click("Clear done");
    assert!(matches!(&bench.commands()[..], [Command::Remove { jobs }] if *jobs == [JobId(1)]));
}

#[test]
fn shortcuts_work_without_a_pointer() {
    let failed = JobState::Failed(UploadError::new(ErrorKind::Missing));
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![
            job(1, "a.log", failed),
            job(2, "b.log", JobState::Held(Hold::Task)),
        ],
        left_out: vec![],
    });
    bench.press(Modifiers::COMMAND, Key::R);
    assert!(matches!(&bench.commands()[..], [Command::Retry { .. }]));
    bench.press(Modifiers::COMMAND, Key::P);
    assert!(matches!(&bench.commands()[..], [Command::Pause]));
    bench.press(Modifiers::COMMAND, Key::Enter);
    assert!(matches!(&bench.commands()[..], [Command::Assign { .. }]));
    bench.press(Modifiers::ALT, Key::Num4);
    bench.sees("No file in this view.");
    bench.press(Modifiers::COMMAND, Key::L);
    assert!(
        bench
            .harness
            .get_by_role_and_label(eframe::egui::accesskit::Role::TextInput, "Task")
            .is_focused()
    );
}

#[test]
fn details_hold_what_support_asks_for() {
    let trace = Trace {
        request_id: Some("BmYAAACTkQUCQQkW".into()),
        store_log: Some("UP:612/631".into()),
    };
    let mut error = UploadError::new(ErrorKind::StoreRefused);
    error.details.status = Some(631);
    error.details.trace = trace.clone();
    let waits = JobState::Waiting(RetryPause {
        next_try: 2,
        of: 5,
        until: Instant::now() + Duration::from_mins(2),
        error: error.clone(),
    });
    let mut attached = receipt(How::Sent);
    Arc::make_mut(&mut attached).trace = trace.clone();
    let doubtful = duplicate(ExistingPlace::Unconfirmed(trace));
    let states = [
        JobState::Failed(error),
        waits,
        JobState::Done(attached),
        doubtful,
    ];
    for state in states {
        let mut bench = Bench::with_task();
        bench.tell(Event::JobsAdded {
            jobs: vec![job(1, "a.log", state)],
            left_out: vec![],
        });
        bench.click("Details a.log");
        bench.sees("BmYAAACTkQUCQQkW");
        bench.sees("UP:612/631");
        bench.click("Copy details");
        bench.press(Modifiers::NONE, Key::Escape);
        assert!(!bench.has_part("BmYAAACTkQUCQQkW"));
    }
}

#[test]
fn ten_thousand_rows_draw_only_what_is_on_screen() {
    let mut bench = Bench::with_task();
    let jobs = (1..=10_000)
        .map(|id| job(id, &format!("{id:05}.log"), JobState::Queued))
        .collect();
    bench.tell(Event::JobsAdded {
        jobs,
        left_out: vec![],
    });
    bench.sees_part("All 10,000");
    let drawn = bench
        .harness
        .get_all_by_role(eframe::egui::accesskit::Role::ListItem)
        .count();
    assert!((5..20).contains(&drawn), "{drawn} rows were drawn");
}

#[test]
fn a_narrow_window_keeps_everything_inside() {
    for language in [Language::English, Language::Chinese] {
        let failed = JobState::Failed(UploadError::new(ErrorKind::Missing));
        let mut bench = Bench::sized(360.0, 480.0, language);
        bench.enter();
        bench.tell(Event::Keyring(KeyringState::Failed(
            KeyringAct::Save,
            KeyringFault::Missing,
        )));
        let long = "a very long name of a recording of the login page 2026-11-23.mov";
        bench.tell(Event::JobsAdded {
            jobs: vec![
                job(1, long, failed),
                job(2, "b.log", duplicate(on_task())),
                job(3, "c.log", JobState::Sending),
            ],
            left_out: vec![LeftOut {
                path: "/tmp/x".into(),
                reason: LeftOutReason::Junk,
            }],
        });
        bench.everything_is_inside();
    }
}

#[test]
fn an_idle_window_asks_for_no_repaint() {
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Done(receipt(How::Sent)))],
        left_out: vec![],
    });
    bench.asks_for_no_repaint();
}

#[test]
fn rows_of_two_tasks_say_which() {
    let mut bench = Bench::with_task();
    let mut other = job(2, "b.log", JobState::Queued);
    let mut task = (*task()).clone();
    task.id = "6ZpgEzkkAAAABBBB".into();
    task.number = Some(987);
    other.task = Some(task.into());
    let jobs = vec![job(1, "a.log", JobState::Queued), other];
    bench.tell(Event::JobsAdded {
        jobs,
        left_out: vec![],
    });
    bench.sees("#1024 - Waiting - 41.0 MB");
    bench.sees("#987 - Waiting - 41.0 MB");
}
