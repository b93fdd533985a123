//! What a store says while an upload goes in parts. The first byte chooses call
//! and status, the rest is the answer's body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::api::{ApiError, SentPart, read_begun, read_part_answer};

const STATUSES: [u16; 8] = [200, 201, 204, 302, 401, 406, 612, 701];
const ETAG: &str = "FqXps45Za0BxypJ3SQ-bXXuz6x7o";
const MD5: &str = "5d41402abc4b2a76b9719d911017c592";

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let choice = usize::from(*choice);
    let status = STATUSES[choice / 2 % 8];
    if choice % 2 == 0 {
        begun(status, body);
    } else {
        part(status, body);
    }
});

fn begun(status: u16, body: &[u8]) {
    match read_begun(status, body) {
        Ok(session) => {
            assert_eq!(status / 100, 2);
            // It goes into the paths of all later calls.
            let id = session.upload_id;
            let leaves = |c: char| !c.is_ascii() || "/\\%?# ".contains(c) || c.is_control();
            assert!(!id.is_empty() && id != "." && id != "..");
            assert!(!id.contains(leaves), "{id:?}");
        }
        Err(error) => check_words(&error),
    }
}

fn part(status: u16, body: &[u8]) {
    let sent = SentPart {
        number: 1,
        etag: ETAG.to_owned(),
        md5: MD5.to_owned(),
    };
    match read_part_answer(status, body, &sent) {
        Ok(()) => {
            assert_eq!(status / 100, 2);
            // JSON may write any letter as an escape.
            let Ok(said) = serde_json::from_slice::<serde_json::Value>(body) else {
                return;
            };
            // Also as an array: serde reads a struct from one.
            let field = |name: &str, at: usize| said.get(name).or_else(|| said.get(at)).cloned();
            assert_eq!(field("etag", 0), Some(ETAG.into()));
            let md5 = field("md5", 1).and_then(|md5| Some(md5.as_str()?.to_lowercase()));
            assert_eq!(md5.as_deref(), Some(MD5));
        }
        Err(error) => check_words(&error),
    }
}

/// What people are shown of an error is one short line.
fn check_words(error: &ApiError) {
    for text in [&error.code, &error.text].into_iter().flatten() {
        assert!(text.chars().count() <= 200 && !text.chars().any(char::is_control));
    }
    assert!(!error.to_string().is_empty());
}
