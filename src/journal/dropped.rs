//! Pictures and texts that were dropped without a file lie beside the queue,
//! each in a folder of its own. The window puts them there; here is removed
//! what the queue does not name.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::entry::Queue;

/// Where they lie, beside the queue of this folder.
#[must_use]
pub fn folder(beside: &Path) -> PathBuf {
    beside.join("dropped")
}

/// Removes what is not named. Only for who holds the queue's lock: a queue that
/// somebody else writes may name more.
pub(super) fn sweep(folder: &Path, queue: &Queue) -> io::Result<()> {
    let places = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        places => places?,
    };
    // By name alone: the same folder can be reached by several paths.
    let named = queue.entries.values().map(|entry| entry.path.parent());
    let named: HashSet<&OsStr> = named.filter_map(|place| place?.file_name()).collect();
    for place in places {
        let place = place?;
        if !named.contains(place.file_name().as_os_str()) {
            fs::remove_dir_all(place.path())?;
        }
    }
    // Works only when nothing is left in it.
    fs::remove_dir(folder).ok();
    Ok(())
}
