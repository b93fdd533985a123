//! The actor's side that is about files: rows, checks, tries, verdicts.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::actor::Actor;
use super::check::Check;
use super::report::{Checked, FoundFile, Listed, Report, Run, Tried};
use super::upload::Try;
use crate::api::{Fingerprint, Moved};
use crate::model::{
    Choice, ErrorKind, Event, Existing, ExistingPlace, Hold, Job, JobId, JobState, LeftOut,
    LeftOutReason, RetryPause, SkipReason, Task, UploadError,
};

/// Files below this are told apart from large ones: for them a round trip
/// costs more than their bytes.
const LARGE_BYTES: u64 = 1024 * 1024;
/// Large files sent at once; three were measured to fill a link.
const LARGE_AT_ONCE: usize = 3;
/// Files read for their fingerprint at once.
const CHECKS_AT_ONCE: usize = 2;

/// What the engine alone knows of a job.
pub(super) struct Work {
    pub(super) run: u32,
    pub(super) failed_tries: u32,
    /// The person said "attach again": the content is known to be there.
    pub(super) again: bool,
    /// A task works on it.
    pub(super) busy: bool,
    pub(super) moved: Arc<Moved>,
    pub(super) cancel: CancellationToken,
    pub(super) known: Option<(Fingerprint, Listed)>,
}

impl Actor {
    /// Makes rows of found files, but for those that are in the list already.
    pub(super) fn add_found(
        &mut self,
        files: Vec<FoundFile>,
        mut left_out: Vec<LeftOut>,
        task: Option<&Arc<Task>>,
        description: &Arc<str>,
    ) {
        let open: std::collections::HashSet<_> = self
            .board
            .jobs()
            .iter()
            .filter(|job| !job.state.is_settled() && job.task.as_ref() == task)
            .map(|job| job.path.clone())
            .collect();
        let mut jobs = Vec::with_capacity(files.len());
        for file in files {
            if open.contains(&file.path) {
                left_out.push(LeftOut {
                    path: file.path,
                    reason: LeftOutReason::AlreadyListed,
                });
                continue;
            }
            jobs.push(self.new_job(file, task, description));
        }
        let ids: Vec<_> = jobs.iter().map(|job| (job.id, job.state.clone())).collect();
        self.tell(Event::JobsAdded { jobs, left_out });
        for (id, state) in ids {
            if state == JobState::Queued {
                self.to_check.push_back(id);
            }
        }
    }

    fn new_job(
        &mut self,
        file: FoundFile,
        task: Option<&Arc<Task>>,
        description: &Arc<str>,
    ) -> Job {
        self.last_id += 1;
        let id = JobId(self.last_id);
        let work = Work {
            run: 0,
            failed_tries: 0,
            again: false,
            busy: false,
            moved: Arc::default(),
            cancel: self.stop.child_token(),
            known: None,
        };
        self.work.insert(id, work);
        Job {
            id,
            state: self.waiting_state(task.is_some()),
            task: task.cloned(),
            path: file.path,
            name: file.name,
            description: description.clone(),
            size_bytes: file.size_bytes,
            moved_bytes: 0,
        }
    }

    /// Where a job without a check stands: held, or in the queue.
    fn waiting_state(&self, has_task: bool) -> JobState {
        if !self.session.is_in() {
            JobState::Held(Hold::SignIn)
        } else if has_task {
            JobState::Queued
        } else {
            JobState::Held(Hold::Task)
        }
    }

    /// Starts what may start: checks ahead of uploads, small and large apart.
    pub(super) fn pump(&mut self) {
        if self.paused || !self.session.is_in() {
            return;
        }
        while self.running.checks < CHECKS_AT_ONCE {
            let Some(id) = self.to_check.pop_front() else {
                break;
            };
            self.start_check(id);
        }
        let small_max = usize::from(self.settings.parallel.clamp(1, 16));
        let large_max = LARGE_AT_ONCE.min(small_max);
        // Jobs keep their order among those that find a slot of their kind.
        let mut kept = std::collections::VecDeque::new();
        while let Some(id) = self.to_send.pop_front() {
            let all = self.running.small + self.running.large;
            if all >= small_max {
                kept.push_back(id);
                break;
            }
            let Some(job) = self
                .board
                .job(id)
                .filter(|job| job.state == JobState::Ready)
            else {
                continue;
            };
            let is_large = job.size_bytes >= LARGE_BYTES;
            if is_large && self.running.large >= large_max {
                kept.push_back(id);
                continue;
            }
            self.start_try(job.clone(), is_large);
        }
        kept.append(&mut self.to_send);
        self.to_send = kept;
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
        let check = Check {
            size_limit_bytes: self.settings.size_limits.get(&task.team).copied(),
            job,
            task,
            ones,
            list,
            moved: work.moved.clone(),
            cancel: work.cancel.clone(),
            retry: self.config.retry,
        };
        let run = Run {
            job: id,
            number: work.run,
        };
        self.running.checks += 1;
        self.change(id, JobState::Checking);
        let reports = self.reporter();
        tokio::spawn(async move {
            let checked = check.run().await;
            reports.send(Report::Checked(run, Box::new(checked))).ok();
        });
    }

    fn start_try(&mut self, job: Job, is_large: bool) {
        let id = job.id;
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
        let one_try = Try {
            run,
            job,
            task,
            ones,
            store: self.store.clone(),
            expected,
            listed,
            moved: work.moved.clone(),
            cancel: work.cancel.clone(),
            patience: self.config.patience,
            reports: self.reporter(),
        };
        if is_large {
            self.running.large += 1;
        } else {
            self.running.small += 1;
        }
        let reports = self.reporter();
        tokio::spawn(async move {
            let tried = one_try.run().await;
            reports
                .send(Report::Tried(run, Box::new(tried), is_large))
                .ok();
        });
    }

    /// A check came to its end.
    pub(super) fn checked(&mut self, run: Run, checked: Checked) {
        self.running.checks = self.running.checks.saturating_sub(1);
        let Some(work) = self.current(run) else {
            return;
        };
        work.busy = false;
        let id = run.job;
        match checked {
            Checked::Failed(error) => self.change(id, JobState::Failed(error)),
            Checked::SignInEnded(error) => self.sign_in_ended(id, error),
            Checked::Fresh(print, listed) => {
                work.known = Some((print.clone(), listed));
                match self.found_in_list(id, &print.etag) {
                    Some(existing) => self.ask_or_go_on(id, existing),
                    None => self.make_ready(id),
                }
            }
            Checked::Found(print, listed, existing) => {
                work.known = Some((print, listed));
                self.ask_or_go_on(id, existing);
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

    fn make_ready(&mut self, id: JobId) {
        if self.session.is_in() {
            self.change(id, JobState::Ready);
            self.to_send.push_back(id);
        } else {
            self.change(id, JobState::Held(Hold::SignIn));
        }
    }

    /// The same content in an earlier row for the same task.
    fn found_in_list(&self, id: JobId, etag: &str) -> Option<Existing> {
        let task = self.board.job(id)?.task.clone();
        let same = self.board.jobs().iter().find(|other| {
            let content = self
                .work
                .get(&other.id)
                .and_then(|work| work.known.as_ref());
            let counts = !matches!(
                other.state,
                JobState::Failed(_) | JobState::Cancelled | JobState::Duplicate(_)
            );
            other.id != id
                && other.task == task
                && counts
                && content.is_some_and(|(print, _)| print.etag == etag)
        })?;
        Some(Existing {
            place: ExistingPlace::InList {
                name: same.name.clone(),
            },
            hash: etag.to_owned(),
        })
    }

    /// An upload moved on.
    pub(super) fn moved_on(&mut self, run: Run, state: JobState) {
        if self.current(run).is_some() {
            self.change(run.job, state);
        }
    }

    /// One try came to its end.
    pub(super) fn tried(&mut self, run: Run, tried: Tried, is_large: bool) {
        let id = run.job;
        if is_large {
            self.running.large = self.running.large.saturating_sub(1);
        } else {
            self.running.small = self.running.small.saturating_sub(1);
        }
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

    fn try_again(
        &mut self,
        run: Run,
        mut error: UploadError,
        retry_after: Option<std::time::Duration>,
    ) {
        let Some(work) = self.current(run) else {
            return;
        };
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

    /// The pause before the next try is over.
    pub(super) fn retry_now(&mut self, run: Run) {
        let waits = |job: &Job| matches!(job.state, JobState::Waiting(_));
        if self.current(run).is_some() && self.board.job(run.job).is_some_and(waits) {
            self.change(run.job, JobState::Ready);
            // It has waited already: it goes before those that have not begun.
            self.to_send.push_front(run.job);
        }
    }

    /// Sends the jobs that wait for a task to this one.
    pub(super) fn assign(&mut self, task: &Arc<Task>, description: &Arc<str>) {
        self.fresh_list(&task.id);
        let without: Vec<_> = self
            .board
            .jobs()
            .iter()
            .filter(|job| job.task.is_none() && !job.state.is_settled())
            .map(|job| job.id)
            .collect();
        for id in without {
            self.tell(Event::JobAssigned {
                id,
                task: task.clone(),
                description: description.clone(),
            });
            if self.session.is_in() {
                self.queue(id);
            }
        }
    }

    /// Answers the duplicate question.
    pub(super) fn decide(&mut self, jobs: &[JobId], choice: Choice) {
        for id in jobs {
            let Some(JobState::Duplicate(existing)) = self.board.job(*id).map(|j| j.state.clone())
            else {
                continue;
            };
            match choice {
                Choice::Skip => {
                    self.change(*id, JobState::Skipped(SkipReason { existing }));
                }
                Choice::AttachAgain => {
                    if let Some(work) = self.work.get_mut(id) {
                        work.again = true;
                    }
                    self.make_ready(*id);
                }
            }
        }
    }

    /// Stops jobs. A try that may have attached its file finds that out first.
    pub(super) fn cancel(&mut self, jobs: &[JobId]) {
        for id in jobs {
            let Some(job) = self.board.job(*id) else {
                continue;
            };
            let may_be_attached = matches!(job.state, JobState::Asking | JobState::Confirming);
            let Some(work) = self.work.get_mut(id) else {
                continue;
            };
            work.cancel.cancel();
            if !may_be_attached {
                work.run += 1;
                work.busy = false;
                self.change(*id, JobState::Cancelled);
            }
        }
    }

    /// Starts settled jobs again from the beginning.
    pub(super) fn retry(&mut self, jobs: &[JobId]) {
        let tasks: std::collections::BTreeSet<_> = jobs
            .iter()
            .filter_map(|id| self.board.job(*id)?.task.as_ref())
            .map(|task| task.id.clone())
            .collect();
        for task in &tasks {
            self.fresh_list(task);
        }
        for id in jobs {
            let again = self
                .board
                .job(*id)
                .map(|job| job.state.may_become(&JobState::Queued));
            if again != Some(true) {
                continue;
            }
            let cancel = self.stop.child_token();
            if let Some(work) = self.work.get_mut(id) {
                work.run += 1;
                work.failed_tries = 0;
                work.known = None;
                work.cancel = cancel;
            }
            self.queue(*id);
        }
    }

    /// Takes settled jobs out of the list.
    pub(super) fn remove(&mut self, jobs: &[JobId]) {
        let settled = |id: &JobId| {
            self.board
                .job(*id)
                .is_some_and(|job| job.state.is_settled())
        };
        let gone: Vec<_> = jobs.iter().copied().filter(settled).collect();
        for id in &gone {
            self.work.remove(id);
        }
        self.tell(Event::Removed(gone));
    }

    /// The token was refused: the job waits, and everybody with it.
    fn sign_in_ended(&mut self, id: JobId, error: UploadError) {
        self.change(id, JobState::Held(Hold::SignIn));
        self.lose_session(error);
    }

    /// Holds every job that is not in a task's hands.
    pub(super) fn hold_all(&mut self) {
        let idle = self.board.ids(|state| {
            matches!(
                state,
                JobState::Queued | JobState::Ready | JobState::Waiting(_) | JobState::Held(_)
            )
        });
        self.to_check.clear();
        self.to_send.clear();
        for id in idle {
            if let Some(work) = self.work.get_mut(&id) {
                work.run += 1;
            }
            self.change(id, JobState::Held(Hold::SignIn));
        }
    }

    /// After a sign-in: everything that waited for it goes on.
    pub(super) fn release_all(&mut self) {
        for id in self
            .board
            .ids(|state| *state == JobState::Held(Hold::SignIn))
        {
            self.queue(id);
        }
    }

    /// Puts a job where it can go on from: its check, its turn, or a hold.
    fn queue(&mut self, id: JobId) {
        let has_task = self.board.job(id).is_some_and(|job| job.task.is_some());
        let settled = self.board.job(id).is_some_and(|job| job.state.is_settled());
        let known = self.work.get(&id).is_some_and(|work| work.known.is_some());
        let state = self.waiting_state(has_task);
        if settled {
            self.change(id, JobState::Queued);
        }
        match state {
            JobState::Queued if known => self.make_ready(id),
            JobState::Queued => {
                self.change(id, JobState::Queued);
                self.to_check.push_back(id);
            }
            held => self.change(id, held),
        }
    }

    /// The job's work, if the report is about its present run.
    fn current(&mut self, run: Run) -> Option<&mut Work> {
        self.work
            .get_mut(&run.job)
            .filter(|work| work.run == run.number)
    }

    /// Changes a job's state, if that is a legal move.
    pub(super) fn change(&mut self, id: JobId, state: JobState) {
        let Some(job) = self.board.job(id) else {
            return;
        };
        if job.state == state {
            return;
        }
        if !job.state.may_become(&state) {
            tracing::error!(
                job = id.0,
                from = job.state.code(),
                to = state.code(),
                "no such move"
            );
            return;
        }
        tracing::debug!(job = id.0, state = state.code());
        self.tell(Event::JobChanged { id, state });
    }
}
