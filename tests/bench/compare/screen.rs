//! An X server of our own, a window on it, and what both can be asked from
//! outside: when it was painted, how often, and what its process takes.
//!
//! Without a window manager and without a session bus: what is measured is the
//! program. Its painting is software here, and counted as the window's.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, Damage, ReportLevel};
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window};
use x11rb::rust_connection::RustConnection;

/// Nothing here takes longer.
const LIMIT: Duration = Duration::from_mins(1);
/// How often the screen is asked; pieces of one frame come closer together.
const LOOK: Duration = Duration::from_millis(4);

/// A screen that nobody sees.
pub(crate) struct Screen {
    server: Child,
    display: String,
    home: tempfile::TempDir,
}

impl Screen {
    /// `None` where there is no Xvfb.
    pub(crate) fn start() -> Option<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1400x1000x24"]);
        // It would begin anew when its last client goes.
        command.args(["-nolisten", "tcp", "-noreset"]);
        let started = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut server = started.ok()?;
        let mut number = String::new();
        let out = server.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut number).unwrap();
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        Some(Self {
            server,
            display: format!(":{}", number.trim()),
            home,
        })
    }

    /// Starts a program and waits until its window was painted.
    pub(crate) fn open(&self, command: &mut Command) -> Opened {
        let (conn, screen) = RustConnection::connect(Some(&self.display)).unwrap();
        let root = conn.setup().roots[screen].root;
        let children = EventMask::SUBSTRUCTURE_NOTIFY;
        let hear = ChangeWindowAttributesAux::new().event_mask(children);
        conn.change_window_attributes(root, &hear).unwrap();
        conn.damage_query_version(1, 1).unwrap().reply().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("DISPLAY", &self.display)
            .env("LANG", "C.UTF-8")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        let child = command.spawn().unwrap();
        let mut opened = Opened {
            child,
            conn,
            watched: Vec::new(),
            first_frame: Duration::ZERO,
        };
        opened.wait_for_frame(start);
        opened
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// A program whose window is open. Dropping it kills it.
pub(crate) struct Opened {
    child: Child,
    conn: RustConnection,
    /// Its windows, whether they are shown, and what tells of their painting.
    watched: Vec<(Window, bool, Damage)>,
    /// Time from the start of the process until something was painted that is
    /// shown.
    pub(crate) first_frame: Duration,
}

impl Opened {
    fn wait_for_frame(&mut self, start: Instant) {
        while !self.was_painted() {
            assert!(start.elapsed() < LIMIT, "no window came");
            sleep(Duration::from_micros(500));
        }
        self.first_frame = start.elapsed();
    }

    /// Whether a window that is shown was painted since the last call.
    fn was_painted(&mut self) -> bool {
        let mut painted = false;
        while let Some(event) = self.conn.poll_for_event().unwrap() {
            match event {
                Event::CreateNotify(made) => {
                    let damage = self.conn.generate_id().unwrap();
                    let level = ReportLevel::NON_EMPTY;
                    self.conn.damage_create(damage, made.window, level).unwrap();
                    self.watched.push((made.window, false, damage));
                }
                Event::MapNotify(shown) => {
                    for (window, is_shown, _) in &mut self.watched {
                        *is_shown |= *window == shown.window;
                    }
                }
                Event::DamageNotify(told) => {
                    let known =
                        |(_, is_shown, damage): &&(_, bool, _)| *is_shown && *damage == told.damage;
                    painted |= self.watched.iter().any(|watched| known(&watched));
                    // So that it tells of the next one.
                    self.conn
                        .damage_subtract(told.damage, x11rb::NONE, x11rb::NONE)
                        .unwrap();
                }
                _ => {}
            }
        }
        self.conn.flush().unwrap();
        painted
    }

    /// Frames that are painted from now on.
    pub(crate) fn frames_within(&mut self, time: Duration) -> usize {
        let end = Instant::now() + time;
        let (mut frames, mut in_one) = (0, false);
        self.was_painted();
        while Instant::now() < end {
            sleep(LOOK);
            let painted = self.was_painted();
            frames += usize::from(painted && !in_one);
            in_one = painted;
        }
        frames
    }

    /// Memory in use now, in MiB.
    pub(crate) fn rss_mib(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most memory that was in use, in MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> f64 {
        let file = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(file).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        kib.parse::<f64>().unwrap() / 1024.0
    }

    /// Processor time of the whole process so far.
    pub(crate) fn used(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        name_and_time(&stat.unwrap()).1
    }

    /// Processor time so far of all threads but the engine's: the window, its
    /// painting, its helpers.
    pub(crate) fn used_by_window(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let stats = tasks.unwrap().filter_map(|task| {
            // One that ended meanwhile is the engine's.
            std::fs::read_to_string(task.ok()?.path().join("stat")).ok()
        });
        stats
            .map(|stat| match name_and_time(&stat) {
                (name, _) if ENGINE.contains(&name) => Duration::ZERO,
                (_, time) => time,
            })
            .sum()
    }

    /// Whether it does nothing: no processor time within a second.
    pub(crate) fn is_quiet(&self) -> bool {
        let before = self.used();
        sleep(Duration::from_secs(1));
        self.used() == before
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Threads of the engine, whose names the system cuts at 15 bytes.
const ENGINE: [&str; 3] = ["ones-drop-engin", "ones-drop-io", "ones-drop-journ"];

/// Name and processor time of a process or a thread, of its line in `/proc`.
fn name_and_time(stat: &str) -> (&str, Duration) {
    /// What `sysconf(_SC_CLK_TCK)` says on every Linux.
    const TICK_MILLIS: u64 = 10;
    let (before, after) = stat.rsplit_once(')').unwrap();
    let name = before.split_once('(').unwrap().1;
    // utime and stime are the 14th and 15th; the name is the second.
    let columns: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| columns[at - 3].parse::<u64>().unwrap();
    let millis = (ticks(14) + ticks(15)) * TICK_MILLIS;
    (name, Duration::from_millis(millis))
}
