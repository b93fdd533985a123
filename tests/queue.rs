//! The queue: paused, held, cancelled, tried again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

#[path = "queue/cancelled.rs"]
mod cancelled;
mod common;
#[path = "queue/copies.rs"]
mod copies;
#[path = "queue/sign_in_ended.rs"]
mod sign_in_ended;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use common::{Bench, error, fault, faults, quick_config, receipt, token_sign_in};
use ones_drop::demo::{Misbehaviour, Options, Step};
use ones_drop::engine::Config;
use ones_drop::model::{Choice, Command, ErrorKind, Event, Hold, JobState};

#[test]
fn a_paused_queue_starts_nothing_until_it_goes_on() {
    let mut bench = Bench::new();
    bench.engine.send(Command::Pause);
    bench.until_event(|event| matches!(event, Event::Paused(true)).then_some(()));
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until_event(|event| matches!(event, Event::Scanning(false)).then_some(()));
    assert_eq!(bench.states(), ["queued"]);
    bench.engine.send(Command::Resume);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["done"]);
}

#[test]
fn tries_come_to_an_end_and_retry_starts_anew() {
    let mut bench = Bench::new();
    // The first one is taken for a stale connection and costs no try.
    faults(&bench, Step::Form, Misbehaviour::ResetAfter { bytes: 0 }, 6);
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert_eq!(error(&states[0]), &ErrorKind::Interrupted { tries: 5 });
    let jobs = bench
        .board
        .ids(|state| matches!(state, JobState::Failed(_)));
    bench.engine.send(Command::Retry { jobs });
    bench.until("attached", |board| board.totals().attached == 1);
}

#[test]
fn a_list_that_cannot_be_had_for_now_is_asked_for_again() {
    let mut bench = Bench::new();
    let what = Misbehaviour::Status {
        code: 503,
        headers: vec![],
        body: String::new(),
    };
    faults(&bench, Step::List, what, 2);
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(
        bench.history(0),
        [
            "checking",
            "waiting",
            "queued",
            "checking",
            "waiting",
            "queued",
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
fn f31_a_server_that_is_away_holds_the_queue_and_it_goes_on_by_itself() {
    let config = Config {
        waits_for_network: true,
        ..quick_config()
    };
    let mut bench = Bench::with(Options::default(), config);
    let account = bench.server.account().clone();
    let port: u16 = account.server.rsplit(':').next().unwrap().parse().unwrap();
    let elsewhere = ones_drop::demo::Server::start(Options::default()).unwrap();
    drop(std::mem::replace(&mut bench.server, elsewhere.into()));
    // Nobody else gets its port meanwhile.
    let kept = tokio::net::TcpSocket::new_v4().unwrap();
    kept.set_reuseaddr(true).unwrap();
    kept.bind(([127, 0, 0, 1], port).into()).unwrap();
    for n in 0..5 {
        bench.file(&format!("logs/{n}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_event(|event| matches!(event, Event::Offline(Some(_))).then_some(()));
    bench.until("held", |board| {
        board
            .jobs()
            .iter()
            .any(|job| job.state == JobState::Held(Hold::Network))
    });
    bench.server = ones_drop::demo::Server::start(Options {
        port,
        token: Some(account.token),
        ..Options::default()
    })
    .unwrap()
    .into();
    bench.until_event(|event| matches!(event, Event::Offline(None)).then_some(()));
    bench.until_settled(5);
    assert_eq!(bench.board.totals().verified, 5);
}

#[test]
fn signing_out_stops_what_is_sent_and_a_sign_in_begins_it_anew() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.bin", &vec![1; 40_000_000]);
    bench.add(&[&path]);
    bench.until_any(&JobState::Sending);
    bench.engine.send(Command::SignOut);
    bench.until("held", |board| {
        board
            .jobs()
            .iter()
            .all(|job| job.state == JobState::Held(Hold::SignIn))
    });
    drop(gate);
    let with = token_sign_in(&bench.server);
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 1);
}

/// It was checked before the sign-out; what its task holds by now is asked anew.
#[test]
fn what_was_attached_by_hand_while_nobody_was_signed_in_is_asked_about() {
    let mut config = quick_config();
    config.settings.parallel = 1;
    let mut bench = Bench::with(Options::default(), config);
    let gate = bench.server.faults().hold(Step::StepOne);
    let names = ["a.log", "b.log", "c.log", "d.log"];
    let paths = names.map(|name| bench.file(name, name.as_bytes()));
    bench.add(&paths.each_ref().map(std::path::PathBuf::as_path));
    bench.until("the last one waits", |board| {
        board.jobs().len() == 4 && board.jobs()[3].state == JobState::Ready
    });
    bench.engine.send(Command::SignOut);
    bench.until("held", |board| board.totals().held == 4);
    drop(gate);
    bench.attach_elsewhere(&paths[3]);
    let with = token_sign_in(&bench.server);
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until("asked about", |board| board.totals().duplicates == 1);
    bench.until("the others", |board| board.totals().attached == 3);
    assert_eq!(bench.states(), ["done", "done", "done", "duplicate"]);
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 4);
}

/// Step 1 of the next files runs while one is being sent, and no file says that
/// it is being asked for when it only waits.
#[test]
fn step_one_runs_ahead_of_sending() {
    let mut config = quick_config();
    config.settings.parallel = 1;
    let mut bench = Bench::with(Options::default(), config);
    let hold = bench.server.faults().hold(Step::Form);
    let paths: Vec<_> = (0..4)
        .map(|n| bench.file(&format!("{n}.log"), format!("content {n}").as_bytes()))
        .collect();
    let refs: Vec<_> = paths.iter().map(std::path::PathBuf::as_path).collect();
    bench.add(&refs);
    bench.until("one sent, one ahead", |board| {
        let of = |wanted: &str| {
            let is = |job: &&ones_drop::model::Job| job.state.code() == wanted;
            board.jobs().iter().filter(is).count()
        };
        of("sending") + of("confirming") == 1 && of("ready") == 3
    });
    let seen = || (bench.asked("/res/attachments/upload"), bench.forms());
    let end = std::time::Instant::now() + common::LIMIT;
    while seen() != (2, 1) && std::time::Instant::now() < end {
        std::thread::yield_now();
    }
    assert_eq!(seen(), (2, 1));
    hold.release();
    bench.until_settled(4);
    assert_eq!(bench.board.totals().verified, 4);
}

/// Files that have their upload token already wait like the others.
#[test]
fn files_asked_for_ahead_wait_for_a_sign_in_like_the_others() {
    let mut config = quick_config();
    config.settings.parallel = 1;
    let mut bench = Bench::with(Options::default(), config);
    let hold = bench.server.faults().hold(Step::Form);
    let paths: Vec<_> = (0..3)
        .map(|n| bench.file(&format!("{n}.log"), format!("content {n}").as_bytes()))
        .collect();
    let refs: Vec<_> = paths.iter().map(std::path::PathBuf::as_path).collect();
    bench.add(&refs);
    bench.until("sending", |board| {
        board.jobs().iter().any(|job| job.state.code() == "ready")
            && board
                .jobs()
                .iter()
                .any(|job| matches!(job.state.code(), "sending" | "confirming"))
    });
    bench.engine.send(Command::SignOut);
    bench.until("held", |board| board.totals().held >= 2);
    let with = token_sign_in(&bench.server);
    bench.engine.send(Command::SignIn { with, keep: false });
    hold.release();
    bench.until_settled(3);
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 3, "{}", bench.dump());
}

/// How far the clock of one test is ahead, in seconds.
static AHEAD_SECS: AtomicU64 = AtomicU64::new(0);

fn clock() -> SystemTime {
    SystemTime::now() + Duration::from_secs(AHEAD_SECS.load(Ordering::Relaxed))
}

#[test]
fn a_permit_that_grew_old_while_its_file_waited_is_fetched_anew() {
    let mut config = quick_config();
    config.settings.parallel = 1;
    config.clock = clock;
    let mut bench = Bench::with(Options::default(), config);
    let gate = bench.server.faults().hold(Step::Form);
    let (a, b) = (bench.file("a.log", b"one"), bench.file("b.log", b"two"));
    bench.add(&[&a, &b]);
    let has_asked = |states: &[&str]| states.ends_with(&["asking", "ready"]);
    while bench.board.jobs().len() < 2 || !has_asked(&bench.history(1)) {
        bench.step(common::LIMIT).expect("step 1 goes ahead");
    }
    let faults = bench.server.faults();
    assert!(faults.wait_until_held(Step::Form, 1, common::LIMIT));
    assert_eq!(bench.asked("/res/attachments/upload"), 2);
    let asking = faults.hold(Step::StepOne);
    // Less than a minute is left of its hour.
    AHEAD_SECS.store(3570, Ordering::Relaxed);
    drop(gate);
    assert!(faults.wait_until_held(Step::StepOne, 1, common::LIMIT));
    // The server's clock is not ahead, so ours must be right for the new one.
    AHEAD_SECS.store(0, Ordering::Relaxed);
    drop(asking);
    bench.until_settled(2);
    assert_eq!(bench.board.totals().verified, 2);
    assert_eq!(bench.asked("/res/attachments/upload"), 3);
    assert_eq!(bench.forms(), 2, "no form with the old one");
}

#[test]
fn one_connection_to_the_store_serves_one_file_after_another() {
    let mut config = quick_config();
    config.settings.parallel = 1;
    let mut bench = Bench::with(Options::default(), config);
    for n in 0..20 {
        bench.file(&format!("logs/{n}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_settled(20);
    let seen = bench.server.requests();
    let forms = seen.iter().filter(|seen| seen.path == "/");
    let connections: BTreeSet<_> = forms.map(|seen| seen.connection).collect();
    // The library may give one back a moment after the next form has asked for one.
    assert!(connections.len() <= 3, "{connections:?}");
}

/// Only a file of the same size could have the same content.
#[test]
fn a_check_that_takes_long_holds_no_file_of_another_size() {
    let mut bench = Bench::new();
    let stall = Misbehaviour::Stall { after_bytes: 0 };
    faults(&bench, Step::List, stall, 1);
    let slow = bench.file("slow.log", b"waits for its list");
    let same = bench.file("same.log", b"as long as slow.lo");
    let other = bench.file("other.log", b"short");
    bench.add(&[&slow]);
    let held = bench.server.faults().clone();
    assert!(held.wait_until_held(Step::List, 1, common::LIMIT));
    let task2 = bench.task_by_id(&bench.server.account().task2);
    bench.add_to(&[&other, &same], task2);
    bench.until("the other one", |board| board.totals().attached == 1);
    assert_eq!(bench.states(), ["checking", "done", "checking"]);
    held.release_stalled();
    bench.until_settled(3);
    assert_eq!(bench.board.totals().verified, 3);
}

/// The first break is free where nothing of the file was sent; reading it for
/// its fingerprint sends nothing.
#[test]
fn a_stale_list_call_of_a_large_file_costs_no_try() {
    let mut bench = Bench::new();
    faults(&bench, Step::List, Misbehaviour::ResetAfter { bytes: 0 }, 1);
    let path = bench.file("a.bin", &vec![1; 5_000_000]);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    let tries: Vec<_> = bench.events.iter().filter_map(next_try).collect();
    assert_eq!(tries, [1]);
}

fn next_try(event: &Event) -> Option<u32> {
    match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => Some(pause.next_try),
        _ => None,
    }
}

/// The row that attached it is cleared while the same content is being checked
/// by a list of before.
#[test]
fn a_check_does_not_go_by_a_list_of_before_a_row_was_cleared() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    let held = bench.server.faults().clone();
    assert!(held.wait_until_held(Step::Form, 1, common::LIMIT));
    // A file of the same size that is added earlier holds the next one up.
    let stall = Misbehaviour::Stall { after_bytes: 0 };
    fault(&bench, Step::List, stall);
    let slow = bench.file("slow.log", b"CONTENT");
    let elsewhere = bench.task_by_id(&bench.server.account().task2);
    bench.add_to(&[&slow], elsewhere);
    assert!(held.wait_until_held(Step::List, 1, common::LIMIT));
    let again = bench.file("again.log", b"content");
    bench.add(&[&again]);
    common::wait_until("the list was asked for", || {
        bench.asked("/attachments") == 3
    });
    drop(gate);
    bench.until("attached", |board| board.totals().attached == 1);
    let jobs = bench.board.ids(|state| matches!(state, JobState::Done(_)));
    bench.engine.send(Command::Remove { jobs });
    bench.until("cleared", |board| board.jobs().len() == 2);
    held.release_stalled();
    bench.until("both are decided", |board| {
        let totals = board.totals();
        (totals.attached, totals.duplicates) == (1, 1)
    });
}

/// The bar of a large file moves before its first byte is sent.
#[test]
fn the_check_of_a_large_file_tells_how_far_it_is() {
    let mut bench = Bench::new();
    let path = bench.file("large.bin", b"");
    // No block on disk; long enough for some portions of news.
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(4 << 30).unwrap();
    bench.add(&[&path]);
    bench.until("the check moves the bar", |board| {
        let jobs = board.jobs();
        jobs.iter()
            .any(|job| job.state == JobState::Checking && job.moved_bytes > 0)
    });
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until_settled(1);
    assert_eq!(bench.states(), ["cancelled"]);
    assert_eq!((bench.tickets(), bench.forms()), (0, 0));
}
