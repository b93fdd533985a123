//! A file cut into parts: which bytes are which part, a part read for sending,
//! and its bytes as a counted body.
//!
//! `resumable` sends them; the engine plans, keeps the [`SentPart`]s in its
//! journal and checks them with [`part_matches`] in a later run. Nothing here
//! speaks to a server.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::aligned::AlignedBytes;
use super::body::{BUFFER_BYTES, Moved};
use super::error::{Fault, told};
use super::etag::etag_of;
use super::fingerprint::{Fingerprint, open_regular, stamp};

/// Size of every part but the last, in bytes: 4 MiB. The hash of an object in
/// parts depends on their size; with this one it is the ordinary etag (seen in
/// Qiniu's clients for Java and for the shell). The least that Kodo takes is 1 MiB
/// (documented: Qiniu 6366).
pub const PART_BYTES: u64 = 4 * 1024 * 1024;
/// Kodo takes no more parts than this (documented: Qiniu 6366).
pub const PARTS_MAX: u32 = 10_000;

/// Which bytes of the file a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    /// Counted from 1.
    pub number: u32,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// How long it is, in bytes: at most [`PART_BYTES`], never 0.
    pub bytes: u64,
}

/// A part that the store has, as a journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentPart {
    /// Counted from 1.
    pub number: u32,
    /// Kodo etag of the part.
    pub etag: String,
    /// MD5 of the part in lower-case hex.
    pub md5: String,
}

/// A part that is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct PartParcel<'a> {
    /// The file.
    pub path: &'a Path,
    /// What the file was when it was checked.
    pub expected: &'a Fingerprint,
    /// Which part of it.
    pub plan: PartPlan,
    /// Counts the part's bytes as they are handed to the socket; may be shared
    /// by all parts of the file.
    pub moved: &'a Arc<Moved>,
}

/// Cuts a file of this size in bytes. Gives nothing for a file that cannot go
/// in parts: without bytes, or of more than [`PARTS_MAX`] parts (40 000 MiB).
#[must_use]
pub fn plan(size_bytes: u64) -> Vec<PartPlan> {
    let Ok(count) = u32::try_from(size_bytes.div_ceil(PART_BYTES)) else {
        return Vec::new();
    };
    if count > PARTS_MAX {
        return Vec::new();
    }
    let part = |number: u32| {
        let offset = u64::from(number - 1) * PART_BYTES;
        PartPlan {
            number,
            offset,
            bytes: PART_BYTES.min(size_bytes - offset),
        }
    };
    (1..=count).map(part).collect()
}

/// Whether a part that was sent in an earlier run still is what the file has
/// there. Blocking; reads the part, at most [`PART_BYTES`] of memory.
///
/// A file that is too short by now gives `false`; a part that cannot be read
/// gives the error.
pub fn part_matches(path: &Path, plan: &PartPlan, sent: &SentPart) -> io::Result<bool> {
    if plan.number != sent.number {
        return Ok(false);
    }
    match read_at(&mut open_regular(path)?, plan) {
        Ok(bytes) => Ok(named(plan.number, bytes.as_ref()) == *sent),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// A part in memory, ready to go.
pub(super) struct PartRead {
    pub(super) bytes: Bytes,
    /// What the store has to answer.
    pub(super) named: SentPart,
}

/// Reads one part of a file that still is the expected one, before and after.
/// Blocking.
pub(super) fn read_part(
    path: &Path,
    expected: &Fingerprint,
    plan: &PartPlan,
) -> Result<PartRead, Fault> {
    let fault = |error: io::Error| match told(error).kind() {
        io::ErrorKind::UnexpectedEof => Fault::FileChanged,
        kind => Fault::File(kind),
    };
    let unchanged = |file: &File| {
        let now = stamp(&file.metadata().map_err(fault)?);
        if now == (expected.size_bytes, expected.modified) {
            Ok(())
        } else {
            Err(Fault::FileChanged)
        }
    };
    let mut file = open_regular(path).map_err(fault)?;
    unchanged(&file)?;
    let bytes = read_at(&mut file, plan).map_err(fault)?;
    unchanged(&file)?;
    Ok(PartRead {
        named: named(plan.number, bytes.as_ref()),
        bytes: Bytes::from_owner(bytes),
    })
}

fn read_at(file: &mut File, plan: &PartPlan) -> io::Result<AlignedBytes> {
    let length = plan.bytes.min(PART_BYTES);
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let mut bytes = AlignedBytes::new(length);
    file.seek(SeekFrom::Start(plan.offset))?;
    file.read_exact(bytes.as_mut())?;
    Ok(bytes)
}

fn named(number: u32, bytes: &[u8]) -> SentPart {
    let digest: [u8; 16] = Md5::digest(bytes).into();
    SentPart {
        number,
        etag: etag_of(bytes),
        md5: format!("{:032x}", u128::from_be_bytes(digest)),
    }
}

/// The body of one part: in slices of 256 KiB, so that progress moves, and one
/// at a time, so that a part that nobody waits for any more ends although the
/// store takes nothing (see `body::FormClaim`).
pub(super) struct PartBody {
    left: Bytes,
    tally: Arc<Tally>,
}

impl PartBody {
    /// The body, and the claim on what it counts.
    pub(super) fn new(bytes: Bytes, moved: Arc<Moved>) -> (Self, Claim) {
        let tally = Arc::new(Tally {
            moved,
            counted: Mutex::new(Some(0)),
            slice_out: AtomicBool::new(false),
            waiting: Mutex::new(None),
        });
        let claim = Claim(Arc::clone(&tally));
        (Self { left: bytes, tally }, claim)
    }
}

impl http_body::Body for PartBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let length = match self.left.len() {
            0 => return Poll::Ready(None),
            // The last byte waits for all before it: once the HTTP library has the
            // whole body it asks no further, and no end would reach it.
            left if left > 1 => BUFFER_BYTES.min(left - 1),
            last => last,
        };
        self.tally.will_wake(context);
        if !self.tally.is_claimed() {
            return Poll::Ready(Some(Err(io::ErrorKind::Interrupted.into())));
        }
        if self.tally.slice_out.swap(true, Ordering::AcqRel) {
            return Poll::Pending;
        }
        let slice = Slice {
            bytes: self.left.split_to(length),
            tally: Arc::clone(&self.tally),
        };
        self.tally.add(length);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(slice)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }
}

/// A slice in the socket's hands.
struct Slice {
    bytes: Bytes,
    tally: Arc<Tally>,
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Slice {
    fn drop(&mut self) {
        self.tally.slice_out.store(false, Ordering::Release);
        self.tally.wake();
    }
}

/// What one part added to the file's count; `None` once that is settled, so
/// that a body that is still being let go of adds no more.
struct Tally {
    moved: Arc<Moved>,
    counted: Mutex<Option<u64>>,
    slice_out: AtomicBool,
    /// The body, while it waits for its slice to come back.
    waiting: Mutex<Option<Waker>>,
}

impl Tally {
    fn add(&self, bytes: usize) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sum) = counted.as_mut() {
            *sum += bytes as u64;
            self.moved.add(bytes);
        }
    }

    fn is_claimed(&self) -> bool {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.is_some()
    }

    fn settle(&self) -> u64 {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.take().unwrap_or(0)
    }

    /// Called before the look at what is awaited: what happens in between wakes.
    fn will_wake(&self, context: &Context<'_>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.as_mut() {
            Some(known) => known.clone_from(context.waker()),
            None => *waiting = Some(context.waker().clone()),
        }
    }

    fn wake(&self) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = waiting.as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// Takes a part's bytes back when dropped, unless the part arrived, and ends
/// its body.
#[must_use = "dropping it takes the part's bytes back"]
pub(super) struct Claim(Arc<Tally>);

impl Claim {
    /// The part arrived: its bytes stay counted.
    pub(super) fn keep(self) {
        self.0.settle();
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.moved.take_back(self.0.settle());
        self.0.wake();
    }
}

#[cfg(test)]
mod tests;
