//! A drag's list of types, and what comes of it: lines of type names, an empty
//! line, and the bytes that the source gives for each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::drops::play;

fuzz_target!(|input: &[u8]| {
    let end = input.windows(2).position(|two| two == b"\n\n");
    let (types, bytes) = end.map_or((input, &[][..]), |end| (&input[..end], &input[end + 2..]));
    let types: Vec<_> = types
        .split(|byte| *byte == b'\n')
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    play(&types, bytes);
});
