//! The HTTP clients and the rules that hold for every request: redirects off,
//! no cookies, no referer, answers capped, errors without addresses.

use std::io;
use std::time::{Duration, SystemTime};

use reqwest::{Client, Response, Url, redirect, retry};
use serde::de::DeserializeOwned;

use super::error::{ApiError, Fault};
use crate::model::Step;

/// How long calls may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// DNS, TCP and TLS together.
    pub connect: Duration,
    /// A JSON call in all; the body of any answer once its head is there.
    pub call: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(30),
        }
    }
}

/// More than this is no answer of ours.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;
/// The server's own words are cut here.
const TEXT_MAX_CHARS: usize = 200;

/// A pooled client, made once for the ONES server and once for stores, so that
/// the two share no connection and no header.
#[derive(Clone, Debug)]
pub struct Http {
    through_proxy: Client,
    direct: Client,
    pub(super) limits: Limits,
}

impl Http {
    /// Makes the clients.
    pub fn new(limits: Limits) -> Result<Self, reqwest::Error> {
        Self::build(limits, builder)
    }

    /// The same without kept connections: for a try after one that broke on a
    /// connection which the server may have closed meanwhile.
    pub fn unpooled(limits: Limits) -> Result<Self, reqwest::Error> {
        Self::build(limits, |limits| builder(limits).pool_max_idle_per_host(0))
    }

    fn build(
        limits: Limits,
        builder: impl Fn(Limits) -> reqwest::ClientBuilder,
    ) -> Result<Self, reqwest::Error> {
        // A bare system without certificates (on Debian: ca-certificates) gives
        // no client at all. One that trusts nobody still speaks plain HTTP, and
        // says of HTTPS what is wrong.
        let build = |builder: &dyn Fn() -> reqwest::ClientBuilder| {
            builder().build().or_else(|error| {
                tracing::warn!(%error, "the system's certificates cannot be used");
                builder().tls_certs_only(std::iter::empty()).build()
            })
        };
        Ok(Self {
            through_proxy: build(&|| builder(limits))?,
            direct: build(&|| builder(limits).no_proxy())?,
            limits,
        })
    }

    /// The client for an address: this machine is never asked for by proxy.
    pub(super) fn client_for(&self, url: &Url) -> &Client {
        let host = url.host_str().unwrap_or_default();
        if matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
            &self.direct
        } else {
            &self.through_proxy
        }
    }
}

fn builder(limits: Limits) -> reqwest::ClientBuilder {
    let builder = Client::builder();
    // The library would end a connection after 30 s in which the other side took
    // nothing; how long that may be is for the engine's watchdog to say.
    #[cfg(target_os = "linux")]
    let builder = builder.tcp_user_timeout(None);
    builder
        .user_agent(concat!("ones-drop/", env!("CARGO_PKG_VERSION")))
        // reqwest would carry `Ones-Auth-Token` along to any other host.
        .redirect(redirect::Policy::none())
        .referer(false)
        // A streamed body cannot be repeated by the client; the engine does it.
        .retry(retry::never())
        .connect_timeout(limits.connect)
        // HTTP/2 was measured to be slower for uploads (1.2–1.3 times).
        .http1_only()
}

/// The head of an answer, kept for details, and its body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    pub(super) store_log: Option<String>,
    pub(super) retry_after_secs: Option<u64>,
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Reads an answer to its end, at most 1 MiB of it and for a limited time.
    pub(super) async fn read(
        step: Step,
        response: Response,
        limit: Duration,
    ) -> Result<Self, ApiError> {
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(clean(&String::from_utf8_lossy(value.as_bytes())))
        };
        let mut answer = Self {
            status: response.status().as_u16(),
            request_id: header("x-reqid"),
            store_log: header("x-log"),
            retry_after_secs: header("retry-after").and_then(|value| retry_after(&value)),
            location: header("location"),
            body: Vec::new(),
        };
        let reading = tokio::time::timeout(limit, read_body(step, response));
        let Ok(body) = reading.await else {
            let after_secs = limit.as_secs();
            return Err(answer.error(step, Fault::TimedOut { after_secs }));
        };
        answer.body = body.map_err(|error| answer.explain(error))?;
        Ok(answer)
    }

    /// The body as JSON; a redirect or any status but 200 is an error.
    pub(super) fn json<T: DeserializeOwned>(&self, step: Step) -> Result<T, ApiError> {
        if (300..400).contains(&self.status) {
            let mut error = self.error(step, Fault::Redirect);
            error.text = Some(self.redirect_host());
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
            error.source = Some(source.into());
            error
        })
    }

    /// An error that carries this answer's head.
    pub(super) fn error(&self, step: Step, fault: Fault) -> ApiError {
        self.explain(ApiError::new(step, fault))
    }

    /// An error status with the server's own words.
    pub(super) fn refusal(&self, step: Step) -> ApiError {
        let mut error = self.error(step, Fault::Status);
        if let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(&self.body) {
            let text = |key: &str| body.get(key).and_then(|value| value.as_str()).map(clean);
            // ONES: errcode, reason. Kodo: error.
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

    pub(super) fn redirect_host(&self) -> String {
        let location = self.location.as_deref().unwrap_or_default();
        Url::parse(location)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

async fn read_body(step: Step, mut response: Response) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| from_reqwest(step, e))? {
        if body.len() + chunk.len() > ANSWER_MAX_BYTES {
            return Err(ApiError::new(step, Fault::TooLong));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A request that could not even be made.
pub(super) fn unsendable(
    step: Step,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ApiError {
    let mut error = ApiError::new(step, Fault::Request);
    error.source = Some(Box::new(source));
    error
}

/// Sorts a library error by its cause chain and takes the address out.
pub(super) fn from_reqwest(step: Step, error: reqwest::Error) -> ApiError {
    let fault = fault_of(&error);
    let mut api = ApiError::new(step, fault);
    if let Some(host) = error.url().and_then(Url::host_str) {
        host.clone_into(&mut api.host);
    }
    api.source = Some(error.without_url().into());
    api
}

fn fault_of(error: &reqwest::Error) -> Fault {
    let io = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    if let Some(kind) = io.and_then(file_fault) {
        return kind;
    }
    if error.is_connect() {
        // rustls reports a refused certificate as invalid data.
        return match io.map(io::Error::kind) {
            Some(io::ErrorKind::InvalidData) => Fault::Certificate,
            _ => Fault::Connect,
        };
    }
    if error.is_builder() {
        return Fault::Request;
    }
    Fault::Broken
}

/// A reader's error travels through the HTTP library wrapped in one of ours.
fn file_fault(error: &io::Error) -> Option<Fault> {
    let inner = error.get_ref()?.downcast_ref::<super::body::FileFault>()?;
    Some(match inner {
        super::body::FileFault::Changed => Fault::FileChanged,
        super::body::FileFault::Read(kind) => Fault::File(*kind),
    })
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// `Retry-After` as seconds, or as a date by this machine's clock. Anything else
/// says nothing.
#[must_use]
pub fn retry_after(value: &str) -> Option<u64> {
    if let Ok(secs) = value.parse() {
        return Some(secs);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(
        date.duration_since(SystemTime::now())
            .map_or(0, |left| left.as_secs()),
    )
}

/// One line of at most 200 characters without control characters.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_MAX_CHARS)
        .collect()
}
