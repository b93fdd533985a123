//! The check of one file: what is it, and is it on the task already?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::report::{Checked, Listed, Report, Run};
use super::translate::{is_sign_in_ended, kind_of_file, translate};
use super::watchdog::nothing_moved;
use super::way::unless_left_behind;
use crate::api::{ApiError, Fault, Fingerprint, Moved, Ones, hash_file};
use crate::model::{
    ErrorKind, Existing, ExistingPlace, Job, NAME_MAX_CHARS, Step, Task, UploadError,
};

/// The attachments of one task, asked for once by the first job of a batch
/// that needs them and shared by the others.
pub(super) type ListCell = Arc<OnceCell<Result<Listed, Refusal>>>;

/// A list that could not be had.
#[derive(Clone)]
pub(super) enum Refusal {
    SignInEnded(UploadError),
    Failed(UploadError),
    Again {
        error: UploadError,
        retry_after: Option<Duration>,
    },
}

/// One check.
pub(super) struct Check {
    pub(super) job: Job,
    pub(super) task: Arc<Task>,
    pub(super) ones: Arc<Ones>,
    pub(super) list: ListCell,
    pub(super) moved: Arc<Moved>,
    pub(super) cancel: CancellationToken,
    /// The fingerprint, if an earlier check came that far.
    pub(super) print: Option<Fingerprint>,
    /// The team's limit as it was named last.
    pub(super) size_limit_bytes: Option<u64>,
    /// How long no byte may be read until it is told that the file hangs.
    pub(super) silence: Duration,
    pub(super) run: Run,
    pub(super) reports: UnboundedSender<Report>,
}

impl Check {
    /// Hashes the file and compares it with the task's list.
    pub(super) async fn run(self) -> Checked {
        if let Some(kind) = self.refused_unread() {
            return Checked::Failed(kind.into());
        }
        let print = match self.print.clone() {
            Some(print) => print,
            None => match self.fingerprint().await {
                Ok(print) => print,
                Err(error) => return Checked::Failed(error),
            },
        };
        let ask = || ask_for_list(&self.ones, &self.task);
        match self.list.get_or_init(ask).await.clone() {
            Err(Refusal::SignInEnded(error)) => Checked::SignInEnded(error),
            Err(Refusal::Failed(error)) => Checked::Failed(error),
            Err(Refusal::Again { error, retry_after }) => Checked::Again {
                print,
                error,
                retry_after,
            },
            Ok(listed) => match found_on_task(&listed, &print.etag) {
                Some(existing) => Checked::Found(print, listed, existing),
                None => Checked::Fresh(print, listed),
            },
        }
    }

    /// What can be refused without reading a byte.
    fn refused_unread(&self) -> Option<ErrorKind> {
        let chars = self.job.name.chars().count();
        if chars > NAME_MAX_CHARS {
            return Some(ErrorKind::NameTooLong { chars });
        }
        let limit_bytes = self.size_limit_bytes?;
        let size_bytes = self.job.size_bytes;
        (size_bytes > limit_bytes).then_some(ErrorKind::TooLarge {
            size_bytes,
            limit_bytes,
        })
    }

    async fn fingerprint(&self) -> Result<Fingerprint, UploadError> {
        let path = self.job.path.clone();
        let moved = self.moved.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let mut hash = tokio::task::spawn_blocking(move || {
            hash_file(&path, &moved, || !stopped.load(Ordering::Relaxed))
        });
        let mut told = false;
        let hashed = loop {
            tokio::select! {
                hashed = &mut hash => break hashed,
                () = self.cancel.cancelled() => {
                    stop.store(true, Ordering::Relaxed);
                    return Err(ErrorKind::ReadFailed.into());
                }
                () = nothing_moved(&self.moved, self.silence), if !told => {
                    told = true;
                    self.reports.send(Report::CheckHangs(self.run)).ok();
                }
            }
        };
        match hashed {
            Ok(Ok(fingerprint)) => Ok(fingerprint),
            Ok(Err(error)) => {
                let mut told = UploadError::new(kind_of_file(error.kind()));
                told.details.cause = Some(error.to_string());
                Err(told)
            }
            Err(_) => Err(ErrorKind::ReadFailed.into()),
        }
    }
}

/// Asks for the list once.
async fn ask_for_list(ones: &Ones, task: &Task) -> Result<Listed, Refusal> {
    let server = |called| ones.routes(called);
    let asking = ones.attachments(task);
    let asking = unless_left_behind(Step::ListAttachments, server, || false, asking);
    let error = match asking.await {
        Ok(listed) => return Ok(Some(Arc::new(listed))),
        Err(error) => error,
    };
    let told = translate(&error, 0);
    if is_sign_in_ended(&error) {
        return Err(Refusal::SignInEnded(told));
    }
    if has_no_list(&error) {
        return Ok(None);
    }
    // A page in between may be gone in a moment; without the list duplicates would
    // be sent.
    let is_page = matches!(error.fault, Fault::NotJson | Fault::TooLong);
    if error.is_transient() || is_page {
        return Err(Refusal::Again {
            error: told,
            retry_after: error.retry_after_secs.map(Duration::from_secs),
        });
    }
    Err(Refusal::Failed(told))
}

/// A server without the list (405 or 501, inferred from HTTP; 404 means the task):
/// step 1 with the hash still finds content that ONES has.
fn has_no_list(error: &ApiError) -> bool {
    error.fault == Fault::Status && matches!(error.status, Some(405 | 501))
}

fn found_on_task(listed: &Listed, etag: &str) -> Option<Existing> {
    let same = listed.as_ref()?.iter().find(|item| item.hash == etag)?;
    Some(Existing {
        place: ExistingPlace::OnTask {
            name: same.name.clone(),
            added_us: same.added_us,
            resource: same.resource.clone(),
        },
        hash: etag.to_owned(),
    })
}
