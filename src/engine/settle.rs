//! What became of a file where no answer settles it: ONES' own list is asked,
//! nothing is sent again on a guess.
//!
//! The asking half of a try's end; what an answer and an entry mean stands in
//! `verdict`.

use super::claims::Doubt;
use super::report::Tried;
use super::translate::{is_sign_in_ended, translate};
use super::upload::{SETTLE_LIMIT, Stop, Try};
use super::verdict::{Verdict, is_placeholder, of_entry, of_store, proves};
use crate::api::{ApiError, Attachment, Fault, Reply, StoreAnswer, UploadTicket};
use crate::model::{ErrorKind, Existing, ExistingPlace, How, Receipt, Step, Trace, UploadError};

impl Try {
    /// What the store's answer means for the attachment; where it alone does not
    /// show that it is there with our content, ONES' list has the last word.
    pub(super) async fn judge(&self, ticket: &UploadTicket, reply: Reply) -> Result<Tried, Stop> {
        let mut listed = None;
        if !proves(&reply.answer, &self.expected) {
            tracing::warn!(
                job = self.run.job.0,
                request_id = reply.request_id,
                store_log = reply.store_log,
                "the store's answer alone is no success"
            );
            // Ours, whatever the store names: another one proves nothing.
            listed = self.look_up(&ticket.resource).await?;
        }
        let verdict = of_store(&reply.answer, listed.as_ref(), &self.expected);
        let resource = ticket.resource.clone();
        Ok(match verdict {
            Verdict::Attached { how, verified } => {
                self.done(how, verified, resource, (&reply).into())
            }
            Verdict::Duplicate => Tried::Duplicate(Existing {
                place: ExistingPlace::Unconfirmed((&reply).into()),
                hash: self.expected.etag.clone(),
            }),
            Verdict::Failed(kind) => Tried::Failed(explained(kind, &reply)),
        })
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
            // ONES may hear of it from the store later still: should this try end
            // before it sends, the next one is to look again.
            Ok(None) => {
                self.doubt(self.unseen(None));
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
        let there = |item: &Attachment| !is_placeholder(item, &self.expected);
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

    /// It is on the task; with our content, as far as the list says.
    fn found(&self, how: How, found: Attachment, trace: Trace) -> Tried {
        match of_entry(&found, &self.expected) {
            Ok(verified) => self.done(how, verified, found.resource, trace),
            Err(kind) => Tried::Failed(kind.into()),
        }
    }

    pub(super) fn done(&self, how: How, verified: bool, resource: String, trace: Trace) -> Tried {
        Tried::Done(Receipt {
            how,
            verified,
            hash: self.expected.etag.clone(),
            resource,
            trace,
        })
    }
}

fn explained(kind: ErrorKind, reply: &Reply) -> UploadError {
    let mut error = UploadError::new(kind);
    error.details.step = Some(Step::SendFile);
    error.details.trace = reply.into();
    if let StoreAnswer::CallbackFailed { code, text } = &reply.answer {
        error.details.server_code = Some(code.to_string());
        error.details.server_text = Some(text.clone());
    }
    error
}
