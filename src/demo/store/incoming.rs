//! Content on its way in: to disk piece by piece, hashed as it goes.
//!
//! Forms and parts share it. Never more than one piece is in memory.

use std::io;

use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use super::reply::Reply;
use crate::demo::world::World;
use crate::demo::{etag, mime};

/// Content that is still coming.
pub(super) struct Incoming {
    file: NamedTempFile,
    writer: tokio::fs::File,
    hasher: etag::Hasher,
    first_bytes: Vec<u8>,
    size_bytes: u64,
    limit_bytes: u64,
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
        let file = blank_file(world).map_err(|error| unwritable(&error))?;
        let handle = file.as_file().try_clone();
        let handle = handle.map_err(|error| unwritable(&error))?;
        Ok(Self {
            file,
            writer: tokio::fs::File::from_std(handle),
            hasher: etag::Hasher::default(),
            first_bytes: Vec::new(),
            size_bytes: 0,
            limit_bytes,
        })
    }

    /// Takes a piece; gives the size so far. What exceeds the limit is counted,
    /// not kept.
    pub(super) async fn take(&mut self, piece: &[u8]) -> Result<u64, Reply> {
        self.size_bytes += piece.len() as u64;
        if self.size_bytes <= self.limit_bytes {
            self.hasher.update(piece);
            let missing = mime::LOOK_BYTES.saturating_sub(self.first_bytes.len());
            self.first_bytes.extend(piece.iter().take(missing));
            let written = self.writer.write_all(piece).await;
            written.map_err(|error| unwritable(&error))?;
        }
        Ok(self.size_bytes)
    }

    /// Ends the content.
    pub(super) async fn finish(mut self) -> Result<Received, Reply> {
        let flushed = self.writer.flush().await;
        flushed.map_err(|error| unwritable(&error))?;
        Ok(Received {
            file: self.file,
            etag: self.hasher.finish(),
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
