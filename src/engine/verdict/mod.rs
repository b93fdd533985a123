//! What an answer means for the attachment.
//!
//! Rules alone, which ask nobody: `settle` has them judge what the store said and
//! what ONES lists. "Attached" takes the store's word for our very hash and size,
//! ONES' list, or step 1 that attached it itself; "verified" takes a hash that is ours.

use std::time::Duration;

use super::report::Tried;
use super::translate::{is_sign_in_ended, translate};
use crate::api::{ApiError, Attachment, Fault, Fingerprint, Reply, StoreAnswer};
use crate::model::{ErrorKind, How, Trace};

/// How a file ended that the store has answered for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is on the task; verified if a hash of its copy is ours.
    Attached {
        how: How,
        verified: bool,
    },
    /// The store has the content; whether it is on the task is for a person.
    Duplicate,
    Failed(ErrorKind),
}

/// Whether the store's answer alone shows that it has the file whole.
pub(super) fn proves(answer: &StoreAnswer, expected: &Fingerprint) -> bool {
    matches!(answer, StoreAnswer::Stored { hash, size_bytes }
        if *hash == expected.etag && *size_bytes == expected.size_bytes)
}

/// What the store's answer means. `listed` is what ONES lists of the attachment
/// that step 1 named; asked for unless the answer [`proves`] it.
///
/// A store that speaks of other content is not believed against a list that shows
/// ours whole. If it is right, the file is not sent once more by itself: a wrong
/// copy is attached already, and there would be two (F21).
pub(super) fn of_store(
    answer: &StoreAnswer,
    listed: Option<&Attachment>,
    expected: &Fingerprint,
) -> Verdict {
    let how = match answer {
        StoreAnswer::AlreadyStored { .. } => How::StoredAlready,
        _ => How::Sent,
    };
    if proves(answer, expected) {
        return Verdict::Attached {
            how,
            verified: true,
        };
    }
    let differs = match answer {
        StoreAnswer::Stored { .. } => true,
        StoreAnswer::AlreadyStored { hash, .. } => !hash.is_empty() && *hash != expected.etag,
        StoreAnswer::CallbackFailed { .. } | StoreAnswer::Unclear => false,
    };
    match (listed.map(|entry| of_entry(entry, expected)), answer) {
        (Some(Ok(verified)), _) if verified || !differs => Verdict::Attached { how, verified },
        (_, _) if differs => Verdict::Failed(ErrorKind::HashDiffers),
        (Some(Err(kind)), _) => Verdict::Failed(kind),
        (_, StoreAnswer::CallbackFailed { .. }) => Verdict::Failed(ErrorKind::OnesNotTold),
        (_, StoreAnswer::AlreadyStored { .. }) => Verdict::Duplicate,
        _ => Verdict::Failed(ErrorKind::NotConfirmed),
    }
}

/// What ONES' entry shows of our file on the task: whether it is verified, or
/// what is wrong with it.
pub(super) fn of_entry(entry: &Attachment, expected: &Fingerprint) -> Result<bool, ErrorKind> {
    let is_ours = entry.hash == expected.etag;
    let size_differs = |size| size != expected.size_bytes;
    if (!is_ours && !entry.hash.is_empty()) || entry.size_bytes.is_some_and(size_differs) {
        return Err(ErrorKind::HashDiffers);
    }
    // Neither hash nor size, or the empty file's: that proves no content.
    if !is_ours && entry.size_bytes.is_none_or(|size| size == 0) {
        return Err(ErrorKind::NotConfirmed);
    }
    Ok(is_ours)
}

/// What step 1 means that attached the file without bytes, and may have said which
/// content. That it is ours is believed only if it says no other hash.
pub(super) fn of_step_one(hash: Option<&str>, expected: &Fingerprint) -> Result<bool, ErrorKind> {
    match hash.unwrap_or_default() {
        "" => Ok(false),
        hash if hash == expected.etag => Ok(true),
        _other => Err(ErrorKind::HashDiffers),
    }
}

/// What ONES lists of an upload that it only announced: no hash and no bytes
/// (inferred: resources are made in step 1). Of an empty file nobody can tell.
pub(super) fn is_placeholder(entry: &Attachment, expected: &Fingerprint) -> bool {
    entry.hash.is_empty() && entry.size_bytes == Some(0) && expected.size_bytes > 0
}

/// Nobody said what became of a request that may have been carried out: the
/// connection ended or fell silent, or a server in between or behind failed.
pub(super) fn is_lost_answer(error: &ApiError) -> bool {
    matches!(
        error.fault,
        Fault::Broken | Fault::TimedOut { .. } | Fault::NotJson | Fault::TooLong
    ) || (error.is_transient() && error.status.is_some_and(|status| status >= 500))
}

/// What a failed call means for its file, whose size is for the sentences.
pub(super) fn failed(error: &ApiError, size_bytes: u64) -> Tried {
    let told = translate(error, size_bytes);
    if is_sign_in_ended(error) {
        return Tried::SignInEnded(told);
    }
    if error.is_transient() {
        return Tried::Again {
            error: told,
            retry_after: error.retry_after_secs.map(Duration::from_secs),
        };
    }
    Tried::Failed(told)
}

impl From<&Reply> for Trace {
    fn from(reply: &Reply) -> Self {
        Self {
            request_id: reply.request_id.clone(),
            store_log: reply.store_log.clone(),
        }
    }
}

impl From<&ApiError> for Trace {
    fn from(error: &ApiError) -> Self {
        Self {
            request_id: error.request_id.clone(),
            store_log: error.store_log.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
