//! Wrong answers: what the gate sends instead of, or makes of, a right one.
//!
//! Called by the gate alone. It must not decide when; that is the script's part.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body::{Frame, SizeHint};
use serde_json::Value;

use super::connection::{Manner, Peer};
use super::misbehaviour::Misbehaviour;

/// Answers of the demo are small; more than this is no answer of ours.
const ANSWER_LIMIT_BYTES: usize = 16 * 1024 * 1024;
/// Where an answer breaks off in its head: within the first header.
const CUT_HEAD_BYTES: usize = 24;
/// The page of a captive portal.
const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head>\
    <body><form action=\"/login\"><input name=\"user\"></form></body></html>";

/// A status that is answered before the body was read; the reset follows when
/// the connection closes.
pub(super) fn early_status(code: u16) -> Response {
    (
        status(code),
        [(CONNECTION, "close")],
        "{\"error\":\"refused early\"}",
    )
        .into_response()
}

/// The answer of a misbehaviour that never runs the real handler.
pub(super) fn refusal(what: &Misbehaviour) -> Option<Response> {
    let html = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    let json = [(CONTENT_TYPE, "application/json")];
    let answer = match what {
        Misbehaviour::Status {
            code,
            headers,
            body,
        } => with_headers(status(*code), headers, body),
        Misbehaviour::HugeAnswer { bytes } => {
            (json, Body::new(Filler::new(*bytes))).into_response()
        }
        Misbehaviour::NotJson => (json, "this is {not json").into_response(),
        Misbehaviour::Html => (html, LOGIN_PAGE).into_response(),
        Misbehaviour::Empty => StatusCode::OK.into_response(),
        Misbehaviour::Redirect { code, location } => {
            let location = (LOCATION.to_string(), location.clone());
            with_headers(status(*code), &[location], "")
        }
        _ => return None,
    };
    Some(answer)
}

/// Makes of the answer what the misbehaviour asks for.
pub(super) async fn answer(what: Misbehaviour, answer: Response, peer: &Peer) -> Response {
    match what {
        Misbehaviour::ResetAfter { .. } | Misbehaviour::ResetAfterBody => peer.go_on(Manner::Reset),
        Misbehaviour::EarlyStatusThenReset { .. } => peer.go_on(Manner::ResetOnClose),
        Misbehaviour::DripAnswer => peer.go_on(Manner::Drip),
        Misbehaviour::CloseAfterAnswer => peer.go_on(Manner::CloseAfterAnswer),
        Misbehaviour::TruncateAnswer { in_head: true } => {
            peer.go_on(Manner::Cut {
                head: CUT_HEAD_BYTES,
                body: usize::MAX,
            });
        }
        Misbehaviour::TruncateAnswer { in_head: false } => return cut_in_body(answer, peer).await,
        Misbehaviour::BadHash => return changed(answer, |body| each_hash(body, damage)).await,
        Misbehaviour::NoHash => return changed(answer, |body| each_hash(body, |_| None)).await,
        Misbehaviour::WrongSize => return changed(answer, one_byte_more).await,
        Misbehaviour::AnswerAs { status } => return with_status(answer, status),
        Misbehaviour::Json(value) => return changed(answer, |body| *body = value).await,
        Misbehaviour::Patch(value) => return changed(answer, |body| merge(body, value)).await,
        // Refusals came this way already; the store's own are the store's work.
        _ => {}
    }
    answer
}

/// The same hash, but of other content: what a damaged upload would have.
pub(super) fn damaged(hash: &str) -> String {
    let (kind, rest) = hash.split_at_checked(1).unwrap_or((hash, ""));
    format!("{kind}damaged{}", rest.get(7..).unwrap_or_default())
}

fn damage(hash: &Value) -> Option<Value> {
    hash.as_str().map(|hash| damaged(hash).into())
}

/// Changes `hash` and `etag` at the top and in a step-one `file`.
fn each_hash(body: &mut Value, change: fn(&Value) -> Option<Value>) {
    if let Some(file) = body.get_mut("file") {
        each_hash(file, change);
    }
    let Some(members) = body.as_object_mut() else {
        return;
    };
    for key in ["hash", "etag"] {
        let Some(old) = members.remove(key) else {
            continue;
        };
        if let Some(new) = change(&old) {
            members.insert(key.to_owned(), new);
        }
    }
}

fn one_byte_more(body: &mut Value) {
    if let Some(size) = body.get_mut("size") {
        *size = (size.as_u64().unwrap_or(0) + 1).into();
    }
}

fn merge(body: &mut Value, patch: Value) {
    let (Some(members), Value::Object(patch)) = (body.as_object_mut(), patch) else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            members.remove(&key);
        } else {
            members.insert(key, value);
        }
    }
}

/// Changes the JSON of a 200; other answers stay.
async fn changed(answer: Response, change: impl FnOnce(&mut Value)) -> Response {
    if answer.status() != StatusCode::OK {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, ANSWER_LIMIT_BYTES).await.unwrap_or_default();
    let mut value = serde_json::from_slice(&bytes).unwrap_or_default();
    change(&mut value);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(CONTENT_TYPE);
    (parts, Json(value)).into_response()
}

async fn cut_in_body(answer: Response, peer: &Peer) -> Response {
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, ANSWER_LIMIT_BYTES).await.unwrap_or_default();
    let half = (bytes.len() / 2).max(1);
    peer.go_on(Manner::Cut {
        head: usize::MAX,
        body: half,
    });
    Response::from_parts(parts, Body::from(bytes))
}

fn with_status(mut answer: Response, code: u16) -> Response {
    *answer.status_mut() = status(code);
    answer
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn with_headers(status: StatusCode, headers: &[(String, String)], body: &str) -> Response {
    let mut answer = (status, body.to_owned()).into_response();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// A body of any size that is never in memory.
struct Filler {
    left: u64,
    started: bool,
}

impl Filler {
    fn new(bytes: u64) -> Self {
        Self {
            left: bytes,
            started: false,
        }
    }
}

impl http_body::Body for Filler {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        const START: &[u8] = b"{\"hash\":\"";
        const MORE: &[u8] = &[b'a'; 65_536];
        let piece = if self.started { MORE } else { START };
        self.started = true;
        let length = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(piece.len());
        if length == 0 {
            return Poll::Ready(None);
        }
        self.left -= length as u64;
        let data = Bytes::from_static(piece.get(..length).unwrap_or(piece));
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
