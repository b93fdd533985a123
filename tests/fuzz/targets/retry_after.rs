//! `Retry-After`: seconds, a date, or nonsense.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::api::retry_after;

fuzz_target!(|value: &str| {
    let secs = retry_after(value, None);
    if let Ok(plain) = value.parse::<u64>() {
        assert_eq!(secs, Some(plain));
    }
    if secs.is_some() {
        let has_digits = value.bytes().any(|byte| byte.is_ascii_digit());
        assert!(has_digits, "neither a number nor a date: {value:?}");
    }
});
