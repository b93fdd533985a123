//! A file on its way, whole in a form or a part of it: a counted body, checked
//! against the file's fingerprint.
//!
//! A reader thread fills pooled buffers a little ahead of the socket (measured:
//! 0.85 of curl's time; the library's 4 KiB body takes 13 times as long). Exactly
//! the length that was announced is read from one handle, and the last bytes are let
//! go only when size and time still are those of the fingerprint. In a form the
//! CRC-32 of what was read must be its own as well, for size and time can be kept; to
//! hash twice would take 1.8 times as long on two cores (engine design, 3). Parts have
//! etags of their own, which are added up before they are made a file (`engine::parts`).

mod count;
mod reader;

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc;

pub use count::Moved;
pub(super) use count::{Claim, Line};
pub(super) use reader::FileFault;
use reader::{Range, read_into};

use super::fingerprint::Fingerprint;
use super::form::Form;
use super::parts::PartPlan;
use super::pool::{Buffer, Pool};

/// Size of one buffer.
pub(super) const BUFFER_BYTES: usize = 256 * 1024;
/// Size of one buffer where much is read: the two threads change places less often.
/// With one of 512 KiB a cancel was not always heard (`tests/stalled.rs`): the HTTP
/// library asks for no more, and so hears of no end, while it holds 408 KiB (hyper 1,
/// `DEFAULT_MAX_BUFFER_SIZE`), and before the first buffer goes the head.
const LARGE_BUFFER_BYTES: usize = 384 * 1024;
const _: () = assert!(LARGE_BUFFER_BYTES + 16 * 1024 < 8192 + 4096 * 100);
/// More than this is much.
const MUCH_BYTES: u64 = 16 * 1024 * 1024;
/// Buffers that may wait between the reader and the socket.
const READ_AHEAD: usize = 1;

/// Up to here a file goes out in one piece with its form's frame: the system takes
/// so much of a connection's bytes at once, whether or not the store reads.
const ONE_PIECE_BYTES: u64 = 64 * 1024;

/// The request body: a part of the file, or the form's head, the file, and the
/// form's tail.
pub(super) struct FileBody {
    /// What goes first, and how much of it is the file's.
    head: Option<io::Result<(Bytes, usize)>>,
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
        (body.head, body.tail) = (Some(Ok((head, 0))), Some(tail));
        body.is_form = true;
        (body, claim)
    }

    /// Waits for a small file and puts it into its frame: it would go out as three
    /// pieces, each with a call of the system's and a segment of its own. No word of
    /// a file that cannot be read goes out.
    pub(super) async fn in_one_piece(&mut self) {
        let Some(Ok((head, 0))) = &self.head else {
            return;
        };
        if self.left_bytes - head.len() as u64 > ONE_PIECE_BYTES {
            return;
        }
        let head = head.clone();
        let content = self.chunks.recv().await.transpose();
        self.head = Some(content.map(|content| {
            let content = content.as_ref().map_or(&[][..], AsRef::as_ref);
            let tail = self.tail.take().unwrap_or_default();
            let whole = [&head[..], content, &tail[..]].concat();
            (whole.into(), content.len())
        }));
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
        match self.head.take() {
            Some(Ok((head, of_file))) => return self.hand_over(head, of_file),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => {}
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

#[cfg(test)]
mod tests;
