//! The engine as a face sees it, and a cancel.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ones_drop::demo::{Fault, Misbehaviour, Step};
use ones_drop::engine::{Config, Engine, Keeping};
use ones_drop::journal::Keeps;
use ones_drop::model::{Board, Command, Event, JobState, Secret, ServerAddress, SignIn, Task};
use ones_drop::vault::{MemoryVault, Vault};

use crate::cost::median;
use crate::files::{Scenario, make_files, scratch};
use crate::goals::Goals;
use crate::server::{Scheme, Server};

pub(crate) const MANY: Scenario = Scenario {
    name: "10,000 × 1 B",
    count: 10_000,
    bytes: 1,
};
const LONG: Scenario = Scenario {
    name: "1 × 256 MiB",
    count: 1,
    bytes: 256 << 20,
};
/// Nothing here takes longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A face without a window: an engine that is signed in, and its board.
pub(crate) struct Face {
    pub(crate) engine: Engine,
    pub(crate) board: Board,
    task: Arc<Task>,
}

impl Face {
    fn new(server: &Server) -> Self {
        Self::at(&server.demo.account().server, server)
    }

    /// Signed in by another address of the server.
    pub(crate) fn at(address: &str, server: &Server) -> Self {
        let mut face = Self::starting(address, server, None);
        face.until(|event| matches!(event, Event::SignedIn(_)));
        face
    }

    /// Not signed in yet, with its queue kept in a folder.
    pub(crate) fn starting(address: &str, server: &Server, queue: Option<&Path>) -> Self {
        let account = server.demo.account();
        Self {
            engine: engine_of(address, server, queue),
            board: Board::default(),
            task: task(&account.team, &account.task),
        }
    }

    pub(crate) fn add(&self, paths: Vec<PathBuf>) {
        self.engine.send(Command::Add {
            paths,
            task: Some(self.task.clone()),
            description: String::new(),
        });
    }

    pub(crate) fn until(&mut self, wanted: impl Fn(&Event) -> bool) {
        let end = Instant::now() + LIMIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let event = self
                .engine
                .next_within(left)
                .expect("the event did not come");
            self.board.apply(&event);
            if wanted(&event) {
                return;
            }
        }
    }
}

/// An engine that signs in by an address of the server, with its queue kept in a
/// folder.
pub(crate) fn engine_of(address: &str, server: &Server, queue: Option<&Path>) -> Engine {
    let account = server.demo.account();
    let keeping = queue.map(|folder| Keeping {
        folder: folder.to_owned(),
        keeps: Keeps::Queue,
    });
    let sign_in = sign_in(address, &account.team, (&account.user, &account.token));
    Engine::start(Config {
        keeping,
        ..config(sign_in)
    })
    .unwrap()
}

/// What an engine without a keyring is started with.
pub(crate) fn config(sign_in: SignIn) -> Config {
    Config {
        vault: Vault::Memory(MemoryVault::default()),
        sign_in: Some(sign_in),
        ..Config::default()
    }
}

pub(crate) fn sign_in(address: &str, team: &str, (user, token): (&str, &str)) -> SignIn {
    SignIn::Token {
        server: ServerAddress::parse(address).unwrap(),
        user: user.to_owned(),
        token: Secret::new(token.to_owned()),
        team: Some(team.to_owned()),
    }
}

pub(crate) fn task(team: &str, id: &str) -> Arc<Task> {
    Arc::new(Task {
        id: id.to_owned(),
        team: team.to_owned(),
        number: None,
        title: None,
    })
}

/// A cancel while the store takes nothing more: when the kernel has no
/// connection to it any more, and when the row says so.
pub(crate) fn cancel(runs: usize, goals: &mut Goals) {
    if std::fs::metadata("/proc/net/tcp").is_err() {
        println!("\nskipped: cancel (this system has no /proc/net/tcp)");
        return;
    }
    let folder = scratch();
    let files = make_files(folder.path(), &LONG);
    let (mut closed, mut said) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let server = Server::start(folder.path(), Scheme::Http);
        let (row, socket) = cancel_once(&server, files.clone());
        said.push(row);
        closed.push(socket);
    }
    let closed = millis(median(closed.into_iter()));
    let said = millis(median(said.into_iter()));
    println!(
        "\nCancel of {}: row after {said:.1} ms, socket closed after {closed:.1} ms",
        LONG.name
    );
    goals.note("P19 row", said);
    goals.note("P19 socket", closed);
}

/// When the row said so, and when the connection was gone.
fn cancel_once(server: &Server, files: Vec<PathBuf>) -> (Duration, Duration) {
    const TAKEN: u64 = 4 << 20;
    let what = Misbehaviour::Stall { after_bytes: TAKEN };
    server.demo.faults().push(Fault::once(Step::Form, what));
    let mut face = Face::new(server);
    face.add(files);
    let sending = JobState::Sending;
    face.until(|event| matches!(event, Event::JobChanged { state, .. } if *state == sending));
    face.until(|event| match event {
        Event::Progress(moved) => moved.iter().any(|(_, bytes)| *bytes > TAKEN),
        _ => false,
    });
    let port = server.demo.store_url().rsplit(':').next().unwrap();
    let port = port.parse().unwrap();
    assert!(connections_to(port) > 0, "nothing is being sent");
    let jobs = face.board.jobs().iter().map(|job| job.id).collect();
    let start = Instant::now();
    face.engine.send(Command::Cancel { jobs });
    let gone = JobState::Cancelled;
    face.until(|event| matches!(event, Event::JobChanged { state, .. } if *state == gone));
    let row = start.elapsed();
    while connections_to(port) > 0 {
        assert!(start.elapsed() < LIMIT, "the connection stays");
        std::thread::sleep(Duration::from_micros(200));
    }
    (row, start.elapsed())
}

/// Connections of this system to the port that the kernel calls established.
fn connections_to(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let wanted = format!(":{port:04X}");
    let established = |line: &&str| {
        let columns: Vec<_> = line.split_whitespace().collect();
        columns[2].ends_with(&wanted) && columns[3] == "01"
    };
    table.lines().skip(1).filter(established).count()
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
