//! The fault cases of the wire, each by its number: connections that break,
//! servers that are slow, silent or in trouble. What became of the file?
//!
//! In every case another file arrives, in the same drop ([`Case`]) or after it
//! (`goes_on`), requests are counted, and the end is a look at what the store was
//! told of ONES: nothing ([`common::Watched`]). Cases of the answers' meaning and
//! of the file itself are in `faults.rs`; what hostile answers cost in memory
//! stands in `safety/answers.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

use std::time::{Duration, Instant, SystemTime};

use common::case::{BYTES, Case, status};
use common::{Bench, faults, receipt};
use ones_drop::api::Limits;
use ones_drop::demo::{Misbehaviour, Step};
use ones_drop::engine::Patience;
use ones_drop::model::{ErrorKind, Event, How, JobState};

#[test]
fn f01_reset_before_the_first_byte() {
    Case::new()
        .fault(Step::Form, Misbehaviour::ResetAfter { bytes: 0 }, 2)
        .arrives(4);
}

#[test]
fn f02_reset_after_one_byte() {
    Case::new()
        .fault(Step::Form, Misbehaviour::ResetAfter { bytes: 1 }, 2)
        .arrives(4);
}

#[test]
fn f03_reset_halfway() {
    let bytes = MUCH as u64 / 2;
    Case::new()
        .sized(MUCH)
        .fault(Step::Form, Misbehaviour::ResetAfter { bytes }, 2)
        .arrives(4);
}

#[test]
fn f04_reset_at_the_last_byte() {
    let bytes = BYTES as u64 + 800;
    Case::new()
        .fault(Step::Form, Misbehaviour::ResetAfter { bytes }, 2)
        .arrives(4);
}

#[test]
fn f05_answer_lost_after_the_whole_body() {
    let receipt = Case::new()
        .fault(Step::Form, Misbehaviour::ResetAfterBody, 1)
        .arrives(2);
    assert_eq!(receipt.how, How::Sent, "found in the list, not sent twice");
}

#[test]
fn f06_reset_on_every_try() {
    // One repeat is free, for a connection that may have been stale.
    let reset = Misbehaviour::ResetAfter { bytes: 0 };
    let want = ErrorKind::Interrupted { tries: 5 };
    let case = Case::new().fault(Step::Form, reset, 99);
    case.never_arrives(&want, 6);
}

/// More than the sockets of both sides hold.
const MUCH: usize = 40_000_000;

#[test]
fn f07_the_store_stops_reading() {
    let patience = Patience {
        no_progress: Duration::from_secs(5),
        no_answer: Duration::from_secs(5),
        ..Patience::default()
    };
    for (bytes, after_bytes) in [(BYTES, 10), (MUCH, 3_000_000)] {
        Case::patient(patience)
            .sized(bytes)
            .fault(Step::Form, Misbehaviour::Stall { after_bytes }, 1)
            .arrives_after_silence(5, 3);
    }
}

/// The server's library reads at most so much at once, so a form of `MUCH` takes
/// several times as long as nothing may move in `f08_…`: 14 s at least.
const PIECE_MAX: usize = 8192 + 4096 * 100;
const PAUSE_MS: u64 = 150;
const _: () = assert!((MUCH / PIECE_MAX) as u64 * PAUSE_MS > 4 * 3000);

#[test]
fn f08_a_slow_store_is_not_left() {
    let patience = Patience {
        no_progress: Duration::from_secs(3),
        ..Patience::default()
    };
    let slow = Misbehaviour::SlowBody { pause_ms: PAUSE_MS };
    Case::patient(patience)
        .sized(MUCH)
        .fault(Step::Form, slow, 1)
        .arrives(2);
}

fn short_calls() -> Patience {
    Patience {
        calls: Limits {
            call: Duration::from_secs(5),
            ..Limits::default()
        },
        ..Patience::default()
    }
}

#[test]
fn f09_a_json_call_that_is_never_answered() {
    let case = Case::patient(short_calls());
    case.fault(Step::StepOne, Misbehaviour::Stall { after_bytes: 0 }, 1)
        .unused_tickets(1)
        .arrives_after_silence(5, 2);
}

#[test]
fn f10_an_answer_that_drips() {
    let patience = Patience {
        no_answer: Duration::from_secs(3),
        ..short_calls()
    };
    let case = Case::patient(patience).fault(Step::Form, Misbehaviour::DripAnswer, 1);
    // The list shows the file, so the answer is not needed; nor was it heard out:
    // the whole of it, which takes longer, has a request ID.
    let receipt = case.arrives(2);
    assert_eq!(receipt.trace.request_id, None);
}

#[test]
fn f10_a_json_answer_that_drips_is_too_slow_not_broken() {
    let mut bench = Bench::with_patience(short_calls());
    faults(&bench, Step::StepOne, Misbehaviour::DripAnswer, 1);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    let told = bench.until_event(|event| match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => Some(pause.error.kind.clone()),
        _ => None,
    });
    assert_eq!(told, ErrorKind::TimedOut { after_secs: 5 });
    bench.goes_on();
}

#[test]
fn f11_an_answer_without_end() {
    let huge = Misbehaviour::HugeAnswer { bytes: 1 << 30 };
    let bench = Case::new()
        .fault(Step::StepOne, huge, 1)
        .unused_tickets(1)
        .fails(&ErrorKind::NotTheServer, 1);
    let JobState::Failed(error) = &bench.job(0).state else {
        unreachable!()
    };
    // Cut off; read to its end, a parser would have had something to say.
    assert_eq!(error.details.cause, None);
}

#[test]
fn f12_an_answer_that_breaks_off() {
    for in_head in [true, false] {
        let cut = Misbehaviour::TruncateAnswer { in_head };
        Case::new().fault(Step::Form, cut, 1).arrives(2);
    }
}

#[test]
fn f13_server_trouble_passes() {
    for code in [500, 502, 503, 504, 509, 573, 599, 408, 429] {
        Case::new()
            .fault(Step::Form, status(code, "{}"), 2)
            .arrives(4);
    }
}

#[test]
fn f13_server_trouble_that_does_not_pass() {
    let case = Case::new().fault(Step::Form, status(503, "{}"), 99);
    case.never_arrives(&ErrorKind::ServerTrouble, 5);
}

/// When the file that waits is to be tried again.
fn waits_until(bench: &mut Bench) -> Instant {
    bench.until_event(|event| match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => Some(pause.until),
        _ => None,
    })
}

#[test]
fn f14_the_servers_wish_for_a_pause() {
    let made = Instant::now();
    let in_secs = |secs| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(secs));
    for (wish, secs) in [
        ("7".to_owned(), 7..=7),
        // Neither a date nor what is left until then has fractions.
        (in_secs(100), 98..=100),
        // No longer than five minutes, whoever asks.
        ("86400".to_owned(), 300..=300),
        (in_secs(86_400), 300..=300),
        ("garbage".to_owned(), 0..=0),
        ("-5".to_owned(), 0..=0),
        ("Thu, 01 Jan 1970 00:00:00 GMT".to_owned(), 0..=0),
    ] {
        for at in [Step::List, Step::StepOne, Step::Form] {
            let mut bench = Bench::new();
            let headers = vec![("Retry-After".to_owned(), wish.clone())];
            let busy = Misbehaviour::Status {
                code: 503,
                headers,
                body: String::new(),
            };
            faults(&bench, at, busy, 1);
            let path = bench.file("a.log", b"content");
            bench.add(&[&path]);
            let until = waits_until(&mut bench);
            let least = made + Duration::from_secs(*secs.start());
            let most = Instant::now() + Duration::from_secs(*secs.end());
            assert!((least..=most).contains(&until), "{wish} at {at:?}");
            bench.goes_on();
        }
    }
}

#[test]
fn f14_the_pause_is_kept() {
    let mut bench = Bench::new();
    let busy = Misbehaviour::Status {
        code: 429,
        headers: vec![("Retry-After".to_owned(), "5".to_owned())],
        body: String::new(),
    };
    faults(&bench, Step::Form, busy, 1);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    let until = waits_until(&mut bench);
    assert_eq!(bench.forms(), 1);
    bench.until_event(|event| matches!(event, Event::JobChanged { .. }).then_some(()));
    assert!(Instant::now() >= until, "not before its time");
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    bench.goes_on();
}

#[test]
fn f30_a_store_whose_name_is_unknown() {
    let patch = serde_json::json!({"upload_url": "https://no-such-host.invalid/"});
    let case = Case::new().fault(Step::StepOne, Misbehaviour::Patch(patch), 2);
    case.unused_tickets(2).arrives(2);
}

#[test]
fn f07_the_store_never_answers() {
    let mut bench = Bench::with_patience(Patience {
        no_answer: Duration::from_secs(3),
        ..Patience::default()
    });
    let gate = bench.server.faults().hold_answer(Step::Form);
    let path = bench.file("a.log", b"content");
    assert!(
        receipt(&bench.attach(&[&path])[0]).verified,
        "the list shows it"
    );
    assert_eq!(bench.forms(), 1);
    drop(gate);
    bench.goes_on();
}

#[test]
fn f34_a_server_that_closes_after_each_answer() {
    let mut bench = Bench::new();
    faults(&bench, Step::Form, Misbehaviour::CloseAfterAnswer, 1000);
    faults(&bench, Step::StepOne, Misbehaviour::CloseAfterAnswer, 1000);
    for n in 0..1000 {
        bench.file(&format!("logs/{n:03}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_settled(1000);
    assert_eq!(bench.board.totals().verified, 1000);
    // How many were stale is a matter of time; none of those cost a try.
    let counted = |event: &&Event| match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => pause.next_try > 1,
        _ => false,
    };
    assert_eq!(bench.events.iter().filter(counted).count(), 0);
}
