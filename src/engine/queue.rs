//! The order in which files are sent: as they came, small and large apart.
//!
//! Small files are round trips and want many slots; three large ones fill a
//! link (measured), and more would only make each of them slower.

use std::collections::VecDeque;

use crate::model::JobId;

/// From this size on a file counts as large.
pub(super) const LARGE_BYTES: u64 = 1024 * 1024;
/// Large files sent at once, at most.
const LARGE_AT_ONCE: usize = 3;

/// Jobs that wait for a slot, and the slots that are taken.
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    small: VecDeque<JobId>,
    large: VecDeque<JobId>,
    /// Tries that run.
    pub(super) small_running: usize,
    /// Tries of large files that run.
    pub(super) large_running: usize,
}

impl SendQueue {
    /// Puts a job at the end.
    pub(super) fn push(&mut self, id: JobId, size_bytes: u64) {
        self.kind(size_bytes).push_back(id);
    }

    /// Puts a job before all others: it has waited already.
    pub(super) fn push_first(&mut self, id: JobId, size_bytes: u64) {
        self.kind(size_bytes).push_front(id);
    }

    /// Forgets who waits; what runs goes on.
    pub(super) fn clear(&mut self) {
        self.small.clear();
        self.large.clear();
    }

    /// The next job that has a slot among `slots`: the earlier one, if a small
    /// and a large one could both go.
    pub(super) fn next(&mut self, slots: usize) -> Option<JobId> {
        if self.small_running + self.large_running >= slots {
            return None;
        }
        let large_may = self.large_running < LARGE_AT_ONCE.min(slots);
        let small = self.small.front().copied();
        let large = self.large.front().copied().filter(|_| large_may);
        match (small, large) {
            (Some(small), Some(large)) if large < small => self.large.pop_front(),
            (None, Some(_)) => self.large.pop_front(),
            (Some(_), _) => self.small.pop_front(),
            (None, None) => None,
        }
    }

    /// A try starts.
    pub(super) fn started(&mut self, size_bytes: u64) {
        *self.running(size_bytes) += 1;
    }

    /// A try ended.
    pub(super) fn ended(&mut self, size_bytes: u64) {
        let running = self.running(size_bytes);
        *running = running.saturating_sub(1);
    }

    fn kind(&mut self, size_bytes: u64) -> &mut VecDeque<JobId> {
        if size_bytes >= LARGE_BYTES {
            &mut self.large
        } else {
            &mut self.small
        }
    }

    fn running(&mut self, size_bytes: u64) -> &mut usize {
        if size_bytes >= LARGE_BYTES {
            &mut self.large_running
        } else {
            &mut self.small_running
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts all that may start and gives their numbers.
    fn start(queue: &mut SendQueue, sizes: &[u64], slots: usize) -> Vec<u64> {
        let mut started = Vec::new();
        while let Some(JobId(id)) = queue.next(slots) {
            queue.started(sizes[usize::try_from(id).unwrap()]);
            started.push(id);
        }
        started
    }

    fn queue(sizes: &[u64]) -> SendQueue {
        let mut queue = SendQueue::default();
        for (id, size) in (0..).zip(sizes) {
            queue.push(JobId(id), *size);
        }
        queue
    }

    #[test]
    fn large_files_do_not_hold_small_ones_up() {
        let large = LARGE_BYTES;
        let sizes = [large, large, large, large, 1, 1, 1, 1];
        let mut queue = queue(&sizes);
        assert_eq!(start(&mut queue, &sizes, 6), [0, 1, 2, 4, 5, 6]);
        queue.ended(large);
        assert_eq!(start(&mut queue, &sizes, 6), [3]);
        queue.ended(1);
        assert_eq!(start(&mut queue, &sizes, 6), [7]);
    }

    #[test]
    fn one_slot_keeps_the_order() {
        let sizes = [1, LARGE_BYTES, 1];
        let mut queue = queue(&sizes);
        for id in 0..3 {
            assert_eq!(start(&mut queue, &sizes, 1), [id]);
            queue.ended(sizes[usize::try_from(id).unwrap()]);
        }
    }

    #[test]
    fn a_retry_goes_before_those_that_have_not_begun() {
        let sizes = [1, 1, 1];
        let mut queue = queue(&sizes);
        assert_eq!(queue.next(6), Some(JobId(0)));
        queue.push_first(JobId(0), 1);
        assert_eq!(queue.next(6), Some(JobId(0)));
    }
}
