//! The demo server when it goes wrong on purpose: each misbehaviour once, seen
//! from the wire.

mod demo_client;

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use demo_client::{
    Answer, connect, credentials, form, head, send, start, step_one, team_call, upload,
};
use ones_drop::demo::{Fault, Misbehaviour, Server, Step};
use serde_json::{Value, json};

const HELLO: &str = "Fqr0xh3cxeii2r7eDztILNmuqUNN";
const SECONDS: Duration = Duration::from_secs(10);

/// An upload whose form goes wrong this way.
fn upload_with(server: &Server, what: Misbehaviour) -> std::io::Result<Answer> {
    server.faults().push(Fault::once(Step::Form, what));
    upload(server, "hello.txt", b"hello")
}

fn attached(server: &Server) -> usize {
    server.attachments(&server.account().task).len()
}

#[test]
fn resets_are_resets() {
    let server = start();
    let content = vec![7; 3_000_000];
    for bytes in [0, 1, 1_500_000, 3_000_000] {
        server
            .faults()
            .push(Fault::once(Step::Form, Misbehaviour::ResetAfter { bytes }));
        let error = upload(&server, "big.bin", &content).unwrap_err();
        let expected = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        assert!(expected.contains(&error.kind()), "{bytes}: {error:?}");
        assert!(server.requests().pop().unwrap().body_bytes >= bytes);
    }
    assert_eq!((attached(&server), server.faults().pending()), (0, 0));

    let error = upload_with(&server, Misbehaviour::ResetAfterBody).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(attached(&server), 1);
}

#[test]
fn an_early_answer_is_followed_by_a_reset() {
    let server = start();
    server.faults().push(Fault::once(
        Step::Form,
        Misbehaviour::EarlyStatusThenReset { code: 413 },
    ));
    // Whether the answer is still readable is a race, as in real life.
    match upload(&server, "big.bin", &vec![7; 8_000_000]) {
        Ok(answer) => assert_eq!(answer.status, 413),
        Err(error) => {
            let expected = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
            assert!(expected.contains(&error.kind()), "{error:?}");
        }
    }
    assert_eq!(attached(&server), 0);
}

#[test]
fn refusals_take_the_body_and_store_nothing() {
    let server = start();
    let retry_after = vec![("Retry-After".to_owned(), "7".to_owned())];
    let status = Misbehaviour::Status {
        code: 503,
        headers: retry_after,
        body: "busy".to_owned(),
    };
    let answer = upload_with(&server, status).unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (503, b"busy".as_slice())
    );
    assert_eq!(answer.header("Retry-After"), Some("7"));

    let huge = upload_with(&server, Misbehaviour::HugeAnswer { bytes: 2_000_000 }).unwrap();
    assert_eq!((huge.status, huge.body.len()), (200, 2_000_000));
    let html = upload_with(&server, Misbehaviour::Html).unwrap();
    assert!(html.status == 200 && html.body.starts_with(b"<!DOCTYPE html>"));
    let garbage = upload_with(&server, Misbehaviour::NotJson).unwrap();
    assert!(serde_json::from_slice::<Value>(&garbage.body).is_err());
    let empty = upload_with(&server, Misbehaviour::Empty).unwrap();
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    let location = "http://127.0.0.1:1/x".to_owned();
    let moved = upload_with(
        &server,
        Misbehaviour::Redirect {
            code: 307,
            location,
        },
    )
    .unwrap();
    assert_eq!(
        (moved.status, moved.header("Location")),
        (307, Some("http://127.0.0.1:1/x"))
    );

    assert_eq!(attached(&server), 0);
    let forms = server
        .requests()
        .into_iter()
        .filter(|seen| seen.path == "/");
    assert!(forms.into_iter().all(|seen| seen.body_bytes > 800));
}

#[test]
fn answers_are_bent_as_asked() {
    let server = start();
    let bad = upload_with(&server, Misbehaviour::BadHash).unwrap().json();
    let listed = server.attachments(&server.account().task).remove(0);
    assert_ne!(bad["hash"], HELLO);
    assert_eq!(bad["hash"], listed.hash.as_str());

    let server = start();
    assert_eq!(
        upload_with(&server, Misbehaviour::WrongSize)
            .unwrap()
            .json()["size"],
        6
    );
    let server = start();
    assert_eq!(
        upload_with(&server, Misbehaviour::NoHash)
            .unwrap()
            .json()
            .get("hash"),
        None
    );
    let server = start();
    let patch = json!({ "size": null, "name": "other" });
    let patched = upload_with(&server, Misbehaviour::Patch(patch))
        .unwrap()
        .json();
    assert_eq!(
        (patched.get("size"), &patched["name"]),
        (None, &json!("other"))
    );
    assert_eq!(patched["hash"], HELLO);

    let replaced = Misbehaviour::Json(json!({ "need_upload": true }));
    server.faults().push(Fault::once(Step::StepOne, replaced));
    assert_eq!(
        step_one(&server, "a.txt", "").json(),
        json!({ "need_upload": true })
    );
}

#[test]
fn the_store_can_fail_after_it_stored() {
    let server = start();
    let inner = |answer: &Answer| -> Value {
        serde_json::from_str(answer.json()["error"].as_str().unwrap()).unwrap()
    };
    let failed = upload_with(&server, Misbehaviour::CallbackFailed { inner_code: 502 }).unwrap();
    assert_eq!(
        (failed.status, inner(&failed)["err_code"].as_u64()),
        (579, Some(502))
    );
    let unlinked = upload_with(&server, Misbehaviour::StoredNotLinked614).unwrap();
    assert_eq!(
        (unlinked.status, inner(&unlinked)["err_code"].as_u64()),
        (579, Some(614))
    );
    assert_eq!(attached(&server), 0);
    assert!(server.dir().join(HELLO).is_file());

    let plain = upload_with(&server, Misbehaviour::Duplicate614Plain { status: 614 }).unwrap();
    assert_eq!(
        (plain.status, plain.json()["err_code"].as_u64()),
        (614, Some(614))
    );
    assert_eq!(
        (plain.json()["hash"].as_str(), attached(&server)),
        (Some(HELLO), 1)
    );
}

#[test]
fn answers_break_off_or_drip() {
    let server = start();
    let error = upload_with(&server, Misbehaviour::TruncateAnswer { in_head: true }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let server = start();
    let half = upload_with(&server, Misbehaviour::TruncateAnswer { in_head: false }).unwrap();
    let length: usize = half.header("content-length").unwrap().parse().unwrap();
    assert_eq!((half.status, half.body.len()), (200, length / 2));
    assert_eq!(attached(&server), 1);

    server
        .faults()
        .push(Fault::once(Step::TokenInfo, Misbehaviour::DripAnswer));
    let mut stream = connect(&server.account().server);
    let headers = credentials(server.account());
    let request = head("GET", "/project/api/project/auth/token_info", &headers, 0);
    let (began, mut bytes) = (Instant::now(), [0; 5]);
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"HTTP/");
    assert!(
        began.elapsed() >= Duration::from_millis(350),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn connections_close_behind_an_answer() {
    let server = start();
    server
        .faults()
        .push(Fault::once(Step::TokenInfo, Misbehaviour::CloseAfterAnswer));
    let headers = credentials(server.account());
    let request = head("GET", "/project/api/project/auth/token_info", &headers, 0);
    let mut stream = connect(&server.account().server);
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200") && text.ends_with('}'),
        "{text}"
    );
    assert!(!text.to_lowercase().contains("connection:"), "{text}");
}

#[test]
fn held_requests_wait_for_their_release() {
    let server = start();
    let hold = server.faults().hold(Step::Form);
    std::thread::scope(|scope| {
        let uploads: Vec<_> = [b"one", b"two"]
            .map(|content| scope.spawn(|| upload(&server, "a.txt", content).unwrap().status))
            .into_iter()
            .collect();
        assert!(server.faults().wait_until_held(Step::Form, 2, SECONDS));
        assert_eq!(
            (server.faults().waiting(Step::Form), attached(&server)),
            (2, 0)
        );
        hold.release();
        assert!(
            uploads
                .into_iter()
                .all(|upload| upload.join().unwrap() == 200)
        );
    });
    assert_eq!(
        (server.faults().waiting(Step::Form), attached(&server)),
        (0, 2)
    );

    let hold = server.faults().hold_answer(Step::Form);
    std::thread::scope(|scope| {
        let upload = scope.spawn(|| upload(&server, "a.txt", b"three").unwrap().status);
        assert!(server.faults().wait_until_held(Step::Form, 1, SECONDS));
        assert_eq!(attached(&server), 3);
        drop(hold);
        assert_eq!(upload.join().unwrap(), 200);
    });
}

#[test]
fn stalled_bodies_go_on_when_released() {
    let server = start();
    let content = vec![7; 8_000_000];
    for after_bytes in [0, 100_000] {
        server
            .faults()
            .push(Fault::once(Step::Form, Misbehaviour::Stall { after_bytes }));
        std::thread::scope(|scope| {
            let upload = scope.spawn(|| upload(&server, "a.bin", &content).unwrap().status);
            assert!(server.faults().wait_until_held(Step::Form, 1, SECONDS));
            let read = server.requests().pop().unwrap().body_bytes;
            assert!((after_bytes..4_000_000).contains(&read), "{read}");
            server.faults().release_stalled();
            assert!(matches!(upload.join().unwrap(), 200 | 579));
        });
    }
}

#[test]
fn dropping_the_server_lets_go_of_everybody() {
    let server = start();
    let url = server.account().server.clone();
    let dir = server.dir().to_owned();
    let _hold = server.faults().hold(Step::TokenInfo);
    let headers = credentials(server.account());
    let waiting = {
        let url = url.clone();
        let path = "/project/api/project/auth/token_info";
        std::thread::spawn(move || send(&url, "GET", path, &headers, b"").is_err())
    };
    assert!(server.faults().wait_until_held(Step::TokenInfo, 1, SECONDS));
    drop(server);
    assert!(waiting.join().unwrap());
    assert!(std::net::TcpStream::connect(url.trim_start_matches("http://")).is_err());
    assert!(!dir.exists());
}

#[test]
fn steps_do_not_take_each_others_faults() {
    let server = start();
    let status = Misbehaviour::Status {
        code: 500,
        headers: Vec::new(),
        body: String::new(),
    };
    server.faults().push(Fault {
        at: Step::List,
        what: status,
        times: 2,
    });
    let task = server.account().task.clone();
    let info = || team_call(&server, "GET", &format!("task/{task}/info"), &Value::Null).unwrap();
    let list = || {
        team_call(
            &server,
            "GET",
            &format!("task/{task}/attachments"),
            &Value::Null,
        )
        .unwrap()
    };
    assert_eq!(info().status, 200);
    assert_eq!(
        [list().status, list().status, list().status],
        [500, 500, 200]
    );
    let form = form(&[], None);
    let url = step_one(&server, "a", "").json()["upload_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        send(&url, "POST", "/", &form.headers, &form.body)
            .unwrap()
            .status,
        401
    );
}
