//! F29: a file whose size does not fit into 32 bits.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::sync::Arc;

use ones_drop::api::{Fingerprint, Form, Http, Limits, Parcel, Store};
use ones_drop::demo::Options;
use ones_drop::model::{ErrorKind, Secret};

use crate::common::{Bench, error};

/// A file beyond what 32 bits count, without a block on disk.
const HUGE_BYTES: u64 = 5 << 30;

#[test]
fn f29_a_file_of_five_gibibytes_is_refused_by_its_true_size() {
    let mut bench = Bench::new();
    let path = bench.file("huge.bin", b"");
    File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(HUGE_BYTES))
        .unwrap();
    let states = bench.attach(&[&path]);
    let want = ErrorKind::TooLarge {
        size_bytes: HUGE_BYTES,
        limit_bytes: Options::default().size_limit_bytes,
    };
    assert_eq!(error(&states[0]), &want);
    assert_eq!(bench.forms(), 0);
    bench.goes_on();
}

/// The head of the form alone: its length is what counts.
#[tokio::test]
async fn f29_a_form_of_five_gibibytes_states_its_true_length() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(HUGE_BYTES).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let head = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream).lines().map(Result::unwrap);
        lines
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
    });
    let expected = Fingerprint {
        etag: String::new(),
        size_bytes: HUGE_BYTES,
        modified: file.as_file().metadata().unwrap().modified().ok(),
        crc32: 0,
    };
    let parcel = Parcel {
        path: file.path(),
        name: "huge.bin",
        expected: &expected,
        moved: &Arc::default(),
    };
    let store = Store::new(Http::new(Limits::default()).unwrap());
    let token = Secret::new("token");
    // Nobody reads further than the head.
    store
        .send_form(url.parse().unwrap(), &token, &parcel)
        .await
        .unwrap_err();
    let (before, after) = Form::new("token", "huge.bin").frame();
    let length = HUGE_BYTES + before.len() as u64 + after.len() as u64;
    let stated = format!("content-length: {length}");
    let head = head.join().unwrap();
    assert!(head.contains(&stated), "{head:?} without {stated}");
}
