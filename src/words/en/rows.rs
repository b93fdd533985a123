//! English for rows: the second line, and the state in a word.
//! Asked by the language alone; what fits no row belongs into `errors`.

use std::time::Instant;

use super::super::format::{NAME_AGAIN_CHARS, shorten, size, size_of, speed};
use super::super::{RowNumbers, Sentences as _};
use super::{English, errors, left};
use crate::model::{ErrorKind, ExistingPlace, Hold, How, Job, JobState};

/// The second line of a row.
pub(super) fn line(job: &Job, now: Instant, numbers: RowNumbers) -> String {
    let bytes = size(job.size_bytes);
    match &job.state {
        JobState::Queued | JobState::Ready => format!("Waiting - {bytes}"),
        JobState::Checking => "Checking the file…".to_owned(),
        JobState::Asking => "Asking ONES…".to_owned(),
        JobState::Sending => {
            let mut parts = vec![
                "Uploading".to_owned(),
                size_of(job.moved_bytes, job.size_bytes, "of"),
            ];
            parts.extend(numbers.bytes_per_sec.map(speed));
            parts.extend(numbers.time_left.map(left));
            parts.join(" - ")
        }
        JobState::Confirming => "Sent. Waiting for ONES to confirm…".to_owned(),
        JobState::Stopping => "Stopping. Asking ONES whether it got there first…".to_owned(),
        JobState::Waiting(pause) => format!(
            "{} Trying again in {} s ({} of {})",
            errors::text(&pause.error, &shorten(&job.name, NAME_AGAIN_CHARS)).what,
            seconds_until(pause.until, now),
            pause.next_try,
            pause.of
        ),
        JobState::Held(Hold::SignIn) => "Waiting for you to sign in".to_owned(),
        JobState::Held(Hold::Task) => format!("Waiting for a task - {bytes}"),
        JobState::Held(Hold::Network) => format!("Waiting for the network - {bytes}"),
        JobState::Duplicate(existing) => English.existing(&existing.place),
        JobState::Done(receipt) => match (receipt.how, receipt.verified) {
            (How::Sent, true) => format!("Attached - verified - {bytes}"),
            (How::Sent, false) => format!("Attached - {bytes}"),
            (How::Instant, _) => "Attached at once: ONES already had this content".to_owned(),
            (How::StoredAlready, _) => "ONES already stored this content; attached".to_owned(),
        },
        JobState::Skipped(skip) => match skip.existing.place {
            ExistingPlace::OnTask { .. } => "Skipped - already on the task".to_owned(),
            ExistingPlace::InList { .. } => "Skipped - same content as another file".to_owned(),
            ExistingPlace::Unconfirmed(_) => {
                "Skipped - ONES stores this content, maybe not on this task".to_owned()
            }
        },
        JobState::Failed(error) => {
            let text = errors::text(error, &shorten(&job.name, NAME_AGAIN_CHARS));
            match error.kind {
                // Something did arrive: "not attached" would be untrue.
                ErrorKind::NotConfirmed | ErrorKind::OnesNotTold | ErrorKind::HashDiffers => {
                    format!("{} {}", text.what, text.became)
                }
                _ => format!("Not attached. {}", text.what),
            }
        }
        JobState::Cancelled => "Cancelled. Nothing was attached.".to_owned(),
    }
}

/// The state in one or two words.
pub(super) fn state(state: &JobState) -> &'static str {
    match state {
        JobState::Queued | JobState::Ready => "Waiting",
        JobState::Checking => "Checking",
        JobState::Duplicate(_) => "Already there",
        JobState::Asking => "Asking",
        JobState::Sending => "Uploading",
        JobState::Confirming => "Confirming",
        JobState::Stopping => "Stopping",
        JobState::Waiting(_) => "Trying again",
        JobState::Held(_) => "On hold",
        JobState::Done(_) => "Attached",
        JobState::Skipped(_) => "Skipped",
        JobState::Failed(error) => match error.kind {
            ErrorKind::NotConfirmed | ErrorKind::OnesNotTold => "Not confirmed",
            ErrorKind::HashDiffers => "Copy differs",
            _ => "Not attached",
        },
        JobState::Cancelled => "Cancelled",
    }
}

fn seconds_until(until: Instant, now: Instant) -> u128 {
    let left = until.saturating_duration_since(now);
    left.as_millis().div_ceil(1000)
}
