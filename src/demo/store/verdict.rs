//! What becomes of content that arrived whole: stored, attached, answered.
//!
//! The same for a form and for a resumable upload. ONES' callback runs here, in
//! process: it attaches the content to the resource that the token names.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::reply::{Reply, request_id};
use crate::demo::misbehaviour::Misbehaviour;
use crate::demo::ones::temporary_url;
use crate::demo::token::Policy;
use crate::demo::world::{Content, World, now_us, random_text};
use crate::demo::{mime, spoil};

/// Status of "stored, but the callback failed" (documented: Kodo, error codes).
const CALLBACK_FAILED: u16 = 579;
/// Inner code of "this content is here already" (documented: upload example).
const FILE_EXISTS: u16 = 614;

/// Content that arrived whole.
pub(super) struct Parcel {
    /// File name; empty if a resumable upload named none.
    pub(super) name: String,
    pub(super) etag: String,
    pub(super) size_bytes: u64,
    pub(super) mime: &'static str,
    /// Where the content is; goes away unless it is kept.
    pub(super) file: NamedTempFile,
}

/// Checks what is judged at the end, stores, attaches, and answers.
pub(super) fn settle(
    world: &Arc<World>,
    policy: &Policy,
    parcel: Parcel,
    what: Option<&Misbehaviour>,
) -> Reply {
    if expired(policy) {
        return Reply::refuse(401, "expired token");
    }
    if parcel.size_bytes > policy.fsize_limit {
        return Reply::refuse(413, "request entity too large: exceeds fsizeLimit");
    }
    let existed = world.blob_bytes(&parcel.etag).is_some();
    let Parcel {
        name,
        etag,
        size_bytes,
        mime,
        file,
    } = parcel;
    if !existed && file.persist(world.dir.join(&etag)).is_err() {
        return Reply::refuse(599, "cannot write to disk");
    }
    let hash = match what {
        Some(Misbehaviour::BadHash) => spoil::damaged(&etag),
        _ => etag,
    };
    let content = Content {
        hash,
        mime: mime.to_owned(),
        size_bytes,
        create_time_us: 0,
    };
    let failure = |code, error| Callback::new(policy, &name, &content, code, error);
    match what {
        Some(Misbehaviour::StoredNotLinked614) => {
            return failure(FILE_EXISTS, "file exists").wrapped();
        }
        Some(Misbehaviour::CallbackFailed { inner_code: 200 }) => {
            // Kodo's own spelling (seen in public reports).
            return failure(200, "unexcepted response").wrapped();
        }
        Some(Misbehaviour::CallbackFailed { inner_code }) => {
            return failure(*inner_code, "callback failed").wrapped();
        }
        _ => {}
    }
    if !world.attach(policy.resource(), Some(&name), content.clone()) {
        return failure(404, "no such resource").wrapped();
    }
    match what {
        Some(Misbehaviour::Duplicate614Plain { status }) => {
            Reply::new(*status, failure(FILE_EXISTS, "file exists").plain())
        }
        // `insertOnly` refuses even equal content, but only after the callback
        // has run (inferred: ONES' importer counts it as success).
        _ if existed => failure(FILE_EXISTS, "file exists").wrapped(),
        _ => Reply::ok(json!({
            "url": temporary_url(world, &content.hash),
            "hash": content.hash,
            "mime": content.mime,
            "name": name,
            "size": content.size_bytes,
        })),
    }
}

/// Whether the token's time is over.
pub(super) fn expired(policy: &Policy) -> bool {
    u64::try_from(now_us() / 1_000_000).is_ok_and(|now_secs| now_secs >= policy.deadline)
}

/// The error of a callback; fields and their order are those of the documented
/// example.
#[derive(Serialize)]
struct Callback {
    #[serde(rename = "callback_url")]
    url: String,
    #[serde(rename = "callback_bodyType")]
    body_type: &'static str,
    #[serde(rename = "callback_body")]
    body: String,
    #[serde(rename = "callback_fetchKey")]
    fetch_key: u8,
    token: &'static str,
    err_code: u16,
    error: &'static str,
    hash: String,
    key: String,
}

impl Callback {
    fn new(
        policy: &Policy,
        name: &str,
        content: &Content,
        err_code: u16,
        error: &'static str,
    ) -> Self {
        Self {
            url: policy.callback_url.clone(),
            body_type: "application/x-www-form-urlencoded",
            body: filled_in(&policy.callback_body, name, content),
            fetch_key: policy.callback_fetch_key,
            token: "",
            err_code,
            error,
            hash: content.hash.clone(),
            key: format!("{}-{}", request_id(), random_text(36)),
        }
    }

    /// The first shape of the example: 579, this object as text in `error`.
    fn wrapped(&self) -> Reply {
        let text = serde_json::to_string(self)
            .unwrap_or_default()
            .replace('&', "\\u0026");
        Reply::refuse(CALLBACK_FAILED, &text)
    }

    /// The second shape of the example: the object itself.
    fn plain(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The callback body with its variables filled in.
fn filled_in(template: &str, name: &str, content: &Content) -> String {
    let size = content.size_bytes.to_string();
    let extension = mime::extension(name);
    let variables = [
        ("$(etag)", content.hash.as_str()),
        ("$(fname)", name),
        ("$(fsize)", size.as_str()),
        ("$(mimeType)", content.mime.as_str()),
        ("$(ext)", extension.as_str()),
    ];
    let pairs = template.split('&').map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = variables.iter().find(|(variable, _)| *variable == value);
        let text = match known {
            Some((_, text)) => percent_encoded(text),
            None if value.starts_with("$(") => String::new(),
            None => value.to_owned(),
        };
        format!("{key}={text}")
    });
    pairs.collect::<Vec<String>>().join("&")
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::token::Whose;

    #[test]
    fn the_duplicate_answer_has_the_documented_shape() {
        let whose = Whose {
            user: "6ZpgEzkk",
            team: "BDfDqJU7",
            resource: "4xXTySmK",
        };
        let policy = Policy::new(0, 0, "https://host/res/uploadcallback".to_owned(), &whose);
        let content = Content {
            hash: "FtUYw_aeF-p06Dd_uVmJDD1j4Utq".to_owned(),
            mime: "text/plain".to_owned(),
            size_bytes: 1826,
            create_time_us: 0,
        };
        let callback = Callback::new(&policy, "text.txt", &content, 614, "file exists");
        assert_eq!(
            callback.body,
            "hash=FtUYw_aeF-p06Dd_uVmJDD1j4Utq&type=attachment&name=text.txt&size=1826\
             &mime=text%2Fplain&ext=.txt&exif=&width=&height=\
             &user=6ZpgEzkk&team=BDfDqJU7&resource=4xXTySmK&end_user="
        );
        let text = serde_json::to_string(&callback).unwrap();
        let start = r#"{"callback_url":"https://host/res/uploadcallback","callback_bodyType":"#;
        assert!(text.starts_with(start), "{text}");
        assert_eq!(percent_encoded("中 a&b"), "%E4%B8%AD%20a%26b");
    }
}
