//! A ONES server and its store, inside the program.
//!
//! `ones-drop demo` runs it as a newcomer's playground, the tests as their fake
//! with scripted faults. It follows the vendor's documentation and public
//! reports, and must know neither `api` nor `model`: a misspelt field that both
//! sides shared would pass every test.

mod connection;
mod etag;
mod faults;
mod gate;
mod mime;
mod ones;
mod seen;
mod spoil;
mod store;
mod tls;
mod token;
mod world;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use serde::Serialize;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio_rustls::rustls::ServerConfig;

use connection::{Ears, Peer};
pub use faults::{Fault, Faults, Hold, Misbehaviour, Step};
use gate::Gate;
pub use seen::{FormSeen, Seen};
use seen::{Log, Side};
use world::World;

/// A task that the demo user may look at but not attach to (403).
pub const FORBIDDEN_TASK: &str = "6ZpgEzkkR3ad0n1y";
/// Its number.
pub const FORBIDDEN_TASK_NUMBER: u64 = 1001;

/// How a demo server shall be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port of the ONES side; 0 takes any free one, as the store always does.
    pub port: u16,
    /// Where stored files are kept; `None` is a folder that goes away.
    pub dir: Option<PathBuf>,
    /// Teams of the user, 1 or 2.
    pub teams: usize,
    /// Largest file in bytes, in step one's answer and in the upload policy.
    pub size_limit_bytes: u64,
    /// Life of an upload token in seconds; 0 is over at once.
    pub token_life_secs: u64,
    /// Whether `task/…/info` exists; otherwise 404, as on servers without it.
    pub lookup: bool,
    /// The user's first token, for a server that is started again; random
    /// without it.
    pub token: Option<String>,
    /// Whether step one looks at `hash`; some servers ask for the bytes anyway.
    pub takes_hash: bool,
    /// What the store does with content.
    pub effort: Effort,
    /// Whether lists show uploads that were only announced, without hash and
    /// bytes; some servers may (inferred: resources are made in step one).
    pub lists_announced: bool,
    /// Speaks HTTPS on both sides with this certificate; plain HTTP without.
    pub tls: Option<Arc<ServerConfig>>,
    /// What step one calls the store, as `https://host`, where that leads to this
    /// machine; the port is added. One with `http:` speaks no TLS.
    pub store_name: Option<String>,
}

/// What the store does with content. A benchmark's store shares the cores of the
/// clients that it compares, so it can be told to do less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effort {
    /// Hashes, checks and keeps it.
    Keeps,
    /// Hashes and checks it, but keeps the size only: files of zeros that take
    /// no room.
    Hashes,
    /// Counts it, and calls all content by this etag. What is claimed of parts is
    /// believed; the checksum of a form is checked.
    Counts {
        /// Kodo etag.
        etag: String,
    },
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            dir: None,
            teams: 1,
            // 300 MiB (documented: upload example).
            size_limit_bytes: 314_572_800,
            // Inferred from the upload example.
            token_life_secs: 3600,
            lookup: true,
            token: None,
            takes_hash: true,
            effort: Effort::Keeps,
            lists_announced: false,
            tls: None,
            store_name: None,
        }
    }
}

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
    /// cookies, referers, and credentials with a form. As `path: name`.
    #[must_use]
    pub fn leaked_headers(&self) -> Vec<String> {
        let mut requests = self.log.all();
        requests.retain(|seen| seen.to_store);
        let leaks = requests.iter().flat_map(|seen| {
            let form = seen.path == "/";
            let names = seen.headers.iter().map(|(name, _)| name.as_str());
            let leaked = names.filter(move |name| match *name {
                "cookie" | "referer" => true,
                "authorization" => form,
                other => other.starts_with("ones-"),
            });
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

/// Serves both sides until told to stop. Requests under way end with their
/// runtime: a server that is gone answers nobody.
async fn serve(sides: [(Door, Router); 2], stopped: oneshot::Receiver<()>) {
    let connections = Arc::new(AtomicU64::new(0));
    for (Door { listener, tls }, routes) in sides {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            return;
        };
        let ears = Ears::new(listener, Arc::clone(&connections), tls);
        let service = routes.into_make_service_with_connect_info::<Peer>();
        tokio::spawn(async move { axum::serve(ears, service).await });
    }
    stopped.await.ok();
}

/// Where one side of the server is reached.
struct Door {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
}

impl Door {
    /// Opens a port of this computer only; gives its address as a URL too, under
    /// this name (`scheme://host`) if it has one.
    fn open(
        port: u16,
        tls: Option<Arc<ServerConfig>>,
        name: Option<&str>,
    ) -> io::Result<(Self, String)> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        listener.set_nonblocking(true)?;
        let tls = tls.filter(|_| name.is_none_or(|name| name.starts_with("https:")));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let local = format!("{scheme}://{}", Ipv4Addr::LOCALHOST);
        let port = listener.local_addr()?.port();
        let url = format!("{}:{port}", name.unwrap_or(&local));
        Ok((Self { listener, tls }, url))
    }
}
