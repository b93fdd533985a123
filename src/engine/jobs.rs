//! The actor's side that is about rows: made of files, held, cancelled, retried,
//! removed.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::actor::Actor;
use super::holds::may_be_attached;
use super::report::{FoundFile, Goal, Run};
use super::work::Work;
use crate::model::{Event, Hold, Job, JobId, JobState, LeftOut, LeftOutReason, Task};

impl Actor {
    /// Makes rows of found files, but for those that are in the list already.
    pub(super) fn add_found(
        &mut self,
        files: Vec<FoundFile>,
        mut left_out: Vec<LeftOut>,
        goal: &Goal,
        description: &Arc<str>,
    ) {
        let mut open: HashSet<_> = self
            .board
            .jobs()
            .iter()
            .filter(|job| !job.state.is_settled() && self.goes_to(job, goal))
            .map(|job| job.path.clone())
            .collect();
        let mut jobs = Vec::with_capacity(files.len());
        for file in files {
            if !open.insert(file.path.clone()) {
                left_out.push(LeftOut {
                    path: file.path,
                    reason: LeftOutReason::AlreadyListed,
                });
                continue;
            }
            jobs.push(self.new_job(file, goal, description));
        }
        self.add_rows(jobs, left_out);
    }

    /// Tells of new rows and has them checked.
    pub(super) fn add_rows(&mut self, jobs: Vec<Job>, left_out: Vec<LeftOut>) {
        let ids: Vec<_> = jobs.iter().map(|job| (job.id, job.state.clone())).collect();
        self.tell(Event::JobsAdded { jobs, left_out });
        for (id, state) in ids {
            if state == JobState::Queued {
                self.to_check.push_back(id);
            }
        }
    }

    pub(super) fn new_job(&mut self, file: FoundFile, goal: &Goal, description: &Arc<str>) -> Job {
        self.last_id += 1;
        let id = JobId(self.last_id);
        let work = Work::of_file(goal.server.clone(), file.modified);
        self.work.insert(id, Box::new(work));
        let state = if self.may_go_on(id) || goal.task.is_none() {
            self.waiting_state(goal.task.is_some())
        } else {
            JobState::Held(Hold::SignIn)
        };
        Job {
            id,
            state,
            task: goal.task.clone(),
            path: file.path,
            name: file.name,
            description: description.clone(),
            size_bytes: file.size_bytes,
            moved_bytes: 0,
            store: None,
        }
    }

    /// Whether a row is for this task of this server.
    fn goes_to(&self, job: &Job, goal: &Goal) -> bool {
        let server = self.work.get(&job.id).map(|work| &work.server);
        job.task == goal.task && server == Some(&goal.server)
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
        let server = self.saved.server.clone();
        for id in without {
            if let Some(work) = self.work.get_mut(&id) {
                work.server.clone_from(&server);
            }
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

    /// Stops jobs, and says so at once. A try that may have attached its file
    /// finds that out before its row says "cancelled".
    pub(super) fn cancel(&mut self, jobs: &[JobId]) {
        for id in jobs {
            let Some(job) = self.board.job(*id) else {
                continue;
            };
            if job.state == JobState::Stopping {
                continue;
            }
            let may_be_attached = may_be_attached(&job.state);
            let Some(work) = self.work.get_mut(id) else {
                continue;
            };
            let next = if may_be_attached {
                JobState::Stopping
            } else {
                work.in_doubt.cancelled()
            };
            // It may have come to its end before the person's word was heard.
            if !job.state.may_become(&next) {
                continue;
            }
            work.stop_task();
            work.interrupted = false;
            if !may_be_attached {
                work.run += 1;
                work.busy = false;
                // A retry puts it there anew.
                self.to_send.remove(*id);
                self.to_check.retain(|waiting| waiting != id);
            }
            self.change(*id, next);
        }
    }

    /// Starts jobs again from the beginning: settled ones, and copies whose
    /// question is over.
    pub(super) fn retry(&mut self, jobs: &[JobId]) {
        let tasks: BTreeSet<_> = jobs
            .iter()
            .filter_map(|id| self.board.job(*id)?.task.as_ref())
            .map(|task| (task.id.clone(), task.team.clone()))
            .collect();
        for (task, team) in &tasks {
            self.fresh_list(task);
            self.session.forget_limit(team);
        }
        for id in jobs {
            let again = self
                .board
                .job(*id)
                .map(|job| job.state.may_become(&JobState::Queued));
            if again != Some(true) {
                continue;
            }
            if let Some(work) = self.work.get_mut(id) {
                work.begin_anew();
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
        // From now on only ONES' list tells of what these rows attached.
        let tasks = gone
            .iter()
            .filter_map(|id| self.board.job(*id)?.task.as_ref());
        let tasks: BTreeSet<_> = tasks.map(|task| task.id.clone()).collect();
        for task in &tasks {
            self.fresh_list(task);
        }
        // Nor may a check go by a list from before these rows were attached.
        for id in self.board.ids(|state| *state == JobState::Checking) {
            let task = self.board.job(id).and_then(|job| job.task.as_ref());
            if task.is_some_and(|task| tasks.contains(&task.id)) {
                self.stop_check(id);
                self.queue(id);
            }
        }
        for id in &gone {
            self.work.remove(id);
        }
        let known = |id: &JobId| self.work.contains_key(id);
        self.contents.retain(|_, jobs| {
            jobs.retain(known);
            !jobs.is_empty()
        });
        self.tell(Event::Removed(gone));
    }

    /// Puts a job where it can go on from: its check, its turn, or a hold.
    pub(super) fn queue(&mut self, id: JobId) {
        let has_task = self.board.job(id).is_some_and(|job| job.task.is_some());
        let settled = self.board.job(id).is_some_and(|job| job.state.is_settled());
        let known = self.work.get(&id).is_some_and(|work| work.known.is_some());
        if has_task && let Some(work) = self.work.get_mut(&id) {
            // Chosen before the first sign-in: it is for who comes in first.
            work.server = work.server.take().or_else(|| self.session.server());
        }
        let state = if self.is_for_another_server(id) {
            JobState::Held(Hold::SignIn)
        } else {
            self.waiting_state(has_task)
        };
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
    pub(super) fn current(&mut self, run: Run) -> Option<&mut Work> {
        let work = self.work.get_mut(&run.job)?;
        (work.run == run.number).then_some(work)
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
            debug_assert!(false, "{} → {}", job.state.code(), state.code());
            return;
        }
        tracing::debug!(job = id.0, state = state.code());
        if let Some(work) = self.work.get_mut(&id)
            && state.is_settled()
        {
            (work.moved, work.cancel) = (None, None);
        }
        self.tell(Event::JobChanged { id, state });
        self.settle_copies(id);
    }
}
