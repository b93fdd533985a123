//! The engine against the demo server: what became of each file, and what the
//! servers saw.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

use common::{Bench, error, fault, faults, quick_config, receipt};
use ones_drop::demo::{Misbehaviour, Options, Step};
use ones_drop::model::{Choice, Command, ErrorKind, ExistingPlace, How, JobState, LeftOutReason};

#[test]
fn a_file_lands_on_the_task_and_is_verified() {
    let mut bench = Bench::new();
    let path = bench.file("中文 \"报告\".txt", b"hello");
    let states = bench.attach(&[&path]);
    let receipt = receipt(&states[0]);
    assert_eq!(receipt.how, How::Sent);
    assert!(receipt.verified);
    assert_eq!(receipt.hash, "Fqr0xh3cxeii2r7eDztILNmuqUNN");
    assert!(receipt.trace.request_id.is_some() && receipt.trace.store_log.is_some());
    let task = &bench.server.account().task;
    let stored = bench.server.attachments(task);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].name, "中文 \"报告\".txt");
    assert_eq!(stored[0].resource, receipt.resource);
    let bytes = std::fs::read(bench.server.dir().join(&stored[0].hash)).unwrap();
    assert_eq!(bytes, b"hello");
    assert_eq!(
        bench.history(0),
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
fn many_files_all_arrive_and_the_list_is_asked_for_once() {
    let mut bench = Bench::new();
    for n in 0..40 {
        bench.file(&format!("logs/{n:02}.log"), format!("log {n}").as_bytes());
    }
    bench.file("logs/large.bin", &vec![7; 9_000_000]);
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_settled(41);
    assert_eq!(bench.board.totals().verified, 41);
    assert_eq!(bench.asked("/attachments"), 1);
    let mut names: Vec<_> = bench
        .board
        .jobs()
        .iter()
        .map(|job| job.name.clone())
        .collect();
    assert_eq!(names.len(), 41);
    names.dedup();
    assert_eq!(names.len(), 41, "rows in the order of names, none twice");
}

#[test]
fn the_same_file_again_is_asked_about_and_skipped() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"same content");
    bench.attach(&[&path]);
    let forms = bench.forms();
    let copy = bench.file("copy of a.log", b"same content");
    bench.add(&[&path, &copy]);
    bench.until("two questions", |board| board.totals().duplicates == 2);
    for index in [1, 2] {
        let JobState::Duplicate(existing) = &bench.job(index).state else {
            panic!("{}", bench.dump());
        };
        assert!(matches!(&existing.place, ExistingPlace::OnTask { name, .. } if name == "a.log"));
    }
    let jobs = bench
        .board
        .ids(|state| matches!(state, JobState::Duplicate(_)));
    bench.engine.send(Command::Decide {
        jobs,
        choice: Choice::Skip,
    });
    bench.until_settled(3);
    assert_eq!(bench.states(), ["done", "skipped", "skipped"]);
    assert_eq!(bench.forms(), forms, "nothing was sent");
    let task = &bench.server.account().task;
    assert_eq!(bench.server.attachments(task).len(), 1);
}

#[test]
fn attach_again_attaches_without_sending() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"same content");
    bench.attach(&[&path]);
    bench.add(&[&path]);
    bench.until("the question", |board| board.totals().duplicates == 1);
    let jobs = bench
        .board
        .ids(|state| matches!(state, JobState::Duplicate(_)));
    bench.engine.send(Command::Decide {
        jobs,
        choice: Choice::AttachAgain,
    });
    bench.until_settled(2);
    let second = receipt(&bench.job(1).state).clone();
    assert_eq!(second.how, How::Instant);
    assert!(second.verified);
    let task = &bench.server.account().task;
    assert_eq!(bench.server.attachments(task).len(), 2);
    assert_eq!(bench.forms(), 1);
}

#[test]
fn two_files_with_one_content_in_one_drop_are_asked_about() {
    let mut bench = Bench::new();
    let first = bench.file("a.png", b"pixels");
    let second = bench.file("b.png", b"pixels");
    bench.add(&[&first, &second]);
    bench.until("one done, one question", |board| {
        let totals = board.totals();
        totals.attached == 1 && totals.duplicates == 1
    });
    let JobState::Duplicate(existing) = &bench.job(1).state else {
        panic!("{}", bench.dump());
    };
    assert_eq!(
        existing.place,
        ExistingPlace::InList {
            job: bench.job(0).id,
            name: "a.png".into()
        }
    );
}

#[test]
fn content_that_ones_has_elsewhere_is_attached_at_once() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"known content");
    bench.attach(&[&path]);
    let other = bench.task_by_id(&bench.server.account().task2.clone());
    bench.add_to(&[&path], other);
    bench.until_settled(2);
    assert_eq!(receipt(&bench.job(1).state).how, How::Instant);
    assert_eq!(bench.forms(), 1);
}

/// A server that asks for the bytes of content that it has. The second upload
/// is answered as `what` says.
fn send_known_content(what: Option<Misbehaviour>) -> (Bench, JobState) {
    let options = Options {
        takes_hash: false,
        ..Options::default()
    };
    let mut bench = Bench::with(options, quick_config());
    let path = bench.file("a.log", b"known content");
    bench.attach(&[&path]);
    if let Some(what) = what {
        fault(&bench, Step::Form, what);
    }
    let other = bench.task_by_id(&bench.server.account().task2.clone());
    bench.add_to(&[&path], other);
    bench.until("settled or asked", |board| {
        board.jobs().len() == 2 && board.totals().active == 0
    });
    let state = bench.job(1).state.clone();
    bench.goes_on();
    (bench, state)
}

#[test]
fn f16_a_duplicate_that_ones_lists_is_attached() {
    let (bench, state) = send_known_content(None);
    let receipt = receipt(&state);
    assert_eq!(receipt.how, How::StoredAlready);
    assert!(receipt.verified);
    let task2 = &bench.server.account().task2;
    assert_eq!(bench.server.attachments(task2).len(), 1);
}

#[test]
fn f16_a_duplicate_in_the_plain_shape_and_another_status_is_attached_too() {
    for status in [579, 614, 200] {
        let (_, state) = send_known_content(Some(Misbehaviour::Duplicate614Plain { status }));
        assert_eq!(receipt(&state).how, How::StoredAlready, "{status}");
    }
}

#[test]
fn f16_a_duplicate_that_ones_does_not_list_is_a_warning() {
    let (bench, state) = send_known_content(Some(Misbehaviour::StoredNotLinked614));
    let JobState::Duplicate(existing) = state else {
        panic!("{state:?}");
    };
    let ExistingPlace::Unconfirmed(trace) = existing.place else {
        panic!("{:?}", existing.place);
    };
    assert!(trace.request_id.is_some() && trace.store_log.is_some());
    assert_eq!(bench.forms(), 3, "never sent again by itself");
}

#[test]
fn over_the_limit_is_refused_before_a_byte_and_remembered() {
    let options = Options {
        size_limit_bytes: 1000,
        ..Options::default()
    };
    let mut bench = Bench::with(options, quick_config());
    let large = bench.file("large.bin", &[1; 1001]);
    let states = bench.attach(&[&large]);
    let too_large = ErrorKind::TooLarge {
        size_bytes: 1001,
        limit_bytes: 1000,
    };
    assert_eq!(error(&states[0]), &too_large);
    assert_eq!(bench.forms(), 0);
    let asked = bench.asked("/upload");
    let larger = bench.file("larger.bin", &[2; 2000]);
    bench.attach(&[&larger]);
    assert_eq!(bench.asked("/upload"), asked, "known without asking");
    let exact = bench.file("exact.bin", &[3; 1000]);
    assert!(receipt(&bench.attach(&[&exact])[0]).verified);
}

#[test]
fn a_limit_that_was_raised_holds_nobody_back() {
    let mut config = quick_config();
    // As an earlier run heard it.
    let team = "BDfDqJU7".to_owned();
    config.settings.size_limits.insert(team.clone(), 5);
    let mut bench = Bench::with(Options::default(), config);
    let path = bench.file("a.log", b"content");
    assert_eq!(bench.server.account().team, team);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    // And one that is raised while the program runs.
    let lower = Misbehaviour::Patch(serde_json::json!({"size_limit": 5}));
    fault(&bench, Step::StepOne, lower);
    let path = bench.file("b.log", b"other content");
    let states = bench.attach(&[&path]);
    assert!(matches!(error(&states[0]), ErrorKind::TooLarge { .. }));
    let jobs = vec![bench.job(1).id];
    bench.engine.send(Command::Retry { jobs });
    bench.until("the second try arrives", |board| {
        board.totals().attached == 2
    });
}

#[test]
fn the_tasks_that_cannot_be_attached_to() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    bench.add_to(&[&path], bench.task_by_id("6ZpgEzkkAAAAAAAA"));
    bench.until_settled(1);
    assert_eq!(error(&bench.job(0).state), &ErrorKind::TaskNotFound);
    assert_eq!(bench.forms(), 0);
}

#[test]
fn what_cannot_be_read_is_left_out_beside_the_rest() {
    let mut bench = Bench::new();
    let good = bench.file("good.log", b"good");
    bench.file("more/.DS_Store", b"junk");
    let missing = bench.folder.path().join("missing.log");
    let folder = bench.folder.path().join("more");
    bench.add(&[&missing, &good, &folder]);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["done"]);
    let mut reasons: Vec<_> = bench
        .board
        .left_out()
        .iter()
        .map(|left| left.reason)
        .collect();
    reasons.sort();
    let want = [
        LeftOutReason::Junk,
        LeftOutReason::EmptyFolder,
        LeftOutReason::Missing,
    ];
    assert_eq!(reasons, want);
}

#[test]
fn the_store_sees_nothing_of_ones() {
    let mut bench = Bench::new();
    faults(
        &bench,
        Step::Form,
        Misbehaviour::ResetAfter { bytes: 10 },
        2,
    );
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    let store_requests: Vec<_> = bench
        .server
        .requests()
        .into_iter()
        .filter(|seen| !seen.path.starts_with("/project/"))
        .collect();
    assert!(!store_requests.is_empty());
    for seen in store_requests {
        for (name, value) in &seen.headers {
            let name = name.to_ascii_lowercase();
            assert!(!name.starts_with("ones-"), "{name}");
            assert!(
                !["cookie", "referer", "authorization"].contains(&name.as_str()),
                "{name}"
            );
            assert!(!value.contains(&bench.server.account().token));
        }
        let length = seen
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        assert!(length.is_some(), "never chunked");
    }
}

#[test]
fn a_file_that_came_twice_is_one_row_and_said() {
    let mut bench = Bench::new();
    let path = bench.file("logs/a.log", b"content");
    let folder = bench.folder.path().join("logs");
    bench.add(&[&path, &folder, &path]);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["done"]);
    let left: Vec<_> = bench
        .board
        .left_out()
        .iter()
        .map(|left| left.reason)
        .collect();
    assert_eq!(
        left,
        [LeftOutReason::AlreadyListed, LeftOutReason::AlreadyListed]
    );
}

/// One strange item must not cost the list, which tells what is there already.
#[test]
fn null_and_strange_sizes_cost_no_list() {
    let mut bench = Bench::new();
    let etag = ones_drop::api::etag_of(b"content");
    let page = serde_json::json!({ "has_next": null, "attachments": [
        { "uuid": "x", "name": null, "hash": null, "size": -1, "create_time": null },
        { "uuid": "z", "name": "new.log", "hash": "x", "create_time": 1.5e300 },
        { "uuid": "y", "name": "old.log", "hash": etag, "size": "7", "create_time": "today" },
    ] });
    fault(&bench, Step::List, Misbehaviour::Json(page));
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("found", |board| board.totals().duplicates == 1);
}
