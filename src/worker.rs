//! A named thread that carries out what it is sent, one after the other, and for
//! whose end the program waits.
//!
//! Sending never blocks. What was sent just before the program ends is carried out,
//! unless that takes longer than the limit: a disk or a keyring that hangs must not
//! keep the program from ending.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

/// How long the last writes to a disk may take. One that is busy with others takes
/// seconds for each wait; nobody looks at a window by then.
pub const DISK_LIMIT: Duration = Duration::from_secs(10);

/// The handle. Dropping it waits for what was sent.
pub struct Worker<T> {
    // Closing `work` ends the thread, so it goes first.
    work: Option<mpsc::Sender<T>>,
    ended: mpsc::Receiver<()>,
    limit: Duration,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts the thread. `run` returns when its receiver is closed and empty.
    pub fn start(
        name: &str,
        limit: Duration,
        run: impl FnOnce(&mpsc::Receiver<T>) + Send + 'static,
    ) -> io::Result<Self> {
        let (work, inbox) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                run(&inbox);
                drop(ending);
            })?;
        Ok(Self {
            work: Some(work),
            ended,
            limit,
        })
    }

    /// Has something carried out. Never blocks.
    pub fn send(&self, work: T) {
        if let Some(worker) = &self.work {
            worker.send(work).ok();
        }
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.work = None;
        self.ended.recv_timeout(self.limit).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts one that is in the midst of its first work until `go_on` is sent.
    fn busy(limit: Duration) -> (Worker<u8>, mpsc::Sender<()>, mpsc::Receiver<u8>) {
        let (begun, begins) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel();
        let (done, is_done) = mpsc::channel();
        let worker = Worker::start("busy", limit, move |inbox| {
            for work in inbox {
                begun.send(()).ok();
                goes_on.recv().ok();
                done.send(work).ok();
            }
        });
        let worker = worker.unwrap();
        worker.send(1);
        begins.recv().unwrap();
        (worker, go_on, is_done)
    }

    #[test]
    fn the_end_waits_for_all_that_was_sent() {
        let (worker, go_on, is_done) = busy(Duration::from_mins(5));
        worker.send(2);
        let (ended, ends) = mpsc::channel();
        let ending = std::thread::spawn(move || {
            drop(worker);
            ended.send(is_done.try_iter().collect::<Vec<_>>()).ok();
        });
        // An end that does not wait is over by then.
        let early = ends.recv_timeout(Duration::from_millis(200));
        go_on.send(()).unwrap();
        go_on.send(()).unwrap();
        ending.join().unwrap();
        assert_eq!(early, Err(mpsc::RecvTimeoutError::Timeout));
        assert_eq!(ends.recv(), Ok(vec![1, 2]));
    }

    #[test]
    fn the_end_does_not_wait_for_ever() {
        let (worker, _go_on, is_done) = busy(Duration::from_millis(10));
        drop(worker);
        assert_eq!(is_done.try_recv(), Err(mpsc::TryRecvError::Empty));
    }
}
