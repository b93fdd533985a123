//! What is kept of a file that is not attached yet, and the lines it is kept
//! in. The same fold reads a file and follows what is written to it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize, Serializer};

use super::path;
use crate::model::Task;

/// A file that was queued and is not attached yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The file, byte for byte as it was given.
    #[serde(with = "path")]
    pub path: PathBuf,
    /// The name it gets in ONES.
    pub name: String,
    /// What ONES shows beside it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Size in bytes when it was added.
    pub size_bytes: u64,
    /// Time of its last change when it was added; older versions wrote none.
    #[serde(
        default,
        serialize_with = "time",
        skip_serializing_if = "Option::is_none"
    )]
    pub modified: Option<SystemTime>,
    /// The server that the task is on, `https://host[:port]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Where it goes, once a task was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// What its check found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// What a store has of it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<KeptParts>,
}

impl Entry {
    /// Size and time of the file when it was last looked at: by its check, or
    /// when it was added.
    #[must_use]
    pub fn last_seen(&self) -> (u64, Option<SystemTime>) {
        match &self.known {
            Some(known) => (known.size_bytes.unwrap_or(self.size_bytes), known.modified),
            None => (self.size_bytes, self.modified),
        }
    }
}

/// JSON has no times before 1970 here, and a file may have one: without this,
/// one such file would keep the whole queue from being saved.
#[expect(clippy::ref_option, reason = "the form that serde calls")]
fn time<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let time = time.filter(|time| *time >= SystemTime::UNIX_EPOCH);
    time.serialize(serializer)
}

/// What the check of a file found: it was new to its task then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Kodo etag.
    pub etag: String,
    /// Time of the file's last change, where the file system has one.
    #[serde(serialize_with = "time")]
    pub modified: Option<SystemTime>,
    /// Size in bytes then: a file may have grown since it was added. Older
    /// versions wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// An upload in parts that a store has begun. The ID is no secret: without an
/// upload token it opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptParts {
    /// The store, `https://host[:port]`.
    pub store: String,
    /// Its bucket.
    pub bucket: String,
    /// The store's name for the upload.
    pub upload_id: String,
    /// When the store forgets it, in seconds since 1970.
    pub expires_at: Option<u64>,
    /// The parts it has.
    pub sent: Vec<KeptPart>,
}

/// One part that a store has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPart {
    /// Counted from 1.
    pub number: u32,
    /// Kodo etag of the part.
    pub etag: String,
    /// MD5 of the part in lower-case hex.
    pub md5: String,
}

/// The number of an entry in the file, unique over all runs.
pub type Key = u64;

/// The first line: what this is, and in which version.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) ones_drop_queue: u32,
}

impl Header {
    pub(super) const NOW: Self = Self { ones_drop_queue: 1 };
}

/// Any other line. `{"end":[[3,4]]}` is smaller than a map with names, and a
/// queue of thousands is written often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Add(Key, Box<Entry>),
    /// Server, task, description.
    Task(Key, Option<String>, Task, String),
    Known(Key, Known),
    Parts(Key, KeptParts),
    Part(Key, KeptPart),
    End(Vec<Key>),
}

/// The entries by their keys.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Queue {
    pub(super) entries: BTreeMap<Key, Entry>,
    /// Larger than every key that was ever used.
    pub(super) next_key: Key,
}

impl Queue {
    /// Takes one line in. A line about an entry that is gone changes nothing.
    pub(super) fn apply(&mut self, line: Line) {
        match line {
            Line::Add(key, entry) => {
                self.next_key = self.next_key.max(key.saturating_add(1));
                self.entries.insert(key, *entry);
            }
            Line::Task(key, server, task, description) => self.with(key, |entry| {
                entry.server = server;
                entry.task = Some(task);
                entry.description = description;
            }),
            Line::Known(key, known) => self.with(key, |entry| entry.known = Some(known)),
            Line::Parts(key, parts) => self.with(key, |entry| entry.parts = Some(parts)),
            Line::Part(key, part) => self.with(key, |entry| {
                if let Some(parts) = &mut entry.parts {
                    parts.sent.retain(|sent| sent.number != part.number);
                    parts.sent.push(part);
                }
            }),
            Line::End(keys) => {
                for key in keys {
                    self.entries.remove(&key);
                }
            }
        }
    }

    fn with(&mut self, key: Key, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(&key) {
            change(entry);
        }
    }
}
