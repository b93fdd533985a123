//! Large files in parts: what a break costs, what a restart costs, and what a
//! store gets that does not know the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;
#[path = "parts/ends.rs"]
mod ends;
#[path = "parts/refused.rs"]
mod refused;
#[path = "parts/silent.rs"]
mod silent;

use std::path::{Path, PathBuf};

use common::{Bench, LIMIT, Watched, error, fault, faults, quick_config, receipt, token_sign_in};
use ones_drop::demo::{Misbehaviour, Options, Server, Step};
use ones_drop::engine::{Config, Keeping};
use ones_drop::journal::Keeps;
use ones_drop::model::{Command, ErrorKind, Event, JobState};
use ones_drop::settings;

const MIB: usize = 1024 * 1024;
/// Four parts and a bit: 4 x 4 MiB and 4 MiB.
const LARGE: usize = 17 * MIB;
const PARTS: usize = 5;

/// How much is known of the demo's store.
#[derive(Clone, Copy, PartialEq)]
enum Store {
    Unknown,
    KnowsParts,
}

/// Signed in, with a queue that is kept in `folder`.
fn start(
    server: impl Into<Watched>,
    folder: &Path,
    store: Store,
    change: impl FnOnce(&mut Config),
) -> Bench {
    let server = server.into();
    let mut config = quick_config();
    config.sign_in = Some(token_sign_in(&server));
    config.settings.parallel = 1;
    config.keeping = Some(Keeping {
        folder: folder.to_owned(),
        keeps: Keeps::Queue,
    });
    if store == Store::KnowsParts {
        let origin = server.store_url().trim_end_matches('/').to_owned();
        config.settings.stores.insert(origin, true);
    }
    change(&mut config);
    let mut bench = Bench::signed_out(server, config);
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    bench
}

/// A fresh server whose store is known to know parts.
fn bench(options: Options) -> (Bench, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(options).unwrap();
    let bench = start(server, folder.path(), Store::KnowsParts, |_| {});
    (bench, folder)
}

fn large(bench: &Bench, name: &str, seed: u8) -> PathBuf {
    let content: Vec<u8> = (seed..=250).cycle().take(LARGE).collect();
    bench.file(name, &content)
}

/// Requests for parts by method: begun, parts, completed, given up.
fn calls(bench: &Bench) -> (usize, usize, usize, usize) {
    let of = |wanted: fn(&str, &str) -> bool| {
        let seen = bench.server.requests();
        let in_parts = |path: &str| path.starts_with("/buckets/");
        seen.iter()
            .filter(|s| in_parts(&s.path) && wanted(&s.method, &s.path))
            .count()
    };
    (
        of(|method, path| method == "POST" && path.ends_with("/uploads")),
        of(|method, _| method == "PUT"),
        of(|method, path| method == "POST" && !path.ends_with("/uploads")),
        of(|method, _| method == "DELETE"),
    )
}

#[test]
fn a_large_file_goes_in_parts_and_is_verified() {
    let (mut bench, _folder) = bench(Options::default());
    let path = large(&bench, "大 \"recording\".mp4", 0);
    let receipt = receipt(&bench.attach(&[&path])[0]).clone();
    assert!(receipt.verified);
    assert!(receipt.trace.request_id.is_some() && receipt.trace.store_log.is_some());
    assert_eq!((calls(&bench), bench.forms()), ((1, PARTS, 1, 0), 0));
    let task = bench.server.account().task.clone();
    assert_eq!(
        bench.server.attachments(&task)[0].name,
        "大 \"recording\".mp4"
    );
    let states = bench.history(0);
    assert_eq!(
        states,
        [
            "checking",
            "ready",
            "asking",
            "sending",
            "confirming",
            "done"
        ]
    );
}

#[test]
fn a_store_that_signs_like_kodo_is_tried_with_the_next_large_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder.path(), Store::Unknown, |_| {});
    let (one, two) = (large(&bench, "one", 1), large(&bench, "two", 2));
    receipt(&bench.attach(&[&one])[0]);
    assert_eq!((calls(&bench), bench.forms()), ((0, 0, 0, 0), 1));
    receipt(&bench.attach(&[&two])[0]);
    assert_eq!((calls(&bench), bench.forms()), ((1, PARTS, 1, 0), 1));
}

#[test]
fn small_files_and_those_who_do_not_want_it_use_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder.path(), Store::KnowsParts, |config| {
        config.settings.in_parts = false;
    });
    let path = large(&bench, "large", 1);
    receipt(&bench.attach(&[&path])[0]);
    assert_eq!((calls(&bench), bench.forms()), ((0, 0, 0, 0), 1));

    let (mut bench, _folder) = self::bench(Options::default());
    let path = bench.file("16 MiB", &vec![1; 16 * MIB]);
    receipt(&bench.attach(&[&path])[0]);
    assert_eq!((calls(&bench), bench.forms()), ((0, 0, 0, 0), 1));
}

#[test]
fn after_a_break_only_what_is_missing_is_sent() {
    let (mut bench, _folder) = bench(Options::default());
    // Both the part and its repeat on a new connection break.
    faults(&bench, Step::Part, Misbehaviour::ResetAfter { bytes: 9 }, 2);
    let path = large(&bench, "large", 3);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    let (begun, parts, completed, _) = calls(&bench);
    assert_eq!((begun, completed), (1, 1));
    assert!(parts <= PARTS + 2, "{parts} parts sent");
    assert_eq!(bench.forms(), 0);
}

#[test]
fn a_link_that_lets_some_parts_through_is_not_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder.path(), Store::KnowsParts, |config| {
        config.retry.tries = 2;
    });
    // Of the four parts on their way one arrives; three break, and so do their
    // repeats. Two such tries in a row would be the end, if nothing arrived.
    // Slowly: once the others are broken, no fifth part follows it.
    let arrives = Misbehaviour::SlowBody { pause_ms: 500 };
    let breaks = Misbehaviour::ResetAfter { bytes: 9 };
    for _ in 0..2 {
        faults(&bench, Step::Part, arrives.clone(), 1);
        faults(&bench, Step::Part, breaks.clone(), 6);
    }
    let path = large(&bench, "large", 4);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    let pauses = bench.history(0).iter().filter(|s| **s == "waiting").count();
    assert_eq!((pauses, calls(&bench).0), (2, 1));
}

#[test]
fn a_store_that_forgot_the_upload_gets_it_once_more_from_the_start() {
    for (at, code, text) in [
        (Step::Part, 612, "no such uploadId"),
        (Step::Part, 612, "no such file or directory"),
        (Step::Complete, 701, "ctx is bad"),
    ] {
        let (mut bench, _folder) = bench(Options::default());
        let what = Misbehaviour::Status {
            code,
            headers: vec![],
            body: format!(r#"{{"error":"{text}"}}"#),
        };
        fault(&bench, at, what);
        let path = large(&bench, "large", 5);
        assert!(receipt(&bench.attach(&[&path])[0]).verified, "{code}");
        assert_eq!((calls(&bench).0, bench.forms()), (2, 0), "{code}");
    }
}

#[test]
fn a_store_that_always_forgets_the_upload_is_asked_twice_and_no_more() {
    let (mut bench, _folder) = bench(Options::default());
    let what = Misbehaviour::Status {
        code: 612,
        headers: vec![],
        body: r#"{"error":"no such uploadId"}"#.into(),
    };
    faults(&bench, Step::Part, what, 1000);
    let path = large(&bench, "large", 5);
    let ended = &bench.attach(&[&path])[0];
    assert!(matches!(ended, JobState::Failed(_)), "{ended:?}");
    assert_eq!((calls(&bench).0, bench.forms()), (2, 0));
}

#[test]
fn four_parts_travel_at_once() {
    let (mut bench, _folder) = bench(Options::default());
    let gate = bench.server.faults().hold(Step::Part);
    let path = large(&bench, "large", 12);
    bench.add(&[&path]);
    let faults = bench.server.faults();
    assert!(faults.wait_until_held(Step::Part, 4, LIMIT));
    assert_eq!(calls(&bench), (1, 4, 0, 0), "the fifth waits for its turn");
    drop(gate);
    bench.until_settled(1);
    assert_eq!(calls(&bench), (1, PARTS, 1, 0));
}

#[test]
fn what_a_store_showed_is_kept_in_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder.path(), Store::KnowsParts, |config| {
        config.settings_file = Some(file.clone());
    });
    fault(&bench, Step::InitiateParts, Misbehaviour::Html);
    let path = large(&bench, "large", 8);
    receipt(&bench.attach(&[&path])[0]);
    let origin = bench.server.store_url().trim_end_matches('/').to_owned();
    drop(bench.engine);
    assert_eq!(settings::load(&file).stores.get(&origin), Some(&false));
}

/// A retry after a cancel reads no parts that the store was told to forget.
#[test]
fn a_retry_after_a_cancel_begins_anew() {
    let (mut bench, _folder) = bench(Options::default());
    let hold = bench.server.faults().hold(Step::Part);
    let path = large(&bench, "large", 15);
    bench.add(&[&path]);
    assert!(bench.server.faults().wait_until_held(Step::Part, 4, LIMIT));
    bench.until("row", |board| !board.jobs().is_empty());
    let jobs = bench.board.ids(|_| true);
    let cancel = Command::Cancel { jobs: jobs.clone() };
    bench.engine.send(cancel);
    bench.until_settled(1);
    hold.release();
    bench.engine.send(Command::Retry { jobs });
    bench.until("attached", |board| board.totals().attached == 1);
    let (begun, _, completed, _) = calls(&bench);
    assert_eq!((begun, completed), (2, 1));
}

#[test]
fn a_lost_answer_at_the_end_is_settled_by_asking_ones() {
    let (mut bench, _folder) = bench(Options::default());
    fault(&bench, Step::Complete, Misbehaviour::ResetAfterBody);
    let path = large(&bench, "large", 9);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!((calls(&bench), bench.forms()), ((1, PARTS, 1, 0), 0));
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 1);
}

#[test]
fn a_damaged_part_is_sent_again() {
    let (mut bench, _folder) = bench(Options::default());
    fault(&bench, Step::Part, Misbehaviour::BadHash);
    let path = large(&bench, "large", 10);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!((calls(&bench), bench.forms()), ((1, PARTS + 1, 1, 0), 0));
}

#[test]
fn a_permit_that_runs_out_under_way_is_asked_for_again() {
    let (mut bench, _folder) = bench(Options::default());
    let expired = Misbehaviour::Status {
        code: 401,
        headers: vec![],
        body: r#"{"error":"expired token"}"#.to_owned(),
    };
    fault(&bench, Step::Complete, expired);
    let path = large(&bench, "large", 11);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(calls(&bench), (1, PARTS, 2, 0), "no part was sent twice");
    assert_eq!(bench.asked("/res/attachments/upload"), 2);
}

#[test]
fn a_cancel_tells_the_store_and_attaches_nothing() {
    let (mut bench, _folder) = bench(Options::default());
    let hold = bench.server.faults().hold(Step::Part);
    let path = large(&bench, "large", 12);
    bench.add(&[&path]);
    assert!(bench.server.faults().wait_until_held(Step::Part, 4, LIMIT));
    bench.until("row", |board| !board.jobs().is_empty());
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until_settled(1);
    assert_eq!(bench.states(), ["cancelled"]);
    hold.release();
    let end = std::time::Instant::now() + LIMIT;
    while calls(&bench).3 == 0 {
        assert!(std::time::Instant::now() < end, "the store was not told");
        std::thread::yield_now();
    }
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 0);
}

#[test]
fn a_cancel_does_not_wait_for_a_store_that_is_slow_to_begin() {
    let (mut bench, _folder) = bench(Options::default());
    let hold = bench.server.faults().hold(Step::InitiateParts);
    let path = large(&bench, "large", 14);
    bench.add(&[&path]);
    let faults = bench.server.faults();
    assert!(faults.wait_until_held(Step::InitiateParts, 1, LIMIT));
    bench.until("row", |board| !board.jobs().is_empty());
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until_settled(1);
    assert_eq!(bench.states(), ["cancelled"]);
    hold.release();
}

#[test]
fn the_next_start_sends_only_the_parts_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder.path(), Store::KnowsParts, |_| {});
    let path = large(&bench, "large", 13);
    // All parts arrive; the end is read by nobody.
    fault(
        &bench,
        Step::Complete,
        Misbehaviour::Stall { after_bytes: 0 },
    );
    bench.add(&[&path]);
    bench.until_any(&JobState::Confirming);
    let end = std::time::Instant::now() + LIMIT;
    while calls(&bench).2 == 0 {
        assert!(std::time::Instant::now() < end, "nothing was completed");
        std::thread::yield_now();
    }
    let Bench {
        engine,
        server,
        folder: _files,
        ..
    } = bench;
    drop(engine);
    // One of the kept parts is not what the file has: it goes again.
    spoil_one_part(&folder.path().join("queue.jsonl"));

    let mut bench = start(server, folder.path(), Store::KnowsParts, |_| {});
    bench.until_event(|event| match event {
        Event::Unfinished(files) => Some(files.len()),
        _ => None,
    });
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    let (begun, parts, _, given_up) = calls(&bench);
    assert_eq!(
        (begun, parts, given_up, bench.forms()),
        (1, PARTS + 1, 0, 0)
    );
}

fn spoil_one_part(queue: &Path) {
    let text = std::fs::read_to_string(queue).unwrap();
    let at = text.find("\"number\":2,\"etag\":\"").unwrap() + 19;
    let mut bytes = text.into_bytes();
    bytes[at + 3] = if bytes[at + 3] == b'A' { b'B' } else { b'A' };
    std::fs::write(queue, bytes).unwrap();
}
