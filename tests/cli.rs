//! The real binary: its words, its JSON, its exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

#[path = "common/clean.rs"]
mod clean;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/ends.rs"]
mod ends;
#[cfg(unix)]
#[path = "cli/interrupted.rs"]
mod interrupted;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[cfg(unix)]
use interrupted::interrupt;
use ones_drop::demo::{Fault, Misbehaviour, Options, Server, Step};
use serde_json::Value;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    clean::clear_environment(&mut command);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("LANG", "en_US.UTF-8");
    command.env("ONES_DROP_RETRY_BASE_MS", "1");
    command
}

/// A demo server, a folder for files, and the program signed in to it.
struct Bench {
    server: Server,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(options: Options) -> Self {
        Self {
            server: Server::start(options).unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn command(&self) -> Command {
        let account = self.server.account();
        let mut command = program();
        command
            .env("HOME", self.folder.path())
            .env("ONES_DROP_CONFIG_DIR", self.folder.path().join("config"))
            .env("ONES_DROP_SERVER", &account.server)
            .env("ONES_DROP_TEAM", &account.team)
            .env("ONES_DROP_USER", &account.user)
            .env("ONES_DROP_TOKEN", &account.token);
        command
    }

    fn upload(&self, arguments: &[&str], paths: &[&Path]) -> Output {
        let mut command = self.command();
        command.args(["upload", "--task", &self.server.account().task]);
        command.args(arguments).args(paths).output().unwrap()
    }

    /// The JSON lines of a run, and its exit code.
    fn json(&self, arguments: &[&str], paths: &[&Path]) -> (Vec<Value>, Option<i32>) {
        let arguments: Vec<_> = ["--json"].iter().chain(arguments).copied().collect();
        let output = self.upload(&arguments, paths);
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        (lines.collect(), output.status.code())
    }
}

fn of_kind<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

#[test]
fn every_path_has_one_result_and_the_summary_comes_last() {
    let bench = Bench::new(Options::default());
    let good = bench.file("中文.log", b"hello");
    let copy = bench.file("copy.log", b"hello");
    let junk = bench.file(".DS_Store", b"x");
    let (lines, code) = bench.json(&[], &[&good, &copy, &junk]);
    assert_eq!(code, Some(0));
    let added = of_kind(&lines, "added");
    assert_eq!(added.len(), 2);
    assert_eq!(added[0]["name"], "中文.log");
    assert_eq!(added[0]["size"], 5);
    let results = of_kind(&lines, "result");
    assert_eq!(results.len(), 3);
    let result = |path: &Path| {
        let wanted = path.to_string_lossy();
        *results
            .iter()
            .find(|result| result["path"] == *wanted)
            .unwrap()
    };
    assert_eq!(result(&good)["result"], "attached");
    assert_eq!(result(&good)["job"], added[0]["job"]);
    assert_eq!(result(&good)["how"], "sent");
    assert_eq!(result(&good)["verified"], true);
    assert_eq!(result(&good)["hash"], "Fqr0xh3cxeii2r7eDztILNmuqUNN");
    assert!(result(&good).get("error").is_none());
    assert_eq!(result(&copy)["result"], "skipped");
    assert_eq!(result(&junk)["result"], "left_out");
    assert_eq!(result(&junk)["reason"], "junk");
    let last = lines.last().unwrap();
    assert_eq!(
        last,
        &serde_json::json!({"event": "summary", "attached": 1, "skipped": 1, "failed": 0,
            "left_out": 1, "cancelled": 0, "bytes": 5})
    );
}

#[test]
fn the_last_lines_tell_what_was_left_out() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let output = bench.upload(&[], &[&path, &bench.folder.path().join("gone.log")]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let last: Vec<_> = text.lines().rev().take(2).collect();
    assert_eq!(last, ["1 item was left out: 1 missing", "1 file attached."]);
}

#[test]
fn line_ends_around_a_variable_are_no_part_of_it() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let mut command = bench.command();
    let account = bench.server.account();
    command
        .env("ONES_DROP_TEAM", format!("{} ", account.team))
        .env("ONES_DROP_TOKEN", format!("{}\r\n", account.token));
    command.args(["upload", "--task", &account.task]).arg(path);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}

#[test]
fn the_same_file_again_is_skipped_or_attached_as_asked() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    bench.json(&[], &[&path]);
    let (lines, code) = bench.json(&[], &[&path]);
    assert_eq!(code, Some(0));
    assert_eq!(of_kind(&lines, "result")[0]["reason"], "already_on_task");
    let (lines, code) = bench.json(&["--on-duplicate", "attach"], &[&path]);
    assert_eq!(code, Some(0));
    assert_eq!(of_kind(&lines, "result")[0]["how"], "instant");
    assert_eq!(
        bench.server.attachments(&bench.server.account().task).len(),
        2
    );
}

#[test]
fn failures_and_missing_files_end_with_1() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let missing = bench.folder.path().join("missing.log");
    let (lines, code) = bench.json(&[], &[&path, &missing]);
    assert_eq!(code, Some(1));
    let results = of_kind(&lines, "result");
    assert!(results.iter().any(|r| r["reason"] == "missing"));
    assert!(results.iter().any(|r| r["result"] == "attached"));

    let body = r#"{"error":"no"}"#.to_owned();
    let what = Misbehaviour::Status {
        code: 403,
        headers: vec![],
        body,
    };
    bench.server.faults().push(Fault {
        at: Step::Form,
        what,
        times: 1,
    });
    let other = bench.file("b.log", b"other");
    let (lines, code) = bench.json(&[], &[&other]);
    assert_eq!(code, Some(1));
    let error = &of_kind(&lines, "result")[0]["error"];
    assert_eq!(error["kind"], "store_refused");
    assert!(error["message"].as_str().unwrap().contains("b.log"));
    assert_eq!(lines.last().unwrap()["failed"], 1);
}

#[test]
fn a_file_over_the_limit_ends_with_1() {
    let bench = Bench::new(Options {
        size_limit_bytes: 3,
        ..Options::default()
    });
    let path = bench.file("a.log", b"hello");
    let (lines, code) = bench.json(&[], &[&path]);
    assert_eq!(code, Some(1));
    assert_eq!(of_kind(&lines, "result")[0]["error"]["kind"], "too_large");
}

#[test]
fn wrong_use_ends_with_2_and_starts_nothing() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let output = bench.upload(&["--parallel", "99"], &[&path]);
    assert_eq!(output.status.code(), Some(2));
    let mut command = bench.command();
    command
        .args(["upload", "--json", "--task", "no such task"])
        .arg(&path);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines[0]["error"]["kind"], "not_a_task");
    assert_eq!(
        bench.server.attachments(&bench.server.account().task).len(),
        0
    );
}

#[test]
fn without_a_sign_in_it_ends_with_3() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let wrong = bench
        .command()
        .env("ONES_DROP_TOKEN", "wrong")
        .args(["upload", "--task", "#1024"])
        .arg(&path)
        .output();
    assert_eq!(wrong.unwrap().status.code(), Some(3));
    let partial = bench
        .command()
        .env_remove("ONES_DROP_TOKEN")
        .args(["upload", "--task", "#1024"])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(partial.status.code(), Some(3));
    let text = String::from_utf8(partial.stderr).unwrap();
    assert!(text.contains("ONES_DROP_TOKEN"), "{text}");
    // Nothing in the environment, and no keyring on this bus.
    let mut nobody = program();
    nobody.env("ONES_DROP_CONFIG_DIR", bench.folder.path());
    nobody.args(["upload", "--task", "#1024"]).arg(&path);
    let nobody = nobody.output().unwrap();
    assert_eq!(nobody.status.code(), Some(3));
    let said = String::from_utf8(nobody.stderr).unwrap();
    if cfg!(target_os = "linux") {
        assert!(said.contains("no password store"), "{said}");
    }
    assert!(said.contains("window, or set ONES_DROP_SERVER"), "{said}");
    let text = String::from_utf8(nobody.stdout).unwrap();
    assert_eq!(text.lines().last(), Some("1 failed."), "{text}");
}

#[test]
fn parallel_holds_for_one_run() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let (_, code) = bench.json(&["--parallel", "2"], &[&path]);
    assert_eq!(code, Some(0));
    let saved = bench.folder.path().join("config/settings.json");
    let saved: Value = serde_json::from_slice(&std::fs::read(saved).unwrap()).unwrap();
    assert_eq!(saved["parallel"], 6);
    assert_eq!(saved["recent_tasks"][0]["number"], 1024);
}

#[test]
fn plain_lines_say_what_became_of_each_file() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let output = bench.upload(&[], &[&path]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text,
        "a.log: Attached - verified - 5 bytes\n1 file attached.\n"
    );
    let again = bench.upload(&[], &[&path]);
    let text = String::from_utf8(again.stdout).unwrap();
    assert_eq!(
        text.lines().last(),
        Some("Nothing attached: 1 file was already there and was skipped.")
    );
}

#[test]
fn a_variable_that_says_nothing_is_told_and_stops_nothing() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let mut command = bench.command();
    command.args(["upload", "--task", "#1024"]).arg(&path);
    let output = command.env("ONES_DROP_RETRY_BASE_MS", "soon").output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("ONES_DROP_RETRY_BASE_MS") && !said.contains("soon"));
}

#[test]
fn no_secret_is_printed_even_at_trace_level() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let mut command = bench.command();
    command
        .env("ONES_DROP_LOG", "trace")
        .args(["upload", "--json", "--task", "#1024"])
        .arg(&path);
    let output = command.output().unwrap();
    assert!(output.status.success());
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("TRACE"), "the log was on");
    let token = &bench.server.account().token;
    assert!(!log.contains(token.as_str()));
    assert!(
        !String::from_utf8(output.stdout)
            .unwrap()
            .contains(token.as_str())
    );
}

#[test]
fn a_reader_that_goes_away_stops_no_upload() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let missing = bench.folder.path().join("missing.log");
    for (style, paths, want) in [
        ("--json", vec![&path], 0),
        ("--on-duplicate=skip", vec![&path, &missing], 1),
    ] {
        let mut command = bench.command();
        command
            .args(["upload", "--task", "#1024", style])
            .args(paths);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(want), "{style}");
        let attached = bench.server.attachments(&bench.server.account().task);
        assert_eq!(attached.len(), 1);
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn a_system_without_certificates_still_speaks_plain_http() {
    let bench = Bench::new(Options::default());
    let path = bench.file("a.log", b"hello");
    let bare = |command: &mut Command| {
        command
            .env("SSL_CERT_FILE", "/nonexistent")
            .env("SSL_CERT_DIR", "/nonexistent");
    };
    let mut command = bench.command();
    bare(&mut command);
    let output = command
        .args(["upload", "--task", "#1024"])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn without_a_screen_the_window_says_so_in_one_line() {
    let output = program().output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("upload"), "{said}");
}
