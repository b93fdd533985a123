//! Uploads in parts as five clients sent them (Qiniu's for Python with and
//! without a key, Node, Rust, and the browser), captured at a mock of the store.
//! Theirs go to the demo's store; ours go to a peer that plays the mock's part,
//! so that both are compared with requests that this project did not make.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod demo_client;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use ones_drop::api::{
    Http, Limits, Moved, OpenUpload, PartParcel, Store, StoreAnswer, hash_file, plan,
};
use ones_drop::model::Secret;
use serde_json::Value;

/// The bucket of the captures, and that of the demo.
const BUCKETS: (&str, &str) = ("ones-dev-private", "ones-drop-demo");
const TOKEN: &str = "key:c2lnbg==:e30=";

/// A request and the mock's answer to it.
#[derive(Debug, Clone)]
struct Call {
    method: String,
    path: String,
    /// Whole lines.
    headers: Vec<String>,
    /// Text; of a part only its place in the file is known.
    body: String,
    answer: String,
}

impl Call {
    fn parse(text: &str) -> Self {
        let (_, text) = text.split_once('\n').unwrap();
        let (request, answer) = text.split_once("\n----- response 200\n").unwrap();
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let mut lines = head.lines().map(str::to_owned);
        let line = lines.next().unwrap();
        let mut words = line.split(' ').map(str::to_owned);
        Self {
            method: words.next().unwrap(),
            path: words.next().unwrap(),
            headers: lines.collect(),
            body: body.trim().to_owned(),
            answer: answer.lines().next().unwrap().to_owned(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn answer(&self) -> Value {
        serde_json::from_str(&self.answer).unwrap()
    }

    /// The bytes of a part: the captured file's byte i is i mod 251.
    fn bytes(&self) -> Vec<u8> {
        if self.method != "PUT" {
            return self.body.clone().into_bytes();
        }
        let number: usize = self.path.rsplit('/').next().unwrap().parse().unwrap();
        let length = self.header("content-length").unwrap().parse().unwrap();
        content().skip((number - 1) << 22).take(length).collect()
    }
}

fn content() -> impl Iterator<Item = u8> {
    (0..=250).cycle().take(10 << 20)
}

/// What the file is called at the end.
fn name_in(calls: &[Call]) -> String {
    let end: Value = serde_json::from_str(&calls[4].body).unwrap();
    end["fname"].as_str().unwrap().to_owned()
}

/// Every captured upload, by its client.
fn captures() -> Vec<(String, Vec<Call>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/captures-parts");
    let entries = std::fs::read_dir(folder).unwrap();
    let read = entries.map(|entry| {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let calls = text.split("===== request ").skip(1).map(Call::parse);
        let client = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (client, calls.collect())
    });
    read.collect()
}

#[test]
fn the_demos_store_takes_the_parts_of_other_clients() {
    let captures = captures();
    assert_eq!(captures.len(), 5);
    for (client, calls) in captures {
        let server = demo_client::start();
        let ticket = demo_client::step_one(&server, "captured.bin", "").json();
        let text = |key: &str| ticket[key].as_str().unwrap().to_owned();
        let mut upload_ids: Option<(String, String)> = None;
        for call in &calls {
            let mut path = call.path.replace(BUCKETS.0, BUCKETS.1);
            if let Some((theirs, ours)) = &upload_ids {
                path = path.replace(theirs.as_str(), ours);
            }
            let own = ["host", "connection", "content-length"];
            let is_own = |line: &&String| {
                own.iter()
                    .any(|own| line.to_ascii_lowercase().starts_with(own))
            };
            let headers = call.headers.iter().filter(|line| !is_own(line));
            let headers: Vec<_> = headers
                .map(|line| line.replace("{{UPTOKEN}}", &text("token")))
                .collect();
            let (url, bytes) = (text("upload_url"), call.bytes());
            let answer = demo_client::send(&url, &call.method, &path, &headers, &bytes).unwrap();
            assert_eq!(answer.status, 200, "{client} {path}: {answer:?}");
            let (got, want) = (answer.json(), call.answer());
            let name = |answer: &Value| answer["uploadId"].as_str().map(str::to_owned);
            upload_ids = upload_ids.or_else(|| Some((name(&want)?, name(&got)?)));
            for key in ["etag", "md5", "hash"] {
                assert_eq!(got[key], want[key], "{client} {path}");
            }
        }
        let stored = server.attachments(&server.account().task);
        assert_eq!(stored.len(), 1, "{client}");
        assert_eq!(stored[0].name, name_in(&calls), "{client}");
    }
}

/// Plays the mock: answers each request as the capture has it, and writes down
/// what it was asked.
fn play(calls: Vec<Call>) -> (reqwest::Url, Arc<Mutex<Vec<Call>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let heard: Arc<Mutex<Vec<Call>>> = Arc::default();
    let log = heard.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            while let Some(mut call) = hear(&stream) {
                let same =
                    |known: &&Call| (&known.method, &known.path) == (&call.method, &call.path);
                let known = calls.iter().find(same).map(|known| known.answer.clone());
                let status = if known.is_some() {
                    "200 OK"
                } else {
                    "404 Not Found"
                };
                call.answer = known.unwrap_or_default();
                let answer = format!(
                    "HTTP/1.1 {status}\r\nX-Reqid: a\r\nContent-Length: {}\r\n\r\n{}",
                    call.answer.len(),
                    call.answer
                );
                log.lock().unwrap().push(call);
                (&stream).write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (url.parse().unwrap(), heard)
}

/// One request on this connection; the body only where it is text.
fn hear(stream: &TcpStream) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let line = head.first()?.clone();
    let mut words = line.split(' ').map(str::to_owned);
    let mut call = Call {
        method: words.next()?,
        path: words.next()?,
        headers: head.split_off(1),
        body: String::new(),
        answer: String::new(),
    };
    let mut body = vec![0; call.header("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    if call.method == "PUT" {
        assert_eq!(body, call.bytes(), "the part of the file");
    } else {
        call.body = String::from_utf8(body).ok()?;
    }
    Some(call)
}

/// Sends the captured file in parts; gives the hash that the store said.
async fn send_in_parts(url: &reqwest::Url, name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content().collect::<Vec<u8>>()).unwrap();
    let expected = hash_file(&path, &Moved::default(), || true).unwrap();
    let store = Store::new(Http::new(Limits::default()).unwrap());
    let token = Secret::new(TOKEN);
    let session = store.initiate(url, &token, BUCKETS.0).await.unwrap();
    let upload = OpenUpload {
        upload_url: url,
        token: &token,
        bucket: BUCKETS.0,
        upload_id: &session.upload_id,
    };
    let moved = Arc::default();
    let mut sent = Vec::new();
    for plan in plan(expected.size_bytes) {
        let parcel = PartParcel {
            path: &path,
            expected: &expected,
            plan,
            moved: &moved,
        };
        sent.push(store.send_part(&upload, &parcel).await.unwrap());
    }
    let mime = "application/octet-stream";
    let reply = store.complete(&upload, &sent, name, mime).await.unwrap();
    let StoreAnswer::Stored { hash, .. } = reply.answer else {
        panic!("{reply:?}");
    };
    hash
}

#[tokio::test]
async fn our_parts_are_what_other_clients_send() {
    let mut with_md5 = 0;
    // ONES' tokens are for no key.
    for (client, calls) in captures() {
        if !client.contains("nokey") {
            continue;
        }
        let (url, heard) = play(calls.clone());
        let hash = send_in_parts(&url, &name_in(&calls)).await;
        assert_eq!(hash, calls[4].answer()["hash"].as_str().unwrap());
        let heard = heard.lock().unwrap().clone();
        assert_eq!(heard.len(), calls.len(), "{client}");
        for ours in heard {
            let same =
                |theirs: &&Call| (&theirs.method, &theirs.path) == (&ours.method, &ours.path);
            let theirs = calls.iter().find(same).expect(&ours.path);
            let token = format!("UpToken {TOKEN}");
            assert_eq!(ours.header("authorization"), Some(token.as_str()));
            if ours.method == "PUT" || ours.body.is_empty() {
                let length = "content-length";
                assert_eq!(ours.header(length), theirs.header(length), "{client}");
            }
            if ours.method == "PUT" {
                let kind = "content-type";
                assert_eq!(ours.header(kind), theirs.header(kind), "{client}");
                // The one for Rust leaves it out.
                let md5 = "content-md5";
                let theirs = theirs.header(md5);
                assert!(theirs.is_none() || ours.header(md5) == theirs, "{client}");
                with_md5 += usize::from(theirs.is_some());
            }
            if !ours.body.is_empty() {
                let read = |call: &Call| serde_json::from_str::<Value>(&call.body).unwrap();
                let (ours, theirs) = (read(&ours), read(theirs));
                for key in ["parts", "fname"] {
                    assert_eq!(ours[key], theirs[key], "{client}");
                }
            }
        }
    }
    assert_eq!(with_md5, 9);
}
