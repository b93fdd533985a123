//! From where servers were reached, as far as connections may still be from there.
//!
//! Shared by the clients of one kind and their resolver. The system is asked by
//! sockets: whether all addresses are still there, once a second at most.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::upload_url::bare_host;
use super::way::{is_ours, source_for};

/// A server's address, and the one of this machine that it is reached from.
pub(super) type Way = (IpAddr, IpAddr);

/// Host → its ways, each with the time when this machine's address was seen last.
type Ways = HashMap<String, BTreeMap<Way, Instant>>;

#[derive(Debug, Default)]
struct Known {
    /// Since the kept connections were begun.
    by_host: Ways,
    /// When it was looked last whether those are still there.
    looked: Option<Instant>,
}

/// More often it is not looked: a thousand small files are two thousand calls.
const LOOK: Duration = Duration::from_secs(1);

/// How servers were reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached(Arc<Mutex<Known>>);

impl Reached {
    /// How a host was reached when a connection may have been made that a call of
    /// this time takes. Not: what was gone before. Asks the system nothing.
    pub(super) fn ways(&self, host: &str, called: Instant) -> BTreeSet<Way> {
        let known = self.known();
        let ways = known.by_host.get(host).into_iter().flatten();
        // Between two looks nobody knows when it went.
        let ways = ways.filter(|(_, seen)| **seen + LOOK >= called);
        ways.map(|(way, _)| *way).collect()
    }

    /// How a host is reached now, by the addresses that it was reached at before.
    /// Looks no name up.
    pub(super) fn ways_now(&self, host: &str) -> BTreeSet<Way> {
        let servers: BTreeSet<_> = {
            let known = self.known();
            let ways = known.by_host.get(host).into_iter().flatten();
            ways.map(|((server, _), _)| *server).collect()
        };
        let literal = bare_host(host).parse().ok();
        servers
            .into_iter()
            .chain(literal)
            .filter_map(way_to)
            .collect()
    }

    /// A connection to one of these addresses of a host may be made now.
    pub(super) fn note(&self, host: &str, found: impl IntoIterator<Item = IpAddr>) {
        let found: Vec<_> = found.into_iter().filter_map(way_to).collect();
        let now = Instant::now();
        let mut known = self.known();
        let ways = known.by_host.entry(host.to_owned()).or_default();
        ways.extend(found.into_iter().map(|way| (way, now)));
    }

    /// Whether this machine has lost an address that connections may have been made
    /// from. Looks once a second, for all hosts.
    pub(super) fn lost_an_address(&self) -> bool {
        let mut known = self.known();
        let now = Instant::now();
        if known.looked.is_some_and(|looked| now < looked + LOOK) {
            return false;
        }
        known.looked = Some(now);
        let mut all_there = true;
        for ((_, source), seen) in known.by_host.values_mut().flatten() {
            if is_ours(*source) {
                *seen = now;
            } else {
                all_there = false;
            }
        }
        !all_there
    }

    /// A call to this host begins. A name will be looked up for its connection; a
    /// number will not. What is this machine's own never goes.
    pub(super) fn called(&self, host: &str) {
        let server = bare_host(host).parse::<IpAddr>().ok();
        self.note(host, server.filter(|server| !server.is_loopback()));
    }

    /// There are no connections any more.
    pub(super) fn forget(&self) {
        let mut known = self.known();
        known.by_host.clear();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a server is reached now.
fn way_to(server: IpAddr) -> Option<Way> {
    Some((server, source_for(server)?))
}
