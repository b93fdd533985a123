//! What is known of uploads whose answer was lost: how much is open, and which
//! attachments of this run are spoken for.
//!
//! Written and read by tries (`upload`, `settle`); the actor reads a row's [`Doubt`] when
//! it says how the row ended. Asks nobody anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{ErrorKind, JobId, JobState, UploadError};

/// Whether a try may have attached its file without our hearing of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// No try can have.
    #[default]
    None,
    /// One may have, but ONES' list did not show the file then.
    NotSeen,
    /// One may have, and ONES' list could not be had.
    Unknown,
}

impl Doubt {
    /// How a file ends whose tries failed like this. "Not attached" is said only
    /// where that is known.
    pub(super) fn failed(self, error: UploadError) -> JobState {
        let says_more = matches!(error.kind, ErrorKind::HashDiffers | ErrorKind::OnesNotTold);
        let open = self == Self::Unknown && !says_more;
        JobState::Failed(UploadError {
            kind: if open {
                ErrorKind::NotConfirmed
            } else {
                error.kind
            },
            ..error
        })
    }

    /// How a file ends that the person stopped.
    pub(super) fn cancelled(self) -> JobState {
        match self {
            Self::None | Self::NotSeen => JobState::Cancelled,
            Self::Unknown => JobState::Failed(ErrorKind::NotConfirmed.into()),
        }
    }
}

/// The attachments that ONES named in this run, each with its row: what one row
/// attached is no proof for another with the same content.
#[derive(Debug, Default, Clone)]
pub(super) struct Claims(Arc<Mutex<BTreeMap<String, JobId>>>);

impl Claims {
    /// ONES named this attachment to this row.
    pub(super) fn name(&self, resource: &str, job: JobId) {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims.insert(resource.to_owned(), job);
    }

    /// Whether ONES named it to this very row.
    pub(super) fn is_named_to(&self, resource: &str, job: JobId) -> bool {
        let claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        claims.get(resource) == Some(&job)
    }

    /// Takes what was named to no row yet; whether that was so.
    pub(super) fn take(&self, resource: &str, job: JobId) -> bool {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.contains_key(resource) {
            return false;
        }
        claims.insert(resource.to_owned(), job);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_belongs_to_one_row() {
        let claims = Claims::default();
        claims.name("r1", JobId(1));
        assert!(claims.is_named_to("r1", JobId(1)));
        assert!(!claims.is_named_to("r1", JobId(2)));
        assert!(!claims.take("r1", JobId(2)));
        assert!(claims.take("r2", JobId(2)));
        assert!(!claims.take("r2", JobId(3)));
        assert!(claims.is_named_to("r2", JobId(2)));
    }

    #[test]
    fn what_may_be_attached_is_not_called_not_attached() {
        let trouble = || UploadError::new(ErrorKind::ServerTrouble);
        let open = JobState::Failed(ErrorKind::NotConfirmed.into());
        for doubt in [Doubt::None, Doubt::NotSeen] {
            assert_eq!(doubt.failed(trouble()), JobState::Failed(trouble()));
            assert_eq!(doubt.cancelled(), JobState::Cancelled);
        }
        assert_eq!(Doubt::Unknown.failed(trouble()), open);
        assert_eq!(Doubt::Unknown.cancelled(), open);
        let differs = || UploadError::new(ErrorKind::HashDiffers);
        let differing = Doubt::Unknown.failed(differs());
        assert_eq!(differing, JobState::Failed(differs()));
    }
}
