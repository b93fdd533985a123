//! What a body counts, for whom, and until when.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use tokio::sync::Notify;

/// Bytes that have passed, told while they pass.
#[derive(Debug, Default)]
pub struct Moved {
    bytes: AtomicU64,
    /// Bytes that were read for another reason than to send them.
    read: AtomicU64,
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

    /// Changes as long as anything goes on, be it only that the file is read.
    #[must_use]
    pub fn pulse(&self) -> (u64, u64) {
        (self.get(), self.read.load(Ordering::Relaxed))
    }

    /// Bytes of the file were read, to be named or compared.
    pub fn note_read(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
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

    pub(in crate::api) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// What joins one body to the count of its file, until nobody waits for the
/// body any more.
#[derive(Debug)]
pub(in crate::api) struct Line {
    moved: Arc<Moved>,
    /// The bytes that this body counted; `None` once it is not claimed.
    counted: Mutex<Option<u64>>,
    /// The body, while it waits for its last buffer to come back.
    waiting: Mutex<Option<Waker>>,
}

impl Line {
    pub(super) fn new(moved: Arc<Moved>) -> Arc<Self> {
        Arc::new(Self {
            moved,
            counted: Mutex::new(Some(0)),
            waiting: Mutex::default(),
        })
    }

    /// Counts bytes of the file, if the body is still claimed; whether it is.
    pub(super) fn count(&self, bytes: usize, ends_form: bool) -> bool {
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

    pub(super) fn is_claimed(&self) -> bool {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.is_some()
    }

    /// Ends the claim; the bytes that were counted until then.
    fn settle(&self) -> u64 {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.take().unwrap_or(0)
    }

    /// Called before the look at what is awaited: what happens in between wakes.
    pub(in crate::api) fn will_wake(&self, context: &Context<'_>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.as_mut() {
            Some(known) => known.clone_from(context.waker()),
            None => *waiting = Some(context.waker().clone()),
        }
    }

    pub(in crate::api) fn wake(&self) {
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
pub(in crate::api) struct Claim {
    pub(super) line: Arc<Line>,
    /// Whether the bytes are uncounted, as they did not arrive.
    pub(super) takes_back: bool,
}

impl Claim {
    /// What was sent arrived: its bytes stay counted.
    pub(in crate::api) fn keep(mut self) {
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
