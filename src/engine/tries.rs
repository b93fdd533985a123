//! The actor's side that starts checks and tries, and hears how they ended.
//!
//! Whether a failed try is repeated is decided here and nowhere else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::actor::Actor;
use super::check::Check;
use super::jobs::Work;
use super::report::{Checked, Report, Run, Tried};
use super::upload::Try;
use crate::api::Store;
use crate::model::{
    ErrorKind, Existing, ExistingPlace, Hold, Job, JobId, JobState, RetryPause, UploadError,
};

/// What sockets may take in before they notice that nobody listens.
const SOCKET_BYTES: u64 = 4 * 1024 * 1024;
/// Files read for their fingerprint at once.
const CHECKS_AT_ONCE: usize = 2;

impl Actor {
    /// Starts what may start: checks ahead of uploads, small and large apart.
    pub(super) fn pump(&mut self) {
        if self.paused || self.offline || !self.session.is_in() {
            return;
        }
        while self.checking.len() < CHECKS_AT_ONCE {
            let Some(id) = self.to_check.pop_front() else {
                break;
            };
            self.start_check(id);
        }
        let slots = usize::from(self.settings.parallel.clamp(1, 16));
        while let Some(id) = self.to_send.next(slots) {
            let ready = |job: &&Job| job.state == JobState::Ready;
            if let Some(job) = self.board.job(id).filter(ready).cloned() {
                self.start_try(job);
            }
        }
    }

    fn start_check(&mut self, id: JobId) {
        let Some(ones) = self.session.ones() else {
            return;
        };
        let Some(job) = self
            .board
            .job(id)
            .filter(|job| job.state == JobState::Queued)
        else {
            return;
        };
        let (Some(task), job) = (job.task.clone(), job.clone()) else {
            return;
        };
        let list = self.lists.entry(task.id.clone()).or_default().clone();
        let Some(work) = self.work.get_mut(&id) else {
            return;
        };
        work.busy = true;
        work.moved = Arc::default();
        let ones = if work.free_repeat_used {
            Arc::new(ones.on(self.clients.unpooled.clone()))
        } else {
            ones
        };
        let check = Check {
            size_limit_bytes: self.settings.size_limits.get(&task.team).copied(),
            job,
            task,
            ones,
            list,
            moved: work.moved.clone(),
            cancel: work.cancel.clone(),
            print: work.print.clone(),
        };
        let run = Run {
            job: id,
            number: work.run,
        };
        self.checking.push(id);
        self.change(id, JobState::Checking);
        let reports = self.reporter();
        tokio::spawn(async move {
            let checked = check.run().await;
            reports.send(Report::Checked(run, Box::new(checked))).ok();
        });
    }

    fn start_try(&mut self, job: Job) {
        let (id, size_bytes) = (job.id, job.size_bytes);
        let (Some(ones), Some(task)) = (self.session.ones(), job.task.clone()) else {
            return;
        };
        let Some(work) = self.work.get_mut(&id) else {
            return;
        };
        let Some((expected, listed)) = work.known.clone() else {
            return;
        };
        work.busy = true;
        work.moved = Arc::default();
        let run = Run {
            job: id,
            number: work.run,
        };
        // After a connection that had gone stale the others may be stale too.
        let (ones, store) = if work.free_repeat_used {
            let fresh = self.clients.unpooled.clone();
            (Arc::new(ones.on(fresh.clone())), Store::new(fresh))
        } else {
            (ones, self.clients.store.clone())
        };
        let one_try = Try {
            run,
            job,
            task,
            store: store.beside(ones.server()),
            ones,
            expected,
            listed,
            moved: work.moved.clone(),
            cancel: work.cancel.clone(),
            patience: self.config.patience,
            clock: self.config.clock,
            reports: self.reporter(),
        };
        self.to_send.started(size_bytes);
        let reports = self.reporter();
        tokio::spawn(async move {
            let tried = one_try.run().await;
            reports
                .send(Report::Tried(run, Box::new(tried), size_bytes))
                .ok();
        });
    }

    /// A check came to its end.
    pub(super) fn checked(&mut self, run: Run, checked: Checked) {
        let id = run.job;
        if let Some(place) = self.checking.iter().position(|running| *running == id) {
            self.checking.swap_remove(place);
        }
        if let Some(work) = self.current(run) {
            work.busy = false;
            match checked {
                Checked::Failed(error) => self.change(id, JobState::Failed(error)),
                Checked::SignInEnded(error) => self.sign_in_ended(id, error),
                Checked::Again {
                    print,
                    error,
                    retry_after,
                } => {
                    work.print = Some(print);
                    self.forget_list(id);
                    self.try_again(run, error, retry_after);
                }
                Checked::Fresh(print, listed) => {
                    let etag = print.etag.clone();
                    work.known = Some((print, listed));
                    self.contents.entry(etag).or_default().push(id);
                    self.fresh.insert(id);
                }
                Checked::Found(print, listed, existing) => {
                    work.known = Some((print, listed));
                    self.ask_or_go_on(id, existing);
                }
            }
        }
        self.decide_fresh();
    }

    /// Decides about files that are new to their task, in the order they came:
    /// of two with one content it is the later one that is asked about. So a
    /// file waits while an earlier one is still being read.
    fn decide_fresh(&mut self) {
        let earliest = self.checking.iter().min().copied();
        while let Some(id) = self.fresh.first().copied() {
            if earliest.is_some_and(|running| running < id) {
                return;
            }
            self.fresh.remove(&id);
            let checking = self
                .board
                .job(id)
                .is_some_and(|job| job.state == JobState::Checking);
            if !checking {
                continue; // cancelled meanwhile
            }
            match self.found_in_list(id) {
                Some(existing) => self.ask_or_go_on(id, existing),
                None => self.make_ready(id),
            }
        }
    }

    fn ask_or_go_on(&mut self, id: JobId, existing: Existing) {
        if self.work.get(&id).is_some_and(|work| work.again) {
            self.make_ready(id);
        } else {
            self.change(id, JobState::Duplicate(existing));
        }
    }

    pub(super) fn make_ready(&mut self, id: JobId) {
        if self.session.is_in() {
            self.change(id, JobState::Ready);
            let size_bytes = self.board.job(id).map_or(0, |job| job.size_bytes);
            self.to_send.push(id, size_bytes);
        } else {
            self.change(id, JobState::Held(Hold::SignIn));
        }
    }

    /// The same content in another row for the same task.
    fn found_in_list(&self, id: JobId) -> Option<Existing> {
        let task = &self.board.job(id)?.task;
        let (print, _) = self.work.get(&id)?.known.as_ref()?;
        let same = self.contents.get(&print.etag)?.iter().find_map(|other| {
            let other = self.board.job(*other).filter(|job| job.id != id)?;
            let known = self.work.get(&other.id)?.known.as_ref();
            // A retried file may have another content by now.
            let same = known.is_some_and(|(now, _)| now.etag == print.etag);
            let decided = !self.fresh.contains(&other.id);
            (same && decided && other.task == *task && counts(&other.state)).then_some(other)
        })?;
        Some(Existing {
            place: ExistingPlace::InList {
                name: same.name.clone(),
            },
            hash: print.etag.clone(),
        })
    }

    /// An upload moved on.
    pub(super) fn moved_on(&mut self, run: Run, state: JobState) {
        if self.current(run).is_some() {
            self.change(run.job, state);
        }
    }

    /// One try came to its end.
    pub(super) fn tried(&mut self, run: Run, tried: Tried, size_bytes: u64) {
        let id = run.job;
        self.to_send.ended(size_bytes);
        let Some(work) = self.current(run) else {
            return;
        };
        work.busy = false;
        match tried {
            Tried::Done(receipt) => self.change(id, JobState::Done(receipt)),
            Tried::Duplicate(existing) => self.change(id, JobState::Duplicate(existing)),
            Tried::Failed(error) => self.change(id, JobState::Failed(error)),
            Tried::Cancelled => self.change(id, JobState::Cancelled),
            Tried::SignInEnded(error) => self.sign_in_ended(id, error),
            Tried::Again { error, retry_after } => self.try_again(run, error, retry_after),
        }
    }

    fn try_again(&mut self, run: Run, mut error: UploadError, retry_after: Option<Duration>) {
        if self.is_cut_off(&error) {
            self.forget_list(run.job);
            self.wait_for_network(run.job);
            return;
        }
        let Some(work) = self.current(run) else {
            return;
        };
        if is_stale_connection(&error, work) {
            work.free_repeat_used = true;
            self.retry_at_once(run.job);
            return;
        }
        work.failed_tries += 1;
        let failed = work.failed_tries;
        let cancel = work.cancel.clone();
        if let ErrorKind::Interrupted { tries } = &mut error.kind {
            *tries = failed;
        }
        let policy = self.config.retry;
        let Some(pause) = policy.pause_after(failed, retry_after) else {
            self.change(run.job, JobState::Failed(error));
            return;
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
        if self.work.get(&id).is_some_and(|work| work.known.is_some()) {
            self.change(id, JobState::Ready);
            let size_bytes = self.board.job(id).map_or(0, |job| job.size_bytes);
            self.to_send.push_first(id, size_bytes);
        } else {
            self.change(id, JobState::Queued);
            self.to_check.push_front(id);
        }
    }

    /// A list that could not be had is asked for anew by the next check.
    fn forget_list(&mut self, id: JobId) {
        let task = self.board.job(id).and_then(|job| job.task.clone());
        if let Some(task) = task {
            self.fresh_list(&task.id);
        }
    }
}

/// A server may close a kept connection just when it is used again; the try
/// then breaks before it got anywhere (measured: up to 10 % of the forms, where
/// a server closes after each answer). Once, that costs no try and no pause.
fn is_stale_connection(error: &UploadError, work: &Work) -> bool {
    let broke = matches!(error.kind, ErrorKind::Interrupted { .. });
    broke && !work.free_repeat_used && work.moved.get() <= SOCKET_BYTES
}

/// Whether a row in this state has its content on the task, or soon will.
fn counts(state: &JobState) -> bool {
    !matches!(
        state,
        JobState::Failed(_) | JobState::Cancelled | JobState::Skipped(_) | JobState::Duplicate(_)
    )
}
