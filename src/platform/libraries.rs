//! Looks for the libraries that the window loads when it opens, before it
//! does: a missing one ends in a panic inside a dependency (libxkbcommon-x11)
//! or in an error that names no file (libGL). Called by `main`, once.

#![allow(
    unsafe_code,
    reason = "whether a library can be loaded is known only by loading it"
)]

use crate::model::{Lack, MissingLibrary};

/// File and Debian package of what a window on X11 loads.
const X11: [MissingLibrary; 6] = [
    library("libX11.so.6", "libx11-6"),
    library("libX11-xcb.so.1", "libx11-xcb1"),
    library("libXcursor.so.1", "libxcursor1"),
    library("libXi.so.6", "libxi6"),
    library("libxkbcommon.so.0", "libxkbcommon0"),
    library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
];
/// What a window on Wayland loads.
const WAYLAND: [MissingLibrary; 3] = [
    library("libwayland-client.so.0", "libwayland-client0"),
    library("libwayland-egl.so.1", "libwayland-egl1"),
    library("libxkbcommon.so.0", "libxkbcommon0"),
];

const fn library(file: &'static str, package: &'static str) -> MissingLibrary {
    MissingLibrary { file, package }
}

/// The first library that the window would miss.
#[must_use]
pub fn missing_library() -> Option<Lack> {
    if super::prefers_x11() {
        // One of both is enough on X11.
        let draws = loads("libGL.so.1") || loads("libEGL.so.1");
        first_of(&X11).or((!draws).then_some(Lack::OpenGl))
    } else {
        first_of(&WAYLAND).or((!loads("libEGL.so.1")).then_some(Lack::OpenGl))
    }
}

fn first_of(libraries: &[MissingLibrary]) -> Option<Lack> {
    let missing = libraries.iter().find(|library| !loads(library.file));
    missing.copied().map(Lack::Library)
}

/// Whether a library is there, with all that it needs itself.
pub(super) fn loads(file: &str) -> bool {
    // SAFETY: loading runs the library's own start-up code, and unloading what
    // ends it. These are system libraries that the window loads in any case.
    let loaded = unsafe { libloading::Library::new(file) };
    if let Err(error) = &loaded {
        tracing::debug!(%error, "a library is missing");
    }
    loaded.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_loads_and_what_is_not_is_named() {
        assert!(loads("libc.so.6"));
        let gone = library("libnot-there-ones-drop.so.1", "libnot-there1");
        let there = library("libc.so.6", "libc6");
        assert_eq!(first_of(&[there]), None);
        assert_eq!(first_of(&[there, gone]), Some(Lack::Library(gone)));
    }
}
