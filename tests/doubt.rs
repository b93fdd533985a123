//! What may be attached already, and who asked for it: nothing is attached
//! twice after an answer that got lost, a cancel, or another sign-in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

use common::case::status;
use common::{Bench, error, fault, faults, password_sign_in, quick_config, receipt, token_sign_in};
use ones_drop::demo::{Misbehaviour, Options, Server, Step};
use ones_drop::model::{Board, Choice, Command, ErrorKind, Event, Hold, JobState};

#[path = "doubt/lists.rs"]
mod lists;
#[path = "doubt/rows.rs"]
mod rows;

/// Attachments of the demo's task.
fn attached(bench: &Bench) -> usize {
    let task = bench.server.account().task.clone();
    bench.server.attachments(&task).len()
}

fn any(board: &Board, state: &str) -> bool {
    board.jobs().iter().any(|job| job.state.code() == state)
}

#[test]
fn an_answer_and_a_list_that_are_lost_do_not_attach_twice() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    fault(&bench, Step::Form, Misbehaviour::ResetAfterBody);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("confirming", |board| any(board, "confirming"));
    fault(&bench, Step::List, status(503, ""));
    gate.release();
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    assert_eq!((bench.forms(), attached(&bench)), (1, 1));
}

#[test]
fn a_lost_answer_of_step_one_does_not_attach_twice() {
    let mut bench = Bench::new();
    let first = bench.file("a.log", b"content");
    receipt(&bench.attach(&[&first])[0]);
    let tasks = bench.server.account().clone();
    assert_eq!(attached(&bench), 1);
    // ONES has the content, so step 1 attaches it by itself.
    fault(&bench, Step::StepOne, Misbehaviour::ResetAfterBody);
    let again = bench.file("b.log", b"content");
    bench.add(&[&again]);
    bench.until("the question", |board| any(board, "duplicate"));
    let jobs = bench
        .board
        .ids(|state| matches!(state, JobState::Duplicate(_)));
    let choice = Choice::AttachAgain;
    bench.engine.send(Command::Decide { jobs, choice });
    bench.until_settled(2);
    assert!(receipt(&bench.job(1).state).verified);
    assert_eq!(bench.server.attachments(&tasks.task).len(), 2);
}

#[test]
fn cancel_and_retry_of_a_file_that_waits_sends_it_once() {
    let mut config = quick_config();
    config.settings.parallel = 2;
    let mut bench = Bench::with(Options::default(), config);
    let gate = bench.server.faults().hold(Step::Form);
    for n in 0..8 {
        bench.file(&format!("logs/{n}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    let ready = |board: &Board| {
        let ready = |job: &&ones_drop::model::Job| job.state == JobState::Ready;
        board.jobs().iter().filter(ready).count()
    };
    bench.until("two are sent", |board| ready(board) == 6);
    let jobs = vec![bench.job(6).id];
    bench.engine.send(Command::Cancel { jobs: jobs.clone() });
    bench.engine.send(Command::Retry { jobs });
    bench.until("cancelled", |board| board.totals().cancelled == 1);
    bench.until("it waits again", |board| {
        board.totals().cancelled == 0 && ready(board) == 6
    });
    gate.release();
    bench.until_settled(8);
    assert_eq!(bench.board.totals().verified, 8, "{}", bench.dump());
    assert_eq!((bench.forms(), attached(&bench)), (8, 8));
    assert_eq!(bench.asked("/res/attachments/upload"), 8);
}

#[test]
fn a_cancel_that_meets_a_refusal_is_a_cancel() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    fault(&bench, Step::Form, status(503, ""));
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("confirming", |board| any(board, "confirming"));
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until("stopping", |board| any(board, "stopping"));
    gate.release();
    bench.until_settled(1);
    assert_eq!(bench.states(), ["cancelled"]);
}

#[test]
fn a_sign_in_that_ended_at_the_list_is_cured_by_a_new_one() {
    let mut bench = Bench::new();
    bench.server.invalidate_tokens();
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until_event(|event| matches!(event, Event::SignedOut(Some(_))).then_some(()));
    bench.engine.send(Command::SignIn {
        with: password_sign_in(&bench.server),
        keep: false,
    });
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
}

#[test]
fn files_for_one_server_are_not_sent_to_another() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::StepOne);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("asking", |board| any(board, "asking"));
    bench.engine.send(Command::SignOut);
    let held = |board: &Board| board.totals().held == 1;
    bench.until("held", held);
    gate.release();
    let other = Server::start(Options::default()).unwrap();
    bench.engine.send(Command::SignIn {
        with: token_sign_in(&other),
        keep: false,
    });
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    // What is added now is sent; what waited goes on waiting.
    let there = bench.file("b.log", b"other");
    let mut task = (*bench.task()).clone();
    task.id = other.account().task.clone();
    task.team = other.account().team.clone();
    bench.add_to(&[&there], task.into());
    bench.until("the other one", |board| board.totals().attached == 1);
    assert_eq!(bench.job(0).state, JobState::Held(Hold::SignIn));
    assert_eq!(other.attachments(&other.account().task).len(), 1);
    let with = token_sign_in(&bench.server);
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until_settled(2);
    assert_eq!(attached(&bench), 1);
}

/// Signed in to a second server, which has the same task.
fn go_to_another(bench: &mut Bench) -> Server {
    let other = Server::start(Options::default()).unwrap();
    bench.engine.send(Command::SignIn {
        with: token_sign_in(&other),
        keep: false,
    });
    let there = other.account().server.clone();
    bench.until_event(|event| match event {
        Event::SignedIn(identity) => (identity.server.to_string() == there).then_some(()),
        _ => None,
    });
    other
}

/// The only row waits, and the other server was not even asked.
#[track_caller]
fn waits_and_asks_nothing_of(bench: &Bench, other: &Server, row: usize) {
    assert_eq!(bench.job(row).state, JobState::Held(Hold::SignIn));
    let task = &other.account().task;
    assert_eq!(other.attachments(task).len(), 0);
    let about_tasks = |path: &str| path.contains("/task/") || path.contains("/res/");
    let asked = other.requests();
    assert!(!asked.iter().any(|seen| about_tasks(&seen.path)));
}

#[test]
fn attach_again_is_not_said_to_another_server() {
    let mut bench = Bench::new();
    let (one, two) = (bench.file("a", b"content"), bench.file("b", b"content"));
    receipt(&bench.attach(&[&one])[0]);
    bench.add(&[&two]);
    bench.until("the question", |board| any(board, "duplicate"));
    bench.engine.send(Command::SignOut);
    let other = go_to_another(&mut bench);
    let jobs = vec![bench.job(1).id];
    let choice = Choice::AttachAgain;
    bench.engine.send(Command::Decide { jobs, choice });
    bench.until("decided", |board| !any(board, "duplicate"));
    waits_and_asks_nothing_of(&bench, &other, 1);
    let with = token_sign_in(&bench.server);
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until_settled(2);
    assert_eq!(attached(&bench), 2);
}

#[test]
fn a_form_that_breaks_is_not_repeated_at_another_server() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    let broken = Misbehaviour::ResetAfter { bytes: 0 };
    fault(&bench, Step::Form, broken);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    let faults = bench.server.faults();
    assert!(faults.wait_until_held(Step::Form, 1, common::LIMIT));
    bench.server.invalidate_tokens();
    let text = "#1024".to_owned();
    bench.engine.send(Command::FindTask { text });
    bench.until_event(|event| matches!(event, Event::SignedOut(Some(_))).then_some(()));
    let other = go_to_another(&mut bench);
    drop(gate);
    bench.until("held", |board| any(board, "held"));
    waits_and_asks_nothing_of(&bench, &other, 0);
}

/// The list of the first server was asked for when its sign-in ended.
#[test]
fn a_check_that_ends_after_another_sign_in_waits_for_its_own() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold_answer(Step::List);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    let faults = bench.server.faults();
    assert!(faults.wait_until_held(Step::List, 1, common::LIMIT));
    bench.server.invalidate_tokens();
    let text = "#1024".to_owned();
    bench.engine.send(Command::FindTask { text });
    bench.until_event(|event| matches!(event, Event::SignedOut(Some(_))).then_some(()));
    let other = go_to_another(&mut bench);
    drop(gate);
    bench.until("held", |board| any(board, "held"));
    waits_and_asks_nothing_of(&bench, &other, 0);
}

/// The rows come when the walk through the folders is over, whoever is signed
/// in by then.
#[test]
fn a_drop_is_for_the_server_it_was_dropped_for() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    let other = Server::start(Options::default()).unwrap();
    let _gate = bench.server.faults().hold(Step::List);
    bench.add(&[&path]);
    bench.engine.send(Command::SignOut);
    let with = token_sign_in(&other);
    bench.engine.send(Command::SignIn { with, keep: false });
    let there = other.account().server.clone();
    bench.until_event(|event| match event {
        Event::SignedIn(identity) => (identity.server.to_string() == there).then_some(()),
        _ => None,
    });
    bench.until("a row that waits", |board| any(board, "held"));
    waits_and_asks_nothing_of(&bench, &other, 0);
}

/// "Attach again" was said of the list of that time.
#[test]
fn a_retry_after_attach_again_asks_again() {
    let mut bench = Bench::new();
    let (one, two) = (bench.file("a", b"content"), bench.file("b", b"content"));
    receipt(&bench.attach(&[&one])[0]);
    bench.add(&[&two]);
    bench.until("the question", |board| any(board, "duplicate"));
    fault(&bench, Step::StepOne, status(403, ""));
    let jobs = vec![bench.job(1).id];
    let choice = Choice::AttachAgain;
    bench.engine.send(Command::Decide {
        jobs: jobs.clone(),
        choice,
    });
    bench.until("failed", |board| any(board, "failed"));
    bench.engine.send(Command::Retry { jobs });
    bench.until("checked", |board| {
        any(board, "duplicate") || any(board, "ready")
    });
    assert_eq!(bench.states(), ["done", "duplicate"]);
}
