//! The HTTP clients and the rules that hold for every request: redirects off,
//! no cookies, no referer, errors without addresses. How answers are read: `answer`.

use std::io;
use std::time::Duration;

use reqwest::{Client, Url, redirect, retry};

use super::error::{ApiError, Fault};
use super::names::{Guard, LedInside, Names};
use super::tls;
use crate::model::{ServerAddress, Step};

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

/// A pooled client, made once for the ONES server and once for stores, so that
/// the two share no connection and no header.
#[derive(Clone, Debug)]
pub struct Http {
    through_proxy: Client,
    direct: Client,
    guard: Guard,
    pub(super) limits: Limits,
}

impl Http {
    /// Makes the clients.
    pub fn new(limits: Limits) -> Result<Self, reqwest::Error> {
        Self::with_names(limits, &Names::default())
    }

    /// The same, with names looked up there.
    pub fn with_names(limits: Limits, names: &Names) -> Result<Self, reqwest::Error> {
        Self::build(limits, names, builder)
    }

    /// The same without kept connections: for a try after one that broke on a
    /// connection which the server may have closed meanwhile.
    pub fn unpooled(limits: Limits, names: &Names) -> Result<Self, reqwest::Error> {
        let unpooled = |limits| builder(limits).pool_max_idle_per_host(0);
        Self::build(limits, names, unpooled)
    }

    fn build(
        limits: Limits,
        names: &Names,
        builder: impl Fn(Limits) -> reqwest::ClientBuilder,
    ) -> Result<Self, reqwest::Error> {
        let guard = Guard::new(names.clone());
        let builder = |limits| builder(limits).dns_resolver(guard.clone());
        Ok(Self {
            through_proxy: builder(limits).build()?,
            direct: builder(limits).no_proxy().build()?,
            limits,
            guard,
        })
    }

    /// The client for a store: its name is looked up with care from now on.
    pub(super) fn client_for_store(&self, url: &Url, ones: Option<&ServerAddress>) -> &Client {
        let host = url.host_str().unwrap_or_default();
        self.guard.watch(host, ones.map(ServerAddress::host));
        self.client_for(url)
    }

    /// The addresses of an ONES server's name; none if they cannot be had.
    pub(super) async fn addresses_of(&self, server: &ServerAddress) -> Vec<std::net::IpAddr> {
        self.guard.addresses_of(server.host()).await
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
    let builder = match tls::shared() {
        Some(config) => builder.tls_backend_preconfigured(config),
        None => builder,
    };
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

/// A request that could not even be made.
pub(super) fn unsendable(
    step: Step,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ApiError {
    let mut error = ApiError::new(step, Fault::Request);
    error.source = Some(Box::new(source));
    error
}

/// Sorts a library error by its cause chain and takes the address out. The limit
/// is the one that the call had.
pub(super) fn from_reqwest(step: Step, error: reqwest::Error, limit: Duration) -> ApiError {
    let fault = fault_of(&error, limit);
    let mut api = ApiError::new(step, fault);
    if let Some(host) = error.url().and_then(Url::host_str) {
        host.clone_into(&mut api.host);
    }
    api.source = Some(error.without_url().into());
    api
}

fn fault_of(error: &reqwest::Error, limit: Duration) -> Fault {
    if causes(error).any(<dyn std::error::Error>::is::<LedInside>) {
        return Fault::UnsafeAddress;
    }
    let io = || causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    if let Some(kind) = io().find_map(file_fault) {
        return kind;
    }
    if error.is_connect() {
        return io().find_map(tls_fault).unwrap_or(Fault::Connect);
    }
    if error.is_builder() {
        return Fault::Request;
    }
    if error.is_timeout() {
        let after_secs = limit.as_secs();
        return Fault::TimedOut { after_secs };
    }
    Fault::Broken
}

/// What TLS has to say when it makes no connection: the certificate is not
/// trusted, or the other side speaks no TLS that is safe.
fn tls_fault(error: &io::Error) -> Option<Fault> {
    let inner = error.get_ref()?;
    // An I/O error in an I/O error is no cause of it: `source` leaps over it.
    if let Some(error) = inner.downcast_ref::<io::Error>() {
        return tls_fault(error);
    }
    let refused = inner.downcast_ref::<rustls::Error>()?;
    Some(match refused {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            Fault::Certificate
        }
        _ => Fault::NoTls,
    })
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
