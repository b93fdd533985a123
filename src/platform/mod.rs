//! What differs by system.
//!
//! Called by `main` and the window. May not know the engine or the wire.

pub mod drops;
mod session;

pub use session::has_graphical_session;
#[cfg(all(unix, not(target_os = "macos")))]
pub use session::prefers_x11;
