//! F18: the server ends the sign-in while files are on their way.

use ones_drop::demo::{Misbehaviour, Step};
use ones_drop::model::{Command, Event, Hold, JobState};

use crate::common::case::status;
use crate::common::{Bench, LIMIT, fault, password_sign_in};

#[test]
fn f18_a_sign_in_that_ends_holds_the_queue_and_a_new_one_lets_it_go_on() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::StepOne);
    add_twenty(&bench);
    bench.until("some ask", |board| {
        board
            .jobs()
            .iter()
            .filter(|job| job.state == JobState::Asking)
            .count()
            == 4
    });
    bench.server.invalidate_tokens();
    drop(gate);
    bench.until("all held", |board| {
        board
            .jobs()
            .iter()
            .all(|job| job.state == JobState::Held(Hold::SignIn))
    });
    sign_in_again(&mut bench);
}

/// Six forms are on their way, and the next files have asked or are asking.
#[test]
fn f18_what_is_on_its_way_arrives_and_the_rest_waits_for_one_sign_in() {
    let mut bench = Bench::new();
    let forms = bench.server.faults().hold(Step::Form);
    add_twenty(&bench);
    let script = bench.server.faults().clone();
    assert!(script.wait_until_held(Step::Form, 6, LIMIT), "six at once");
    bench.server.invalidate_tokens();
    drop(forms);
    bench.until("what is not attached is held", |board| {
        let held = board.ids(|state| *state == JobState::Held(Hold::SignIn));
        board.totals().attached >= 6 && board.totals().attached + held.len() == 20
    });
    sign_in_again(&mut bench);
}

fn add_twenty(bench: &Bench) {
    for n in 0..20 {
        bench.file(&format!("logs/{n:02}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
}

/// The person signs in once; all files go on by themselves, and each is attached once.
fn sign_in_again(bench: &mut Bench) {
    let told = |event: &&Event| matches!(event, Event::SignedOut(Some(_)));
    assert_eq!(bench.events.iter().filter(told).count(), 1);
    bench.engine.send(Command::SignIn {
        with: password_sign_in(&bench.server),
        keep: false,
    });
    bench.until_settled(20);
    assert_eq!(bench.board.totals().verified, 20);
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 20, "each file once");
    assert_eq!(bench.asked("auth/login") + bench.asked("auth/v2/login"), 1);
}

/// Whoever signs in next may be somebody else: what was asked for in the name of
/// the last sign-in is not sent in theirs.
#[test]
fn f18_a_step_1_that_answers_after_the_sign_in_ended_is_held_too() {
    let mut bench = Bench::new();
    fault(
        &bench,
        Step::StepOne,
        Misbehaviour::Stall { after_bytes: 0 },
    );
    let files = ["a.log", "b.log"].map(|name| bench.file(name, name.as_bytes()));
    bench.add(&[&files[0], &files[1]]);
    let script = bench.server.faults().clone();
    assert!(
        script.wait_until_held(Step::StepOne, 1, LIMIT),
        "one of them hangs"
    );
    bench.until("the other one is attached", |board| {
        board.totals().attached == 1
    });
    // The next file's step 1 is refused, and that of the first comes later.
    fault(&bench, Step::StepOne, status(401, "{}"));
    let last = bench.file("c.log", b"c.log");
    bench.add(&[&last]);
    bench.until_event(|event| matches!(event, Event::SignedOut(Some(_))).then_some(()));
    script.release_stalled();
    bench.until("both are held", |board| {
        board
            .ids(|state| *state == JobState::Held(Hold::SignIn))
            .len()
            == 2
    });
    assert_eq!(bench.forms(), 1);
}
