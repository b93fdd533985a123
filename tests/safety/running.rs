//! S6 and S7 of a program that runs, as others on the machine see it.

use std::io::{BufRead as _, BufReader};
use std::process::{Output, Stdio};

use ones_drop::demo::Step;

use super::canary::{CANARY, command, demo, has_no_canary};
use super::common::LIMIT;
use super::program::{bare, holds};

/// Looks at the running program from outside.
fn look_at(id: u32, name: &str) -> Vec<u8> {
    std::fs::read(format!("/proc/{id}/{name}")).unwrap()
}

#[test]
fn s06_s07_arguments_temp_files_and_core_dumps_of_a_running_upload() {
    let server = demo();
    let gate = server.faults().hold(Step::Form);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.log");
    std::fs::write(&path, b"content").unwrap();
    let child = command(&server, home.path())
        .args(["upload", "--task", "#1024"])
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(server.faults().wait_until_held(Step::Form, 1, LIMIT));
    assert!(!holds(&look_at(child.id(), "cmdline"), CANARY));
    let limits = String::from_utf8(look_at(child.id(), "limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core"));
    let most: Vec<u64> = core
        .unwrap()
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    assert!(most == [1, 1] || most == [0, 0], "{limits}");
    let nothing = Output {
        status: std::process::ExitStatus::default(),
        stdout: vec![],
        stderr: vec![],
    };
    has_no_canary("while it runs", &nothing, home.path());
    drop(gate);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    has_no_canary("after it ran", &output, home.path());
}

#[test]
fn s06_s07_the_demo_keeps_its_token_off_arguments_environment_and_disk() {
    let home = tempfile::tempdir().unwrap();
    let mut child = bare(home.path())
        .args(["demo", "--headless"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let account: serde_json::Value = serde_json::from_str(&line).unwrap();
    let token = account["token"].as_str().unwrap();
    for place in ["cmdline", "environ"] {
        assert!(!holds(&look_at(child.id(), place), token), "{place}");
    }
    for entry in walkdir::WalkDir::new(home.path()) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            assert!(!holds(&std::fs::read(entry.path()).unwrap(), token));
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
