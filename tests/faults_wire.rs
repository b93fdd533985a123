//! The fault cases of the wire, each by its number: connections that break,
//! servers that are slow, silent or in trouble. What became of the file?
//!
//! Every case has a second file in the same drop that must go on, and ends with
//! a look at what the store was told of ONES: nothing. Cases of the answers'
//! meaning and of the file itself are in `faults.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

use std::time::Duration;

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
    let bytes = BYTES as u64 / 2;
    Case::new()
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
    Case::new()
        .fault(Step::Form, reset, 99)
        .never_arrives(&want, 6);
}

#[test]
fn f07_the_store_stops_reading() {
    let patience = Patience {
        no_progress: Duration::from_millis(500),
        no_answer: Duration::from_millis(500),
        ..Patience::default()
    };
    let case =
        Case::patient(patience).fault(Step::Form, Misbehaviour::Stall { after_bytes: 10 }, 1);
    case.arrives(3);
}

#[test]
fn f08_a_slow_store_is_not_left() {
    let patience = Patience {
        no_progress: Duration::from_millis(1500),
        ..Patience::default()
    };
    let slow = Misbehaviour::SlowBody { pause_ms: 60 };
    Case::patient(patience)
        .fault(Step::Form, slow, 1)
        .arrives(2);
}

fn short_calls() -> Patience {
    Patience {
        calls: Limits {
            call: Duration::from_millis(800),
            ..Limits::default()
        },
        ..Patience::default()
    }
}

#[test]
fn f09_a_json_call_that_is_never_answered() {
    let case = Case::patient(short_calls());
    case.fault(Step::StepOne, Misbehaviour::Stall { after_bytes: 0 }, 1)
        .arrives(2);
}

#[test]
fn f10_an_answer_that_drips() {
    // The list shows the file, so the answer is not needed.
    let case = Case::patient(short_calls()).fault(Step::Form, Misbehaviour::DripAnswer, 1);
    case.arrives(2);
}

#[test]
fn f11_an_answer_without_end() {
    let huge = Misbehaviour::HugeAnswer { bytes: 1 << 30 };
    Case::new()
        .fault(Step::StepOne, huge, 1)
        .fails(&ErrorKind::NotTheServer, 1);
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

#[test]
fn f14_the_servers_wish_for_a_pause() {
    for (wish, secs) in [
        ("1", 1),
        ("garbage", 0),
        ("-5", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ] {
        let busy = Misbehaviour::Status {
            code: 503,
            headers: vec![("Retry-After".into(), wish.into())],
            body: String::new(),
        };
        let (state, bench) = Case::new().fault(Step::Form, busy, 1).run();
        assert!(receipt(&state).verified);
        let waited = bench.events.iter().find_map(|event| match event {
            Event::JobChanged {
                state: JobState::Waiting(pause),
                ..
            } => Some(pause.until),
            _ => None,
        });
        assert!(waited.is_some(), "{wish} for {secs} s");
    }
}

#[test]
fn f30_a_store_whose_name_is_unknown() {
    let patch = serde_json::json!({"upload_url": "http://no-such-host.invalid/"});
    let case = Case::new().fault(Step::StepOne, Misbehaviour::Patch(patch), 2);
    case.arrives(2);
}

#[test]
fn f07_the_store_never_answers() {
    let mut bench = Bench::with_patience(Patience {
        no_answer: Duration::from_millis(600),
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
}

#[test]
fn f34_a_server_that_closes_after_each_answer() {
    let mut bench = Bench::new();
    faults(&bench, Step::Form, Misbehaviour::CloseAfterAnswer, 300);
    faults(&bench, Step::StepOne, Misbehaviour::CloseAfterAnswer, 300);
    for n in 0..300 {
        bench.file(&format!("logs/{n:03}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_settled(300);
    assert_eq!(bench.board.totals().verified, 300);
    let counted = |event: &&Event| match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => pause.next_try > 1,
        _ => false,
    };
    assert_eq!(bench.events.iter().filter(counted).count(), 0);
}
