//! The whole program against other tools, side by side.
//!
//! `cargo bench --bench compare` prints ratios: in each round every contender
//! has its turn, and the medians of the rounds are compared. A number as
//! argument sets the rounds (5), words choose parts: `http`, `https`, `hash`,
//! `far`, `drop`, `scroll`, `window`, `cancel`, `queue`, as in `cargo bench --bench compare -- 3 https`.
//!
//! All talk to the demo's server in this process, which keeps files in memory
//! (`/dev/shm`) where there is such a place. Contents differ in every run, so
//! that nothing is "already there". The goals by number (P1 …) are those that
//! the program was designed for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for developers; a failed run ends it"
)]

#[path = "../../common/authority.rs"]
mod authority;
mod contenders;
mod cost;
mod engine;
mod far;
mod files;
mod frames;
mod goals;
mod hashing;
mod helpers;
#[path = "../../common/identity.rs"]
mod identity;
mod queue;
#[path = "../../common/relay.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod relay;
#[cfg(target_os = "linux")]
mod screen;
mod server;
mod uploads;
#[cfg(target_os = "linux")]
mod window;

use std::process::Command;

use goals::Goals;
use server::Scheme;

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let Some(("as", rest)) = arguments.split_first().map(|(a, b)| (a.as_str(), b)) {
        helpers::run(rest);
        return;
    }
    for tool in ["curl", "openssl", "/usr/bin/time"] {
        if Command::new(tool).arg("--version").output().is_err() {
            println!("{tool} is not installed; nothing to compare with");
            return;
        }
    }
    let runs = arguments.iter().find_map(|n| n.parse().ok()).unwrap_or(5);
    let words: Vec<_> = arguments
        .iter()
        .filter(|word| word.parse::<usize>().is_err())
        .collect();
    let wanted = |part: &str| words.is_empty() || words.iter().any(|word| *word == part);
    let mut goals = Goals::default();
    println!("Medians of {runs} interleaved rounds; ratios are ONES Drop over the other.");
    if wanted("hash") {
        hashing::compare(runs);
    }
    if wanted("http") {
        uploads::compare(Scheme::Http, runs, &mut goals);
    }
    if wanted("https") {
        uploads::compare(Scheme::Https, runs, &mut goals);
    }
    if wanted("far") {
        far::small_files(runs, &mut goals);
    }
    if wanted("drop") {
        frames::drop_of_many(runs, &mut goals);
    }
    if wanted("scroll") {
        frames::scrolling(&mut goals);
    }
    #[cfg(target_os = "linux")]
    if wanted("window") {
        window::measure(runs, &mut goals);
    }
    if wanted("cancel") {
        engine::cancel(runs, &mut goals);
    }
    if wanted("queue") {
        queue::restore(runs, &mut goals);
    }
    goals.print();
}
