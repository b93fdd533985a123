//! Answers the questions that a window would ask: nobody is there to be asked.

use super::arguments::OnDuplicate;
use super::run::Run;
use crate::model::{Command, ErrorKind, Event, Existing, JobId, JobState};

impl Run<'_> {
    /// Answers the question about a row. Whether a copy of another row is skipped
    /// is known when that content is on the task.
    pub(super) fn decide(&mut self, id: JobId) {
        let on_duplicate = self.wish.on_duplicate;
        let Some(JobState::Duplicate(existing)) = self.board.job(id).map(|job| &job.state) else {
            return;
        };
        let other = existing.row().and_then(|other| self.board.job(other));
        let waits = other.is_some_and(|other| !other.state.is_settled());
        if waits && on_duplicate == OnDuplicate::Skip {
            self.copies.push((id, existing.clone()));
            return;
        }
        self.engine.send(Command::Decide {
            jobs: vec![id],
            choice: on_duplicate.choice(),
        });
    }

    /// A row came to its end: what becomes of the copies that wait for it. If it
    /// failed, the engine has one of them go in its place, and the others wait on.
    pub(super) fn decide_copies_of(&mut self, id: JobId) {
        if self.copies.is_empty() {
            return;
        }
        match self.board.job(id).map(|job| job.state.clone()) {
            Some(JobState::Done(receipt)) => self.decide_copies(&receipt.hash),
            Some(JobState::Skipped(skip)) => self.decide_copies(&skip.existing.hash),
            Some(JobState::Failed(error)) if error.kind.leaves_open() => {
                self.leave_copies_unconfirmed(id);
            }
            _ => {}
        }
    }

    /// This content is on the task.
    fn decide_copies(&mut self, hash: &str) {
        for copy in self.waiting_copies(hash) {
            self.decide(copy);
        }
    }

    /// Whether this row's content is on the task is not known, so of its copies
    /// neither.
    fn leave_copies_unconfirmed(&mut self, id: JobId) {
        let of_it =
            |(copy, existing): &&(JobId, Existing)| *copy == id || existing.row() == Some(id);
        let Some((_, existing)) = self.copies.iter().find(of_it) else {
            return;
        };
        let hash = existing.hash.clone();
        let copies = self.waiting_copies(&hash);
        // First, as the end of each of them leads here again.
        self.copies.retain(|(_, existing)| existing.hash != hash);
        for copy in copies {
            self.settle_unconfirmed(copy);
        }
    }

    fn waiting_copies(&self, hash: &str) -> Vec<JobId> {
        let waits = |id: JobId| {
            let row = self.board.job(id);
            row.is_some_and(|row| matches!(row.state, JobState::Duplicate(_)))
        };
        let copies = self.copies.iter();
        let of_it = copies.filter(|(id, existing)| existing.hash == hash && waits(*id));
        of_it.map(|(id, _)| *id).collect()
    }

    pub(super) fn settle_unconfirmed(&mut self, id: JobId) {
        let event = Event::JobChanged {
            id,
            state: JobState::Failed(ErrorKind::NotConfirmed.into()),
        };
        self.take(&event);
    }
}
