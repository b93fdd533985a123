//! The window without a screen: found by accessible names, clicked by pointer
//! where the control really is, with the test playing the engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "test program"
)]

#[path = "window/bench.rs"]
mod bench;
#[path = "window/closing.rs"]
mod closing;
#[path = "window/drops.rs"]
mod drops;
#[path = "window/hostile.rs"]
mod hostile;
#[path = "common/identity.rs"]
mod identity;
#[path = "window/inbox.rs"]
mod inbox;
#[path = "window/layout.rs"]
mod layout;
#[path = "window/look.rs"]
mod look;
#[path = "window/people.rs"]
mod people;
#[path = "window/rows.rs"]
mod rows;
#[path = "window/saved.rs"]
mod saved;
#[path = "window/settings.rs"]
mod settings;
#[path = "window/stores.rs"]
mod stores;
#[path = "window/target.rs"]
mod target;
