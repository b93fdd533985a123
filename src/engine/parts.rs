//! A large file in parts: what a break takes away is the part that was on its
//! way, not the file.
//!
//! Used by one try of an upload (`upload`) where the store is one of Kodo's or
//! has shown that it may know the way. What the store has is told to the actor
//! part by part, so that the next try, or the next run of the program, sends
//! only the rest. A store that refuses gets the form, and is remembered.
//!
//! That ONES' upload tokens work here as they do for the form is inferred; so
//! is every rule about falling back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;
use tokio::task::{JoinError, JoinSet};

use super::report::{Report, Tried};
use super::upload::{SETTLE_LIMIT, Stop, Try};
use super::verdict::is_lost_answer;
use super::watchdog::nothing_moved;
use crate::api::{
    ApiError, Fault, Fingerprint, Moved, OpenUpload, PartParcel, PartPlan, SentPart, Store,
    UploadTicket, bucket_of, is_kodo_host, part_matches, plan,
};
use crate::journal::{KeptPart, KeptParts};
use crate::model::{JobState, Secret, Step};

/// Larger files go in parts. Below, the two extra calls cost more than a break.
const FROM_BYTES: u64 = 16 * 1024 * 1024;
/// Parts of one file on their way at once (seen: Qiniu's clients take 3 or 4).
const AT_ONCE: usize = 4;
/// An upload that the store will forget sooner than this is not gone on with.
const LIFE_MARGIN_SECS: u64 = 3600;
/// How long the store may take to hear that an upload was given up.
const ABORT_LIMIT: Duration = Duration::from_secs(5);
/// Believed only where the token does not have the store look itself.
const MIME: &str = "application/octet-stream";

/// Whether large files go in parts, and which stores proved what.
#[derive(Debug, Clone, Default)]
pub(super) struct PartsPolicy {
    pub(super) allowed: bool,
    pub(super) stores: BTreeMap<String, bool>,
}

impl PartsPolicy {
    fn allows(&self, url: &Url) -> bool {
        let proved = self.stores.get(&store_of(url)).copied();
        self.allowed && proved.unwrap_or_else(|| is_kodo_host(url))
    }
}

/// The name under which a store is remembered: `https://host[:port]`.
pub(super) fn store_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// How sending in parts ended, if not in a verdict.
enum PartsStop {
    /// The store has forgotten the upload.
    Gone(ApiError),
    /// The store refuses this way of sending.
    Refused(ApiError),
    Other(Stop),
}

impl From<Stop> for PartsStop {
    fn from(stop: Stop) -> Self {
        Self::Other(stop)
    }
}

impl From<ApiError> for PartsStop {
    fn from(error: ApiError) -> Self {
        if error.is_upload_gone() {
            Self::Gone(error)
        } else if is_refusal(&error) {
            Self::Refused(error)
        } else {
            Self::Other(error.into())
        }
    }
}

/// A begun upload with all that its calls need, shared by the parts.
struct Begun {
    store: Store,
    url: Url,
    token: Secret,
    bucket: String,
    upload_id: String,
    path: std::path::PathBuf,
    expected: Fingerprint,
    moved: Arc<Moved>,
}

impl Begun {
    fn open(&self) -> OpenUpload<'_> {
        OpenUpload {
            upload_url: &self.url,
            token: &self.token,
            bucket: &self.bucket,
            upload_id: &self.upload_id,
        }
    }

    /// Sends one part; once more at once if the connection broke, which a kept
    /// one may do that went stale.
    async fn send(&self, plan: PartPlan) -> Result<SentPart, ApiError> {
        let parcel = PartParcel {
            path: &self.path,
            expected: &self.expected,
            plan,
            moved: &self.moved,
        };
        match self.store.send_part(&self.open(), &parcel).await {
            Err(error) if error.fault == Fault::Broken && !error.is_damaged() => {
                self.store.send_part(&self.open(), &parcel).await
            }
            other => other,
        }
    }
}

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
        if !self.parts.allows(url) {
            return Ok(None);
        }
        let mut began_anew = false;
        loop {
            let begun = self.begin(url, token, &bucket, kept).await;
            let ended = match begun {
                Ok(begun) => self.pass(ticket, &begun, &plans, kept).await,
                Err(stop) => Err(stop),
            };
            match ended {
                Ok(tried) => return Ok(Some(tried)),
                Err(PartsStop::Gone(_)) if !began_anew => began_anew = true,
                Err(PartsStop::Refused(error)) => {
                    tracing::info!(job = self.run.job.0, ?error, "no upload in parts here");
                    self.remember_store(url, false);
                    self.start_over(kept);
                    return Ok(None);
                }
                Err(PartsStop::Gone(error)) => return Err(error.into()),
                Err(PartsStop::Other(stop)) => return Err(stop),
            }
            self.start_over(kept);
        }
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
            let session = self.unless_cancelled(beginning).await?;
            let session = session.map_err(|error| match error.fault {
                // A store of its own kind may answer anything.
                Fault::NotJson | Fault::TooLong | Fault::Redirect => PartsStop::Refused(error),
                _ => error.into(),
            })?;
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
        if let Err(stop) = self.unless_cancelled(self.recheck(plans, kept)).await {
            self.give_up(begun);
            return Err(stop.into());
        }
        let missing: Vec<_> = plans
            .iter()
            .filter(|plan| !kept.sent.iter().any(|sent| sent.number == plan.number))
            .copied()
            .collect();
        self.send_missing(begun, missing, kept).await?;
        self.complete(ticket, begun, kept).await
    }

    /// Forgets sent parts that the file does not have any more.
    async fn recheck(&self, plans: &[PartPlan], kept: &mut KeptParts) {
        let (path, plans) = (self.job.path.clone(), plans.to_vec());
        let (sent, moved) = (std::mem::take(&mut kept.sent), self.moved.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let same = |part: &KeptPart| {
                let plan = plans.iter().find(|plan| plan.number == part.number)?;
                let matches = part_matches(&path, plan, &sent_part(part)).ok()?;
                matches.then_some(plan.bytes)
            };
            let mut good = Vec::with_capacity(sent.len());
            for part in sent {
                if let Some(bytes) = same(&part) {
                    moved.count(bytes);
                    good.push(part);
                }
            }
            good
        });
        kept.sent = looked.await.unwrap_or_default();
    }

    /// Sends parts, some at once. After one has failed no other is begun, but
    /// those on their way may arrive: on a bad link each one counts.
    async fn send_missing(
        &self,
        begun: &Arc<Begun>,
        missing: Vec<PartPlan>,
        kept: &mut KeptParts,
    ) -> Result<(), PartsStop> {
        let mut waiting = missing.into_iter();
        let mut running = JoinSet::new();
        let start = |running: &mut JoinSet<_>, plan: PartPlan| {
            let begun = Arc::clone(begun);
            running.spawn(async move { begun.send(plan).await });
        };
        for plan in waiting.by_ref().take(AT_ONCE) {
            start(&mut running, plan);
        }
        let mut failed = None;
        loop {
            let limit = self.patience.no_progress;
            let ended = tokio::select! {
                ended = running.join_next() => ended,
                () = self.cancel.cancelled() => {
                    self.give_up(begun);
                    return Err(Stop::End(Tried::Cancelled).into());
                }
                () = nothing_moved(&self.moved, limit) => {
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
                        start(&mut running, plan);
                    }
                }
                Some(Err(error)) if error.is_transient() => failed = failed.or(Some(error)),
                Some(Err(error)) => return Err(error.into()),
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn complete(
        &self,
        ticket: &UploadTicket,
        begun: &Begun,
        kept: &KeptParts,
    ) -> Result<Tried, PartsStop> {
        self.tell(JobState::Confirming);
        let parts: Vec<_> = kept.sent.iter().map(sent_part).collect();
        let open = begun.open();
        let completing = self.store.complete(&open, &parts, &self.job.name, MIME);
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
            Err(error) => Err(error.into()),
        }
    }

    /// Tells the store that nobody needs the parts, unless the program ends:
    /// the next start may go on with them. Nobody waits for it.
    fn give_up(&self, begun: &Arc<Begun>) {
        if self.program_ends.is_cancelled() {
            return;
        }
        let begun = Arc::clone(begun);
        tokio::spawn(async move {
            let open = begun.open();
            let aborting = begun.store.abort(&open);
            tokio::time::timeout(ABORT_LIMIT, aborting).await.ok();
        });
    }
}

fn is_usable(kept: &KeptParts, store: &str, bucket: &str) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_secs = now.map_or(0, |since| since.as_secs());
    let lives = |until: u64| until > now_secs + LIFE_MARGIN_SECS;
    kept.store == store && kept.bucket == bucket && kept.expires_at.is_none_or(lives)
}

/// A final "no" that is about this way of sending. Not: a permit that ran out
/// (401), a file that is too large (413), an upload that is gone (612, 701).
fn is_refusal(error: &ApiError) -> bool {
    error.fault == Fault::Status
        && !error.is_transient()
        && !error.is_upload_gone()
        && !matches!(error.status, Some(401 | 413))
}

fn flatten(ended: Result<Result<SentPart, ApiError>, JoinError>) -> Result<SentPart, ApiError> {
    ended.unwrap_or_else(|error| {
        let mut failed = ApiError::new(Step::SendFile, Fault::Request);
        failed.source = Some(error.into());
        Err(failed)
    })
}

fn kept_part(part: SentPart) -> KeptPart {
    KeptPart {
        number: part.number,
        etag: part.etag,
        md5: part.md5,
    }
}

fn sent_part(part: &KeptPart) -> SentPart {
    SentPart {
        number: part.number,
        etag: part.etag.clone(),
        md5: part.md5.clone(),
    }
}
