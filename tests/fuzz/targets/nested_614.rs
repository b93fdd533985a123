//! The duplicate as JSON inside the text `error`: what Kodo got from ONES.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::api::{StoreAnswer, read_answer};

fuzz_target!(|inner: &str| {
    let nested = serde_json::json!({ "error": inner }).to_string();
    for status in [579, 614, 200, 400] {
        let answer = read_answer(status, nested.as_bytes());
        // The text says nothing of a hash and a size that the store vouches for.
        assert!(!matches!(answer, Some(StoreAnswer::Stored { .. })));
        if matches!(answer, Some(StoreAnswer::AlreadyStored { .. })) {
            let plain = status == 614;
            assert!(plain || inner.contains("614") || inner.contains("409") || says_exists(inner));
        }
    }
});

/// By the text inside, which JSON may write with escapes.
fn says_exists(inner: &str) -> bool {
    // Not every JSON fits into a `Value`: where a field that nobody reads holds too
    // large a number, nothing can be said here.
    let Ok(said) = serde_json::from_str::<serde_json::Value>(inner) else {
        return true;
    };
    let error = said.get("error").or_else(|| said.get(1));
    let code = said.get("err_code").or_else(|| said.get(0));
    error.and_then(|error| error.as_str()) == Some("file exists")
        || code
            .and_then(serde_json::Value::as_i64)
            .is_some_and(|code| [409, 614].contains(&code))
}
