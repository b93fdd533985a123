//! The shapes of ONES' JSON, as `serde` reads and writes them. Private to this
//! room: everything is turned into types with meaning before it leaves.
//!
//! Source unless said otherwise: documented, ONES API (auth, resource, task).
//! Fields that some server may leave out are optional on purpose.

use serde::{Deserialize, Deserializer, Serialize};

/// `null` as if the field were not there: how a server in Go writes an empty
/// list (inferred).
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A whole number, or nothing: one strange size must not cost the whole list.
fn if_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(serde_json::Value::deserialize(deserializer)?.as_u64())
}

/// The same for a time.
fn if_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(serde_json::Value::deserialize(deserializer)?.as_i64())
}

#[derive(Serialize)]
pub(super) struct LoginBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone: Option<&'a str>,
    pub(super) password: &'a str,
}

/// The answer of `auth/login` and `auth/token_info`.
#[derive(Deserialize)]
pub(super) struct LoginAnswer {
    pub(super) user: UserAnswer,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) teams: Vec<TeamAnswer>,
}

#[derive(Deserialize)]
pub(super) struct UserAnswer {
    pub(super) uuid: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) token: String,
}

#[derive(Deserialize)]
pub(super) struct TeamAnswer {
    pub(super) uuid: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct TaskAnswer {
    pub(super) uuid: String,
    pub(super) number: Option<u64>,
    pub(super) summary: Option<String>,
}

/// Seen in one public client only: `tasks/identifier`.
#[derive(Serialize)]
pub(super) struct DisplayIdBody<'a> {
    pub(super) display_id_path: &'a str,
}

#[derive(Deserialize)]
pub(super) struct DisplayIdAnswer {
    pub(super) task_uuid: String,
}

#[derive(Deserialize)]
pub(super) struct AttachmentsAnswer {
    #[serde(deserialize_with = "or_default")]
    pub(super) attachments: Vec<AttachmentAnswer>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) has_next: bool,
}

#[derive(Deserialize, Clone)]
pub(super) struct AttachmentAnswer {
    pub(super) uuid: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) hash: String,
    #[serde(default, deserialize_with = "if_whole")]
    pub(super) size: Option<u64>,
    /// Microseconds since 1970.
    #[serde(default, deserialize_with = "if_time")]
    pub(super) create_time: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct UploadBody<'a> {
    pub(super) r#type: &'a str,
    pub(super) name: &'a str,
    pub(super) ref_type: &'a str,
    pub(super) ref_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) description: &'a str,
    pub(super) hash: &'a str,
}

#[derive(Deserialize)]
pub(super) struct UploadAnswer {
    /// Documented, in both answers. Left out, the bytes are sent: an address and a
    /// token can mean nothing else (inferred).
    #[serde(default = "yes")]
    pub(super) need_upload: bool,
    pub(super) upload_url: Option<String>,
    pub(super) token: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) resource_uuid: String,
    /// A number by the documentation; anything else is taken as "not said".
    #[serde(default)]
    pub(super) size_limit: serde_json::Value,
    pub(super) file: Option<FileAnswer>,
}

fn yes() -> bool {
    true
}

/// What ONES says of content that it has.
#[derive(Deserialize)]
pub(super) struct FileAnswer {
    pub(super) hash: Option<String>,
}
