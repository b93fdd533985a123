//! Upload tokens: step one signs them, the store checks them.
//!
//! The form is that of the documented example (ONES API, upload example):
//! `AccessKey:signature:policy`, the signature an HMAC-SHA1 over the encoded
//! policy, both url-safe base64 with padding (documented: Kodo, upload token).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

/// 40 characters, as real ones have.
const ACCESS_KEY: &str = "ones-drop-demo-access-key-00000000000001";
const SECRET_KEY: &[u8] = b"ones-drop-demo-secret-key-00000000000001";
/// The bucket that the demo stores in; v2 uploads name it in their paths.
pub(super) const BUCKET: &str = "ones-drop-demo";

/// What a token allows; the fields of the documented example, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    /// The bucket.
    pub(super) scope: String,
    /// Seconds since 1970.
    pub(super) deadline: u64,
    pub(super) insert_only: u8,
    pub(super) detect_mime: u8,
    pub(super) callback_fetch_key: u8,
    /// Bytes.
    pub(super) fsize_limit: u64,
    pub(super) callback_url: String,
    pub(super) callback_body: String,
}

impl Policy {
    /// A policy like the documented one. `callback` ends in
    /// `/res/uploadcallback`.
    pub(super) fn new(
        deadline: u64,
        fsize_limit: u64,
        callback: String,
        whose: &Whose<'_>,
    ) -> Self {
        let Whose {
            user,
            team,
            resource,
        } = whose;
        let callback_body = format!(
            "hash=$(etag)&type=attachment&name=$(fname)&size=$(fsize)&mime=$(mimeType)\
             &ext=$(ext)&exif=$(exif)&width=$(imageInfo.width)&height=$(imageInfo.height)\
             &user={user}&team={team}&resource={resource}&end_user=$(endUser)"
        );
        Self {
            scope: BUCKET.to_owned(),
            deadline,
            insert_only: 1,
            detect_mime: 1,
            callback_fetch_key: 1,
            fsize_limit,
            callback_url: callback,
            callback_body,
        }
    }

    /// The resource that the callback would name.
    pub(super) fn resource(&self) -> &str {
        let mut pairs = self.callback_body.split('&');
        pairs
            .find_map(|pair| pair.strip_prefix("resource="))
            .unwrap_or_default()
    }

    /// The token for this policy.
    pub(super) fn sign(&self) -> String {
        // Go's encoder, which ONES uses, writes `&` so; any reader must cope.
        let json = serde_json::to_string(self)
            .unwrap_or_default()
            .replace('&', "\\u0026");
        let encoded = URL_SAFE.encode(json);
        format!(
            "{ACCESS_KEY}:{}:{encoded}",
            URL_SAFE.encode(signature(&encoded))
        )
    }

    /// Reads a token if its signature is right. The deadline is judged apart,
    /// at the end of an upload (documented: Kodo, put policy).
    pub(super) fn check(token: &str) -> Option<Self> {
        let mut pieces = token.split(':');
        let (key, signed, encoded) = (pieces.next()?, pieces.next()?, pieces.next()?);
        if key != ACCESS_KEY || pieces.next().is_some() {
            return None;
        }
        if URL_SAFE.decode(signed).ok()? != signature(encoded) {
            return None;
        }
        serde_json::from_slice(&URL_SAFE.decode(encoded).ok()?).ok()
    }
}

/// Who uploads what.
pub(super) struct Whose<'a> {
    pub(super) user: &'a str,
    pub(super) team: &'a str,
    pub(super) resource: &'a str,
}

fn signature(encoded_policy: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so there is no other case.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(SECRET_KEY) else {
        return Vec::new();
    };
    mac.update(encoded_policy.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let whose = Whose {
            user: "6ZpgEzkk",
            team: "BDfDqJU7",
            resource: "Q1ZE77v9",
        };
        Policy::new(
            1_587_875_635,
            314_572_800,
            "http://127.0.0.1/res/uploadcallback".into(),
            &whose,
        )
    }

    #[test]
    fn a_token_reads_back_and_names_its_resource() {
        let token = policy().sign();
        assert_eq!(Policy::check(&token), Some(policy()));
        assert_eq!(policy().resource(), "Q1ZE77v9");
        let encoded = token.rsplit(':').next().unwrap();
        let json = String::from_utf8(URL_SAFE.decode(encoded).unwrap()).unwrap();
        assert!(
            json.contains(r"hash=$(etag)\u0026type=attachment\u0026name=$(fname)"),
            "{json}"
        );
        assert!(
            json.starts_with(r#"{"scope":"ones-drop-demo","deadline":1587875635,"insertOnly":1"#)
        );
    }

    #[test]
    fn a_token_that_was_touched_is_refused() {
        let token = policy().sign();
        let table = [
            String::new(),
            "a:b:c".to_owned(),
            format!("{token}:more"),
            token.replace(ACCESS_KEY, "another-key"),
            token.replacen("=:", "A:", 1),
            format!("{token}A"),
        ];
        for touched in table {
            assert_eq!(Policy::check(&touched), None, "{touched}");
        }
    }
}
