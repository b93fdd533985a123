//! The rule for the address that step 1 names: two lines, the ONES server and
//! the address.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use ones_drop::api::{UploadAddress, check_upload_url};
use ones_drop::model::ServerAddress;

fuzz_target!(|input: &str| {
    let (server, address) = input
        .split_once('\n')
        .unwrap_or(("ones.example.com", input));
    let Some(server) = ServerAddress::parse(server) else {
        return;
    };
    let (url, agreed) = match check_upload_url(&server, address) {
        UploadAddress::Safe(url) => (url, false),
        UploadAddress::Plain(url) => (url, true),
        UploadAddress::Unsafe => return,
    };
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    // Nobody agreed to plain HTTP at the sign-in.
    let secure = !server.is_exposed();
    let plain = url.scheme() == "http";
    assert!(plain || url.scheme() == "https");
    let host = url.host_str().unwrap().trim_end_matches('.');
    let bare = host.trim_matches(['[', ']']);
    let outside = server.host().contains("example");
    // Within this machine nobody needs to agree, and no server outside leads there.
    assert!(!agreed || (plain && secure), "{server} names {url}");
    assert!(agreed || !(plain && secure && outside), "{server} names {url}");
    if let (true, Ok(ip)) = (outside, bare.parse::<IpAddr>()) {
        assert!(
            !ip.is_loopback() && !ip.is_unspecified(),
            "{server} names {url}"
        );
        assert!(!is_inside(ip.to_canonical()), "{server} names {url}");
    }
});

/// Where no public server may point us.
fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
