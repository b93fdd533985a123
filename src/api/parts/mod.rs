//! A file cut into parts: which bytes are which part, and what a part is called.
//!
//! `resumable` sends them, each as a [`FileBody`](super::body::FileBody); the engine
//! plans, keeps the [`SentPart`]s in its journal and checks them with
//! [`part_matches`] in a later run. Nothing here speaks to a server.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

use super::aligned::AlignedBytes;
use super::body::{BUFFER_BYTES, Moved};
use super::error::{Fault, told};
use super::etag::{block_of, etag_of_blocks};
use super::fingerprint::{Fingerprint, open_regular, stamp};

/// Size of every part but the last, in bytes: 4 MiB, the block of Kodo's etag. The
/// hash of an object in parts depends on their size; with this one it is the ordinary
/// etag (seen in Qiniu's clients for Java and for the shell). The least that Kodo
/// takes is 1 MiB (documented: Qiniu 6366).
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
/// there. Blocking; reads the part.
///
/// A file that is too short by now gives `false`; a part that cannot be read
/// gives the error. `moved` hears of what is read.
pub fn part_matches(
    path: &Path,
    plan: &PartPlan,
    sent: &SentPart,
    moved: &Moved,
) -> io::Result<bool> {
    if plan.number != sent.number {
        return Ok(false);
    }
    match named(&mut open_regular(path)?, plan, moved) {
        Ok(named) => Ok(named == *sent),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The etag of the file that these parts make, in any order; of two with one
/// number the later counts. `None` if one of them has no etag of a part.
#[must_use]
pub fn etag_of_parts(parts: &[SentPart]) -> Option<String> {
    let blocks: Option<Vec<_>> = by_number(parts).into_values().map(block_of).collect();
    Some(etag_of_blocks(&blocks?))
}

/// The parts' etags in ascending order; of two with one number the later counts.
pub(super) fn by_number(parts: &[SentPart]) -> BTreeMap<u32, &str> {
    let named = parts.iter().map(|part| (part.number, part.etag.as_str()));
    named.collect()
}

/// Names one part of a file that still is the expected one, before and after.
/// Blocking.
///
/// The part is read once more when it is sent: parts in memory would be 16 MiB for
/// each file. Should it change in between, the store refuses it, for its MD5 goes
/// before it, or its answer names other bytes.
pub(super) fn name_part(
    path: &Path,
    expected: &Fingerprint,
    plan: &PartPlan,
    moved: &Moved,
) -> Result<SentPart, Fault> {
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
    let named = named(&mut file, plan, moved).map_err(fault)?;
    unchanged(&file)?;
    Ok(named)
}

/// Reads a part for its names.
fn named(file: &mut File, plan: &PartPlan, moved: &Moved) -> io::Result<SentPart> {
    let (mut sha1, mut md5) = (Sha1::new(), Md5::new());
    let mut left = usize::try_from(plan.bytes.min(PART_BYTES)).map_err(io::Error::other)?;
    let mut buffer = AlignedBytes::new(left.min(BUFFER_BYTES));
    file.seek(SeekFrom::Start(plan.offset))?;
    while left > 0 {
        let want = left.min(BUFFER_BYTES);
        let slice = buffer.as_mut().get_mut(..want).unwrap_or_default();
        file.read_exact(slice)?;
        sha1.update(&*slice);
        md5.update(&*slice);
        left -= want;
        moved.note_read(want as u64);
    }
    let md5: [u8; 16] = md5.finalize().into();
    Ok(SentPart {
        number: plan.number,
        etag: etag_of_blocks(&[sha1.finalize().into()]),
        md5: format!("{:032x}", u128::from_be_bytes(md5)),
    })
}

#[cfg(test)]
mod tests;
