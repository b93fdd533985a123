//! The rooms of the program that read what others wrote, for the targets.
//!
//! Their sources are taken as they are; see `README.md` for how a target is
//! added.

#[path = "../../src/api/mod.rs"]
pub mod api;
#[path = "../../src/journal/mod.rs"]
pub mod journal;
#[path = "../../src/model/mod.rs"]
pub mod model;
/// Of the room `platform` only what reads: the rest knows the window.
#[cfg(unix)]
#[allow(dead_code, reason = "the receivers call the rest of it")]
#[path = "../../src/platform/drops/uri_list.rs"]
pub mod uri_list;
