//! F32 in a network of the test's own: the machine's address goes, and it comes back
//! with another. What was connected is dead, and nobody says so.

use ones_drop::api::Limits;
use ones_drop::demo::{Options, Server, Step};
use ones_drop::engine::{Config, Patience};

use super::alone::{ip, is_alone};
use super::common::{LIMIT, quick_config};
use super::relay::{Line, Relay};
use super::{bench_at, store_at};

/// Where servers are; reached from an address that is not theirs.
const SERVERS: [u8; 4] = [10, 77, 0, 1];
/// Limits that nobody here lives to see: what goes on has noticed by itself.
fn endless() -> Patience {
    Patience {
        calls: Limits {
            call: LIMIT * 9,
            ..Limits::default()
        },
        no_progress: LIMIT * 9,
        no_answer: LIMIT * 9,
        ..Patience::default()
    }
}

#[test]
fn f32_a_form_goes_on_from_a_new_address() {
    let test = "away::f32_a_form_goes_on_from_a_new_address";
    moves_in_mid_upload(test, Step::Form);
}

#[test]
fn f32_parts_go_on_from_a_new_address() {
    let test = "away::f32_parts_go_on_from_a_new_address";
    moves_in_mid_upload(test, Step::Part);
}

#[test]
fn f32_step_1_goes_on_from_a_new_address() {
    let test = "away::f32_step_1_goes_on_from_a_new_address";
    moves_in_mid_upload(test, Step::StepOne);
}

#[test]
fn f32_a_check_goes_on_from_a_new_address() {
    let test = "away::f32_a_check_goes_on_from_a_new_address";
    moves_in_mid_upload(test, Step::List);
}

/// The store has made a file of the parts meanwhile; ONES' list says so.
#[test]
fn f32_an_answer_that_was_lost_is_looked_for_from_a_new_address() {
    let test = "away::f32_an_answer_that_was_lost_is_looked_for_from_a_new_address";
    moves_in_mid_upload(test, Step::Complete);
}

/// Two files are at this step when the machine moves to another network.
fn moves_in_mid_upload(test: &str, step: Step) {
    if !is_alone(test) {
        return;
    }
    ip("address add 10.77.0.1/32 dev lo");
    arrive_at("10.77.0.2");
    let server = Server::start(Options::default()).unwrap();
    let store = Relay::at(SERVERS, server.store_url(), Line::default());
    let ones = Relay::at(SERVERS, &server.account().server, Line::default());
    let mut config = Config {
        patience: endless(),
        waits_for_network: true,
        plain_http: true,
        ..quick_config()
    };
    let in_parts = matches!(step, Step::Part | Step::Complete);
    config.settings.stores.insert(store.address(), in_parts);
    let mut bench = bench_at(server, &ones.address(), config);
    store_at(&bench, &store.address(), 99);
    let gate = bench.server.faults().hold(step);
    let path = bench.file("a.bin", &vec![5; 40_000_000]);
    let other = bench.file("b.bin", &vec![6; 30_000_000]);
    bench.add(&[&path, &other]);
    // One list serves the checks of all files.
    let calls = if step == Step::List { 1 } else { 2 };
    assert!(bench.server.faults().wait_until_held(step, calls, LIMIT));
    ip("route del table local local 10.77.0.1 dev lo");
    ip("address del 10.77.0.2/32 dev lo");
    arrive_at("10.77.0.3");
    drop(gate);
    bench.until_settled(2);
    assert_eq!(bench.board.totals().verified, 2, "{}", bench.dump());
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 2, "each once");
}

/// From now on the servers are reached from this address.
fn arrive_at(address: &str) {
    ip(&format!("address add {address}/32 dev lo"));
    ip(&format!(
        "route replace table local local 10.77.0.1 dev lo src {address}"
    ));
}
