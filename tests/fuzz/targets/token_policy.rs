//! The store's upload token: its deadline and its bucket.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::api::{bucket_of, deadline_of};

fuzz_target!(|token: &str| {
    let (deadline, bucket) = (deadline_of(token), bucket_of(token));
    let readable = token.contains(':');
    assert!(readable || (deadline.is_none() && bucket.is_none()));
    assert!(bucket.is_none_or(|bucket| !bucket.is_empty() && !bucket.contains(':')));
});
