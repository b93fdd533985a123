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

    #[test]
    fn s04_a_public_server_may_name_public_https_addresses_only() {
        for (url, safe) in [
            ("https://up.qbox.me", true),
            ("https://up-z2.qiniup.com/", true),
            ("https://up.qbox.me:8443/", true),
            ("https://up.qbox.me./", true),
            ("HTTPS://UP.QBOX.ME/", true),
            ("https://ones.example.com/api/project/files/upload", true),
            ("https://ones.example.com?x=1", true),
            ("https://203.0.113.7/", true),
            ("https://8.8.8.8:443/", true),
            ("https://172.32.0.1/", true),
            ("https://192.169.1.1/", true),
            ("https://11.0.0.1/", true),
            ("https://100.63.0.1/", true),
            ("https://100.128.0.1/", true),
            ("https://198.18.0.7/", true),
            ("https://[2001:db8::1]/", true),
            ("https://[64:ff9b::808:808]/", true),
            ("https://公司.example/", true),
            ("https://xn--55qx5d.example/", true),
            ("https://127.0.0.1.example.com/", true),
            ("https://localhost.example.com/", true),
            ("http://up.qbox.me", false),
            ("http://ones.example.com/upload", false),
            ("/api/project/files/upload", false),
            ("up.qbox.me", false),
            ("//up.qbox.me/", false),
            ("", false),
            ("https://", false),
            ("file:///etc/passwd", false),
            ("ftp://up.qbox.me/", false),
            ("javascript:alert(1)", false),
            ("data:text/plain,x", false),
            ("ws://up.qbox.me/", false),
            ("https://me@up.qbox.me", false),
            ("https://me:secret@up.qbox.me", false),
            ("https://:secret@up.qbox.me", false),
            ("http://a@b", false),
            ("https://up.qbox.me/#x", false),
            ("https://up.qbox.me:99999/", false),
            ("https://two words/", false),
            ("https://127.0.0.1/", false),
            ("https://127.0.0.1:8080/", false),
            ("https://127.1/", false),
            ("https://127.8.9.10/", false),
            ("https://127.0.0.1./", false),
            ("https://localhost/", false),
            ("https://localhost./", false),
            ("https://LOCALHOST/", false),
            ("https://a.localhost/", false),
            ("https://2130706433/", false),
            ("https://0x7f.1/", false),
            ("https://0x7f000001/", false),
            ("https://0177.0.0.1/", false),
            ("https://１２７.0.0.1/", false),
            ("https://127。0。0。1/", false),
            ("https://169.254.169.254/latest", false),
            ("https://100.100.100.200/", false),
            ("https://10.0.0.1/", false),
            ("https://192.168.1.1/", false),
            ("https://172.16.0.1/", false),
            ("https://172.31.255.255/", false),
            ("https://0.0.0.0/", false),
            ("https://0.1.2.3/", false),
            ("https://224.0.0.1/", false),
            ("https://255.255.255.255/", false),
            ("https://[::1]/", false),
            ("https://[::]/", false),
            ("https://[::ffff:127.0.0.1]/", false),
            ("https://[::ffff:a00:1]/", false),
            ("https://[::7f00:1]/", false),
            ("https://[64:ff9b::10.0.0.1]/", false),
            ("https://[2002:a00:1::]/", false),
            ("https://[fe80::1]/", false),
            ("https://[fec0::1]/", false),
            ("https://[fd00::1]/", false),
            ("https://[ff02::1]/", false),
        ] {
            check("https://ones.example.com", url, safe);
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
