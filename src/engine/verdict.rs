//! What an answer means for the attachment, and what is done when there is
//! none: ONES' own list is asked, nothing is sent again on a guess.

use std::time::Duration;

use super::claims::Doubt;
use super::report::Tried;
use super::translate::{is_sign_in_ended, translate};
use super::upload::{SETTLE_LIMIT, Stop, Try};
use crate::api::{ApiError, Attachment, Fault, Reply, StoreAnswer, UploadTicket};
use crate::model::{ErrorKind, Existing, ExistingPlace, How, Receipt, Step, Trace, UploadError};

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

impl Try {
    /// What the store's answer means for the attachment.
    pub(super) async fn judge(&self, ticket: &UploadTicket, reply: Reply) -> Result<Tried, Stop> {
        match &reply.answer {
            StoreAnswer::Stored { hash, size_bytes } => {
                if *hash == self.expected.etag && *size_bytes == self.expected.size_bytes {
                    let resource = ticket.resource.clone();
                    Ok(self.done(How::Sent, true, resource, (&reply).into()))
                } else {
                    self.differs(How::Sent, ticket, &reply).await
                }
            }
            StoreAnswer::AlreadyStored { hash, resource } => {
                let other_content = !hash.is_empty() && *hash != self.expected.etag;
                if other_content {
                    return self.differs(How::StoredAlready, ticket, &reply).await;
                }
                if resource.as_ref().is_some_and(|r| *r != ticket.resource) {
                    tracing::warn!(?resource, "the store names another attachment than ours");
                }
                // Ours, whatever the store names: another one proves nothing.
                if let Some(found) = self.look_up(&ticket.resource).await? {
                    return Ok(self.found(How::StoredAlready, found, (&reply).into()));
                }
                self.explained(ErrorKind::NotConfirmed, &reply);
                Ok(Tried::Duplicate(Existing {
                    place: ExistingPlace::Unconfirmed((&reply).into()),
                    hash: self.expected.etag.clone(),
                }))
            }
            StoreAnswer::CallbackFailed { .. } => {
                self.listed_or(ErrorKind::OnesNotTold, ticket, &reply).await
            }
            StoreAnswer::Unclear => {
                self.listed_or(ErrorKind::NotConfirmed, ticket, &reply)
                    .await
            }
        }
    }

    /// Attached if ONES lists it; else it ends like this.
    async fn listed_or(
        &self,
        unseen: ErrorKind,
        ticket: &UploadTicket,
        reply: &Reply,
    ) -> Result<Tried, Stop> {
        Ok(match self.look_up(&ticket.resource).await? {
            Some(found) => self.found(How::Sent, found, reply.into()),
            None => Tried::Failed(self.explained(unseen, reply)),
        })
    }

    /// The store's answer speaks of other content. ONES' list has the last word, if
    /// it shows ours whole. Not sent once more by itself: a wrong copy is attached
    /// already, and there would be two (F21).
    async fn differs(&self, how: How, ticket: &UploadTicket, reply: &Reply) -> Result<Tried, Stop> {
        let differs = self.explained(ErrorKind::HashDiffers, reply);
        let is_ours = |item: &Attachment| {
            let size_bytes = item.size_bytes.unwrap_or(self.expected.size_bytes);
            item.hash == self.expected.etag && size_bytes == self.expected.size_bytes
        };
        match self.look_up(&ticket.resource).await?.filter(is_ours) {
            Some(found) => Ok(self.found(how, found, reply.into())),
            None => Ok(Tried::Failed(differs)),
        }
    }

    /// The answer was lost of a request that may have attached the file: step 1
    /// (no ticket) or the end of step 2. ONES is asked before anything goes on.
    pub(super) async fn settle_lost(
        &self,
        ticket: Option<&UploadTicket>,
        error: ApiError,
    ) -> Result<Tried, Stop> {
        let resource = ticket.map(|ticket| ticket.resource.as_str());
        match self.find_in_time(resource).await {
            Ok(Some(found)) => {
                translate(&error, self.expected.size_bytes);
                let how = ticket.map_or(How::Instant, |_| How::Sent);
                return Ok(self.found(how, found, (&error).into()));
            }
            // Not on the task, or not yet; the next try looks again before it sends.
            Ok(None) => self.doubt(self.unseen(resource)),
            Err(unread) => {
                translate(&unread, self.expected.size_bytes);
                self.doubt(Doubt::Unknown);
            }
        }
        Err(error.into())
    }

    /// An earlier try may have attached the file: is it on the task?
    pub(super) async fn settle_doubt(&self) -> Result<Option<Tried>, Stop> {
        let found = self.unless_cancelled(self.find(None)).await;
        let found = found.inspect_err(|_cancelled| self.doubt(self.in_doubt))?;
        match found {
            Ok(Some(found)) => {
                let trace = Trace::default();
                Ok(Some(self.found(How::Sent, found, trace)))
            }
            Ok(None) if self.unseen(None) == Doubt::NotSeen => Ok(None),
            Ok(None) => {
                self.doubt(Doubt::Unknown);
                Ok(None)
            }
            Err(error) => {
                self.doubt(Doubt::Unknown);
                let passes = error.is_transient() || is_sign_in_ended(&error);
                if self.listed.is_none() && !passes {
                    // A server known to have no list: step 1 will say what it has.
                    return Ok(None);
                }
                Err(error.into())
            }
        }
    }

    /// The person cancelled when the file may have been attached already.
    pub(super) async fn settle_cancel(&self, ticket: Option<&UploadTicket>) -> Tried {
        let resource = ticket.map(|ticket| ticket.resource.as_str());
        match self.find_in_time(resource).await {
            Ok(Some(found)) => return self.found(How::Sent, found, Trace::default()),
            Ok(None) => self.doubt(self.unseen(resource)),
            Err(error) => {
                translate(&error, self.expected.size_bytes);
                self.doubt(Doubt::Unknown);
            }
        }
        Tried::Cancelled
    }

    /// Whether ONES lists the attachment; a list that cannot be had is no yes.
    async fn look_up(&self, resource: &str) -> Result<Option<Attachment>, Stop> {
        match self.find_in_time(Some(resource)).await {
            Ok(found) => Ok(found),
            Err(error) if is_sign_in_ended(&error) => {
                self.doubt(Doubt::Unknown);
                Err(error.into())
            }
            Err(error) => {
                translate(&error, self.expected.size_bytes);
                Ok(None)
            }
        }
    }

    /// The same as `find`, but after a cancel only for a limited time.
    async fn find_in_time(&self, resource: Option<&str>) -> Result<Option<Attachment>, ApiError> {
        let finding = self.find(resource);
        tokio::pin!(finding);
        tokio::select! {
            found = &mut finding => return found,
            () = self.cancel.cancelled() => {}
        }
        let after_secs = SETTLE_LIMIT.as_secs();
        let late = || ApiError::new(Step::ListAttachments, Fault::TimedOut { after_secs });
        tokio::time::timeout(SETTLE_LIMIT, finding)
            .await
            .unwrap_or_else(|_elapsed| Err(late()))
    }

    /// The attachment in the task's list: by its resource, or (where step 1's
    /// answer was not seen) one that can be nobody else's.
    async fn find(&self, resource: Option<&str>) -> Result<Option<Attachment>, ApiError> {
        let wanted = |item: &Attachment| match resource {
            Some(resource) => item.resource == resource,
            None => self.is_ours(item),
        };
        let there = |item: &Attachment| !self.is_placeholder(item);
        let found = |item: &Attachment| wanted(item) && there(item);
        let ask = || {
            let asking = self.ones.find_attachment(&self.task, found);
            self.to_ones(Step::ListAttachments, asking)
        };
        match ask().await {
            // The connection was idle as long as the file was sent, and may have
            // gone stale. The list is only read: it is asked once more at once.
            Err(error) if error.fault == Fault::Broken => ask().await,
            answer => answer,
        }
    }

    /// What ONES lists of an upload that it only announced: no hash and no bytes
    /// (inferred: resources are made in step 1). Of an empty file nobody can tell.
    fn is_placeholder(&self, item: &Attachment) -> bool {
        item.hash.is_empty() && item.size_bytes == Some(0) && self.expected.size_bytes > 0
    }

    /// New since the check, and named to this row by ONES; or to no row of this
    /// run, with our content and name. Without the check's list all may be old.
    fn is_ours(&self, item: &Attachment) -> bool {
        let is_new = |before: &Vec<Attachment>| before.iter().all(|b| b.resource != item.resource);
        let before = self.listed.as_deref();
        if !before.is_none_or(is_new) {
            return false;
        }
        let alike = item.hash == self.expected.etag && item.name == self.job.name;
        self.claims.is_named_to(&item.resource, self.run.job)
            || (before.is_some() && alike && self.claims.take(&item.resource, self.run.job))
    }

    /// What a list leaves open that does not show the attachment: with neither a
    /// resource nor the check's list to go by, all of it.
    fn unseen(&self, resource: Option<&str>) -> Doubt {
        if resource.is_none() && self.listed.is_none() {
            Doubt::Unknown
        } else {
            Doubt::NotSeen
        }
    }

    fn explained(&self, kind: ErrorKind, reply: &Reply) -> UploadError {
        let mut error = UploadError::new(kind);
        error.details.step = Some(Step::SendFile);
        error.details.trace = reply.into();
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
    fn found(&self, how: How, found: Attachment, trace: Trace) -> Tried {
        let is_ours = found.hash == self.expected.etag;
        let size_differs = |size| size != self.expected.size_bytes;
        if (!is_ours && !found.hash.is_empty()) || found.size_bytes.is_some_and(size_differs) {
            return Tried::Failed(ErrorKind::HashDiffers.into());
        }
        // Neither hash nor size, or the empty file's: that proves no content.
        if !is_ours && found.size_bytes.is_none_or(|size| size == 0) {
            return Tried::Failed(ErrorKind::NotConfirmed.into());
        }
        self.done(how, is_ours, found.resource, trace)
    }

    fn done(&self, how: How, verified: bool, resource: String, trace: Trace) -> Tried {
        Tried::Done(Receipt {
            how,
            verified,
            hash: self.expected.etag.clone(),
            resource,
            trace,
        })
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
