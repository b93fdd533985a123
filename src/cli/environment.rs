//! Settings in the environment whose values say nothing.
//!
//! Whoever sets one expects something of it, so a value that is left aside is
//! told. What is not set, or empty, is not meant.

use std::ffi::{OsStr, OsString};

use tracing_subscriber::filter::Targets;

/// Whether a value is one that is known.
type IsKnown = fn(&str) -> bool;

/// The variables of README's table that choose among known values.
const KNOWN: [(&str, IsKnown); 3] = [
    ("ONES_DROP_RETRY_BASE_MS", |text| {
        text.parse::<u64>().is_ok()
    }),
    ("ONES_DROP_LOG", |text| text.parse::<Targets>().is_ok()),
    ("ONES_DROP_BACKEND", |text| {
        matches!(text, "x11" | "wayland" | "auto")
    }),
];

/// The variables that are set to what nobody knows, by what an environment holds.
pub fn unknown_settings(
    value_of: impl Fn(&str) -> Option<OsString>,
) -> impl Iterator<Item = &'static str> {
    let is_unknown = move |(name, is_known): (&'static str, IsKnown)| {
        let value = value_of(name).filter(|value| !value.is_empty())?;
        let known = OsStr::to_str(&value).is_some_and(is_known);
        (!known).then_some(name)
    };
    KNOWN.into_iter().filter_map(is_unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_say_nothing_are_told() {
        let [retry, log, backend] = KNOWN.map(|(name, _)| name);
        for (name, value, known) in [
            (retry, "1", true),
            (retry, "", true),
            (retry, "1s", false),
            (retry, "-1", false),
            (log, "debug", true),
            (log, "ones_drop=trace,winit=warn", true),
            (log, "ones_drop=loud", false),
            (backend, "x11", true),
            (backend, "auto", true),
            (backend, "X11", false),
            (backend, "mir", false),
        ] {
            let value_of = |asked: &str| (asked == name).then(|| value.into());
            let told: Vec<_> = unknown_settings(value_of).collect();
            let want = if known { vec![] } else { vec![name] };
            assert_eq!(told, want, "{name}={value}");
        }
        assert_eq!(unknown_settings(|_| None).count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_says_nothing() {
        use std::os::unix::ffi::OsStringExt as _;
        let told = unknown_settings(|_| Some(OsString::from_vec(vec![0xFF])));
        assert_eq!(told.count(), KNOWN.len());
    }
}
