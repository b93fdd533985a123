//! Files of the saved queue, and the server that each is for.

use super::*;

#[test]
fn files_for_another_server_wait_for_that_one() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, _) = left_open(folder.path(), &["a.log"]);
    let Bench { engine, server, .. } = bench;
    drop(engine);
    let other = Server::start(Options::default()).unwrap();
    let mut bench = start(other, folder.path());
    assert_eq!(offered(&mut bench), []);
    bench.engine.send(Command::Continue);
    bench.engine.send(Command::Forget);
    drop(bench);
    let mut bench = start(server, folder.path());
    assert_eq!(offered(&mut bench).len(), 1);
}

/// Whose sign-in it is when a file is attached or wanted again does not matter.
#[test]
fn a_row_is_kept_for_the_server_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let hold = bench.server.faults().hold(Step::List);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("a row", |board| board.jobs().len() == 1);
    let jobs = bench.board.ids(|_| true);
    let cancel = Command::Cancel { jobs: jobs.clone() };
    bench.engine.send(cancel);
    bench.until("cancelled", |board| board.totals().cancelled == 1);
    hold.release();
    let other = Server::start(Options::default()).unwrap();
    let with = token_sign_in(&other);
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    bench.engine.send(Command::Retry { jobs });
    bench.until("held", |board| board.totals().held == 1);
    let here = bench.server.account().server.clone();
    drop(bench.engine);
    let text = std::fs::read_to_string(folder.path().join("queue.jsonl")).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.contains(&here), "{last}");
}

/// A file without a task is for whoever chooses one, at whatever server.
#[test]
fn a_row_without_a_task_waits_for_a_task_at_the_next_server_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let path = bench.file("a.log", b"content");
    let add = |bench: &Bench| {
        bench.engine.send(Command::Add {
            paths: vec![path.clone()],
            task: None,
            description: String::new(),
        });
    };
    add(&bench);
    bench.until("a row", |board| board.jobs().len() == 1);
    let mut bench = again(bench, folder.path());
    assert_eq!(offered(&mut bench).len(), 1);
    bench.engine.send(Command::Continue);
    bench.until("a row", |board| board.jobs().len() == 1);
    let other = Server::start(Options::default()).unwrap();
    let with = token_sign_in(&other);
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    add(&bench);
    bench.until("told of the second one", |board| {
        board.left_out().len() == 1
    });
    assert_eq!(bench.job(0).state, JobState::Held(Hold::Task));
    assert_eq!(bench.board.jobs().len(), 1);
}
