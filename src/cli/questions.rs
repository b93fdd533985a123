//! Answers the questions that a window would ask: nobody is there to be asked.

use super::arguments::OnDuplicate;
use super::run::Run;
use crate::model::{Command, ErrorKind, Event, JobId, JobState};

impl Run<'_> {
    /// Answers the question about a row. Whether a copy of another row is skipped
    /// is known when that one is on the task.
    pub(super) fn decide(&mut self, id: JobId) {
        let on_duplicate = self.wish.on_duplicate;
        let Some(JobState::Duplicate(existing)) = self.board.job(id).map(|job| &job.state) else {
            return;
        };
        let other = existing.row().and_then(|other| self.board.job(other));
        let waits = other.is_some_and(|other| !other.state.is_settled());
        if waits && on_duplicate == OnDuplicate::Skip {
            self.copies.push(id);
            return;
        }
        self.engine.send(Command::Decide {
            jobs: vec![id],
            choice: on_duplicate.choice(),
        });
    }

    /// The copies of a row that came to its end. If that was no good one, the
    /// engine goes on with them itself.
    pub(super) fn decide_copies_of(&mut self, id: JobId) {
        let ended = self.board.job(id).map(|job| job.state.clone());
        for copy in std::mem::take(&mut self.copies) {
            let Some(JobState::Duplicate(existing)) = self.board.job(copy).map(|job| &job.state)
            else {
                continue;
            };
            if existing.row() != Some(id) {
                self.copies.push(copy);
                continue;
            }
            match &ended {
                Some(JobState::Done(_) | JobState::Skipped(_)) => self.decide(copy),
                Some(JobState::Failed(error)) if error.kind == ErrorKind::NotConfirmed => {
                    self.settle_unconfirmed(copy);
                }
                _ => {}
            }
        }
    }

    pub(super) fn settle_unconfirmed(&mut self, id: JobId) {
        let event = Event::JobChanged {
            id,
            state: JobState::Failed(ErrorKind::NotConfirmed.into()),
        };
        self.take(&event);
    }
}
