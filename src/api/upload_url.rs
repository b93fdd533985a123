//! Which upload addresses are safe to use: the address comes from a server,
//! so a broken or hostile one must not point us anywhere it likes.
//!
//! Pure rules; where a name leads is asked in `names`, and the two come together
//! in `Store::upload_address`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::model::ServerAddress;

/// Reads `upload_url`. Gives `None` for an address that must not be used:
/// relative, with user information or fragment, plain HTTP where ONES itself
/// speaks HTTPS, or in the local machine or network where ONES is not.
///
/// A server that is given by name counts as public here.
#[must_use]
pub fn check_upload_url(server: &ServerAddress, text: &str) -> Option<Url> {
    check_upload_url_at(server, &[], text)
}

/// The same, with the addresses that the server's name leads to.
pub(super) fn check_upload_url_at(
    server: &ServerAddress,
    found: &[IpAddr],
    text: &str,
) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let server = Url::parse(&server.to_string()).ok()?;
    let plain_is_fine = server.scheme() == "http";
    let scheme_ok = url.scheme() == "https" || (url.scheme() == "http" && plain_is_fine);
    let clean = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    // Where a store's name leads is judged when a connection is made (`names`).
    let store = place_of_host(url.host_str()?).unwrap_or(Place::Public);
    let ones = place_of_host(server.host_str()?).or_else(|| place_of_all(found));
    (scheme_ok && clean && store.is_open_to(ones)).then_some(url)
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
mod tests {
    use super::*;

    fn check(server: &str, url: &str, safe: bool) {
        let server = ServerAddress::parse(server).expect(server);
        let got = check_upload_url(&server, url).is_some();
        assert_eq!(got, safe, "{server} names {url:?}");
    }

    /// What a public server may name.
    const SAFE: &[&str] = &[
        "https://up.qbox.me",
        "https://up-z2.qiniup.com/",
        "https://up.qbox.me:8443/",
        "https://up.qbox.me./",
        "HTTPS://UP.QBOX.ME/",
        "https://ones.example.com/api/project/files/upload",
        "https://ones.example.com?x=1",
        "https://203.0.113.7/",
        "https://8.8.8.8:443/",
        "https://172.32.0.1/",
        "https://192.169.1.1/",
        "https://11.0.0.1/",
        "https://100.63.0.1/",
        "https://100.128.0.1/",
        "https://198.18.0.7/",
        "https://[2001:db8::1]/",
        "https://[64:ff9b::808:808]/",
        "https://公司.example/",
        "https://xn--55qx5d.example/",
        "https://127.0.0.1.example.com/",
        "https://localhost.example.com/",
    ];

    /// What it may not: no address, another scheme, somebody's name in it, or a
    /// place that is not public, however it is spelt.
    const UNSAFE: &[&str] = &[
        "http://up.qbox.me",
        "http://ones.example.com/upload",
        "/api/project/files/upload",
        "up.qbox.me",
        "//up.qbox.me/",
        "",
        "https://",
        "file:///etc/passwd",
        "ftp://up.qbox.me/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "ws://up.qbox.me/",
        "https://me@up.qbox.me",
        "https://me:secret@up.qbox.me",
        "https://:secret@up.qbox.me",
        "http://a@b",
        "https://up.qbox.me/#x",
        "https://up.qbox.me:99999/",
        "https://two words/",
        "https://127.0.0.1/",
        "https://127.0.0.1:8080/",
        "https://127.1/",
        "https://127.8.9.10/",
        "https://127.0.0.1./",
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST/",
        "https://a.localhost/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://169.254.169.254/latest",
        "https://100.100.100.200/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://0.0.0.0/",
        "https://0.1.2.3/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a00:1]/",
        "https://[::7f00:1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[2002:a00:1::]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[fd00::1]/",
        "https://[ff02::1]/",
    ];

    #[test]
    fn s04_a_public_server_may_name_public_https_addresses_only() {
        for url in SAFE {
            check("https://ones.example.com", url, true);
        }
        for url in UNSAFE {
            check("https://ones.example.com", url, false);
        }
    }

    #[test]
    fn s04_a_server_inside_may_name_its_own_kind_of_place() {
        for (server, url, safe) in [
            ("http://10.0.0.5:9001", "http://10.0.0.5:9001/upload", true),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4001", true),
            ("http://localhost:4000", "http://127.0.0.1:4001", true),
            ("http://[::1]:4000", "http://127.0.0.1:4001", true),
            ("https://10.0.0.5", "http://10.0.0.6/", false),
            ("https://10.0.0.5", "https://10.0.0.6/", true),
            ("https://10.0.0.5", "https://[fd00::1]/", true),
            ("https://10.0.0.5", "https://up.qbox.me/", true),
            ("http://10.0.0.5", "http://127.0.0.1/", false),
            ("http://10.0.0.5", "http://localhost/", false),
            ("http://10.0.0.5", "http://0.0.0.0/", false),
            ("http://10.0.0.5", "http://169.254.169.254/", false),
            ("http://10.0.0.5", "http://100.100.100.200/", false),
            ("http://10.0.0.5", "http://224.0.0.1/", false),
            ("http://127.0.0.1", "http://10.0.0.5/", false),
            ("http://127.0.0.1", "http://169.254.169.254/", false),
            ("http://169.254.1.1", "http://169.254.1.2/", true),
            ("http://100.64.0.1", "http://100.64.0.2/", true),
        ] {
            check(server, url, safe);
        }
    }

    #[test]
    fn s04_a_server_that_is_given_by_name_is_where_its_addresses_are() {
        for (server, found, url, safe) in [
            (
                "http://ones.corp",
                &["10.0.0.5"][..],
                "http://10.0.0.6:9000/upload",
                true,
            ),
            (
                "http://ones.corp",
                &["10.0.0.5", "fd00::5"],
                "http://10.0.0.6/",
                true,
            ),
            (
                "http://ones.corp",
                &["10.0.0.5"],
                "http://127.0.0.1/",
                false,
            ),
            (
                "http://ones.corp",
                &["10.0.0.5"],
                "http://169.254.169.254/",
                false,
            ),
            (
                "https://ones.corp",
                &["10.0.0.5"],
                "http://10.0.0.6/",
                false,
            ),
            (
                "http://ones.corp",
                &["10.0.0.5", "203.0.113.1"],
                "http://10.0.0.6/",
                false,
            ),
            (
                "http://ones.corp",
                &["203.0.113.1"],
                "http://10.0.0.6/",
                false,
            ),
            ("http://ones.corp", &[], "http://10.0.0.6/", false),
            ("http://ones.corp", &[], "http://store.corp/", true),
        ] {
            let server = ServerAddress::parse(server).unwrap();
            let found: Vec<IpAddr> = found.iter().map(|ip| ip.parse().unwrap()).collect();
            let got = check_upload_url_at(&server, &found, url);
            assert_eq!(got.is_some(), safe, "{server} at {found:?} names {url}");
        }
    }
}
