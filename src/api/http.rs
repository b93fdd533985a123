//! The HTTP clients and the rules that hold for every request: redirects off,
//! no cookies, no referer, errors without addresses. How answers are read: `answer`.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, Url, redirect, retry};

use super::error::{ApiError, Fault};
use super::names::{Guard, LedInside, Names};
use super::reached::Reached;
use super::tls;
use super::upload_url::bare_host;
use super::way::{Route, is_ours};
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
/// the two share no connection and no header; and once more for either, which keeps
/// no connection.
#[derive(Clone, Debug)]
pub struct Http {
    pool: Arc<Mutex<Pool>>,
    keeps: Keeps,
    guard: Guard,
    reached: Reached,
    /// Those that the library reads from the system by itself.
    proxies: Arc<Matcher>,
    pub(super) limits: Limits,
}

/// Clients with the connections that they keep.
#[derive(Debug)]
struct Pool {
    through_proxy: Client,
    direct: Client,
}

/// What becomes of a connection whose call is done.
#[derive(Clone, Copy, Debug)]
enum Keeps {
    /// It is kept for the next call.
    Connections,
    Nothing,
}

impl Http {
    /// Makes the clients.
    pub fn new(limits: Limits) -> Result<Self, reqwest::Error> {
        Self::with_names(limits, &Names::default())
    }

    /// The same, with names looked up there.
    pub fn with_names(limits: Limits, names: &Names) -> Result<Self, reqwest::Error> {
        Self::build(limits, names, Keeps::Connections)
    }

    /// The same without kept connections: for a try after one that broke on a
    /// connection which the server may have closed meanwhile.
    pub fn unpooled(limits: Limits, names: &Names) -> Result<Self, reqwest::Error> {
        Self::build(limits, names, Keeps::Nothing)
    }

    fn build(limits: Limits, names: &Names, keeps: Keeps) -> Result<Self, reqwest::Error> {
        let reached = Reached::default();
        let guard = Guard::new(names.clone(), reached.clone());
        let pool = Pool::new(limits, keeps, &guard)?;
        Ok(Self {
            pool: Arc::new(Mutex::new(pool)),
            keeps,
            guard,
            reached,
            proxies: Arc::new(Matcher::from_system()),
            limits,
        })
    }

    /// The client for a store: its name is looked up with care from now on.
    pub(super) fn client_for_store(&self, url: &Url, ones: Option<&ServerAddress>) -> Client {
        let host = url.host_str().unwrap_or_default();
        self.guard.watch(host, ones.map(ServerAddress::host));
        self.client_for(url)
    }

    /// The addresses of an ONES server's name; none if they cannot be had.
    pub(super) async fn addresses_of(&self, server: &ServerAddress) -> Vec<IpAddr> {
        self.guard.addresses_of(server.host()).await
    }

    /// How this server is reached now, and was when a connection may have been made
    /// that a call of this time takes, as far as that is known. Once a way is gone
    /// that is no more: the connection is from before. Of what goes by a proxy nothing
    /// is known.
    pub(super) fn routes(&self, url: &Url, called: Instant) -> Vec<Route> {
        if goes_by_proxy(&self.proxies, url) {
            return Vec::new();
        }
        let host = url.host_str().unwrap_or_default();
        let mut ways = self.reached.ways(host, called);
        if ways.iter().all(|(_, source)| is_ours(*source)) {
            ways.extend(self.reached.ways_now(host));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let route = |(server, source)| Route {
            server: SocketAddr::new(server, port),
            source,
        };
        ways.into_iter().map(route).collect()
    }

    /// The client for an address: this machine is never asked for by proxy. After
    /// this machine has lost an address, those with kept connections are replaced
    /// (it is looked once a second): what was connected from there is dead, and a call
    /// on it would wait for its limit (F32).
    pub(super) fn client_for(&self, url: &Url) -> Client {
        let host = url.host_str().unwrap_or_default();
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if self.reached.lost_an_address()
            && let Ok(fresh) = Pool::new(self.limits, self.keeps, &self.guard)
        {
            *pool = fresh;
            self.reached.forget();
        }
        self.reached.called(host);
        if is_this_machine(host) {
            pool.direct.clone()
        } else {
            pool.through_proxy.clone()
        }
    }
}

impl Pool {
    fn new(limits: Limits, keeps: Keeps, guard: &Guard) -> Result<Self, reqwest::Error> {
        let builder = || {
            let builder = builder(limits).dns_resolver(guard.clone());
            match keeps {
                Keeps::Connections => builder,
                Keeps::Nothing => builder.pool_max_idle_per_host(0),
            }
        };
        Ok(Self {
            through_proxy: builder().build()?,
            direct: builder().no_proxy().build()?,
        })
    }
}

/// Whether the library asks a proxy for this address.
fn goes_by_proxy(proxies: &Matcher, url: &Url) -> bool {
    let is_ours = url.host_str().is_some_and(is_this_machine);
    let address = url.as_str().parse().ok();
    !is_ours && address.is_some_and(|address| proxies.intercept(&address).is_some())
}

/// Whether a host of an address is this machine by definition, however it is
/// spelled (RFC 6761 for names).
fn is_this_machine(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    match bare_host(name).parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback(),
        Ok(IpAddr::V6(ip)) => ip == Ipv6Addr::LOCALHOST,
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_by_a_proxy_is_known() {
        let some = Matcher::builder()
            .all("http://proxy.example:3128")
            .no("10.0.0.0/8,inside.example")
            .build();
        for (url, want) in [
            ("https://ones.example/project/api", true),
            ("https://203.0.113.7:8443/", true),
            ("http://203.0.113.7/", true),
            ("https://10.1.2.3/", false),
            ("https://up.inside.example/", false),
            ("http://127.0.0.2:1234/", false),
            ("http://store.localhost/", false),
        ] {
            let none = Matcher::builder().build();
            let url = Url::parse(url).unwrap();
            assert_eq!(goes_by_proxy(&some, &url), want, "{url}");
            assert!(!goes_by_proxy(&none, &url), "{url}");
        }
    }

    #[test]
    fn this_machine_is_known_by_all_its_spellings() {
        for host in [
            "127.0.0.1",
            "127.0.0.2",
            "127.255.255.254",
            "[::1]",
            "localhost",
            "localhost.",
            "ones.localhost",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "128.0.0.1",
            "[::2]",
            "localhost.example",
            "notlocalhost",
            "ones.example",
            "",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
