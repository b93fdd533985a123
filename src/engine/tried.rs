//! The actor's side that hears of tries: how they go, how they ended.
//!
//! Whether a failed try is repeated is decided in `retry`; here that is done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::actor::Actor;
use super::claims::Doubt;
use super::report::{Report, Run, Tried};
use super::retry::{Failure, Next};
use crate::model::{ErrorKind, Event, Hold, Job, JobId, JobState, RetryPause, UploadError};

impl Actor {
    /// A try may have attached its file.
    pub(super) fn doubts(&mut self, run: Run, doubt: Doubt) {
        if let Some(work) = self.current(run) {
            work.in_doubt = doubt;
        }
    }

    /// An upload moved on.
    pub(super) fn moved_on(&mut self, run: Run, state: JobState) {
        let stopping = |job: &Job| job.state == JobState::Stopping;
        if self.current(run).is_some() && !self.board.job(run.job).is_some_and(stopping) {
            self.change(run.job, state);
        }
    }

    /// ONES named a job's store.
    pub(super) fn goes_to_store(&mut self, run: Run, store: Arc<str>) {
        let id = run.job;
        let is_news = |job: &Job| job.store.as_ref() != Some(&store);
        if self.current(run).is_some() && self.board.job(id).is_some_and(is_news) {
            self.tell(Event::JobStore { id, store });
        }
    }

    /// One try came to its end.
    pub(super) fn tried(&mut self, run: Run, tried: Tried) {
        let id = run.job;
        match self.trying.remove(&run) {
            Some(trying) if trying.turn.is_some() => {
                self.to_send.ended_ahead(run, trying.size_bytes);
            }
            Some(trying) => self.to_send.ended(trying.size_bytes),
            None => {}
        }
        let Some(work) = self.current(run) else {
            return;
        };
        work.busy = false;
        let doubt = work.in_doubt;
        let stopped = work.is_stopped();
        let session = work.session;
        match tried {
            Tried::Done(receipt) => self.change(id, JobState::Done(receipt.into())),
            Tried::Duplicate(existing) => {
                // "Attach again" is a new wish, whatever was stopped before.
                work.cancel = None;
                work.interrupted = false;
                self.change(id, JobState::Duplicate(existing));
            }
            // Somebody agreed to it while it was under way.
            Tried::Failed(error) if !stopped && self.is_agreed_to(&error) => self.put_back(id),
            Tried::Failed(error) => self.change(id, doubt.failed(error)),
            Tried::SignInEnded(error) if stopped => {
                self.was_stopped(id);
                self.lose_session(session, error);
            }
            Tried::Cancelled => self.was_stopped(id),
            Tried::Again { .. } | Tried::NotNow if stopped => self.was_stopped(id),
            Tried::SignInEnded(error) => self.sign_in_ended(id, error),
            Tried::NotNow => self.put_back(id),
            Tried::Again { error, retry_after } => self.try_again(run, error, retry_after),
        }
    }

    /// A try was stopped before it attached anything: by the person, or by a
    /// sign-out, after which it begins anew.
    fn was_stopped(&mut self, id: JobId) {
        let Some(work) = self.work.get(&id) else {
            return;
        };
        if work.interrupted {
            self.begin_anew(id);
        } else {
            self.change(id, work.in_doubt.cancelled());
        }
    }

    pub(super) fn try_again(
        &mut self,
        run: Run,
        mut error: UploadError,
        retry_after: Option<Duration>,
    ) {
        // Its end may be about a server that nobody is signed in to any more.
        if !self.may_go_on(run.job) {
            self.put_back(run.job);
            return;
        }
        if self.is_cut_off(&error) {
            self.forget_list(run.job);
            if let Some(work) = self.work.get_mut(&run.job) {
                work.look_anew();
            }
            self.wait_for_network(run.job);
            return;
        }
        let (policy, stop) = (self.config.retry, self.stop.clone());
        let Some(work) = self.current(run) else {
            return;
        };
        let failure = Failure {
            broke: matches!(error.kind, ErrorKind::Interrupted { .. }),
            // A check reads the file, and sends nothing of it.
            moved_bytes: if work.known.is_some() {
                work.moved_bytes()
            } else {
                0
            },
            retry_after,
            in_doubt: work.in_doubt != Doubt::None,
        };
        let next = work.tries.failed(&failure, &policy);
        let failed = work.tries.count();
        let (cancel, doubt) = (work.cancel_token(&stop), work.in_doubt);
        if let ErrorKind::Interrupted { tries } = &mut error.kind {
            *tries = failed.max(1);
        }
        let pause = match next {
            Next::AtOnce => return self.retry_at_once(run.job),
            Next::After(pause) => pause,
            Next::No => return self.change(run.job, doubt.failed(error)),
        };
        let waiting = JobState::Waiting(RetryPause {
            next_try: failed + 1,
            of: policy.tries,
            until: Instant::now() + pause,
            error,
        });
        self.change(run.job, waiting);
        let reports = self.reporter();
        tokio::spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = cancel.cancelled() => return,
            }
            reports.send(Report::RetryNow(run)).ok();
        });
    }

    /// Goes on without a pause, before those that have not begun.
    fn retry_at_once(&mut self, id: JobId) {
        let waiting = JobState::Waiting(RetryPause {
            next_try: 1,
            of: self.config.retry.tries,
            until: Instant::now(),
            error: ErrorKind::Interrupted { tries: 1 }.into(),
        });
        self.change(id, waiting);
        self.go_on(id);
    }

    /// The pause before the next try is over.
    pub(super) fn retry_now(&mut self, run: Run) {
        let waits = |job: &Job| matches!(job.state, JobState::Waiting(_));
        if !self.board.job(run.job).is_some_and(waits) {
            return;
        }
        if self.current(run).is_some() {
            self.go_on(run.job);
        }
    }

    /// It has waited already: it goes before those that have not begun.
    fn go_on(&mut self, id: JobId) {
        if !self.may_go_on(id) {
            self.change(id, JobState::Held(Hold::SignIn));
        } else if self.work.get(&id).is_some_and(|work| work.known.is_some()) {
            self.change(id, JobState::Ready);
            let size_bytes = self.board.job(id).map_or(0, |job| job.size_bytes);
            self.to_send.push_first(id, size_bytes);
        } else {
            self.change(id, JobState::Queued);
            self.to_check.push_front(id);
        }
    }
}
