//! What differs by system.
//!
//! Called by `main` and the window. May not know the engine or the wire.

#[cfg(all(unix, not(target_os = "macos")))]
mod colours;
mod core_dump;
pub mod drops;
mod instance;
mod lacks;
#[cfg(all(unix, not(target_os = "macos")))]
mod libraries;
mod session;
#[cfg(windows)]
mod windows;

#[cfg(all(unix, not(target_os = "macos")))]
pub use colours::watch_colours;
pub use core_dump::forbid_core_dumps;
pub use instance::{Instance, Start, start};
pub use lacks::{has_file_dialog, look_for_lacks};
#[cfg(all(unix, not(target_os = "macos")))]
pub use libraries::missing_library;
pub use session::has_graphical_session;
#[cfg(all(unix, not(target_os = "macos")))]
pub use session::{forget_dead_compositor, prefers_x11};
#[cfg(windows)]
pub use windows::{attach_console, complain_without_console, is_elevated};

/// Windows and macOS tell the window themselves.
#[cfg(any(windows, target_os = "macos"))]
#[must_use]
pub fn watch_colours(
    _wake: std::sync::Arc<dyn Fn() + Send + Sync>,
) -> std::sync::mpsc::Receiver<bool> {
    std::sync::mpsc::channel().1
}

/// Windows and macOS bring what a window needs.
#[cfg(any(windows, target_os = "macos"))]
#[must_use]
pub fn missing_library() -> Option<crate::model::Lack> {
    None
}

/// Elsewhere a program that is started in a terminal has it.
#[cfg(not(windows))]
pub fn attach_console() {}

/// There are no compositors to choose from.
#[cfg(any(windows, target_os = "macos"))]
pub fn forget_dead_compositor() {}

/// Elsewhere standard error leads to a terminal or to the session's log.
#[cfg(not(windows))]
pub fn complain_without_console(_text: &str) {}

/// Elsewhere drops reach a window whatever its rights.
#[cfg(not(windows))]
#[must_use]
pub fn is_elevated() -> bool {
    false
}
