//! The actor's side that starts tries, and hears how they ended.
//!
//! Whether a failed try is repeated is decided in `retry`; here that is done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::actor::Actor;
use super::claims::Doubt;
use super::report::{Report, Run, Tried};
use super::retry::{Failure, Next};
use super::upload::Try;
use crate::model::{ErrorKind, Event, Hold, Job, JobId, JobState, RetryPause, UploadError};

/// A try that runs.
pub(super) struct Trying {
    size_bytes: u64,
    /// Where it hears that it may send; gone once it was told.
    turn: Option<oneshot::Sender<()>>,
}

impl Actor {
    /// Starts what may start: checks ahead of uploads, small and large apart.
    pub(super) fn pump(&mut self) {
        self.start_what_may();
        for run in self.to_send.asked() {
            let asking = |job: &Job| job.state == JobState::Asking;
            if self.board.job(run.job).is_some_and(asking) {
                self.change(run.job, JobState::Ready);
            }
        }
    }

    fn start_what_may(&mut self) {
        if self.paused || self.offline.is_some() || !self.session.is_in() {
            return;
        }
        while let Some(id) = self.next_to_check() {
            self.start_check(id);
        }
        let parallel = self.config.parallel.unwrap_or(self.settings.parallel);
        let slots = usize::from(parallel.clamp(1, 16));
        while let Some(id) = self.to_send.next_to_ask(slots) {
            let ready = |job: &&Job| job.state == JobState::Ready;
            match self.board.job(id).filter(ready).cloned() {
                Some(job) if self.may_go_on(id) => self.start_try(job),
                Some(_) => self.change(id, JobState::Held(Hold::SignIn)),
                None => {}
            }
        }
        while let Some(run) = self.to_send.next_to_send(slots) {
            self.give_turn(run);
        }
    }

    /// The file of this try may be sent now.
    fn give_turn(&mut self, run: Run) {
        let given_up = self.current(run).is_none_or(|work| work.is_stopped());
        if given_up {
            return self.take_turn_away(run);
        }
        let Some(trying) = self.trying.get_mut(&run) else {
            return;
        };
        self.to_send.sending(trying.size_bytes);
        if let Some(turn) = trying.turn.take() {
            turn.send(()).ok();
        }
        // Said here and not when the try says it: a cancel or a sign-out that
        // comes in between must know that bytes may be on their way.
        self.change(run.job, JobState::Sending);
    }

    /// A try may have attached its file.
    pub(super) fn doubts(&mut self, run: Run, doubt: Doubt) {
        if let Some(work) = self.current(run) {
            work.in_doubt = doubt;
        }
    }

    /// Step 1 of a try is done. One that was given up meanwhile, or was asked in the
    /// name of a sign-in that ended meanwhile, gets no turn.
    pub(super) fn asked(&mut self, run: Run) {
        let session = self.session.is_in().then(|| self.session.number());
        let given_up = self
            .current(run)
            .is_none_or(|work| Some(work.session) != session);
        match self.trying.get(&run) {
            Some(_) if given_up => self.take_turn_away(run),
            Some(trying) => self.to_send.has_asked(run, trying.size_bytes),
            None => {}
        }
    }

    /// Tries that only wait for their turn are to begin anew later.
    pub(super) fn send_asked_back(&mut self) {
        for run in self.to_send.take_asked() {
            self.take_turn_away(run);
        }
    }

    /// Ends a try that waits for its turn: its end of the line is dropped.
    fn take_turn_away(&mut self, run: Run) {
        if let Some(trying) = self.trying.remove(&run) {
            self.to_send.ended_ahead(run, trying.size_bytes);
        }
    }

    fn start_try(&mut self, job: Job) {
        let (id, size_bytes) = (job.id, job.size_bytes);
        let (Some(ones), Some(task)) = (self.session.ones(), job.task.clone()) else {
            return;
        };
        let stores = self.store_policy();
        let Some(work) = self.work.get_mut(&id) else {
            return;
        };
        let Some((expected, listed)) = work.known.clone() else {
            return;
        };
        let run = Run {
            job: id,
            number: work.run,
        };
        if self.trying.contains_key(&run) {
            return;
        }
        work.busy = true;
        work.session = self.session.number();
        let (ones, store) = self
            .clients
            .after(work.tries.distrusts_kept_connections(), ones);
        let (turn, gets_turn) = oneshot::channel();
        let one_try = Try {
            run,
            job,
            task,
            store: store.beside(ones.server()),
            ones,
            expected,
            listed,
            in_doubt: std::mem::take(&mut work.in_doubt),
            claims: self.claims.clone(),
            moved: work.counts_anew(),
            cancel: work.cancel_token(&self.stop),
            turn: gets_turn,
            stores,
            kept: work.parts.clone(),
            program_ends: self.stop.clone(),
            patience: self.config.patience,
            clock: self.config.clock,
            reports: self.reporter(),
        };
        let trying = Trying {
            size_bytes,
            turn: Some(turn),
        };
        self.trying.insert(run, trying);
        self.to_send.asking(size_bytes);
        self.change(id, JobState::Asking);
        let reports = self.reporter();
        tokio::spawn(async move {
            let tried = one_try.run().await;
            reports.send(Report::Tried(run, Box::new(tried))).ok();
        });
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
        };
        let next = work.tries.failed(&failure, &policy);
        let failed = work.tries.count();
        let (cancel, doubt) = (work.cancel_token(&stop), work.in_doubt);
        if let ErrorKind::Interrupted { tries } = &mut error.kind {
            *tries = failed;
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
