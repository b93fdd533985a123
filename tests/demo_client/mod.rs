//! A bare HTTP client for tests of the demo server: bytes over a `TcpStream`.
//!
//! Deliberately not the crate's own client, and simple enough to be right.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of tests; clippy knows only the tests themselves"
)]
#![allow(dead_code, reason = "each test file uses its own choice of helpers")]

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use ones_drop::demo::{Account, Options, Server};
use serde_json::{Value, json};

/// A server with nothing special about it.
pub(crate) fn start() -> Server {
    Server::start(Options::default()).unwrap()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Self {
            status,
            head,
            body: bytes[end + 4..].to_vec(),
        })
    }
}

pub(crate) fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_mins(2)))
        .unwrap();
    stream
}

/// The answer of a call that must not fail on the wire.
pub(crate) fn sure(answer: io::Result<Answer>) -> Answer {
    answer.unwrap()
}

/// The head of a request; `headers` are whole lines.
pub(crate) fn head(method: &str, path: &str, headers: &[String], body_bytes: usize) -> String {
    let lines: String = headers.iter().flat_map(|line| [line, "\r\n"]).collect();
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {body_bytes}\r\n{lines}\r\n")
}

/// One request on a connection of its own, read to its end.
pub(crate) fn send(
    url: &str,
    method: &str,
    path: &str,
    headers: &[String],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = connect(url);
    let mut headers = headers.to_vec();
    headers.push("Connection: close".to_owned());
    stream.write_all(head(method, path, &headers, body.len()).as_bytes())?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Answer::parse(&bytes)
}

pub(crate) fn credentials(account: &Account) -> Vec<String> {
    vec![
        format!("Ones-User-Id: {}", account.user),
        format!("Ones-Auth-Token: {}", account.token),
    ]
}

/// A signed-in call of the ONES side; `path` from the team on.
pub(crate) fn team_call(
    server: &Server,
    method: &str,
    path: &str,
    body: &Value,
) -> io::Result<Answer> {
    let account = server.account();
    let path = format!("/project/api/project/team/{}/{path}", account.team);
    let body = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    send(&account.server, method, &path, &credentials(account), &body)
}

/// Step one for the demo's first task.
pub(crate) fn step_one(server: &Server, name: &str, hash: &str) -> Answer {
    let body = json!({
        "type": "attachment", "name": name, "hash": hash, "ref_type": "task",
        "ref_id": server.account().task, "description": "from a test",
    });
    team_call(server, "POST", "res/attachments/upload", &body).unwrap()
}

/// A form, ready to send: its content type and its bytes.
pub(crate) struct Form {
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// Text fields, and a file with its `filename` as it stands on the wire.
pub(crate) fn form(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Form {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").bytes(),
        );
        body.extend(format!("{value}\r\n").bytes());
    }
    if let Some((name, content)) = file {
        body.extend(b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"");
        body.extend(format!("{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--XX--\r\n");
    Form {
        headers: vec!["Content-Type: multipart/form-data; boundary=XX".to_owned()],
        body,
    }
}

/// Both steps. The error is that of the second.
pub(crate) fn upload(server: &Server, name: &str, content: &[u8]) -> io::Result<Answer> {
    let ticket = step_one(server, name, "").json();
    let token = ticket["token"].as_str().unwrap();
    let form = form(&[("token", token)], Some((name, content)));
    send(
        ticket["upload_url"].as_str().unwrap(),
        "POST",
        "/",
        &form.headers,
        &form.body,
    )
}

/// Asks to sign in with this body.
pub(crate) fn login(server: &Server, body: &Value) -> Answer {
    let path = "/project/api/project/auth/login";
    send(
        &server.account().server,
        "POST",
        path,
        &[],
        body.to_string().as_bytes(),
    )
    .unwrap()
}
