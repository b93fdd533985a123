//! F32: lines that are cut or fall silent, and a queue that waits for them.

use std::time::Duration;

use ones_drop::api::Limits;
use ones_drop::demo::{Options, Server, Step};
use ones_drop::engine::{Config, Patience};
use ones_drop::model::{Command, ErrorKind, Event, Hold, JobState, Secret, ServerAddress, SignIn};

use super::common::{Bench, LIMIT, error, quick_config, receipt, wait_until};
use super::relay::{Line, Relay};
use super::{bench_at, store_at};

/// An engine that waits for the network, as the window's does.
fn waiting_at(server: Server, address: &str, patience: Patience) -> Bench {
    let config = Config {
        patience,
        waits_for_network: true,
        ..quick_config()
    };
    bench_at(server, address, config)
}

/// The same with a line to ONES and one to the store, which so many files go by.
fn on_lines(patience: Patience, files: u32) -> (Bench, [Relay; 2]) {
    let server = Server::start(Options::default()).unwrap();
    let store = Relay::to(server.store_url(), Line::default());
    let ones = Relay::to(&server.account().server, Line::default());
    let bench = waiting_at(server, &ones.address(), patience);
    store_at(&bench, &store.address(), files);
    (bench, [ones, store])
}

#[test]
fn f32_a_line_that_is_cut_in_mid_upload_and_comes_back() {
    let (mut bench, [ones, store]) = on_lines(Patience::default(), 99);
    let gate = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.bin", &vec![5; 40_000_000]);
    let other = bench.file("b.log", b"the other file");
    bench.add(&[&path, &other]);
    let both = bench.server.faults().wait_until_held(Step::Form, 2, LIMIT);
    assert!(both);
    // Down: open connections break, and no new one comes about.
    ones.cut();
    store.cut();
    bench.until("the queue waits for the network", |board| {
        board
            .jobs()
            .iter()
            .all(|job| job.state == JobState::Held(Hold::Network))
    });
    drop(gate);
    ones.mend();
    store.mend();
    bench.until_settled(2);
    assert_eq!(bench.board.totals().verified, 2, "{}", bench.dump());
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 2, "each once");
}

/// It was checked before; what its task holds by now is asked anew.
#[test]
fn what_was_attached_while_the_line_was_down_is_asked_about() {
    let (mut bench, [ones, store]) = on_lines(Patience::default(), 1);
    let gate = bench.server.faults().hold(Step::Form);
    // More than sockets hold: nobody can take it for sent.
    let path = bench.file("a.bin", &vec![5; 40_000_000]);
    bench.add(&[&path]);
    assert!(bench.server.faults().wait_until_held(Step::Form, 1, LIMIT));
    ones.cut();
    store.cut();
    bench.until("it waits for the network", |board| {
        let held = JobState::Held(Hold::Network);
        board.jobs().iter().any(|job| job.state == held)
    });
    drop(gate);
    bench.attach_elsewhere(&path);
    ones.mend();
    store.mend();
    bench.until("asked about", |board| board.totals().duplicates == 1);
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 1);
}

/// Wi-Fi that changes: what was connected is dead, and no end of it comes.
#[test]
fn f32_a_line_that_falls_silent_in_mid_upload() {
    let patience = Patience {
        calls: Limits {
            call: Duration::from_secs(6),
            ..Limits::default()
        },
        no_progress: Duration::from_secs(6),
        no_answer: Duration::from_secs(6),
        ..Patience::default()
    };
    let (mut bench, [ones, store]) = on_lines(patience, 99);
    let gate = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.bin", &vec![5; 40_000_000]);
    let other = bench.file("b.log", b"the other file");
    bench.add(&[&path, &other]);
    assert!(bench.server.faults().wait_until_held(Step::Form, 2, LIMIT));
    ones.fall_silent();
    store.fall_silent();
    // The other end never hears of it either, and has what it has of the small file.
    drop(gate);
    bench.until("somebody has noticed", |board| {
        !board
            .ids(|state| matches!(state, JobState::Waiting(_)))
            .is_empty()
    });
    ones.mend();
    store.mend();
    bench.until_settled(2);
    assert_eq!(bench.board.totals().verified, 2, "{}", bench.dump());
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 2, "each once");
}

/// A look-out that hangs when the line comes back holds up none after it.
#[test]
fn f32_a_look_out_that_hangs_is_not_waited_for() {
    let server = Server::start(Options::default()).unwrap();
    let ones = Relay::to(&server.account().server, Line::default());
    let patience = Patience {
        calls: Limits {
            // Nobody here lives to see its end.
            call: LIMIT * 9,
            ..Limits::default()
        },
        ..Patience::default()
    };
    let mut bench = waiting_at(server, &ones.address(), patience);
    ones.cut();
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until_event(|event| matches!(event, Event::Offline(Some(_))).then_some(()));
    let before = ones.taken();
    ones.fall_silent();
    wait_until("a look-out hangs", || ones.taken() > before);
    ones.mend();
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    bench.goes_on();
}

/// The sign-in ends while the queue waits for the network, and the new one comes
/// in before anybody has noticed that the network is back.
#[test]
fn f32_a_new_sign_in_does_not_wait_for_the_network_of_the_one_before() {
    let server = Server::start(Options::default()).unwrap();
    let ones = Relay::to(&server.account().server, Line::default());
    let mut bench = waiting_at(server, &ones.address(), Patience::default());
    ones.cut();
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until_event(|event| matches!(event, Event::Offline(Some(_))).then_some(()));
    // The look-out asks for this, and gets no answer any more.
    let gate = bench.server.faults().hold(Step::TokenInfo);
    ones.mend();
    bench.server.invalidate_tokens();
    let text = "#1024".to_owned();
    bench.engine.send(Command::FindTask { text });
    bench.until_event(|event| matches!(event, Event::SignedOut(Some(_))).then_some(()));
    let account = bench.server.account().clone();
    bench.engine.send(Command::SignIn {
        with: SignIn::Password {
            server: ServerAddress::parse(&ones.address()).unwrap(),
            account: account.email,
            password: Secret::new(account.password),
        },
        keep: false,
    });
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    let said = bench.events.iter().rev().find_map(|event| match event {
        Event::Offline(host) => Some(host.clone()),
        _ => None,
    });
    assert_eq!(said, Some(None), "nobody is told of an old trouble");
    drop(gate);
}

/// ONES answers; only its store, on another port of the same host, is down.
#[test]
fn a_store_that_is_down_is_not_waited_for_as_for_the_network() {
    let server = Server::start(Options::default()).unwrap();
    let store = Relay::to(server.store_url(), Line::default());
    store.cut();
    let address = server.account().server.clone();
    let mut bench = waiting_at(server, &address, Patience::default());
    store_at(&bench, &store.address(), 99);
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    let host = "127.0.0.1".to_owned();
    assert_eq!(error(&states[0]), &ErrorKind::Unreachable { host });
    assert_eq!(bench.asked("/res/attachments/upload"), 5);
    let offline = |event: &Event| matches!(event, Event::Offline(_));
    assert!(!bench.events.iter().any(offline));
}
