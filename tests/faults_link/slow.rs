//! F33: lines that are slow, far or lossy, where all goes well but takes long.

use std::time::{Duration, Instant};

use ones_drop::demo::{Options, Server};
use ones_drop::engine::{Config, Patience};

use super::alone::is_alone;
use super::common::{quick_config, receipt};
use super::relay::{Line, Relay};
use super::{bench_at, store_at};

/// Nothing may be still for longer than this. A buffer of 256 KiB takes two seconds at
/// 1 Mbit/s, and shows when it is gone.
const STILL: Duration = Duration::from_secs(5);

#[test]
fn f33_a_line_that_loses_one_in_a_hundred() {
    let test = "slow::f33_a_line_that_loses_one_in_a_hundred";
    arrives_at_last(test, Line::lossy(100), 32_000_000);
}

#[test]
fn f33_a_line_that_loses_one_in_twenty() {
    let test = "slow::f33_a_line_that_loses_one_in_twenty";
    arrives_at_last(test, Line::lossy(20), 8_000_000);
}

#[test]
fn f33_a_line_of_400_ms_there_and_back() {
    let test = "slow::f33_a_line_of_400_ms_there_and_back";
    arrives_at_last(test, Line::far(200), 64_000_000);
}

#[test]
fn f33_a_line_of_1_mbit() {
    arrives_at_last("slow::f33_a_line_of_1_mbit", Line::slow(125_000), 1_000_000);
}

/// In a network of its own the system holds little of a connection: in another, up to
/// 4 MiB of a file are gone at once, and then nothing moves for half a minute, which
/// is why the limit is a whole one.
fn arrives_at_last(test: &str, line: Line, bytes: usize) {
    if !is_alone(test) {
        return;
    }
    for buffer in ["tcp_wmem", "tcp_rmem"] {
        let setting = format!("/proc/sys/net/ipv4/{buffer}");
        std::fs::write(setting, "4096 65536 65536").unwrap();
    }
    let server = Server::start(Options::default()).unwrap();
    let relay = Relay::to(server.store_url(), line);
    let address = server.account().server.clone();
    let config = Config {
        patience: Patience {
            no_progress: STILL,
            ..Patience::default()
        },
        ..quick_config()
    };
    let mut bench = bench_at(server, &address, config);
    store_at(&bench, &relay.address(), 9);
    let path = bench.file("a.bin", &vec![5; bytes]);
    let start = Instant::now();
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    // It cannot be quicker than the line: otherwise nothing was shown.
    assert!(start.elapsed() > STILL, "too short to tell");
    assert_eq!(bench.forms(), 1, "no watchdog barked");
    bench.goes_on();
}
