//! The engine as a face sees it: a drop of many files, and a cancel.

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
/// A window's frames come this far apart.
const FRAME: Duration = Duration::from_millis(16);
/// Nothing here takes longer.
const LIMIT: Duration = Duration::from_secs(20);

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
        let config = Config {
            vault: Vault::Memory(MemoryVault::default()),
            sign_in: Some(SignIn::Token {
                server: ServerAddress::parse(address).unwrap(),
                user: account.user.clone(),
                token: Secret::new(account.token.clone()),
                team: Some(account.team.clone()),
            }),
            keeping: queue.map(|folder| Keeping {
                folder: folder.to_owned(),
                keeps: Keeps::Queue,
            }),
            ..Config::default()
        };
        let task = Task {
            id: account.task.clone(),
            team: account.team.clone(),
            number: None,
            title: None,
        };
        Self {
            engine: Engine::start(config).unwrap(),
            board: Board::default(),
            task: Arc::new(task),
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

    /// What a frame does before it paints: takes all events. Gives the time
    /// that this took.
    fn frame(&mut self) -> Duration {
        let start = Instant::now();
        while let Some(event) = self.engine.try_next() {
            self.board.apply(&event);
        }
        start.elapsed()
    }
}

/// 10,000 files at once, as a drop brings them, while the first are sent
/// already: when the face knows all rows, and how long its longest frame was.
pub(crate) fn drop_of_many(runs: usize, goals: &mut Goals) {
    let folder = scratch();
    let files = make_files(folder.path(), &MANY);
    let (mut known, mut longest) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let server = Server::start(folder.path(), Scheme::Http);
        let mut face = Face::new(&server);
        let paths = files.clone();
        let start = Instant::now();
        face.add(paths);
        let mut hold_up = start.elapsed();
        while face.board.jobs().len() < MANY.count {
            assert!(start.elapsed() < LIMIT, "not all rows came");
            std::thread::sleep(FRAME / 4);
            hold_up = hold_up.max(face.frame());
        }
        known.push(start.elapsed());
        longest.push(hold_up);
    }
    let known = millis(median(known.into_iter()));
    let longest = millis(median(longest.into_iter()));
    println!(
        "\nDrop of {}: all rows after {known:.0} ms, longest hold-up of a frame {longest:.1} ms",
        MANY.name
    );
    goals.note("P18 rows", known);
    goals.note("P18 frame", longest);
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
