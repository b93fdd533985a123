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
    let source = offer_unseen(desktop, toolkit, forms);
    let window = desktop.window("^source$");
    desktop.xdotool(&["windowmove", &window, "10", "10"]);
    source
}

/// The same where no X server knows the window.
pub fn offer_unseen(desktop: &mut Desktop, toolkit: &str, forms: &[(&str, &[u8])]) -> Source {
    let folder = tempfile::tempdir_in(desktop.home.path()).unwrap().keep();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drops/source.py");
    let mut command = Command::new("/usr/bin/python3");
    command.arg(script).args([toolkit, "source"]);
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

/// The same to another place. The source is given time to begin its drag: one
/// that begins after the last move would stand still.
pub fn hover_at(desktop: &Desktop, source: &Source, to: (i32, i32)) {
    let before = source.said().matches("begin").count();
    desktop.press(SOURCE);
    let mut step = 0;
    until("the drag begins", || {
        step = (step + 4) % 60;
        let (x, y) = (SOURCE.0 + step, SOURCE.1 + step / 2);
        desktop.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        (source.said().matches("begin").count() > before).then_some(())
    });
    desktop.glide(SOURCE, to);
}
