//! Is there a screen to open a window on, and which kind of window?

#![allow(
    unsafe_code,
    reason = "only the environment keeps a library from a compositor that hangs"
)]

#[cfg(all(unix, not(target_os = "macos")))]
use crate::environment::{self, Backend};

/// Whether a window can be tried at all. On X11 and Wayland the environment
/// says so; elsewhere there is always a session.
#[must_use]
pub fn has_graphical_session() -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")
}

/// Whether to open an X11 window. `ONES_DROP_BACKEND` may say `x11` or
/// `wayland`; otherwise it is Wayland where a compositor answers that can bring
/// drops, and X11 where none does and there is an X display: winit by itself
/// would fail at a `WAYLAND_DISPLAY` that is dead.
#[cfg(all(unix, not(target_os = "macos")))]
#[must_use]
pub fn prefers_x11() -> bool {
    match environment::backend() {
        Backend::X11 => true,
        Backend::Wayland => false,
        Backend::Auto => is_set("DISPLAY") && !wayland_works(),
    }
}

/// Takes a compositor that will not do out of the environment: a library that
/// asks it by itself would wait for ever (seen: the clipboard's, arboard 3.7).
/// Which compositor a person chose by `ONES_DROP_BACKEND` stays.
///
/// Call it before there is a thread that may read the environment.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn forget_dead_compositor() {
    let chosen = environment::backend() != Backend::Auto;
    if !chosen && is_set("WAYLAND_DISPLAY") && prefers_x11() {
        // SAFETY: by the promise above; the thread that asked the compositor has
        // read the environment before it came to wait.
        unsafe { std::env::remove_var("WAYLAND_DISPLAY") };
    }
}

/// Asked once: a compositor that is slow now and then must not be taken for two.
#[cfg(all(unix, not(target_os = "macos")))]
fn wayland_works() -> bool {
    static WORKS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *WORKS.get_or_init(ask_wayland)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn ask_wayland() -> bool {
    /// Longer than any compositor takes, and no long wait for a window.
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(2);
    // An inherited socket serves one connection only, which is the window's.
    is_set("WAYLAND_SOCKET")
        || is_set("WAYLAND_DISPLAY") && super::drops::compositor_takes_drops(LIMIT)
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
