//! What the tests share: a demo server, an engine beside it, files, and waiting
//! for a condition instead of for time.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "shared by several test programs, each of which uses a part; a failed helper fails the test"
)]

pub mod case;
pub mod elsewhere;
pub mod files;
mod seen;
pub mod skipped;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ones_drop::demo::{Fault, Misbehaviour, Options, Server, Step};
use ones_drop::engine::{Config, Engine, Patience, RetryPolicy};
use ones_drop::model::{
    Board, Command, ErrorKind, Event, JobState, Receipt, Secret, ServerAddress, SignIn, Task,
};
use ones_drop::vault::{MemoryVault, Vault};

/// No test waits longer than this for anything; a busy machine may take long.
pub const LIMIT: Duration = Duration::from_mins(5);

/// An engine, the demo server it talks to, and the board it tells.
pub struct Bench {
    pub engine: Engine,
    pub server: Watched,
    pub board: Board,
    pub events: Vec<Event>,
    pub folder: tempfile::TempDir,
}

/// A demo server that is looked at when a test ends, however it ends: no header
/// of ONES ever came to its store (S3).
pub struct Watched(Server);

impl From<Server> for Watched {
    fn from(server: Server) -> Self {
        Self(server)
    }
}

impl std::ops::Deref for Watched {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // A second panic would hide what the first one says.
        if !std::thread::panicking() {
            assert_eq!(self.0.leaked_headers(), Vec::<String>::new());
        }
    }
}

/// The configuration of a test: nothing saved, retries at once, short patience
/// only where a test asks for it.
pub fn quick_config() -> Config {
    Config {
        vault: Vault::Memory(MemoryVault::default()),
        retry: RetryPolicy {
            tries: 5,
            base: Duration::ZERO,
            cap: Duration::ZERO,
        },
        ..Config::default()
    }
}

/// The demo's own sign-in.
pub fn token_sign_in(server: &Server) -> SignIn {
    let account = server.account();
    SignIn::Token {
        server: ServerAddress::parse(&account.server).unwrap(),
        user: account.user.clone(),
        token: Secret::new(account.token.clone()),
        team: Some(account.team.clone()),
    }
}

/// The same person's, by password.
pub fn password_sign_in(server: &Server) -> SignIn {
    let account = server.account();
    SignIn::Password {
        server: ServerAddress::parse(&account.server).unwrap(),
        account: account.email.clone(),
        password: Secret::new(account.password.clone()),
    }
}

impl Bench {
    /// Signed in to a fresh demo server.
    pub fn new() -> Self {
        Self::with(Options::default(), quick_config())
    }

    /// Signed in, with other patience.
    pub fn with_patience(patience: Patience) -> Self {
        let config = Config {
            patience,
            ..quick_config()
        };
        Self::with(Options::default(), config)
    }

    pub fn with(options: Options, mut config: Config) -> Self {
        let server = Server::start(options).unwrap();
        config.sign_in = Some(token_sign_in(&server));
        let mut bench = Self::signed_out(server, config);
        bench.until_event(|event| match event {
            Event::SignedIn(identity) => Some(identity.clone()),
            _ => None,
        });
        bench
    }

    /// An engine that starts with what its configuration says.
    pub fn signed_out(server: impl Into<Watched>, config: Config) -> Self {
        Self {
            engine: Engine::start(config).unwrap(),
            server: server.into(),
            board: Board::default(),
            events: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Writes a file into the test's folder.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The demo's first task.
    pub fn task(&self) -> Arc<Task> {
        self.task_by_id(&self.server.account().task)
    }

    pub fn task_by_id(&self, id: &str) -> Arc<Task> {
        Arc::new(Task {
            id: id.to_owned(),
            team: self.server.account().team.clone(),
            number: None,
            title: None,
        })
    }

    pub fn add(&self, paths: &[&Path]) {
        self.add_to(paths, self.task());
    }

    pub fn add_to(&self, paths: &[&Path], task: Arc<Task>) {
        self.engine.send(Command::Add {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            task: Some(task),
            description: String::new(),
        });
    }

    /// Takes one event, if one comes in time.
    pub fn step(&mut self, limit: Duration) -> Option<Event> {
        let event = self.engine.next_within(limit)?;
        self.board.apply(&event);
        self.events.push(event.clone());
        Some(event)
    }

    /// Waits for an event that `wanted` takes.
    #[track_caller]
    pub fn until_event<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let end = Instant::now() + LIMIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Some(event) = self.step(left) else {
                panic!("the event did not come; the board:\n{}", self.dump());
            };
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    /// Waits until the board is as wanted.
    #[track_caller]
    pub fn until(&mut self, what: &str, wanted: impl Fn(&Board) -> bool) {
        let end = Instant::now() + LIMIT;
        while !wanted(&self.board) {
            let left = end.saturating_duration_since(Instant::now());
            let event = self.step(left);
            assert!(
                event.is_some(),
                "waited for: {what}; the board:\n{}",
                self.dump()
            );
        }
    }

    /// Waits until a row is in this state.
    #[track_caller]
    pub fn until_any(&mut self, state: &JobState) {
        self.until(state.code(), |board| {
            board.jobs().iter().any(|job| job.state == *state)
        });
    }

    /// Waits until so many rows are there and all are settled.
    #[track_caller]
    pub fn until_settled(&mut self, rows: usize) {
        self.until_rows("all rows settled", |board| {
            board.jobs().len() >= rows && board.totals().settled()
        });
    }

    /// Like [`Self::until`], but looks only when no event waits: with thousands of
    /// rows the look takes longer than an event. What passes may be missed. They may
    /// take any time, as long as something happens.
    #[track_caller]
    pub fn until_rows(&mut self, what: &str, wanted: impl Fn(&Board) -> bool) {
        let all_told = |bench: &mut Self| while bench.step(Duration::ZERO).is_some() {};
        all_told(self);
        while !wanted(&self.board) {
            let event = self.step(LIMIT);
            let board = || self.dump();
            assert!(
                event.is_some(),
                "waited for: {what}; the board:\n{}",
                board()
            );
            all_told(self);
        }
    }

    /// Adds files, waits, and gives the states in their order.
    #[track_caller]
    pub fn attach(&mut self, paths: &[&Path]) -> Vec<JobState> {
        let before = self.board.jobs().len();
        self.add(paths);
        self.until_settled(before + paths.len());
        self.board.jobs()[before..]
            .iter()
            .map(|job| job.state.clone())
            .collect()
    }

    /// What holds after every fault: the queue goes on with the next file.
    #[track_caller]
    pub fn goes_on(&mut self) {
        let rows = self.board.jobs().len();
        let next = self.file("next.log", format!("file {rows}").as_bytes());
        self.add(&[&next]);
        // Whatever the others wait for.
        self.until("the next file's end", |board| {
            let job = board.jobs().get(rows);
            job.is_some_and(|job| job.state.is_settled())
        });
        assert!(receipt(&self.job(rows).state).verified);
    }

    /// Attaches a file to the task by another program of the same person.
    #[track_caller]
    pub fn attach_elsewhere(&self, path: &Path) {
        let config = Config {
            sign_in: Some(token_sign_in(&self.server)),
            ..quick_config()
        };
        // Its own server is not asked.
        let mut other = Self::signed_out(Server::start(Options::default()).unwrap(), config);
        other.add_to(&[path], self.task());
        other.until_settled(1);
        assert!(receipt(&other.job(0).state).verified);
    }
}

/// Plants one fault.
pub fn fault(bench: &Bench, at: Step, what: Misbehaviour) {
    faults(bench, at, what, 1);
}

/// Plants a fault that happens several times.
pub fn faults(bench: &Bench, at: Step, what: Misbehaviour, times: u32) {
    bench.server.faults().push(Fault { at, what, times });
}

/// The receipt of a file that must be attached.
#[track_caller]
pub fn receipt(state: &JobState) -> &Receipt {
    match state {
        JobState::Done(receipt) => receipt,
        other => panic!("not attached: {other:?}"),
    }
}

/// The error of a file that must have failed.
#[track_caller]
pub fn error(state: &JobState) -> &ErrorKind {
    match state {
        JobState::Failed(error) => &error.kind,
        other => panic!("did not fail: {other:?}"),
    }
}

/// Waits for something that no event tells.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < end, "waited for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
