//! The list of files that a drag brings: no line is lost, and whatever is taken
//! for a file of this computer is a whole path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::drops::uri_list::{Entry, parse_uri_list};

fuzz_target!(|list: &[u8]| {
    let lines = list
        .split(|byte| matches!(byte, b'\n' | b'\r' | 0))
        .filter(|line| !line.is_empty() && line[0] != b'#')
        .count();
    let entries = parse_uri_list(list, b"host");
    assert_eq!(entries.len(), lines);
    for entry in entries {
        if let Entry::Local(path) = entry {
            assert!(path.is_absolute(), "{path:?}");
            assert!(!path.as_os_str().as_encoded_bytes().contains(&0), "{path:?}");
        }
    }
});
