//! The actor's side that has files checked, and decides what a check means:
//! new to its task, there already, or in the list twice.

use std::path::PathBuf;
use std::sync::Arc;

use super::actor::Actor;
use super::check::Check;
use super::earlier::Since;
use super::report::{Checked, Listed, Report, Run};
use crate::api::Fingerprint;
use crate::model::{ErrorKind, Existing, Hold, JobId, JobState, SkipReason};

/// Files read for their fingerprint at once.
const CHECKS_AT_ONCE: usize = 2;
/// Files that may hang meanwhile.
const HANGING_MAX: usize = 32;

impl Actor {
    pub(super) fn start_check(&mut self, id: JobId) {
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
        if !self.may_go_on(id) {
            return self.change(id, JobState::Held(Hold::SignIn));
        }
        let list = self.lists.entry(task.id.clone()).or_default().clone();
        let reports = self.reporter();
        let Some(work) = self.work.get_mut(&id) else {
            return;
        };
        work.busy = true;
        work.session = self.session.number();
        let ones = if work.tries.distrusts_kept_connections() {
            Arc::new(ones.on(self.clients.unpooled.clone()))
        } else {
            ones
        };
        let run = Run {
            job: id,
            number: work.run,
        };
        let check = Check {
            run,
            reports: reports.clone(),
            silence: self.config.patience.folders,
            size_limit_bytes: self.session.limit_of(&task.team),
            job,
            task,
            ones,
            list,
            moved: work.counts_anew(),
            cancel: work.cancel_token(&self.stop),
            print: work.print.clone(),
        };
        self.checking.push(id);
        // Left there by a check that was given up.
        self.fresh.remove(&id);
        self.change(id, JobState::Checking);
        tokio::spawn(async move {
            let checked = check.run().await;
            reports.send(Report::Checked(run, Box::new(checked))).ok();
        });
    }

    /// Files of other folders go on in its place.
    pub(super) fn check_hangs(&mut self, run: Run) {
        let folder = self.folder_of(run.job);
        if self.checking.contains(&run.job) {
            self.hanging.insert(run.job, folder);
        }
        self.decide_fresh();
    }

    /// The next file to read, if one more may be read. Beyond those that go on,
    /// some may hang: each holds a thread. The others of their folders wait.
    pub(super) fn next_to_check(&mut self) -> Option<JobId> {
        let hanging = self.hanging.len();
        if self.checking.len() - hanging >= CHECKS_AT_ONCE || hanging >= HANGING_MAX {
            return None;
        }
        while let Some(id) = self.to_check.pop_front() {
            let folder = self.folder_of(id);
            if self.hanging.values().all(|hangs| *hangs != folder) {
                return Some(id);
            }
            self.behind_hanging.push(id);
        }
        None
    }

    fn folder_of(&self, id: JobId) -> Option<PathBuf> {
        Some(self.board.job(id)?.path.parent()?.to_owned())
    }

    /// One that hung came to its end: perhaps its folder answers again.
    fn hangs_no_more(&mut self, id: JobId) {
        if self.hanging.remove(&id).is_some() {
            for waiting in self.behind_hanging.drain(..).rev() {
                self.to_check.push_front(waiting);
            }
        }
    }

    /// A check came to its end.
    pub(super) fn checked(&mut self, run: Run, checked: Checked) {
        let id = run.job;
        if let Some(place) = self.checking.iter().position(|running| *running == id) {
            self.checking.swap_remove(place);
            self.hangs_no_more(id);
        }
        if let Some(work) = self.current(run) {
            work.busy = false;
            let doubt = work.in_doubt;
            match checked {
                Checked::Failed(error) => self.change(id, doubt.failed(error)),
                Checked::SignInEnded(error) => {
                    self.forget_list(id);
                    self.sign_in_ended(id, error);
                }
                Checked::Again {
                    print,
                    error,
                    retry_after,
                } => {
                    work.print = Some(print);
                    self.forget_list(id);
                    self.try_again(run, error, retry_after);
                }
                Checked::Fresh(print, listed) => self.new_to_task(id, print, listed),
                Checked::Found(print, listed, existing) => {
                    self.found_on_task(id, print, listed, existing);
                }
            }
        }
        self.decide_fresh();
    }

    fn new_to_task(&mut self, id: JobId, print: Fingerprint, listed: Listed) {
        if self.since_earlier(id, &print) == Since::Changed {
            return self.change(id, JobState::Failed(ErrorKind::Changed.into()));
        }
        let etag = print.etag.clone();
        if let Some(work) = self.work.get_mut(&id) {
            work.known = Some((print, listed));
        }
        self.contents.entry(etag).or_default().push(id);
        self.fresh.insert(id);
    }

    fn found_on_task(&mut self, id: JobId, print: Fingerprint, listed: Listed, existing: Existing) {
        let since = self.since_earlier(id, &print);
        if let Some(work) = self.work.get_mut(&id) {
            work.known = Some((print, listed));
        }
        match since {
            Since::Changed => self.change(id, JobState::Failed(ErrorKind::Changed.into())),
            Since::Same => {
                self.change(id, JobState::Duplicate(existing.clone()));
                self.change(id, JobState::Skipped(SkipReason { existing }));
            }
            Since::NotChecked => self.ask_or_go_on(id, existing),
        }
    }

    /// Decides about files that are new to their task, in the order they came:
    /// of two with one content it is the later one that is asked about. So a
    /// file waits while an earlier one of its size is still being read. One that
    /// grew since it was added is asked about itself, once it was read.
    fn decide_fresh(&mut self) {
        let ripe = |id: &JobId| !self.waits_for_earlier(*id);
        let ripe: Vec<_> = self.fresh.iter().copied().filter(ripe).collect();
        for id in ripe {
            self.fresh.remove(&id);
            let checking = self
                .board
                .job(id)
                .is_some_and(|job| job.state == JobState::Checking);
            if !checking {
                continue; // cancelled meanwhile
            }
            if let Some(existing) = self.found_in_list(id) {
                self.ask_or_go_on(id, existing);
                continue;
            }
            // Not of one that was found: at the next start it would be taken
            // for a file that got to its task in the last moment of this run.
            self.note_known(id);
            self.make_ready(id);
        }
    }

    /// Whether an earlier file that may have this one's content is being read.
    fn waits_for_earlier(&self, id: JobId) -> bool {
        let size_of = |id: JobId| self.board.job(id).map(|job| job.size_bytes);
        // One that hangs is compared with this one when it is read at last.
        let goes_on = |running: &&JobId| **running < id && !self.hanging.contains_key(running);
        let mut earlier = self.checking.iter().filter(goes_on);
        earlier.any(|running| size_of(*running) == size_of(id))
    }

    fn ask_or_go_on(&mut self, id: JobId, existing: Existing) {
        if self.work.get(&id).is_some_and(|work| work.again) {
            self.make_ready(id);
        } else {
            self.rely_on_row(id, &existing);
            self.change(id, JobState::Duplicate(existing));
        }
    }

    pub(super) fn make_ready(&mut self, id: JobId) {
        if self.may_go_on(id) {
            self.change(id, JobState::Ready);
            let size_bytes = self.board.job(id).map_or(0, |job| job.size_bytes);
            self.to_send.push(id, size_bytes);
        } else {
            self.change(id, JobState::Held(Hold::SignIn));
        }
    }

    /// A list that could not be had is asked for anew by the next check.
    pub(super) fn forget_list(&mut self, id: JobId) {
        let task = self.board.job(id).and_then(|job| job.task.clone());
        if let Some(task) = task {
            self.fresh_list(&task.id);
        }
    }
}
