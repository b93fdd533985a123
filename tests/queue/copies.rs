//! Files with one content in one list: what becomes of the later ones when the
//! first one does not get to the task.

use ones_drop::model::JobId;

use super::*;

/// Files of one content, of which the first is on its way and the others are
/// asked about. It goes on when the guard goes, and is refused then.
fn first_of(count: usize) -> (Bench, ones_drop::demo::Hold, Vec<JobId>) {
    let mut bench = Bench::new();
    let refused = Misbehaviour::Status {
        code: 400,
        headers: vec![],
        body: r#"{"error":"no"}"#.into(),
    };
    fault(&bench, Step::Form, refused);
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
    let (mut bench, gate, copies) = first_of(2);
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
    let (mut bench, gate, _) = first_of(2);
    drop(gate);
    bench.until_settled(2);
    assert_eq!(bench.states(), ["failed", "done"]);
    assert_eq!(attached(&bench), 1);
}

#[test]
fn of_many_copies_one_goes_and_the_others_are_asked_about_again() {
    let (mut bench, gate, copies) = first_of(4);
    skip(&mut bench, copies);
    bench.until("skipped", |board| board.totals().skipped == 3);
    drop(gate);
    bench.until("one attached, questions", |board| {
        let totals = board.totals();
        totals.attached == 1 && totals.duplicates == 2
    });
    let went = bench.board.ids(|state| matches!(state, JobState::Done(_)))[0];
    for job in bench.board.jobs() {
        if let JobState::Duplicate(existing) = &job.state {
            assert_eq!(existing.row(), Some(went));
        }
    }
    let questions = bench.board.ids(is_question);
    skip(&mut bench, questions);
    bench.until_settled(4);
    assert_eq!(attached(&bench), 1);
}

#[test]
fn a_skipped_copy_is_cancelled_with_the_file_that_it_relied_on() {
    let (mut bench, gate, copies) = first_of(3);
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
