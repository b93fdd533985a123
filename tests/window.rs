//! The window without a screen: found by accessible names, clicked by pointer
//! where the control really is, with the test playing the engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "test program"
)]

#[path = "window/bench.rs"]
mod bench;
#[path = "window/layout.rs"]
mod layout;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bench::{Bench, identity, job, receipt, task};
use eframe::egui::{Event as Input, HoveredFile, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use ones_drop::model::{
    Choice, Command, ErrorKind, Event, Existing, ExistingPlace, Hold, How, JobId, JobState,
    KeyringState, Language, LeftOut, LeftOutReason, RetryPause, SignIn, Team, UploadError,
};

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
fn signing_in_with_a_password_sends_what_was_typed_once() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "ones.example.com");
    bench.type_into("Email or phone", "demo@example.com");
    bench.type_into("Password", "a-password");
    bench.click("Sign in");
    let commands = bench.commands();
    let [Command::SignIn { with, keep: true }] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    let SignIn::Password {
        server,
        account,
        password,
    } = with
    else {
        panic!("{with:?}");
    };
    assert_eq!(server.to_string(), "https://ones.example.com");
    assert_eq!(account, "demo@example.com");
    assert_eq!(password.reveal(), "a-password");
    bench.sees("Signing in…");
    bench.tell(Event::SignInFailed(ErrorKind::WrongPassword.into()));
    bench.sees_part("don't match");
    assert_eq!(bench.value("Email or phone"), "demo@example.com", "kept");
}

#[test]
fn signing_in_with_a_token_and_not_keeping_it() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "https://ones.example.com");
    bench.click("User ID and token");
    bench.type_into("User ID", "6ZpgEzkk");
    bench.type_into("Token", "secret-token");
    bench.click("Keep me signed in");
    bench.click("Sign in");
    let commands = bench.commands();
    let [
        Command::SignIn {
            with: SignIn::Token { user, token, .. },
            keep: false,
        },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}");
    };
    assert_eq!(
        (user.as_str(), token.reveal()),
        ("6ZpgEzkk", "secret-token")
    );
}

#[test]
fn an_unencrypted_address_is_warned_about_before_anything_is_sent() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "http://ones.example.com");
    bench.type_into("Email or phone", "demo@example.com");
    bench.type_into("Password", "a-password");
    bench.click("Sign in");
    assert_eq!(bench.commands().len(), 0);
    bench.sees_part("not encrypted");
    bench.click("Sign in anyway");
    assert_eq!(bench.commands().len(), 1);
}

#[test]
fn a_bad_address_is_said_and_nothing_is_sent() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "two words");
    bench.type_into("Email or phone", "demo@example.com");
    bench.type_into("Password", "a-password");
    bench.click("Sign in");
    assert_eq!(bench.commands().len(), 0);
    bench.sees_part("not a server address");
}

#[test]
fn one_of_several_teams_is_chosen() {
    let mut bench = Bench::new();
    let team = |id: &str, name: &str| Team {
        id: id.into(),
        name: name.into(),
    };
    bench.tell(Event::ChooseTeam(vec![
        team("BDfDqJU7", "Payments"),
        team("Tm4nP9qR", "Platform"),
    ]));
    bench.click("Platform");
    assert!(matches!(&bench.commands()[..], [Command::ChooseTeam { team }] if team == "Tm4nP9qR"));
}

#[test]
fn typing_a_task_asks_after_a_pause_and_starts_nothing() {
    let mut bench = Bench::signed_in();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Held(Hold::Task))],
        left_out: vec![],
    });
    bench.type_into("Task", "#1024");
    let asked = bench.until_command();
    assert!(
        matches!(&asked, Command::FindTask { text } if text == "#1024"),
        "{asked:?}"
    );
    bench.tell(Event::TaskFound {
        text: "#1024".into(),
        task: task(),
    });
    bench.sees("#1024 Login page crashes on Safari 17");
    assert_eq!(bench.commands().len(), 0, "nothing starts by itself");
    bench.click("Attach 1 file to #1024");
    assert!(matches!(&bench.commands()[..], [Command::Assign { .. }]));
}

#[test]
fn an_answer_to_an_older_text_is_not_taken() {
    let mut bench = Bench::signed_in();
    bench.type_into("Task", "#1024");
    bench.until_command();
    bench.type_into("Task", "5");
    bench.tell(Event::TaskFound {
        text: "#1024".into(),
        task: task(),
    });
    assert!(
        !bench.has_part("Open in ONES"),
        "not the task of what stands there now"
    );
}

#[test]
fn a_link_pasted_anywhere_sets_the_task() {
    let mut bench = Bench::signed_in();
    let link = "https://ones.example.com/project/#/team/BDfDqJU7/task/6ZpgEzkkFOLPsD5s";
    bench.harness.event(Input::Paste(link.into()));
    bench.harness.run();
    let asked = bench.until_command();
    assert!(
        matches!(&asked, Command::FindTask { text } if text == link),
        "{asked:?}"
    );
    bench.tell(Event::TaskNotFound {
        text: link.into(),
        error: ErrorKind::TaskNotFound.into(),
    });
    bench.sees_part("No task with this ID");
}

#[test]
fn a_drop_goes_to_the_confirmed_task() {
    let mut bench = Bench::with_task();
    bench.drop_files(&["/tmp/a.log", "/tmp/中文.log"]);
    let commands = bench.commands();
    let [
        Command::Add {
            paths,
            task: Some(to),
            ..
        },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}");
    };
    assert_eq!(
        paths,
        &[PathBuf::from("/tmp/a.log"), PathBuf::from("/tmp/中文.log")]
    );
    assert_eq!(to.id, task().id);
}

#[test]
fn a_drop_before_the_sign_in_is_taken_and_said() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.drop_files(&["/tmp/a.log"]);
    assert!(matches!(
        &bench.commands()[..],
        [Command::Add { task: None, .. }]
    ));
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Held(Hold::SignIn))],
        left_out: vec![],
    });
    bench.sees("1 file is waiting for you to sign in.");
}

#[test]
fn the_overlay_names_count_and_target_and_leaves_with_the_drag() {
    let mut bench = Bench::with_task();
    let file = |name: &str| HoveredFile {
        path: Some(name.into()),
        ..HoveredFile::default()
    };
    bench.harness.input_mut().hovered_files = vec![file("/tmp/a.log"), file("/tmp/b.log")];
    bench.harness.run_steps(2);
    bench.sees("Release to attach 2 files");
    bench.sees("to #1024 Login page crashes on Safari 17");
    bench.sees("a.log, b.log");
    bench.harness.input_mut().hovered_files.clear();
    bench.harness.run_steps(2);
    assert!(!bench.has_part("Release"));
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
            duplicate(ExistingPlace::Unconfirmed),
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
fn a_keyring_that_does_not_work_is_a_lasting_line_with_a_way_out() {
    let mut bench = Bench::signed_in();
    bench.tell(Event::Keyring(KeyringState::Locked));
    bench.sees_part("Not saved: the password store is locked.");
    bench.click("Try again");
    assert!(matches!(&bench.commands()[..], [Command::SaveSignIn]));
    bench.tell(Event::Keyring(KeyringState::Saved));
    assert!(!bench.has_part("Not saved"));
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
    let mut error = UploadError::new(ErrorKind::StoreRefused);
    error.details.status = Some(631);
    error.details.request_id = Some("BmYAAACTkQUCQQkW".into());
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Failed(error))],
        left_out: vec![],
    });
    bench.click("Details a.log");
    bench.sees("BmYAAACTkQUCQQkW");
    bench.sees("631");
    bench.click("Copy details");
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(!bench.has_part("BmYAAACTkQUCQQkW"));
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
        bench.tell(Event::Keyring(KeyringState::Missing));
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
fn the_window_speaks_chinese() {
    let mut bench = Bench::sized(560.0, 680.0, Language::Chinese);
    bench.enter();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "截图-1.png", JobState::Done(receipt(How::Sent)))],
        left_out: vec![],
    });
    bench.sees("已上传 - 校验一致 - 41.0 MB");
    bench.sees("已将 1 个文件上传到 #1024");
    bench.everything_is_inside();
}

#[test]
fn an_idle_window_asks_for_no_repaint() {
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Done(receipt(How::Sent)))],
        left_out: vec![],
    });
    bench.harness.run();
    let output = bench.harness.output();
    let delay = output
        .viewport_output
        .values()
        .map(|viewport| viewport.repaint_delay)
        .min();
    assert_eq!(delay, Some(Duration::MAX));
}

#[test]
fn somebody_signed_out_is_told_why_and_keeps_the_rows() {
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Held(Hold::SignIn))],
        left_out: vec![],
    });
    bench.tell(Event::SignedOut(Some(ErrorKind::SignInEnded.into())));
    bench.sees_part("Your sign-in has ended");
    bench.sees("1 file is waiting for you to sign in.");
    bench.tell(Event::SignedIn(identity()));
    bench.sees("a.log");
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
