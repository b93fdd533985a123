//! `Retry-After`: seconds, a date, or nonsense. The first eight bytes are the
//! answer's own clock (`Date`), as seconds before or after 2026; all ones for an
//! answer without one.
#![no_main]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use libfuzzer_sys::fuzz_target;
use ones_drop::api::retry_after;

const OF_2026_SECS: u64 = 1_767_225_600;

fuzz_target!(|input: &[u8]| {
    let Some((clock, value)) = input.split_first_chunk::<8>() else {
        return;
    };
    let Ok(value) = std::str::from_utf8(value) else {
        return;
    };
    let answered = clock_of(*clock);
    let secs = retry_after(value, answered);
    if let Ok(plain) = value.parse::<u64>() {
        assert_eq!(secs, Some(plain));
        return;
    }
    if secs.is_some() {
        let has_digits = value.bytes().any(|byte| byte.is_ascii_digit());
        assert!(has_digits, "neither a number nor a date: {value:?}");
    }
    // By an answer's own clock a date a minute later is a minute more.
    if let (Some(secs @ 60..), Some(later)) = (secs, later(answered)) {
        assert_eq!(retry_after(value, Some(later)), Some(secs - 60));
    }
});

fn clock_of(bytes: [u8; 8]) -> Option<SystemTime> {
    let offset = i64::from_le_bytes(bytes);
    let near = OF_2026_SECS.checked_add_signed(offset % 10_000_000_000)?;
    (offset != -1).then(|| UNIX_EPOCH + Duration::from_secs(near))
}

fn later(answered: Option<SystemTime>) -> Option<SystemTime> {
    answered?.checked_add(Duration::from_secs(60))
}
