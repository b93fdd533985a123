//! The test's hand: makes lists and sources, and drags between windows.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::session::{Desktop, missing, skipped, until};

/// Where the window under test stands, and a place in its middle.
const WINDOW_AT: (&str, &str) = ("780", "100");
pub const MIDDLE: (i32, i32) = (1060, 500);
/// A place on the source's window.
pub const SOURCE: (i32, i32) = (100, 110);
/// A place with no window.
pub const NOWHERE: (i32, i32) = (400, 950);

/// A picture with no chunk but the last.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82";

/// A path as file managers write it.
pub fn uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    uri += &escaped(path);
    uri
}

pub fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            write!(text, "%{byte:02X}").unwrap();
        }
    }
    text
}

/// The list of these files, as the book has it.
pub fn list_of(paths: &[PathBuf]) -> Vec<u8> {
    let lines = paths.iter().map(|path| uri(path) + "\r\n");
    lines.collect::<String>().into_bytes()
}

/// Starts a desktop, unless it or one of these Python modules is not there.
pub fn start(programs: &[&'static str], modules: &[&str]) -> Option<Desktop> {
    for module in modules {
        if let Some(reason) = lacks_module(module) {
            skipped(&reason);
            return None;
        }
    }
    if let Some(name) = missing(&["python3"]) {
        skipped(&format!("{name} is not installed"));
        return None;
    }
    Desktop::start(programs)
}

/// Why a Python module cannot be used.
pub fn lacks_module(module: &str) -> Option<String> {
    let import = match module {
        "Gtk 3" => "import gi; gi.require_version('Gtk', '3.0'); from gi.repository import Gtk",
        "PyQt5" => "import PyQt5.QtWidgets",
        other => panic!("{other}"),
    };
    let mut python = Command::new("/usr/bin/python3");
    let output = python.args(["-c", import]).output();
    let there = output.is_ok_and(|output| output.status.success());
    (!there).then(|| format!("{module} for Python is not installed"))
}

/// Starts a source with these forms; it says what it is asked for in `said`.
pub fn offer(desktop: &mut Desktop, toolkit: &str, forms: &[(&str, &[u8])]) -> Source {
    // It stands at its place from the start. Its window is not looked for: it
    // could be the one of a source that was ended just now.
    offer_unseen(desktop, toolkit, forms)
}

/// The same where no X server knows the window.
pub fn offer_unseen(desktop: &mut Desktop, toolkit: &str, forms: &[(&str, &[u8])]) -> Source {
    let folder = tempfile::tempdir_in(desktop.home.path()).unwrap().keep();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drops/source.py");
    let mut command = Command::new("/usr/bin/python3");
    command.arg(script).args([toolkit, "source"]);
    // `reach` would ask it as well, and wait for one that was stopped.
    command.env("NO_AT_BRIDGE", "1");
    for (at, (kind, bytes)) in forms.iter().enumerate() {
        let file = folder.join(at.to_string());
        std::fs::write(&file, bytes).unwrap();
        let mut word = OsString::from(format!("{kind}="));
        word.push(file);
        command.arg(word);
    }
    let said = folder.join("said");
    let id = desktop.spawn_saying(&mut command, &said);
    Source { id, said }
}

/// A running source.
pub struct Source {
    pub id: u32,
    said: PathBuf,
}

impl Source {
    /// What it said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// How often it said this word.
    pub fn count(&self, word: &str) -> usize {
        self.said().matches(word).count()
    }
}

/// Starts the demo with a log of where drags are; see [`told_places`].
pub fn demo_that_tells(desktop: &mut Desktop, log: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    command
        .arg("demo")
        .env("ONES_DROP_LOG", "ones_drop::ui=trace");
    desktop.spawn_saying(&mut command, log);
    desktop.reach(&["wait", "#1024*"]);
}

/// Where the window said that a drag is, in its own points, the newest last.
pub fn told_places(log: &Path) -> Vec<(i32, i32)> {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    // `… a drag here=[100.0 200.0]`
    let place = |line: &str| {
        let (_, place) = line.split_once("a drag here=[")?;
        let (x, y) = place.strip_suffix(']')?.split_once(' ')?;
        let whole = |number: &str| number.split('.').next()?.parse().ok();
        Some((whole(x)?, whole(y)?))
    };
    said.lines().filter_map(place).collect()
}

/// Puts the window under test where the drags go.
pub fn place(desktop: &Desktop) {
    let window = desktop.window("^ONES Drop$");
    desktop.xdotool(&["windowmove", "--sync", &window, WINDOW_AT.0, WINDOW_AT.1]);
}

/// Drags the source's content over the window and holds it there.
pub fn hover(desktop: &Desktop, source: &Source) {
    hover_at(desktop, source, MIDDLE);
}

/// The same to another place. The source is given time to be there and to begin
/// its drag: one that begins after the last move would stand still.
pub fn hover_at(desktop: &Desktop, source: &Source, to: (i32, i32)) {
    stir(desktop, source, "over");
    desktop.press(SOURCE);
    stir(desktop, source, "begin");
    desktop.glide(SOURCE, to);
}

/// Moves over the source until it says a word.
fn stir(desktop: &Desktop, source: &Source, word: &str) {
    let before = source.count(word);
    let mut step = 0;
    until(word, || {
        step = (step + 4) % 60;
        let (x, y) = (SOURCE.0 + step, SOURCE.1 + step / 2);
        desktop.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        (source.count(word) > before).then_some(())
    });
}
