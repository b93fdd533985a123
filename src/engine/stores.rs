//! What is known of stores: which know uploads in parts, by their name or by what
//! they showed, and which may be sent to without encryption.
//!
//! What a store showed is kept in the settings. "No" is kept only once a form
//! went where the parts were refused: a refusal alone may be about the file, the
//! account, or something in between.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;

use crate::api::is_kodo_host;

/// How files may go to which stores.
#[derive(Debug, Clone, Default)]
pub(super) struct StorePolicy {
    /// Whether large files go in parts.
    pub(super) in_parts: bool,
    /// Which stores proved to know parts, or not to.
    pub(super) proved: BTreeMap<String, bool>,
    /// Whether any store may be sent to over plain HTTP.
    pub(super) plain_http: bool,
    /// Those that may.
    pub(super) plain: BTreeSet<String>,
}

impl StorePolicy {
    pub(super) fn takes_parts(&self, url: &Url) -> bool {
        let proved = self.proved.get(&store_of(url)).copied();
        self.in_parts && proved.unwrap_or_else(|| is_kodo_host(url))
    }

    pub(super) fn may_go_plain(&self, url: &Url) -> bool {
        self.plain_http || self.plain.contains(&store_of(url))
    }
}

/// The name under which a store is remembered: `https://host[:port]`.
pub(super) fn store_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_known_by_its_host_until_it_shows_what_it_is() {
        const KODO: &str = "https://up-z2.qiniup.com/";
        const OWN: &str = "https://store.example.com:8443/";
        for (url, allowed, proved, want) in [
            (KODO, true, None, true),
            (KODO, true, Some(false), false),
            (KODO, false, None, false),
            (KODO, false, Some(true), false),
            (OWN, true, None, false),
            (OWN, true, Some(true), true),
            (OWN, true, Some(false), false),
            (OWN, false, Some(true), false),
        ] {
            let url: Url = url.parse().unwrap();
            let stores = proved.map(|knows| (store_of(&url), knows));
            let policy = StorePolicy {
                in_parts: allowed,
                proved: stores.into_iter().collect(),
                ..StorePolicy::default()
            };
            assert_eq!(policy.takes_parts(&url), want, "{url} {allowed} {proved:?}");
        }
    }

    #[test]
    fn a_store_on_another_port_is_another_store() {
        let names = [
            "https://a.test/x?y",
            "https://a.test:8443/",
            "http://a.test/",
        ];
        let names = names.map(|url| store_of(&url.parse().unwrap()));
        let want = ["https://a.test", "https://a.test:8443", "http://a.test"];
        assert_eq!(names, want);
    }
}
