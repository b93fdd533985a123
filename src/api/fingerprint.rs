//! What a file is known by before, while and after it is sent: Kodo's etag, its
//! size, the time of its last change, and a sum that a second reading is held
//! against.
//!
//! Kodo hashes by blocks of 4 MiB, so several threads share the blocks of a large
//! file: this pass stands between the drop and the first byte that is sent.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crc32fast::Hasher as Crc32;
use sha1::{Digest as _, Sha1};

use super::aligned::AlignedBytes;
use super::body::Moved;
use super::error::told;
use super::etag::{BLOCK_BYTES, BlockDigest, etag_of_blocks};

/// What one thread reads at once.
const BUFFER_BYTES: usize = 128 * 1024;
/// More threads would wait for the disk.
const THREADS_MAX: usize = 4;

/// What names a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Kodo etag.
    pub etag: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Time of the last change, where the file system has one.
    pub modified: Option<SystemTime>,
    /// CRC-32 of the content: tells a reading of other bytes (but one in four
    /// thousand million), and takes far less time than the etag.
    pub crc32: u32,
}

/// Reads a whole file for its fingerprint. Blocking; counts into `moved`.
///
/// Fails with the read error, or with `InvalidData` if the file changed while
/// it was read. `go_on` is asked between buffers; `false` ends with
/// `Interrupted`.
pub fn hash_file(
    path: &Path,
    moved: &Moved,
    go_on: impl Fn() -> bool + Sync,
) -> io::Result<Fingerprint> {
    let file = open_regular(path)?;
    let before = file.metadata()?;
    let size_bytes = before.len();
    let reading = Reading {
        file: &file,
        size_bytes,
        blocks: size_bytes.div_ceil(BLOCK_BYTES),
        next: AtomicU64::new(0),
        moved,
        go_on,
    };
    let (digests, crc32) = reading.all_blocks()?;
    // Some files of the system have no end, or none that they tell of.
    let more = read_at(&file, &mut [0], size_bytes).map_err(told)? > 0;
    if more || stamp(&before) != stamp(&file.metadata()?) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Fingerprint {
        etag: etag_of_blocks(&digests),
        size_bytes,
        modified: before.modified().ok(),
        crc32,
    })
}

/// One block's SHA-1, and its share of the CRC-32.
type Block = (BlockDigest, Crc32);

/// A file whose blocks are shared out.
struct Reading<'a, G> {
    file: &'a File,
    size_bytes: u64,
    blocks: u64,
    /// The first block that nobody has taken.
    next: AtomicU64,
    moved: &'a Moved,
    go_on: G,
}

impl<G: Fn() -> bool + Sync> Reading<'_, G> {
    /// The digests of all blocks, in their order, and the CRC-32 of the whole.
    fn all_blocks(&self) -> io::Result<(Vec<BlockDigest>, u32)> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let blocks = usize::try_from(self.blocks).unwrap_or(usize::MAX);
        let threads = cores.min(THREADS_MAX).min(blocks);
        let shares = std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(|| self.share())).collect();
            let mut shares = vec![self.share()];
            for helper in helpers {
                let share = helper.join();
                shares.push(share.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            shares
        });
        let mut blocks = Vec::new();
        for share in shares {
            blocks.extend(share?);
        }
        blocks.sort_unstable_by_key(|(number, _)| *number);
        let mut crc32 = Crc32::new();
        for (_, (_, share)) in &blocks {
            crc32.combine(share);
        }
        let digests = blocks.into_iter().map(|(_, (digest, _))| digest);
        Ok((digests.collect(), crc32.finalize()))
    }

    /// One thread's work: block after block, until none is left.
    fn share(&self) -> io::Result<Vec<(u64, Block)>> {
        let fits = usize::try_from(self.size_bytes).unwrap_or(BUFFER_BYTES);
        let mut buffer = AlignedBytes::new(fits.min(BUFFER_BYTES));
        let mut digests = Vec::new();
        loop {
            let block = self.next.fetch_add(1, Ordering::Relaxed);
            if block >= self.blocks {
                return Ok(digests);
            }
            match self.digest(block, buffer.as_mut()) {
                Ok(digest) => digests.push((block, digest)),
                Err(error) => {
                    // The others need not go on either.
                    self.next.store(self.blocks, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    }

    fn digest(&self, block: u64, buffer: &mut [u8]) -> io::Result<Block> {
        let mut at = block * BLOCK_BYTES;
        let mut left = BLOCK_BYTES.min(self.size_bytes - at);
        let (mut sha1, mut crc32) = (Sha1::new(), Crc32::new());
        while left > 0 {
            if !(self.go_on)() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let want = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let slice = buffer.get_mut(..want).unwrap_or_default();
            let read = read_at(self.file, slice, at).map_err(told)?;
            if read == 0 {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let bytes = slice.get(..read).unwrap_or_default();
            sha1.update(bytes);
            crc32.update(bytes);
            self.moved.add(read);
            at += read as u64;
            left -= read as u64;
        }
        Ok((sha1.finalize().into(), crc32))
    }
}

/// Reads at a place, whatever other threads read meanwhile.
#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

/// Reads at a place, whatever other threads read meanwhile.
#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Opens a path that must be an ordinary file. Looked at twice: before, as
/// opening a device can have an effect; and by its handle, as something else may
/// lie there by then.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    open_without_waiting(path)
}

/// Opens whatever lies there by now, if it is an ordinary file.
fn open_without_waiting(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe that came in between would wait for its other end.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path).map_err(told)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(file)
}

/// Size and time of the last change: what a fingerprint is checked by.
pub(super) fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    fn hash(path: &Path) -> io::Result<Fingerprint> {
        hash_file(path, &Moved::default(), || true)
    }

    #[test]
    fn blocks_that_threads_share_make_the_etag_of_the_whole() {
        let block = usize::try_from(BLOCK_BYTES).unwrap();
        let mut sizes = vec![0, 1, block - 1, block, block + 1, 2 * block, 5 * block + 1];
        sizes.extend((1..20).map(|n| n * n * 51_503 % (20 * 1024 * 1024)));
        for size in sizes {
            let content: Vec<u8> = (0..=250).cycle().take(size).collect();
            let file = file(&content);
            let moved = Moved::default();
            let print = hash_file(file.path(), &moved, || true).unwrap();
            assert_eq!(print.etag, super::super::etag::etag_of(&content), "{size}");
            assert_eq!(print.crc32, crc32fast::hash(&content), "{size}");
            assert_eq!((print.size_bytes, moved.get()), (size as u64, size as u64));
        }
    }

    #[test]
    fn a_stop_or_a_change_in_mid_file_ends_all_threads() {
        let file = file(&vec![7; 40 * 1024 * 1024]);
        let asked = AtomicUsize::new(0);
        let stopped = || asked.fetch_add(1, Ordering::Relaxed) < 20;
        let error = hash_file(file.path(), &Moved::default(), stopped).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
        assert!(asked.load(Ordering::Relaxed) <= 20 + THREADS_MAX);
        for size in [0, 5_000_000, 50_000_000] {
            asked.store(0, Ordering::Relaxed);
            let change = || {
                if asked.fetch_add(1, Ordering::Relaxed) == 20 {
                    file.as_file().set_len(size).unwrap();
                }
                true
            };
            let error = hash_file(file.path(), &Moved::default(), change).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{size}");
            file.as_file().set_len(40 * 1024 * 1024).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn s13_a_pipe_that_came_after_the_first_look_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [pipe, "/dev/zero".into(), folder.path().to_owned()] {
            // On a thread of its own, so that a hang is a failure.
            let (sender, opened) = std::sync::mpsc::channel();
            let there = path.clone();
            std::thread::spawn(move || sender.send(open_without_waiting(&there)));
            let limit = std::time::Duration::from_mins(1);
            let error = opened.recv_timeout(limit).expect("no hang").unwrap_err();
            let kind = error.kind();
            assert_eq!(kind, io::ErrorKind::InvalidInput, "{}", path.display());
        }
    }

    #[cfg(windows)]
    #[test]
    fn a_file_that_another_program_keeps_is_in_use() {
        use std::os::windows::fs::OpenOptionsExt as _;
        let file = file(b"hello");
        let mut options = File::options();
        let _kept = options.read(true).share_mode(0).open(file.path()).unwrap();
        let error = hash(file.path()).expect_err("kept by another");
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    }

    #[test]
    fn only_ordinary_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/dev/zero")] {
            let error = hash(path).expect_err("not a file");
            assert_ne!(
                error.kind(),
                io::ErrorKind::InvalidData,
                "{}",
                path.display()
            );
        }
    }
}
