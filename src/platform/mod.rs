//! What differs by system.
//!
//! Called by `main` and the window. May not know the engine or the wire.

mod core_dump;
pub mod drops;
mod session;

pub use core_dump::forbid_core_dumps;
pub use session::has_graphical_session;
#[cfg(all(unix, not(target_os = "macos")))]
pub use session::prefers_x11;
