//! The list of jobs, made only from events: window, command line and tests run
//! this same fold, so they agree on what happened.

use std::collections::{HashMap, HashSet};

use super::{Event, Job, JobId, JobState, LeftOut, Totals};

/// The jobs in the order they came, and what was left out.
#[derive(Debug, Default)]
pub struct Board {
    jobs: Vec<Job>,
    places: HashMap<JobId, usize>,
    /// Rows that are not settled.
    open: usize,
    left_out: Vec<LeftOut>,
}

impl Board {
    /// Takes one event in. Events that are not about jobs change nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::JobsAdded { jobs, left_out } => {
                for job in jobs {
                    self.places.insert(job.id, self.jobs.len());
                    self.jobs.push(job.clone());
                }
                self.open += jobs.iter().filter(|job| is_open(job)).count();
                self.left_out.extend_from_slice(left_out);
            }
            Event::JobChanged { id, state } => self.change(*id, state),
            Event::JobStore { id, store } => {
                if let Some(job) = self.job_mut(*id) {
                    job.store = Some(store.clone());
                }
            }
            Event::JobAssigned {
                id,
                task,
                description,
            } => {
                if let Some(job) = self.job_mut(*id) {
                    job.task = Some(task.clone());
                    job.description = description.clone();
                }
            }
            Event::Progress(moved) => {
                for (id, bytes) in moved {
                    if let Some(job) = self.job_mut(*id) {
                        job.moved_bytes = *bytes;
                    }
                }
            }
            Event::Removed(ids) => self.remove(ids),
            _ => {}
        }
    }

    /// The jobs in the order they came.
    #[must_use]
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// One job.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(*self.places.get(&id)?)
    }

    /// What became no row, in the order it was said.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Forgets what was left out, after it was read.
    pub fn clear_left_out(&mut self) {
        self.left_out.clear();
    }

    /// The numbers of the jobs for which `wanted` holds, in order.
    pub fn ids(&self, wanted: impl Fn(&JobState) -> bool) -> Vec<JobId> {
        self.jobs
            .iter()
            .filter(|job| wanted(&job.state))
            .map(|job| job.id)
            .collect()
    }

    /// Rows that move, or wait for something or somebody: known without a pass
    /// over the list, so that it may be asked after every event.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open
    }

    /// Sums over all rows; a pass over the list.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for job in &self.jobs {
            totals.count(job);
        }
        totals
    }

    fn change(&mut self, id: JobId, state: &JobState) {
        let Some(job) = self.job_mut(id) else {
            return;
        };
        let goes_on = matches!(state, JobState::Confirming | JobState::Done(_));
        if !goes_on {
            job.moved_bytes = 0;
        }
        let was_open = is_open(job);
        job.state = state.clone();
        let is_open = is_open(job);
        self.open = self.open + usize::from(is_open) - usize::from(was_open);
    }

    fn remove(&mut self, ids: &[JobId]) {
        let gone: HashSet<_> = ids.iter().collect();
        self.jobs.retain(|job| !gone.contains(&job.id));
        self.open = self.jobs.iter().filter(|job| is_open(job)).count();
        self.places = self
            .jobs
            .iter()
            .enumerate()
            .map(|(place, job)| (job.id, place))
            .collect();
    }

    fn job_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.get_mut(*self.places.get(&id)?)
    }
}

fn is_open(job: &Job) -> bool {
    !job.state.is_settled()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Filter, Hold, How, Receipt, Trace};

    fn job(id: u64, size_bytes: u64) -> Job {
        Job {
            id: JobId(id),
            task: None,
            path: format!("/tmp/{id}").into(),
            name: id.to_string(),
            description: "".into(),
            size_bytes,
            moved_bytes: 0,
            store: None,
            state: JobState::Queued,
        }
    }

    fn board(jobs: Vec<Job>) -> Board {
        let mut board = Board::default();
        board.apply(&Event::JobsAdded {
            jobs,
            left_out: Vec::new(),
        });
        board
    }

    fn change(board: &mut Board, id: u64, state: JobState) {
        board.apply(&Event::JobChanged {
            id: JobId(id),
            state,
        });
    }

    fn done() -> JobState {
        JobState::Done(Arc::new(Receipt {
            how: How::Sent,
            verified: true,
            hash: String::new(),
            resource: String::new(),
            trace: Trace::default(),
        }))
    }

    #[test]
    fn the_bar_is_full_only_after_the_last_answer() {
        let mut board = board(vec![job(1, 100), job(2, 100)]);
        change(&mut board, 1, JobState::Sending);
        board.apply(&Event::Progress(vec![(JobId(1), 100)]));
        assert!((board.totals().share() - 0.5).abs() < 0.001);
        change(&mut board, 2, JobState::Sending);
        board.apply(&Event::Progress(vec![(JobId(2), 100)]));
        change(&mut board, 2, JobState::Confirming);
        assert!((board.totals().share() - 0.99).abs() < 0.001);
        change(&mut board, 1, done());
        assert!((board.totals().share() - 0.99).abs() < 0.001);
        change(&mut board, 2, done());
        assert!((board.totals().share() - 1.0).abs() < 0.001);
        assert_eq!(board.totals().attached, 2);
    }

    #[test]
    fn removed_rows_leave_the_others_in_place() {
        let mut board = board((1..=4).map(|id| job(id, 1)).collect());
        board.apply(&Event::Removed(vec![JobId(2), JobId(3)]));
        change(&mut board, 4, JobState::Checking);
        let left: Vec<_> = board
            .jobs()
            .iter()
            .map(|j| (j.id.0, j.state.code()))
            .collect();
        assert_eq!(left, [(1, "queued"), (4, "checking")]);
        assert!(board.job(JobId(2)).is_none());
    }

    #[test]
    fn open_rows_are_those_that_are_not_settled() {
        let mut board = board((1..=3).map(|id| job(id, 1)).collect());
        let settled = |board: &Board| board.totals().settled();
        assert_eq!((board.open(), settled(&board)), (3, false));
        for (id, state) in [
            (1, JobState::Sending),
            (1, done()),
            (1, done()),
            (2, JobState::Cancelled),
            (2, JobState::Queued),
            (2, JobState::Held(Hold::SignIn)),
        ] {
            change(&mut board, id, state);
        }
        assert_eq!((board.open(), settled(&board)), (2, false));
        board.apply(&Event::Removed(vec![JobId(1), JobId(3)]));
        assert_eq!(board.open(), 1);
        change(&mut board, 2, JobState::Cancelled);
        assert_eq!((board.open(), settled(&board)), (0, true));
    }

    #[test]
    fn every_row_is_in_exactly_one_filter() {
        let states = [
            JobState::Queued,
            JobState::Cancelled,
            done(),
            JobState::Sending,
        ];
        for state in states {
            let shown = [Filter::Active, Filter::NeedsYou, Filter::Done]
                .into_iter()
                .filter(|filter| filter.shows(&state))
                .count();
            assert_eq!(shown, 1, "{state:?}");
        }
    }
}
