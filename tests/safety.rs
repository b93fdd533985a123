//! The safety rules, each by its number (S1–S19): whom we talk to, what they are
//! told, what is written down, which files are opened.
//!
//! S3 is looked at wherever a test with an engine ends (`common::Watched`), S2's
//! redirects in `faults.rs` too; S5's and S11's window in `window.rs`; S4's table and S18
//! beside their code; S10 in `properties.rs`. S17: the program never updates
//! itself; that a changed package does not fit its SHA-256 is in `.ci/check-package`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

#[path = "safety/answers.rs"]
mod answers;
#[path = "safety/canary.rs"]
mod canary;
#[path = "safety/canary_parts.rs"]
mod canary_parts;
#[path = "common/clean.rs"]
mod clean;
#[path = "safety/files.rs"]
mod files;
#[path = "safety/names.rs"]
mod names;
#[path = "safety/program.rs"]
mod program;
#[cfg(target_os = "linux")]
#[path = "safety/running.rs"]
mod running;
#[path = "safety/supply.rs"]
mod supply;
#[path = "safety/tls.rs"]
mod tls;
