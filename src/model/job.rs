//! One file on its way to one task: the job and the states it goes through.
//!
//! ```text
//! Queued → Checking → Ready → Asking → Sending → Confirming → Done
//!             │         ▲ ▲     │         │          │
//!             │ again   │ │     └→ Done   └────┬─────┘
//!             └→ Duplicate└── Waiting ←────────┘
//! ```
//! A cancel in Asking, Sending or Confirming leads through Stopping, to Done if
//! it came too late. Asking runs ahead of sending, so it may fall back to Ready for a while, and
//! Confirming to Sending where a store refuses at the end of the parts. Any
//! unsettled state may become Held, Failed or Cancelled; a settled one only
//! Queued again (Retry). [`JobState::may_become`] is the rule itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::{Existing, Receipt, SkipReason, Task, UploadError};

/// The number of a job, from 1, unique while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// One file for one task.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Where it goes; `None` until a task is chosen.
    pub task: Option<Arc<Task>>,
    /// The file as it was given, never followed or shortened.
    pub path: PathBuf,
    /// The name it gets in ONES: cleaned of control characters, never empty.
    pub name: String,
    /// What ONES shows beside it, at most 63 characters.
    pub description: Arc<str>,
    /// Size in bytes when it was added.
    pub size_bytes: u64,
    /// Bytes hashed or sent so far in this state.
    pub moved_bytes: u64,
    /// The store that ONES named for it last, as `https://host[:port]`.
    pub store: Option<Arc<str>>,
    /// Where it stands.
    pub state: JobState,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq)]
pub enum JobState {
    /// Waits for its check.
    Queued,
    /// The file is read for its fingerprint, the task's list is asked for.
    Checking,
    /// The same content is there already; a person decides.
    Duplicate(Existing),
    /// New to the task, waits for its turn to be sent; ONES may have been asked
    /// for the upload already.
    Ready,
    /// ONES is asked for an upload.
    Asking,
    /// Bytes are on their way.
    Sending,
    /// All bytes left; the answer is not there yet.
    Confirming,
    /// The person cancelled while ONES or the store was asked or sent to; whether
    /// the file was attached all the same is being found out.
    Stopping,
    /// A try failed; the next one comes by itself.
    Waiting(RetryPause),
    /// Cannot go on until something outside the job happens.
    Held(Hold),
    /// On the task, by the server's word.
    Done(Arc<Receipt>),
    /// Not sent, because its content is there.
    Skipped(SkipReason),
    /// Not attached.
    Failed(UploadError),
    /// Stopped by the person before anything was attached.
    Cancelled,
}

/// What a held job waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// A sign-in.
    SignIn,
    /// A task to go to.
    Task,
    /// The ONES server to be reached again; goes on by itself.
    Network,
}

/// A pause between two tries.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPause {
    /// The try that comes next, from 2.
    pub next_try: u32,
    /// How many tries there will be at most.
    pub of: u32,
    /// When it starts.
    pub until: Instant,
    /// Why the last one failed.
    pub error: UploadError,
}

impl JobState {
    /// Nothing more happens by itself.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::Done(_) | Self::Skipped(_) | Self::Failed(_) | Self::Cancelled
        )
    }

    /// Waits for a person: failed, duplicate, or held for something that only a
    /// person can give.
    #[must_use]
    pub fn needs_person(&self) -> bool {
        match self {
            Self::Failed(_) | Self::Duplicate(_) => true,
            Self::Held(hold) => *hold != Hold::Network,
            _ => false,
        }
    }

    /// The one rule of which state may follow which.
    #[must_use]
    #[expect(clippy::use_self, reason = "the short name keeps the table readable")]
    pub fn may_become(&self, next: &Self) -> bool {
        use JobState as S; // a table reads better with a short name
        match (self, next) {
            // Retry starts from the beginning, and only from an end.
            (S::Failed(_) | S::Cancelled | S::Skipped(_), S::Queued) => true,
            (now, _) if now.is_settled() => false,
            (_, S::Failed(_) | S::Cancelled | S::Held(_)) => true,
            (S::Queued, S::Checking) => true,
            (S::Held(_), S::Queued | S::Ready) => true,
            (S::Checking, S::Ready | S::Duplicate(_) | S::Waiting(_)) => true,
            // Checked anew if what has its content fails.
            (S::Duplicate(_), S::Ready | S::Skipped(_) | S::Queued) => true,
            (S::Ready, S::Asking | S::Sending) => true,
            (S::Waiting(_), S::Ready | S::Queued) => true,
            (S::Asking, S::Ready | S::Sending | S::Done(_) | S::Waiting(_)) => true,
            // A store that refuses at the end may get the file in another way.
            (S::Sending, S::Confirming) | (S::Confirming, S::Sending) => true,
            (S::Asking | S::Sending | S::Confirming, S::Stopping) => true,
            (S::Stopping, S::Done(_) | S::Duplicate(_)) => true,
            (
                S::Sending | S::Confirming,
                S::Done(_) | S::Waiting(_) | S::Duplicate(_) | S::Asking,
            ) => true,
            _ => false,
        }
    }

    /// The name in `--json`, logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Checking => "checking",
            Self::Duplicate(_) => "duplicate",
            Self::Ready => "ready",
            Self::Asking => "asking",
            Self::Sending => "sending",
            Self::Confirming => "confirming",
            Self::Stopping => "stopping",
            Self::Waiting(_) => "waiting",
            Self::Held(_) => "held",
            Self::Done(_) => "done",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ErrorKind, ExistingPlace, How, Trace};

    fn all() -> Vec<JobState> {
        let existing = Existing {
            place: ExistingPlace::Unconfirmed(Trace::default()),
            hash: String::new(),
        };
        let error = UploadError::new(ErrorKind::Unexpected);
        vec![
            JobState::Queued,
            JobState::Checking,
            JobState::Duplicate(existing.clone()),
            JobState::Ready,
            JobState::Asking,
            JobState::Sending,
            JobState::Confirming,
            JobState::Stopping,
            JobState::Waiting(RetryPause {
                next_try: 2,
                of: 5,
                until: Instant::now(),
                error: error.clone(),
            }),
            JobState::Held(Hold::SignIn),
            JobState::Done(Arc::new(Receipt {
                how: How::Sent,
                verified: true,
                hash: String::new(),
                resource: String::new(),
                trace: Trace::default(),
            })),
            JobState::Skipped(SkipReason { existing }),
            JobState::Failed(error),
            JobState::Cancelled,
        ]
    }

    #[test]
    fn a_settled_job_accepts_only_a_retry_and_done_not_even_that() {
        for now in all().iter().filter(|state| state.is_settled()) {
            for next in all() {
                let retry = next == JobState::Queued && !matches!(now, JobState::Done(_));
                assert_eq!(now.may_become(&next), retry, "{now:?} → {next:?}");
            }
        }
    }

    #[test]
    fn every_unsettled_job_can_fail_and_be_cancelled() {
        let error = UploadError::new(ErrorKind::Unexpected);
        for now in all().iter().filter(|state| !state.is_settled()) {
            assert!(now.may_become(&JobState::Cancelled), "{now:?}");
            assert!(now.may_become(&JobState::Failed(error.clone())), "{now:?}");
        }
    }

    #[test]
    fn done_comes_only_after_the_server_was_asked() {
        for now in all() {
            let done = all().into_iter().find(|s| matches!(s, JobState::Done(_)));
            let asked = matches!(
                now,
                JobState::Asking | JobState::Sending | JobState::Confirming | JobState::Stopping
            );
            assert_eq!(
                done.is_some_and(|done| now.may_become(&done)),
                asked,
                "{now:?}"
            );
        }
    }
}
