//! The order in which files are sent: as they came, small and large apart.
//!
//! Small files are round trips and want many slots; three large ones fill a
//! link (measured), and more would only make each of them slower. Step 1 runs
//! ahead: while some files are being sent, the next ones have their upload
//! tokens already, which hides one round trip of two. So a file goes through
//! three stages: it waits, it is asked for, it is sent.

use std::collections::VecDeque;

use super::report::Run;
use crate::model::JobId;

/// From this size on a file counts as large.
pub(super) const LARGE_BYTES: u64 = 1024 * 1024;
/// Large files sent at once, at most; and as many are asked for ahead.
const LARGE_AT_ONCE: usize = 3;

/// Small files asked for ahead. A send takes longer than asking, so that two for
/// three slots keep these busy (measured at 100 ms: 37 files a second instead of
/// 39) and open fewer connections (12 instead of 14 over HTTPS).
fn small_ahead(slots: usize) -> usize {
    (slots * 2).div_ceil(3)
}

/// Small and large ones, each in their order.
#[derive(Debug)]
struct Lanes<T> {
    small: VecDeque<T>,
    large: VecDeque<T>,
}

/// How many of each kind are in a stage.
#[derive(Debug, Default)]
struct Counts {
    small: usize,
    large: usize,
}

/// Jobs that wait for a slot, and the slots that are taken.
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    waiting: Lanes<JobId>,
    /// Step 1 runs or is done.
    ahead: Counts,
    /// Of these, those that only wait for their turn.
    asked: Lanes<Run>,
    sending: Counts,
}

impl SendQueue {
    /// Puts a job at the end.
    pub(super) fn push(&mut self, id: JobId, size_bytes: u64) {
        self.waiting.of(size_bytes).push_back(id);
    }

    /// Puts a job before all others: it has waited already.
    pub(super) fn push_first(&mut self, id: JobId, size_bytes: u64) {
        self.waiting.of(size_bytes).push_front(id);
    }

    /// Forgets a job that waits.
    pub(super) fn remove(&mut self, id: JobId) {
        self.waiting.small.retain(|waiting| *waiting != id);
        self.waiting.large.retain(|waiting| *waiting != id);
    }

    /// Forgets who waits; what runs goes on.
    pub(super) fn clear(&mut self) {
        self.waiting = Lanes::default();
    }

    /// The next job whose step 1 may run.
    pub(super) fn next_to_ask(&mut self, slots: usize) -> Option<JobId> {
        let small_may = self.ahead.small < small_ahead(slots);
        let large_may = self.ahead.large < LARGE_AT_ONCE.min(slots);
        self.waiting.next(small_may, large_may)
    }

    /// Step 1 of a job begins.
    pub(super) fn asking(&mut self, size_bytes: u64) {
        *self.ahead.of(size_bytes) += 1;
    }

    /// Step 1 is done; the job waits for its turn.
    pub(super) fn has_asked(&mut self, run: Run, size_bytes: u64) {
        self.asked.of(size_bytes).push_back(run);
    }

    /// The next job that may be sent.
    pub(super) fn next_to_send(&mut self, slots: usize) -> Option<Run> {
        let may = self.sending.small + self.sending.large < slots;
        let large_may = may && self.sending.large < LARGE_AT_ONCE;
        self.asked.next(may, large_may)
    }

    /// A job that was ahead is being sent.
    pub(super) fn sending(&mut self, size_bytes: u64) {
        self.left_ahead(size_bytes);
        *self.sending.of(size_bytes) += 1;
    }

    /// A try ended before it was sent.
    pub(super) fn ended_ahead(&mut self, run: Run, size_bytes: u64) {
        self.left_ahead(size_bytes);
        self.asked.of(size_bytes).retain(|asked| *asked != run);
    }

    /// A try ended that was being sent.
    pub(super) fn ended(&mut self, size_bytes: u64) {
        let sending = self.sending.of(size_bytes);
        *sending = sending.saturating_sub(1);
    }

    /// Whether anything is asked for or sent.
    pub(super) fn is_busy(&self) -> bool {
        self.ahead.small + self.ahead.large + self.sending.small + self.sending.large > 0
    }

    /// Those that only wait for their turn.
    pub(super) fn asked(&self) -> Vec<Run> {
        let Lanes { small, large } = &self.asked;
        small.iter().chain(large).copied().collect()
    }

    /// The same, and they wait no more.
    pub(super) fn take_asked(&mut self) -> Vec<Run> {
        let asked = std::mem::take(&mut self.asked);
        asked.small.into_iter().chain(asked.large).collect()
    }

    fn left_ahead(&mut self, size_bytes: u64) {
        let ahead = self.ahead.of(size_bytes);
        *ahead = ahead.saturating_sub(1);
    }
}

impl<T: Ord + Copy> Lanes<T> {
    fn of(&mut self, size_bytes: u64) -> &mut VecDeque<T> {
        if size_bytes >= LARGE_BYTES {
            &mut self.large
        } else {
            &mut self.small
        }
    }

    /// The earlier one, if a small and a large one could both go.
    fn next(&mut self, small_may: bool, large_may: bool) -> Option<T> {
        let small = self.small.front().copied().filter(|_| small_may);
        let large = self.large.front().copied().filter(|_| large_may);
        match (small, large) {
            (Some(small), Some(large)) if large < small => self.large.pop_front(),
            (None, Some(_)) => self.large.pop_front(),
            (Some(_), _) => self.small.pop_front(),
            (None, None) => None,
        }
    }
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self {
            small: VecDeque::new(),
            large: VecDeque::new(),
        }
    }
}

impl Counts {
    fn of(&mut self, size_bytes: u64) -> &mut usize {
        if size_bytes >= LARGE_BYTES {
            &mut self.large
        } else {
            &mut self.small
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: u64 = LARGE_BYTES;

    /// A queue of files of these sizes, numbered from 0.
    struct Bench {
        queue: SendQueue,
        sizes: Vec<u64>,
    }

    impl Bench {
        fn new(sizes: &[u64]) -> Self {
            let mut queue = SendQueue::default();
            for (id, size) in (0..).zip(sizes) {
                queue.push(JobId(id), *size);
            }
            Self {
                queue,
                sizes: sizes.to_vec(),
            }
        }

        fn size(&self, id: u64) -> u64 {
            self.sizes[usize::try_from(id).unwrap()]
        }

        /// Asks for all that may be asked for; step 1 answers at once.
        fn ask(&mut self, slots: usize) -> Vec<u64> {
            let mut asked = Vec::new();
            while let Some(job) = self.queue.next_to_ask(slots) {
                let size = self.size(job.0);
                self.queue.asking(size);
                self.queue.has_asked(Run { job, number: 0 }, size);
                asked.push(job.0);
            }
            asked
        }

        /// Sends all that may be sent.
        fn send(&mut self, slots: usize) -> Vec<u64> {
            let mut sent = Vec::new();
            while let Some(run) = self.queue.next_to_send(slots) {
                let size = self.size(run.job.0);
                self.queue.sending(size);
                sent.push(run.job.0);
            }
            sent
        }
    }

    #[test]
    fn large_files_do_not_hold_small_ones_up() {
        let mut bench = Bench::new(&[LARGE, LARGE, LARGE, LARGE, 1, 1, 1, 1]);
        assert_eq!(bench.ask(6), [0, 1, 2, 4, 5, 6, 7]);
        assert_eq!(bench.send(6), [0, 1, 2, 4, 5, 6]);
        assert_eq!(bench.ask(6), [3]);
        bench.queue.ended(LARGE);
        assert_eq!(bench.send(6), [3]);
        bench.queue.ended(1);
        assert_eq!(bench.send(6), [7]);
    }

    #[test]
    fn two_small_files_are_asked_for_ahead_of_three_slots() {
        for (slots, ahead) in [(1, 1), (2, 2), (3, 2), (6, 4), (16, 11)] {
            assert_eq!(Bench::new(&[1; 20]).ask(slots).len(), ahead, "{slots}");
        }
    }

    #[test]
    fn one_slot_keeps_the_order_and_still_asks_ahead() {
        let mut bench = Bench::new(&[1, 1, 1]);
        assert_eq!(bench.ask(1), [0]);
        assert_eq!(bench.send(1), [0]);
        assert_eq!(bench.ask(1), [1]);
        assert_eq!((bench.send(1), bench.ask(1)), (vec![], vec![]));
        bench.queue.ended(1);
        assert_eq!((bench.send(1), bench.ask(1)), (vec![1], vec![2]));
    }

    #[test]
    fn never_many_tokens_are_ahead() {
        let sizes: Vec<u64> = (0..200)
            .map(|i| if i % 2 == 0 { 1 } else { LARGE })
            .collect();
        let ahead = Bench::new(&sizes).ask(16).len();
        assert_eq!(ahead, 11 + LARGE_AT_ONCE);
    }

    #[test]
    fn a_try_that_ends_ahead_takes_no_turn() {
        let mut bench = Bench::new(&[1, 1]);
        assert_eq!(bench.ask(6), [0, 1]);
        let first = Run {
            job: JobId(0),
            number: 0,
        };
        bench.queue.ended_ahead(first, 1);
        assert_eq!(bench.send(6), [1]);
        bench.queue.ended(1);
        assert!(!bench.queue.is_busy());
    }

    #[test]
    fn a_job_that_was_removed_is_not_asked_for() {
        let mut bench = Bench::new(&[1, LARGE, 1]);
        bench.queue.remove(JobId(0));
        bench.queue.remove(JobId(1));
        assert_eq!(bench.ask(6), [2]);
    }

    #[test]
    fn a_retry_goes_before_those_that_have_not_begun() {
        let mut bench = Bench::new(&[1, 1, 1]);
        assert_eq!(bench.queue.next_to_ask(6), Some(JobId(0)));
        bench.queue.push_first(JobId(0), 1);
        assert_eq!(bench.queue.next_to_ask(6), Some(JobId(0)));
    }
}
