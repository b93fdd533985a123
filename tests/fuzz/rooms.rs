//! The rooms of the program that read what others wrote, for the targets.
//!
//! Their sources are taken as they are; see `README.md` for how a target is
//! added.

#[path = "../../src/api/mod.rs"]
pub mod api;
#[path = "../../src/model/mod.rs"]
pub mod model;
