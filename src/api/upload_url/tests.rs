//! Addresses that may be used, and those that may not, in tables (S4).

use super::*;

/// What is said of an address; `true` is safe, `false` is unsafe.
fn verdict(address: &UploadAddress) -> Option<bool> {
    match address {
        UploadAddress::Safe(_) => Some(true),
        UploadAddress::Plain(_) => None,
        UploadAddress::Unsafe => Some(false),
    }
}

fn check(server: &str, url: &str, safe: bool) {
    let server = ServerAddress::parse(server).expect(server);
    let got = verdict(&check_upload_url(&server, url));
    assert_eq!(got, Some(safe), "{server} names {url:?}");
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
        ("https://10.0.0.5", "http://10.0.0.6@10.0.0.6/", false),
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
fn s04_plain_http_beside_https_is_a_question() {
    for (server, found, url, is_asked) in [
        (
            "https://ones.example.com",
            &[][..],
            "http://up.qbox.me",
            true,
        ),
        (
            "https://ones.example.com",
            &[],
            "http://ones.example.com/upload",
            true,
        ),
        ("https://ones.example.com", &[], "http://10.0.0.6/", false),
        ("https://ones.example.com", &[], "http://127.0.0.1/", false),
        (
            "https://ones.example.com",
            &[],
            "http://me@up.qbox.me",
            false,
        ),
        ("https://10.0.0.5", &[], "http://10.0.0.6/", true),
        ("https://ones.corp", &["10.0.0.5"], "http://10.0.0.6/", true),
        // A tunnel from this machine, of which nobody was asked.
        ("http://127.0.0.1:4000", &[], "http://up.qbox.me", true),
        ("http://localhost:4000", &[], "http://up.qbox.me", true),
        // Said at the sign-in, or nobody is on the way.
        ("http://ones.example.com", &[], "http://up.qbox.me", false),
        (
            "https://127.0.0.1:4000",
            &[],
            "http://localhost:4001/",
            false,
        ),
    ] {
        let server = ServerAddress::parse(server).unwrap();
        let found: Vec<IpAddr> = found.iter().map(|ip| ip.parse().unwrap()).collect();
        let got = check_upload_url_at(&server, &found, url);
        let asked = matches!(got, UploadAddress::Plain(_));
        assert_eq!(asked, is_asked, "{server} names {url}: {got:?}");
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
        let got = verdict(&got);
        assert_eq!(got, Some(safe), "{server} at {found:?} names {url}");
    }
}
