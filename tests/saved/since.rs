//! What happened to files and task between the runs.

use super::*;

/// The offer may be older than what was attached by hand meanwhile.
#[test]
fn what_was_attached_by_hand_since_is_not_attached_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, paths) = left_open(folder.path(), &["a.log"]);
    receipt(&bench.attach(&[&paths[0]])[0]);
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Remove { jobs });
    bench.until("cleared", |board| board.jobs().is_empty());
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["skipped"]);
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 1);
}

/// It was a question when the program ended, and is one after.
#[test]
fn a_second_file_of_the_same_content_is_asked_about_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let (one, two) = (bench.file("one", b"content"), bench.file("two", b"content"));
    bench.add(&[&one, &two]);
    bench.until("one is attached, one is a question", |board| {
        let totals = board.totals();
        (totals.attached, totals.duplicates) == (1, 1)
    });
    let mut bench = again(bench, folder.path());
    assert_eq!(offered(&mut bench)[0].name, "two");
    bench.engine.send(Command::Continue);
    bench.until("decided", |board| {
        board.totals().duplicates + board.totals().skipped == 1
    });
    // A row that is skipped unasked is a question for a moment.
    bench.engine.send(Command::AskHistory);
    bench.until_event(|event| matches!(event, Event::History(_)).then_some(()));
    assert_eq!(bench.states(), ["duplicate"]);
}

/// A log that was still written to when it was dropped, and no more since.
#[test]
fn a_file_that_grew_before_its_check_goes_on_at_its_new_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let path = bench.file("grows.log", b"one line\n");
    bench.engine.send(Command::Pause);
    bench.add(&[&path]);
    bench.until("a row", |board| board.jobs().len() == 1);
    std::fs::write(&path, b"one line\nanother line\n").unwrap();
    let hold = bench.server.faults().hold(Step::StepOne);
    bench.engine.send(Command::Resume);
    bench.until("checked", |board| {
        let asking = |state: &JobState| *state == JobState::Asking;
        !board.ids(asking).is_empty()
    });
    let mut bench = again(bench, folder.path());
    hold.release();
    let open = offered(&mut bench);
    assert_eq!((open[0].amiss, open[0].size_bytes), (None, 22));
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    drop(bench.engine);
    let history = load_history(folder.path(), std::time::SystemTime::now()).unwrap();
    assert_eq!(history[0].size_bytes, 22);
}
