//! A file on its way: a counted body, checked against its fingerprint.
//!
//! A reader thread fills pooled buffers of 256 KiB a little ahead of the
//! socket (measured: 0.93 of curl's time; the library's 4 KiB body takes 13
//! times as long). Exactly the length that was announced is read from one
//! handle, and the last bytes are let go only when size and time still are
//! those of the fingerprint: a file that changed under way never completes.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::{Notify, mpsc};

use super::error::told;
use super::fingerprint::{Fingerprint, open_regular, stamp};
use super::form::Form;
use super::pool::{Buffer, Pool};

/// Size of one buffer.
pub(super) const BUFFER_BYTES: usize = 256 * 1024;
/// Buffers that may wait between the reader and the socket.
const READ_AHEAD: usize = 2;

/// Bytes that have passed, told while they pass.
#[derive(Debug, Default)]
pub struct Moved {
    bytes: AtomicU64,
    /// The whole form was handed to the socket.
    out: AtomicBool,
    all: Notify,
}

impl Moved {
    /// Bytes of the file so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Starts again from nothing.
    pub fn reset(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.out.store(false, Ordering::Release);
    }

    /// Returns when the whole form was handed to the socket.
    pub async fn all_out(&self) {
        while !self.is_all_out() {
            self.all.notified().await;
        }
    }

    /// Whether that has happened: the store may have the file.
    #[must_use]
    pub fn is_all_out(&self) -> bool {
        self.out.load(Ordering::Acquire)
    }

    /// Takes back bytes that were counted but did not arrive. Never falls
    /// below zero.
    pub fn take_back(&self, bytes: u64) {
        let lower = |counted: u64| Some(counted.saturating_sub(bytes));
        // Cannot fail: `lower` always gives a value.
        self.bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower)
            .ok();
    }

    /// Counts bytes that need not be sent: the store has them.
    pub fn count(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Why a file could not go on being read; travels through the HTTP library
/// inside an `io::Error`.
#[derive(Debug)]
pub(super) enum FileFault {
    /// Not the content of the fingerprint any more.
    Changed,
    /// Reading failed.
    Read(io::ErrorKind),
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("the file changed"),
            Self::Read(kind) => write!(f, "the file could not be read: {kind}"),
        }
    }
}

impl std::error::Error for FileFault {}

impl From<FileFault> for io::Error {
    fn from(fault: FileFault) -> Self {
        Self::other(fault)
    }
}

/// What joins one body to the count of its file, until nobody waits for the
/// body any more.
#[derive(Debug)]
pub(super) struct Line {
    moved: Arc<Moved>,
    claimed: Mutex<bool>,
    /// The body, while it waits for its last buffer to come back.
    waiting: Mutex<Option<Waker>>,
}

impl Line {
    fn new(moved: Arc<Moved>) -> Arc<Self> {
        Arc::new(Self {
            moved,
            claimed: Mutex::new(true),
            waiting: Mutex::default(),
        })
    }

    /// Counts, if the body is still claimed; whether it is.
    fn count(&self, how: impl FnOnce(&Moved)) -> bool {
        let claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        if *claimed {
            how(&self.moved);
        }
        *claimed
    }

    /// Called before the look at what is awaited: what happens in between wakes.
    pub(super) fn will_wake(&self, context: &Context<'_>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.as_mut() {
            Some(known) => known.clone_from(context.waker()),
            None => *waiting = Some(context.waker().clone()),
        }
    }

    pub(super) fn wake(&self) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = waiting.as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// Ends its body when dropped: the connection is then closed at once, and the
/// count is left alone.
///
/// Dropping the sending is not enough. Where an answer came early, the HTTP
/// library goes on sending; and where the other side takes nothing more, it waits
/// until the bytes that it holds are out, which may be never.
#[must_use = "dropping it ends the body"]
pub(super) struct FormClaim(Arc<Line>);

impl Drop for FormClaim {
    fn drop(&mut self) {
        let claimed = self.0.claimed.lock();
        *claimed.unwrap_or_else(PoisonError::into_inner) = false;
        self.0.wake();
    }
}

/// The request body: the form's head, the file, the form's tail.
pub(super) struct FileBody {
    head: Option<Bytes>,
    chunks: mpsc::Receiver<io::Result<Buffer>>,
    /// Where the buffer that was handed over last goes when it is out.
    pool: Pool,
    tail: Option<Bytes>,
    left_bytes: u64,
    line: Arc<Line>,
}

impl FileBody {
    /// Starts reading. The whole length is known from the fingerprint.
    pub(super) fn new(
        form: &Form,
        path: &Path,
        expected: Fingerprint,
        moved: Arc<Moved>,
    ) -> (Self, FormClaim) {
        let (head, tail) = form.frame();
        let left_bytes = (head.len() + tail.len()) as u64 + expected.size_bytes;
        let (sender, chunks) = mpsc::channel(READ_AHEAD);
        let path: PathBuf = path.to_owned();
        let line = Line::new(moved);
        let pool = Pool::new(Arc::clone(&line));
        let buffers = pool.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = read_into(&path, &expected, &buffers, &sender) {
                // Nobody listens any more after a cancel.
                sender.blocking_send(Err(error)).ok();
            }
        });
        let claim = FormClaim(Arc::clone(&line));
        let body = Self {
            head: Some(head),
            chunks,
            pool,
            tail: Some(tail),
            left_bytes,
            line,
        };
        (body, claim)
    }

    /// Hands bytes to the socket, so many of them the file's.
    fn hand_over(
        &mut self,
        bytes: Bytes,
        of_file: usize,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left_bytes = self.left_bytes.saturating_sub(bytes.len() as u64);
        let counted = self.line.count(|moved| {
            moved.add(of_file);
            if left_bytes == 0 {
                moved.out.store(true, Ordering::Release);
                moved.all.notify_one();
            }
        });
        if !counted {
            return Poll::Ready(Some(Err(io::ErrorKind::Interrupted.into())));
        }
        self.left_bytes = left_bytes;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

impl http_body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.line.will_wake(context);
        if !self.line.count(|_moved| {}) {
            return Poll::Ready(Some(Err(io::ErrorKind::Interrupted.into())));
        }
        if let Some(head) = self.head.take() {
            return self.hand_over(head, 0);
        }
        // One buffer at a time: with more, the HTTP library has as much as it
        // wants and asks no further, so that an end would not reach it.
        if self.pool.is_one_out() {
            return Poll::Pending;
        }
        match ready!(self.chunks.poll_recv(context)) {
            Some(Ok(mut buffer)) => {
                let filled = buffer.filled;
                buffer.out = true;
                self.pool.one_is_out();
                self.hand_over(Bytes::from_owner(buffer), filled)
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => match self.tail.take() {
                Some(tail) => self.hand_over(tail, 0),
                None => Poll::Ready(None),
            },
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }

    fn is_end_stream(&self) -> bool {
        self.left_bytes == 0
    }
}

/// The reader's side: exactly the announced bytes, or an error. The last
/// buffer waits until the file was seen unchanged.
fn read_into(
    path: &Path,
    expected: &Fingerprint,
    pool: &Pool,
    chunks: &mpsc::Sender<io::Result<Buffer>>,
) -> io::Result<()> {
    let file = open_regular(path).map_err(read_fault)?;
    let unchanged = || -> io::Result<()> {
        let now = stamp(&file.metadata().map_err(read_fault)?);
        if now == (expected.size_bytes, expected.modified) {
            Ok(())
        } else {
            Err(FileFault::Changed.into())
        }
    };
    unchanged()?;
    read_all(&file, expected.size_bytes, unchanged, (pool, chunks))
}

fn read_fault(error: io::Error) -> io::Error {
    FileFault::Read(told(error).kind()).into()
}

/// Reads so many bytes in buffers; the last one waits for `unchanged`.
fn read_all(
    mut file: impl io::Read,
    mut left: u64,
    unchanged: impl Fn() -> io::Result<()>,
    (pool, chunks): (&Pool, &mpsc::Sender<io::Result<Buffer>>),
) -> io::Result<()> {
    while left > 0 {
        let want = usize::try_from(left)
            .unwrap_or(BUFFER_BYTES)
            .min(BUFFER_BYTES);
        let mut buffer = pool.take(want);
        let slice = buffer.bytes.as_mut().get_mut(..want).unwrap_or_default();
        file.read_exact(slice).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => FileFault::Changed.into(),
            _ => read_fault(error),
        })?;
        buffer.filled = want;
        left -= want as u64;
        if left == 0 {
            unchanged()?;
        }
        if chunks.blocking_send(Ok(buffer)).is_err() {
            return Ok(()); // cancelled
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
