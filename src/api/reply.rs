//! What a store's answers mean: to the form, and to the end of an upload in parts.

use serde::Deserialize;

use super::answer::Answer;
use super::error::{ApiError, Fault};
use crate::model::Step;

/// What the store said of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreAnswer {
    /// It has the file and says what it has.
    Stored {
        /// Kodo etag by the store.
        hash: String,
        /// Size by the store, in bytes.
        size_bytes: u64,
    },
    /// It has the content already (614 "file exists", whatever the status).
    AlreadyStored {
        /// Kodo etag by the store; empty if not said.
        hash: String,
        /// The resource that the callback named.
        resource: Option<String>,
    },
    /// It has the bytes, but could not tell ONES, or got no sense back.
    CallbackFailed {
        /// Kodo's inner code.
        code: i64,
        /// Kodo's inner text: raw from [`read_answer`], one short line without
        /// the upload token in a [`Reply`].
        text: String,
    },
    /// A success that says neither hash nor size, or has no body at all.
    Unclear,
}

/// The store's answer with what its support would ask for.
#[derive(Debug)]
pub struct Reply {
    /// What it means.
    pub answer: StoreAnswer,
    /// `X-Reqid`.
    pub request_id: Option<String>,
    /// `X-Log`.
    pub store_log: Option<String>,
}

impl Reply {
    /// The reply to a form, or to the end of an upload in parts: the two answer
    /// alike (documented: Qiniu 1312, 6368).
    pub(super) fn from_answer(step: Step, answer: Answer) -> Result<Self, ApiError> {
        if let Some(error) = answer.redirect(step) {
            return Err(error);
        }
        tracing::debug!(
            status = answer.status,
            request_id = answer.request_id,
            store_log = answer.store_log,
            "the store answered"
        );
        match read_answer(answer.status, &answer.body) {
            Some(meaning) => Ok(Self {
                answer: match meaning {
                    StoreAnswer::CallbackFailed { code, text } => StoreAnswer::CallbackFailed {
                        code,
                        text: answer.shown(&text),
                    },
                    other => other,
                },
                request_id: answer.request_id,
                store_log: answer.store_log,
            }),
            None if is_success(answer.status) => Err(answer.error(step, Fault::NotJson)),
            None => Err(answer.refusal(step)),
        }
    }
}

/// What a callback of ONES makes of a success (documented: ONES upload example;
/// the answer is ONES' own, Kodo passes it on). Both fields may be missing: the
/// stores of some installations leave them out (inferred).
#[derive(Deserialize)]
struct StoredBody {
    hash: Option<String>,
    size: Option<u64>,
}

/// The inside of a failed callback (documented: ONES upload example; the same
/// shape in public reports). All but the code may be missing: ONES' own store
/// sends code, hash, text and `callback_body` only (seen in its source).
#[derive(Deserialize)]
struct CallbackBody {
    err_code: i64,
    #[serde(default)]
    error: String,
    #[serde(default)]
    hash: String,
    #[serde(default, rename = "callback_body")]
    sent_to_ones: String,
}

/// Any error of Kodo (documented: Qiniu 3928); of a failed callback the text is
/// JSON again.
#[derive(Deserialize)]
struct ErrorBody {
    error: String,
}

/// Reads a store's answer by its content. `None` where it is neither a success
/// nor an answer about stored content.
///
/// The duplicate comes as an object, or as JSON inside the text `error` (the
/// seed shows both); its status is 579 by ONES' documentation and importer,
/// but is not relied upon.
#[must_use]
pub fn read_answer(status: u16, body: &[u8]) -> Option<StoreAnswer> {
    let inner = serde_json::from_slice::<ErrorBody>(body)
        .ok()
        .and_then(|outer| serde_json::from_str::<CallbackBody>(&outer.error).ok())
        .or_else(|| serde_json::from_slice(body).ok());
    if let Some(callback) = inner {
        return Some(callback_answer(callback));
    }
    if status == 614 {
        return Some(StoreAnswer::AlreadyStored {
            hash: String::new(),
            resource: None,
        });
    }
    if status == 579 {
        let outer = serde_json::from_slice::<ErrorBody>(body).ok();
        return Some(StoreAnswer::CallbackFailed {
            code: 0,
            text: outer.map(|outer| outer.error).unwrap_or_default(),
        });
    }
    if !is_success(status) {
        return None;
    }
    if body.is_empty() {
        return Some(StoreAnswer::Unclear);
    }
    let stored: StoredBody = serde_json::from_slice(body).ok()?;
    Some(match (stored.hash, stored.size) {
        (Some(hash), Some(size_bytes)) => StoreAnswer::Stored { hash, size_bytes },
        _ => StoreAnswer::Unclear,
    })
}

/// Kodo answers 200 (documented: Qiniu 1312); a store of another kind may say
/// 201, 202 or 204 of the same thing (inferred from HTTP).
fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

fn callback_answer(callback: CallbackBody) -> StoreAnswer {
    // 409 is the server's own code in ONES' older documentation.
    let exists = matches!(callback.err_code, 614 | 409) || callback.error == "file exists";
    if !exists {
        return StoreAnswer::CallbackFailed {
            code: callback.err_code,
            text: callback.error,
        };
    }
    let resource = callback
        .sent_to_ones
        .split('&')
        .find_map(|pair| pair.strip_prefix("resource="))
        .filter(|resource| !resource.is_empty());
    StoreAnswer::AlreadyStored {
        hash: callback.hash,
        resource: resource.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED_OBJECT: &str = r#"{"callback_url":"https://h/res/uploadcallback","callback_bodyType":"application/x-www-form-urlencoded","callback_body":"hash=FtUYw_aeF-p06Dd_uVmJDD1j4Utq&type=attachment&name=text.txt&size=1826&mime=text%2Fplain&ext=.txt&exif=&width=&height=&user=6ZpgEzkk&team=BDfDqJU7&resource=4xXTySmK&end_user=","callback_fetchKey":1,"token":"","err_code":614,"error":"file exists","hash":"FtUYw_aeF-p06Dd_uVmJDD1j4Utq","key":"BmYAAACTkQUCQQkW-6b1ad19f"}"#;

    fn nested(inner: &str) -> String {
        serde_json::json!({ "error": inner }).to_string()
    }

    fn duplicate() -> StoreAnswer {
        StoreAnswer::AlreadyStored {
            hash: "FtUYw_aeF-p06Dd_uVmJDD1j4Utq".into(),
            resource: Some("4xXTySmK".into()),
        }
    }

    #[test]
    fn both_shapes_of_the_duplicate_read_the_same_whatever_the_status() {
        for status in [579, 614, 200, 400] {
            for body in [SEED_OBJECT.to_owned(), nested(SEED_OBJECT)] {
                assert_eq!(
                    read_answer(status, body.as_bytes()),
                    Some(duplicate()),
                    "{status}"
                );
            }
        }
    }

    #[test]
    fn the_short_body_of_other_stores() {
        let body = nested(r#"{"err_code":614,"hash":"Fx","error":"file exists"}"#);
        let want = StoreAnswer::AlreadyStored {
            hash: "Fx".into(),
            resource: None,
        };
        assert_eq!(read_answer(579, body.as_bytes()), Some(want));
    }

    #[test]
    fn other_failed_callbacks_are_no_duplicates() {
        let body = nested(r#"{"err_code":200,"error":"unexcepted response"}"#);
        let want = StoreAnswer::CallbackFailed {
            code: 200,
            text: "unexcepted response".into(),
        };
        assert_eq!(read_answer(579, body.as_bytes()), Some(want));
        assert!(matches!(
            read_answer(579, b"not json"),
            Some(StoreAnswer::CallbackFailed { .. })
        ));
    }

    #[test]
    fn only_hash_and_size_together_mean_stored() {
        let stored = StoreAnswer::Stored {
            hash: "Fj3G".into(),
            size_bytes: 1184,
        };
        for (status, body, want) in [
            (
                200,
                r#"{"hash":"Fj3G","size":1184,"name":"u"}"#,
                Some(stored.clone()),
            ),
            (200, r#"{"hash":"Fj3G"}"#, Some(StoreAnswer::Unclear)),
            (200, "{}", Some(StoreAnswer::Unclear)),
            (200, "<html>sign in</html>", None),
            (200, "", Some(StoreAnswer::Unclear)),
            (201, r#"{"hash":"Fj3G","size":1184}"#, Some(stored)),
            (202, "{}", Some(StoreAnswer::Unclear)),
            (201, "<html>sign in</html>", None),
            (299, "", Some(StoreAnswer::Unclear)),
            (300, "", None),
            (200, r#"{"hash":"Fj3G","size":-1}"#, None),
            (204, "", Some(StoreAnswer::Unclear)),
            (401, r#"{"error":"expired token"}"#, None),
            (500, r#"{"hash":"Fj3G","size":1184}"#, None),
        ] {
            assert_eq!(
                read_answer(status, body.as_bytes()),
                want,
                "{status} {body}"
            );
        }
    }
}
