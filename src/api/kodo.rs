//! What holds for Qiniu's own hosts, and for the names in Kodo's addresses.
//!
//! Used by the form and by the calls of an upload in parts; the engine asks
//! [`is_kodo_host`] before it chooses that way. Knows no call and no file.

use reqwest::Url;

use super::answer::Answer;
use super::error::{ApiError, Fault};
use crate::model::Step;

/// The domains of Kodo's upload hosts: the first is current (documented: Qiniu
/// 1671), the others are older and still answer (seen in Qiniu's clients).
const DOMAINS: [&str; 4] = [".qiniup.com", ".qbox.me", ".qiniu.com", ".qiniug.com"];
/// Longer ones are no names of buckets or uploads (inferred).
const NAME_MAX_CHARS: usize = 512;

/// Whether this is one of Qiniu's own upload hosts, such as `up-z2.qiniup.com`
/// or `upload.qbox.me`. Other installations of Kodo have hosts of their own and
/// cannot be told by name.
#[must_use]
pub fn is_kodo_host(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    let label = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain));
    label.is_some_and(|label| {
        let (kind, region) = label.split_once('-').unwrap_or((label, "z"));
        matches!(kind, "up" | "upload") && !region.is_empty() && !label.contains('.')
    })
}

/// Refuses a success of a Kodo host that carries no `X-Reqid`: it was said by
/// something in between, such as a hotel's sign-in page.
///
/// Source: every answer of Kodo has the header (documented: Qiniu 1312); Qiniu's
/// client for Rust refuses a success without it (seen). Stores elsewhere need
/// not send it.
pub(super) fn check_genuine(url: &Url, step: Step, answer: &Answer) -> Result<(), ApiError> {
    let named = answer
        .request_id
        .as_deref()
        .is_some_and(|id| !id.is_empty());
    if named || !(200..300).contains(&answer.status) || !is_kodo_host(url) {
        return Ok(());
    }
    let mut error = answer.error(step, Fault::NotJson);
    error.source = Some("a success without X-Reqid".into());
    url.host_str()
        .unwrap_or_default()
        .clone_into(&mut error.host);
    Err(error)
}

/// Whether a bucket or an upload ID may stand in a path as it is: nothing that
/// could leave its place or would have to be encoded (which of Kodo's servers
/// decode a path is not documented, so nothing is encoded).
pub(super) fn is_harmless(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '=');
    !name.is_empty()
        && name.len() <= NAME_MAX_CHARS
        && !matches!(name, "." | "..")
        && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_hosts_are_kodo() {
        for (url, want) in [
            ("https://up-z0.qiniup.com", true),
            ("https://up-z2.qiniup.com/", true),
            ("https://up-na0.qiniup.com", true),
            ("https://up-as0.qiniup.com", true),
            ("https://up-cn-east-2.qiniup.com", true),
            ("https://up-ap-southeast-3.qiniup.com", true),
            ("https://UP.QBOX.ME", true),
            ("http://up.qbox.me:80/", true),
            ("https://up.qbox.me./", true),
            ("https://up.qiniup.com", true),
            ("https://upload.qiniup.com", true),
            ("https://upload-z1.qbox.me", true),
            ("https://upload-jjh.qiniup.com", true),
            ("https://up.qiniu.com", true),
            ("https://upload.qiniu.com", true),
            ("https://up.qiniug.com", true),
            ("https://qiniup.com", false),
            ("https://www.qiniu.com", false),
            ("https://rs.qbox.me", false),
            ("https://update.qiniup.com", false),
            ("https://uploads-z0.qiniup.com", false),
            ("https://up-.qiniup.com", false),
            ("https://a.up.qiniup.com", false),
            ("https://up.z0.qiniup.com", false),
            ("https://up.evilqiniup.com", false),
            ("https://up.qiniup.com.example.com", false),
            ("https://up-qiniup.com", false),
            ("http://127.0.0.1:4000", false),
            ("https://ones.example.com/upload", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(is_kodo_host(&url), want, "{url}");
        }
    }

    #[test]
    fn a_success_of_kodo_has_a_request_id() {
        for (url, status, id, genuine) in [
            ("https://up.qbox.me", 200, Some("abc"), true),
            ("https://up.qbox.me", 200, None, false),
            ("https://up.qbox.me", 204, Some(""), false),
            ("https://up.qbox.me", 302, None, true),
            ("https://up.qbox.me", 579, None, true),
            ("https://store.example.com", 200, None, true),
        ] {
            let mut answer = Answer::of_bytes(status, b"{}");
            answer.request_id = id.map(str::to_owned);
            let url = Url::parse(url).unwrap();
            let checked = check_genuine(&url, Step::SendFile, &answer);
            assert_eq!(checked.is_ok(), genuine, "{url} {status} {id:?}");
            if let Err(error) = checked {
                assert_eq!(
                    (error.fault, error.host.as_str()),
                    (Fault::NotJson, "up.qbox.me")
                );
            }
        }
    }

    #[test]
    fn names_that_stay_in_their_place() {
        for (name, want) in [
            ("ones-dev-private", true),
            ("681306bc91094532b9876dcc", true),
            ("a_b.c~d=", true),
            ("", false),
            (".", false),
            ("..", false),
            ("a/b", false),
            ("a%2fb", false),
            ("a?b", false),
            ("a#b", false),
            ("a b", false),
            ("a\\b", false),
            ("桶", false),
            ("a\r\nb", false),
        ] {
            assert_eq!(is_harmless(name), want, "{name:?}");
        }
        assert!(!is_harmless(&"a".repeat(NAME_MAX_CHARS + 1)));
    }
}
