//! A cancel: how soon it is heard, and what became of the file.

use super::*;

#[test]
fn cancel_closes_the_connection_and_attaches_nothing() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.bin", &vec![1; 40_000_000]);
    bench.add(&[&path]);
    bench.until_any(&JobState::Sending);
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until_settled(1);
    assert_eq!(bench.states(), ["cancelled"]);
    drop(gate);
    let next = bench.file("b.log", b"next");
    assert!(receipt(&bench.attach(&[&next])[0]).verified);
    let task = bench.server.account().task.clone();
    let names: Vec<_> = bench
        .server
        .attachments(&task)
        .into_iter()
        .map(|a| a.name)
        .collect();
    assert_eq!(names, ["b.log"]);
}

#[test]
fn a_cancel_that_comes_too_late_says_that_the_file_is_attached() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold_answer(Step::Form);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until_any(&JobState::Confirming);
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    drop(gate);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
}

/// Neither ONES nor the store answers, and the row says at once that it stops.
#[test]
fn a_cancel_is_seen_at_once_where_it_takes_long_to_find_out() {
    for step in [Step::StepOne, Step::Form] {
        let mut bench = Bench::new();
        let gate = bench.server.faults().hold(step);
        let path = bench.file("a.log", b"content");
        bench.add(&[&path]);
        let held = bench.server.faults();
        assert!(held.wait_until_held(step, 1, common::LIMIT));
        let before = match step {
            Step::Form => JobState::Confirming,
            _ => JobState::Asking,
        };
        bench.until("under way", |board| {
            !board.ids(|state| *state == before).is_empty()
        });
        let list = bench.server.faults().hold(Step::List);
        let jobs = bench.board.ids(|_| true);
        bench.engine.send(Command::Cancel { jobs });
        bench.until("stopping", |board| {
            !board.ids(|state| *state == JobState::Stopping).is_empty()
        });
        let held = bench.server.faults();
        let asks = step == Step::StepOne;
        assert!(!asks || held.wait_until_held(Step::List, 1, common::LIMIT));
        drop((gate, list));
        bench.until_settled(1);
        let want = if asks { "cancelled" } else { "done" };
        assert_eq!(bench.states(), [want], "{step:?}");
    }
}

/// Stopped, then a question after all: the answer to it counts.
#[test]
fn attach_again_after_a_cancel_attaches() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    fault(&bench, Step::Form, Misbehaviour::StoredNotLinked614);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("all is out", |board| {
        !board.ids(|state| *state == JobState::Confirming).is_empty()
    });
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs: jobs.clone() });
    bench.until("stopping", |board| {
        !board.ids(|state| *state == JobState::Stopping).is_empty()
    });
    drop(gate);
    bench.until("the question", |board| board.totals().duplicates == 1);
    let choice = Choice::AttachAgain;
    bench.engine.send(Command::Decide { jobs, choice });
    bench.until("answered", |board| board.totals().duplicates == 0);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
}

/// The face may ask for it before it has heard that the file is attached.
#[test]
fn a_cancel_that_comes_too_late_changes_nothing() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    let other = bench.file("b.log", b"the other file");
    assert!(receipt(&bench.attach(&[&other])[0]).verified);
    assert_eq!(bench.states(), ["done", "done"]);
}
