//! The history: read, cleared, kept for 90 days, and said where it cannot be kept.

use super::*;

#[test]
fn the_history_is_read_and_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let (one, two) = (bench.file("one", b"1"), bench.file("two", b"2"));
    receipt(&bench.attach(&[&one])[0]);
    receipt(&bench.attach(&[&two])[0]);
    let mut bench = again(bench, folder.path());
    let history = |bench: &mut Bench| {
        bench.until_event(|event| match event {
            Event::History(history) => Some(history.clone().unwrap()),
            _ => None,
        })
    };
    bench.engine.send(Command::AskHistory);
    let read = history(&mut bench);
    let names: Vec<_> = read.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["two", "one"]);
    assert_eq!(read[0].server, bench.server.account().server);
    assert!(read[0].verified);
    bench.engine.send(Command::ClearHistory);
    assert_eq!(history(&mut bench), []);
    drop(bench);
    assert!(!folder.path().join("history.jsonl").exists());
}

/// Nobody has to open it for that.
#[test]
fn the_history_of_long_ago_goes_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history.jsonl");
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let path = bench.file("a.log", b"1");
    receipt(&bench.attach(&[&path])[0]);
    let Bench { engine, server, .. } = bench;
    drop(engine);
    let recent = std::fs::read_to_string(&history).unwrap();
    let mut old: serde_json::Value = serde_json::from_str(&recent).unwrap();
    old["at"]["secs_since_epoch"] = 1_000_000_000.into();
    std::fs::write(&history, format!("{old}\n{recent}")).unwrap();
    drop(start(server, folder.path()));
    assert_eq!(std::fs::read_to_string(&history).unwrap(), recent);
}

#[test]
fn where_nothing_is_kept_the_history_is_not_called_empty() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    bench.engine.send(Command::AskHistory);
    let history = bench.until_event(|event| match event {
        Event::History(history) => Some(history.clone()),
        _ => None,
    });
    assert_eq!(history, Err(std::io::ErrorKind::Unsupported));
}

/// What it missed comes later.
#[test]
fn a_history_that_cannot_be_written_is_said_and_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("history.jsonl");
    std::fs::create_dir_all(blocked.join("deeper")).unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let first = bench.file("first.log", b"first");
    bench.add(&[&first]);
    assert!(bench.until_event(kept).is_err());
    std::fs::remove_dir_all(&blocked).unwrap();
    let second = bench.file("second.log", b"second");
    bench.add(&[&second]);
    assert_eq!(bench.until_event(kept), Ok(()));
    bench.until_settled(2);
    drop(bench);
    let history = load_history(folder.path(), std::time::SystemTime::now()).unwrap();
    let names: Vec<_> = history.into_iter().map(|line| line.name).collect();
    assert_eq!(names, ["second.log", "first.log"]);
}

#[test]
fn a_history_that_cannot_be_cleared_is_said_and_cleared_later() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history.jsonl");
    std::fs::write(&history, "what is to be cleared").unwrap();
    let blocked = folder.path().join("history.lock");
    std::fs::create_dir(&blocked).unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    bench.engine.send(Command::ClearHistory);
    assert!(bench.until_event(kept).is_err());
    assert!(history.exists());
    std::fs::remove_dir(&blocked).unwrap();
    // The next thing that is kept is the occasion, or the next try.
    bench.engine.send(Command::Pause);
    bench.add(&[&bench.file("a.log", b"a")]);
    assert_eq!(bench.until_event(kept), Ok(()));
    assert!(!history.exists());
}

/// Whether the history is, where an event tells that.
fn kept(event: &Event) -> Option<Result<(), std::io::ErrorKind>> {
    match event {
        Event::Remembering(kept) => Some(*kept),
        _ => None,
    }
}
