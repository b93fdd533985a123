//! A large file in parts: what a break takes away is the part that was on its
//! way, not the file.
//!
//! Used by one try of an upload (`upload`) where the store is one of Kodo's or
//! has shown that it may know the way. What the store has is told to the actor
//! part by part, so that the next try, or the next run of the program, sends
//! only the rest. A store that refuses gets the form, and is remembered if that goes.
//!
//! That ONES' upload tokens work here as they do for the form is inferred; so
//! is every rule about falling back.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use tokio::task::{JoinError, JoinSet};

use super::begun::{Begun, PartsStop, is_usable, stop_of, stop_of_begun};
use super::claims::Doubt;
use super::recheck::{kept_part, sent_part};
use super::report::{Report, Tried};
use super::stores::store_of;
use super::upload::{SETTLE_LIMIT, Stop, Try};
use super::verdict::is_lost_answer;
use super::watchdog::{nothing_moved, silence};
use crate::api::{
    ApiError, Fault, PartPlan, SentPart, UploadTicket, bucket_of, etag_of_parts, plan,
};
use crate::journal::KeptParts;
use crate::model::{JobState, Secret, Step};

/// Larger files go in parts. Below, the two extra calls cost more than a break.
const FROM_BYTES: u64 = 16 * 1024 * 1024;
/// Parts of one file on their way at once (seen: Qiniu's clients take 3 or 4).
const AT_ONCE: usize = 4;
/// How long the store may take to hear that an upload was given up.
const ABORT_LIMIT: Duration = Duration::from_secs(5);
/// Believed only where the token does not have the store look itself.
const MIME: &str = "application/octet-stream";

impl Try {
    /// Sends the file in parts, if that is the way for it. `None`: it goes by
    /// the form.
    pub(super) async fn send_in_parts(
        &self,
        ticket: &UploadTicket,
        (url, token): (&Url, &Secret),
        kept: &mut Option<KeptParts>,
    ) -> Result<Option<Tried>, Stop> {
        let plans = plan(self.expected.size_bytes);
        let large = self.expected.size_bytes > FROM_BYTES && !plans.is_empty();
        let Some(bucket) = bucket_of(token.reveal()).filter(|_| large) else {
            return Ok(None);
        };
        if !self.stores.takes_parts(url) {
            return Ok(None);
        }
        let mut began_anew = false;
        loop {
            let begun = self.begin(url, token, &bucket, kept).await;
            let ended = match begun {
                Ok(begun) => self.pass(ticket, &begun, &plans, kept).await,
                Err(stop) => Err(stop),
            };
            // What the store does not know any more an earlier try may have
            // completed: looked for again before it is sent again.
            if matches!(&ended, Err(PartsStop::Gone(_) | PartsStop::Refused(_)))
                && self.in_doubt != Doubt::None
                && let Some(tried) = self.settle_doubt().await?
            {
                return Ok(Some(tried));
            }
            match ended {
                Ok(tried) => return Ok(Some(tried)),
                Err(PartsStop::Gone(_)) if !began_anew => began_anew = true,
                Err(PartsStop::Refused(error)) => {
                    tracing::info!(job = self.run.job.0, ?error, "no upload in parts here");
                    self.start_over(kept);
                    return self.send_form_instead(ticket, url, token).await.map(Some);
                }
                Err(PartsStop::Gone(error)) => return Err(error.into()),
                Err(PartsStop::Other(stop)) => return Err(stop),
            }
            self.start_over(kept);
        }
    }

    /// The form, where the store refused the parts. If it goes, the refusal was
    /// about the way of sending, and the store is not asked again.
    async fn send_form_instead(
        &self,
        ticket: &UploadTicket,
        url: &Url,
        token: &Secret,
    ) -> Result<Tried, Stop> {
        let tried = self.send_form(ticket, url.clone(), token).await?;
        if matches!(tried, Tried::Done(_)) {
            self.remember_store(url, false);
        }
        Ok(tried)
    }

    /// Has the actor remember whether a store knows uploads in parts.
    pub(super) fn remember_store(&self, url: &Url, knows_parts: bool) {
        let store = store_of(url);
        let report = Report::StoreProved { store, knows_parts };
        self.reports.send(report).ok();
    }

    /// Goes on with what the store has, or begins.
    async fn begin(
        &self,
        url: &Url,
        token: &Secret,
        bucket: &str,
        kept: &mut Option<KeptParts>,
    ) -> Result<Arc<Begun>, PartsStop> {
        let store = store_of(url);
        if !kept.as_ref().is_some_and(|k| is_usable(k, &store, bucket)) {
            let beginning = self.store.initiate(url, token, bucket);
            let beginning = self.to_store(url, || false, beginning);
            let session = self.unless_cancelled(beginning).await?;
            let session = session.map_err(|error| stop_of(error, url))?;
            self.remember_store(url, true);
            let fresh = KeptParts {
                store,
                bucket: bucket.to_owned(),
                upload_id: session.upload_id,
                expires_at: session.expires_at,
                sent: Vec::new(),
            };
            self.reports
                .send(Report::Parts(self.run, fresh.clone()))
                .ok();
            *kept = Some(fresh);
        }
        Ok(Arc::new(Begun {
            store: self.store.clone(),
            url: url.clone(),
            token: token.clone(),
            bucket: bucket.to_owned(),
            upload_id: kept
                .as_ref()
                .map(|k| k.upload_id.clone())
                .unwrap_or_default(),
            path: self.job.path.clone(),
            expected: self.expected.clone(),
            moved: self.moved.clone(),
        }))
    }

    /// Looks at what the store has, sends the rest, makes a file of it.
    async fn pass(
        &self,
        ticket: &UploadTicket,
        begun: &Arc<Begun>,
        plans: &[PartPlan],
        kept: &mut Option<KeptParts>,
    ) -> Result<Tried, PartsStop> {
        let Some(kept) = kept else {
            return Err(Stop::Call(ApiError::new(Step::SendFile, Fault::Request)).into());
        };
        let rechecked = tokio::select! {
            rechecked = self.unless_cancelled(self.recheck(plans, kept)) => rechecked,
            // The file lies on a share that hangs.
            () = nothing_moved(&self.moved, self.patience.no_progress) => {
                let after_secs = self.patience.no_progress.as_secs();
                return Err(ApiError::new(Step::SendFile, Fault::TimedOut { after_secs }).into());
            }
        };
        if let Err(stop) = rechecked {
            self.give_up(begun);
            return Err(stop.into());
        }
        let missing: Vec<_> = plans
            .iter()
            .filter(|plan| !kept.sent.iter().any(|sent| sent.number == plan.number))
            .copied()
            .collect();
        self.send_missing(begun, missing, kept).await?;
        let parts: Vec<_> = kept.sent.iter().map(sent_part).collect();
        // Each was what the file had at its time. Together they may be a file that
        // never was, where a change kept size and time; nobody gets to see it.
        if etag_of_parts(&parts).as_ref() != Some(&self.expected.etag) {
            self.give_up(begun);
            return Err(ApiError::new(Step::SendFile, Fault::FileChanged).into());
        }
        self.complete(ticket, begun, &parts).await
    }

    /// What was sent so far counts for nothing: the file goes once more.
    pub(super) fn start_over(&self, kept: &mut Option<KeptParts>) {
        *kept = None;
        self.moved.reset();
        self.tell(JobState::Sending);
    }

    /// Sends parts, some at once. When it returns, none is on its way, and the
    /// count holds what has arrived: it may begin anew after that.
    async fn send_missing(
        &self,
        begun: &Arc<Begun>,
        missing: Vec<PartPlan>,
        kept: &mut KeptParts,
    ) -> Result<(), PartsStop> {
        let mut running = JoinSet::new();
        let sent = self.send_some(begun, missing, kept, &mut running).await;
        running.shutdown().await;
        sent
    }

    /// After one part has failed no other is begun, but those on their way may
    /// arrive: on a bad link each one counts.
    async fn send_some(
        &self,
        begun: &Arc<Begun>,
        missing: Vec<PartPlan>,
        kept: &mut KeptParts,
        running: &mut JoinSet<Result<SentPart, ApiError>>,
    ) -> Result<(), PartsStop> {
        let mut waiting = missing.into_iter();
        let start = |running: &mut JoinSet<_>, plan: PartPlan| {
            let begun = Arc::clone(begun);
            running.spawn(async move { begun.send(plan).await });
        };
        for plan in waiting.by_ref().take(AT_ONCE) {
            start(running, plan);
        }
        let mut failed = None;
        loop {
            let not_begun: u64 = waiting.as_slice().iter().map(|plan| plan.bytes).sum();
            let all_out = self.expected.size_bytes.saturating_sub(not_begun);
            let ended = tokio::select! {
                ended = running.join_next() => ended,
                () = self.cancel.cancelled() => {
                    self.give_up(begun);
                    return Err(Stop::End(Tried::Cancelled).into());
                }
                limit = silence(&self.moved, all_out, self.patience) => {
                    let after_secs = limit.as_secs();
                    return Err(ApiError::new(Step::SendFile, Fault::TimedOut { after_secs }).into());
                }
            };
            match ended.map(flatten) {
                None => break,
                Some(Ok(part)) => {
                    let part = kept_part(part);
                    self.reports.send(Report::Part(self.run, part.clone())).ok();
                    kept.sent.push(part);
                    if let Some(plan) = waiting.next().filter(|_| failed.is_none()) {
                        start(running, plan);
                    }
                }
                Some(Err(error)) if error.is_transient() => failed = failed.or(Some(error)),
                Some(Err(error)) => return Err(stop_of_begun(error, &begun.url)),
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn complete(
        &self,
        ticket: &UploadTicket,
        begun: &Begun,
        parts: &[SentPart],
    ) -> Result<Tried, PartsStop> {
        self.tell(JobState::Confirming);
        let open = begun.open();
        let completing = self.store.complete(&open, parts, &self.job.name, MIME);
        let completing = self.to_store(&begun.url, || true, completing);
        tokio::pin!(completing);
        let limit = self.patience.no_answer;
        let reply = tokio::select! {
            reply = &mut completing => reply,
            () = self.cancel.cancelled() => {
                match tokio::time::timeout(SETTLE_LIMIT, &mut completing).await {
                    Ok(reply) => reply,
                    Err(_) => return Ok(self.settle_cancel(Some(ticket)).await),
                }
            }
            () = tokio::time::sleep(limit) => {
                let after_secs = limit.as_secs();
                Err(ApiError::new(Step::SendFile, Fault::TimedOut { after_secs }))
            }
        };
        match reply {
            Ok(reply) => Ok(self.judge(ticket, reply).await?),
            Err(error) if is_lost_answer(&error) => {
                Ok(self.settle_lost(Some(ticket), error).await?)
            }
            Err(error) => Err(stop_of_begun(error, &begun.url)),
        }
    }

    /// Tells the store that nobody needs the parts, unless the program ends:
    /// the next start may go on with them. Nobody waits for it.
    fn give_up(&self, begun: &Arc<Begun>) {
        if self.program_ends.is_cancelled() {
            return;
        }
        self.reports.send(Report::PartsGivenUp(self.run)).ok();
        let begun = Arc::clone(begun);
        tokio::spawn(async move {
            let open = begun.open();
            let aborting = begun.store.abort(&open);
            tokio::time::timeout(ABORT_LIMIT, aborting).await.ok();
        });
    }
}

fn flatten(ended: Result<Result<SentPart, ApiError>, JoinError>) -> Result<SentPart, ApiError> {
    ended.unwrap_or_else(|error| {
        let mut failed = ApiError::new(Step::SendFile, Fault::Request);
        failed.source = Some(error.into());
        Err(failed)
    })
}
