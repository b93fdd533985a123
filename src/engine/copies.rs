//! The actor's side that is about rows with one content for one task: the later
//! one is asked about, and relies on the earlier one from then on.

use super::actor::Actor;
use super::jobs::Work;
use crate::model::{Choice, Existing, ExistingPlace, JobId, JobState, SkipReason};

impl Actor {
    /// The same content in another row for the same task.
    pub(super) fn found_in_list(&self, id: JobId) -> Option<Existing> {
        let task = &self.board.job(id)?.task;
        let Work { known, server, .. } = self.work.get(&id)?.as_ref();
        let (print, _) = known.as_ref()?;
        let same = self.contents.get(&print.etag)?.iter().find_map(|other| {
            let other = self.board.job(*other).filter(|job| job.id != id)?;
            let known = self.work.get(&other.id)?.known.as_ref();
            // A retried file may have another content by now.
            let same = known.is_some_and(|(now, _)| now.etag == print.etag);
            let decided = !self.fresh.contains(&other.id);
            let there = other.task == *task && self.work.get(&other.id)?.server == *server;
            (same && decided && there && counts(&other.state)).then_some(other)
        })?;
        Some(Existing {
            place: ExistingPlace::InList {
                job: same.id,
                name: same.name.clone(),
            },
            hash: print.etag.clone(),
        })
    }

    /// Answers the duplicate question.
    pub(super) fn decide(&mut self, jobs: &[JobId], choice: Choice) {
        for id in jobs {
            let Some(JobState::Duplicate(existing)) = self.board.job(*id).map(|j| j.state.clone())
            else {
                continue;
            };
            match choice {
                // Nothing came of the other one: "skipped" would say that it did.
                Choice::Skip if self.is_cancelled_row(&existing) => {
                    self.change(*id, JobState::Cancelled);
                }
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

    fn is_cancelled_row(&self, existing: &Existing) -> bool {
        let other = existing.row().and_then(|id| self.board.job(id));
        other.is_some_and(|other| other.state == JobState::Cancelled)
    }

    /// A row ended without its content on the task, so what relied on it is not
    /// there either. After a failure the copies are checked anew, and the first one
    /// goes in its place. If the person cancelled it, those that were skipped are
    /// cancelled with it; a question that is open stays one.
    pub(super) fn let_copies_go(&mut self, id: JobId) {
        let Some(ended) = self.board.job(id).map(|job| &job.state) else {
            return;
        };
        let cancelled = match ended {
            JobState::Cancelled => true,
            JobState::Failed(_) => false,
            _ => return,
        };
        let work = self.work.get(&id);
        let print = work.and_then(|work| work.known.as_ref());
        let same = print.and_then(|(print, _)| self.contents.get(&print.etag));
        for copy in same.cloned().unwrap_or_default() {
            let state = self.board.job(copy).map(|job| &job.state);
            match state {
                Some(JobState::Skipped(skip)) if skip.existing.row() == Some(id) => {
                    if cancelled {
                        self.change(copy, JobState::Queued);
                        self.change(copy, JobState::Cancelled);
                    } else {
                        self.retry(&[copy]);
                    }
                }
                Some(JobState::Duplicate(existing)) if existing.row() == Some(id) && !cancelled => {
                    self.retry(&[copy]);
                }
                _ => {}
            }
        }
    }
}

/// Whether a row in this state has its content on the task, or soon will.
fn counts(state: &JobState) -> bool {
    !matches!(
        state,
        JobState::Failed(_) | JobState::Cancelled | JobState::Skipped(_) | JobState::Duplicate(_)
    )
}
