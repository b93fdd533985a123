//! Stores that do not take a file in parts, or answer with something else.

use super::*;
use crate::common::elsewhere::Elsewhere;

#[test]
fn a_store_that_refuses_gets_the_form_and_is_not_asked_again() {
    for (at, code) in [
        (Step::InitiateParts, 400),
        (Step::InitiateParts, 404),
        (Step::InitiateParts, 501),
        (Step::Part, 403),
        (Step::Complete, 400),
    ] {
        let (mut bench, _folder) = bench(Options::default());
        let what = Misbehaviour::Status {
            code,
            headers: vec![],
            body: r#"{"error":"no"}"#.to_owned(),
        };
        fault(&bench, at, what);
        let (one, two) = (large(&bench, "one", 6), large(&bench, "two", 7));
        assert!(receipt(&bench.attach(&[&one])[0]).verified, "{at:?} {code}");
        assert_eq!(bench.forms(), 1, "{at:?} {code}");
        // A form on its way is not shown as one that is all out.
        let states = bench.history(0);
        let end = states.len().saturating_sub(3);
        assert_eq!(states[end..], ["sending", "confirming", "done"]);
        assert!(receipt(&bench.attach(&[&two])[0]).verified);
        assert_eq!((calls(&bench).0, bench.forms()), (1, 2), "{at:?} {code}");
    }
}

/// A refusal that the form gets as well is about the file, not about the parts.
#[test]
fn a_store_is_remembered_only_if_the_form_went() {
    let (mut bench, _folder) = bench(Options::default());
    let no = |code| Misbehaviour::Status {
        code,
        headers: vec![],
        body: r#"{"error":"mimeLimit"}"#.to_owned(),
    };
    fault(&bench, Step::InitiateParts, no(403));
    fault(&bench, Step::Form, no(403));
    let (one, two) = (large(&bench, "one", 6), large(&bench, "two", 7));
    assert_eq!(bench.attach(&[&one])[0].code(), "failed");
    assert!(receipt(&bench.attach(&[&two])[0]).verified);
    assert_eq!((calls(&bench), bench.forms()), ((2, PARTS, 1, 0), 1));
}

/// Not only an answer to the first call may be of another kind.
#[test]
fn a_page_instead_of_a_part_is_a_refusal_too() {
    let (mut bench, _folder) = bench(Options::default());
    fault(&bench, Step::Part, Misbehaviour::Html);
    let path = large(&bench, "large", 9);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(bench.forms(), 1);
}

#[test]
fn a_page_instead_of_an_answer_is_a_refusal_too() {
    let (mut bench, _folder) = bench(Options::default());
    fault(&bench, Step::InitiateParts, Misbehaviour::Html);
    let path = large(&bench, "large", 8);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(bench.forms(), 1);
}

#[test]
fn another_success_at_the_end_is_no_refusal() {
    // Carried out, and said in another way; not carried out, or nobody knows.
    for (what, arrives) in [
        (Misbehaviour::AnswerAs { status: 201 }, true),
        (Misbehaviour::AnswerAs { status: 204 }, true),
        (
            Misbehaviour::Status {
                code: 201,
                headers: vec![],
                body: "{}".to_owned(),
            },
            false,
        ),
    ] {
        let (mut bench, _folder) = bench(Options::default());
        fault(&bench, Step::Complete, what.clone());
        let path = large(&bench, "large", 13);
        let states = bench.attach(&[&path]);
        if arrives {
            assert!(receipt(&states[0]).verified, "{what:?}");
        } else {
            assert_eq!(error(&states[0]), &ErrorKind::NotConfirmed, "{what:?}");
        }
        assert_eq!(
            (calls(&bench), bench.forms()),
            ((1, PARTS, 1, 0), 0),
            "{what:?}"
        );
    }
}

/// S2, F23: a part goes nowhere else, by whatever code; the file goes as a form, or
/// not at all.
#[test]
fn f23_redirects_of_parts_are_refused() {
    for at in [Step::InitiateParts, Step::Part, Step::Complete] {
        for code in [301, 302, 303, 307, 308] {
            let elsewhere = Elsewhere::new();
            let there = format!("http://127.0.0.1:{}/", elsewhere.port());
            elsewhere.is_left_alone(at, code, &there, "127.0.0.1");
        }
    }
}

/// Another scheme, another name, no scheme, a name in front, no host at all.
#[test]
fn f23_no_kind_of_address_is_followed_by_parts() {
    let elsewhere = Elsewhere::new();
    let port = elsewhere.port();
    for at in [Step::InitiateParts, Step::Part, Step::Complete] {
        for (there, host) in [
            (format!("https://127.0.0.1:{port}/"), "127.0.0.1"),
            (format!("//localhost:{port}/"), "localhost"),
            (format!("http://ones@127.0.0.1:{port}/"), "127.0.0.1"),
            ("/elsewhere".to_owned(), "127.0.0.1"),
            ("http://[".to_owned(), ""),
        ] {
            elsewhere.is_left_alone(at, 307, &there, host);
        }
    }
}

impl Elsewhere {
    #[track_caller]
    fn is_left_alone(&self, at: Step, code: u16, there: &str, host: &str) {
        let (mut bench, _folder) = bench(Options::default());
        let location = there.to_owned();
        let redirect = Misbehaviour::Redirect { code, location };
        faults(&bench, at, redirect, 99);
        let path = large(&bench, "a.bin", 1);
        let states = bench.attach(&[&path]);
        assert!(self.nobody_came(), "{at:?} {code} {there}: somebody came");
        let requests = bench.server.requests();
        assert!(requests.iter().all(|seen| seen.path != "/elsewhere"));
        let task = bench.server.account().task.clone();
        let listed = bench.server.attachments(&task).len();
        match &states[0] {
            JobState::Done(receipt) => assert!(receipt.verified && listed == 1),
            other => {
                let host = host.to_owned();
                assert_eq!(error(other), &ErrorKind::Redirected { host }, "{at:?}");
                assert_eq!(listed, 0);
            }
        }
        bench.server.faults().clear();
        bench.goes_on();
    }
}
