//! Every byte of a file once, in order, or a break that says why.

use std::fs::File;
use std::io::Write as _;
use std::time::SystemTime;

use super::*;

fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn hash(path: &Path) -> io::Result<Fingerprint> {
    super::super::fingerprint::hash_file(path, &Moved::default(), || true)
}

async fn drain(path: &Path, expected: Fingerprint) -> (Vec<u8>, io::Result<()>, u64) {
    let moved = Arc::new(Moved::default());
    let (mut body, _claim) = FileBody::new(&Form::new("t", "n"), path, expected, moved.clone());
    let mut out = Vec::new();
    loop {
        let frame = std::future::poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut body), cx));
        match frame.await {
            Some(Ok(frame)) => out.extend_from_slice(frame.data_ref().unwrap()),
            Some(Err(error)) => return (out, Err(error), moved.get()),
            None => return (out, Ok(()), moved.get()),
        }
    }
}

#[tokio::test]
async fn a_body_is_as_long_as_it_said_and_holds_the_file() {
    for size in [0, 1, BUFFER_BYTES - 1, BUFFER_BYTES, 3 * BUFFER_BYTES + 5] {
        let content: Vec<u8> = (0..=250).cycle().take(size).collect();
        let file = file(&content);
        let print = hash(file.path()).unwrap();
        let moved = Arc::new(Moved::default());
        let (body, _claim) = FileBody::new(&Form::new("t", "n"), file.path(), print.clone(), moved);
        let announced = http_body::Body::size_hint(&body).exact().unwrap();
        let (out, end, counted) = drain(file.path(), print).await;
        end.unwrap();
        assert_eq!(out.len() as u64, announced, "{size}");
        assert_eq!(counted, size as u64);
        let at = out.windows(4).rposition(|w| w == b"\r\n\r\n").unwrap() + 4;
        assert!(size > 251 || out[at..].starts_with(&content), "{size}");
    }
}

#[tokio::test]
async fn a_file_that_grew_shrank_or_was_rewritten_never_completes() {
    let changes: [fn(&Path); 3] = [
        |path| std::fs::write(path, vec![1; 900_000]).unwrap(),
        |path| std::fs::write(path, b"short").unwrap(),
        |path| {
            let file = File::options().write(true).open(path).unwrap();
            let later = SystemTime::now() + std::time::Duration::from_mins(1);
            file.set_modified(later).unwrap();
        },
    ];
    for change in changes {
        let file = file(&vec![7; 600_000]);
        let print = hash(file.path()).unwrap();
        change(file.path());
        let (out, end, _) = drain(file.path(), print).await;
        assert!(end.is_err());
        assert!(out.len() < 600_000);
    }
}

/// A disk that fails after so many bytes.
struct Failing(usize);

impl io::Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::HostUnreachable.into());
        }
        let read = self.0.min(buffer.len());
        self.0 -= read;
        Ok(read)
    }
}

#[test]
fn f28_a_read_error_in_mid_file_ends_the_body_and_says_why() {
    for good in [0, 1, BUFFER_BYTES, 2 * BUFFER_BYTES + 7] {
        let (sender, mut chunks) = mpsc::channel(8);
        let size = 3 * BUFFER_BYTES as u64;
        let pool = Pool::new(Line::new(Arc::default()));
        let to = (&pool, &sender);
        let error = read_all(Failing(good), size, || Ok(()), to).unwrap_err();
        let fault = error.get_ref().unwrap().downcast_ref::<FileFault>();
        assert!(
            matches!(fault, Some(FileFault::Read(io::ErrorKind::HostUnreachable))),
            "{error}"
        );
        drop(sender);
        let mut sent = 0;
        while let Ok(chunk) = chunks.try_recv() {
            sent += chunk.unwrap().filled;
        }
        assert!(sent <= good, "no byte that was not read");
    }
}
