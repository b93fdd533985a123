//! The queue's file: JSON lines, each on the disk before the next step relies
//! on it.
//!
//! Appending is the ordinary way; when many lines are dead the file is replaced
//! in one step. A power cut leaves at most a torn last line, which is ignored.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::entry::{Entry, Header, Key, Line, Queue};

/// A file with so many dead lines is replaced.
const DEAD_LINES: usize = 1000;
/// A larger file is none of ours.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The open file.
pub(super) struct QueueFile {
    path: PathBuf,
    /// `None` while it is replaced, and if that failed.
    file: Option<File>,
    /// Bytes that are known to be whole lines.
    good_bytes: u64,
    lines: usize,
}

/// What an opened file held.
pub(super) struct Opened {
    /// For writing; a full disk may be read all the same.
    pub(super) file: io::Result<QueueFile>,
    pub(super) queue: Queue,
    /// Where a damaged file was put; what could be read of it is in `queue`.
    pub(super) set_aside: Option<PathBuf>,
}

impl QueueFile {
    /// Reads the file, or begins one. An error is one of reading: what cannot
    /// be read is not to be written over.
    pub(super) fn open(path: &Path) -> io::Result<Opened> {
        let (queue, state) = match read_capped(path) {
            Ok(bytes) => read(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (Queue::default(), State::Stale)
            }
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                (Queue::default(), State::Damaged)
            }
            Err(error) => return Err(error),
        };
        let mut set_aside = None;
        if state == State::Damaged {
            set_aside = Some(put_aside(path)?);
        }
        let file = match state {
            State::Whole { bytes, lines } => Self::append_to(path, bytes, lines),
            State::Damaged | State::Stale => Self::replaced(path, &queue),
        };
        Ok(Opened {
            file,
            queue,
            set_aside,
        })
    }

    /// What the file holds, without a word to it: the disk takes none.
    pub(super) fn peek(path: &Path) -> io::Result<Queue> {
        Ok(read(&read_capped(path)?).0)
    }

    fn append_to(path: &Path, good_bytes: u64, lines: usize) -> io::Result<Self> {
        // Not in append mode: on Windows that lets nobody cut the file off.
        let mut file = File::options().write(true).open(path)?;
        cut(&mut file, good_bytes)?; // without a torn last line
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
            good_bytes,
            lines,
        })
    }

    /// A new file with nothing but what is open. Nobody may have the old one
    /// open.
    pub(super) fn replaced(path: &Path, queue: &Queue) -> io::Result<Self> {
        let bytes = queue_of(&queue.entries)?;
        replace(path, &bytes)?;
        Self::append_to(path, bytes.len() as u64, queue.entries.len())
    }

    /// Puts a file with nothing but what is open in this one's place.
    pub(super) fn rewrite(&mut self, queue: &Queue) -> io::Result<()> {
        // On Windows `tempfile` replaces by MoveFileExW, which refuses a target
        // that is open, even with the FILE_SHARE_DELETE that std gives it.
        self.file = None;
        *self = Self::replaced(&self.path, queue)?;
        Ok(())
    }

    /// Adds lines; they are on the disk when it returns. After an error the
    /// file holds what it held before.
    pub(super) fn append(&mut self, lines: &[Line], queue: &Queue) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let full = self.lines + lines.len() > DEAD_LINES + 4 * queue.entries.len();
        let Some(file) = self.file.as_mut().filter(|_| !full) else {
            return self.rewrite(queue);
        };
        let mut bytes = Vec::new();
        for line in lines {
            put(&mut bytes, line)?;
        }
        let written = file.write_all(&bytes).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // Half a line would be taken for damage once another follows it.
            cut(file, self.good_bytes).ok();
            return Err(error);
        }
        self.good_bytes += bytes.len() as u64;
        self.lines += lines.len();
        Ok(())
    }
}

#[derive(Debug, PartialEq)]
enum State {
    Whole {
        bytes: u64,
        lines: usize,
    },
    Damaged,
    /// To be written anew.
    Stale,
}

/// Damaged files that are kept beside each other; of more, the last is lost.
const ASIDE_MAX: usize = 9;

fn place_for_damaged(path: &Path, number: usize) -> PathBuf {
    match number {
        1 => path.with_extension("jsonl.damaged"),
        _ => path.with_extension(format!("jsonl.damaged-{number}")),
    }
}

/// Puts a damaged file where no earlier one lies.
fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let mut places = (1..ASIDE_MAX).map(|number| place_for_damaged(path, number));
    let free = places.find(|place| !place.exists());
    let place = free.unwrap_or_else(|| place_for_damaged(path, ASIDE_MAX));
    fs::rename(path, &place)?;
    Ok(place)
}

/// Whether a damaged file was put aside and lies there still.
pub(super) fn is_one_aside(path: &Path) -> bool {
    (1..=ASIDE_MAX).any(|number| place_for_damaged(path, number).exists())
}

/// What a file of these bytes holds, as far as it can be read.
#[must_use]
pub fn read_queue(bytes: &[u8]) -> BTreeMap<Key, Entry> {
    read(bytes).0.entries
}

/// The bytes of a file that holds just these.
pub fn queue_of(entries: &BTreeMap<Key, Entry>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    put(&mut bytes, &Header::NOW)?;
    for (key, entry) in entries {
        put(&mut bytes, &Line::Add(*key, Box::new(entry.clone())))?;
    }
    Ok(bytes)
}

/// Reads the lines. What cannot be read is passed over, and said.
fn read(bytes: &[u8]) -> (Queue, State) {
    let mut queue = Queue::default();
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let Some(good) = whole.and_then(|end| bytes.get(..=end)) else {
        return (queue, State::Stale); // cut off in its first line, or empty
    };
    let mut lines = good.split(|byte| *byte == b'\n');
    let header = lines.next().unwrap_or_default();
    if serde_json::from_slice::<Header>(header).ok() != Some(Header::NOW) {
        return (queue, State::Damaged);
    }
    let (mut count, mut damaged) = (0, false);
    for line in lines.filter(|line| !line.is_empty()) {
        count += 1;
        match serde_json::from_slice(line) {
            Ok(line) => queue.apply(line),
            Err(error) => {
                tracing::warn!(%error, "a line of the saved queue cannot be read");
                damaged = true;
            }
        }
    }
    let state = if damaged {
        State::Damaged
    } else {
        State::Whole {
            bytes: good.len() as u64,
            lines: count,
        }
    };
    (queue, state)
}

/// Cuts a file off, to be written on from there.
fn cut(file: &mut File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes)?;
    file.seek(SeekFrom::Start(bytes)).map(drop)
}

fn read_capped(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    fs::read(path)
}

fn put(bytes: &mut Vec<u8>, line: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *bytes, line)?;
    bytes.push(b'\n');
    Ok(())
}

/// Only this person may read what is made with these options.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Makes the folder, for this person only.
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Replaces a file in one step: a power cut leaves the old or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    // A temporary file is made with mode 0600 and keeps it.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name itself has to survive, too.
    sync_folder(folder)
}

/// Returns when the names in a folder are on the disk. Windows cannot open
/// folders.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Whether a lock failed because its folder has none, as some on a network.
/// Nothing is better off without a queue.
pub(super) fn knows_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error()) {
        return true;
    }
    error.kind() == io::ErrorKind::Unsupported
}

#[cfg(test)]
mod tests;
