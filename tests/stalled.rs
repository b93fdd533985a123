//! A store that takes nothing more, and a sending that is broken off.
#![allow(clippy::unwrap_used, reason = "test program")]

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use ones_drop::api::{Http, Limits, Moved, Parcel, Store, hash_file};
use ones_drop::model::Secret;

/// More than the system's buffers between the two take.
const BYTES: u64 = 64 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_closes_the_connection_of_a_store_that_takes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(BYTES).unwrap();
    let expected = hash_file(file.path(), &Moved::default(), || true).unwrap();
    let moved = Arc::new(Moved::default());
    let (path, counted) = (file.path().to_owned(), moved.clone());
    let sending = tokio::spawn(async move {
        let parcel = Parcel {
            path: &path,
            name: "a",
            expected: &expected,
            moved: &counted,
        };
        let store = Store::new(Http::new(Limits::default()).unwrap());
        let token = Secret::new("token".to_owned());
        let sent = store.send_form(url.parse().unwrap(), &token, &parcel);
        sent.await.is_err()
    });
    let accept = tokio::task::spawn_blocking(move || listener.accept().unwrap().0);
    let mut taken = accept.await.unwrap();
    // Until nothing goes on any more: that is what is tested.
    let mut before = u64::MAX;
    while moved.get() == 0 || moved.get() != before {
        before = moved.get();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    moved.stop();
    let ended = tokio::time::timeout(Duration::from_mins(1), sending).await;
    assert!(ended.unwrap().unwrap(), "the sending ends with an error");
    // What is under way arrives, then comes the end, long before the file's.
    let rest = tokio::task::spawn_blocking(move || {
        taken
            .set_read_timeout(Some(Duration::from_mins(1)))
            .unwrap();
        let mut bytes = Vec::new();
        match taken.read_to_end(&mut bytes) {
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
            Ok(_) => (bytes.len() as u64) < BYTES,
        }
    });
    assert!(rest.await.unwrap(), "the connection is closed");
}
