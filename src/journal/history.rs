//! What was attached: a line for each file, kept for 90 days.
//!
//! Several processes may append (a window, a script): a line goes out in one
//! write. Nothing is decided by it; it answers "did I attach that, and where?".

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::file::{private, replace};
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

/// Appends lines, so that they are on the disk when it returns.
pub(super) fn append(folder: &Path, attached: &[Attached]) -> io::Result<()> {
    let lines = lines(attached)?;
    let mut options = File::options();
    options.create(true).append(true);
    let mut file = private(&mut options).open(file_in(folder))?;
    file.write_all(&lines)?;
    file.sync_data()
}

/// Reads the history, newest first, and forgets what is older than
/// [`KEPT_FOR`]. Blocking. Lines that cannot be read are passed over.
pub fn load(folder: &Path, now: SystemTime) -> io::Result<Vec<Attached>> {
    let file = file_in(folder);
    let bytes = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let read = |line| serde_json::from_slice(line).ok().map(|In(one)| one);
    let all = bytes.split(|byte| *byte == b'\n').filter_map(read);
    let is_old = |one: &Attached| now.duration_since(one.at).is_ok_and(|age| age > KEPT_FOR);
    let (old, mut kept): (Vec<_>, Vec<_>) = all.partition(is_old);
    if !old.is_empty() {
        replace(&file, &lines(&kept)?)?;
    }
    kept.reverse();
    Ok(kept)
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
    match fs::remove_file(file_in(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
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
        file.write_all(b"{\"at\":{\"secs_sin\n").unwrap();
        append(folder.path(), std::slice::from_ref(&one)).unwrap();
        let read = load(folder.path(), SystemTime::now()).unwrap();
        assert_eq!(read, [one.clone(), one]);
    }
}
