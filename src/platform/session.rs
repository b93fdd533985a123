//! Is there a screen to open a window on?

/// Whether a window can be tried at all. On X11 and Wayland the environment
/// says so; elsewhere there is always a session.
#[must_use]
pub fn has_graphical_session() -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")
}
