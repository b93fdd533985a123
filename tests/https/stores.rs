//! Stores by their names beside an ONES server that speaks HTTPS: one of Kodo's
//! hosts, and one over plain HTTP (S4).
//!
//! The engine trusts what the system trusts, and that is set for a whole process
//! before it starts: so each test runs in a process of its own.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use ones_drop::api::{Found, LookUp, Names};
use ones_drop::demo::{Misbehaviour, Options, Step};
use ones_drop::engine::Config;
use ones_drop::model::{Choice, Command, ErrorKind, Job, JobState};

use crate::authority::Authority;
use crate::common::{Bench, LIMIT, error, fault, quick_config, receipt, token_sign_in};

const FOLDER: &str = "ONES_DROP_TEST_FOLDER";
const PLAIN: &str = "http://store.example.test";
const LARGE: usize = 17 * 1024 * 1024 + 5;

/// Every name leads to this machine.
struct Here;

impl LookUp for Here {
    fn look_up(&self, _host: &str) -> Found {
        Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) })
    }
}

/// Runs `test` (the one of this name) in a process that trusts an authority of
/// its own, with an engine beside a server whose store has this name.
fn trusting(name: &str, store: &str, test: impl FnOnce(Bench)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let folder = Path::new(&folder);
        let options = Options {
            tls: Some(Authority::new(folder).server),
            store_name: Some(store.to_owned()),
            ..Options::default()
        };
        let config = Config {
            names: Names::from(Here),
            ..quick_config()
        };
        return test(Bench::with(options, config));
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("stores::{name}")])
        .env(FOLDER, folder.path())
        .env("SSL_CERT_FILE", folder.path().join("authority.pem"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Requests to the store, by method.
fn to_store(bench: &Bench) -> Vec<String> {
    let requests = bench.server.requests().into_iter();
    let to_store = requests.filter(|seen| seen.to_store);
    to_store.map(|seen| seen.method).collect()
}

#[test]
fn a_host_of_kodo_gets_a_large_file_in_parts_at_once() {
    let name = "a_host_of_kodo_gets_a_large_file_in_parts_at_once";
    trusting(name, "https://up-z2.qiniup.com", |mut bench| {
        let large = bench.file("recording.mp4", &vec![7; LARGE]);
        let states = bench.attach(&[&large]);
        assert!(receipt(&states[0]).verified);
        let calls = to_store(&bench).join(" ");
        assert_eq!(calls, "POST PUT PUT PUT PUT PUT POST");
        // S4: where it went is said.
        let store = bench.job(0).store.as_deref().unwrap();
        assert_eq!(store, bench.server.store_url());
        assert!(store.starts_with("https://up-z2.qiniup.com:"));
    });
}

#[test]
fn s04_a_store_over_plain_http_gets_files_once_somebody_agreed() {
    let name = "s04_a_store_over_plain_http_gets_files_once_somebody_agreed";
    trusting(name, PLAIN, |mut bench| {
        let files = ["a.log", "b.log"].map(|name| bench.file(name, name.as_bytes()));
        let states = bench.attach(&[&files[0], &files[1]]);
        let store = bench.server.store_url().to_owned();
        for state in &states {
            let want = ErrorKind::PlainStore {
                store: store.clone(),
            };
            assert_eq!(error(state), &want);
        }
        assert_eq!(to_store(&bench), [""; 0], "nothing was sent");

        // One word is enough for all that waits for it, and for what comes later.
        bench.engine.send(Command::AllowPlainStore {
            store: store.clone(),
        });
        let attached = |job: &Job| matches!(job.state, JobState::Done(_));
        bench.until("both are attached", |board| {
            board.jobs().iter().all(attached)
        });
        bench.goes_on();
        assert_eq!(to_store(&bench), ["POST"; 3]);
        // It was said for this sign-in.
        bench.engine.send(Command::SignOut);
        bench.engine.send(Command::SignIn {
            with: token_sign_in(&bench.server),
            keep: false,
        });
        let late = bench.file("late.log", b"late");
        let states = bench.attach(&[&late]);
        assert_eq!(error(&states[0]), &ErrorKind::PlainStore { store });
        assert_eq!(to_store(&bench), ["POST"; 3]);
    });
}

/// "Attach again" was said before the store was asked about: it still holds.
#[test]
fn s04_a_word_about_the_store_leaves_one_about_the_content() {
    let name = "s04_a_word_about_the_store_leaves_one_about_the_content";
    trusting(name, PLAIN, |mut bench| {
        let content = b"the same content";
        let store = bench.server.store_url().to_owned();
        let agree = || Command::AllowPlainStore {
            store: store.clone(),
        };
        let first = bench.file("first.log", content);
        bench.attach(&[&first]);
        bench.engine.send(agree());
        bench.until("it is attached", |board| board.totals().attached == 1);
        // For the next sign-in nobody has agreed.
        bench.engine.send(Command::SignOut);
        bench.engine.send(Command::SignIn {
            with: token_sign_in(&bench.server),
            keep: false,
        });
        let second = bench.file("second.log", content);
        bench.add(&[&second]);
        bench.until("it is there already", |board| {
            board.totals().duplicates == 1
        });
        // ONES has lost the content, so that the file has to go to the store.
        let patch = serde_json::json!({
            "need_upload": true, "token": "a:b:c", "upload_url": store,
        });
        fault(&bench, Step::StepOne, Misbehaviour::Patch(patch));
        bench.engine.send(Command::Decide {
            jobs: vec![bench.job(1).id],
            choice: Choice::AttachAgain,
        });
        bench.until("the store is asked about", |board| {
            board.totals().failed == 1
        });
        bench.engine.send(agree());
        bench.until("it is attached, or asked about once more", |board| {
            let totals = board.totals();
            totals.attached + totals.duplicates == 2
        });
        assert!(receipt(&bench.job(1).state).verified, "{}", bench.dump());
    });
}

#[test]
fn s04_a_word_is_for_the_files_that_are_under_way_as_well() {
    let name = "s04_a_word_is_for_the_files_that_are_under_way_as_well";
    trusting(name, PLAIN, |mut bench| {
        let first = bench.file("first.log", b"first");
        bench.attach(&[&first]);
        assert_eq!(bench.board.totals().failed, 1, "it is asked about");
        // These have asked where to go to, and hear it after the word.
        let hold = bench.server.faults().hold_answer(Step::StepOne);
        let files: Vec<_> = (0..60)
            .map(|n| bench.file(&format!("{n}.log"), &[n]))
            .collect();
        bench.add(&files.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        let faults = bench.server.faults().clone();
        assert!(faults.wait_until_held(Step::StepOne, 2, LIMIT));
        bench.engine.send(Command::AllowPlainStore {
            store: bench.server.store_url().to_owned(),
        });
        bench.until("the word was heard", |board| board.totals().failed == 0);
        drop(hold);
        bench.until("all are attached", |board| {
            board.totals().attached == files.len() + 1
        });
    });
}
