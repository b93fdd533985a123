//! Buffers of a file that is being sent: filled by the reader, lent to the
//! socket one at a time, and used again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::aligned::AlignedBytes;
use super::body::Line;

/// Buffers of one file, used again when the socket is done with them.
#[derive(Clone)]
pub(super) struct Pool {
    spare: Arc<Mutex<Vec<AlignedBytes>>>,
    /// Whether a buffer was handed over and is not back yet.
    one_out: Arc<AtomicBool>,
    line: Arc<Line>,
}

impl Pool {
    pub(super) fn new(line: Arc<Line>) -> Self {
        Self {
            spare: Arc::default(),
            one_out: Arc::default(),
            line,
        }
    }

    /// A buffer for so many bytes. Nobody takes one for more than the first of
    /// its file: small files have small buffers.
    pub(super) fn take(&self, bytes: usize) -> Buffer {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        Buffer {
            bytes: spare.pop().unwrap_or_else(|| AlignedBytes::new(bytes)),
            filled: 0,
            out: false,
            home: self.clone(),
        }
    }

    pub(super) fn one_is_out(&self) {
        self.one_out.store(true, Ordering::Release);
    }

    /// Whether one is out; the body is woken when it is back.
    pub(super) fn is_one_out(&self) -> bool {
        self.one_out.load(Ordering::Acquire)
    }
}

/// One buffer; goes home to its pool when dropped.
pub(super) struct Buffer {
    pub(super) bytes: AlignedBytes,
    pub(super) filled: usize,
    /// Handed over to the socket's side.
    pub(super) out: bool,
    home: Pool,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref().get(..self.filled).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let spare = self.home.spare.lock();
        spare.unwrap_or_else(PoisonError::into_inner).push(bytes);
        if self.out {
            self.home.one_out.store(false, Ordering::Release);
            self.home.line.wake();
        }
    }
}
