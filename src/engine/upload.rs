//! One try of one file: step 1, step 2, verdict.
//!
//! "Attached" is said only when ONES attached it without bytes (`need_upload:
//! false`), when the store's answer agrees with our hash and size, or when
//! ONES' own list shows the attachment. Whatever is in doubt (an answer that
//! was lost, a failed callback, an answer without a hash) is settled by asking
//! that list; nothing is sent twice on a guess.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::claims::{Claims, Doubt};
use super::report::{Listed, Report, Run, Tried};
use super::stores::StorePolicy;
use super::verdict::{failed, is_lost_answer, of_step_one};
use super::watchdog::Patience;
use super::way::unless_left_behind;
use crate::api::{
    ApiError, Fault, Fingerprint, Grant, Moved, Ones, Store, UploadRequest, UploadTicket,
    deadline_of,
};
use crate::journal::KeptParts;
use crate::model::{ErrorKind, How, Job, JobState, Secret, Step, Task, Trace};

/// An upload token with less life than this is not used.
const TOKEN_MARGIN_SECS: u64 = 60;
/// After a cancel that may have come too late, the store's answer and then the
/// list are waited for no longer than this each.
pub(super) const SETTLE_LIMIT: Duration = Duration::from_secs(5);

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
    /// What earlier tries left open.
    pub(super) in_doubt: Doubt,
    /// Which attachments are whose.
    pub(super) claims: Claims,
    pub(super) moved: Arc<Moved>,
    pub(super) cancel: CancellationToken,
    /// Given once the file may be sent; dropped if it is to wait longer.
    pub(super) turn: oneshot::Receiver<()>,
    /// How files may go to which stores.
    pub(super) stores: StorePolicy,
    /// What a store has of the file already.
    pub(super) kept: Option<KeptParts>,
    pub(super) program_ends: CancellationToken,
    pub(super) patience: Patience,
    pub(super) clock: fn() -> SystemTime,
    pub(super) reports: UnboundedSender<Report>,
}

/// How a try ended before it had a verdict.
pub(super) enum Stop {
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
    pub(super) async fn run(mut self) -> Tried {
        match self.go().await {
            Ok(end) | Err(Stop::End(end)) => end,
            Err(Stop::Call(error)) => failed(&error, self.expected.size_bytes),
        }
    }

    async fn go(&mut self) -> Result<Tried, Stop> {
        if self.in_doubt != Doubt::None
            && let Some(tried) = self.settle_doubt().await?
        {
            return Ok(tried);
        }
        let mut ticket = self.ask().await?;
        if let Grant::Send { .. } = &ticket.grant {
            self.check_limit(&ticket)?;
            // A token that looks old when it is new is the clock's fault.
            let clock_is_off = self.is_short_lived(&ticket);
            self.wait_for_turn().await?;
            if self.is_short_lived(&ticket) && !clock_is_off {
                ticket = self.ask().await?;
            }
        }
        let mut kept = self.kept.take();
        let mut refused_at = None;
        loop {
            let Grant::Send { upload_url, token } = &ticket.grant else {
                return Ok(self.attached_at_once(&ticket));
            };
            self.check_limit(&ticket)?;
            let sent = self.send(&ticket, upload_url, token, &mut kept).await;
            let parts = kept.as_ref().map_or(0, |kept| kept.sent.len());
            match sent {
                // The permit ran out on the way or was refused: once more from
                // step 1, and again as long as parts arrive meanwhile.
                Err(Stop::Call(error))
                    if is_permit_refused(&error) && refused_at.is_none_or(|at| parts > at) =>
                {
                    refused_at = Some(parts);
                }
                other => return other,
            }
            self.moved.reset();
            ticket = self.ask().await?;
        }
    }

    /// Step 1 was early; the bytes go when it is this file's turn.
    async fn wait_for_turn(&mut self) -> Result<(), Stop> {
        self.reports.send(Report::Asked(self.run)).ok();
        tokio::select! {
            turn = &mut self.turn => turn.map_err(|_later| Stop::End(Tried::NotNow)),
            () = self.cancel.cancelled() => Err(Stop::End(Tried::Cancelled)),
        }
    }

    /// Step 1; again at once if the permit it gives is as good as dead.
    async fn ask(&self) -> Result<UploadTicket, Stop> {
        self.tell(JobState::Asking);
        let ticket = self.ask_once().await?;
        if self.is_short_lived(&ticket) {
            self.ask_once().await
        } else {
            Ok(ticket)
        }
    }

    fn is_short_lived(&self, ticket: &UploadTicket) -> bool {
        let Grant::Send { token, .. } = &ticket.grant else {
            return false;
        };
        let left_secs = seconds_left(token, (self.clock)());
        left_secs.is_some_and(|secs| secs < TOKEN_MARGIN_SECS)
    }

    async fn ask_once(&self) -> Result<UploadTicket, Stop> {
        let request = UploadRequest {
            task: &self.task,
            name: &self.job.name,
            description: &self.job.description,
            hash: &self.expected.etag,
        };
        let asking = self.ones.ask_for_upload(&request);
        let ticket = tokio::select! {
            ticket = self.to_ones(Step::AskForUpload, asking) => ticket,
            () = self.cancel.cancelled() => return Err(Stop::End(self.settle_cancel(None).await)),
        };
        let ticket = match ticket {
            Ok(ticket) => ticket,
            // With the hash, step 1 attaches by itself what ONES has.
            Err(error) if is_lost_answer(&error) => {
                let settled = self.settle_lost(None, error).await;
                return Err(settled.map_or_else(|stop| stop, Stop::End));
            }
            Err(error) => return Err(error.into()),
        };
        self.claims.name(&ticket.resource, self.run.job);
        if let Some(bytes) = ticket.size_limit_bytes {
            let team = self.task.team.clone();
            self.reports.send(Report::SizeLimit { team, bytes }).ok();
        }
        Ok(ticket)
    }

    /// ONES had the content.
    fn attached_at_once(&self, ticket: &UploadTicket) -> Tried {
        let said = match &ticket.grant {
            Grant::Stored { hash } => hash.as_deref(),
            Grant::Send { .. } => None,
        };
        let resource = ticket.resource.clone();
        match of_step_one(said, &self.expected) {
            Ok(verified) => self.done(How::Instant, verified, resource, Trace::default()),
            Err(kind) => Tried::Failed(kind.into()),
        }
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

    /// A call to ONES, unless this machine leaves it behind (F32).
    pub(super) fn to_ones<'a, T>(
        &'a self,
        step: Step,
        call: impl Future<Output = Result<T, ApiError>> + Send + 'a,
    ) -> impl Future<Output = Result<T, ApiError>> {
        let may_be_done = move || step == Step::AskForUpload;
        let routes = |called| self.ones.routes(called);
        unless_left_behind(step, routes, may_be_done, call)
    }

    /// The same of a call to the store.
    pub(super) fn to_store<'a, T>(
        &'a self,
        url: &'a Url,
        may_be_done: impl Fn() -> bool + Send + Sync + 'a,
        call: impl Future<Output = Result<T, ApiError>> + Send + 'a,
    ) -> impl Future<Output = Result<T, ApiError>> {
        let routes = |called| self.store.routes(url, called);
        unless_left_behind(Step::SendFile, routes, may_be_done, call)
    }

    /// Waits for it, unless the person cancels first.
    pub(super) async fn unless_cancelled<T>(
        &self,
        done: impl Future<Output = T>,
    ) -> Result<T, Stop> {
        tokio::select! {
            done = done => Ok(done),
            () = self.cancel.cancelled() => Err(Stop::End(Tried::Cancelled)),
        }
    }

    /// What may be attached is looked for by the next try before it sends.
    pub(super) fn doubt(&self, doubt: Doubt) {
        self.reports.send(Report::InDoubt(self.run, doubt)).ok();
    }

    pub(super) fn tell(&self, state: JobState) {
        self.reports.send(Report::Moved(self.run, state)).ok();
    }
}

/// 401 of the store: the upload token, not the sign-in (documented: Qiniu 3928;
/// texts such as "expired token" and "bad token" seen in public reports).
fn is_permit_refused(error: &ApiError) -> bool {
    error.step == Step::SendFile && error.fault == Fault::Status && error.status == Some(401)
}

/// Life left in an upload token by this machine's clock, where it says so.
fn seconds_left(token: &Secret, now: SystemTime) -> Option<u64> {
    let deadline = deadline_of(token.reveal())?;
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(deadline.saturating_sub(now))
}
