//! `Retry-After`: seconds, a date, or nonsense.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use ones_drop::api::retry_after;
use ones_drop::engine::RetryPolicy;

fuzz_target!(|value: &str| {
    let secs = retry_after(value);
    if let Ok(plain) = value.parse::<u64>() {
        assert_eq!(secs, Some(plain));
    }
    // Whatever a server wishes for, the pause stays within five minutes.
    let wish = secs.map(Duration::from_secs);
    let pause = RetryPolicy::default().pause_after(1, wish);
    assert!(pause.is_none_or(|pause| pause <= Duration::from_mins(5)));
});
