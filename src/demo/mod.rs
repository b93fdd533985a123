//! A ONES server and its store, inside the program.
//!
//! `ones-drop demo` runs it as a newcomer's playground, the tests as their fake
//! with scripted faults. It follows the vendor's documentation and public
//! reports, and must know neither `api` nor `model`: a misspelt field that both
//! sides shared would pass every test.

mod connection;
mod doors;
mod etag;
mod faults;
mod gate;
mod mime;
mod misbehaviour;
mod ones;
mod options;
mod seen;
mod spoil;
mod store;
mod tls;
mod token;
mod world;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use serde::Serialize;
use tempfile::TempDir;
use tokio::sync::oneshot;

use doors::{Door, serve};
pub use faults::{Faults, Hold};
use gate::Gate;
pub use misbehaviour::{Fault, Misbehaviour, Step};
pub use options::{Effort, Options};
pub use seen::{FormSeen, Seen};
use seen::{Log, Side};
use world::World;

/// A task that the demo user may look at but not attach to (403).
pub const FORBIDDEN_TASK: &str = "6ZpgEzkkR3ad0n1y";
/// Its number.
pub const FORBIDDEN_TASK_NUMBER: u64 = 1001;

/// All that somebody needs to use the server. As JSON it is the one line of
/// `ones-drop demo --headless`.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// `http://127.0.0.1:PORT`, or `https://`.
    pub server: String,
    /// ID of the first team.
    pub team: String,
    /// ID of a task (number 1024).
    pub task: String,
    /// ID of another task (number 987).
    pub task2: String,
    /// The user's ID.
    pub user: String,
    /// A token that is valid from the start.
    pub token: String,
    /// For signing in.
    pub email: String,
    /// For signing in.
    pub password: String,
}

/// An attachment, as the task's Files tab would list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// ID of the resource, 8 characters.
    pub resource: String,
    /// Name of the file.
    pub name: String,
    /// Kodo etag of the content.
    pub hash: String,
    /// MIME type that the store found.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// The description from step one.
    pub description: String,
    /// Microseconds since 1970; no two are the same.
    pub create_time_us: i64,
}

/// A running server. Dropping it stops it.
pub struct Server {
    world: Arc<World>,
    log: Arc<Log>,
    faults: Faults,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Lives as long as the server; goes away with its content.
    _own_dir: Option<TempDir>,
}

impl Server {
    /// Starts a server on 127.0.0.1 and returns when it listens. Blocking.
    ///
    /// # Errors
    /// If the port is taken, or the folder cannot be made.
    pub fn start(options: Options) -> io::Result<Self> {
        let own_dir = match &options.dir {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("ones-drop-demo-")
                    .tempdir()?,
            ),
        };
        let named_dir = options.dir.clone();
        let dir = own_dir
            .as_ref()
            .map_or(named_dir.unwrap_or_default(), |own| own.path().to_owned());
        std::fs::create_dir_all(&dir)?;
        let (ones, ones_url) = Door::open(options.port, options.tls.clone(), None)?;
        let name = options.store_name.as_deref();
        let (store, store_url) = Door::open(0, options.tls.clone(), name)?;
        let world = Arc::new(World::new(options, dir, ones_url, store_url));
        let (log, faults) = (Arc::new(Log::default()), Faults::default());
        let gated = |routes: Router, side, step_of: fn(&Method, &str) -> Option<Step>| {
            let gate = Gate {
                step_of,
                side,
                log: Arc::clone(&log),
                faults: faults.clone(),
            };
            routes.layer(from_fn_with_state(gate, gate::pass))
        };
        let sides = [
            (
                ones,
                gated(ones::routes(Arc::clone(&world)), Side::Ones, ones::step_of),
            ),
            (
                store,
                gated(
                    store::routes(Arc::clone(&world)),
                    Side::Store,
                    store::step_of,
                ),
            ),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("ones-demo".to_owned())
            .spawn(move || runtime.block_on(serve(sides, stopped)))?;
        Ok(Self {
            world,
            log,
            faults,
            stop: Some(stop),
            thread: Some(thread),
            _own_dir: own_dir,
        })
    }

    /// How to use the server.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.world.account
    }

    /// Address of the store, as step one's `upload_url` gives it.
    #[must_use]
    pub fn store_url(&self) -> &str {
        &self.world.store_url
    }

    /// The script of what goes wrong; empty at first.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Every request so far, in order of arrival; an entry is there before its
    /// answer is sent.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.log.all()
    }

    /// What is attached to a task (its ID), newest first.
    #[must_use]
    pub fn attachments(&self, task: &str) -> Vec<Stored> {
        self.world.attachments(task)
    }

    /// The folder with stored content, each file named by its etag.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.world.dir
    }

    /// Refuses every ONES token from now on with 401. A later sign-in gives a
    /// valid one again.
    pub fn invalidate_tokens(&self) {
        self.world.forget_tokens();
    }

    /// Headers that the store was sent and should not have been: `ones-*`,
    /// cookies, referers, and credentials with a form. As `path: name`; a token
    /// that ONES was sent, in an address or any header, as `path: token`.
    #[must_use]
    pub fn leaked_headers(&self) -> Vec<String> {
        let (requests, to_ones): (Vec<_>, Vec<_>) =
            self.log.all().into_iter().partition(|seen| seen.to_store);
        let tokens = to_ones
            .iter()
            .filter_map(|seen| seen.header("ones-auth-token"));
        // A short one, as a test makes up, may stand anywhere by chance.
        let tokens: BTreeSet<&str> = tokens.filter(|token| token.len() >= 16).collect();
        let leaks = requests.iter().flat_map(|seen| {
            let form = seen.path == "/";
            let names = seen.headers.iter().map(|(name, _)| name.as_str());
            let leaked = names.filter(move |name| match *name {
                "cookie" | "referer" => true,
                "authorization" => form,
                other => other.starts_with("ones-"),
            });
            let holds = |text: &str| tokens.iter().any(|token| text.contains(token));
            let values = seen.headers.iter().map(|(_, value)| value.as_str());
            let is_told = values.chain([seen.path.as_str()]).any(holds);
            let leaked = leaked.chain(is_told.then_some("token"));
            leaked.map(|name| format!("{}: {name}", seen.path))
        });
        leaks.collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails only if the thread is gone already.
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
