//! `/buckets/…/objects/…/uploads`: a file in parts (documented: Kodo, multipart
//! upload v2).
//!
//! Each call carries `Authorization: UpToken …`. That upload policies of ONES
//! work here as they do for forms is inferred; no public source shows it.

use std::io::{self, Read as _};
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use md5::{Digest as _, Md5};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::Store;
use super::incoming::{Incoming, Received, blank_file, unwritable};
use super::reply::Reply;
use super::uploads::{Named, PART_MAX_BYTES, Upload};
use super::verdict::{self, Parcel};
use crate::demo::gate::next_piece;
use crate::demo::misbehaviour::Misbehaviour;
use crate::demo::token::{BUCKET, Policy};
use crate::demo::{Effort, etag, mime};

/// Bucket and key, as they stand in the path.
type Place = (String, String);
/// The same, and an upload ID.
type PlaceAndId = (String, String, String);

/// `POST …/uploads`: begin.
pub(super) async fn initiate(
    State(store): State<Arc<Store>>,
    Path((bucket, key)): Path<Place>,
    headers: HeaderMap,
) -> Result<Reply, Reply> {
    admit(&headers, &bucket, &key)?;
    let (id, expire_at) = store.uploads.begin(&key);
    Ok(Reply::ok(json!({ "uploadId": id, "expireAt": expire_at })))
}

/// `PUT …/uploads/{id}/{number}`: one part. `Content-MD5`, if there, is lower
/// case hex, not the usual base64 (documented).
pub(super) async fn part(
    State(store): State<Arc<Store>>,
    Path((bucket, key, id, number)): Path<(String, String, String, u32)>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Reply, Reply> {
    let mut incoming = Incoming::new(&store.world, PART_MAX_BYTES)?;
    let believes = matches!(store.world.options.effort, Effort::Counts { .. });
    let mut md5 = (!believes).then(Md5::new);
    while let Some(piece) = next_piece(&mut body).await {
        let piece = piece.map_err(|_error| Reply::refuse(400, "body broke off"))?;
        if let Some(md5) = &mut md5 {
            md5.update(&piece);
        }
        incoming.take(&piece)?;
    }
    let received = incoming.finish()?;
    // Judged only now: an answer before the end of a body may get lost.
    admit(&headers, &bucket, &key)?;
    let claimed = headers
        .get("content-md5")
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let md5 = match md5 {
        Some(md5) => hex(&md5.finalize()),
        None => claimed.as_deref().unwrap_or_default().to_owned(),
    };
    if claimed.is_some_and(|claimed| claimed != md5) {
        return Err(Reply::refuse(406, "md5 mismatch"));
    }
    let answer = json!({ "etag": received.etag, "md5": md5 });
    store
        .uploads
        .with(&id, &key, |upload| upload.put(number, received))??;
    Ok(Reply::ok(answer))
}

/// The documented body, as far as it matters here: with `detectMime` 1 the
/// client's `mimeType` does not.
#[derive(Deserialize)]
struct Completion {
    parts: Vec<Named>,
    /// The attachment's name; lost where a client leaves it out (documented).
    #[serde(default)]
    fname: String,
}

/// `POST …/uploads/{id}`: make one object of the parts.
pub(super) async fn complete(
    State(store): State<Arc<Store>>,
    Path((bucket, key, id)): Path<PlaceAndId>,
    headers: HeaderMap,
    what: Option<Extension<Misbehaviour>>,
    body: Bytes,
) -> Result<Reply, Reply> {
    let policy = admit(&headers, &bucket, &key)?;
    let completion: Completion =
        serde_json::from_slice(&body).map_err(|_error| Reply::refuse(400, "invalid JSON"))?;
    let assembled = store.uploads.with(&id, &key, |upload| {
        let chosen = upload.chosen(&completion.parts)?;
        let target = blank_file(&store.world).map_err(|error| unwritable(&error))?;
        assemble(&chosen, target, &store.world.options.effort).map_err(|error| unwritable(&error))
    })??;
    let parcel = Parcel {
        mime: mime::of(&assembled.first_bytes, &completion.fname),
        name: completion.fname,
        etag: assembled.etag,
        size_bytes: assembled.size_bytes,
        file: assembled.file,
    };
    let reply = verdict::settle(&store.world, &policy, parcel, what.as_deref());
    // Done in these cases; after a refusal a client may complete once more.
    if matches!(reply.status(), 200 | 579 | 614) {
        store.uploads.end(&id);
    }
    Ok(reply)
}

/// Page of a list. Documentation and clients spell the marker differently.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(rename = "max-parts")]
    max_parts: Option<usize>,
    #[serde(rename = "part-number_marker", alias = "part-number-marker")]
    marker: Option<u32>,
}

/// `GET …/uploads/{id}`: which parts are there.
pub(super) async fn list(
    State(store): State<Arc<Store>>,
    Path((bucket, key, id)): Path<PlaceAndId>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Reply, Reply> {
    admit(&headers, &bucket, &key)?;
    let listed = store
        .uploads
        .with(&id, &key, |upload| listed(upload, &id, &page))?;
    Ok(Reply::ok(listed))
}

/// `DELETE …/uploads/{id}`: forget it all.
pub(super) async fn abort(
    State(store): State<Arc<Store>>,
    Path((bucket, key, id)): Path<PlaceAndId>,
    headers: HeaderMap,
) -> Result<(), Reply> {
    admit(&headers, &bucket, &key)?;
    store.uploads.with(&id, &key, |_upload| ())?;
    store.uploads.end(&id);
    Ok(())
}

/// Checks token, bucket and key, as every call does.
fn admit(headers: &HeaderMap, bucket: &str, key: &str) -> Result<Policy, Reply> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("UpToken "));
    let token = token.ok_or_else(|| Reply::refuse(401, "token not specified"))?;
    let policy = Policy::check(token).ok_or_else(|| Reply::refuse(401, "bad token"))?;
    if verdict::expired(&policy) {
        return Err(Reply::refuse(401, "expired token"));
    }
    if bucket != BUCKET {
        return Err(Reply::refuse(631, "no such bucket"));
    }
    // `~` is no key at all; anything else is url-safe base64.
    let decoded = || {
        URL_SAFE
            .decode(key)
            .or_else(|_error| URL_SAFE_NO_PAD.decode(key))
    };
    if key != "~" && decoded().is_err() {
        return Err(Reply::refuse(400, "invalid object name encoding"));
    }
    Ok(policy)
}

/// Copies parts into one file, or (where content is not kept) gives it their
/// size; and finds its etag. It blocks, but only from one cached file to another,
/// and the demo has no other clients to keep waiting.
fn assemble(
    parts: &[&Received],
    mut target: NamedTempFile,
    effort: &Effort,
) -> io::Result<Received> {
    let (mut size_bytes, mut digests) = (0, Vec::new());
    for part in parts {
        size_bytes += part.size_bytes;
        if *effort == Effort::Keeps {
            io::copy(&mut part.file.reopen()?, target.as_file_mut())?;
        } else {
            target.as_file().set_len(size_bytes)?;
        }
        digests.push((part.etag.as_str(), part.size_bytes));
    }
    let etag = match effort {
        Effort::Counts { etag } => etag.clone(),
        _ => etag::of_parts(&digests).ok_or(io::ErrorKind::InvalidData)?,
    };
    let mut first_bytes = Vec::new();
    target
        .reopen()?
        .take(mime::LOOK_BYTES as u64)
        .read_to_end(&mut first_bytes)?;
    Ok(Received {
        file: target,
        etag,
        first_bytes,
        size_bytes,
    })
}

fn listed(upload: &Upload, id: &str, page: &Page) -> Value {
    let marker = page.marker.unwrap_or(0);
    let limit = page.max_parts.unwrap_or(1000).min(1000);
    let mut later = upload.parts.range(marker.saturating_add(1)..);
    let shown: Vec<_> = later.by_ref().take(limit).collect();
    let more = later.next().is_some();
    let last = shown.last().map_or(0, |(number, _)| **number);
    let parts = shown.iter().map(|(number, part)| {
        json!({
            "partNumber": number,
            "etag": part.received.etag,
            "size": part.received.size_bytes,
            "putTime": part.put_time,
        })
    });
    json!({
        "uploadId": id,
        "expireAt": upload.expire_at,
        "partNumberMarker": if more { last } else { 0 },
        "parts": parts.collect::<Vec<Value>>(),
    })
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
