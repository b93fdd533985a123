//! The client of an upload in parts against the demo's store. Hashes, paths and
//! headers are those that official clients computed and sent for this content.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

#[path = "resumable/ends.rs"]
mod ends;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ones_drop::api::{
    ApiError, Fault, Fingerprint, Grant, Http, Limits, Moved, Ones, OpenUpload, PartParcel,
    PartPlan, Reply, SentPart, Session, Store, StoreAnswer, UploadAddress, UploadRequest,
    bucket_of, check_upload_url, hash_file, part_matches, plan,
};
use ones_drop::demo::{self, Misbehaviour, Options, Seen, Server};
use ones_drop::model::{Secret, ServerAddress, Task};
use reqwest::Url;
use serde_json::json;
use tokio::task::JoinSet;

const MIB: usize = 1024 * 1024;
const LIMIT: Duration = Duration::from_mins(1);
const NAME: &str = "大 \"文件\".bin";
const MIME: &str = "application/octet-stream";
const WHOLE: &str = "lpWW94Kd7uuN_TCTi_xpbr4WtvSz";
/// Etag, MD5 and length of the three parts, as captured.
const PARTS: [(&str, &str, u64); 3] = [
    (
        "Fgd8eREZ4FXnoK5eUHCJo_kRSDb1",
        "aad8b8e4d120d0df7a7fda991d5dab03",
        4_194_304,
    ),
    (
        "FqXps45Za0BxypJ3SQ-bXXuz6x7o",
        "670593051f6479ed59059ae82629ff7a",
        4_194_304,
    ),
    (
        "Fp7nvA3apYgxAqerG6pFkSTEXjB9",
        "dc40e9387a362088265fe86b8373e80b",
        2_097_152,
    ),
];

/// A file, the demo server, and what step one gave for it.
struct Bench {
    server: Server,
    store: Store,
    url: Url,
    token: Secret,
    bucket: String,
    path: PathBuf,
    expected: Fingerprint,
    moved: Arc<Moved>,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// A file of so many bytes, byte i = i mod 251.
    async fn new(bytes: usize) -> Arc<Self> {
        let server = Server::start(Options::default()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("local name.bin");
        let content: Vec<u8> = (0..=250).cycle().take(bytes).collect();
        std::fs::write(&path, content).unwrap();
        let expected = hash_file(&path, &Moved::default(), || true).unwrap();
        let (url, token) = step_one(&server).await;
        let bucket = bucket_of(token.reveal()).unwrap();
        Arc::new(Self {
            server,
            store: Store::new(Http::new(Limits::default()).unwrap()),
            url,
            token,
            bucket,
            path,
            expected,
            moved: Arc::default(),
            _folder: folder,
        })
    }

    fn plans(&self) -> Vec<PartPlan> {
        plan(self.expected.size_bytes)
    }

    async fn initiate(&self) -> Session {
        let begun = self.store.initiate(&self.url, &self.token, &self.bucket);
        begun.await.unwrap()
    }

    fn open<'a>(&'a self, session: &'a Session) -> OpenUpload<'a> {
        OpenUpload {
            upload_url: &self.url,
            token: &self.token,
            bucket: &self.bucket,
            upload_id: &session.upload_id,
        }
    }

    async fn send(&self, session: &Session, plan: PartPlan) -> Result<SentPart, ApiError> {
        let parcel = PartParcel {
            path: &self.path,
            expected: &self.expected,
            plan,
            moved: &self.moved,
        };
        self.store.send_part(&self.open(session), &parcel).await
    }

    /// Sends the parts one after another, in this order.
    async fn send_all(&self, session: &Session, order: &[usize]) -> Vec<SentPart> {
        let mut sent = Vec::new();
        for index in order {
            sent.push(self.send(session, self.plans()[*index]).await.unwrap());
        }
        sent
    }

    async fn complete(&self, session: &Session, parts: &[SentPart]) -> Result<Reply, ApiError> {
        let upload = self.open(session);
        self.store.complete(&upload, parts, NAME, MIME).await
    }

    fn fault(&self, at: demo::Step, what: Misbehaviour) {
        self.server.faults().push(demo::Fault::once(at, what));
    }

    /// What the store was asked, without the forms and without ONES.
    fn calls(&self) -> Vec<Seen> {
        let mut seen = self.server.requests();
        seen.retain(|seen| seen.path.starts_with("/buckets/"));
        seen
    }
}

async fn step_one(server: &Server) -> (Url, Secret) {
    let account = server.account();
    let address = ServerAddress::parse(&account.server).unwrap();
    let (user, token) = (account.user.clone(), Secret::new(account.token.clone()));
    let ones = Ones::with_token(Http::new(Limits::default()).unwrap(), address, user, token);
    let task = Task {
        id: account.task.clone(),
        team: account.team.clone(),
        number: None,
        title: None,
    };
    let request = UploadRequest {
        task: &task,
        name: NAME,
        description: "",
        hash: "",
    };
    let ticket = ones.ask_for_upload(&request).await.unwrap();
    let Grant::Send { upload_url, token } = ticket.grant else {
        panic!("the store has it already");
    };
    assert_eq!(upload_url, server.store_url());
    let UploadAddress::Safe(url) = check_upload_url(ones.server(), &upload_url) else {
        panic!("{upload_url} is not safe");
    };
    (url, token)
}

fn stored(hash: &str, size_bytes: u64) -> StoreAnswer {
    StoreAnswer::Stored {
        hash: hash.to_owned(),
        size_bytes,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_in_any_order_become_the_attachment() {
    let bench = Bench::new(10 * MIB).await;
    let session = bench.initiate().await;
    assert!(session.expires_at.unwrap() > 1_700_000_000);
    let sent = bench.send_all(&session, &[2, 0, 1]).await;
    for part in &sent {
        let (etag, md5, _) = PARTS[part.number as usize - 1];
        assert_eq!((part.etag.as_str(), part.md5.as_str()), (etag, md5));
        let plan = bench.plans()[part.number as usize - 1];
        assert!(part_matches(&bench.path, &plan, part, &Moved::default()).unwrap());
    }
    assert_eq!(bench.moved.get(), 10 * MIB as u64);
    let reply = bench.complete(&session, &sent).await.unwrap();
    assert_eq!(reply.answer, stored(WHOLE, 10 * MIB as u64));
    assert!(reply.request_id.is_some() && reply.store_log.is_some());
    let listed = bench.server.attachments(&bench.server.account().task);
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].name.as_str(), listed[0].hash.as_str()),
        (NAME, WHOLE)
    );
    assert!(bench.server.leaked_headers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn four_parts_go_at_a_time() {
    let bench = Bench::new(14 * MIB + 3).await;
    let session = Arc::new(bench.initiate().await);
    let hold = bench.server.faults().hold_answer(demo::Step::Part);
    let mut sending = JoinSet::new();
    for plan in bench.plans().into_iter().rev() {
        let (bench, session) = (Arc::clone(&bench), Arc::clone(&session));
        sending.spawn(async move { bench.send(&session, plan).await.unwrap() });
    }
    let faults = bench.server.faults().clone();
    let all_there = move || faults.wait_until_held(demo::Step::Part, 4, LIMIT);
    assert!(tokio::task::spawn_blocking(all_there).await.unwrap());
    assert_eq!(bench.moved.get(), bench.expected.size_bytes);
    hold.release();
    let sent = sending.join_all().await;
    assert_eq!(sent.len(), 4);
    let reply = bench.complete(&session, &sent).await.unwrap();
    let want = stored(&bench.expected.etag, bench.expected.size_bytes);
    assert_eq!(reply.answer, want);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_are_those_of_the_official_clients() {
    let bench = Bench::new(10 * MIB).await;
    let session = bench.initiate().await;
    let sent = bench.send_all(&session, &[0, 1, 2]).await;
    bench.complete(&session, &sent).await.unwrap();

    let base = format!("/buckets/{}/objects/~/uploads", bench.bucket);
    let id = &session.upload_id;
    let authorization = format!("UpToken {}", bench.token.reveal());
    let calls = bench.calls();
    assert_eq!(calls.len(), 5);
    for seen in &calls {
        assert_eq!(seen.header("authorization"), Some(authorization.as_str()));
        assert_eq!(seen.header("transfer-encoding"), None, "{}", seen.path);
        let length = seen.header("content-length").unwrap();
        assert_eq!(length, seen.body_bytes.to_string(), "{}", seen.path);
    }
    let line = |seen: &Seen| (seen.method.clone(), seen.path.clone());
    assert_eq!(line(&calls[0]), ("POST".to_owned(), base.clone()));
    assert_eq!(calls[0].header("content-length"), Some("0"));
    for ((seen, (_, md5, length)), number) in calls[1..4].iter().zip(PARTS).zip(1..) {
        assert_eq!(
            line(seen),
            ("PUT".to_owned(), format!("{base}/{id}/{number}"))
        );
        assert_eq!(seen.header("content-type"), Some(MIME));
        assert_eq!(seen.header("content-md5"), Some(md5));
        assert_eq!(seen.body_bytes, length);
    }
    assert_eq!(line(&calls[4]), ("POST".to_owned(), format!("{base}/{id}")));
    assert_eq!(calls[4].header("content-type"), Some("application/json"));
    let part = |(at, (etag, ..)): (usize, (&str, _, _))| json!({"etag": etag, "partNumber": at+1});
    let parts: Vec<_> = PARTS.into_iter().enumerate().map(part).collect();
    let body = json!({ "parts": parts, "fname": NAME, "mimeType": MIME });
    assert_eq!(calls[4].body_bytes, body.to_string().len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_the_store_has_is_a_duplicate() {
    let bench = Bench::new(10 * MIB).await;
    for first in [true, false] {
        let session = bench.initiate().await;
        let sent = bench.send_all(&session, &[0, 1, 2]).await;
        let reply = bench.complete(&session, &sent).await.unwrap();
        match reply.answer {
            StoreAnswer::Stored { hash, .. } if first => assert_eq!(hash, WHOLE),
            StoreAnswer::AlreadyStored { hash, resource } if !first => {
                assert_eq!(hash, WHOLE);
                assert!(resource.is_some());
            }
            other => panic!("{other:?}"),
        }
    }
}
