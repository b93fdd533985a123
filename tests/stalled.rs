//! A store that takes nothing more, or has answered before it has all: the
//! sending ends, and nothing of the file goes out or is counted afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test program")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use ones_drop::api::{
    ApiError, Fingerprint, Form, Http, Limits, Moved, OpenUpload, PART_BYTES, Parcel, PartParcel,
    Reply, Store, StoreAnswer, hash_file, plan,
};
use ones_drop::model::Secret;

/// More than the system's buffers between the two take.
const BYTES: u64 = 64 << 20;

/// A file without a block on disk, and its fingerprint.
fn sparse() -> (tempfile::NamedTempFile, Fingerprint) {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(BYTES).unwrap();
    let expected = hash_file(file.path(), &Moved::default(), || true).unwrap();
    (file, expected)
}

async fn send(
    url: String,
    (file, expected): &(tempfile::NamedTempFile, Fingerprint),
    moved: &Arc<Moved>,
) -> Result<Reply, ApiError> {
    let parcel = Parcel {
        path: file.path(),
        name: "a",
        expected,
        moved,
    };
    let store = Store::new(Http::new(Limits::default()).unwrap());
    let token = Secret::new("token".to_owned());
    store.send_form(url.parse().unwrap(), &token, &parcel).await
}

/// What still comes on a connection, in bytes: all that was under way.
fn rest(mut taken: TcpStream) -> u64 {
    taken
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    let (mut buffer, mut sum) = (vec![0; 1 << 16], 0);
    loop {
        match taken.read(&mut buffer) {
            Ok(0) => return sum,
            Ok(read) => sum += read as u64,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                return sum;
            }
        }
    }
}

/// Waits until the system has no open connection to this port any more.
#[cfg(target_os = "linux")]
async fn until_closed(port: u16) {
    let wanted = format!(":{port:04X}");
    let is_open = |line: &str| {
        let columns: Vec<_> = line.split_whitespace().collect();
        // What the kernel calls established.
        columns[2].ends_with(&wanted) && columns[3] == "01"
    };
    let end = std::time::Instant::now() + Duration::from_mins(1);
    loop {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        if !table.lines().skip(1).any(is_open) {
            return;
        }
        assert!(std::time::Instant::now() < end, "the connection stays");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until nothing goes on any more, which is what is tested; the bytes that
/// went. Nothing else tells it from outside, so it is a matter of time.
async fn until_it_stands_still(moved: &Moved) -> u64 {
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        match moved.get() {
            now if now > 0 && now == before => return now,
            now => before = now,
        }
    }
}

/// Reads the head of a request, byte by byte.
fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sending_that_is_dropped_closes_a_connection_that_takes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let moved = Arc::new(Moved::default());
    let counted = moved.clone();
    let sending = tokio::spawn(async move { send(url, &sparse(), &counted).await.is_err() });
    let accept = tokio::task::spawn_blocking(move || listener.accept().unwrap().0);
    let taken = accept.await.unwrap();
    until_it_stands_still(&moved).await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    // At once: the other side takes nothing, and need not.
    #[cfg(target_os = "linux")]
    until_closed(port).await;
    // What is under way arrives, then comes the end, long before the file's.
    let rest = tokio::task::spawn_blocking(move || rest(taken));
    assert!(rest.await.unwrap() < BYTES, "the connection is closed");
    assert!(!moved.is_all_out());
}

/// Where in a buffer of ours the connection stands still must not matter: the HTTP
/// library asks for no more, and so hears of no end, while it holds 408 KiB.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_sending_that_is_dropped_closes_its_connection_wherever_it_stands() {
    const STEP: usize = 32 * 1024;
    let stalls = (0..24).map(|step| tokio::spawn(stall_after(step * STEP)));
    for stall in stalls.collect::<Vec<_>>() {
        stall.await.unwrap();
    }
}

/// The other side reads so many bytes, and then nothing more.
#[cfg(target_os = "linux")]
async fn stall_after(bytes: usize) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let moved = Arc::new(Moved::default());
    let counted = moved.clone();
    let sending = tokio::spawn(async move { send(url, &sparse(), &counted).await.is_err() });
    let mut taken = listener.accept().await.unwrap().0;
    let mut some = vec![0; bytes];
    tokio::io::AsyncReadExt::read_exact(&mut taken, &mut some)
        .await
        .unwrap();
    until_it_stands_still(&moved).await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    until_closed(port).await;
    drop(taken);
}

/// As above, for a part: it is so small that the system's buffers would take it
/// whole, unless the other side's are small, too.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_dropped_closes_a_connection_that_takes_nothing() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (file, expected) = sparse();
    let moved = Arc::new(Moved::default());
    let counted = moved.clone();
    let sending = tokio::spawn(async move {
        let url = format!("http://127.0.0.1:{port}").parse().unwrap();
        let upload = OpenUpload {
            upload_url: &url,
            token: &Secret::new("token"),
            bucket: "bucket",
            upload_id: "id",
        };
        let parcel = PartParcel {
            path: file.path(),
            expected: &expected,
            plan: plan(BYTES)[0],
            moved: &counted,
        };
        let store = Store::new(Http::new(Limits::default()).unwrap());
        store.send_part(&upload, &parcel).await.is_err()
    });
    let taken = listener.accept().await.unwrap();
    let before = until_it_stands_still(&moved).await;
    assert!(before < PART_BYTES, "the buffers took all of it");
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    until_closed(port).await;
    assert_eq!(moved.get(), 0, "it did not arrive");
    drop(taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_before_the_last_byte_ends_the_sending() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let (before, after) = Form::new("token", "a").frame();
    let form_bytes = BYTES + (before.len() + after.len()) as u64;
    let peer = std::thread::spawn(move || {
        // Refuses at once, does not close, and reads on only when all is settled.
        let mut refused = listener.accept().unwrap().0;
        read_head(&mut refused);
        let no = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}";
        refused.write_all(no).unwrap();
        let mut second = listener.accept().unwrap().0;
        read_head(&mut second);
        // The first body may go on now, if it can, while the second one goes.
        wait.recv().unwrap();
        let first = rest(refused);
        let mut left = form_bytes;
        let mut buffer = vec![0; 1 << 16];
        while left > 0 {
            left -= second.read(&mut buffer).unwrap() as u64;
        }
        let yes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        second.write_all(yes).unwrap();
        first
    });
    let file = sparse();
    let moved = Arc::new(Moved::default());
    let refused = send(url.clone(), &file, &moved).await.unwrap_err();
    assert_eq!(refused.status, Some(401));
    assert!(!moved.is_all_out());
    moved.reset();
    go_on.send(()).unwrap();
    let reply = send(url, &file, &moved).await.unwrap();
    assert_eq!(reply.answer, StoreAnswer::Unclear);
    assert_eq!(moved.get(), BYTES, "counted once");
    let first = tokio::task::spawn_blocking(move || peer.join().unwrap());
    assert!(first.await.unwrap() < BYTES / 2, "the rest was not sent");
}
