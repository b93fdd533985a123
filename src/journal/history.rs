//! What was attached: a line for each file, kept for 90 days.
//!
//! Several processes may write it (a window, a script), one at a time:
//! `history.lock` sees to that. Nothing is decided by it; it answers "did I attach that, and where?".

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::file::{knows_no_locks, private, replace, sync_folder};
use super::path;
use crate::model::{Attached, Task};

/// How long a line is kept.
pub const KEPT_FOR: Duration = Duration::from_hours(90 * 24);

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Attached")]
struct Fields {
    at: SystemTime,
    #[serde(with = "path")]
    path: PathBuf,
    name: String,
    size_bytes: u64,
    server: String,
    task: Task,
    etag: String,
    resource: String,
    verified: bool,
}

#[derive(Serialize)]
struct Out<'a>(#[serde(with = "Fields")] &'a Attached);

#[derive(Deserialize)]
struct In(#[serde(with = "Fields")] Attached);

/// The history's file in a folder.
pub(super) fn file_in(folder: &Path) -> PathBuf {
    folder.join("history.jsonl")
}

/// Appends lines, so that they are on the disk when it returns. After an error
/// the file holds what it held before, as far as that can be had.
pub(super) fn append(folder: &Path, attached: &[Attached]) -> io::Result<()> {
    let mut bytes = lines(attached)?;
    let _alone = alone(folder)?;
    let path = file_in(folder);
    let mut options = File::options();
    options.create(true).read(true).append(true);
    let mut file = private(&mut options).open(&path)?;
    let before = file.metadata()?.len();
    if is_torn(&mut file, before)? {
        // A line that a power cut left half would take the next one with it.
        bytes.insert(0, b'\n');
    }
    let written = file.write_all(&bytes).and_then(|()| file.sync_data());
    if written.is_err() {
        // On Windows a file that is open for appending cannot be cut off.
        let cut = File::options().write(true).open(&path);
        cut.and_then(|file| file.set_len(before)).ok();
    } else if before == 0
        && let Err(error) = sync_folder(folder)
    {
        // The lines are there: written again they would be there twice.
        tracing::warn!(%error, "a power cut may take the new history with it");
    }
    written
}

/// Whether the last line has no end.
fn is_torn(file: &mut File, bytes: u64) -> io::Result<bool> {
    if bytes == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Keeps other programs from writing the history as long as it is not dropped.
/// A network folder that knows no locks goes without.
fn alone(folder: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    let file = private(&mut options).open(folder.join("history.lock"))?;
    match file.lock() {
        Err(error) if !knows_no_locks(&error) => Err(error),
        _ => Ok(file),
    }
}

/// Reads the history, newest first, and forgets what is older than
/// [`KEPT_FOR`]. Blocking. Lines that cannot be read are passed over.
pub fn load(folder: &Path, now: SystemTime) -> io::Result<Vec<Attached>> {
    let (old, mut kept) = read(folder, now)?;
    // A disk that cannot be written is read all the same.
    if !old.is_empty()
        && let Err(error) = prune(folder, now)
    {
        tracing::warn!(%error, "old lines of the history cannot be removed");
    }
    kept.reverse();
    Ok(kept)
}

/// The lines that are too old, and the others, oldest first.
fn read(folder: &Path, now: SystemTime) -> io::Result<(Vec<Attached>, Vec<Attached>)> {
    let bytes = match fs::read(file_in(folder)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let read = |line| serde_json::from_slice(line).ok().map(|In(one)| one);
    let all = bytes.split(|byte| *byte == b'\n').filter_map(read);
    let is_old = |one: &Attached| now.duration_since(one.at).is_ok_and(|age| age > KEPT_FOR);
    Ok(all.partition(is_old))
}

/// Writes the history without what is too old.
fn prune(folder: &Path, now: SystemTime) -> io::Result<()> {
    let _alone = alone(folder)?;
    // Once more: another program may have added to it meanwhile.
    let (_, kept) = read(folder, now)?;
    replace(&file_in(folder), &lines(&kept)?)
}

fn lines(attached: &[Attached]) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for one in attached {
        serde_json::to_writer(&mut lines, &Out(one))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Forgets everything. Blocking.
pub fn clear(folder: &Path) -> io::Result<()> {
    let _alone = match alone(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    match fs::remove_file(file_in(folder)) {
        Ok(()) => sync_folder(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached(name: &str, at: SystemTime) -> Attached {
        Attached {
            at,
            path: format!("/logs/{name}").into(),
            name: name.to_owned(),
            size_bytes: 3,
            server: "https://ones.example.com".to_owned(),
            task: Task {
                id: "6ZpgEzkk00000001".to_owned(),
                team: "BDfDqJU7".to_owned(),
                number: Some(7),
                title: None,
            },
            etag: "Fto5o-5ea0sNMlW_75VgGJCv2AcJ".to_owned(),
            resource: "4xXTySmK".to_owned(),
            verified: true,
        }
    }

    #[test]
    fn lines_come_back_newest_first_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let long_ago = now - KEPT_FOR - Duration::from_secs(1);
        let (old, one, two) = (
            attached("old", long_ago),
            attached("one", now),
            attached("two", now),
        );
        append(folder.path(), &[old, one.clone()]).unwrap();
        append(folder.path(), std::slice::from_ref(&two)).unwrap();
        assert_eq!(load(folder.path(), now).unwrap(), [two, one]);
        let text = fs::read_to_string(file_in(folder.path())).unwrap();
        assert!(!text.contains("old"), "{text}");
        clear(folder.path()).unwrap();
        clear(folder.path()).unwrap();
        assert_eq!(load(folder.path(), now).unwrap(), []);
    }

    #[test]
    fn a_torn_line_does_not_hide_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let one = attached("one", SystemTime::now());
        append(folder.path(), std::slice::from_ref(&one)).unwrap();
        let mut file = File::options()
            .append(true)
            .open(file_in(folder.path()))
            .unwrap();
        // With and without an end of its own.
        file.write_all(b"{\"at\":{\"secs_sin\n{\"at\":{\"se")
            .unwrap();
        for _ in 0..2 {
            append(folder.path(), std::slice::from_ref(&one)).unwrap();
        }
        let read = load(folder.path(), SystemTime::now()).unwrap();
        assert_eq!(read, [one.clone(), one.clone(), one]);
    }

    #[cfg(unix)]
    #[test]
    fn only_this_person_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let mode = || {
            let metadata = fs::metadata(file_in(folder.path())).unwrap();
            metadata.permissions().mode() & 0o777
        };
        append(folder.path(), &[attached("one", now)]).unwrap();
        assert_eq!(mode(), 0o600);
        load(folder.path(), now + KEPT_FOR + KEPT_FOR).unwrap();
        assert_eq!(mode(), 0o600, "after it was written anew");
    }
}
