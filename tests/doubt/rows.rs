//! Whose attachment is it? One that belongs to another row, or was there before,
//! is no proof that this row's file is attached.

use std::collections::BTreeSet;

use ones_drop::engine::{Config, Engine};
use ones_drop::model::{Choice, Trace};
use serde_json::json;

use super::*;

/// The duplicates of the board are attached again.
fn attach_again(bench: &Bench, index: usize) {
    bench.engine.send(Command::Decide {
        jobs: vec![bench.job(index).id],
        choice: Choice::AttachAgain,
    });
}

/// Resources of the rows that are done.
fn resources(bench: &Bench) -> BTreeSet<String> {
    let done = bench
        .board
        .jobs()
        .iter()
        .filter_map(|job| match &job.state {
            JobState::Done(receipt) => Some(receipt.resource.clone()),
            _ => None,
        });
    done.collect()
}

#[test]
fn two_rows_with_one_content_never_share_an_attachment() {
    let mut bench = Bench::new();
    let path = bench.file("first.log", b"content");
    bench.attach(&[&path]);
    // The same name, so that the content and the name tell nothing.
    let one = bench.file("one/a.log", b"content");
    let two = bench.file("two/a.log", b"content");
    bench.add(&[&one, &two]);
    bench.until("two questions", |board| board.totals().duplicates == 2);
    attach_again(&bench, 1);
    bench.until("one again", |board| board.totals().attached == 2);
    // Lost before ONES carries it out.
    fault(&bench, Step::StepOne, Misbehaviour::ResetAfter { bytes: 0 });
    attach_again(&bench, 2);
    bench.until_settled(3);
    assert_eq!(bench.board.totals().verified, 3, "{}", bench.dump());
    assert_eq!((resources(&bench).len(), attached(&bench)), (3, 3));
}

#[test]
fn an_attachment_of_another_name_is_not_ours() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::StepOne);
    fault(&bench, Step::StepOne, Misbehaviour::ResetAfter { bytes: 0 });
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("asking", |board| any(board, "asking"));
    // Somebody else attached the same content meanwhile.
    let theirs = json!({ "has_next": false, "attachments": [{
        "uuid": "theirs00", "name": "theirs.log", "create_time": 1, "size": 7,
        "hash": ones_drop::api::etag_of(b"content"),
    }] });
    faults(&bench, Step::List, Misbehaviour::Json(theirs), 2);
    drop(gate);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    assert_eq!(attached(&bench), 1, "{}", bench.dump());
}

#[test]
fn what_was_there_before_is_no_proof_where_the_list_was_not_known() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    // A later run of the program; ONES has no list when the file is checked.
    bench.engine = elsewhere(&bench);
    bench.board = Board::default();
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    fault(&bench, Step::List, status(405, ""));
    fault(&bench, Step::StepOne, Misbehaviour::ResetAfter { bytes: 0 });
    bench.add(&[&path]);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    assert_eq!(attached(&bench), 2, "{}", bench.dump());
}

#[test]
fn an_attachment_that_the_store_names_is_looked_up_only_if_it_is_ours() {
    let options = Options {
        takes_hash: false,
        ..Options::default()
    };
    let mut bench = Bench::with(options, quick_config());
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    let first = receipt(&states[0]);
    let body = json!({
        "err_code": 614, "error": "file exists", "hash": first.hash,
        "callback_body": format!("hash=x&resource={}&end_user=", first.resource),
    });
    let again = bench.file("b.log", b"content");
    bench.add(&[&again]);
    bench.until("the question", |board| any(board, "duplicate"));
    fault(&bench, Step::Form, status(579, &body.to_string()));
    attach_again(&bench, 1);
    // The try is seen by its event: on the board it may be over at once.
    bench.until_event(|event| {
        let sending = matches!(event, Event::JobChanged { id, state: JobState::Sending }
            if id.0 == 2);
        sending.then_some(())
    });
    bench.until("a verdict", |board| board.totals().active == 0);
    let JobState::Duplicate(existing) = &bench.job(1).state else {
        panic!("{}", bench.dump());
    };
    let place = ones_drop::model::ExistingPlace::Unconfirmed(Trace::default());
    assert_eq!(existing.place, place);
    assert_eq!(attached(&bench), 1);
}

/// Another program that is signed in to the same server.
fn elsewhere(bench: &Bench) -> Engine {
    Engine::start(Config {
        sign_in: Some(token_sign_in(&bench.server)),
        ..quick_config()
    })
    .unwrap()
}
