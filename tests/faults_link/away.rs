//! F32 in a network of the test's own: the machine's address goes, and it comes back
//! with another. What was connected is dead, and nobody says so.

use std::time::Duration;

use ones_drop::api::{Found, Limits, LookUp, Names};
use ones_drop::demo::{Options, Seen, Server, Step};
use ones_drop::engine::{Config, Patience};

use super::alone::{ip, is_alone};
use super::common::{Bench, LIMIT, quick_config};
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

/// Calls are younger than a second then.
#[test]
fn f32_calls_that_have_just_begun_go_on_from_a_new_address() {
    let test = "away::f32_calls_that_have_just_begun_go_on_from_a_new_address";
    if !is_alone(test) {
        return;
    }
    for step in [Step::StepOne, Step::Form] {
        moves(step, Duration::ZERO);
        leave("10.77.0.3");
        ip("address del 10.77.0.1/32 dev lo");
    }
}

/// The store has made a file of the parts meanwhile; ONES' list says so.
#[test]
fn f32_an_answer_that_was_lost_is_looked_for_from_a_new_address() {
    let test = "away::f32_an_answer_that_was_lost_is_looked_for_from_a_new_address";
    moves_in_mid_upload(test, Step::Complete);
}

/// The address is away for a while and comes back: what is connected goes on by itself,
/// and nothing is sent a second time.
#[test]
fn f32_a_line_that_comes_back_with_its_address_is_waited_for() {
    if !is_alone("away::f32_a_line_that_comes_back_with_its_address_is_waited_for") {
        return;
    }
    let (mut bench, _lines) = bench_away(Step::Form);
    // The store has all of it, and says so late.
    let gate = bench.server.faults().hold_answer(Step::Form);
    let path = bench.file("a.bin", &vec![5; 3_000_000]);
    bench.add(&[&path]);
    assert!(bench.server.faults().wait_until_held(Step::Form, 1, LIMIT));
    leave("10.77.0.2");
    // Long enough to be seen, and to be seen back.
    std::thread::sleep(Duration::from_secs(4));
    arrive_at("10.77.0.2");
    std::thread::sleep(Duration::from_millis(2500));
    drop(gate);
    bench.until_settled(1);
    assert_eq!(bench.board.totals().verified, 1, "{}", bench.dump());
    assert_eq!((bench.tickets(), bench.forms()), (1, 1));
}

/// What is sent after the move is not taken for what was left behind, although the
/// servers were reached from another address before.
#[test]
fn f32_a_call_from_the_new_address_is_left_alone() {
    if !is_alone("away::f32_a_call_from_the_new_address_is_left_alone") {
        return;
    }
    for step in [Step::Form, Step::Part] {
        let (mut bench, _lines) = bench_away(step);
        let small = bench.file("small.log", b"before the move");
        bench.attach(&[&small]);
        // It is looked once a second whether the address is there.
        std::thread::sleep(Duration::from_millis(1500));
        leave("10.77.0.2");
        arrive_at("10.77.0.3");
        let gate = bench.server.faults().hold(step);
        let path = bench.file("a.bin", &vec![5; 40_000_000]);
        bench.add(&[&path]);
        assert!(bench.server.faults().wait_until_held(step, 1, LIMIT));
        // Longer than what was left behind is given.
        std::thread::sleep(Duration::from_secs(6));
        drop(gate);
        bench.until_settled(2);
        assert_eq!(bench.board.totals().verified, 2, "{}", bench.dump());
        let parts = |seen: &&Seen| seen.method == "PUT";
        let parts = bench.server.requests().iter().filter(parts).count();
        let want = if step == Step::Form { (2, 0) } else { (1, 10) };
        assert_eq!((bench.forms(), parts), want, "each once");
        leave("10.77.0.3");
        ip("address del 10.77.0.1/32 dev lo");
    }
}

/// Two files are at this step when the machine moves to another network.
fn moves_in_mid_upload(test: &str, step: Step) {
    if is_alone(test) {
        // A call is looked at once it takes longer than a second.
        moves(step, Duration::from_secs(3));
    }
}

fn moves(step: Step, after: Duration) {
    let (mut bench, _lines) = bench_away(step);
    let gate = bench.server.faults().hold(step);
    let path = bench.file("a.bin", &vec![5; 40_000_000]);
    let other = bench.file("b.bin", &vec![6; 30_000_000]);
    bench.add(&[&path, &other]);
    // One list serves the checks of all files.
    let calls = if step == Step::List { 1 } else { 2 };
    assert!(bench.server.faults().wait_until_held(step, calls, LIMIT));
    std::thread::sleep(after);
    leave("10.77.0.2");
    arrive_at("10.77.0.3");
    drop(gate);
    bench.until_settled(2);
    assert_eq!(bench.board.totals().verified, 2, "{}", bench.dump());
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 2, "each once");
}

/// Both servers have names.
struct There;

impl LookUp for There {
    fn look_up(&self, _host: &str) -> Found {
        Box::pin(async { Ok(vec![SERVERS.into()]) })
    }
}

/// An engine at 10.77.0.2 beside servers that are elsewhere, and the lines to them.
pub(super) fn bench_away(step: Step) -> (Bench, [Relay; 2]) {
    ip("address add 10.77.0.1/32 dev lo");
    arrive_at("10.77.0.2");
    let server = Server::start(Options::default()).unwrap();
    let store = Relay::at(SERVERS, server.store_url(), Line::default());
    let ones = Relay::at(SERVERS, &server.account().server, Line::default());
    // Some by their names, some by their numbers.
    let in_parts = matches!(step, Step::Part | Step::Complete);
    let [ones_url, store_url] = [("ones", &ones), ("store", &store)].map(|(name, line)| {
        let address = line.address();
        if in_parts {
            address
        } else {
            address.replace("10.77.0.1", &format!("{name}.test"))
        }
    });
    let mut config = Config {
        patience: endless(),
        names: Names::from(There),
        waits_for_network: true,
        plain_http: true,
        ..quick_config()
    };
    config.settings.stores.insert(store_url.clone(), in_parts);
    let bench = bench_at(server, &ones_url, config);
    store_at(&bench, &store_url, 99);
    (bench, [ones, store])
}

/// From now on the servers are not reached, and this address is not ours.
pub(super) fn leave(address: &str) {
    ip("route del table local local 10.77.0.1 dev lo");
    ip(&format!("address del {address}/32 dev lo"));
}

/// From now on the servers are reached from this address.
pub(super) fn arrive_at(address: &str) {
    ip(&format!("address add {address}/32 dev lo"));
    reach_from(address);
}

/// The same, where this machine has it already.
pub(super) fn reach_from(address: &str) {
    ip(&format!(
        "route replace table local local 10.77.0.1 dev lo src {address}"
    ));
}
