//! The queue on disk: what a crash leaves open comes back, and nothing that was
//! attached is sent again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test program"
)]

mod common;
#[cfg(target_os = "linux")]
#[path = "saved/disk.rs"]
mod disk;
#[path = "saved/dropped.rs"]
mod dropped;
#[path = "saved/history.rs"]
mod history;
#[cfg(target_os = "linux")]
#[path = "saved/hung.rs"]
mod hung;
#[path = "saved/killed.rs"]
mod killed;
#[path = "saved/servers.rs"]
mod servers;
#[path = "saved/since.rs"]
mod since;
#[cfg(target_os = "linux")]
#[path = "saved/synced.rs"]
mod synced;

use std::path::{Path, PathBuf};

use common::{Bench, LIMIT, Watched, error, quick_config, receipt, token_sign_in};
use ones_drop::demo::{Options, Server, Step};
use ones_drop::engine::{Config, Keeping};
use ones_drop::journal::{Keeps, load_history, read_queue};
use ones_drop::model::{
    Command, ErrorKind, Event, Hold, JobState, LeftOutReason, Saving, Settings, Unfinished,
};

fn keeping(folder: &Path) -> Keeping {
    Keeping {
        folder: folder.to_owned(),
        keeps: Keeps::Queue,
    }
}

fn start(server: impl Into<Watched>, folder: &Path) -> Bench {
    start_with(server, folder, Settings::default())
}

fn start_with(server: impl Into<Watched>, folder: &Path, settings: Settings) -> Bench {
    let server = server.into();
    let config = Config {
        settings,
        sign_in: Some(token_sign_in(&server)),
        keeping: Some(keeping(folder)),
        ..quick_config()
    };
    let mut bench = Bench::signed_out(server, config);
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    bench
}

/// Ends the engine as a closed window does, and starts another.
fn again(bench: Bench, folder: &Path) -> Bench {
    let Bench {
        engine,
        server,
        folder: files,
        ..
    } = bench;
    drop(engine);
    let mut next = start(server, folder);
    next.folder = files;
    next
}

fn offered(bench: &mut Bench) -> Vec<Unfinished> {
    bench.until_event(|event| match event {
        Event::Unfinished(files) => Some(files.clone()),
        _ => None,
    })
}

/// Waits for this word on saving, which may have come already.
fn until_saving(bench: &mut Bench, wanted: impl Fn(&Saving) -> bool) {
    let is = |event: &Event| matches!(event, Event::Saving(saving) if wanted(saving));
    if !bench.events.iter().any(is) {
        bench.until_event(|event| is(event).then_some(()));
    }
}

/// Files that wait with their forms half way, for a restart to find.
fn left_open(folder: &Path, names: &[&str]) -> (Bench, Vec<PathBuf>) {
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder);
    let hold = bench.server.faults().hold(Step::StepOne);
    let paths: Vec<_> = names
        .iter()
        .map(|name| bench.file(name, name.as_bytes()))
        .collect();
    let refs: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    bench.add(&refs);
    bench.until("hashed", |board| {
        let hashed = |state: &_| matches!(state, JobState::Asking | JobState::Ready);
        board.ids(hashed).len() == names.len()
    });
    // The requests end with their connections; what is held is never answered.
    let mut bench = again(bench, folder);
    hold.release();
    let open = offered(&mut bench);
    assert_eq!(open.len(), names.len());
    (bench, paths)
}

#[test]
fn what_was_open_is_offered_and_goes_on_when_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, _) = left_open(folder.path(), &["a.log", "报告.txt"]);
    assert_eq!(bench.board.jobs().len(), 0, "nothing goes on by itself");
    bench.engine.send(Command::Continue);
    bench.until_settled(2);
    assert!(receipt(&bench.job(0).state).verified);
    assert!(receipt(&bench.job(1).state).verified);
    assert_eq!(bench.job(1).name, "报告.txt");
    let mut bench = again(bench, folder.path());
    until_saving(&mut bench, |saving| *saving == Saving::On);
    let open = |event: &Event| matches!(event, Event::Unfinished(open) if !open.is_empty());
    assert!(!bench.events.iter().any(open), "all is attached");
}

#[test]
fn what_is_not_wanted_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, _) = left_open(folder.path(), &["a.log"]);
    bench.engine.send(Command::Forget);
    assert_eq!(offered(&mut bench), []);
    drop(bench.engine);
    let text = std::fs::read_to_string(folder.path().join("queue.jsonl")).unwrap();
    assert!(!text.contains("a.log"), "{text}");
}

/// The offer says so already, and what changes after the offer is seen, too.
#[test]
fn a_file_that_changed_or_went_is_left_out_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["same", "longer", "touched", "gone", "goes"];
    let (bench, paths) = left_open(folder.path(), &names);
    std::fs::write(&paths[1], b"longer than before").unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
    let file = std::fs::File::options()
        .write(true)
        .open(&paths[2])
        .unwrap();
    file.set_modified(later).unwrap();
    std::fs::remove_file(&paths[3]).unwrap();
    let mut bench = again(bench, folder.path());
    let (changed, gone) = (LeftOutReason::ChangedSince, LeftOutReason::Missing);
    let amiss: Vec<_> = offered(&mut bench).iter().map(|file| file.amiss).collect();
    assert_eq!(
        amiss,
        [None, Some(changed), Some(changed), Some(gone), None]
    );
    std::fs::remove_file(&paths[4]).unwrap();
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    let left: Vec<_> = bench.board.left_out().iter().map(|l| l.reason).collect();
    assert_eq!(left, [changed, changed, gone, gone]);
    assert_eq!(bench.states(), ["done"]);
}

/// Not even its hash is known, so its time is all that tells.
#[test]
fn a_file_that_nobody_has_read_yet_is_known_by_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    let paths = [bench.file("same.log", b"1"), bench.file("other.log", b"2")];
    bench.engine.send(Command::Pause);
    bench.add(&[&paths[0], &paths[1]]);
    bench.until("rows", |board| board.jobs().len() == 2);
    assert_eq!(bench.states(), ["queued", "queued"]);
    let later = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
    let file = std::fs::File::options()
        .write(true)
        .open(&paths[1])
        .unwrap();
    file.set_modified(later).unwrap();
    let mut bench = again(bench, folder.path());
    let amiss: Vec<_> = offered(&mut bench).iter().map(|file| file.amiss).collect();
    assert_eq!(amiss, [None, Some(LeftOutReason::ChangedSince)]);
}

#[test]
fn other_content_under_the_same_size_and_time_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (mut bench, paths) = left_open(folder.path(), &["a.log"]);
    let time = std::fs::metadata(&paths[0]).unwrap().modified().unwrap();
    std::fs::write(&paths[0], b"A.LOG").unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(&paths[0])
        .unwrap();
    file.set_modified(time).unwrap();
    drop(file);
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    assert_eq!(error(&bench.job(0).state), &ErrorKind::Changed);
}

/// The answer was lost with the process, but ONES has the file.
#[test]
fn what_was_attached_in_the_last_moment_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder.path());
    let hold = bench.server.faults().hold_answer(Step::Form);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    assert!(bench.server.faults().wait_until_held(Step::Form, 1, LIMIT));
    bench.until_any(&JobState::Confirming);
    let mut bench = again(bench, folder.path());
    hold.release();
    assert_eq!(offered(&mut bench).len(), 1);
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["skipped"]);
    assert_eq!(bench.forms(), 1);
}

#[test]
fn a_second_window_says_that_it_does_not_save() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = start(Server::start(Options::default()).unwrap(), folder.path());
    until_saving(&mut first, |saving| *saving == Saving::On);
    let mut second = start(Server::start(Options::default()).unwrap(), folder.path());
    until_saving(&mut second, |saving| *saving == Saving::ElsewhereOpen);
    let path = second.file("a.log", b"content");
    assert!(receipt(&second.attach(&[&path])[0]).verified);
}

#[cfg(unix)]
#[test]
fn f37_a_disk_that_cannot_be_written_stops_no_upload() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be: fails for every user, also for root.
    let (file, blocked) = (folder.path().join("file"), folder.path().join("link"));
    std::fs::write(&file, b"").unwrap();
    std::os::unix::fs::symlink(&file, &blocked).unwrap();
    let mut bench = start(
        Server::start(Options::default()).unwrap(),
        &blocked.join("deeper"),
    );
    until_saving(&mut bench, |saving| matches!(saving, Saving::Failed(_)));
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    bench.goes_on();
    bench.engine.send(Command::Pause);
    bench.add(&[&bench.file("b.log", b"waits")]);
    bench.until("a row", |board| board.jobs().len() == 3);

    // Now the folder is there, with what an earlier run left open in it: at once,
    // for the journal tries it again and again.
    let (there, link) = (folder.path().join("there"), folder.path().join("new"));
    std::fs::create_dir_all(there.join("deeper")).unwrap();
    let queue = there.join("deeper/queue.jsonl");
    let left = bench.file("left.log", b"left");
    let left = serde_json::json!({ "path": left, "name": "left.log", "size_bytes": 4 });
    let add = serde_json::json!({ "add": [0, left] });
    std::fs::write(&queue, format!("{{\"ones_drop_queue\":1}}\n{add}\n")).unwrap();
    std::os::unix::fs::symlink(&there, &link).unwrap();
    std::fs::rename(&link, &blocked).unwrap();
    bench.add(&[&bench.file("c.log", b"wakes the journal")]);
    assert_eq!(offered(&mut bench)[0].name, "left.log");
    until_saving(&mut bench, |saving| *saving == Saving::On);
    drop(bench.engine);
    let kept = read_queue(&std::fs::read(&queue).unwrap());
    let names: Vec<_> = kept.values().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["left.log", "b.log", "c.log"]);
    let history = load_history(&blocked.join("deeper"), std::time::SystemTime::now());
    let names = history.unwrap().into_iter().map(|line| line.name);
    assert_eq!(names.collect::<Vec<_>>(), ["next.log", "a.log"]);
}

/// No token, no permit and no signed address comes onto the disk.
#[test]
fn nothing_secret_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    let bench = start(server, folder.path());
    // Held at the store: the upload token is in use.
    let hold = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    assert!(bench.server.faults().wait_until_held(Step::Form, 1, LIMIT));
    let bench = again(bench, folder.path());
    hold.release();
    let token = bench.server.account().token.clone();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        for secret in [token.as_str(), "token=", "UpToken", ":eyJ"] {
            assert!(!text.contains(secret), "{secret} in {}", path.display());
        }
        files.push(text);
    }
    assert!(files.concat().contains("a.log"), "the file is written down");
}
