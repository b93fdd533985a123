//! Content on its way in: to disk piece by piece, hashed as it goes.
//!
//! Forms and parts share it. Never more than one piece is in memory. Writing
//! blocks, but only until the system's cache has the piece.

use std::io::{self, Write as _};

use tempfile::NamedTempFile;

use super::reply::Reply;
use crate::demo::world::World;
use crate::demo::{Effort, etag, mime};

/// Content that is still coming.
pub(super) struct Incoming {
    file: NamedTempFile,
    /// Whether bytes are written, or only the size is kept.
    keeps: bool,
    name: Name,
    first_bytes: Vec<u8>,
    /// What has come so far.
    pub(super) size_bytes: u64,
    limit_bytes: u64,
}

/// How content comes by its etag.
enum Name {
    Hashed(etag::Hasher),
    /// Told before it came.
    Told(String),
}

/// Content that is all there.
pub(super) struct Received {
    /// Goes away unless it is kept.
    pub(super) file: NamedTempFile,
    /// Right only within the limit.
    pub(super) etag: String,
    /// Enough of them to tell the type.
    pub(super) first_bytes: Vec<u8>,
    /// All bytes, also those beyond the limit.
    pub(super) size_bytes: u64,
}

impl Incoming {
    /// Opens a file for content of at most `limit_bytes`.
    pub(super) fn new(world: &World, limit_bytes: u64) -> Result<Self, Reply> {
        Ok(Self {
            file: blank_file(world).map_err(|error| unwritable(&error))?,
            keeps: world.options.effort == Effort::Keeps,
            name: match &world.options.effort {
                Effort::Counts { etag } => Name::Told(etag.clone()),
                Effort::Keeps | Effort::Hashes => Name::Hashed(etag::Hasher::default()),
            },
            first_bytes: Vec::new(),
            size_bytes: 0,
            limit_bytes,
        })
    }

    /// The same, where so many bytes were counted and not kept.
    pub(super) fn without(self, taken_bytes: u64) -> Self {
        Self {
            size_bytes: taken_bytes,
            ..self
        }
    }

    /// Takes a piece; gives the size so far. What exceeds the limit is counted,
    /// not kept.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<u64, Reply> {
        self.size_bytes += piece.len() as u64;
        if self.size_bytes <= self.limit_bytes {
            if let Name::Hashed(hasher) = &mut self.name {
                hasher.update(piece);
            }
            let missing = mime::LOOK_BYTES.saturating_sub(self.first_bytes.len());
            self.first_bytes.extend(piece.iter().take(missing));
            if self.keeps {
                let written = self.file.write_all(piece);
                written.map_err(|error| unwritable(&error))?;
            }
        }
        Ok(self.size_bytes)
    }

    /// Ends the content.
    pub(super) fn finish(self) -> Result<Received, Reply> {
        if !self.keeps {
            let sized = self.file.as_file().set_len(self.size_bytes);
            sized.map_err(|error| unwritable(&error))?;
        }
        Ok(Received {
            file: self.file,
            etag: match self.name {
                Name::Hashed(hasher) => hasher.finish(),
                Name::Told(etag) => etag,
            },
            first_bytes: self.first_bytes,
            size_bytes: self.size_bytes,
        })
    }
}

/// A file in the store's folder that goes away unless it is kept.
pub(super) fn blank_file(world: &World) -> io::Result<NamedTempFile> {
    let mut named = tempfile::Builder::new();
    named.prefix(".incoming-").tempfile_in(&world.dir)
}

/// The store's own disk is at fault.
pub(super) fn unwritable(error: &io::Error) -> Reply {
    Reply::refuse(599, &format!("cannot write to disk: {error}"))
}
