//! What an answer means for the attachment, and what is done when there is
//! none: ONES' own list is asked, nothing is sent again on a guess.

use std::time::Duration;

use super::report::Tried;
use super::translate::{is_sign_in_ended, translate};
use super::upload::{SETTLE_LIMIT, Stop, Try};
use crate::api::{ApiError, Attachment, Fault, Reply, StoreAnswer, UploadTicket};
use crate::model::{ErrorKind, Existing, ExistingPlace, How, Receipt, Step, UploadError};

impl Try {
    /// What the store's answer means for the attachment.
    pub(super) async fn judge(&self, ticket: &UploadTicket, reply: Reply) -> Result<Tried, Stop> {
        match &reply.answer {
            StoreAnswer::Stored { hash, size_bytes } => {
                if *hash == self.expected.etag && *size_bytes == self.expected.size_bytes {
                    Ok(Tried::Done(self.receipt(How::Sent, true, ticket, &reply)))
                } else {
                    Ok(Tried::Failed(
                        self.explained(ErrorKind::HashDiffers, &reply),
                    ))
                }
            }
            StoreAnswer::AlreadyStored { hash, resource } => {
                let other_content = !hash.is_empty() && *hash != self.expected.etag;
                if other_content {
                    return Ok(Tried::Failed(
                        self.explained(ErrorKind::HashDiffers, &reply),
                    ));
                }
                let named = resource.as_ref().unwrap_or(&ticket.resource);
                Ok(match self.look_up(named).await? {
                    Some(found) => self.found(How::StoredAlready, found, Some(&reply)),
                    None => Tried::Duplicate(Existing {
                        place: ExistingPlace::Unconfirmed,
                        hash: self.expected.etag.clone(),
                    }),
                })
            }
            StoreAnswer::CallbackFailed { .. } | StoreAnswer::Unclear => {
                Ok(match self.look_up(&ticket.resource).await? {
                    Some(found) => self.found(How::Sent, found, Some(&reply)),
                    None => Tried::Failed(self.explained(ErrorKind::NotConfirmed, &reply)),
                })
            }
        }
    }

    /// All bytes left and the answer was lost: ask ONES before trying again.
    pub(super) async fn settle_lost(
        &self,
        ticket: &UploadTicket,
        error: ApiError,
    ) -> Result<Tried, Stop> {
        if let Ok(Some(found)) = self.find(Some(&ticket.resource)).await {
            return Ok(self.found(How::Sent, found, None));
        }
        // Not on the task, or not yet; the next try looks again before it sends.
        self.doubt();
        Err(error.into())
    }

    /// An earlier try may have attached the file: is it on the task?
    pub(super) async fn settle_doubt(&self) -> Result<Option<Tried>, Stop> {
        match self.unless_cancelled(self.find(None)).await? {
            Ok(found) => Ok(found.map(|found| self.found(How::Sent, found, None))),
            Err(error) if error.is_transient() || is_sign_in_ended(&error) => {
                self.doubt();
                Err(error.into())
            }
            // A server without a list: step 1 will say what it has.
            Err(_) => Ok(None),
        }
    }

    /// The person cancelled when the file may have been attached already.
    pub(super) async fn settle_cancel(&self, ticket: Option<&UploadTicket>) -> Tried {
        let resource = ticket.map(|ticket| ticket.resource.as_str());
        match tokio::time::timeout(SETTLE_LIMIT, self.find(resource)).await {
            Ok(Ok(Some(found))) => self.found(How::Sent, found, None),
            _ => Tried::Cancelled,
        }
    }

    /// Whether ONES lists the attachment; a list that cannot be had is no yes.
    async fn look_up(&self, resource: &str) -> Result<Option<Attachment>, Stop> {
        match self.find(Some(resource)).await {
            Ok(found) => Ok(found),
            Err(error) if is_sign_in_ended(&error) => {
                self.doubt();
                Err(error.into())
            }
            Err(error) => {
                translate(&error, self.expected.size_bytes);
                Ok(None)
            }
        }
    }

    /// The attachment in the task's list: by its resource, or (where step 1's
    /// answer was not seen) by its content among what the check did not see.
    async fn find(&self, resource: Option<&str>) -> Result<Option<Attachment>, ApiError> {
        let now = self.ones.attachments(&self.task).await?;
        let before = self
            .listed
            .as_deref()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let is_new = |item: &Attachment| !before.iter().any(|b| b.resource == item.resource);
        Ok(now.into_iter().find(|item| match resource {
            Some(resource) => item.resource == resource,
            None => item.hash == self.expected.etag && is_new(item),
        }))
    }

    fn explained(&self, kind: ErrorKind, reply: &Reply) -> UploadError {
        let mut error = UploadError::new(kind);
        error.details.step = Some(Step::SendFile);
        error.details.request_id.clone_from(&reply.request_id);
        error.details.store_log.clone_from(&reply.store_log);
        if let StoreAnswer::CallbackFailed { code, text } = &reply.answer {
            error.details.server_code = Some(code.to_string());
            error.details.server_text = Some(text.clone());
        }
        tracing::warn!(
            job = self.run.job.0,
            ?error,
            "the store's answer is no success"
        );
        error
    }

    /// It is on the task; with our content, as far as the list says.
    fn found(&self, how: How, found: Attachment, reply: Option<&Reply>) -> Tried {
        let is_ours = found.hash == self.expected.etag;
        if !is_ours && !found.hash.is_empty() {
            return Tried::Failed(ErrorKind::HashDiffers.into());
        }
        Tried::Done(Receipt {
            how,
            verified: is_ours,
            hash: self.expected.etag.clone(),
            resource: found.resource,
            request_id: reply.and_then(|reply| reply.request_id.clone()),
            store_log: reply.and_then(|reply| reply.store_log.clone()),
        })
    }

    fn receipt(&self, how: How, verified: bool, ticket: &UploadTicket, reply: &Reply) -> Receipt {
        Receipt {
            how,
            verified,
            hash: self.expected.etag.clone(),
            resource: ticket.resource.clone(),
            request_id: reply.request_id.clone(),
            store_log: reply.store_log.clone(),
        }
    }
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
