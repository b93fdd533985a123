//! Every answer with every entry, and both by chance.

use proptest::prelude::*;

use super::*;

const OURS: &str = "FgsJsXBYlRvFOGMvv1l2qtWLHlGR";
const OTHER: &str = "Fto5o-5ea0sNMlW_75VgGJCv2AcJ";
const SIZE: u64 = 7;

fn expected(size_bytes: u64) -> Fingerprint {
    Fingerprint {
        etag: OURS.to_owned(),
        size_bytes,
        modified: None,
        crc32: 0,
    }
}

fn entry(hash: &str, size_bytes: Option<u64>) -> Attachment {
    Attachment {
        resource: "r1".to_owned(),
        name: "a.log".to_owned(),
        hash: hash.to_owned(),
        size_bytes,
        added_us: None,
    }
}

fn stored(hash: &str, size_bytes: u64) -> StoreAnswer {
    StoreAnswer::Stored {
        hash: hash.to_owned(),
        size_bytes,
    }
}

fn already(hash: &str) -> StoreAnswer {
    StoreAnswer::AlreadyStored {
        hash: hash.to_owned(),
        resource: None,
    }
}

fn not_told() -> StoreAnswer {
    StoreAnswer::CallbackFailed {
        code: 579,
        text: String::new(),
    }
}

#[test]
fn each_answer_with_each_entry() {
    use ErrorKind::{HashDiffers, NotConfirmed, OnesNotTold};
    use StoreAnswer::Unclear;
    use Verdict::{Duplicate, Failed};
    let attached = |how, verified| Verdict::Attached { how, verified };
    let sent = |verified| attached(How::Sent, verified);
    let there = |verified| attached(How::StoredAlready, verified);
    let entries = [
        None,
        Some(entry(OURS, Some(SIZE))),
        Some(entry(OURS, None)),
        Some(entry("", Some(SIZE))),
        Some(entry("", None)),
        Some(entry(OTHER, Some(SIZE))),
        Some(entry(OURS, Some(SIZE + 1))),
    ];
    // A column for each entry.
    #[rustfmt::skip]
    let table = [
        (stored(OURS, SIZE), [sent(true), sent(true), sent(true), sent(true), sent(true), sent(true), sent(true)]),
        (stored(OTHER, SIZE), [Failed(HashDiffers), sent(true), sent(true), Failed(HashDiffers), Failed(HashDiffers), Failed(HashDiffers), Failed(HashDiffers)]),
        (stored(OURS, SIZE + 1), [Failed(HashDiffers), sent(true), sent(true), Failed(HashDiffers), Failed(HashDiffers), Failed(HashDiffers), Failed(HashDiffers)]),
        (already(OURS), [Duplicate, there(true), there(true), there(false), Failed(NotConfirmed), Failed(HashDiffers), Failed(HashDiffers)]),
        (already(""), [Duplicate, there(true), there(true), there(false), Failed(NotConfirmed), Failed(HashDiffers), Failed(HashDiffers)]),
        (already(OTHER), [Failed(HashDiffers), there(true), there(true), Failed(HashDiffers), Failed(HashDiffers), Failed(HashDiffers), Failed(HashDiffers)]),
        (not_told(), [Failed(OnesNotTold), sent(true), sent(true), sent(false), Failed(NotConfirmed), Failed(HashDiffers), Failed(HashDiffers)]),
        (Unclear, [Failed(NotConfirmed), sent(true), sent(true), sent(false), Failed(NotConfirmed), Failed(HashDiffers), Failed(HashDiffers)]),
    ];
    for (answer, row) in table {
        for (listed, want) in entries.iter().zip(row) {
            let got = of_store(&answer, listed.as_ref(), &expected(SIZE));
            assert_eq!(got, want, "{answer:?} with {listed:?}");
        }
    }
}

#[test]
fn an_entry_without_a_hash_shows_no_empty_file() {
    let shown = of_entry(&entry("", Some(0)), &expected(0));
    assert_eq!(shown, Err(ErrorKind::NotConfirmed));
    assert_eq!(of_entry(&entry(OURS, Some(0)), &expected(0)), Ok(true));
}

#[test]
fn step_one_is_believed_unless_it_names_other_content() {
    for (hash, want) in [
        (None, Ok(false)),
        (Some(OURS), Ok(true)),
        (Some(OTHER), Err(ErrorKind::HashDiffers)),
        (Some(""), Ok(false)),
    ] {
        assert_eq!(of_step_one(hash, &expected(SIZE)), want, "{hash:?}");
    }
}

/// Ours, none, another's, or ours but for one letter.
fn hashes() -> impl Strategy<Value = String> {
    let changed = (0..OURS.len()).prop_map(|at| {
        let mut bytes = OURS.as_bytes().to_vec();
        bytes[at] ^= 1;
        String::from_utf8_lossy(&bytes).into_owned()
    });
    prop_oneof![
        3 => Just(OURS.to_owned()),
        2 => Just(String::new()),
        1 => Just(OTHER.to_owned()),
        2 => changed,
    ]
}

fn sizes() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(SIZE), 1 => Just(0), 1 => Just(SIZE + 1), 1 => any::<u64>()]
}

fn answers() -> impl Strategy<Value = StoreAnswer> {
    prop_oneof![
        3 => (hashes(), sizes()).prop_map(|(hash, size)| stored(&hash, size)),
        2 => hashes().prop_map(|hash| already(&hash)),
        1 => Just(not_told()),
        1 => Just(StoreAnswer::Unclear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_called_verified_without_our_hash(
        answer in answers(),
        listed in prop::option::of((hashes(), prop::option::of(sizes()))),
    ) {
        let listed = listed.map(|(hash, size)| entry(&hash, size));
        let by_store = answer == stored(OURS, SIZE);
        let whole = |entry: &Attachment| {
            entry.hash == OURS && entry.size_bytes.is_none_or(|size| size == SIZE)
        };
        let by_list = listed.as_ref().is_some_and(whole);
        let got = of_store(&answer, listed.as_ref(), &expected(SIZE));
        let Verdict::Attached { verified, .. } = got else {
            prop_assert!(!by_store && !by_list, "{answer:?} with {listed:?}: {got:?}");
            return Ok(());
        };
        prop_assert_eq!(verified, by_store || by_list);
        let size_listed = listed.is_some_and(|entry| entry.hash.is_empty() && entry.size_bytes == Some(SIZE));
        prop_assert!(verified || size_listed, "attached on nobody's word");
    }
}
