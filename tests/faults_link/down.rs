//! F32 in a network of the test's own: the link goes down and comes up again, as where
//! Wi-Fi is switched off and on, with the address that it had.

use std::time::Duration;

use ones_drop::demo::Step;

use super::alone::{ip, is_alone};
use super::away::{bench_away, reach_from};
use super::common::LIMIT;

/// What was on its way goes on where it was, for TCP asks again and again, and what
/// began meanwhile goes on as well. Nothing is sent a second time. (No limit of ours is
/// in play; the shortest, of a call to ONES, is 30 s.)
#[test]
fn f32_a_link_that_is_down_for_20_seconds_and_up_again() {
    if !is_alone("down::f32_a_link_that_is_down_for_20_seconds_and_up_again") {
        return;
    }
    let (mut bench, _lines) = bench_away(Step::Form);
    let gate = bench.server.faults().hold(Step::Form);
    // More than sockets hold: it is in the middle.
    let path = bench.file("a.bin", &vec![5; 40_000_000]);
    bench.add(&[&path]);
    assert!(bench.server.faults().wait_until_held(Step::Form, 1, LIMIT));
    ip("link set lo down");
    let other = bench.file("b.log", b"dropped while the link was down");
    bench.add(&[&other]);
    std::thread::sleep(Duration::from_secs(20));
    assert_eq!(bench.tickets(), 1, "nothing came through");
    drop(gate);
    ip("link set lo up");
    reach_from("10.77.0.2");
    bench.until_settled(2);
    assert_eq!(bench.board.totals().verified, 2, "{}", bench.dump());
    assert_eq!((bench.tickets(), bench.forms()), (2, 2), "each once");
}
