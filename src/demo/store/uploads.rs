//! Resumable uploads under way: their parts on disk, until completed or aborted.
//!
//! The rules are those of Kodo's multipart upload v2 (documented, pages 6365 to
//! 6368); `resumable.rs` puts them on the wire.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

use super::incoming::Received;
use super::reply::Reply;
use crate::demo::world::{now_us, random_text};

/// Smallest part but the last (documented).
const PART_MIN_BYTES: u64 = 1024 * 1024;
/// Largest part (documented).
pub(super) const PART_MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// Numbers of parts (documented).
const PART_NUMBERS: std::ops::RangeInclusive<u32> = 1..=10_000;
/// Life of an upload that is not completed (documented: 7 days).
const LIFE_SECS: i64 = 7 * 24 * 3600;

/// All of them, by upload ID.
#[derive(Default)]
pub(super) struct Uploads(Mutex<BTreeMap<String, Upload>>);

/// One of them.
pub(super) struct Upload {
    /// The key as it stood in the path; every later call must say the same.
    key: String,
    /// Seconds since 1970.
    pub(super) expire_at: i64,
    pub(super) parts: BTreeMap<u32, Part>,
}

/// A part that arrived.
pub(super) struct Part {
    pub(super) received: Received,
    /// Seconds since 1970.
    pub(super) put_time: i64,
}

/// A part as the completing request names it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    pub(super) etag: String,
    pub(super) part_number: u32,
}

impl Uploads {
    /// Begins one; gives its ID and its end in seconds since 1970.
    pub(super) fn begin(&self, key: &str) -> (String, i64) {
        let (id, expire_at) = (random_text(32), now_us() / 1_000_000 + LIFE_SECS);
        let upload = Upload {
            key: key.to_owned(),
            expire_at,
            parts: BTreeMap::new(),
        };
        self.all().insert(id.clone(), upload);
        (id, expire_at)
    }

    /// Does something with one. 612 if there is none (documented).
    pub(super) fn with<T>(
        &self,
        id: &str,
        key: &str,
        act: impl FnOnce(&mut Upload) -> T,
    ) -> Result<T, Reply> {
        let mut all = self.all();
        let upload = all.get_mut(id).filter(|upload| upload.key == key);
        upload
            .map(act)
            .ok_or_else(|| Reply::refuse(612, "no such uploadId"))
    }

    /// Ends one, with all its parts.
    pub(super) fn end(&self, id: &str) {
        self.all().remove(id);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// Keeps a part, in place of an older one of its number.
    pub(super) fn put(&mut self, number: u32, received: Received) -> Result<(), Reply> {
        if !PART_NUMBERS.contains(&number) {
            return Err(Reply::refuse(400, "invalid part number"));
        }
        if received.size_bytes > PART_MAX_BYTES {
            return Err(Reply::refuse(400, "part too large"));
        }
        let put_time = now_us() / 1_000_000;
        self.parts.insert(number, Part { received, put_time });
        Ok(())
    }

    /// The parts that an object is to be made of, if they can be one.
    pub(super) fn chosen(&self, named: &[Named]) -> Result<Vec<&Received>, Reply> {
        let numbers = || named.iter().map(|part| part.part_number);
        if named.is_empty() || !numbers().is_sorted_by(|one, next| one < next) {
            return Err(Reply::refuse(400, "parts must be named in ascending order"));
        }
        let find = |part: &Named| {
            let known = self
                .parts
                .get(&part.part_number)
                .map(|known| &known.received);
            let known = known.filter(|known| known.etag == part.etag);
            known.ok_or_else(|| Reply::refuse(400, "no such part, or another etag"))
        };
        let chosen = named
            .iter()
            .map(find)
            .collect::<Result<Vec<&Received>, Reply>>()?;
        let but_last = chosen.split_last().map_or(&[][..], |(_, before)| before);
        if but_last.iter().any(|part| part.size_bytes < PART_MIN_BYTES) {
            return Err(Reply::refuse(400, "part too small"));
        }
        Ok(chosen)
    }
}
