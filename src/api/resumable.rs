//! An upload in parts: begin, send parts, complete, abort (documented: Qiniu
//! 6365, 6366, 6368, "multipart upload v2").
//!
//! The engine calls it for large files and decides about order, repeats and
//! what is kept between runs; here is one call at a time and what it means.
//! That ONES' upload tokens work this way as they do for the form is inferred:
//! no public source shows it, so the caller keeps the form to fall back on.
//! Beginning and sending a part may be repeated; completing may not once it was
//! sent whole (documented: Qiniu, API specification).

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, RequestBuilder, Url};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::FileBody;
use super::error::{ApiError, Damaged, Fault};
use super::http::unsendable;
use super::kodo::{check_genuine, is_harmless};
use super::parts::{PartParcel, SentPart, by_number, name_part};
use super::reply::Reply;
use super::sending::send;
use super::store::Store;
use crate::model::{Secret, Step};

/// All of it belongs to sending the file.
const STEP: Step = Step::SendFile;

/// An upload that the store has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Names it in later calls.
    pub upload_id: String,
    /// When the store forgets it, in seconds since 1970, if it says so: 7 days
    /// after it began (documented: Qiniu 6365).
    pub expires_at: Option<u64>,
}

/// Which begun upload a call is about.
#[derive(Debug, Clone, Copy)]
pub struct OpenUpload<'a> {
    /// Step one's address; only its origin is used.
    pub upload_url: &'a Url,
    /// An upload token of the same bucket, not necessarily the one it began
    /// with (inferred: the upload ID is bound to bucket and key).
    pub token: &'a Secret,
    /// From [`bucket_of`](super::bucket_of).
    pub bucket: &'a str,
    /// From [`Session`].
    pub upload_id: &'a str,
}

/// Documented: Qiniu 6365.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InitiateAnswer {
    upload_id: String,
    expire_at: Option<u64>,
}

/// Documented: Qiniu 6366.
#[derive(Deserialize)]
struct PartAnswer {
    etag: String,
    md5: String,
}

/// Documented: Qiniu 6368. `metadata` and `customVars` may be left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CompleteBody<'a> {
    parts: Vec<NamedPart<'a>>,
    fname: &'a str,
    mime_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NamedPart<'a> {
    etag: &'a str,
    part_number: u32,
}

impl Store {
    /// Begins an upload: `POST` without a body.
    ///
    /// A bucket that cannot stand in a path is [`Fault::Request`].
    pub async fn initiate(
        &self,
        upload_url: &Url,
        token: &Secret,
        bucket: &str,
    ) -> Result<Session, ApiError> {
        let url = address(upload_url, bucket, &[])?;
        // Without a body the library would send no length at all.
        let request = self
            .in_parts(Method::POST, &url, token)?
            .header(CONTENT_LENGTH, 0);
        let limit = self.http.limits.call;
        let answer = within_limit(call(request, &url, token, limit), limit).await?;
        session_of(&answer)
    }

    /// Sends one part: `PUT`, with its length and its MD5 in lower-case hex
    /// (documented, although RFC 1864 has base64). Sending a number again
    /// replaces the part. No limit in time: the caller watches `moved`.
    ///
    /// A file that is not the expected one is [`Fault::FileChanged`]; an answer
    /// that names other bytes is [`Fault::Broken`] with
    /// [`is_damaged`](ApiError::is_damaged). Whenever the part does not arrive,
    /// also when this future is dropped, its bytes are taken back from `moved`.
    pub async fn send_part(
        &self,
        upload: &OpenUpload<'_>,
        parcel: &PartParcel<'_>,
    ) -> Result<SentPart, ApiError> {
        let number = parcel.plan.number.to_string();
        let url = upload.address(&[&number])?;
        let named = name(parcel).await?;
        let (body, claim) = FileBody::of_part(
            &parcel.plan,
            parcel.path,
            parcel.expected.clone(),
            parcel.moved.clone(),
        );
        let request = self
            .in_parts(Method::PUT, &url, upload.token)?
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("Content-MD5", &named.md5)
            .body(Body::wrap(body));
        let limit = self.http.limits.call;
        let answer = call(request, &url, upload.token, limit).await?;
        check_part(&answer, &named)?;
        claim.keep();
        Ok(named)
    }

    /// Makes the file of its parts and has the store tell ONES: `POST` with
    /// JSON. The parts may come in any order; of two with one number the later
    /// counts. Answers like the form. No limit in time: the store calls ONES
    /// first, and the caller waits as it does after a form's last byte.
    ///
    /// `name` is the attachment's name, the same as in step one: without it the
    /// callback's `$(fname)` is empty (documented). `mime` is only believed
    /// where the token does not tell the store to look itself (documented).
    pub async fn complete(
        &self,
        upload: &OpenUpload<'_>,
        parts: &[SentPart],
        name: &str,
        mime: &str,
    ) -> Result<Reply, ApiError> {
        let url = upload.address(&[])?;
        let json = complete_body(parts, name, mime)?;
        let request = self
            .in_parts(Method::POST, &url, upload.token)?
            .header(CONTENT_TYPE, "application/json")
            .body(json);
        let limit = self.http.limits.call;
        let answer = call(request, &url, upload.token, limit).await?;
        Reply::from_answer(STEP, answer)
    }

    /// Has the store forget the upload and its parts: `DELETE`.
    pub async fn abort(&self, upload: &OpenUpload<'_>) -> Result<(), ApiError> {
        let url = upload.address(&[])?;
        let request = self.in_parts(Method::DELETE, &url, upload.token)?;
        let limit = self.http.limits.call;
        let answer = within_limit(call(request, &url, upload.token, limit), limit).await?;
        if (200..300).contains(&answer.status) {
            Ok(())
        } else {
            Err(answer.refusal(STEP))
        }
    }

    /// A request with `Authorization: UpToken …` (documented: Qiniu 6365).
    fn in_parts(
        &self,
        method: Method,
        url: &Url,
        token: &Secret,
    ) -> Result<RequestBuilder, ApiError> {
        let value = format!("UpToken {}", token.reveal());
        let mut value = HeaderValue::from_str(&value).map_err(|error| unsendable(STEP, error))?;
        value.set_sensitive(true);
        let client = self.client_for(url);
        Ok(client
            .request(method, url.clone())
            .header(AUTHORIZATION, value))
    }
}

impl OpenUpload<'_> {
    fn address(&self, below: &[&str]) -> Result<Url, ApiError> {
        let mut segments = vec![self.upload_id];
        segments.extend_from_slice(below);
        address(self.upload_url, self.bucket, &segments)
    }
}

/// `/buckets/<bucket>/objects/~/uploads[/…]` at the address's origin. `~` is
/// for no key (documented): ONES' tokens name a bucket only.
fn address(upload_url: &Url, bucket: &str, below: &[&str]) -> Result<Url, ApiError> {
    let harmless = is_harmless(bucket) && below.iter().all(|segment| is_harmless(segment));
    if !harmless {
        let mut error = ApiError::new(STEP, Fault::Request);
        error.source = Some("a bucket or upload ID that is no path segment".into());
        return Err(error);
    }
    let mut path = format!("/buckets/{bucket}/objects/~/uploads");
    for segment in below {
        path.push('/');
        path.push_str(segment);
    }
    let mut url = upload_url.clone();
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// What an upload was begun with.
pub(super) fn session_of(answer: &Answer) -> Result<Session, ApiError> {
    let said: InitiateAnswer = answer.json(STEP)?;
    if !is_harmless(&said.upload_id) {
        return Err(answer.error(STEP, Fault::NotJson));
    }
    Ok(Session {
        upload_id: said.upload_id,
        expires_at: said.expire_at,
    })
}

/// Whether the store has the part that was sent to it.
pub(super) fn check_part(answer: &Answer, sent: &SentPart) -> Result<(), ApiError> {
    let damaged = || {
        let mut error = answer.error(STEP, Fault::Broken);
        error.source = Some(Damaged.into());
        error
    };
    // Not the bytes of `Content-MD5` (406, documented: Qiniu 3928).
    if answer.status == 406 {
        return Err(damaged());
    }
    let said: PartAnswer = answer.json(STEP)?;
    if said.etag == sent.etag && said.md5.eq_ignore_ascii_case(&sent.md5) {
        Ok(())
    } else {
        Err(damaged())
    }
}

/// Sends a request and reads an answer that really is the store's.
async fn call(
    request: RequestBuilder,
    url: &Url,
    token: &Secret,
    limit: Duration,
) -> Result<Answer, ApiError> {
    let response = send(request, STEP, limit).await?;
    let answer = Answer::read(STEP, response, limit, &[token]).await?;
    check_genuine(url, STEP, &answer)?;
    Ok(answer)
}

async fn within_limit(
    calling: impl Future<Output = Result<Answer, ApiError>>,
    limit: Duration,
) -> Result<Answer, ApiError> {
    let after_secs = limit.as_secs();
    tokio::time::timeout(limit, calling)
        .await
        .unwrap_or_else(|_late| Err(ApiError::new(STEP, Fault::TimedOut { after_secs })))
}

/// Reads the part away from the threads that serve sockets.
async fn name(parcel: &PartParcel<'_>) -> Result<SentPart, ApiError> {
    let (path, plan) = (parcel.path.to_owned(), parcel.plan);
    let (expected, moved) = (parcel.expected.clone(), parcel.moved.clone());
    let reading = tokio::task::spawn_blocking(move || name_part(&path, &expected, &plan, &moved));
    reading
        .await
        .map_err(|error| unsendable(STEP, error))?
        .map_err(|fault| ApiError::new(STEP, fault))
}

/// The parts in ascending order, each number once (documented: Qiniu 6368).
fn complete_body(parts: &[SentPart], name: &str, mime: &str) -> Result<Vec<u8>, ApiError> {
    let named = by_number(parts)
        .into_iter()
        .map(|(part_number, etag)| NamedPart { etag, part_number });
    let body = CompleteBody {
        parts: named.collect(),
        fname: name,
        mime_type: mime,
    };
    serde_json::to_vec(&body).map_err(|error| unsendable(STEP, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lie_below_the_origin_of_upload_url() {
        for (upload_url, below, want) in [
            (
                "https://up.qbox.me",
                &[][..],
                "https://up.qbox.me/buckets/b-1/objects/~/uploads",
            ),
            (
                "https://up.qbox.me/some/path?x=1#y",
                &["68ab"][..],
                "https://up.qbox.me/buckets/b-1/objects/~/uploads/68ab",
            ),
            (
                "http://127.0.0.1:4001/",
                &["68ab", "12"][..],
                "http://127.0.0.1:4001/buckets/b-1/objects/~/uploads/68ab/12",
            ),
        ] {
            let url = Url::parse(upload_url).unwrap();
            assert_eq!(address(&url, "b-1", below).unwrap().as_str(), want);
        }
    }

    #[test]
    fn names_that_would_leave_their_place_are_not_sent() {
        let url = Url::parse("https://up.qbox.me").unwrap();
        for (bucket, id) in [
            ("..", "1"),
            ("", "1"),
            ("a/b", "1"),
            ("b", "../x"),
            ("b", ""),
        ] {
            let error = address(&url, bucket, &[id]).unwrap_err();
            assert_eq!(error.fault, Fault::Request, "{bucket} {id}");
        }
    }

    #[test]
    fn the_body_that_completes_is_that_of_the_clients() {
        let part = |number, etag: &str| SentPart {
            number,
            etag: etag.to_owned(),
            md5: String::new(),
        };
        // What Qiniu's client for Python sends, but for its optional members.
        let want = serde_json::json!({
            "parts": [
                { "etag": "Fgd8eREZ4FXnoK5eUHCJo_kRSDb1", "partNumber": 1 },
                { "etag": "FqXps45Za0BxypJ3SQ-bXXuz6x7o", "partNumber": 2 },
                { "etag": "Fp7nvA3apYgxAqerG6pFkSTEXjB9", "partNumber": 3 },
            ],
            "fname": "大 \"文件\".bin",
            "mimeType": "application/octet-stream",
        });
        let parts = [
            part(3, "replaced"),
            part(2, "FqXps45Za0BxypJ3SQ-bXXuz6x7o"),
            part(3, "Fp7nvA3apYgxAqerG6pFkSTEXjB9"),
            part(1, "Fgd8eREZ4FXnoK5eUHCJo_kRSDb1"),
        ];
        let body = complete_body(&parts, "大 \"文件\".bin", "application/octet-stream").unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, want);
    }
}
