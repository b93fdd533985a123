//! F35: a machine that sleeps, as a program sees it: it stands still for a
//! while (SIGSTOP) and then goes on (SIGCONT).

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use ones_drop::demo::{Fault, Misbehaviour, Options, Server, Step};

use super::common::{LIMIT, wait_until};

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// Uploads with the real binary, which is stopped once its bytes move, and
/// started again when `meanwhile` is over.
#[track_caller]
fn stopped_in_mid_upload(server: &Server, meanwhile: impl FnOnce()) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.bin");
    let other = home.path().join("b.log");
    std::fs::write(&path, vec![5; 40_000_000]).unwrap();
    std::fs::write(&other, b"the other file").unwrap();
    let account = server.account();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ones-drop"))
        .env_clear()
        .env("HOME", home.path())
        .env("ONES_DROP_CONFIG_DIR", home.path().join("config"))
        .env("ONES_DROP_RETRY_BASE_MS", "1")
        .env("ONES_DROP_SERVER", &account.server)
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", &account.token)
        .args(["upload", "--json", "--task", &account.task])
        .args([&path, &other])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(server.faults().wait_until_held(Step::Form, 1, LIMIT));
    signal(&child, "-STOP");
    meanwhile();
    signal(&child, "-CONT");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let last = lines.map(Result::unwrap).last().unwrap();
    assert!(child.wait().unwrap().success(), "{last}");
    assert!(last.contains(r#""attached":2"#), "{last}");
    assert_eq!(server.attachments(&account.task).len(), 2, "each once");
}

/// Until the store has read of what was under way: nobody sends more.
#[test]
fn f35_a_program_that_stood_still_goes_on() {
    let server = Server::start(Options::default()).unwrap();
    let gate = server.faults().hold(Step::Form);
    let read = || -> u64 {
        let requests = server.requests();
        requests.iter().map(|seen| seen.body_bytes).sum()
    };
    stopped_in_mid_upload(&server, || {
        let before = read();
        drop(gate);
        wait_until("the store reads what is under way", || read() > before);
    });
}

#[test]
fn f35_a_connection_that_was_closed_meanwhile_is_made_again() {
    let server = Server::start(Options::default()).unwrap();
    let reset = Misbehaviour::ResetAfter { bytes: 0 };
    server.faults().push(Fault::once(Step::Form, reset));
    let gate = server.faults().hold(Step::Form);
    stopped_in_mid_upload(&server, || drop(gate));
    // The large one goes in parts if the small one has shown that the store may
    // know them.
    let begins = |path: &str| path == "/" || path.ends_with("/uploads");
    let requests = server.requests();
    let begun = requests.iter().filter(|seen| begins(&seen.path));
    assert_eq!(begun.count(), 3, "one of the two again");
}
