//! Qiniu's own client for Python against the demo's store, so that the fake is
//! not just what our own client believes.
//!
//! Needs the package `qiniu`, in `target/tools/python` (`.ci/run` puts it
//! there) or in the system's Python.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test program"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::Bench;
use ones_drop::api::{Grant, Http, Limits, Moved, Ones, UploadRequest, hash_file};
use ones_drop::model::{Secret, ServerAddress};
use serde_json::Value;

const MIB: usize = 1024 * 1024;

/// A Python that has the package.
fn python() -> Option<PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python/bin/python");
    let found = [ours, "python3".into()].into_iter().find(|python| {
        let imports = Command::new(python)
            .args(["-c", "import qiniu"])
            .stderr(Stdio::null())
            .status();
        imports.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        common::skipped::skipped("Python has no package \"qiniu\" (pip install qiniu)");
    }
    found
}

/// Step one: the store and a token for it.
fn step_one(bench: &Bench, etag: &str) -> (String, Secret) {
    let account = bench.server.account();
    let server = ServerAddress::parse(&account.server).unwrap();
    let http = Http::new(Limits::default()).unwrap();
    let token = Secret::new(account.token.clone());
    let ones = Ones::with_token(http, server, account.user.clone(), token);
    let task = bench.task();
    let request = UploadRequest {
        task: &task,
        name: "name of step one.bin",
        description: "",
        hash: etag,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ticket = runtime.block_on(ones.ask_for_upload(&request)).unwrap();
    match ticket.grant {
        Grant::Send { upload_url, token } => (upload_url, token),
        other @ Grant::Stored { .. } => panic!("{other:?}"),
    }
}

/// Sends so many bytes; gives what the client says, and the etag of the file.
fn send(bench: &Bench, how: &str, bytes: usize) -> Option<(Value, String)> {
    let python = python()?;
    let content: Vec<u8> = (0..=250).cycle().take(bytes).collect();
    let path = bench.file("local name.bin", &content);
    let print = hash_file(&path, &Moved::default(), || true).unwrap();
    let (store, token) = step_one(bench, &print.etag);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/qiniu_client.py");
    let output = Command::new(python)
        .arg(script)
        .args([how, store.trim_end_matches('/'), token.reveal()])
        .arg(&path)
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{errors}"));
    Some((said, print.etag))
}

#[track_caller]
fn is_attached(bench: &Bench, (said, etag): &(Value, String), bytes: usize) {
    assert_eq!(said["status"], 200, "{said}");
    assert_eq!(said["answer"]["hash"], *etag, "{said}");
    assert!(said["request_id"].as_str().is_some_and(|id| !id.is_empty()));
    let listed = bench.server.attachments(&bench.server.account().task);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].hash, *etag);
    assert_eq!(listed[0].size, bytes as u64);
}

#[test]
fn qiniu_s_client_attaches_by_the_form() {
    let bench = Bench::new();
    let bytes = 300_001;
    let Some(sent) = send(&bench, "form", bytes) else {
        return;
    };
    is_attached(&bench, &sent, bytes);
    assert_eq!(bench.forms(), 1);
}

#[test]
fn qiniu_s_client_attaches_in_parts() {
    let bench = Bench::new();
    let bytes = 10 * MIB + 7;
    let Some(sent) = send(&bench, "v2", bytes) else {
        return;
    };
    is_attached(&bench, &sent, bytes);
    assert_eq!(bench.forms(), 0);
    let requests = bench.server.requests();
    let parts = requests.iter().filter(|seen| seen.method == "PUT").count();
    assert_eq!(parts, 3);
}
