//! A file on its way, whole in a form or a part of it: a counted body, checked
//! against the file's fingerprint.
//!
//! A reader thread fills pooled buffers of 256 KiB a little ahead of the
//! socket (measured: 0.93 of curl's time; the library's 4 KiB body takes 13
//! times as long). Exactly the length that was announced is read from one
//! handle, and the last bytes are let go only when size and time still are
//! those of the fingerprint: a file that changed under way never completes.

use std::fmt;
use std::io::{self, Seek as _, SeekFrom};
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
use super::parts::PartPlan;
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
    /// The bytes that this body counted; `None` once it is not claimed.
    counted: Mutex<Option<u64>>,
    /// The body, while it waits for its last buffer to come back.
    waiting: Mutex<Option<Waker>>,
}

impl Line {
    fn new(moved: Arc<Moved>) -> Arc<Self> {
        Arc::new(Self {
            moved,
            counted: Mutex::new(Some(0)),
            waiting: Mutex::default(),
        })
    }

    /// Counts bytes of the file, if the body is still claimed; whether it is.
    fn count(&self, bytes: usize, ends_form: bool) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sum) = counted.as_mut() else {
            return false;
        };
        *sum += bytes as u64;
        self.moved.add(bytes);
        if ends_form {
            self.moved.out.store(true, Ordering::Release);
            self.moved.all.notify_one();
        }
        true
    }

    fn is_claimed(&self) -> bool {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.is_some()
    }

    /// Ends the claim; the bytes that were counted until then.
    fn settle(&self) -> u64 {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.take().unwrap_or(0)
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

/// Ends its body when dropped: the connection is then closed at once, and nothing
/// more is counted.
///
/// Dropping the sending is not enough. Where an answer came early, the HTTP
/// library goes on sending; and where the other side takes nothing more, it waits
/// until the bytes that it holds are out, which may be never.
#[must_use = "dropping it ends the body"]
pub(super) struct Claim {
    line: Arc<Line>,
    /// Whether the bytes are uncounted, as they did not arrive.
    takes_back: bool,
}

impl Claim {
    /// What was sent arrived: its bytes stay counted.
    pub(super) fn keep(mut self) {
        self.takes_back = false;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let counted = self.line.settle();
        if self.takes_back {
            self.line.moved.take_back(counted);
        }
        self.line.wake();
    }
}

/// The request body: a part of the file, or the form's head, the file, and the
/// form's tail.
pub(super) struct FileBody {
    head: Option<Bytes>,
    chunks: mpsc::Receiver<io::Result<Buffer>>,
    /// Where the buffer that was handed over last goes when it is out.
    pool: Pool,
    tail: Option<Bytes>,
    left_bytes: u64,
    is_form: bool,
    line: Arc<Line>,
}

impl FileBody {
    /// Starts reading a file for a form. The whole length is known from the
    /// fingerprint. The claim leaves the count alone: what a form moved is shown
    /// until the next try.
    pub(super) fn of_form(
        form: &Form,
        path: &Path,
        expected: Fingerprint,
        moved: Arc<Moved>,
    ) -> (Self, Claim) {
        let whole = Range {
            offset: 0,
            bytes: expected.size_bytes,
            last_alone: false,
        };
        let (mut body, claim) = Self::start(whole, path, expected, moved);
        let (head, tail) = form.frame();
        body.left_bytes += (head.len() + tail.len()) as u64;
        (body.head, body.tail) = (Some(head), Some(tail));
        body.is_form = true;
        (body, claim)
    }

    /// Starts reading one part. The claim takes the part's bytes back unless it is
    /// kept: `moved` is shared by all parts of the file.
    pub(super) fn of_part(
        plan: &PartPlan,
        path: &Path,
        expected: Fingerprint,
        moved: Arc<Moved>,
    ) -> (Self, Claim) {
        let part = Range {
            offset: plan.offset,
            bytes: plan.bytes,
            last_alone: true,
        };
        let (body, mut claim) = Self::start(part, path, expected, moved);
        claim.takes_back = true;
        (body, claim)
    }

    fn start(range: Range, path: &Path, expected: Fingerprint, moved: Arc<Moved>) -> (Self, Claim) {
        let (sender, chunks) = mpsc::channel(READ_AHEAD);
        let path: PathBuf = path.to_owned();
        let line = Line::new(moved);
        let pool = Pool::new(Arc::clone(&line));
        let buffers = pool.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = read_into(&path, &expected, range, (&buffers, &sender)) {
                // Nobody listens any more after a cancel.
                sender.blocking_send(Err(error)).ok();
            }
        });
        let claim = Claim {
            line: Arc::clone(&line),
            takes_back: false,
        };
        let body = Self {
            head: None,
            chunks,
            pool,
            tail: None,
            left_bytes: range.bytes,
            is_form: false,
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
        let ends_form = self.is_form && left_bytes == 0;
        if !self.line.count(of_file, ends_form) {
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
        if !self.line.is_claimed() {
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

/// Which bytes of a file go out.
#[derive(Debug, Clone, Copy)]
struct Range {
    offset: u64,
    bytes: u64,
    /// Nothing follows them, so the last byte is a buffer of its own and waits for
    /// all before it: once the HTTP library has the whole body it asks no further,
    /// and no end would reach it.
    last_alone: bool,
}

/// Where the reader's buffers come from, and where they go.
type Out<'a> = (&'a Pool, &'a mpsc::Sender<io::Result<Buffer>>);

/// The reader's side: exactly the announced bytes, or an error. The last
/// buffer waits until the file was seen unchanged.
fn read_into(path: &Path, expected: &Fingerprint, range: Range, out: Out<'_>) -> io::Result<()> {
    let mut file = open_regular(path).map_err(read_fault)?;
    file.seek(SeekFrom::Start(range.offset))
        .map_err(read_fault)?;
    let unchanged = || -> io::Result<()> {
        let now = stamp(&file.metadata().map_err(read_fault)?);
        if now == (expected.size_bytes, expected.modified) {
            Ok(())
        } else {
            Err(FileFault::Changed.into())
        }
    };
    unchanged()?;
    read_all(&file, range, unchanged, out)
}

fn read_fault(error: io::Error) -> io::Error {
    FileFault::Read(told(error).kind()).into()
}

/// Reads the range in buffers; the last one waits for `unchanged`.
fn read_all(
    mut file: impl io::Read,
    range: Range,
    unchanged: impl Fn() -> io::Result<()>,
    (pool, chunks): Out<'_>,
) -> io::Result<()> {
    let mut left = range.bytes;
    while left > 0 {
        let at_once = if range.last_alone && left > 1 {
            left - 1
        } else {
            left
        };
        let want = usize::try_from(at_once).map_or(BUFFER_BYTES, |bytes| bytes.min(BUFFER_BYTES));
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
