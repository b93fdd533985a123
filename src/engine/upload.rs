//! One try of one file: step 1, step 2, verdict.
//!
//! "Attached" is said only when ONES attached it without bytes (`need_upload:
//! false`), when the store's answer agrees with our hash and size, or when
//! ONES' own list shows the attachment. Whatever is in doubt (an answer that
//! was lost, a failed callback, an answer without a hash) is settled by asking
//! that list; nothing is sent twice on a guess.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::report::{Listed, Report, Run, Tried};
use super::translate::{is_sign_in_ended, translate};
use super::watchdog::{Patience, nothing_moved};
use crate::api::{
    ApiError, Attachment, Fault, Fingerprint, Grant, Moved, Ones, Parcel, Reply, Store,
    StoreAnswer, UploadRequest, UploadTicket, check_upload_url, deadline_of,
};
use crate::model::{
    ErrorKind, Existing, ExistingPlace, How, Job, JobState, Receipt, Secret, Step, Task,
    UploadError,
};

/// An upload token with less life than this is not used.
const TOKEN_MARGIN_SECS: u64 = 60;
/// After a cancel that may have come too late, the store's answer and then the
/// list are waited for no longer than this each.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);

/// One try.
pub(super) struct Try {
    pub(super) run: Run,
    pub(super) job: Job,
    pub(super) task: Arc<Task>,
    pub(super) ones: Arc<Ones>,
    pub(super) store: Store,
    pub(super) expected: Fingerprint,
    /// The task's list as the check saw it.
    pub(super) listed: Listed,
    pub(super) moved: Arc<Moved>,
    pub(super) cancel: CancellationToken,
    pub(super) patience: Patience,
    pub(super) clock: fn() -> SystemTime,
    pub(super) reports: UnboundedSender<Report>,
}

/// How a try ended before it had a verdict.
enum Stop {
    /// Said and done.
    End(Tried),
    /// A call failed.
    Call(ApiError),
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Call(error)
    }
}

impl From<ErrorKind> for Stop {
    fn from(kind: ErrorKind) -> Self {
        Self::End(Tried::Failed(kind.into()))
    }
}

impl Try {
    /// Tries once and says how it ended.
    pub(super) async fn run(self) -> Tried {
        match self.go().await {
            Ok(end) | Err(Stop::End(end)) => end,
            Err(Stop::Call(error)) => self.failed(&error),
        }
    }

    async fn go(&self) -> Result<Tried, Stop> {
        self.tell(JobState::Asking);
        let ticket = self.ask().await?;
        let Grant::Send { upload_url, token } = &ticket.grant else {
            return Ok(self.attached_at_once(&ticket));
        };
        self.check_limit(&ticket)?;
        match self.send(&ticket, upload_url, token).await {
            Err(Stop::Call(error)) if is_permit_refused(&error) => {}
            other => return other,
        }
        // The permit ran out on the way or was refused: once more from step 1.
        self.moved.reset();
        let ticket = self.ask().await?;
        let Grant::Send { upload_url, token } = &ticket.grant else {
            return Ok(self.attached_at_once(&ticket));
        };
        self.send(&ticket, upload_url, token).await
    }

    /// Step 1; again at once if the permit it gives is as good as dead.
    async fn ask(&self) -> Result<UploadTicket, Stop> {
        let ticket = self.ask_once().await?;
        let short_lived = match &ticket.grant {
            Grant::Send { token, .. } => seconds_left(token, (self.clock)())
                .is_some_and(|seconds| seconds < TOKEN_MARGIN_SECS),
            Grant::Stored { .. } => false,
        };
        if short_lived {
            self.ask_once().await
        } else {
            Ok(ticket)
        }
    }

    async fn ask_once(&self) -> Result<UploadTicket, Stop> {
        let request = UploadRequest {
            task: &self.task,
            name: &self.job.name,
            description: &self.job.description,
            hash: &self.expected.etag,
        };
        let ticket = tokio::select! {
            ticket = self.ones.ask_for_upload(&request) => ticket?,
            () = self.cancel.cancelled() => return Err(Stop::End(self.settle_cancel(None).await)),
        };
        if let Some(bytes) = ticket.size_limit_bytes {
            let team = self.task.team.clone();
            self.reports.send(Report::SizeLimit { team, bytes }).ok();
        }
        Ok(ticket)
    }

    /// ONES had the content. That it attached this very content is believed
    /// only if it says no other hash.
    fn attached_at_once(&self, ticket: &UploadTicket) -> Tried {
        let said = match &ticket.grant {
            Grant::Stored { hash } => hash.as_deref(),
            Grant::Send { .. } => None,
        };
        if said.is_some_and(|hash| hash != self.expected.etag) {
            return Tried::Failed(ErrorKind::HashDiffers.into());
        }
        Tried::Done(Receipt {
            how: How::Instant,
            verified: said.is_some(),
            hash: self.expected.etag.clone(),
            resource: ticket.resource.clone(),
            request_id: None,
        })
    }

    fn check_limit(&self, ticket: &UploadTicket) -> Result<(), Stop> {
        let size_bytes = self.expected.size_bytes;
        match ticket.size_limit_bytes {
            Some(limit_bytes) if size_bytes > limit_bytes => Err(ErrorKind::TooLarge {
                size_bytes,
                limit_bytes,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// Step 2 and its verdict.
    async fn send(
        &self,
        ticket: &UploadTicket,
        upload_url: &str,
        token: &Secret,
    ) -> Result<Tried, Stop> {
        let Some(url) = check_upload_url(self.ones.server(), upload_url) else {
            return Err(ErrorKind::UnsafeUploadAddress.into());
        };
        self.tell(JobState::Sending);
        let parcel = Parcel {
            path: &self.job.path,
            name: &self.job.name,
            expected: &self.expected,
            moved: &self.moved,
        };
        let mut all_out = false;
        let sending = self.store.send_form(url, token, &parcel);
        tokio::pin!(sending);
        let reply = loop {
            let limit = if all_out {
                self.patience.no_answer
            } else {
                self.patience.no_progress
            };
            tokio::select! {
                reply = &mut sending => break reply,
                () = self.cancel.cancelled() => {
                    // A form whose last byte is missing cannot be stored.
                    if self.moved.get() < self.expected.size_bytes {
                        return Ok(Tried::Cancelled);
                    }
                    match tokio::time::timeout(SETTLE_LIMIT, &mut sending).await {
                        Ok(reply) => break reply,
                        Err(_) => return Ok(self.settle_cancel(Some(ticket)).await),
                    }
                }
                () = nothing_moved(&self.moved, limit) => {
                    let after_secs = limit.as_secs();
                    break Err(ApiError::new(Step::SendFile, Fault::TimedOut { after_secs }));
                }
                () = self.moved.all_out(), if !all_out => {
                    all_out = true;
                    self.tell(JobState::Confirming);
                }
            }
        };
        match reply {
            Ok(reply) => self.judge(ticket, reply).await,
            Err(error) if all_out && is_lost_answer(&error) => {
                self.settle_lost(ticket, error).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What the store's answer means for the attachment.
    async fn judge(&self, ticket: &UploadTicket, reply: Reply) -> Result<Tried, Stop> {
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
                    Some(found) => {
                        let verified = found.hash == self.expected.etag;
                        Tried::Done(self.receipt(How::StoredAlready, verified, ticket, &reply))
                    }
                    None => Tried::Duplicate(Existing {
                        place: ExistingPlace::Unconfirmed,
                        hash: self.expected.etag.clone(),
                    }),
                })
            }
            StoreAnswer::CallbackFailed { .. } | StoreAnswer::Unclear => {
                Ok(match self.look_up(&ticket.resource).await? {
                    Some(found) => {
                        let verified = found.hash == self.expected.etag;
                        Tried::Done(self.receipt(How::Sent, verified, ticket, &reply))
                    }
                    None => Tried::Failed(self.explained(ErrorKind::NotConfirmed, &reply)),
                })
            }
        }
    }

    /// All bytes left and the answer was lost: ask ONES before trying again.
    async fn settle_lost(&self, ticket: &UploadTicket, error: ApiError) -> Result<Tried, Stop> {
        match self.find(Some(&ticket.resource)).await {
            Ok(Some(found)) => Ok(Tried::Done(Receipt {
                how: How::Sent,
                verified: found.hash == self.expected.etag,
                hash: self.expected.etag.clone(),
                resource: ticket.resource.clone(),
                request_id: None,
            })),
            // Not on the task: the next try starts from step 1, with the hash.
            Ok(None) | Err(_) => Err(error.into()),
        }
    }

    /// The person cancelled when the file may have been attached already.
    async fn settle_cancel(&self, ticket: Option<&UploadTicket>) -> Tried {
        let resource = ticket.map(|ticket| ticket.resource.as_str());
        match tokio::time::timeout(SETTLE_LIMIT, self.find(resource)).await {
            Ok(Ok(Some(found))) => Tried::Done(Receipt {
                how: How::Sent,
                verified: found.hash == self.expected.etag,
                hash: self.expected.etag.clone(),
                resource: found.resource,
                request_id: None,
            }),
            _ => Tried::Cancelled,
        }
    }

    /// Whether ONES lists the attachment; a list that cannot be had is no yes.
    async fn look_up(&self, resource: &str) -> Result<Option<Attachment>, Stop> {
        match self.find(Some(resource)).await {
            Ok(found) => Ok(found),
            Err(error) if is_sign_in_ended(&error) => Err(error.into()),
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

    fn failed(&self, error: &ApiError) -> Tried {
        let told = translate(error, self.expected.size_bytes);
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

    fn receipt(&self, how: How, verified: bool, ticket: &UploadTicket, reply: &Reply) -> Receipt {
        Receipt {
            how,
            verified,
            hash: self.expected.etag.clone(),
            resource: ticket.resource.clone(),
            request_id: reply.request_id.clone(),
        }
    }

    fn tell(&self, state: JobState) {
        self.reports.send(Report::Moved(self.run, state)).ok();
    }
}

/// 401 of the store: the upload token, not the sign-in.
fn is_permit_refused(error: &ApiError) -> bool {
    error.step == Step::SendFile && error.fault == Fault::Status && error.status == Some(401)
}

/// The connection ended or fell silent after the last byte.
fn is_lost_answer(error: &ApiError) -> bool {
    matches!(
        error.fault,
        Fault::Broken | Fault::TimedOut { .. } | Fault::NotJson | Fault::TooLong
    ) || error.status == Some(504)
}

/// Life left in an upload token by this machine's clock, where it says so.
fn seconds_left(token: &Secret, now: SystemTime) -> Option<u64> {
    let deadline = deadline_of(token.reveal())?;
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(deadline.saturating_sub(now))
}
