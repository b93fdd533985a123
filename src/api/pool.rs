//! Buffers of a file that is being sent: filled by the reader, lent to the
//! socket one at a time, and used again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Context;

use super::aligned::AlignedBytes;
use super::body::Moved;

/// Buffers of one file, used again when the socket is done with them.
#[derive(Clone)]
pub(super) struct Pool {
    spare: Arc<Mutex<Vec<AlignedBytes>>>,
    /// Whether a buffer was handed over and is not back yet.
    one_out: Arc<AtomicBool>,
    moved: Arc<Moved>,
}

impl Pool {
    pub(super) fn new(moved: Arc<Moved>) -> Self {
        Self {
            spare: Arc::default(),
            one_out: Arc::default(),
            moved,
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

    /// Whether one is out; the task is woken when it is back, or on a stop.
    pub(super) fn is_one_out(&self, context: &Context<'_>) -> bool {
        // First the waker, then the look: what happens in between wakes.
        let mut waiting = self
            .moved
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match waiting.as_mut() {
            Some(known) => known.clone_from(context.waker()),
            None => *waiting = Some(context.waker().clone()),
        }
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
            self.home.moved.wake();
        }
    }
}
