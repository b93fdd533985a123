//! Plans that cover a file exactly, and parts that are checked against it.

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
    let sent = named(2, b"3456");
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
        let matches = part_matches(file.path(), &plan, &sent).unwrap();
        assert_eq!(matches, want, "{plan:?}");
    }
    let missing = part_matches(Path::new("/no/such/file"), &middle, &sent);
    assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    let json = serde_json::to_string(&sent).unwrap();
    assert_eq!(serde_json::from_str::<SentPart>(&json).unwrap(), sent);
}

#[test]
fn a_changed_file_is_not_read() {
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
        let read = read_part(file.path(), &expected, &plan).ok().unwrap();
        assert_eq!(read.bytes.as_ref(), b"0123456789");
        assert_eq!(read.named.etag, expected.etag);
        change(file.path());
        let again = read_part(file.path(), &expected, &plan);
        assert_eq!(again.err(), Some(Fault::FileChanged));
    }
}

#[tokio::test]
async fn a_body_counts_by_slices_and_gives_back_what_did_not_arrive() {
    let moved = Arc::new(Moved::default());
    moved.add(7);
    for arrives in [false, true] {
        let bytes = Bytes::from(vec![1; BUFFER_BYTES + 5]);
        let (mut body, claim) = PartBody::new(bytes, Arc::clone(&moved));
        let exact = http_body::Body::size_hint(&body).exact();
        assert_eq!(exact, Some(BUFFER_BYTES as u64 + 5));
        // A slice, the rest but one, and the last byte.
        for want in [0, 4, 5].map(|more| BUFFER_BYTES as u64 + more + 7) {
            next(&mut body).await.unwrap().unwrap();
            assert_eq!(moved.get(), want);
        }
        assert!(next(&mut body).await.is_none());
        if arrives {
            claim.keep();
            assert_eq!(moved.get(), BUFFER_BYTES as u64 + 12);
        } else {
            drop(claim);
            assert_eq!(moved.get(), 7);
        }
    }
    moved.take_back(u64::MAX);
    assert_eq!(moved.get(), 0);
}

/// The HTTP library holds a slice that the store does not take; nobody
/// waits for the part any more.
#[tokio::test]
async fn a_part_that_was_given_up_ends_although_nothing_is_taken() {
    let bytes = Bytes::from(vec![1; BUFFER_BYTES + 5]);
    let (mut body, claim) = PartBody::new(bytes, Arc::default());
    let held = next(&mut body).await.unwrap().unwrap();
    let ending = tokio::spawn(async move { next(&mut body).await });
    tokio::task::yield_now().await;
    assert!(!ending.is_finished(), "one slice at a time");
    drop(claim);
    let ended = ending.await.unwrap();
    assert!(ended.is_some_and(|frame| frame.is_err()));
    drop(held);
}

async fn next(body: &mut PartBody) -> Option<io::Result<Frame<Bytes>>> {
    std::future::poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut *body), cx)).await
}
