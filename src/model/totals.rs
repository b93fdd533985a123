//! Sums over the rows of a list, and which of them a filter shows.

use super::{Hold, Job, JobState};

/// Which rows to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Every row.
    #[default]
    All,
    /// Not settled, and not waiting for a person.
    Active,
    /// Failed, duplicate or held.
    NeedsYou,
    /// Attached or skipped or cancelled.
    Done,
}

/// Sums over all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// All rows.
    pub jobs: usize,
    /// On their task.
    pub attached: usize,
    /// Of these, with equal hashes.
    pub verified: usize,
    /// Skipped as duplicates.
    pub skipped: usize,
    /// Failed.
    pub failed: usize,
    /// Cancelled.
    pub cancelled: usize,
    /// Waiting for an answer to the duplicate question.
    pub duplicates: usize,
    /// Held for a sign-in or a task.
    pub held: usize,
    /// On their way by themselves.
    pub active: usize,
    /// Bytes of the rows that are attached or on their way.
    pub bytes: u64,
    /// Of these, sent.
    pub sent_bytes: u64,
    /// Bytes of the rows that are attached.
    pub attached_bytes: u64,
}

impl Totals {
    /// Rows that wait for a person.
    #[must_use]
    pub fn needs_you(&self) -> usize {
        self.failed + self.duplicates + self.held
    }

    /// Rows that are at a good end or were stopped on purpose.
    #[must_use]
    pub fn done(&self) -> usize {
        self.attached + self.skipped + self.cancelled
    }

    /// Whether no row moves or waits any more.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.active + self.held + self.duplicates == 0
    }

    /// Share of the bytes that have been sent, 0–0.99; never 1 while a row is
    /// active, because sent is not yet attached.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    pub fn share(&self) -> f32 {
        let share = self.sent_bytes as f32 / self.bytes.max(1) as f32;
        if self.active == 0 && self.bytes == self.sent_bytes {
            1.0
        } else {
            share.min(0.99)
        }
    }
}

impl Filter {
    /// Whether a row in this state is shown.
    #[must_use]
    pub fn shows(self, state: &JobState) -> bool {
        match self {
            Self::All => true,
            Self::Active => !state.is_settled() && !state.needs_person(),
            Self::NeedsYou => state.needs_person(),
            Self::Done => state.is_settled() && !state.needs_person(),
        }
    }
}

impl Totals {
    /// Adds one row.
    pub(super) fn count(&mut self, job: &Job) {
        self.jobs += 1;
        match &job.state {
            JobState::Done(receipt) => {
                self.attached += 1;
                self.verified += usize::from(receipt.verified);
                self.attached_bytes += job.size_bytes;
                self.bytes += job.size_bytes;
                self.sent_bytes += job.size_bytes;
                return;
            }
            JobState::Skipped(_) => self.skipped += 1,
            JobState::Failed(_) => self.failed += 1,
            JobState::Cancelled => self.cancelled += 1,
            JobState::Duplicate(_) => self.duplicates += 1,
            JobState::Held(Hold::Network) => self.active += 1,
            JobState::Held(_) => self.held += 1,
            JobState::Sending | JobState::Confirming => {
                self.sent_bytes += job.moved_bytes.min(job.size_bytes);
                self.active += 1;
            }
            JobState::Queued
            | JobState::Checking
            | JobState::Ready
            | JobState::Asking
            | JobState::Stopping
            | JobState::Waiting(_) => self.active += 1,
        }
        if Filter::Active.shows(&job.state) {
            self.bytes += job.size_bytes;
        }
    }
}
