//! A receiver's thread: how it waits, and how it is ended.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A running thread. Dropping it ends the thread and waits for that.
pub(super) struct Running {
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's end of it: readable once the thread is to end.
pub(super) struct Stop(UnixStream);

impl Running {
    /// Starts a named thread.
    pub(super) fn start(work: impl FnOnce(&Stop) + Send + 'static) -> io::Result<Self> {
        let (stop, told) = UnixStream::pair()?;
        let thread = std::thread::Builder::new()
            .name("ones-drop-drops".into())
            .spawn(move || work(&Stop(told)))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A closed end is readable at the other.
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            thread.join().ok();
        }
    }
}

impl Stop {
    /// Waits until one of these can be read or the moment has come, and says
    /// which can; `None` if the thread is to end. A place may be empty.
    pub(super) fn wait(
        &self,
        any: &[Option<BorrowedFd<'_>>],
        until: Option<Instant>,
    ) -> io::Result<Option<Vec<bool>>> {
        let there = any.iter().flatten().copied();
        let all: Vec<_> = std::iter::once(self.0.as_fd()).chain(there).collect();
        let wait = |fd| PollFd::new(fd, PollFlags::IN);
        let mut waits: Vec<PollFd<'_>> = all.iter().map(wait).collect();
        let limit = until.map(|at| {
            // Rounded up, or the last millisecond would be spent spinning.
            let left = at.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
            Timespec::try_from(left).unwrap_or_default()
        });
        match poll(&mut waits, limit.as_ref()) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(Some(Vec::new())),
            Err(error) => return Err(error.into()),
        }
        let mut ready = waits.iter().map(|wait| !wait.revents().is_empty());
        let stopped = ready.next() == Some(true);
        let mut is_ready = |fd: &Option<_>| fd.is_some() && ready.next() == Some(true);
        Ok((!stopped).then(|| any.iter().map(&mut is_ready).collect()))
    }
}
