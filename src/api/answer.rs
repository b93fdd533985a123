//! One answer of a server: read to its end within limits, secrets crossed out
//! before anything of it is kept, an error made of what is no success.
//!
//! Made by the calls of both servers (`ones`, `store`, `resumable`). Judges no
//! answer's meaning beyond success and refusal.

use std::time::{Duration, SystemTime};

use reqwest::{Response, Url};
use serde::de::DeserializeOwned;

use super::error::{ApiError, Fault};
use super::http::from_reqwest;
use crate::model::{Secret, Step};

/// A longer body is no answer of ours.
const BODY_MAX_BYTES: usize = 1024 * 1024;
/// Nor is a longer head: names and values of all headers.
const HEAD_MAX_BYTES: usize = 64 * 1024;
/// The server's own words are cut here.
const TEXT_MAX_CHARS: usize = 200;
/// A shorter secret is not looked for in texts: it would be found by chance.
const SECRET_MIN_BYTES: usize = 8;

/// The head of an answer, kept for details, and its body.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `X-Reqid`, as it may be kept.
    pub(super) request_id: Option<String>,
    /// `X-Log`, as it may be kept.
    pub(super) store_log: Option<String>,
    pub(super) retry_after_secs: Option<u64>,
    /// Where a redirect leads; only its host is ever told, by `redirect_host`.
    location: Option<Url>,
    pub(super) body: Vec<u8>,
    /// What an honest gateway may echo and nobody may see again.
    hidden: Vec<Secret>,
}

impl Answer {
    /// Reads an answer to its end, at most 64 KiB of head and 1 MiB of body, for
    /// a limited time. The secrets of the request are crossed out wherever the
    /// server's words are kept, also in the error of an answer that breaks off:
    /// some servers and gateways echo what they refuse.
    pub(super) async fn read(
        step: Step,
        response: Response,
        limit: Duration,
        hidden: &[&Secret],
    ) -> Result<Self, ApiError> {
        let mut answer = Self::head(&response, hidden);
        if head_bytes(&response) > HEAD_MAX_BYTES {
            return Err(answer.error(step, Fault::TooLong));
        }
        let reading = tokio::time::timeout(limit, read_body(step, response, limit));
        let Ok(body) = reading.await else {
            let after_secs = limit.as_secs();
            return Err(answer.error(step, Fault::TimedOut { after_secs }));
        };
        answer.body = body.map_err(|error| answer.explain(error))?;
        Ok(answer)
    }

    fn head(response: &Response, hidden: &[&Secret]) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let answered = header("date").and_then(|date| httpdate::parse_http_date(&date).ok());
        let mut answer = Self {
            status: response.status().as_u16(),
            retry_after_secs: header("retry-after").and_then(|wish| retry_after(&wish, answered)),
            // It may name a path only (RFC 9110, 10.2.2).
            location: header("location").and_then(|to| response.url().join(&to).ok()),
            hidden: hidden.iter().map(|secret| (*secret).clone()).collect(),
            ..Self::default()
        };
        answer.request_id = header("x-reqid").map(|text| answer.shown(&text));
        answer.store_log = header("x-log").map(|text| answer.shown(&text));
        answer
    }

    /// An answer for whoever has its bytes and no server.
    pub(super) fn of_bytes(status: u16, body: &[u8]) -> Self {
        Self {
            status,
            body: body.to_vec(),
            ..Self::default()
        }
    }

    /// A server's word as it may be kept: one short line without secrets. Cut
    /// only here, so that no half of a secret is left.
    pub(super) fn shown(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.worth_hiding() {
            text = text.replace(secret, "****");
        }
        clean(&text)
    }

    fn worth_hiding(&self) -> impl Iterator<Item = &str> {
        let secrets = self.hidden.iter().map(Secret::reveal);
        secrets.filter(|secret| secret.len() >= SECRET_MIN_BYTES)
    }

    /// The body as JSON; a redirect or any status but 200 is an error.
    pub(super) fn json<T: DeserializeOwned>(&self, step: Step) -> Result<T, ApiError> {
        if let Some(error) = self.redirect(step) {
            return Err(error);
        }
        if self.status != 200 {
            return Err(self.refusal(step));
        }
        if let Some(error) = self.error_in_success(step) {
            return Err(error);
        }
        serde_json::from_slice(&self.body).map_err(|source| {
            let mut error = self.error(step, Fault::NotJson);
            error.source = Some(without_values(&source).into());
            error
        })
    }

    /// The error that a redirect is.
    pub(super) fn redirect(&self, step: Step) -> Option<ApiError> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        let mut error = self.error(step, Fault::Redirect);
        error.text = Some(self.redirect_host());
        Some(error)
    }

    /// An error that carries this answer's head.
    pub(super) fn error(&self, step: Step, fault: Fault) -> ApiError {
        self.explain(ApiError::new(step, fault))
    }

    /// An error status with the server's own words.
    pub(super) fn refusal(&self, step: Step) -> ApiError {
        let mut error = self.error(step, Fault::Status);
        if let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(&self.body) {
            let text = |key: &str| {
                let value = body.get(key)?.as_str()?;
                Some(self.shown(value))
            };
            // ONES: `errcode` and `reason` (documented: ONES API, errors), `desc` in
            // lists of errors (documented: resource). `error_code` of newer builds
            // (seen in one public client). Kodo: `error` (documented: Qiniu 3928).
            error.code = text("errcode").or_else(|| text("error_code"));
            error.text = text("error")
                .or_else(|| text("desc"))
                .or_else(|| text("reason"));
        }
        error
    }

    /// Some calls answer 200 with an error body, and a gateway whose session
    /// ended answers 200 with a `login_url` (both seen in public clients).
    fn error_in_success(&self, step: Step) -> Option<ApiError> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let code = body.get("code").and_then(serde_json::Value::as_u64);
        let refused = body.get("errcode").and_then(|code| code.as_str());
        let status = match refused {
            Some("OK") | None if body.get("login_url").is_some() => Some(401),
            Some("OK") | None => return None,
            Some(_) => code.and_then(|code| u16::try_from(code).ok()),
        };
        let mut error = self.refusal(step);
        error.status = status.or(error.status);
        Some(error)
    }

    fn explain(&self, mut error: ApiError) -> ApiError {
        error.status = Some(self.status);
        error.request_id.clone_from(&self.request_id);
        error.store_log.clone_from(&self.store_log);
        error.retry_after_secs = self.retry_after_secs;
        error
    }

    /// The host of `Location`. Hosts are in lower case, and so may an echoed
    /// secret be.
    fn redirect_host(&self) -> String {
        let host = self.location.as_ref().and_then(Url::host_str);
        let mut host = host.unwrap_or_default().to_owned();
        for secret in self.worth_hiding() {
            host = host.replace(&secret.to_ascii_lowercase(), "****");
        }
        self.shown(&host)
    }
}

fn head_bytes(response: &Response) -> usize {
    let headers = response.headers().iter();
    headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

async fn read_body(
    step: Step,
    mut response: Response,
    limit: Duration,
) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|error| from_reqwest(step, error, limit))? else {
            return Ok(body);
        };
        if body.len() + chunk.len() > BODY_MAX_BYTES {
            return Err(ApiError::new(step, Fault::TooLong));
        }
        body.extend_from_slice(&chunk);
    }
}

/// What a parser says, without the values that it quotes: one may be a token
/// that stands where it does not belong.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if let Some((_, expected)) = text.rsplit_once(", expected ") {
        return format!("expected {expected}");
    }
    if error.is_data() && !text.starts_with("missing field") {
        return format!("line {} column {}", error.line(), error.column());
    }
    text
}

/// `Retry-After` as seconds, or as a date: by the answer's own clock (`Date`),
/// else by this machine's. Anything else says nothing.
#[must_use]
pub fn retry_after(value: &str, answered: Option<SystemTime>) -> Option<u64> {
    if let Ok(secs) = value.parse() {
        return Some(secs);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let now = answered.unwrap_or_else(SystemTime::now);
    Some(date.duration_since(now).map_or(0, |left| left.as_secs()))
}

/// One line of at most 200 characters without control characters.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_MAX_CHARS)
        .collect()
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
