//! Text goes between the window and other programs through the clipboard.

use std::path::Path;
use std::process::Command;

use super::session::{Desktop, skipped, until};

/// `clipboard.py`: the other program.
fn other(words: &[&str]) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/desktop/clipboard.py");
    let mut python = Command::new("/usr/bin/python3");
    python.arg(script).args(words).env("NO_AT_BRIDGE", "1");
    python
}

/// A desktop with GTK 3 for Python, or the reason why there is none.
fn start() -> Option<Desktop> {
    let import = "import gi; gi.require_version('Gtk', '3.0'); from gi.repository import Gtk";
    let found = Command::new("/usr/bin/python3")
        .args(["-c", import])
        .output();
    if !found.is_ok_and(|output| output.status.success()) {
        skipped("Gtk 3 for Python is not installed");
        return None;
    }
    Desktop::start(&[])
}

/// Another program holds this text from here on.
fn copy_elsewhere(desktop: &mut Desktop, text: &str) {
    let said = desktop.home.path().join("said");
    desktop.spawn_saying(&mut other(&["own", text]), &said);
    until("the text is copied", || {
        let said = std::fs::read_to_string(&said).ok()?;
        said.contains("ready").then_some(())
    });
}

#[test]
fn a_task_that_another_program_copied_is_pasted() {
    let Some(mut desktop) = start() else {
        return;
    };
    desktop.open(&["demo".as_ref()]);
    desktop.reach(&["wait", "#1024*"]);
    copy_elsewhere(&mut desktop, "#987");
    let window = desktop.window("^ONES Drop$");
    desktop.xdotool(&["windowactivate", "--sync", &window]);
    desktop.xdotool(&["key", "ctrl+v"]);
    desktop.reach(&["wait", "#987 Export report*"]);
}

#[test]
fn what_is_copied_in_the_window_arrives_in_another_program() {
    let Some(mut desktop) = start() else {
        return;
    };
    desktop.open(&["demo".as_ref()]);
    desktop.reach(&["wait", "#1024*"]);
    desktop.fill("Task", "no task");
    desktop.xdotool(&["key", "ctrl+a"]);
    desktop.xdotool(&["key", "ctrl+c"]);
    until("the text arrives", || {
        let mut read = desktop.command("/usr/bin/python3");
        read.args(other(&["read"]).get_args());
        (desktop.run(&mut read).trim_end() == "no task").then_some(())
    });
}
