//! Is there a screen to open a window on?

/// Whether a window can be tried at all. On X11 and Wayland the environment
/// says so; elsewhere there is always a session.
#[must_use]
pub fn has_graphical_session() -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")
}

/// Whether to open an X11 window although the session is Wayland: dropped files
/// arrive there (through `XWayland`), while winit 0.30 has no drops on native
/// Wayland at all (measured). `ONES_DROP_BACKEND=wayland` asks for Wayland all
/// the same, `ONES_DROP_BACKEND=x11` for X11.
#[must_use]
pub fn prefers_x11() -> bool {
    match std::env::var("ONES_DROP_BACKEND").as_deref() {
        Ok("x11") => true,
        Ok("wayland") => false,
        _ => is_set("DISPLAY"),
    }
}

/// Whether files can be dropped on the window that will be opened: everywhere
/// but on native Wayland.
#[must_use]
pub fn takes_drops() -> bool {
    cfg!(any(windows, target_os = "macos")) || prefers_x11()
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
