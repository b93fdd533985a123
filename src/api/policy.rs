//! Reading a Kodo upload token, as far as it can be read.
//!
//! Source: Qiniu documentation 1206 (put policy). A client cannot check the
//! token, and other stores use other forms, so everything here is optional.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

#[derive(Deserialize)]
struct Policy {
    scope: Option<String>,
    deadline: Option<u64>,
}

/// When the token runs out, in seconds since 1970. The store compares it when
/// the upload *ends* (documented: Qiniu, put policy; quoted in public issues).
#[must_use]
pub fn deadline_of(token: &str) -> Option<u64> {
    read(token)?.deadline
}

/// The bucket that the token is for: its scope up to the first colon
/// (documented: Qiniu, put policy). Uploads in parts name it in their path; all
/// of Qiniu's own clients take it from here.
#[must_use]
pub fn bucket_of(token: &str) -> Option<String> {
    let scope = read(token)?.scope?;
    let bucket = scope.split(':').next().unwrap_or_default();
    (!bucket.is_empty()).then(|| bucket.to_owned())
}

fn read(token: &str) -> Option<Policy> {
    let (_, encoded) = token.rsplit_once(':')?;
    let any_padding =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let json = GeneralPurpose::new(&URL_SAFE, any_padding)
        .decode(encoded)
        .ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The token of the document that the project comes from.
    const SEED: &str = concat!(
        "3Ub47hHnTjuEuV7uF9IS4cGwOWZGAtiBkPmA09e1:HfITwb71foZJr0lv01NTT8hVHwY=:",
        "eyJzY29wZSI6Im9uZXMtZGV2LXByaXZhdGUiLCJkZWFkbGluZSI6MTU4Nzg3NTYzNSwiaW5zZXJ0T25seSI6MX0="
    );

    #[test]
    fn the_deadline_of_real_and_strange_tokens() {
        for (token, want) in [
            (SEED, Some(1_587_875_635)),
            (SEED.trim_end_matches('='), Some(1_587_875_635)),
            ("ZT0xJnQ9Mg==:abcdef", None),
            ("no colon", None),
            ("a:b:####", None),
            ("", None),
        ] {
            assert_eq!(deadline_of(token), want, "{token}");
        }
    }

    fn token_with(policy: &str) -> String {
        let encoded = base64::engine::general_purpose::URL_SAFE.encode(policy);
        format!("key:sign:{encoded}")
    }

    #[test]
    fn the_bucket_is_the_scope_up_to_the_colon() {
        assert_eq!(bucket_of(SEED).as_deref(), Some("ones-dev-private"));
        assert_eq!(bucket_of("ZT0xJnQ9Mg==:abcdef"), None);
        for (policy, want) in [
            (r#"{"scope":"b"}"#, Some("b")),
            (r#"{"scope":"b:key:with:colons"}"#, Some("b")),
            (r#"{"scope":":key"}"#, None),
            (r#"{"scope":""}"#, None),
            (r#"{"scope":null}"#, None),
            (r#"{"deadline":1}"#, None),
        ] {
            assert_eq!(bucket_of(&token_with(policy)).as_deref(), want, "{policy}");
        }
    }
}
