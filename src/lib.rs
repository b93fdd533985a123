//! ONES Drop: drop files on a window and they are attached to your ONES task.
//!
//! # The rooms, in reading order
//!
//! | Room | |
//! |---|---|
//! | [`model`] | tasks, jobs and the moves they may make, commands, events, errors |
//! | [`words`] | every sentence that a person reads |
//! | [`api`] | the wire: requests, answers, streams |
//! | [`vault`], [`settings`], [`journal`] | the keyring; preferences; the queue and the history on disk |
//! | [`engine`] | everything that takes time, on one named thread |
//! | [`ui`] | the window |
//! | [`cli`] | the command line |
//! | [`demo`] | an ONES and a store to try and to test against |
//! | [`platform`] | what differs by system |
//! | [`environment`] | what people set in the environment |
//! | [`worker`] | a thread for whose end the program waits |
//!
//! # What always holds
//!
//! * The frame never waits, locks or awaits.
//! * Only `engine` spawns tasks, and `demo` for itself.
//! * Only `vault` sees the keyring; a token never leaves `engine` and `api`, and
//!   never goes to another host than the ONES server.
//! * Only `words` writes for people.
//! * One file, one verdict: every path that came in ends as a row or as a
//!   left-out reason.
//! * "Attached" is said only after the server's word, and nothing is sent before
//!   duplicates are known.
//!
//! `tests/rooms.rs` checks who imports whom. To try it: `cargo run -- demo`.

pub mod api;
pub mod cli;
pub mod demo;
pub mod engine;
pub mod environment;
pub mod journal;
pub mod model;
pub mod platform;
pub mod settings;
pub mod ui;
pub mod vault;
pub mod words;
pub mod worker;
