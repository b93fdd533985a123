//! The actor's side that is about rows with one content for one task: the later
//! one is asked about, and relies on the earlier one from then on.
//!
//! If that one fails, the copy goes in its place; if the person cancels it, a copy
//! that was skipped is cancelled with it. Where it may be on the task all the same,
//! nothing is sent on a guess.

use super::actor::Actor;
use super::work::Work;
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
                Choice::Skip if self.base_is_cancelled(*id) => {
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

    /// Whether the row that this copy relies on was cancelled, or removed after that.
    fn base_is_cancelled(&self, copy: JobId) -> bool {
        let base = self.work.get(&copy).and_then(|work| work.relies_on);
        base.is_some_and(|base| {
            let row = self.board.job(base);
            row.is_none_or(|row| row.state == JobState::Cancelled)
        })
    }

    /// A copy was asked about: what becomes of it hangs on that row, until that one
    /// has come to its end.
    pub(super) fn rely_on_row(&mut self, copy: JobId, existing: &Existing) {
        let base = existing.row().and_then(|base| self.board.job(base));
        if let Some(base) = base.filter(|base| !base.state.is_settled()) {
            self.rely(copy, base.id);
        }
    }

    fn rely(&mut self, copy: JobId, base: JobId) {
        if let Some(work) = self.work.get_mut(&copy) {
            work.relies_on = Some(base);
        }
        self.copies.entry(base).or_default().push(copy);
    }

    /// A row came to its end, and with it what its copies rely on.
    pub(super) fn settle_copies(&mut self, id: JobId) {
        if !self.copies.contains_key(&id) {
            return; // nearly always
        }
        let row = self.board.job(id).filter(|job| job.state.is_settled());
        let Some(ended) = row.map(|job| job.state.clone()) else {
            return;
        };
        let copies = self.copies.remove(&id).unwrap_or_default();
        match ended {
            JobState::Done(receipt) => {
                for copy in self.replace_others(copies, &receipt.hash) {
                    if let Some(work) = self.work.get_mut(&copy) {
                        work.relies_on = None;
                    }
                }
            }
            // What it relies on itself may still fail.
            JobState::Skipped(skip) => {
                let same = self.replace_others(copies, &skip.existing.hash);
                self.copies.insert(id, same);
            }
            JobState::Cancelled => self.cancel_copies(id, copies),
            // It may be on the task: nothing is sent on a guess.
            JobState::Failed(error) if error.kind.leaves_open() => {
                self.copies.insert(id, copies);
            }
            _ => self.replace(copies),
        }
    }

    /// A file that changed meanwhile brings none of its copies to the task. Gives
    /// those that still are copies of what it has.
    fn replace_others(&mut self, copies: Vec<JobId>, hash: &str) -> Vec<JobId> {
        let is_same = |copy: &JobId| {
            let row = self.board.job(*copy);
            let existing = row.and_then(|row| existing(&row.state));
            existing.is_none_or(|existing| existing.hash == hash)
        };
        let (same, others) = copies.into_iter().partition(is_same);
        self.replace(others);
        same
    }

    /// What was skipped is cancelled with the row that the person cancelled; a
    /// question that is open stays one.
    fn cancel_copies(&mut self, id: JobId, copies: Vec<JobId>) {
        let is_skipped = |copy: &JobId| {
            let row = self.board.job(*copy);
            row.is_some_and(|row| matches!(row.state, JobState::Skipped(_)))
        };
        let (skipped, open): (Vec<_>, Vec<_>) = copies.into_iter().partition(is_skipped);
        self.copies.insert(id, open);
        for copy in skipped {
            self.change(copy, JobState::Queued);
            self.change(copy, JobState::Cancelled);
        }
    }

    /// The row that these copies rely on failed. One goes in its place, unless one
    /// is on its way already, and the others rely on that one.
    fn replace(&mut self, mut copies: Vec<JobId>) {
        let state = |copy: &JobId| self.board.job(*copy).map(|job| &job.state);
        let goes = |copy: &JobId| state(copy).is_some_and(counts);
        let waits = |copy: &JobId| state(copy).is_some_and(|state| existing(state).is_some());
        let on_its_way = copies.iter().copied().find(goes);
        copies.retain(waits);
        let base = on_its_way.or_else(|| copies.first().copied());
        for copy in &copies {
            if let Some(base) = base.filter(|base| base != copy) {
                self.rely(*copy, base);
            }
        }
        match base {
            Some(base) if on_its_way.is_none() => self.check_again(base),
            Some(base) => self.settle_copies(base),
            None => {}
        }
    }

    /// A copy is checked anew; it need not be read again for that.
    fn check_again(&mut self, copy: JobId) {
        let known = self.work.get(&copy).and_then(|work| work.known.clone());
        self.retry(&[copy]);
        if let Some(work) = self.work.get_mut(&copy) {
            work.relies_on = None;
            work.print = known.map(|(print, _)| print);
        }
    }
}

/// What has the content of a row that was asked about or skipped.
fn existing(state: &JobState) -> Option<&Existing> {
    match state {
        JobState::Duplicate(existing) | JobState::Skipped(SkipReason { existing }) => {
            Some(existing)
        }
        _ => None,
    }
}

/// Whether a row in this state has its content on the task, or soon will.
fn counts(state: &JobState) -> bool {
    !matches!(
        state,
        JobState::Failed(_) | JobState::Cancelled | JobState::Skipped(_) | JobState::Duplicate(_)
    )
}
