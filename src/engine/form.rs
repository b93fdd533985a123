//! Step 2 of a try: the file goes to the store that step 1 named, in parts where
//! that is the way (`parts`), else as one form.

use reqwest::Url;

use super::report::{Report, Tried};
use super::stores::store_of;
use super::upload::{SETTLE_LIMIT, Stop, Try};
use super::verdict::is_lost_answer;
use super::watchdog::nothing_moved;
use crate::api::{ApiError, Fault, Parcel, Reply, UploadAddress, UploadTicket};
use crate::journal::KeptParts;
use crate::model::{ErrorKind, JobState, Secret, Step, UploadError};

impl Try {
    /// Step 2 and its verdict: in parts where that is the way, else the form.
    pub(super) async fn send(
        &self,
        ticket: &UploadTicket,
        upload_url: &str,
        token: &Secret,
        kept: &mut Option<KeptParts>,
    ) -> Result<Tried, Stop> {
        let url = self.agreed_address(upload_url).await?;
        self.tell(JobState::Sending);
        match self.send_in_parts(ticket, (&url, token), kept).await? {
            Some(tried) => Ok(tried),
            None => self.send_form(ticket, url, token).await,
        }
    }

    /// The address of the store, if the file may go there (S4).
    async fn agreed_address(&self, upload_url: &str) -> Result<Url, Stop> {
        let looked_up = self.store.upload_address(upload_url);
        let address = self.unless_cancelled(looked_up).await?;
        if let UploadAddress::Safe(url) | UploadAddress::Plain(url) = &address {
            let store = store_of(url).into();
            self.reports.send(Report::GoesTo(self.run, store)).ok();
        }
        match address {
            UploadAddress::Safe(url) => Ok(url),
            UploadAddress::Plain(url) if self.stores.may_go_plain(&url) => Ok(url),
            UploadAddress::Plain(url) => Err(ErrorKind::PlainStore {
                store: store_of(&url),
            }
            .into()),
            UploadAddress::Unsafe => {
                let mut error = UploadError::new(ErrorKind::UnsafeUploadAddress);
                // Without path and query: they may say more than is anybody's business.
                let url = Url::parse(upload_url).ok();
                let url = url.filter(|url| url.origin().is_tuple());
                error.details.cause = url.as_ref().map(store_of);
                Err(Stop::End(Tried::Failed(error)))
            }
        }
    }

    /// Sends the form; the verdict on its answer.
    pub(super) async fn send_form(
        &self,
        ticket: &UploadTicket,
        url: Url,
        token: &Secret,
    ) -> Result<Tried, Stop> {
        let parcel = Parcel {
            path: &self.job.path,
            name: &self.job.name,
            expected: &self.expected,
            moved: &self.moved,
        };
        let mut all_out = false;
        // Dropped where it goes no further: that closes its connection.
        let sending = self.store.send_form(url.clone(), token, &parcel);
        let mut sending = Box::pin(self.to_store(&url, || self.moved.is_all_out(), sending));
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
                    if !self.moved.is_all_out() {
                        drop(sending);
                        if !self.moved.is_all_out() {
                            return Ok(Tried::Cancelled);
                        }
                        return Ok(self.settle_cancel(Some(ticket)).await);
                    }
                    match tokio::time::timeout(SETTLE_LIMIT, &mut sending).await {
                        Ok(reply) => break reply,
                        Err(_) => return Ok(self.settle_cancel(Some(ticket)).await),
                    }
                }
                () = nothing_moved(&self.moved, limit) => {
                    drop(sending);
                    let after_secs = limit.as_secs();
                    break Err(ApiError::new(Step::SendFile, Fault::TimedOut { after_secs }));
                }
                () = self.moved.all_out(), if !all_out => {
                    all_out = true;
                    self.tell(JobState::Confirming);
                }
            }
        };
        // Answered before the loop heard that all is out.
        if !all_out && self.moved.is_all_out() {
            self.tell(JobState::Confirming);
        }
        match reply {
            Ok(reply) => {
                self.learn_of(&url, &reply);
                self.judge(ticket, reply).await
            }
            Err(error) if self.moved.is_all_out() && is_lost_answer(&error) => {
                self.settle_lost(Some(ticket), error).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A store that signs its answers as Kodo does (`X-Reqid` and `X-Log`,
    /// documented: Qiniu 1312) may know uploads in parts: the next large file
    /// will show.
    fn learn_of(&self, url: &Url, reply: &Reply) {
        let is_kodo = reply.request_id.is_some() && reply.store_log.is_some();
        if is_kodo && !self.stores.proved.contains_key(&store_of(url)) {
            self.remember_store(url, true);
        }
    }
}
