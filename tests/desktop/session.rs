//! A desktop of our own for one test: Xvfb, a window manager, a session bus,
//! and the program in it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask};
use x11rb::rust_connection::RustConnection;

#[path = "pointer.rs"]
mod pointer;
#[path = "reader.rs"]
mod reader;
#[path = "../common/skipped.rs"]
mod skipped;
pub(crate) use skipped::skipped;

/// No test waits longer than this for anything; a busy machine may take long.
pub const LIMIT: Duration = Duration::from_mins(5);

/// Two software-rendered desktops at once are slow on small machines.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A running desktop. Dropping it ends everything in it.
pub struct Desktop {
    pub display: String,
    pub bus: String,
    pub home: tempfile::TempDir,
    /// Set for every program beyond the display and the bus.
    pub also: Vec<(String, String)>,
    running: Vec<Child>,
    _turn: MutexGuard<'static, ()>,
}

/// The first of these programs that is not installed.
pub fn missing(programs: &[&'static str]) -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(["/usr/libexec".into(), "/usr/lib/at-spi2-core".into()])
        .collect();
    let is_there = |name: &&str| folders.iter().any(|folder| folder.join(name).exists());
    programs.iter().find(|name| !is_there(name)).copied()
}

impl Desktop {
    /// Starts a desktop, or says what it lacks.
    pub fn start(also: &[&'static str]) -> Option<Self> {
        let needs = [
            "Xvfb",
            "openbox",
            "xdotool",
            "dbus-daemon",
            "gdbus",
            "at-spi-bus-launcher",
        ];
        if let Some(name) = missing(&needs).or_else(|| missing(also)) {
            skipped(&format!("{name} is not installed"));
            return None;
        }
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let home = tempfile::tempdir().unwrap();
        let (server, display) = start_and_read(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1400x1000x24",
            "-nolisten",
            "tcp",
            // Where the machine stands still between a key's way down and up, it
            // would type the letter again.
            "-r",
        ]));
        let mut desktop = Self {
            display: format!(":{display}"),
            bus: String::new(),
            home,
            also: Vec::new(),
            running: vec![server],
            _turn: turn,
        };
        // What the bus starts by itself (portal, accessibility) gets its environment.
        let mut bus = desktop.command("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"]);
        let (daemon, address) = start_and_read(&mut bus);
        desktop.running.push(daemon);
        desktop.bus = address;
        desktop.spawn(&mut Command::new("openbox"));
        desktop.wait_for_window_manager();
        desktop.switch_accessibility_on();
        Some(desktop)
    }

    /// Before it says what it can do, no window can be activated.
    fn wait_for_window_manager(&self) {
        let (conn, screen) = RustConnection::connect(Some(&self.display)).unwrap();
        let root = conn.setup().roots[screen].root;
        let atom = |name: &[u8]| conn.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (supported, activate) = (atom(b"_NET_SUPPORTED"), atom(b"_NET_ACTIVE_WINDOW"));
        until("a window manager", || {
            let asked = conn.get_property(false, root, supported, AtomEnum::ATOM, 0, 1024);
            let answer = asked.unwrap().reply().unwrap();
            let activates = answer.value32()?.any(|known| known == activate);
            activates.then_some(())
        });
    }

    /// The tree is built only if a reader was announced before the window opens.
    fn switch_accessibility_on(&self) {
        for property in ["IsEnabled", "ScreenReaderEnabled"] {
            self.run(self.command("gdbus").args([
                "call",
                "--session",
                "--dest",
                "org.a11y.Bus",
                "--object-path",
                "/org/a11y/bus",
                "--method",
                "org.freedesktop.DBus.Properties.Set",
                "org.a11y.Status",
                property,
                "<true>",
            ]));
        }
    }

    /// A command with this desktop's environment and nothing of ours.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        self.dress(&mut command);
        command
    }

    fn dress(&self, command: &mut Command) {
        let run = self.home.path().join("run");
        std::fs::create_dir_all(&run).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700)).unwrap();
        }
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", run)
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("XDG_CURRENT_DESKTOP", "GNOME")
            .env("GDK_BACKEND", "x11")
            .env("LANG", "C.UTF-8")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .envs(self.also.clone());
    }

    /// Starts a program that lives as long as the desktop.
    pub fn spawn(&mut self, command: &mut Command) -> u32 {
        self.dress_keeping(command);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let id = child.id();
        self.running.push(child);
        id
    }

    /// The same, with what it prints in a file.
    pub fn spawn_saying(&mut self, command: &mut Command, said: &Path) -> u32 {
        self.dress_keeping(command);
        let file = std::fs::File::create(said).unwrap();
        let errors = file.try_clone().unwrap();
        let child = command.stdout(file).stderr(errors).spawn().unwrap();
        let id = child.id();
        self.running.push(child);
        id
    }

    /// Waits for the end of a program.
    pub fn ended(&mut self, id: u32) -> std::process::ExitStatus {
        let wanted = |child: &Child| child.id() == id;
        let at = self.running.iter().position(wanted).unwrap();
        let mut child = self.running.remove(at);
        until("the program ends", || child.try_wait().unwrap())
    }

    /// Ends a program at once.
    pub fn end(&mut self, id: u32) {
        let ended = |child: &Child| child.id() == id;
        let at = self.running.iter().position(ended).unwrap();
        let mut child = self.running.remove(at);
        child.kill().ok();
        child.wait().ok();
    }

    /// The desktop's environment under what the command sets itself.
    fn dress_keeping(&self, command: &mut Command) {
        let own: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        self.dress(command);
        command.envs(own);
    }

    /// Starts `ones-drop` and waits for its window.
    pub fn open(&mut self, arguments: &[&OsStr]) -> u32 {
        let id = self.spawn(Command::new(env!("CARGO_BIN_EXE_ones-drop")).args(arguments));
        self.window("^ONES Drop$");
        id
    }

    /// The same, with everything that the program can log in a file.
    pub fn open_logging(&mut self, arguments: &[&OsStr], log: &Path) -> u32 {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
        let program = program.args(arguments).env("ONES_DROP_LOG", "trace");
        let id = self.spawn_saying(program, log);
        self.window("^ONES Drop$");
        id
    }

    /// The program that was started last.
    pub fn newest(&self) -> u32 {
        self.running.last().unwrap().id()
    }

    /// Ends a program as its user would, and waits for its end.
    pub fn close(&mut self, id: u32) {
        let window = self.window("^ONES Drop$");
        self.ask_to_close(window.parse().unwrap());
        assert!(self.ended(id).success());
        // The next window must not be taken for this one.
        until("the window is gone", || {
            let gone = !self.windows("^ONES Drop$").contains(&window);
            gone.then_some(())
        });
    }

    /// What a window manager says to a window whose X was clicked.
    fn ask_to_close(&self, window: u32) {
        let (conn, _) = RustConnection::connect(Some(&self.display)).unwrap();
        let atom = |name| conn.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
        let message = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
        conn.send_event(false, window, EventMask::NO_EVENT, message)
            .unwrap()
            .check()
            .unwrap();
    }

    /// The newest visible window whose title matches.
    pub fn window(&self, title: &str) -> String {
        until(title, || self.windows(title).pop())
    }

    /// All visible windows whose title matches, the newest last.
    pub fn windows(&self, title: &str) -> Vec<String> {
        self.search("--name", title)
    }

    /// All visible windows that xdotool finds so, the newest last.
    pub fn search(&self, by: &str, pattern: &str) -> Vec<String> {
        let search = ["search", "--onlyvisible", by, pattern];
        let output = until("a search without an error", || {
            let output = self.command("xdotool").args(search).output().unwrap();
            // A window that goes away while it is asked ends the search.
            let broke_off = String::from_utf8_lossy(&output.stderr).contains("X Error");
            (!broke_off).then_some(output)
        });
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The upper left corner of a window's content. (xdotool counts the frame
    /// twice.)
    pub fn corner(&self, window: &str) -> (i32, i32) {
        let (conn, screen) = RustConnection::connect(Some(&self.display)).unwrap();
        let root = conn.setup().roots[screen].root;
        let window = window.parse().unwrap();
        let asked = conn.translate_coordinates(window, root, 0, 0).unwrap();
        let corner = asked.reply().unwrap();
        (corner.dst_x.into(), corner.dst_y.into())
    }

    pub fn xdotool(&self, words: &[&str]) {
        self.run(self.command("xdotool").args(words));
    }

    #[allow(clippy::unused_self, reason = "reads like the other verbs")]
    pub fn run(&self, command: &mut Command) -> String {
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{command:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    /// A picture of the screen for whoever looks at a failure.
    pub fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("ONES_DROP_PICTURES") {
            let path = PathBuf::from(folder).join(name);
            self.command("import")
                .args(["-window", "root"])
                .arg(path)
                .status()
                .ok();
        }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.picture("failed.png");
        }
        for child in self.running.iter_mut().rev() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Waits for a condition.
#[track_caller]
pub fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < end, "waited for: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Starts a server that prints its address in its first line.
pub fn start_and_read(command: &mut Command) -> (Child, String) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line.trim().to_owned())
}
