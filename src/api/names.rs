//! Names to addresses, and which answers a store's name may have.
//!
//! ONES names the store, and whoever runs the store's name says where it leads:
//! to a public address when it is checked, to this machine a moment later (DNS
//! rebinding). So the answer itself is judged, each time a connection is made.
//! Used by the HTTP clients; knows no request. Through a proxy it is the proxy
//! that looks the store up, and only the proxy's own name comes by here.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::reached::Reached;
use super::upload_url::{Place, bare_host, place_of, place_of_all};

/// The addresses of a name, once they are known.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Whoever knows names.
pub trait LookUp: Send + Sync {
    /// The addresses of a host.
    fn look_up(&self, host: &str) -> Found;
}

/// Where names are looked up: in the system, or in a test's own list.
#[derive(Clone)]
pub struct Names(Arc<dyn LookUp>);

impl Names {
    /// Looks names up there.
    pub fn from(source: impl LookUp + 'static) -> Self {
        Self(Arc::new(source))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::from(System)
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

/// The system's own resolver.
struct System;

impl LookUp for System {
    fn look_up(&self, host: &str) -> Found {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// As the HTTP library wants errors.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// A store's name led to where no store may be.
#[derive(Debug)]
pub(super) struct LedInside;

impl fmt::Display for LedInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads into the local machine or network")
    }
}

impl std::error::Error for LedInside {}

/// The resolver of one client: guards the names that it was told are stores'.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    names: Names,
    /// Store → ONES server that named it.
    stores: Arc<Mutex<HashMap<String, Option<String>>>>,
    reached: Reached,
}

impl Guard {
    /// What it finds is noted in `reached`.
    pub(super) fn new(names: Names, reached: Reached) -> Self {
        Self {
            names,
            stores: Arc::default(),
            reached,
        }
    }

    /// From now on this host is a store's, named by this ONES server.
    pub(super) fn watch(&self, store: &str, ones: Option<&str>) {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.insert(store.to_owned(), ones.map(str::to_owned));
    }

    async fn addresses(self, host: String) -> Result<Vec<IpAddr>, Trouble> {
        let ones = {
            let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
            stores.get(&host).cloned()
        };
        let found = self.names.0.look_up(&host).await?;
        let Some(ones) = ones else {
            return Ok(found); // not a store's
        };
        let is_public = |ip: &IpAddr| place_of(*ip) == Place::Public;
        if found.iter().all(is_public) {
            return Ok(found);
        }
        let at = self.place_of_server(ones.as_deref()).await;
        let open = |ip: &IpAddr| place_of(*ip).is_open_to(at);
        let open: Vec<_> = found.into_iter().filter(open).collect();
        if open.is_empty() {
            return Err(LedInside.into());
        }
        Ok(open)
    }

    /// Where the ONES server is. A name that cannot be looked up, or leads to
    /// several kinds of places, proves nothing.
    async fn place_of_server(&self, ones: Option<&str>) -> Option<Place> {
        let host = ones?;
        match bare_host(host).parse() {
            Ok(ip) => Some(place_of(ip)),
            Err(_name) => place_of_all(&self.addresses_of(host).await),
        }
    }

    /// The addresses of an ONES server; none if they cannot be had.
    pub(super) async fn addresses_of(&self, host: &str) -> Vec<IpAddr> {
        self.names.0.look_up(host).await.unwrap_or_default()
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = guard.clone().addresses(host.clone()).await?;
            guard.reached.note(&host, found.iter().copied());
            // Port 0 is replaced by that of the address.
            let addresses = found.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `store` and `ones` as given, whatever is asked.
    struct List(Vec<IpAddr>, Vec<IpAddr>);

    impl LookUp for List {
        fn look_up(&self, host: &str) -> Found {
            let found = match host {
                "store.example" => self.0.clone(),
                "ones.example" => self.1.clone(),
                _ => Vec::new(),
            };
            Box::pin(async move { Ok(found) })
        }
    }

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn s04_a_stores_name_may_lead_inside_only_where_ones_is() {
        let public = "203.0.113.7";
        for (store, server, ones, want) in [
            (&[public][..], "ones.example", public, Some(&[public][..])),
            (&["10.0.0.6"], "ones.example", public, None),
            (&["127.0.0.1", "::1"], "ones.example", public, None),
            (&["169.254.169.254"], "ones.example", public, None),
            (
                &["10.0.0.6", public],
                "ones.example",
                public,
                Some(&[public]),
            ),
            (
                &["10.0.0.6"],
                "ones.example",
                "10.0.0.5",
                Some(&["10.0.0.6"]),
            ),
            (&["10.0.0.6"], "10.0.0.5", public, Some(&["10.0.0.6"])),
            (&["10.0.0.6"], "[fd00::5]", public, Some(&["10.0.0.6"])),
            (&["10.0.0.6"], "unknown.example", public, None),
            (&["127.0.0.1"], "ones.example", "10.0.0.5", None),
            (&["127.0.0.1"], "127.0.0.1", public, Some(&["127.0.0.1"])),
            (&["169.254.169.254"], "10.0.0.5", public, None),
            (
                &["127.0.0.1", "10.0.0.6"],
                "10.0.0.5",
                public,
                Some(&["10.0.0.6"]),
            ),
        ] {
            let names = Names::from(List(ips(store), ips(&[ones])));
            let guard = Guard::new(names, Reached::default());
            guard.watch("store.example", Some(server));
            let got = guard.addresses("store.example".into()).await;
            assert_eq!(got.ok(), want.map(ips), "{store:?} by {server} at {ones}");
        }
    }

    #[tokio::test]
    async fn other_names_such_as_a_proxys_may_lead_anywhere() {
        let guard = Guard::new(
            Names::from(List(ips(&["10.0.0.6"]), vec![])),
            Reached::default(),
        );
        let found = guard.clone().addresses("store.example".into()).await;
        assert_eq!(found.ok(), Some(ips(&["10.0.0.6"])));
        guard.watch("store.example", None);
        let found = guard.addresses("store.example".into()).await;
        assert!(found.is_err(), "a store that nobody named is guarded too");
    }
}
