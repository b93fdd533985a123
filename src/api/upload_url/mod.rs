//! Which upload addresses are safe to use: the address comes from a server,
//! so a broken or hostile one must not point us anywhere it likes.
//!
//! Pure rules; where a name leads is asked in `names`, and the two come together
//! in `Store::upload_address`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::model::ServerAddress;

/// What a text as `upload_url` may be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadAddress {
    /// A file and its upload token may go there.
    Safe(Url),
    /// Plain HTTP, although nobody agreed to it at the sign-in: whoever looks after
    /// the file must agree before it goes there.
    Plain(Url),
    /// Nothing may go there: it is relative, has user information or a fragment,
    /// another scheme, or lies in the local machine or network where ONES does not.
    Unsafe,
}

/// Reads `upload_url`. A server that is given by name counts as public here.
#[must_use]
pub fn check_upload_url(server: &ServerAddress, text: &str) -> UploadAddress {
    check_upload_url_at(server, &[], text)
}

/// The same, with the addresses that the server's name leads to.
pub(super) fn check_upload_url_at(
    server: &ServerAddress,
    found: &[IpAddr],
    text: &str,
) -> UploadAddress {
    let ones = Url::parse(&server.to_string()).ok();
    let checked = ones.zip(Url::parse(text).ok());
    let checked = checked.and_then(|(ones, url)| {
        let store = place_of_store(&ones, found, &url)?;
        // Nobody is on the way within this machine. Whoever signed in over plain
        // HTTP to another one agreed to it for files, too.
        let private = url.scheme() == "https" || store == Place::Loopback;
        Some(if private || server.is_exposed() {
            UploadAddress::Safe(url)
        } else {
            UploadAddress::Plain(url)
        })
    });
    checked.unwrap_or(UploadAddress::Unsafe)
}

/// Where a store lies, if it may be used at all.
fn place_of_store(server: &Url, found: &[IpAddr], url: &Url) -> Option<Place> {
    let known = matches!(url.scheme(), "https" | "http");
    let clean = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    // Where a store's name leads is judged when a connection is made (`names`).
    let store = place_of_host(url.host_str()?).unwrap_or(Place::Public);
    let ones = place_of_host(server.host_str()?).or_else(|| place_of_all(found));
    (known && clean && store.is_open_to(ones)).then_some(store)
}

/// Where an address lies (source: IANA's registries of special addresses).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Somewhere in the Internet.
    Public,
    /// In a network of its own.
    Private,
    /// In a provider's own network (100.64.0.0/10), where some clouds' metadata
    /// are.
    Shared,
    /// On the same cable, where other clouds' metadata are.
    LinkLocal,
    /// On this machine.
    Loopback,
    /// No single host's.
    Nowhere,
}

impl Place {
    /// Whether an ONES server there may name a store here: each may name its own
    /// kind of place. One in the office has no business on this machine.
    pub(super) fn is_open_to(self, ones: Option<Self>) -> bool {
        self == Self::Public || (self != Self::Nowhere && ones == Some(self))
    }
}

/// Where a host lies that needs no look-up.
fn place_of_host(host: &str) -> Option<Place> {
    let host = bare_host(host);
    if let Ok(ip) = host.parse() {
        return Some(place_of(ip));
    }
    let is_here = host == "localhost" || host.ends_with(".localhost");
    is_here.then_some(Place::Loopback)
}

/// Where a host lies that has these addresses, if they agree.
pub(super) fn place_of_all(found: &[IpAddr]) -> Option<Place> {
    let place = place_of(*found.first()?);
    let agrees = found.iter().all(|ip| place_of(*ip) == place);
    agrees.then_some(place)
}

/// A host without brackets and final dot.
pub(super) fn bare_host(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Where an address lies.
///
/// 198.18.0.0/15 counts as public: proxies that work as a network card give
/// every public name an address from there. The unspecified address leads to
/// this machine.
pub(super) fn place_of(ip: IpAddr) -> Place {
    match ip {
        IpAddr::V4(ip) => place_of_v4(ip),
        IpAddr::V6(ip) => carried_v4(ip).map_or_else(|| place_of_v6(ip), place_of_v4),
    }
}

fn place_of_v4(ip: Ipv4Addr) -> Place {
    let [first, second, ..] = ip.octets();
    if ip.is_loopback() || ip.is_unspecified() {
        Place::Loopback
    } else if ip.is_link_local() {
        Place::LinkLocal
    } else if ip.is_private() {
        Place::Private
    } else if first == 100 && (64..128).contains(&second) {
        Place::Shared
    } else if first == 0 || ip.is_multicast() || ip.is_broadcast() {
        Place::Nowhere
    } else {
        Place::Public
    }
}

fn place_of_v6(ip: Ipv6Addr) -> Place {
    let [first, ..] = ip.segments();
    let is_site_local = first & 0xffc0 == 0xfec0;
    if ip.is_loopback() || ip.is_unspecified() {
        Place::Loopback
    } else if ip.is_unicast_link_local() {
        Place::LinkLocal
    } else if ip.is_unique_local() || is_site_local {
        Place::Private
    } else if ip.is_multicast() {
        Place::Nowhere
    } else {
        Place::Public
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, or
/// translated (NAT64, 6to4).
fn carried_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(v4(high, low))
        }
        [0, 0, 0, 0, 0, 0, high, low] if high > 0 => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
