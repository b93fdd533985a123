//! S9 and S15: answers that are too long, too slow, or too strange.

use std::time::Duration;

use ones_drop::api::Limits;
use ones_drop::demo::{Misbehaviour, Options, Server, Step};
use ones_drop::engine::{Config, Patience};
use ones_drop::model::{ErrorKind, Event, JobState};
use serde_json::{Value, json};

use super::common::{Bench, LIMIT, fault, faults, quick_config, token_sign_in};
use super::program::{Peer, bare};

const EVERYWHERE: [Step; 5] = [
    Step::TokenInfo,
    Step::TaskInfo,
    Step::List,
    Step::StepOne,
    Step::Form,
];

/// An engine that gives each call so long.
fn hasty(call: Duration) -> Config {
    Config {
        patience: Patience {
            calls: Limits {
                call,
                ..Limits::default()
            },
            ..Patience::default()
        },
        ..quick_config()
    }
}

/// Goes through all steps with a fault at one of them; all must come to an end.
#[track_caller]
fn comes_to_an_end(at: Step, what: &Misbehaviour) -> Bench {
    let server = Server::start(Options::default()).unwrap();
    let with = token_sign_in(&server);
    let mut bench = Bench::signed_out(server, hasty(Duration::from_secs(6)));
    if at == Step::TokenInfo {
        fault(&bench, at, what.clone());
    }
    bench
        .engine
        .send(ones_drop::model::Command::SignIn { with, keep: false });
    let signed_in = bench.until_event(|event| match event {
        Event::SignedIn(_) => Some(true),
        Event::SignInFailed(_) => Some(false),
        _ => None,
    });
    assert_eq!(signed_in, at != Step::TokenInfo);
    if !signed_in {
        return bench;
    }
    if at == Step::TaskInfo {
        fault(&bench, at, what.clone());
        let text = bench.server.account().task.clone();
        bench
            .engine
            .send(ones_drop::model::Command::FindTask { text });
        bench.until_event(|event| {
            matches!(event, Event::TaskFound { .. } | Event::TaskNotFound { .. }).then_some(())
        });
        return bench;
    }
    faults(&bench, at, what.clone(), 1);
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    bench
}

#[test]
fn s09_an_answer_of_a_gibibyte_is_cut_at_every_step() {
    for at in EVERYWHERE {
        comes_to_an_end(at, &Misbehaviour::HugeAnswer { bytes: 1 << 30 });
    }
}

/// By the limit of the call: heard to its end, each would be a good answer.
#[test]
fn s09_an_answer_of_a_byte_at_a_time_ends_at_every_step() {
    let late = ErrorKind::TimedOut { after_secs: 6 };
    for at in EVERYWHERE {
        let bench = comes_to_an_end(at, &Misbehaviour::DripAnswer);
        let said = bench.events.iter().rev().find_map(|event| match event {
            Event::SignInFailed(error) | Event::TaskNotFound { error, .. } => Some(&error.kind),
            _ => None,
        });
        match at {
            Step::TokenInfo | Step::TaskInfo => assert_eq!(said, Some(&late), "{at:?}"),
            // Asked again: of a file that is on its way nothing else is seen.
            Step::List => assert_eq!(bench.asked("/attachments"), 2),
            Step::StepOne => assert_eq!(bench.tickets(), 2),
            _ => assert_eq!(bench.asked("/attachments"), 2, "the list was asked instead"),
        }
    }
}

#[test]
fn s09_the_limit_of_a_call_is_half_a_minute() {
    assert_eq!(Limits::default().call, Duration::from_secs(30));
}

/// Peak memory of a process, in KiB.
#[cfg(target_os = "linux")]
fn peak_kib(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

/// Peak memory of the real binary when it sends, after an endless answer.
#[cfg(target_os = "linux")]
fn peak_after(huge: Option<Step>) -> u64 {
    let home = tempfile::tempdir().unwrap();
    let paths = ["a.log", "b.log"].map(|name| home.path().join(name));
    for path in &paths {
        std::fs::write(path, path.to_str().unwrap()).unwrap();
    }
    let server = Server::start(Options::default()).unwrap();
    let once = |at, what| {
        let fault = ones_drop::demo::Fault::once(at, what);
        server.faults().push(fault);
    };
    if let Some(at) = huge {
        once(at, Misbehaviour::HugeAnswer { bytes: 1 << 30 });
    }
    // The next form: the second file's, where the first one's was answered so.
    once(Step::Form, Misbehaviour::Stall { after_bytes: 0 });
    let account = server.account();
    let mut child = bare(home.path())
        .env("ONES_DROP_LOG", "off")
        .env("ONES_DROP_SERVER", &account.server)
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", &account.token)
        .args(["upload", "--json", "--parallel", "1"])
        .args(["--task", &account.task])
        .args(&paths)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert!(server.faults().wait_until_held(Step::Form, 1, LIMIT));
    assert_eq!(server.faults().pending(), 0, "the answer was sent");
    let peak = peak_kib(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn s09_f11_memory_stays_flat_under_an_endless_answer() {
    let plain = peak_after(None);
    for at in [Step::List, Step::StepOne, Step::Form] {
        let huge = peak_after(Some(at));
        assert!(huge <= plain + 4096, "{at:?}: {plain} KiB, then {huge} KiB");
    }
}

#[test]
fn s09_a_head_without_end_is_cut() {
    use std::io::Write as _;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let more = vec![b'x'; 65536];
        for mut stream in listener.incoming().flatten() {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX: ").ok();
            while stream.write_all(&more).is_ok() {}
        }
    });
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.log");
    std::fs::write(&path, b"content").unwrap();
    let output = super::program::upload(&format!("http://{address}"), home.path())
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(super::program::error_codes(&output), ["interrupted"]);
}

#[test]
fn s09_no_answer_is_asked_for_packed() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    for seen in bench.server.requests() {
        assert_eq!(seen.header("accept-encoding"), None, "{}", seen.path);
    }
}

/// So deep that a parser without a limit would run out of stack.
fn deep() -> &'static [u8] {
    let body = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    Vec::leak([head, body].concat().into_bytes())
}

#[test]
fn s15_deep_json_is_refused() {
    let peer = Peer::answering(deep());
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.log");
    std::fs::write(&path, b"content").unwrap();
    let output = super::program::upload(&format!("http://{}", peer.address), home.path())
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(super::program::error_codes(&output), ["not_the_server"]);
}

/// What no number, text or list of ours looks like.
fn strange() -> Vec<Value> {
    let mut strange = vec![
        json!(null),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1e308),
        json!(-1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("18446744073709551616"),
        json!("NaN"),
        json!(""),
        json!(true),
        json!([]),
        json!([[[[[[]]]]]]),
        json!({}),
        json!({"a": {"a": {"a": null}}}),
        json!("\u{0}\u{202e}\u{1b}[31m"),
        json!("x".repeat(100_000)),
    ];
    strange.push(serde_json::from_str("1e-400").unwrap());
    strange
}

#[test]
fn s15_no_number_or_text_of_a_server_upsets_the_engine() {
    for (at, members) in [
        (
            Step::StepOne,
            &[
                "size_limit",
                "resource_uuid",
                "need_upload",
                "file",
                "token",
            ][..],
        ),
        (Step::Form, &["hash", "size", "error", "err_code"]),
        (Step::List, &["attachments", "has_next", "create_time"]),
        (Step::TaskInfo, &["uuid", "number", "summary"]),
    ] {
        let mut bench = Bench::new();
        let mut number = 0;
        for member in members {
            for value in strange() {
                let patch = json!({ *member: value });
                fault(&bench, at, Misbehaviour::Patch(patch.clone()));
                number += 1;
                if at == Step::TaskInfo {
                    let text = bench.server.account().task.clone();
                    bench
                        .engine
                        .send(ones_drop::model::Command::FindTask { text });
                    bench.until_event(|event| {
                        let answered =
                            matches!(event, Event::TaskFound { .. } | Event::TaskNotFound { .. });
                        answered.then_some(())
                    });
                    continue;
                }
                let log = bench.file(&format!("{number}.log"), format!("{number}").as_bytes());
                let state = bench.attach(&[&log]).remove(0);
                let fine = matches!(state, JobState::Done(_) | JobState::Failed(_));
                assert!(fine, "{at:?} {patch}: {state:?}");
            }
        }
    }
}
