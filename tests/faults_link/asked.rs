//! F32 in a network of the test's own: the machine gets another address while somebody
//! waits for an answer.

use std::time::Duration;

use ones_drop::demo::Step;
use ones_drop::model::{Command, Event, Secret, ServerAddress, SignIn};

use super::alone::is_alone;
use super::away::{arrive_at, bench_away, leave};
use super::common::{Bench, LIMIT};

#[test]
fn f32_a_look_up_goes_on_from_a_new_address() {
    if !is_alone("asked::f32_a_look_up_goes_on_from_a_new_address") {
        return;
    }
    let (mut bench, _lines) = bench_away(Step::Form);
    let gate = bench.server.faults().hold(Step::TaskInfo);
    let text = "#1024".to_owned();
    bench.engine.send(Command::FindTask { text });
    move_during(&bench, Step::TaskInfo);
    drop(gate);
    let found = |event: &Event| match event {
        Event::TaskFound { task, .. } => Some(task.number),
        Event::TaskNotFound { error, .. } => panic!("{error:?}"),
        _ => None,
    };
    assert_eq!(bench.until_event(found), Some(1024));
}

#[test]
fn f32_a_sign_in_goes_on_from_a_new_address() {
    if !is_alone("asked::f32_a_sign_in_goes_on_from_a_new_address") {
        return;
    }
    let (mut bench, lines) = bench_away(Step::Form);
    let account = bench.server.account().clone();
    let with = SignIn::Password {
        server: ServerAddress::parse(&lines[0].address()).unwrap(),
        account: account.email,
        password: Secret::new(account.password),
    };
    let gate = bench.server.faults().hold(Step::Login);
    bench.engine.send(Command::SignOut);
    bench.engine.send(Command::SignIn { with, keep: false });
    move_during(&bench, Step::Login);
    drop(gate);
    let signed_in = |event: &Event| match event {
        Event::SignedIn(identity) => Some(identity.person.id.clone()),
        Event::SignInFailed(error) => panic!("{error:?}"),
        _ => None,
    };
    assert_eq!(bench.until_event(signed_in), account.user);
}

/// The machine moves while one call is at this step.
fn move_during(bench: &Bench, step: Step) {
    assert!(bench.server.faults().wait_until_held(step, 1, LIMIT));
    std::thread::sleep(Duration::from_secs(3));
    leave("10.77.0.2");
    arrive_at("10.77.0.3");
}
