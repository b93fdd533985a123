//! One window a person: a second start hands its files to the window that is
//! open. Called by `main` before a window opens; may not know what is done
//! with the files.
//!
//! Who holds the lock file has the window: the system gives a lock back even
//! after `kill -9`, and a socket that such an end leaves behind is replaced by
//! the next holder. Paths come through a socket (Windows: a named pipe) that
//! only the same person reaches.

mod place;
mod wire;

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use interprocess::local_socket::traits::Stream as _;
use interprocess::local_socket::{Listener, ListenerOptions, Stream};
use place::Place;

/// How long a start waits for a window that does not answer, or that is
/// closing, before it opens one of its own.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
/// Starts that are listened to at once.
const TALKS_MAX: usize = 8;

/// What a start turned out to be.
#[derive(Debug)]
pub enum Start {
    /// The first one: it opens the window, and listens.
    First(Instance),
    /// The window that is open has the files now.
    HandedOver,
    /// Neither worked: it opens a window and leaves it at that.
    Alone,
}

/// The right to be the window, with the socket that goes with it.
#[derive(Debug)]
pub struct Instance {
    // Before the lock, since its end removes the socket's file: after the lock
    // was given back, that file could be the next window's.
    listener: Listener,
    /// Held until the program ends.
    lock: File,
    folder: PathBuf,
}

/// Hands these paths, which must be absolute, to the window that is open for
/// `settings_folder`, or becomes it. Takes up to some seconds if that window
/// does not answer.
#[must_use]
pub fn start(settings_folder: &Path, paths: &[PathBuf]) -> Start {
    match Place::of(settings_folder).and_then(|place| place.start(paths)) {
        Ok(start) => start,
        Err(error) => {
            tracing::warn!(%error, "other starts cannot find this window");
            Start::Alone
        }
    }
}

impl Place {
    fn start(&self, paths: &[PathBuf]) -> io::Result<Start> {
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(format!("{}.lock", self.key)))?;
        let end = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return self.become_first(lock).map(Start::First),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
            match self.hand_over(paths, end) {
                Ok(()) => return Ok(Start::HandedOver),
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Err(error),
                // It is just opening, or just closing.
                Err(error) if Instant::now() < end => {
                    tracing::debug!(%error, "the open window did not take the files yet");
                }
                Err(error) => return Err(error),
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn become_first(&self, lock: File) -> io::Result<Instance> {
        if cfg!(unix) {
            // Left by a window that was killed: we hold the lock, so nobody listens.
            match std::fs::remove_file(self.socket()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let options = ListenerOptions::new().name(self.name()?);
        #[cfg(unix)]
        let options = {
            use interprocess::os::unix::local_socket::ListenerOptionsExt as _;
            // macOS cannot set it; the folder is closed to others anyway.
            if cfg!(target_os = "macos") {
                options
            } else {
                options.mode(0o600)
            }
        };
        Ok(Instance {
            listener: options.create_sync()?,
            lock,
            folder: self.folder.clone(),
        })
    }

    /// Neither side of a named pipe has a time limit of its own, so the talk
    /// runs on a thread that may be left behind. Whether the paths go out is
    /// then decided once: a window that gets ready too late is told nothing,
    /// for this start shows the files in a window of its own.
    fn hand_over(&self, paths: &[PathBuf], end: Instant) -> io::Result<()> {
        let name = self.name()?.into_owned();
        let paths = paths.to_vec();
        let decided = Arc::new(AtomicBool::new(false));
        let decide = decided.clone();
        let (tell, told) = mpsc::channel();
        let talk = move || {
            let still_wanted = || !decide.swap(true, Ordering::AcqRel);
            let talked = Stream::connect(name)
                .and_then(|mut stream| wire::hand_over(&mut stream, &paths, still_wanted));
            tell.send(talked).ok();
        };
        let thread = std::thread::Builder::new().name("ones-drop-hand-over".into());
        thread.spawn(talk)?;
        let left = end.saturating_duration_since(Instant::now());
        let silent = |_| io::Error::from(io::ErrorKind::TimedOut);
        match told.recv_timeout(left.max(PAUSE)) {
            Ok(talked) => talked,
            Err(error) if !decided.swap(true, Ordering::AcqRel) => Err(silent(error)),
            // It is reading them already.
            Err(_) => told.recv_timeout(PATIENCE).map_err(silent)?,
        }
    }
}

impl Instance {
    /// Listens on threads of its own for as long as the program runs. Each
    /// start gives one list, which may be empty; `wake` is called after it.
    #[must_use]
    pub fn serve(self, wake: Arc<dyn Fn() + Send + Sync>) -> Receiver<Vec<PathBuf>> {
        let (tell, told) = mpsc::channel();
        let thread = std::thread::Builder::new().name("ones-drop-instance".into());
        if let Err(error) = thread.spawn(move || self.listen(&tell, &wake)) {
            tracing::warn!(%error, "other starts cannot find this window");
        }
        told
    }

    fn listen(self, tell: &Sender<Vec<PathBuf>>, wake: &Arc<dyn Fn() + Send + Sync>) {
        let Self {
            listener,
            lock,
            folder,
        } = self;
        let talks = Arc::new(AtomicUsize::new(0));
        for stream in listener {
            let stream = match stream {
                Ok(stream) if talks.load(Ordering::Relaxed) < TALKS_MAX => stream,
                Ok(_) => continue,
                Err(error) => {
                    tracing::debug!(%error, "a start could not be listened to");
                    // Out of file handles, say: not in a circle at full speed.
                    std::thread::sleep(PAUSE);
                    continue;
                }
            };
            let (tell, wake, folder) = (tell.clone(), wake.clone(), folder.clone());
            let (talks, thread) = (talks.clone(), std::thread::Builder::new());
            talks.fetch_add(1, Ordering::Relaxed);
            let counted = talks.clone();
            let talk = move || {
                match listen_to(stream, &folder, &tell) {
                    Ok(()) => wake(),
                    Err(error) => tracing::warn!(%error, "a start said nothing sensible"),
                }
                counted.fetch_sub(1, Ordering::Relaxed);
            };
            if thread.name("ones-drop-start".into()).spawn(talk).is_err() {
                talks.fetch_sub(1, Ordering::Relaxed);
            }
        }
        drop(lock);
    }
}

/// One start: who it is, what it brings. "Taken" is said only when the window
/// will see it: a window that is closing has dropped its end.
fn listen_to(mut stream: Stream, folder: &Path, tell: &Sender<Vec<PathBuf>>) -> io::Result<()> {
    if !is_same_person(&stream, folder)? {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    // Named pipes have no time limits; there a silent start costs one thread.
    stream.set_recv_timeout(Some(PATIENCE)).ok();
    stream.set_send_timeout(Some(PATIENCE)).ok();
    wire::say_ready(&mut stream)?;
    let paths = wire::take(&mut stream)?;
    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    tell.send(paths).map_err(gone)?;
    wire::say_taken(&mut stream)
}

/// The folder is closed to others already; this holds even if somebody opened it.
#[cfg(unix)]
fn is_same_person(stream: &Stream, folder: &Path) -> io::Result<bool> {
    use interprocess::local_socket::traits::StreamCommon as _;
    use std::os::unix::fs::MetadataExt as _;
    let owner = std::fs::metadata(folder)?.uid();
    Ok(stream.peer_creds()?.euid() == Some(owner))
}

/// A named pipe is made so that only its owner may write to it.
#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "fails on Unix")]
fn is_same_person(_stream: &Stream, _folder: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
