//! An answer is lost, and ONES' list does not help: neither is the file sent
//! again nor is it said that nothing was attached.

use std::time::Duration;

use ones_drop::api::Limits;
use ones_drop::engine::{Config, Patience, RetryPolicy};

use super::*;

/// A list that cannot be had: by a page in between, a refusal, trouble.
fn unreadable() -> Vec<Misbehaviour> {
    let location = "http://127.0.0.1:9/".to_owned();
    vec![
        Misbehaviour::Html,
        Misbehaviour::HugeAnswer { bytes: 2 << 20 },
        Misbehaviour::Redirect {
            code: 302,
            location,
        },
        status(403, "{}"),
        status(404, "{}"),
        status(503, ""),
    ]
}

/// A file whose request of a step goes wrong like this; ONES' list is not to be
/// had from then on.
fn lost(config: Config, at: Step, what: Misbehaviour, list: Misbehaviour) -> Bench {
    let bench = Bench::with(Options::default(), config);
    let gate = bench.server.faults().hold(at);
    fault(&bench, at, what);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    let faulty = bench.server.faults();
    assert!(faulty.wait_until_held(at, 1, common::LIMIT));
    faults(&bench, Step::List, list, 99);
    drop(gate);
    bench
}

#[test]
fn a_lost_answer_and_a_list_that_cannot_be_read_attach_once() {
    for list in unreadable() {
        let what = Misbehaviour::ResetAfterBody;
        let mut bench = lost(quick_config(), Step::Form, what, list.clone());
        bench.until_settled(1);
        let told = error(&bench.job(0).state);
        assert_eq!(told, &ErrorKind::NotConfirmed, "{list:?}");
        assert_eq!((bench.forms(), attached(&bench)), (1, 1), "{list:?}");
    }
}

#[test]
fn a_page_after_the_whole_form_is_not_called_not_attached() {
    for what in [
        Misbehaviour::Html,
        Misbehaviour::HugeAnswer { bytes: 2 << 20 },
    ] {
        for at in [Step::Form, Step::StepOne] {
            let mut bench = lost(quick_config(), at, what.clone(), status(503, ""));
            bench.until_settled(1);
            let told = error(&bench.job(0).state);
            assert_eq!(told, &ErrorKind::NotConfirmed, "{what:?} at {at:?}");
        }
    }
}

#[test]
fn a_page_after_step_one_is_settled_by_the_list() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    // ONES has the content, so step 1 attaches it; what it says is no answer.
    let other = bench.server.account().task2.clone();
    fault(&bench, Step::StepOne, Misbehaviour::Json("no".into()));
    bench.add_to(&[&path], bench.task_by_id(&other));
    bench.until_settled(2);
    assert!(receipt(&bench.job(1).state).verified);
    assert_eq!(bench.server.attachments(&other).len(), 1);
    assert_eq!(bench.asked("/res/attachments/upload"), 2);
}

#[test]
fn a_cancel_that_cannot_find_out_does_not_say_nothing_was_attached() {
    // While step 1 is asked.
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::StepOne);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("asking", |board| any(board, "asking"));
    faults(&bench, Step::List, status(503, ""), 99);
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until_settled(1);
    assert_eq!(error(&bench.job(0).state), &ErrorKind::NotConfirmed);
    drop(gate);

    // After the form's last byte, whose answer then is lost.
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    fault(&bench, Step::Form, Misbehaviour::ResetAfterBody);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("confirming", |board| any(board, "confirming"));
    faults(&bench, Step::List, status(503, ""), 99);
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    drop(gate);
    bench.until_settled(1);
    assert_eq!(error(&bench.job(0).state), &ErrorKind::NotConfirmed);
    assert_eq!(attached(&bench), 1);
}

#[test]
fn a_cancel_between_two_tries_knows_what_is_open() {
    let retry = RetryPolicy {
        tries: 5,
        base: Duration::from_hours(1),
        cap: Duration::from_hours(1),
    };
    let config = Config {
        retry,
        ..quick_config()
    };
    let what = Misbehaviour::ResetAfterBody;
    let mut bench = lost(config, Step::Form, what, status(503, ""));
    bench.until("it waits for hours", |board| {
        let waits = |job: &ones_drop::model::Job| matches!(job.state, JobState::Waiting(_));
        board.jobs().first().is_some_and(waits)
    });
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until_settled(1);
    assert_eq!(error(&bench.job(0).state), &ErrorKind::NotConfirmed);
    assert_eq!(attached(&bench), 1);
}

/// The store tells ONES late: the file is not on the list yet when its answer is
/// lost, nor when it is looked again. What comes then is no reason to forget it.
#[test]
fn a_file_that_is_listed_late_is_attached_once() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    fault(&bench, Step::Form, Misbehaviour::ResetAfterBody);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    let faulty = bench.server.faults();
    assert!(faulty.wait_until_held(Step::Form, 1, common::LIMIT));
    let empty = r#"{"attachments":[],"has_next":false}"#;
    faults(&bench, Step::List, status(200, empty), 2);
    fault(&bench, Step::StepOne, status(429, ""));
    drop(gate);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified, "{}", bench.dump());
    assert_eq!((bench.forms(), attached(&bench)), (1, 1));
    assert_eq!(bench.server.faults().pending(), 0);
}

#[test]
fn a_cancel_is_heard_while_the_list_is_asked() {
    // Nothing but the cancel ends the wait.
    let call = Duration::from_hours(1);
    let calls = Limits {
        call,
        ..Limits::default()
    };
    let callback = Misbehaviour::CallbackFailed { inner_code: 200 };
    for (what, want) in [
        (callback, ErrorKind::OnesNotTold),
        (Misbehaviour::ResetAfterBody, ErrorKind::NotConfirmed),
    ] {
        let mut bench = Bench::with_patience(Patience {
            calls,
            ..Patience::default()
        });
        let form = bench.server.faults().hold(Step::Form);
        fault(&bench, Step::Form, what);
        let path = bench.file("a.log", b"content");
        bench.add(&[&path]);
        bench.until("confirming", |board| any(board, "confirming"));
        let list = bench.server.faults().hold(Step::List);
        drop(form);
        let faulty = bench.server.faults();
        assert!(faulty.wait_until_held(Step::List, 1, common::LIMIT));
        let jobs = bench.board.ids(|_| true);
        bench.engine.send(Command::Cancel { jobs });
        bench.until_settled(1);
        assert_eq!(error(&bench.job(0).state), &want);
        drop(list);
    }
}

#[test]
fn a_cancelled_file_does_not_wait_for_a_sign_in() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    let what = Misbehaviour::CallbackFailed { inner_code: 200 };
    fault(&bench, Step::Form, what);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("confirming", |board| any(board, "confirming"));
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until("stopping", |board| any(board, "stopping"));
    bench.server.invalidate_tokens();
    drop(gate);
    bench.until_event(|event| matches!(event, Event::SignedOut(Some(_))).then_some(()));
    assert_eq!(error(&bench.job(0).state), &ErrorKind::NotConfirmed);
}

#[test]
fn another_success_than_200_is_no_refusal() {
    // Carried out, and said in another way.
    for (code, forms) in [(201, 1), (202, 1), (204, 1)] {
        let mut bench = Bench::new();
        fault(&bench, Step::Form, Misbehaviour::AnswerAs { status: code });
        let path = bench.file("a.log", b"content");
        assert!(receipt(&bench.attach(&[&path])[0]).verified, "{code}");
        assert_eq!((bench.forms(), attached(&bench)), (forms, 1), "{code}");
    }
    // Not carried out: ONES is asked, and does not know the file.
    for (code, body) in [(201, "{}"), (202, ""), (204, ""), (200, "")] {
        let mut bench = Bench::new();
        fault(&bench, Step::Form, status(code, body));
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert_eq!(error(&states[0]), &ErrorKind::NotConfirmed, "{code}");
        assert_eq!((bench.forms(), attached(&bench)), (1, 0), "{code}");
    }
}

#[test]
fn a_list_that_shows_announced_uploads_proves_nothing() {
    let options = || Options {
        lists_announced: true,
        ..Options::default()
    };
    let callback = Misbehaviour::CallbackFailed { inner_code: 502 };
    for (what, want) in [
        (status(200, "{}"), ErrorKind::NotConfirmed),
        (callback, ErrorKind::OnesNotTold),
    ] {
        let mut bench = Bench::with(options(), quick_config());
        fault(&bench, Step::Form, what.clone());
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert_eq!(error(&states[0]), &want, "{what:?}");
        assert_eq!((bench.forms(), attached(&bench)), (1, 0), "{what:?}");
    }
    // Nor does it keep a file from being sent that did not arrive.
    let mut bench = Bench::with(options(), quick_config());
    fault(&bench, Step::Form, status(503, ""));
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(attached(&bench), 1);
}

#[test]
fn a_page_in_place_of_the_list_does_not_hide_a_duplicate() {
    for page in [
        Misbehaviour::Html,
        Misbehaviour::HugeAnswer { bytes: 2 << 20 },
    ] {
        let mut bench = Bench::new();
        let path = bench.file("a.log", b"content");
        bench.attach(&[&path]);
        fault(&bench, Step::List, page.clone());
        bench.add(&[&path]);
        bench.until("the question", |board| board.totals().duplicates == 1);
        faults(&bench, Step::List, page, 99);
        let other = bench.file("b.log", b"other");
        bench.add(&[&other]);
        bench.until("given up", |board| board.totals().failed == 1);
        assert_eq!(error(&bench.job(2).state), &ErrorKind::NotTheServer);
        assert_eq!((bench.forms(), attached(&bench)), (1, 1));
    }
}

#[test]
fn a_failed_callback_whose_file_is_on_the_list_is_a_success() {
    let mut bench = Bench::new();
    let inner = r#"{"err_code":502,"error":"connection reset by peer"}"#;
    let said = serde_json::json!({ "error": inner });
    // Stored and attached, but the store heard nothing of that.
    fault(&bench, Step::Form, Misbehaviour::Json(said));
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert!(receipt(&states[0]).verified);
    assert_eq!((bench.forms(), attached(&bench)), (1, 1));
}

/// The connection to ONES was idle while the file was sent, and has gone stale.
#[test]
fn a_look_up_that_breaks_is_asked_for_once_more() {
    for what in [
        Misbehaviour::NoHash,
        Misbehaviour::ResetAfterBody,
        Misbehaviour::Duplicate614Plain { status: 579 },
    ] {
        let mut bench = Bench::new();
        let gate = bench.server.faults().hold(Step::Form);
        fault(&bench, Step::Form, what.clone());
        let path = bench.file("a.log", b"content");
        bench.add(&[&path]);
        assert!(
            bench
                .server
                .faults()
                .wait_until_held(Step::Form, 1, common::LIMIT)
        );
        fault(&bench, Step::List, Misbehaviour::ResetAfter { bytes: 0 });
        drop(gate);
        bench.until_settled(1);
        assert!(receipt(&bench.job(0).state).verified, "{what:?}");
        assert_eq!((bench.forms(), attached(&bench)), (1, 1), "{what:?}");
    }
}
