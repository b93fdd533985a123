//! Files with one content in one list: what becomes of the later ones when the
//! first one does not get to the task.

use ones_drop::demo::Hold as Gate;
use ones_drop::model::JobId;

use super::*;

/// Files of one content, of which the first is on its way and the others are
/// asked about. It goes on when the guard goes; so many forms are answered like
/// this then.
fn first_of(count: usize, what: Misbehaviour, times: u32) -> (Bench, Gate, Vec<JobId>) {
    let mut bench = Bench::new();
    faults(&bench, Step::Form, what, times);
    let gate = bench.server.faults().hold(Step::Form);
    let files: Vec<_> = (0..count)
        .map(|n| bench.file(&format!("{n}.png"), b"pixels"))
        .collect();
    let paths: Vec<_> = files.iter().map(std::path::PathBuf::as_path).collect();
    bench.add(&paths);
    bench.until("one on its way, questions", |board| {
        board.totals().duplicates == count - 1 && board.jobs()[0].state == JobState::Confirming
    });
    let copies = bench.board.ids(is_question);
    (bench, gate, copies)
}

fn refused() -> Misbehaviour {
    Misbehaviour::Status {
        code: 400,
        headers: vec![],
        body: r#"{"error":"no"}"#.into(),
    }
}

fn is_question(state: &JobState) -> bool {
    matches!(state, JobState::Duplicate(_))
}

fn skip(bench: &mut Bench, jobs: Vec<JobId>) {
    let choice = Choice::Skip;
    bench.engine.send(Command::Decide { jobs, choice });
}

fn attached(bench: &Bench) -> usize {
    let task = &bench.server.account().task;
    bench.server.attachments(task).len()
}

#[test]
fn a_skipped_copy_goes_in_the_place_of_the_file_that_failed() {
    let (mut bench, gate, copies) = first_of(2, refused(), 1);
    skip(&mut bench, copies);
    bench.until("skipped", |board| board.totals().skipped == 1);
    drop(gate);
    bench.until("the copy is attached", |board| board.totals().attached == 1);
    assert_eq!(bench.states(), ["failed", "done"]);
    assert_eq!(attached(&bench), 1);
    bench.goes_on();
}

#[test]
fn a_question_about_a_file_that_failed_is_over() {
    let (mut bench, gate, _) = first_of(2, refused(), 1);
    drop(gate);
    bench.until_settled(2);
    assert_eq!(bench.states(), ["failed", "done"]);
    assert_eq!(attached(&bench), 1);
}

#[test]
fn of_many_copies_one_goes() {
    let (mut bench, gate, copies) = first_of(4, refused(), 1);
    skip(&mut bench, copies);
    bench.until("skipped", |board| board.totals().skipped == 3);
    drop(gate);
    bench.until("a copy is attached", |board| board.totals().attached == 1);
    assert_eq!(bench.states(), ["failed", "done", "skipped", "skipped"]);
    assert_eq!(attached(&bench), 1);
}

#[test]
fn each_copy_has_its_turn_where_all_are_refused() {
    let (mut bench, gate, copies) = first_of(4, refused(), 4);
    skip(&mut bench, vec![copies[1]]);
    bench.until("skipped", |board| board.totals().skipped == 1);
    drop(gate);
    bench.until_settled(4);
    assert_eq!(bench.states(), ["failed"; 4]);
    assert_eq!(bench.forms(), 4);
}

#[test]
fn no_copy_is_sent_for_a_file_that_may_be_there() {
    let (mut bench, gate, copies) =
        first_of(3, Misbehaviour::CallbackFailed { inner_code: 502 }, 1);
    skip(&mut bench, vec![copies[0]]);
    bench.until("skipped", |board| board.totals().skipped == 1);
    drop(gate);
    bench.until("not confirmed", |board| board.totals().failed == 1);
    bench.goes_on();
    assert_eq!(bench.states(), ["failed", "skipped", "duplicate", "done"]);
    assert_eq!(*error(&bench.job(0).state), ErrorKind::OnesNotTold);
    assert_eq!(bench.forms(), 2, "the other file's is the second");
}

#[test]
fn a_file_that_is_gone_after_a_sign_out_leaves_its_copy_to_go() {
    let (mut bench, gate, copies) = first_of(2, refused(), 0);
    skip(&mut bench, copies);
    bench.until("skipped", |board| board.totals().skipped == 1);
    bench.engine.send(Command::SignOut);
    bench.until_event(|event| matches!(event, Event::SignedOut(_)).then_some(()));
    std::fs::remove_file(bench.folder.path().join("0.png")).unwrap();
    // Before it is answered, so that it is not attached already.
    bench.server.faults().clear();
    drop(gate);
    bench.engine.send(Command::SignIn {
        with: token_sign_in(&bench.server),
        keep: false,
    });
    bench.until("both at their end", |board| board.totals().settled());
    let task = &bench.server.account().task;
    assert!(
        !bench.server.attachments(task).is_empty(),
        "{}",
        bench.dump()
    );
}

#[test]
fn a_skipped_copy_is_cancelled_with_the_file_that_it_relied_on() {
    let (mut bench, gate, copies) = first_of(3, refused(), 1);
    skip(&mut bench, vec![copies[0]]);
    bench.until("skipped", |board| board.totals().skipped == 1);
    let jobs = vec![bench.job(0).id];
    bench.engine.send(Command::Cancel { jobs });
    bench.until("cancelled", |board| board.totals().cancelled == 2);
    // The other one is asked about still; to skip it is to leave both out.
    assert_eq!(bench.states(), ["cancelled", "cancelled", "duplicate"]);
    skip(&mut bench, vec![copies[1]]);
    bench.until_settled(3);
    assert_eq!(bench.states(), ["cancelled"; 3]);
    drop(gate);
    assert_eq!(attached(&bench), 0);
    bench.goes_on();
}
