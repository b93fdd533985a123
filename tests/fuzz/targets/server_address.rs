//! The address of a server as people type it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::model::ServerAddress;

fuzz_target!(|text: &str| {
    let Some(address) = ServerAddress::parse(text) else {
        return;
    };
    let shown = address.to_string();
    assert_eq!(
        ServerAddress::parse(&shown).as_ref(),
        Some(&address),
        "{shown}"
    );
    // It goes into request lines, and before people.
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"@/?#\\".contains(c);
    assert!(
        !address.host().is_empty() && address.host().chars().all(plain),
        "{shown:?}"
    );
});
