//! Plans that cover a file exactly, and parts that are named and known again.

use super::super::body::Moved;
use super::super::etag::etag_of;
use super::super::fingerprint::hash_file;
use super::*;
use std::io::Write as _;

const MIB: u64 = 1024 * 1024;

#[test]
fn a_file_is_cut_at_4_mib() {
    for (size, want) in [
        (0, vec![]),
        (1, vec![1]),
        (PART_BYTES, vec![PART_BYTES]),
        (PART_BYTES + 1, vec![PART_BYTES, 1]),
        (10 * MIB, vec![PART_BYTES, PART_BYTES, 2 * MIB]),
    ] {
        let plan = plan(size);
        let lengths: Vec<u64> = plan.iter().map(|part| part.bytes).collect();
        assert_eq!(lengths, want, "{size}");
        let mut end = 0;
        for (part, number) in plan.iter().zip(1..) {
            assert_eq!((part.number, part.offset), (number, end), "{size}");
            end += part.bytes;
        }
        assert_eq!(end, size);
    }
    let most = u64::from(PARTS_MAX) * PART_BYTES;
    for (size, want) in [(most, 10_000), (most + 1, 0), (u64::MAX, 0)] {
        assert_eq!(plan(size).len(), want, "{size}");
    }
}

fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

#[test]
fn a_sent_part_is_known_again_and_a_changed_one_is_not() {
    let file = file(b"0123456789");
    let middle = PartPlan {
        number: 2,
        offset: 3,
        bytes: 4,
    };
    let sent = named(&mut file.reopen().unwrap(), &middle, &Moved::default()).unwrap();
    assert_eq!(sent.etag, etag_of(b"3456"));
    assert_eq!(sent.md5, "def7924e3199be5e18060bb3e1d547a7");
    let other_md5 = SentPart {
        md5: String::new(),
        ..sent.clone()
    };
    for (plan, sent, want) in [
        (middle, sent.clone(), true),
        (
            PartPlan {
                offset: 4,
                ..middle
            },
            sent.clone(),
            false,
        ),
        (
            PartPlan {
                number: 1,
                ..middle
            },
            sent.clone(),
            false,
        ),
        (
            PartPlan {
                offset: 8,
                ..middle
            },
            sent.clone(),
            false,
        ),
        (middle, other_md5, false),
    ] {
        let matches = part_matches(file.path(), &plan, &sent, &Moved::default()).unwrap();
        assert_eq!(matches, want, "{plan:?}");
    }
    let missing = part_matches(
        Path::new("/no/such/file"),
        &middle,
        &sent,
        &Moved::default(),
    );
    assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    let json = serde_json::to_string(&sent).unwrap();
    assert_eq!(serde_json::from_str::<SentPart>(&json).unwrap(), sent);
}

#[test]
fn a_changed_file_has_no_parts() {
    let changes: [fn(&Path); 3] = [
        |path| std::fs::write(path, b"longer than before").unwrap(),
        |path| std::fs::write(path, b"short").unwrap(),
        |path| {
            let file = File::options().write(true).open(path).unwrap();
            let later = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
            file.set_modified(later).unwrap();
        },
    ];
    for change in changes {
        let file = file(b"0123456789");
        let expected = hash_file(file.path(), &Moved::default(), || true).unwrap();
        let plan = plan(expected.size_bytes)[0];
        let named = name_part(file.path(), &expected, &plan, &Moved::default()).unwrap();
        assert_eq!(named.etag, expected.etag);
        change(file.path());
        let again = name_part(file.path(), &expected, &plan, &Moved::default());
        assert_eq!(again.err(), Some(Fault::FileChanged));
    }
}

#[test]
fn a_part_of_any_length_is_named_by_all_its_bytes() {
    let content: Vec<u8> = (0..=250).cycle().take(3 * BUFFER_BYTES + 9).collect();
    let file = file(&content);
    for bytes in [1, BUFFER_BYTES - 1, BUFFER_BYTES, 2 * BUFFER_BYTES + 1] {
        let plan = PartPlan {
            number: 7,
            offset: 8,
            bytes: bytes as u64,
        };
        let part = &content[8..8 + bytes];
        let digest: [u8; 16] = Md5::digest(part).into();
        let want = SentPart {
            number: 7,
            etag: etag_of(part),
            md5: format!("{:032x}", u128::from_be_bytes(digest)),
        };
        let named = named(&mut file.reopen().unwrap(), &plan, &Moved::default()).unwrap();
        assert_eq!(named, want, "{bytes}");
    }
}

#[test]
fn parts_in_any_order_add_up_to_the_etag_of_the_file() {
    let content: Vec<u8> = (0..=250).cycle().take(9 * 1024 * 1024 + 3).collect();
    let file = file(&content);
    let name = |plan: &PartPlan| named(&mut file.reopen().unwrap(), plan, &Moved::default());
    let mut parts: Vec<_> = plan(content.len() as u64)
        .iter()
        .map(|plan| name(plan).unwrap())
        .collect();
    let sum = |parts: &[SentPart]| etag_of_parts(parts).unwrap();
    assert_eq!(sum(&parts[..1]), parts[0].etag);
    let replaced = SentPart {
        etag: etag_of(b"replaced"),
        ..parts[2].clone()
    };
    parts.insert(0, replaced);
    parts.swap(1, 2);
    assert_eq!(sum(&parts), etag_of(&content));
    assert_ne!(sum(&parts[..3]), etag_of(&content), "one is missing");
    // The etag of a whole file is none of a part.
    parts[1].etag = etag_of(&content);
    assert_eq!(etag_of_parts(&parts), None);
}
