//! Where a content is: the proof that a file is on its task, or where the same was
//! seen before.

use super::{JobId, Trace};

/// The same content, seen elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Where it was seen.
    pub place: ExistingPlace,
    /// Kodo etag of the content.
    pub hash: String,
}

impl Existing {
    /// Whether somebody has to look whether it is on the task.
    #[must_use]
    pub fn is_unconfirmed(&self) -> bool {
        matches!(self.place, ExistingPlace::Unconfirmed(_))
    }

    /// The row that has the content, if it is one of this list.
    #[must_use]
    pub fn row(&self) -> Option<JobId> {
        match self.place {
            ExistingPlace::InList { job, .. } => Some(job),
            ExistingPlace::OnTask { .. } | ExistingPlace::Unconfirmed(_) => None,
        }
    }
}

/// Where the same content was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExistingPlace {
    /// In the task's list of attachments.
    OnTask {
        /// Its name there.
        name: String,
        /// Microseconds since 1970, where the server says it.
        added_us: Option<i64>,
        /// Its resource ID.
        resource: String,
    },
    /// An earlier row of this list, for the same task.
    InList {
        /// That row.
        job: JobId,
        /// That row's name.
        name: String,
    },
    /// The store has it, as it said in this answer, and ONES' list could not be
    /// read or does not show it.
    Unconfirmed(Trace),
}

/// Why a job was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipReason {
    /// What was found.
    pub existing: Existing,
}

/// The proof that a file is on its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// How it came there.
    pub how: How,
    /// Whether the server named the same hash and size as ours.
    pub verified: bool,
    /// Kodo etag, 28 characters.
    pub hash: String,
    /// ONES' ID of the attachment, 8 characters.
    pub resource: String,
    /// What the store said of its answer.
    pub trace: Trace,
}

/// How a file came onto its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Its bytes were sent.
    Sent,
    /// ONES had the content and attached it without a byte being sent.
    Instant,
    /// The bytes were sent, the store had them already, and ONES attached it.
    StoredAlready,
}

impl How {
    /// The name in `--json`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Instant => "instant",
            Self::StoredAlready => "stored_already",
        }
    }
}
