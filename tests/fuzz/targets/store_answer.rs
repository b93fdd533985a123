//! What the store says after the form. The first two bytes are the status.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::api::{StoreAnswer, read_answer};

fuzz_target!(|input: &[u8]| {
    let Some((status, body)) = input.split_first_chunk::<2>() else {
        return;
    };
    let status = 100 + u16::from_le_bytes(*status) % 900;
    match read_answer(status, body) {
        Some(StoreAnswer::Stored { hash, size_bytes }) => {
            assert_eq!(status / 100, 2);
            // Fields that nobody reads may hold what is no text and no number.
            let text = String::from_utf8_lossy(body);
            let Ok(said) = serde_json::from_str::<serde_json::Value>(&text) else {
                return;
            };
            // Also as an array: serde reads a struct from one.
            let field = |name: &str, at: usize| said.get(name).or_else(|| said.get(at)).cloned();
            assert_eq!(field("hash", 0), Some(hash.into()));
            assert_eq!(field("size", 1), Some(size_bytes.into()));
        }
        Some(StoreAnswer::AlreadyStored { resource, .. }) => {
            assert!(resource.is_none_or(|resource| !resource.is_empty()));
        }
        // Its text is cleaned after secrets were crossed out of it (`Reply`).
        Some(StoreAnswer::CallbackFailed { .. } | StoreAnswer::Unclear) | None => {}
    }
});
