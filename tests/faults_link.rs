//! The fault cases of the link and of the machine, each by its number: names
//! that are not found, lines that are cut, lossy and slow, programs that are
//! stopped, clocks that are wrong, disks that cannot be read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use common::case::{BYTES, Case, status};
use common::{Bench, error, fault, quick_config, receipt};
use ones_drop::api::{Found, LookUp, Names};
use ones_drop::demo::{Misbehaviour, Options, Server, Step};
use ones_drop::engine::Config;
use ones_drop::model::{ErrorKind, Event, JobState, Secret, ServerAddress, SignIn};

#[path = "faults_link/cut.rs"]
mod cut;
#[path = "common/relay.rs"]
mod relay;

/// An engine whose ONES server has this address.
fn bench_at(server: Server, address: &str, config: Config) -> Bench {
    let account = server.account().clone();
    let sign_in = SignIn::Token {
        server: ServerAddress::parse(address).unwrap(),
        user: account.user,
        token: Secret::new(account.token),
        team: Some(account.team),
    };
    let config = Config {
        sign_in: Some(sign_in),
        ..config
    };
    let mut bench = Bench::signed_out(server, config);
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    bench
}

/// The demo's ticket names the store by another address, so many times.
fn store_at(bench: &Bench, address: &str, times: u32) {
    let patch = serde_json::json!({ "upload_url": address });
    common::faults(bench, Step::StepOne, Misbehaviour::Patch(patch), times);
}

#[test]
fn f20_an_early_refusal_that_is_cut_off() {
    let size_bytes = BYTES as u64;
    for _ in 0..8 {
        let early = Misbehaviour::EarlyStatusThenReset { code: 413 };
        let (state, bench) = Case::new().fault(Step::Form, early, 1).run();
        // The reset may overtake the answer; then one more try finds out.
        match &state {
            JobState::Failed(told) => {
                assert_eq!(told.kind, ErrorKind::StoreTooLarge { size_bytes });
                assert_eq!(bench.forms(), 2, "one for each file");
            }
            other => {
                assert!(receipt(other).verified, "the server took it back");
                assert_eq!(bench.forms(), 3, "one repeat");
            }
        }
    }
}

#[test]
fn f20_a_server_that_always_refuses_early() {
    let mut bench = Bench::new();
    let early = Misbehaviour::EarlyStatusThenReset { code: 413 };
    common::faults(&bench, Step::Form, early, 99);
    let path = bench.file("a.bin", &vec![5; 8_000_000]);
    let states = bench.attach(&[&path]);
    assert!(
        matches!(
            error(&states[0]),
            ErrorKind::StoreTooLarge { .. } | ErrorKind::Interrupted { .. }
        ),
        "{states:?}"
    );
    // Each try that gets a MiB further than any before is as good as a first, if
    // that is more than sockets hold: 4 MiB of the 8.
    assert!(bench.forms() <= 6 + 4, "{} forms", bench.forms());
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 0);
    bench.server.faults().clear();
    bench.goes_on();
}

#[test]
fn f25_a_file_over_the_limit_is_refused_before_its_bytes() {
    let options = Options {
        size_limit_bytes: BYTES as u64 - 1,
        ..Options::default()
    };
    let want = ErrorKind::TooLarge {
        size_bytes: BYTES as u64,
        limit_bytes: BYTES as u64 - 1,
    };
    let bench = Case::with(quick_config(), options)
        .unused_tickets(1)
        .fails(&want, 1);
    let sent: u64 = bench
        .server
        .requests()
        .iter()
        .filter(|seen| seen.path == "/")
        .map(|seen| seen.body_bytes)
        .sum();
    assert!(sent < 2000, "{sent} bytes were sent to the store");
}

/// `store.test` is not known for the first few questions.
struct Away(Mutex<VecDeque<io::ErrorKind>>);

impl LookUp for Away {
    fn look_up(&self, host: &str) -> Found {
        let trouble = match host {
            "store.test" => self.0.lock().unwrap().pop_front(),
            _ => None,
        };
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Box::pin(async move { trouble.map_or(Ok(vec![here]), |kind| Err(kind.into())) })
    }
}

#[test]
fn f30_names_that_are_not_found_and_then_are() {
    let trouble = [io::ErrorKind::NotFound, io::ErrorKind::TimedOut];
    let names = Names::from(Away(Mutex::new(trouble.into())));
    let server = Server::start(Options::default()).unwrap();
    let ones = server.account().server.replace("127.0.0.1", "ones.test");
    let store = server.store_url().replace("127.0.0.1", "store.test");
    let mut bench = bench_at(
        server,
        &ones,
        Config {
            names,
            ..quick_config()
        },
    );
    store_at(&bench, &store, 3);
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(bench.forms(), 1, "sent once, when the name was known");
    let waits = bench.history(0);
    assert_eq!(waits.iter().filter(|state| **state == "waiting").count(), 2);
    bench.goes_on();
}

/// The clock of a machine that is a day off.
fn tomorrow() -> SystemTime {
    SystemTime::now() + Duration::from_hours(24)
}

fn yesterday() -> SystemTime {
    SystemTime::now() - Duration::from_hours(24)
}

#[test]
fn f39_a_clock_that_is_a_day_off_costs_one_repeat_at_most() {
    let now: fn() -> SystemTime = SystemTime::now;
    for (what, clock, tickets) in [
        ("right", now, 1),
        ("a day ahead", tomorrow, 2),
        ("a day behind", yesterday, 1),
    ] {
        let config = Config {
            clock,
            ..quick_config()
        };
        let mut bench = Bench::with(Options::default(), config);
        let path = bench.file("a.log", b"content");
        assert!(receipt(&bench.attach(&[&path])[0]).verified, "{what}");
        assert_eq!(bench.asked("/res/attachments/upload"), tickets, "{what}");
        assert_eq!(bench.forms(), 1, "{what}");
        bench.goes_on();
    }
}

#[test]
fn f39_a_clock_that_is_behind_and_a_token_that_is_over() {
    let config = Config {
        clock: yesterday,
        ..quick_config()
    };
    let mut bench = Bench::with(Options::default(), config);
    fault(
        &bench,
        Step::Form,
        status(401, r#"{"error":"expired token"}"#),
    );
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(bench.forms(), 2);
    bench.goes_on();
}

#[cfg(target_os = "linux")]
#[path = "faults_link/alone.rs"]
mod alone;
#[cfg(target_os = "linux")]
#[path = "faults_link/asked.rs"]
mod asked;
#[cfg(target_os = "linux")]
#[path = "faults_link/away.rs"]
mod away;
#[cfg(target_os = "linux")]
#[path = "faults_link/down.rs"]
mod down;
#[cfg(target_os = "linux")]
#[path = "faults_link/slow.rs"]
mod slow;
#[cfg(unix)]
#[path = "faults_link/stopped.rs"]
mod stopped;
