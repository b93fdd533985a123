//! Which upload addresses are safe to use: the address comes from a server,
//! so a broken or hostile one must not point us anywhere it likes.

use std::net::IpAddr;

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

/// Where a literal host lies. A name counts as public: it is the resolver that
/// knows better, and the certificate that decides.
fn place(url: &Url) -> Option<Place> {
    let host = url.host_str()?.trim_end_matches('.');
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let inside = match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(IpAddr::V6(ip)) => ip.to_ipv4_mapped().map_or_else(
            || {
                ip.is_loopback()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
                    || ip.is_unspecified()
            },
            |ip| ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        ),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    };
    Some(if inside { Place::Inside } else { Place::Public })
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
    fn a_public_server_may_name_public_https_addresses_only() {
        for (url, safe) in [
            ("https://up.qbox.me", true),
            ("https://up-z2.qiniup.com/", true),
            ("https://ones.example.com/api/project/files/upload", true),
            ("http://up.qbox.me", false),
            ("/api/project/files/upload", false),
            ("", false),
            ("file:///etc/passwd", false),
            ("https://me@up.qbox.me", false),
            ("https://me:secret@up.qbox.me", false),
            ("https://up.qbox.me/#x", false),
            ("https://127.0.0.1/", false),
            ("https://127.0.0.1:8080/", false),
            ("https://localhost./", false),
            ("https://2130706433/", false),
            ("https://0x7f.1/", false),
            ("https://0177.0.0.1/", false),
            ("https://169.254.169.254/latest", false),
            ("https://10.0.0.1/", false),
            ("https://192.168.1.1/", false),
            ("https://172.16.0.1/", false),
            ("https://0.0.0.0/", false),
            ("https://[::1]/", false),
            ("https://[::ffff:127.0.0.1]/", false),
            ("https://[fe80::1]/", false),
            ("https://[fd00::1]/", false),
        ] {
            check("https://ones.example.com", url, safe);
        }
    }

    #[test]
    fn a_server_inside_may_name_addresses_inside() {
        check("http://10.0.0.5:9001", "http://10.0.0.5:9001/upload", true);
        check("http://127.0.0.1:4000", "http://127.0.0.1:4001", true);
        check("https://10.0.0.5", "http://10.0.0.6/", false);
        check("https://10.0.0.5", "https://10.0.0.6/", true);
    }
}
