//! The demo's store as Kodo's documentation has it: forms, names, refusals,
//! content that is there already. Driven over raw sockets and by curl.

mod demo_client;
#[path = "common/skipped.rs"]
mod skipped;

use demo_client::{form, send, start, step_one, upload};
use ones_drop::demo::{Options, Server};
use serde_json::Value;

const HELLO: &str = "Fqr0xh3cxeii2r7eDztILNmuqUNN";

#[test]
fn known_content_is_attached_at_once() {
    let server = start();
    upload(&server, "first.txt", b"hello").unwrap();
    let answer = step_one(&server, "second.txt", HELLO).json();
    assert_eq!(answer["need_upload"], false);
    assert_eq!(
        (
            answer["file"]["hash"].as_str(),
            answer["file"]["size"].as_u64()
        ),
        (Some(HELLO), Some(5))
    );
    assert!(answer.get("token").is_none() && answer.get("upload_url").is_none());
    let names: Vec<String> = server
        .attachments(&server.account().task)
        .into_iter()
        .map(|stored| stored.name)
        .collect();
    assert_eq!(names, ["second.txt", "first.txt"]);
}

#[test]
fn the_same_content_twice_is_a_579_with_614_inside() {
    let server = start();
    upload(&server, "first.txt", b"hello").unwrap();
    let answer = upload(&server, "中 文.txt", b"hello").unwrap();
    assert_eq!(answer.status, 579);
    assert!(
        String::from_utf8(answer.body.clone())
            .unwrap()
            .contains(r"\\u0026type=attachment")
    );
    let inner: Value = serde_json::from_str(answer.json()["error"].as_str().unwrap()).unwrap();
    assert_eq!(
        (inner["err_code"].as_u64(), inner["error"].as_str()),
        (Some(614), Some("file exists"))
    );
    assert_eq!(
        (inner["hash"].as_str(), inner["callback_fetchKey"].as_u64()),
        (Some(HELLO), Some(1))
    );
    let stored = server.attachments(&server.account().task);
    let callback = inner["callback_body"].as_str().unwrap();
    assert!(
        callback.contains(&format!("&resource={}&", stored[0].resource)),
        "{callback}"
    );
    assert!(
        callback.contains("&name=%E4%B8%AD%20%E6%96%87.txt&size=5&"),
        "{callback}"
    );
    assert_eq!((stored.len(), stored[0].name.as_str()), (2, "中 文.txt"));
}

#[test]
fn names_are_kept_as_they_were_sent() {
    let server = start();
    let table = [
        ("中文 报告.txt", "中文 报告.txt"),
        ("rocket🚀.txt", "rocket🚀.txt"),
        (r#"say \"hi\".txt"#, r#"say "hi".txt"#),
        (r"back\\slash.txt", r"back\slash.txt"),
        ("a;b=c+d&e'f%22.txt", "a;b=c+d&e'f%22.txt"),
    ];
    for (number, (on_wire, expected)) in table.into_iter().enumerate() {
        let answer = upload(&server, on_wire, format!("{number}").as_bytes()).unwrap();
        assert_eq!(
            (answer.status, answer.json()["name"].as_str()),
            (200, Some(expected))
        );
        assert_eq!(server.attachments(&server.account().task)[0].name, expected);
        assert_eq!(
            server.requests().pop().unwrap().part.unwrap().file_name,
            expected
        );
    }
}

#[test]
fn the_store_refuses_what_kodo_refuses() {
    let server = Server::start(Options {
        size_limit_bytes: 10,
        ..Options::default()
    })
    .unwrap();
    let ticket = step_one(&server, "a.txt", "").json();
    let (url, token) = (
        ticket["upload_url"].as_str().unwrap(),
        ticket["token"].as_str().unwrap(),
    );
    let good = Some(("a.txt", b"hello".as_slice()));
    let table = [
        (vec![], good, 401, "token not specified"),
        (vec![("token", "a:b:c")], good, 401, "bad token"),
        (
            vec![("token", token)],
            None,
            400,
            "file is not specified in multipart",
        ),
        (
            vec![("token", token)],
            Some(("", b"hello".as_slice())),
            400,
            "file is not specified in multipart",
        ),
        (
            vec![("token", token), ("crc32", "1")],
            good,
            406,
            "crc32 mismatch",
        ),
        (
            vec![("token", token)],
            Some(("a.txt", b"eleven byte".as_slice())),
            413,
            "exceeds fsizeLimit",
        ),
        (
            vec![("token", token)],
            Some(("a\r\nb.txt", b"hello".as_slice())),
            400,
            "invalid multipart format",
        ),
    ];
    for (fields, file, status, text) in table {
        let form = form(&fields, file);
        let answer = send(url, "POST", "/", &form.headers, &form.body).unwrap();
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert_eq!(answer.status, status, "{error}");
        assert!(error.contains(text), "{error}");
        assert!(answer.header("X-Reqid").is_some());
    }
    assert!(server.attachments(&server.account().task).is_empty());
    assert_eq!(std::fs::read_dir(server.dir()).unwrap().count(), 0);
}

#[test]
fn a_right_checksum_passes_and_a_late_token_does_not() {
    let server = start();
    let ticket = step_one(&server, "a.txt", "").json();
    let (url, token) = (
        ticket["upload_url"].as_str().unwrap(),
        ticket["token"].as_str().unwrap(),
    );
    let crc32 = crc32fast::hash(b"hello").to_string();
    let good = Some(("a.txt", b"hello".as_slice()));
    let right = form(&[("token", token), ("crc32", &crc32)], good);
    assert_eq!(
        send(url, "POST", "/", &right.headers, &right.body)
            .unwrap()
            .status,
        200
    );

    let server = Server::start(Options {
        token_life_secs: 0,
        ..Options::default()
    })
    .unwrap();
    let late = upload(&server, "a.txt", b"hello").unwrap();
    assert_eq!(
        (late.status, late.json()["error"].as_str()),
        (401, Some("expired token"))
    );
}

#[test]
fn headers_meant_for_ones_are_noticed_at_the_store() {
    let server = start();
    let url = step_one(&server, "a.txt", "").json()["upload_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let host = url.trim_start_matches("http://");
    let mut form = form(&[], None);
    form.headers.extend([
        format!("Host: {host}"),
        "Ones-Auth-Token: x".into(),
        "Cookie: a=b".into(),
    ]);
    let mut stream = demo_client::connect(&url);
    let head = format!(
        "POST / HTTP/1.1\r\n{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        form.headers.join("\r\n")
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    std::io::Read::read_to_end(&mut stream, &mut Vec::new()).unwrap();
    assert_eq!(server.leaked_headers(), ["/: ones-auth-token", "/: cookie"]);
    // Whatever else it stands in: ONES was sent this token in step 1.
    let token = server.account().token.clone();
    for head in [
        format!("GET /x?t={token} HTTP/1.1\r\n"),
        format!("GET /x HTTP/1.1\r\nAuthorization: UpToken {token}\r\n"),
    ] {
        let before = server.leaked_headers().len();
        let mut stream = demo_client::connect(&url);
        let head = format!("{head}Host: {host}\r\nConnection: close\r\n\r\n");
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        std::io::Read::read_to_end(&mut stream, &mut Vec::new()).unwrap();
        let leaked = server.leaked_headers();
        assert_eq!(leaked.len(), before + 1, "{leaked:?}");
        assert!(leaked[before].ends_with(": token"), "{leaked:?}");
    }
}

#[test]
fn curl_uploads_as_in_the_documented_example() {
    let server = start();
    let ticket = step_one(&server, "报告 \"1\".txt", "").json();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.txt");
    std::fs::write(&path, vec![b'x'; 5_000_000]).unwrap();
    let run = std::process::Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--location",
            "--request",
            "POST",
        ])
        .arg(ticket["upload_url"].as_str().unwrap())
        .args([
            "--form",
            &format!("token={}", ticket["token"].as_str().unwrap()),
        ])
        .args([
            "--form",
            &format!("file=@{};filename=报告.txt", path.display()),
        ])
        .output();
    let Ok(output) = run else {
        skipped::skipped("there is no curl here");
        return;
    };
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (body["name"].as_str(), body["size"].as_u64()),
        (Some("报告.txt"), Some(5_000_000))
    );
    assert_eq!(
        server.attachments(&server.account().task)[0].name,
        "报告.txt"
    );
}
