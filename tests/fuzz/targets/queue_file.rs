//! The saved queue. Whatever it holds: what was read of it, written again,
//! reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::journal::{queue_of, read_queue};

fuzz_target!(|bytes: &[u8]| {
    let entries = read_queue(bytes);
    let again = queue_of(&entries).expect("what was read can be written");
    assert_eq!(read_queue(&again), entries);
});
