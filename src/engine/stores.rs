//! Which stores know uploads in parts: by their name, or by what they showed.
//!
//! What a store showed is kept in the settings. "No" is kept only once a form
//! went where the parts were refused: a refusal alone may be about the file, the
//! account, or something in between.

use std::collections::BTreeMap;

use reqwest::Url;

use crate::api::is_kodo_host;

/// Whether large files go in parts, and which stores proved what.
#[derive(Debug, Clone, Default)]
pub(super) struct PartsPolicy {
    pub(super) allowed: bool,
    pub(super) stores: BTreeMap<String, bool>,
}

impl PartsPolicy {
    pub(super) fn allows(&self, url: &Url) -> bool {
        let proved = self.stores.get(&store_of(url)).copied();
        self.allowed && proved.unwrap_or_else(|| is_kodo_host(url))
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
            let stores = stores.into_iter().collect();
            let policy = PartsPolicy { allowed, stores };
            assert_eq!(policy.allows(&url), want, "{url} {allowed} {proved:?}");
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
