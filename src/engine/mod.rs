//! The engine: everything that takes time.
//!
//! A tokio runtime on one named thread, reached through [`Engine`]. A face
//! sends [`Command`]s, which never block, and takes [`Event`]s when its frame
//! has time for them. The engine calls a plain `wake` closure after each event
//! and knows nothing of windows or terminals.
//!
//! Inside, `actor` is the only owner of jobs and sign-in. It starts short tasks
//! and hears of them in reports: `intake` (paths → files), `check` (file →
//! fingerprint, seen before?), `upload` (one try of one file: sent by `form` or
//! `parts`, judged by `verdict`, doubts asked about by `settle`), `look` (still the
//! same file?), `lookup` (text → task). What it does with them stands in `jobs`,
//! `checking`, `copies`, `tries` (begun) and `tried` (ended), `holds`, `sign_in`,
//! `network`, `saved` (what is on disk) and `earlier` (what was). Calls that this
//! machine left behind in another network end in `way`. A task never decides about
//! another job, and how a failed try is repeated is told in `retry`.

mod actor;
mod begun;
mod check;
mod checking;
mod claims;
mod clients;
mod copies;
mod earlier;
mod form;
mod holds;
mod intake;
mod jobs;
mod keyring;
mod look;
mod lookup;
mod network;
mod parts;
mod preferences;
mod queue;
mod recheck;
mod report;
mod retry;
mod saved;
mod session;
mod settle;
mod sign_in;
mod stores;
mod translate;
mod tried;
mod tries;
mod upload;
mod verdict;
mod watchdog;
mod way;
mod work;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

pub use retry::RetryPolicy;
pub use saved::Keeping;
pub use watchdog::Patience;

use crate::api::Names;
use crate::model::{Command, Event, Settings, SignIn};
use crate::vault::Vault;

/// What an engine is started with.
pub struct Config {
    /// Where the sign-in is kept.
    pub vault: Vault,
    /// Preferences as they were loaded.
    pub settings: Settings,
    /// Small files sent at once, in place of the preferences' number and not
    /// saved with them.
    pub parallel: Option<u8>,
    /// Where preferences are saved; `None` keeps them in memory.
    pub settings_file: Option<PathBuf>,
    /// Where queue and history are kept; `None` keeps nothing.
    pub keeping: Option<Keeping>,
    /// Signs in with this, without the keyring (demo, environment).
    pub sign_in: Option<SignIn>,
    /// When a failed try is repeated.
    pub retry: RetryPolicy,
    /// Whether the queue waits for a server that cannot be reached, for as long
    /// as it takes. Somebody sits before a window; a script wants an end.
    pub waits_for_network: bool,
    /// Whether files may go to any store over plain HTTP, without a word by
    /// somebody for each: a script said so.
    pub plain_http: bool,
    /// How long nothing may happen.
    pub patience: Patience,
    /// Where names are looked up.
    pub names: Names,
    /// What time it is, for the life of upload tokens.
    pub clock: fn() -> SystemTime,
    /// Called after each event, from the engine's thread. Must not block.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            vault: Vault::Os,
            settings: Settings::default(),
            parallel: None,
            settings_file: None,
            keeping: None,
            sign_in: None,
            retry: RetryPolicy::default(),
            waits_for_network: false,
            plain_http: false,
            patience: Patience::default(),
            names: Names::default(),
            clock: SystemTime::now,
            wake: Arc::new(|| {}),
        }
    }
}

/// The handle that a face holds. Dropping it stops all uploads and joins the
/// thread, which takes at most twelve seconds: ten for the journal on a disk that
/// is busy, two for the rest.
pub struct Engine {
    // Field order is drop order is shutdown order: closing `commands` ends the
    // actor, then the thread can be joined.
    commands: Option<mpsc::UnboundedSender<Command>>,
    events: std_mpsc::Receiver<Event>,
    progress_taken: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The other ends of an [`Engine`] without a thread: a test plays the engine.
pub struct Script {
    /// What the face sent.
    pub commands: mpsc::UnboundedReceiver<Command>,
    /// What the face is told.
    pub events: std_mpsc::Sender<Event>,
}

/// The engine's side of the events.
struct Outbox {
    events: std_mpsc::Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
    progress_taken: Arc<AtomicBool>,
}

/// How long a task may take to notice that the program ends.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

impl Engine {
    /// Starts the engine on its own thread and restores the sign-in.
    pub fn start(config: Config) -> io::Result<Self> {
        // For `api::tls`. An earlier choice, as of an engine before this one, stands.
        rustls::crypto::aws_lc_rs::default_provider()
            .install_default()
            .ok();
        let (commands, inbox) = mpsc::unbounded_channel();
        // Unbounded on purpose: a hidden window may take no event for long,
        // and uploads must go on. What is in it is bounded by the changes of
        // state; progress is in it at most once.
        let (events_in, events) = std_mpsc::channel();
        let progress_taken = Arc::new(AtomicBool::new(true));
        let outbox = Outbox {
            events: events_in,
            wake: config.wake.clone(),
            progress_taken: progress_taken.clone(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("ones-drop-io")
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("ones-drop-engine".into())
            .spawn(move || {
                runtime.block_on(actor::run(config, inbox, outbox));
                runtime.shutdown_timeout(SHUTDOWN_LIMIT);
            })?;
        Ok(Self {
            commands: Some(commands),
            events,
            progress_taken,
            thread: Some(thread),
        })
    }

    /// A handle whose engine is played by the caller.
    #[must_use]
    pub fn scripted() -> (Self, Script) {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = std_mpsc::channel();
        let engine = Self {
            commands: Some(commands),
            events,
            progress_taken: Arc::new(AtomicBool::new(true)),
            thread: None,
        };
        let script = Script {
            commands: inbox,
            events: outbox,
        };
        (engine, script)
    }

    /// Sends a wish. Never blocks; a wish to an engine that has ended is lost,
    /// as there is nobody to fulfil it.
    pub fn send(&self, command: Command) {
        if let Some(commands) = &self.commands {
            commands.send(command).ok();
        }
    }

    /// The next event, if there is one. Never blocks.
    pub fn try_next(&mut self) -> Option<Event> {
        let event = self.events.try_recv().ok()?;
        self.note(&event);
        Some(event)
    }

    /// The next event, or `None` after `limit`. For the command line and
    /// tests; a window must not wait.
    pub fn next_within(&mut self, limit: Duration) -> Option<Event> {
        let event = self.events.recv_timeout(limit).ok()?;
        self.note(&event);
        Some(event)
    }

    fn note(&self, event: &Event) {
        if matches!(event, Event::Progress(_)) {
            self.progress_taken.store(true, Ordering::Release);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            thread.join().ok();
        }
    }
}

impl Outbox {
    /// Tells a face something. A face that is gone hears nothing.
    fn tell(&self, event: Event) {
        self.events.send(event).ok();
        (self.wake)();
    }

    /// Tells how far things are, unless the last such message still waits.
    fn tell_progress(&self, moved: Vec<(crate::model::JobId, u64)>) {
        if self.progress_taken.swap(false, Ordering::AcqRel) {
            self.tell(Event::Progress(moved));
        }
    }
}
