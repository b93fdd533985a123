//! A part of the system is taken away, and one line names the remedy. Missing
//! libraries are taken away in `.ci/check-package`, which has a system to spoil.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::session::{Desktop, missing, skipped, start_and_read};

/// What a window that cannot open says, and how it ends.
fn says_one_line(output: &Output, wanted: &str) {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    // Mesa has something to say of its own.
    let lines: Vec<_> = said
        .lines()
        .filter(|line| !line.starts_with("libGL error: "))
        .collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(lines[0].contains(wanted), "{said}");
    assert_eq!(output.status.code(), Some(4), "{said}");
}

#[test]
fn without_a_server_behind_the_display_one_line_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    command.env_clear().env("LANG", "C.UTF-8");
    command
        .env("HOME", home.path())
        .env("DISPLAY", ":9999")
        .env("XDG_RUNTIME_DIR", home.path());
    let output = command.output().unwrap();
    if String::from_utf8_lossy(&output.stderr).contains(" is missing. Install ") {
        return skipped("the window's libraries are not installed");
    }
    says_one_line(&output, "The window didn't open.");
}

const SECRETS: &str = "org.freedesktop.secrets";

/// A session bus that starts nothing by itself.
const EMPTY_BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

#[test]
fn on_a_bus_without_a_password_store_the_sentence_names_one() {
    if let Some(name) = missing(&["dbus-daemon", "gdbus"]) {
        skipped(&format!("{name} is not installed"));
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("bus.conf");
    std::fs::write(&config, EMPTY_BUS).unwrap();
    let mut daemon = Command::new("dbus-daemon");
    daemon.args(["--nofork", "--print-address=1", "--config-file"]);
    let (mut daemon, address) = start_and_read(daemon.arg(&config));
    // The bus answers, and has no such service to start.
    let mut ask = Command::new("gdbus");
    ask.args(["call", "--address", &address, "--dest", SECRETS])
        .args([
            "--object-path",
            "/",
            "--method",
            "org.freedesktop.DBus.Peer.Ping",
        ]);
    let answer = String::from_utf8(ask.output().unwrap().stderr).unwrap();
    assert!(answer.contains("ServiceUnknown"), "{answer}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    command.env_clear().env("LANG", "C.UTF-8");
    let command = command
        .env("HOME", home.path())
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .args(["upload", "--task", "#1024"])
        .arg(&config);
    let output = command.output().unwrap();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    let sentence = "not signed in: no password store, such as gnome-keyring, runs here.";
    assert!(said.contains(sentence), "{said}");
}

#[test]
fn without_opengl_its_packages_are_named() {
    let Some(desktop) = Desktop::start(&[]) else {
        return;
    };
    let mut command = desktop.command(env!("CARGO_BIN_EXE_ones-drop"));
    // Mesa finds none of its drivers, as if they were not installed.
    command
        .env("LIBGL_DRIVERS_PATH", "/nonexistent")
        .env("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent");
    says_one_line(&command.output().unwrap(), "libgl1-mesa-dri");
}

#[test]
fn without_a_chinese_font_its_package_is_named() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    let programs = desktop.home.path().join("programs");
    program(&programs, "fc-list", "exit 0");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    desktop.spawn(command.env("PATH", &programs));
    desktop.reach(&["wait", "No Chinese font is installed*fonts-noto-cjk*"]);
    desktop.picture("no-font.png");
    desktop.click("Dismiss");
    desktop.reach(&["gone", "No Chinese font*"]);
}

#[test]
fn without_portal_and_zenity_the_file_dialog_names_both() {
    let Some(mut desktop) = Desktop::start(&[]) else {
        return;
    };
    // A portal that the bus starts from here on has no display, so it has no
    // program for file dialogs; and there is no zenity.
    desktop.run(desktop.command("gdbus").args([
        "call",
        "--session",
        "--dest",
        "org.freedesktop.DBus",
        "--object-path",
        "/org/freedesktop/DBus",
        "--method",
        "org.freedesktop.DBus.UpdateActivationEnvironment",
        "{'DISPLAY': ''}",
    ]));
    let programs = desktop.home.path().join("programs");
    program(&programs, "fc-list", "echo a-font");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    desktop.spawn(command.arg("demo").env("PATH", &programs));
    desktop.reach(&["wait", "#1024*"]);
    desktop.click("Choose files…");
    desktop.reach(&["wait", "The system's file dialog didn't open.*zenity*"]);
    desktop.picture("no-dialog.png");
}

/// A program of this name in a folder that is the whole PATH.
fn program(folder: &Path, name: &str, line: &str) {
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, format!("#!/bin/sh\n{line}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
}
