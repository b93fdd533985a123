//! What people set in the environment to change how the program goes: what each
//! variable of README's table can be is said here only.
//!
//! Whoever sets one expects something of it, so a value that says nothing is told
//! ([`unknown`]) and not only left aside. The sign-in and the folders of the
//! environment are read where they are used: there, any text is a value.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use tracing_subscriber::filter::Targets;

const RETRY_BASE: &str = "ONES_DROP_RETRY_BASE_MS";
const LOG: &str = "ONES_DROP_LOG";
const BACKEND: &str = "ONES_DROP_BACKEND";

/// The kind of window that somebody chose, where there are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// An X11 window.
    X11,
    /// A Wayland window.
    Wayland,
    /// Whichever works.
    Auto,
}

/// The first pause before a retry (`ONES_DROP_RETRY_BASE_MS`).
#[must_use]
pub fn retry_base() -> Option<Duration> {
    read(RETRY_BASE, base_of)
}

/// What to log (`ONES_DROP_LOG`): a level, or parts with levels.
#[must_use]
pub fn log() -> Option<Targets> {
    read(LOG, targets_of)
}

/// The kind of window (`ONES_DROP_BACKEND`).
#[must_use]
pub fn backend() -> Backend {
    read(BACKEND, backend_of).unwrap_or(Backend::Auto)
}

/// The variables that are set to what says nothing.
pub fn unknown() -> impl Iterator<Item = &'static str> {
    unknown_of(|name| std::env::var_os(name))
}

fn read<T>(name: &str, of: fn(&str) -> Option<T>) -> Option<T> {
    of(&std::env::var(name).ok()?)
}

fn base_of(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_millis)
}

fn targets_of(text: &str) -> Option<Targets> {
    text.parse().ok()
}

fn backend_of(text: &str) -> Option<Backend> {
    match text {
        "x11" => Some(Backend::X11),
        "wayland" => Some(Backend::Wayland),
        "auto" => Some(Backend::Auto),
        _ => None,
    }
}

/// What is not set, or empty, is not meant.
fn unknown_of(value_of: impl Fn(&str) -> Option<OsString>) -> impl Iterator<Item = &'static str> {
    type IsKnown = fn(&str) -> bool;
    let known: [(_, IsKnown); 3] = [
        (RETRY_BASE, |text| base_of(text).is_some()),
        (LOG, |text| targets_of(text).is_some()),
        (BACKEND, |text| backend_of(text).is_some()),
    ];
    known.into_iter().filter_map(move |(name, is_known)| {
        let value = value_of(name).filter(|value| !value.is_empty())?;
        let known = OsStr::to_str(&value).is_some_and(is_known);
        (!known).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_say_nothing_are_told() {
        for (name, value, known) in [
            (RETRY_BASE, "1", true),
            (RETRY_BASE, "", true),
            (RETRY_BASE, "1s", false),
            (RETRY_BASE, "-1", false),
            (LOG, "debug", true),
            (LOG, "ones_drop=trace,winit=warn", true),
            (LOG, "ones_drop=loud", false),
            (BACKEND, "x11", true),
            (BACKEND, "auto", true),
            (BACKEND, "X11", false),
            (BACKEND, "mir", false),
        ] {
            let value_of = |asked: &str| (asked == name).then(|| value.into());
            let told: Vec<_> = unknown_of(value_of).collect();
            let want = if known { vec![] } else { vec![name] };
            assert_eq!(told, want, "{name}={value}");
        }
        assert_eq!(unknown_of(|_| None).count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_says_nothing() {
        use std::os::unix::ffi::OsStringExt as _;
        let told = unknown_of(|_| Some(OsString::from_vec(vec![0xFF])));
        assert_eq!(told.count(), 3);
    }
}
