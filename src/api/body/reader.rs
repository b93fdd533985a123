//! The reader's side of a body: ahead of the socket, exactly what was announced.

use std::fmt;
use std::io::{self, Seek as _, SeekFrom};
use std::path::Path;

use crc32fast::Hasher as Crc32;
use tokio::sync::mpsc;

use super::{BUFFER_BYTES, LARGE_BUFFER_BYTES, MUCH_BYTES};
use crate::api::error::told;
use crate::api::fingerprint::{Fingerprint, open_regular, stamp};
use crate::api::pool::{Buffer, Pool};

/// Why a file could not go on being read; travels through the HTTP library
/// inside an `io::Error`.
#[derive(Debug)]
pub(in crate::api) enum FileFault {
    /// Not the content of the fingerprint any more.
    Changed,
    /// Reading failed.
    Read(io::ErrorKind),
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("the file changed"),
            Self::Read(kind) => write!(f, "the file could not be read: {kind}"),
        }
    }
}

impl std::error::Error for FileFault {}

impl From<FileFault> for io::Error {
    fn from(fault: FileFault) -> Self {
        Self::other(fault)
    }
}

/// Which bytes of a file go out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) offset: u64,
    pub(super) bytes: u64,
    /// Nothing follows them, so the last byte is a buffer of its own and waits for
    /// all before it: once the HTTP library has the whole body it asks no further,
    /// and no end would reach it.
    pub(super) last_alone: bool,
}

/// Where the reader's buffers come from, and where they go.
pub(super) type Out<'a> = (&'a Pool, &'a mpsc::Sender<io::Result<Buffer>>);

/// The reader's side: exactly the announced bytes, or an error. The last
/// buffer waits until the file was seen unchanged: by size and time, and where
/// the range is the whole file, by its content.
pub(super) fn read_into(
    path: &Path,
    expected: &Fingerprint,
    range: Range,
    out: Out<'_>,
) -> io::Result<()> {
    let mut file = open_regular(path).map_err(read_fault)?;
    file.seek(SeekFrom::Start(range.offset))
        .map_err(read_fault)?;
    let unchanged = || -> io::Result<()> {
        let now = stamp(&file.metadata().map_err(read_fault)?);
        if now == (expected.size_bytes, expected.modified) {
            Ok(())
        } else {
            Err(FileFault::Changed.into())
        }
    };
    unchanged()?;
    let mut content = (range.bytes == expected.size_bytes).then(Crc32::new);
    let look = |bytes: &[u8], is_last: bool| {
        if let Some(content) = &mut content {
            content.update(bytes);
        }
        if !is_last {
            return Ok(());
        }
        unchanged()?;
        let crc32 = content.take().map(Crc32::finalize);
        if crc32.is_none_or(|crc32| crc32 == expected.crc32) {
            Ok(())
        } else {
            Err(FileFault::Changed.into())
        }
    };
    read_all(&file, range, look, out)
}

fn read_fault(error: io::Error) -> io::Error {
    FileFault::Read(told(error).kind()).into()
}

/// Reads the range in buffers, each of which goes on once `look` has seen it; it
/// hears which is the last.
pub(super) fn read_all(
    mut file: impl io::Read,
    range: Range,
    mut look: impl FnMut(&[u8], bool) -> io::Result<()>,
    (pool, chunks): Out<'_>,
) -> io::Result<()> {
    let mut left = range.bytes;
    let most = if left > MUCH_BYTES {
        LARGE_BUFFER_BYTES
    } else {
        BUFFER_BYTES
    };
    while left > 0 {
        let at_once = if range.last_alone && left > 1 {
            left - 1
        } else {
            left
        };
        let want = usize::try_from(at_once).map_or(most, |bytes| bytes.min(most));
        let mut buffer = pool.take(want);
        let slice = buffer.bytes.as_mut().get_mut(..want).unwrap_or_default();
        file.read_exact(slice).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => FileFault::Changed.into(),
            _ => read_fault(error),
        })?;
        left -= want as u64;
        look(slice, left == 0)?;
        buffer.filled = want;
        if chunks.blocking_send(Ok(buffer)).is_err() {
            return Ok(()); // cancelled
        }
    }
    Ok(())
}
