//! S13, S18, S19: what is opened and what never is.
#![cfg(unix)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use ones_drop::api::{Moved, hash_file};
use ones_drop::demo::Step;
use ones_drop::model::{ErrorKind, JobState, LeftOutReason};

use super::common::{Bench, LIMIT, error, receipt};
use super::program::{bare, error_codes};

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn s13_only_ordinary_files_are_taken_and_none_of_the_others_is_waited_for() {
    let mut bench = Bench::new();
    let pipe = bench.folder.path().join("pipe");
    fifo(&pipe);
    let socket = bench.folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut strange = vec![pipe, socket, "/dev/zero".into(), "/dev/tty".into()];
    for (number, target) in strange.clone().into_iter().enumerate() {
        let link = bench.folder.path().join(format!("link-{number}"));
        std::os::unix::fs::symlink(target, &link).unwrap();
        strange.push(link);
    }
    let good = bench.file("good.log", b"content");
    let mut paths: Vec<&Path> = strange.iter().map(PathBuf::as_path).collect();
    paths.push(&good);
    bench.add(&paths);
    bench.until_settled(1);
    bench.until("all left out", |board| {
        board.left_out().len() == strange.len()
    });
    for left in bench.board.left_out() {
        assert_eq!(left.reason, LeftOutReason::NotAFile, "{left:?}");
    }
    assert!(receipt(&bench.job(0).state).verified);
}

/// Files that look ordinary and are none.
#[cfg(target_os = "linux")]
#[test]
fn s13_f28_files_of_the_kernel_are_local_errors_and_not_tried_again() {
    let mut bench = Bench::new();
    let link = bench.folder.path().join("memory");
    std::os::unix::fs::symlink("/proc/self/mem", &link).unwrap();
    let paths = [
        Path::new("/proc/self/mem"),
        &link,
        Path::new("/proc/self/environ"),
    ];
    let states = bench.attach(&paths);
    for (path, state) in paths.iter().zip(&states) {
        let kind = error(state);
        assert!(
            matches!(kind, ErrorKind::ReadFailed | ErrorKind::Changed),
            "{}: {kind:?}",
            path.display()
        );
    }
    assert_eq!(bench.asked("/res/attachments/upload"), 0);
    for index in 0..states.len() {
        let history = bench.history(index);
        assert!(!history.contains(&"waiting"), "{history:?}");
    }
}

#[test]
fn s13_a_file_without_an_end_is_left_when_it_is_longer_than_it_said() {
    // A file of the kernel: 0 bytes by its own word.
    let path = Path::new("/proc/self/environ");
    if path.exists() {
        let error = hash_file(path, &Moved::default(), || true).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    }
}

/// What a file turned into while its upload was held before the bytes.
#[cfg(target_os = "linux")]
#[track_caller]
fn swapped(swap: impl Fn(&Path)) -> JobState {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::StepOne);
    let path = bench.file("folder/a.bin", &vec![5; 300_000]);
    bench.add(&[&path]);
    let held = bench
        .server
        .faults()
        .wait_until_held(Step::StepOne, 1, LIMIT);
    assert!(held);
    swap(&path);
    drop(gate);
    bench.until_settled(1);
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), 0);
    bench.job(0).state.clone()
}

#[cfg(target_os = "linux")]
#[test]
fn s13_a_file_that_becomes_something_else_before_it_is_sent() {
    let state = swapped(|path| {
        std::fs::remove_file(path).unwrap();
        fifo(path);
    });
    assert_eq!(error(&state), &ErrorKind::Changed, "a pipe");
    for target in ["/dev/zero", "/proc/self/mem", "/etc/hostname"] {
        let state = swapped(|path| {
            std::fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink(target, path).unwrap();
        });
        assert_eq!(error(&state), &ErrorKind::Changed, "{target}");
    }
    let state = swapped(|path| {
        std::fs::remove_file(path).unwrap();
        std::fs::create_dir(path).unwrap();
    });
    assert_eq!(error(&state), &ErrorKind::Changed, "a folder");
    let state = swapped(|path| std::fs::remove_dir_all(path.parent().unwrap()).unwrap());
    assert_eq!(error(&state), &ErrorKind::Missing, "its folder went");
}

#[test]
fn s19_texts_that_are_no_paths_are_never_opened() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let home = tempfile::tempdir().unwrap();
    let server = ones_drop::demo::Server::start(ones_drop::demo::Options::default()).unwrap();
    let account = server.account();
    let secret = home.path().join("private.txt");
    std::fs::write(&secret, b"private").unwrap();
    let texts = [
        format!("http://127.0.0.1:{port}/x"),
        format!("https://127.0.0.1:{port}/x"),
        format!("file://127.0.0.1:{port}{}", secret.display()),
        format!("file://{}", secret.display()),
        format!(r"\\127.0.0.1@{port}\share\x"),
        "javascript:alert(1)".to_owned(),
        "data:text/plain,x".to_owned(),
        "$(touch made)".to_owned(),
        "`touch made`".to_owned(),
        "| touch made".to_owned(),
        "~/private.txt".to_owned(),
        "-".to_owned(),
    ];
    let output = bare(home.path())
        .current_dir(home.path())
        .env("ONES_DROP_SERVER", &account.server)
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", &account.token)
        .args(["upload", "--json", "--task", &account.task, "--"])
        .args(&texts)
        .output()
        .unwrap();
    assert_eq!(error_codes(&output), vec!["left_out"; texts.len()]);
    assert!(listener.accept().is_err(), "nobody was contacted");
    assert!(!home.path().join("made").exists());
    assert_eq!(server.attachments(&account.task).len(), 0);
}
