//! What comes of a file when its parts are to become one.

use ones_drop::demo::{Misbehaviour, Options, Step};
use ones_drop::model::{ErrorKind, Event, JobState};
use serde_json::json;

use crate::common::files::change_keeping_time;
use crate::common::{LIMIT, error, fault, faults, receipt};
use crate::{LARGE, PARTS, bench, calls, large};

/// The rules are those of the form's answer: none is sent on a guess.
#[test]
fn what_the_end_says_is_settled_by_asking_ones() {
    let other = json!({"hash": "Fto5o-5ea0sNMlW_75VgGJCv2AcJ"});
    let failed = |inner_code| Misbehaviour::CallbackFailed { inner_code };
    for (what, fails) in [
        (Misbehaviour::BadHash, Some(ErrorKind::HashDiffers)),
        (failed(502), Some(ErrorKind::OnesNotTold)),
        (Misbehaviour::Patch(other), None),
        (Misbehaviour::WrongSize, None),
        (Misbehaviour::NoHash, None),
        (Misbehaviour::Duplicate614Plain { status: 614 }, None),
        (Misbehaviour::TruncateAnswer { in_head: true }, None),
        (Misbehaviour::TruncateAnswer { in_head: false }, None),
    ] {
        let (mut bench, _folder) = bench(Options::default());
        fault(&bench, Step::Complete, what.clone());
        let path = large(&bench, "large", 20);
        let state = bench.attach(&[&path])[0].clone();
        match fails {
            Some(want) => assert_eq!(error(&state), &want, "{what:?}"),
            None => assert!(receipt(&state).verified, "{what:?}"),
        }
        let sent = (calls(&bench), bench.forms());
        assert_eq!(sent, ((1, PARTS, 1, 0), 0), "{what:?}");
    }
}

#[test]
fn stored_already_but_not_on_the_task_is_a_question() {
    let (mut bench, _folder) = bench(Options::default());
    fault(&bench, Step::Complete, Misbehaviour::StoredNotLinked614);
    let path = large(&bench, "large", 21);
    bench.add(&[&path]);
    bench.until("question", |board| {
        let asks = |state: &JobState| matches!(state, JobState::Duplicate(_));
        board.jobs().iter().any(|job| asks(&job.state))
    });
    assert_eq!((calls(&bench), bench.forms()), ((1, PARTS, 1, 0), 0));
}

/// F13, F14 of each of the three calls: what may pass is tried again, later if the
/// store says so, and no part that is there is sent twice.
#[test]
fn f13_f14_a_store_in_trouble_gets_the_call_again() {
    for at in [Step::InitiateParts, Step::Part, Step::Complete] {
        for (code, retry_after) in [(500, None), (502, None), (503, Some("1")), (429, Some("1"))] {
            let (mut bench, _folder) = bench(Options::default());
            let headers = retry_after.map(|secs| ("Retry-After".to_owned(), secs.to_owned()));
            let what = Misbehaviour::Status {
                code,
                headers: headers.into_iter().collect(),
                body: r#"{"error":"later"}"#.to_owned(),
            };
            fault(&bench, at, what);
            let path = large(&bench, "large", 22);
            let state = bench.attach(&[&path])[0].clone();
            assert!(receipt(&state).verified, "{at:?} {code}");
            let again = |step| usize::from(at == step);
            let begun = 1 + again(Step::InitiateParts);
            let parts = PARTS + again(Step::Part);
            let completed = 1 + again(Step::Complete);
            let sent = (calls(&bench), bench.forms());
            assert_eq!(sent, ((begun, parts, completed, 0), 0), "{at:?} {code}");
            let waits = |event: &Event| match event {
                Event::JobChanged {
                    state: JobState::Waiting(pause),
                    ..
                } => pause.error.kind == ErrorKind::ServerTrouble,
                _ => false,
            };
            assert!(bench.events.iter().any(waits), "{at:?} {code}");
            let task = bench.server.account().task.clone();
            assert_eq!(bench.server.attachments(&task).len(), 1, "{at:?} {code}");
        }
    }
}

/// F26: the parts that went are good, the file is not any more.
#[test]
fn f26_a_file_that_changes_among_its_parts_is_not_attached() {
    type Change = fn(&std::path::Path);
    let changes: [(&str, Change); 4] = [
        ("grows", |path| {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_len(LARGE as u64 + 1).unwrap();
        }),
        ("shrinks", |path| std::fs::write(path, b"less").unwrap()),
        ("is rewritten", |path| {
            std::fs::write(path, vec![6; LARGE]).unwrap();
        }),
        ("keeps size and time", |path| {
            change_keeping_time(path, LARGE as u64 - 1);
        }),
    ];
    for (what, change) in changes {
        let (mut bench, _folder) = bench(Options::default());
        // Four parts are stored; the fifth is read when one of them is answered.
        let hold = bench.server.faults().hold_answer(Step::Part);
        let path = large(&bench, "large", 23);
        bench.add(&[&path]);
        assert!(bench.server.faults().wait_until_held(Step::Part, 4, LIMIT));
        change(&path);
        drop(hold);
        bench.until_settled(1);
        assert_eq!(error(&bench.job(0).state), &ErrorKind::Changed, "{what}");
        assert_eq!((calls(&bench).2, bench.forms()), (0, 0), "{what}");
        let task = bench.server.account().task.clone();
        assert_eq!(bench.server.attachments(&task).len(), 0, "{what}");
    }
}

/// The list does not answer at the end of parts either: nothing is sent again
/// before it was asked.
#[test]
fn an_end_that_nobody_can_confirm_stays_open() {
    let (mut bench, _folder) = bench(Options::default());
    bench.server.faults().let_pass(Step::List, 1);
    faults(&bench, Step::List, Misbehaviour::NotJson, 99);
    fault(&bench, Step::Complete, Misbehaviour::NoHash);
    let path = large(&bench, "large", 24);
    let state = bench.attach(&[&path])[0].clone();
    assert_eq!(error(&state), &ErrorKind::NotConfirmed);
    assert_eq!((calls(&bench), bench.forms()), ((1, PARTS, 1, 0), 0));
}
