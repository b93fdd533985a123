//! Every byte of a file once, in order, or a break that says why.

use std::fs::File;
use std::io::Write as _;
use std::time::SystemTime;

use super::reader::read_all;
use super::*;

fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn hash(path: &Path) -> io::Result<Fingerprint> {
    super::super::fingerprint::hash_file(path, &Moved::default(), || true)
}

async fn next(body: &mut FileBody) -> Option<io::Result<Frame<Bytes>>> {
    std::future::poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut *body), cx)).await
}

async fn drain(path: &Path, expected: Fingerprint) -> (Vec<u8>, io::Result<()>, u64) {
    let moved = Arc::new(Moved::default());
    let (mut body, _claim) = FileBody::of_form(&Form::new("t", "n"), path, expected, moved.clone());
    let mut out = Vec::new();
    loop {
        match next(&mut body).await {
            Some(Ok(frame)) => out.extend_from_slice(frame.data_ref().unwrap()),
            Some(Err(error)) => return (out, Err(error), moved.get()),
            None => return (out, Ok(()), moved.get()),
        }
    }
}

#[tokio::test]
async fn a_body_is_as_long_as_it_said_and_holds_the_file() {
    let much = usize::try_from(MUCH_BYTES).unwrap();
    let few = [0, 1, BUFFER_BYTES - 1, BUFFER_BYTES, 3 * BUFFER_BYTES + 5];
    for size in few.into_iter().chain([much, much + 5]) {
        let content: Vec<u8> = (0..=250).cycle().take(size).collect();
        let file = file(&content);
        let print = hash(file.path()).unwrap();
        let moved = Arc::new(Moved::default());
        let (body, _claim) =
            FileBody::of_form(&Form::new("t", "n"), file.path(), print.clone(), moved);
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
async fn a_small_file_goes_out_with_its_frame() {
    let form = Form::new("t", "n");
    let frame = form.frame();
    for (size, pieces) in [(0, 1), (1, 1), (60_000, 1), (70_000, 3)] {
        let content: Vec<u8> = (0..=250).cycle().take(size).collect();
        let file = file(&content);
        let moved = Arc::new(Moved::default());
        let print = hash(file.path()).unwrap();
        let (mut body, _claim) = FileBody::of_form(&form, file.path(), print, moved.clone());
        body.in_one_piece().await;
        assert_eq!(moved.get(), 0, "nothing is out yet");
        let (mut out, mut count) = (Vec::new(), 0);
        while let Some(frame) = next(&mut body).await {
            out.extend_from_slice(frame.unwrap().data_ref().unwrap());
            count += 1;
        }
        assert_eq!(out, [&frame.0[..], &content, &frame.1[..]].concat());
        assert_eq!((count, moved.get()), (pieces, size as u64));
        assert!(moved.is_all_out());
    }
}

#[tokio::test]
async fn of_a_small_file_that_changed_nothing_goes_out() {
    let file = file(b"0123456789");
    let print = hash(file.path()).unwrap();
    std::fs::write(file.path(), b"short").unwrap();
    let moved = Arc::new(Moved::default());
    let (mut body, _claim) =
        FileBody::of_form(&Form::new("t", "n"), file.path(), print, moved.clone());
    body.in_one_piece().await;
    let error = next(&mut body).await.unwrap().unwrap_err();
    let fault = error.get_ref().unwrap().downcast_ref::<FileFault>();
    assert!(matches!(fault, Some(FileFault::Changed)), "{error}");
    assert!(!moved.is_all_out());
}

#[tokio::test]
async fn a_file_that_grew_shrank_or_was_rewritten_never_completes() {
    let changes: [fn(&Path); 4] = [
        |path| std::fs::write(path, vec![1; 900_000]).unwrap(),
        |path| std::fs::write(path, b"short").unwrap(),
        |path| {
            let file = File::options().write(true).open(path).unwrap();
            let later = SystemTime::now() + std::time::Duration::from_mins(1);
            file.set_modified(later).unwrap();
        },
        // As a tool does that keeps the time: nothing but the content tells.
        |path| {
            let before = std::fs::metadata(path).unwrap().modified().unwrap();
            std::fs::write(path, vec![8; 600_000]).unwrap();
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(before).unwrap();
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
        let range = Range {
            offset: 0,
            bytes: 3 * BUFFER_BYTES as u64,
            last_alone: false,
        };
        let pool = Pool::new(Line::new(Arc::default()));
        let to = (&pool, &sender);
        let error = read_all(Failing(good), range, |_, _| Ok(()), to).unwrap_err();
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

/// A part of a file of nine buffers, and the file.
fn part(bytes: usize) -> (PartPlan, tempfile::NamedTempFile, Vec<u8>) {
    let content: Vec<u8> = (0..=250).cycle().take(9 * BUFFER_BYTES).collect();
    let plan = PartPlan {
        number: 2,
        offset: 3,
        bytes: bytes as u64,
    };
    let part = content[3..3 + bytes].to_vec();
    (plan, file(&content), part)
}

#[tokio::test]
async fn a_part_is_counted_by_buffers_and_given_back_if_it_did_not_arrive() {
    let (plan, file, content) = part(BUFFER_BYTES + 5);
    let print = hash(file.path()).unwrap();
    let moved = Arc::new(Moved::default());
    moved.add(7);
    for arrives in [false, true] {
        let (mut body, claim) =
            FileBody::of_part(&plan, file.path(), print.clone(), Arc::clone(&moved));
        let exact = http_body::Body::size_hint(&body).exact();
        assert_eq!(exact, Some(plan.bytes));
        let mut out = Vec::new();
        // A buffer, the rest but one, and the last byte.
        for want in [0, 4, 5].map(|more| BUFFER_BYTES as u64 + more + 7) {
            let frame = next(&mut body).await.unwrap().unwrap();
            out.extend_from_slice(frame.data_ref().unwrap());
            assert_eq!(moved.get(), want);
        }
        assert_eq!(out, content);
        assert!(next(&mut body).await.is_none());
        assert!(!moved.is_all_out(), "a part is not the file");
        if arrives {
            claim.keep();
            assert_eq!(moved.get(), plan.bytes + 7);
        } else {
            drop(claim);
            assert_eq!(moved.get(), 7);
        }
    }
    moved.take_back(u64::MAX);
    assert_eq!(moved.get(), 0);
}

/// The HTTP library holds a buffer that the store does not take; nobody waits
/// for the part any more.
#[tokio::test]
async fn a_part_that_was_given_up_ends_although_nothing_is_taken() {
    let (plan, file, _content) = part(BUFFER_BYTES + 5);
    let print = hash(file.path()).unwrap();
    let (mut body, claim) = FileBody::of_part(&plan, file.path(), print, Arc::default());
    let held = next(&mut body).await.unwrap().unwrap();
    let ending = tokio::spawn(async move { next(&mut body).await });
    tokio::task::yield_now().await;
    assert!(!ending.is_finished(), "one buffer at a time");
    drop(claim);
    let ended = ending.await.unwrap();
    assert!(ended.is_some_and(|frame| frame.is_err()));
    drop(held);
}

/// Far more than is read ahead, so that the end is not read yet.
#[tokio::test]
async fn a_part_of_a_file_that_changes_under_way_keeps_its_last_byte() {
    let (plan, file, content) = part(8 * BUFFER_BYTES);
    let print = hash(file.path()).unwrap();
    let (mut body, _claim) = FileBody::of_part(&plan, file.path(), print, Arc::default());
    let first = next(&mut body).await.unwrap().unwrap();
    let later = SystemTime::now() + std::time::Duration::from_mins(1);
    file.as_file().set_modified(later).unwrap();
    let mut out = first.into_data().unwrap().len();
    let end = loop {
        match next(&mut body).await.unwrap() {
            Ok(frame) => out += frame.data_ref().unwrap().len(),
            Err(error) => break error,
        }
    };
    let fault = end.get_ref().unwrap().downcast_ref::<FileFault>();
    assert!(matches!(fault, Some(FileFault::Changed)), "{end}");
    assert_eq!(out, content.len() - 1);
}
