//! Which upload addresses are safe to use: the address comes from a server,
//! so a broken or hostile one must not point us anywhere it likes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::model::ServerAddress;

/// Reads `upload_url`. Gives `None` for an address that must not be used:
/// relative, with user information or fragment, plain HTTP where ONES itself
/// speaks HTTPS, or inside the local machine or network where ONES is not.
#[must_use]
pub fn check_upload_url(server: &ServerAddress, text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let server = Url::parse(&server.to_string()).ok()?;
    let plain_is_fine = server.scheme() == "http";
    let scheme_ok = url.scheme() == "https" || (url.scheme() == "http" && plain_is_fine);
    let clean = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let place_ok = place(&url)? == Place::Public || place(&server)? != Place::Public;
    (scheme_ok && clean && place_ok).then_some(url)
}

#[derive(PartialEq, Eq)]
enum Place {
    Public,
    Inside,
}

/// Where a literal host lies. A name counts as public here: where it leads is
/// judged when a connection is made (`names.rs`).
fn place(url: &Url) -> Option<Place> {
    let host = bare_host(url.host_str()?);
    let inside = match host.parse() {
        Ok(ip) => is_inside(ip),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    };
    Some(if inside { Place::Inside } else { Place::Public })
}

/// A host without brackets and final dot.
pub(super) fn bare_host(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Whether an address belongs to this machine, to a network of its own, or to
/// nobody (source: IANA's registries of special addresses).
///
/// 198.18.0.0/15 is not among them: proxies that work as a network card give
/// every public name an address from there.
pub(super) fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_inside_v4(ip),
        IpAddr::V6(ip) => carried_v4(ip).map_or_else(|| is_inside_v6(ip), is_inside_v4),
    }
}

fn is_inside_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    // 100.64.0.0/10: a provider's own network, and some clouds' metadata.
    let shared = first == 100 && (64..128).contains(&second);
    shared
        || first == 0
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
}

fn is_inside_v6(ip: Ipv6Addr) -> bool {
    let [first, ..] = ip.segments();
    let site_local = first & 0xffc0 == 0xfec0;
    site_local
        || ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_unique_local()
        || ip.is_unicast_link_local()
        || ip.is_multicast()
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
    fn s04_a_server_inside_may_name_addresses_inside() {
        check("http://10.0.0.5:9001", "http://10.0.0.5:9001/upload", true);
        check("http://127.0.0.1:4000", "http://127.0.0.1:4001", true);
        check("https://10.0.0.5", "http://10.0.0.6/", false);
        check("https://10.0.0.5", "https://10.0.0.6/", true);
    }
}
