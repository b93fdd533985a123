//! Real HTTPS with the real binary: trusted by the system's list, or not at all.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test program")]

#[path = "common/authority.rs"]
mod authority;
#[path = "common/clean.rs"]
mod clean;
mod common;
#[cfg(all(unix, not(target_os = "macos")))]
#[path = "https/stores.rs"]
mod stores;

use std::path::Path;
use std::process::{Command, Output};

use authority::Authority;
use ones_drop::demo::{Fault, Misbehaviour, Options, Server, Step};

/// One file to a server that proves itself by `ours`, while the system trusts
/// `trusted`. Gives what the program said, and the server.
fn attach(ours: &Authority, trusted: &Path) -> (Output, Server) {
    let options = Options {
        tls: Some(ours.server.clone()),
        ..Options::default()
    };
    attach_to(Server::start(options).unwrap(), trusted, |_, _| {})
}

/// The same to this server, with more for the program.
fn attach_to(
    server: Server,
    trusted: &Path,
    more: impl Fn(&Server, &mut Command),
) -> (Output, Server) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("build.log");
    std::fs::write(&file, b"hello").unwrap();
    let account = server.account();
    assert!(account.server.starts_with("https://"));
    let mut program = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    clean::clear_environment(&mut program);
    program
        .env("HOME", folder.path())
        .env("LANG", "en_US.UTF-8")
        .env("SSL_CERT_FILE", trusted)
        .env("ONES_DROP_RETRY_BASE_MS", "1")
        .env("ONES_DROP_CONFIG_DIR", folder.path().join("config"))
        .env("ONES_DROP_SERVER", &account.server)
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", &account.token)
        .env("ONES_DROP_LOG", "trace")
        .args(["upload", "--json", "--task", &account.task])
        .arg(&file);
    more(&server, &mut program);
    let output = program.output().unwrap();
    // S6: what goes over HTTPS is logged by other libraries than HTTP is.
    let logged = String::from_utf8_lossy(&output.stderr);
    assert!(logged.contains("TRACE"), "the log was on");
    assert!(!logged.contains(&account.token), "{logged}");
    (output, server)
}

// Windows and macOS have lists of their own, and know no `SSL_CERT_FILE`.
#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn a_server_with_a_certificate_that_the_system_trusts_gets_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let (output, server) = attach(&authority, &authority.file);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let result = lines.iter().find(|line| line["event"] == "result");
    let result = result.unwrap();
    assert_eq!(result["verified"], true, "{said}");
    assert_eq!(result["store"], server.store_url(), "S4: it says where");
    // What the store's people ask for is in the result and in the log.
    let request_id = result["request_id"].as_str().unwrap();
    let logged = String::from_utf8_lossy(&output.stderr);
    let of_answer = |line: &&str| line.contains("request_id") && line.contains(request_id);
    assert!(logged.lines().any(|line| of_answer(&line)), "{logged}");
    assert_eq!(server.attachments(&server.account().task).len(), 1);
    assert!(server.leaked_headers().is_empty());
}

/// Ours, and that of somebody whom nobody here trusts.
fn two_authorities(folder: &Path) -> [Authority; 2] {
    ["ours", "theirs"].map(|name| {
        let folder = folder.join(name);
        std::fs::create_dir(&folder).unwrap();
        Authority::new(&folder)
    })
}

#[test]
fn a_server_that_cannot_prove_itself_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs] = two_authorities(folder.path());
    let (output, server) = attach(&ours, &theirs.file);
    assert_ne!(output.status.code(), Some(0), "{output:?}");
    assert!(server.requests().is_empty(), "not even a request");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains(&server.account().token));
}

/// S1: ONES is trusted, and names a store that cannot prove itself.
// Windows and macOS have lists of their own, and know no `SSL_CERT_FILE`.
#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn s01_a_store_that_cannot_prove_itself_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs] = two_authorities(folder.path());
    let start = |authority: &Authority| {
        let tls = Some(authority.server.clone());
        let options = Options::default();
        Server::start(Options { tls, ..options }).unwrap()
    };
    let (ones, stranger) = (start(&ours), start(&theirs));
    let elsewhere = serde_json::json!({ "upload_url": stranger.store_url() });
    let patch = Misbehaviour::Patch(elsewhere);
    ones.faults().push(Fault::once(Step::StepOne, patch));
    let (output, ones) = attach_to(ones, &ours.file, |_, _| {});
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("\"certificate\""), "{said}");
    assert!(stranger.requests().is_empty(), "not even a request");
    assert_eq!(ones.attachments(&ones.account().task).len(), 0);
    assert!(ones.leaked_headers().is_empty());
}

// Windows and macOS have lists of their own, and know no `SSL_CERT_FILE`.
#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn s04_a_script_agrees_to_plain_http_by_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new(folder.path());
    for (agrees, code, forms) in [(false, 1, 0), (true, 0, 1)] {
        let options = Options {
            tls: Some(ours.server.clone()),
            store_name: Some("http://store.example.test".to_owned()),
            ..Options::default()
        };
        let server = Server::start(options).unwrap();
        let (output, server) = attach_to(server, &ours.file, |server, program| {
            // No name leads there, so the store is its own proxy.
            let (_, port) = server.store_url().rsplit_once(':').unwrap();
            program.env("HTTP_PROXY", format!("http://127.0.0.1:{port}"));
            if agrees {
                program.arg("--plain-http");
            }
        });
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(said.contains("\"plain_store\""), !agrees, "{said}");
        let requests = server.requests();
        assert_eq!(requests.iter().filter(|seen| seen.to_store).count(), forms);
        assert!(server.leaked_headers().is_empty());
    }
}
