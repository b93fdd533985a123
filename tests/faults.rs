//! The fault cases of meaning, each by its number: answers that say something
//! else than "done", files that change, and all of it at random.
//!
//! Those of the wire stand in `faults_wire.rs`, those of links, limits and clocks
//! in `faults_link.rs`; F16 in `upload.rs`, F18 and F31 in `queue.rs`, F36 and
//! F37 in `saved.rs`, F38 in `session.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

#[cfg(target_os = "linux")]
#[path = "faults/broken_disk.rs"]
mod broken_disk;
mod common;
#[path = "faults/huge.rs"]
mod huge;
#[path = "faults/random.rs"]
mod random;
#[path = "faults/redirects.rs"]
mod redirects;

use common::case::{BYTES, Case, status};
use common::{Bench, error, fault, faults, quick_config, receipt};
use ones_drop::demo::{Misbehaviour, Options, Step};
use ones_drop::model::{ErrorKind, Job, JobState};

#[test]
fn f15_a_failed_callback_is_not_sent_again() {
    for inner_code in [200, 400, 502] {
        let what = Misbehaviour::CallbackFailed { inner_code };
        Case::new()
            .fault(Step::Form, what, 1)
            .fails(&ErrorKind::OnesNotTold, 2);
    }
}

#[test]
fn f17_refusals_are_final_and_keep_the_servers_words() {
    for code in [400, 403, 404, 405, 406, 419, 501, 608, 612, 616, 631, 701] {
        let what = status(code, r#"{"error":"because\u001b[31m of this"}"#);
        let bench = Case::new()
            .fault(Step::Form, what, 1)
            .fails(&ErrorKind::StoreRefused, 2);
        let JobState::Failed(error) = &bench.job(0).state else {
            unreachable!()
        };
        assert_eq!(
            error.details.server_text.as_deref(),
            Some("because [31m of this")
        );
        assert_eq!(error.details.status, Some(code));
    }
    let size_bytes = BYTES as u64;
    let case = Case::new().fault(Step::Form, status(413, "<html>too large</html>"), 1);
    case.fails(&ErrorKind::StoreTooLarge { size_bytes }, 2);
}

#[test]
fn f19_an_upload_token_that_is_over() {
    let expired = status(401, r#"{"error":"expired token"}"#);
    Case::new().fault(Step::Form, expired.clone(), 1).arrives(3);
    Case::new()
        .fault(Step::Form, expired, 2)
        .fails(&ErrorKind::PermitExpired, 3);
}

#[test]
fn f19_tokens_that_are_over_at_once() {
    let options = Options {
        token_life_secs: 0,
        ..Options::default()
    };
    let mut bench = Bench::with(options, quick_config());
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert_eq!(
        error(&states[0]),
        &ErrorKind::PermitExpired,
        "never an endless circle"
    );
    // A token that ends at once is asked for anew before its form, and once more
    // before the form's repeat: the clock here may be the one that is wrong.
    assert_eq!((bench.tickets(), bench.forms()), (4, 2));
    // Nobody's fault but the tokens': the next file has the same end, not none.
    let other = bench.file("b.log", b"the other file");
    let states = bench.attach(&[&other]);
    assert_eq!(error(&states[0]), &ErrorKind::PermitExpired);
}

#[test]
fn f21_the_stored_copy_differs() {
    Case::new()
        .fault(Step::Form, Misbehaviour::BadHash, 1)
        .fails(&ErrorKind::HashDiffers, 2);
}

/// The answer alone is no reason to call a good copy a bad one.
#[test]
fn f21_only_the_stores_answer_differs() {
    let other = serde_json::json!({"hash": "Fto5o-5ea0sNMlW_75VgGJCv2AcJ"});
    for what in [Misbehaviour::Patch(other), Misbehaviour::WrongSize] {
        let receipt = Case::new().fault(Step::Form, what.clone(), 1).arrives(2);
        assert!(receipt.verified, "{what:?}");
        // ONES' list cannot be had: then the store's word stands.
        let mut bench = Bench::new();
        fault(&bench, Step::Form, what);
        bench.server.faults().let_pass(Step::List, 1);
        faults(&bench, Step::List, Misbehaviour::NotJson, 9);
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert_eq!(error(&states[0]), &ErrorKind::HashDiffers);
        assert_eq!(bench.forms(), 1);
    }
}

#[test]
fn f22_answers_that_prove_nothing() {
    for (what, want) in [
        (Misbehaviour::NotJson, ErrorKind::NotTheServer),
        (Misbehaviour::Html, ErrorKind::NotTheServer),
        (Misbehaviour::Empty, ErrorKind::NotConfirmed),
        (status(204, ""), ErrorKind::NotConfirmed),
    ] {
        Case::new().fault(Step::Form, what, 1).fails(&want, 2);
    }
    // Without a hash in the answer it is ONES' list that proves it.
    assert!(
        Case::new()
            .fault(Step::Form, Misbehaviour::NoHash, 1)
            .arrives(2)
            .verified
    );
}

#[test]
fn f24_step_one_says_strange_things() {
    use serde_json::json;
    for (patch, want) in [
        (json!({"upload_url": null}), ErrorKind::NotTheServer),
        (json!({"token": null}), ErrorKind::NotTheServer),
        (json!({"resource_uuid": ""}), ErrorKind::NotTheServer),
        (
            json!({"upload_url": "/relative"}),
            ErrorKind::UnsafeUploadAddress,
        ),
        (
            json!({"upload_url": "ftp://127.0.0.1/"}),
            ErrorKind::UnsafeUploadAddress,
        ),
        (
            json!({"upload_url": "http://me:pw@127.0.0.1/"}),
            ErrorKind::UnsafeUploadAddress,
        ),
        (json!({"upload_url": 7}), ErrorKind::NotTheServer),
        (
            json!({"size_limit": 100}),
            ErrorKind::TooLarge {
                size_bytes: BYTES as u64,
                limit_bytes: 100,
            },
        ),
    ] {
        // The limit is remembered, so the other file must be below it too.
        Case::new()
            .fault(Step::StepOne, Misbehaviour::Patch(patch), 1)
            .unused_tickets(1)
            .fails(&want, 1);
    }
    for limit in [
        json!(0),
        json!(-1),
        json!("big"),
        json!(null),
        json!(1e300),
        json!([1]),
    ] {
        let patch = json!({ "size_limit": limit });
        Case::new()
            .fault(Step::StepOne, Misbehaviour::Patch(patch), 1)
            .arrives(2);
    }
    // "No upload needed" for other content than ours is no success.
    let other = json!({"need_upload": false, "file": {"hash": "Fto5o-5ea0sNMlW_75VgGJCv2AcJ"}});
    Case::new()
        .fault(Step::StepOne, Misbehaviour::Patch(other), 1)
        .unused_tickets(1)
        .fails(&ErrorKind::HashDiffers, 1);
}

type Change = fn(&std::path::Path);

/// Changes a file while its upload is held at a step; another one goes on.
#[track_caller]
fn changed_at(at: Step, change: impl Fn(&std::path::Path)) -> JobState {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(at);
    let path = bench.file("a.bin", &vec![5; 40_000_000]);
    let other = bench.file("b.log", b"the other file");
    bench.add(&[&path, &other]);
    // Step 1 of the large file comes after that of the small one.
    let calls = if at == Step::StepOne { 2 } else { 1 };
    let held = bench
        .server
        .faults()
        .wait_until_held(at, calls, common::LIMIT);
    assert!(held);
    if at == Step::Form {
        // The file is open once its bytes move.
        bench.until("bytes move", |board| {
            let moves = |job: &Job| job.state == JobState::Sending && job.moved_bytes > 0;
            board.jobs().first().is_some_and(moves)
        });
    }
    change(&path);
    drop(gate);
    bench.until_settled(2);
    assert!(
        receipt(&bench.job(1).state).verified,
        "the other file goes on"
    );
    let task = bench.server.account().task.clone();
    let attached = bench.board.totals().attached;
    assert_eq!(
        bench.server.attachments(&task).len(),
        attached,
        "nothing wrong is attached"
    );
    bench.job(0).state.clone()
}

#[test]
fn f26_the_file_changes_while_it_is_sent() {
    let changes: [(&str, Change); 3] = [
        ("grows", |path| {
            use std::io::Write as _;
            let mut file = std::fs::File::options().append(true).open(path).unwrap();
            file.write_all(b"more").unwrap();
        }),
        ("shrinks", |path| std::fs::write(path, b"less").unwrap()),
        ("is rewritten", |path| {
            std::fs::write(path, vec![6; 40_000_000]).unwrap();
        }),
    ];
    for (what, change) in changes {
        let state = changed_at(Step::Form, change);
        let JobState::Failed(error) = &state else {
            panic!("{what}: {state:?}");
        };
        assert_eq!(error.kind, ErrorKind::Changed, "{what}");
    }
}

#[cfg(unix)]
#[test]
fn f26_a_file_that_is_open_arrives_whatever_becomes_of_its_name() {
    use std::os::unix::fs::PermissionsExt as _;
    let changes: [Change; 3] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::rename(path, path.with_extension("old")).unwrap(),
        |path| {
            let nobody = std::fs::Permissions::from_mode(0o000);
            std::fs::set_permissions(path, nobody).unwrap();
        },
    ];
    for change in changes {
        assert!(receipt(&changed_at(Step::Form, change)).verified);
    }
}

#[test]
fn f27_the_file_is_replaced_between_check_and_send() {
    let state = changed_at(Step::StepOne, |path| {
        std::fs::write(path, b"another content").unwrap();
    });
    let JobState::Failed(error) = &state else {
        panic!("{state:?}");
    };
    assert_eq!(error.kind, ErrorKind::Changed);
    let state = changed_at(Step::StepOne, |path| std::fs::remove_file(path).unwrap());
    let JobState::Failed(error) = &state else {
        panic!("{state:?}");
    };
    assert_eq!(error.kind, ErrorKind::Missing);
}

/// As tools do that keep a file's time: only its content tells.
#[test]
fn f27_a_file_that_keeps_size_and_time_is_not_attached_with_other_content() {
    for (step, bytes) in [
        (Step::StepOne, 20),
        (Step::StepOne, 16_000_000),
        // Of a form that is held some megabytes are on their way.
        (Step::Form, 16_000_000),
        (Step::Form, 30_000_000),
    ] {
        let mut bench = Bench::new();
        let hold = bench.server.faults().hold(step);
        let path = bench.file("a.bin", &vec![5; bytes]);
        bench.add(&[&path]);
        assert!(
            bench
                .server
                .faults()
                .wait_until_held(step, 1, common::LIMIT)
        );
        common::files::change_keeping_time(&path, bytes as u64 - 1);
        drop(hold);
        bench.until_settled(1);
        assert_eq!(
            error(&bench.job(0).state),
            &ErrorKind::Changed,
            "{step:?} {bytes}"
        );
        let task = bench.server.account().task.clone();
        assert_eq!(bench.server.attachments(&task).len(), 0);
    }
}

#[test]
fn f29_an_empty_file_arrives() {
    let mut bench = Bench::new();
    let path = bench.file("empty", b"");
    let states = bench.attach(&[&path]);
    assert_eq!(receipt(&states[0]).hash, "Fto5o-5ea0sNMlW_75VgGJCv2AcJ");
    bench.goes_on();
}

#[test]
fn f22_answers_that_are_not_of_ones() {
    for what in [
        Misbehaviour::Html,
        Misbehaviour::NotJson,
        Misbehaviour::Empty,
    ] {
        let mut bench = Bench::new();
        fault(&bench, Step::StepOne, what);
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert_eq!(error(&states[0]), &ErrorKind::NotTheServer);
        assert_eq!((bench.tickets(), bench.forms()), (1, 0));
        bench.goes_on();
    }
}
