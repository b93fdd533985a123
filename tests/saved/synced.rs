//! What is in the queue and the history is on the disk when it counts as kept: the
//! system calls of a real process, as `strace` saw them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use ones_drop::demo::{Options, Server};

use crate::common::skipped::skipped;
use crate::killed::{as_child, words};

/// The calls that put something on a disk.
const CALLS: &str = "trace=write,pwrite64,fsync,fdatasync,/^open,/^unlink,/rename";

/// What is not yet safe from a power cut.
#[derive(Default)]
struct Disk {
    /// Files with bytes that no sync followed.
    unsynced: BTreeMap<PathBuf, String>,
    /// Folders with names that no sync followed.
    unnamed: BTreeMap<PathBuf, String>,
    /// Files that were made and still have their first name.
    made: BTreeMap<PathBuf, String>,
    synced: usize,
    renamed: usize,
}

impl Disk {
    /// Takes one call in. Files in this folder alone count.
    fn call(&mut self, folder: &Path, line: &str) {
        let Some((_, call)) = line.split_once(' ') else {
            return;
        };
        let call = call.trim_start();
        let file = between(call, "<", ">").map(PathBuf::from);
        let inside = |path: &PathBuf| path.starts_with(folder);
        let Some((name, _)) = call.split_once('(') else {
            return;
        };
        match (name, file.filter(inside)) {
            ("write" | "pwrite64", Some(file)) => {
                self.unsynced.insert(file, line.to_owned());
            }
            ("fsync" | "fdatasync", Some(file)) => {
                self.synced += 1;
                self.unsynced.remove(&file);
                self.unnamed.remove(&file);
                self.made.retain(|made, _| made.parent() != Some(&file));
            }
            (name, _) if name.starts_with("open") && call.contains("O_CREAT") => {
                let path = between(call, "\"", "\"").map(PathBuf::from);
                if let Some(path) = path.filter(|path| is_kept(folder, path)) {
                    self.made.insert(path, line.to_owned());
                }
            }
            (name, _) if name.starts_with("unlink") => {
                let path = between(call, "\"", "\"").map(PathBuf::from);
                if let Some(path) = path.filter(|path| is_kept(folder, path))
                    && self.made.remove(&path).is_none()
                {
                    self.unnamed.insert(folder.to_owned(), line.to_owned());
                }
            }
            (name, _) if name.starts_with("rename") => {
                let mut paths = call.split('"').skip(1).step_by(2).map(PathBuf::from);
                let (Some(from), Some(to)) = (paths.next(), paths.next()) else {
                    return;
                };
                if to.starts_with(folder) {
                    self.renamed += 1;
                    let early = self.unsynced.get(&from);
                    assert_eq!(early, None, "a name for bytes that may be lost");
                    self.made.remove(&from);
                    self.unnamed.insert(folder.to_owned(), line.to_owned());
                }
            }
            _ => {}
        }
    }
}

/// A file of the folder, but no lock: a lock holds for those who have it open.
fn is_kept(folder: &Path, path: &Path) -> bool {
    path.starts_with(folder) && path.extension().is_none_or(|end| end != "lock")
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    Some(rest.split_once(close)?.0)
}

#[test]
fn what_is_kept_is_synced_to_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    let log = files.path().join("calls");
    let server = Server::start(Options::default()).unwrap();
    let write = |n: u8| {
        let path = files.path().join(format!("{n}.log"));
        std::fs::write(&path, [n]).unwrap();
        path
    };
    let paths: Vec<_> = (0..5).map(write).collect();
    let mut strace = Process::new("strace");
    strace.args(["-f", "-y", "-qq", "-s", "0", "-e", CALLS, "-o"]);
    strace.arg(&log).arg(std::env::current_exe().unwrap());
    let words = words(&server, folder.path(), &paths);
    let Ok(output) = as_child(&mut strace, &words).output() else {
        return skipped("no strace");
    };
    let calls = std::fs::read_to_string(&log).unwrap_or_default();
    if calls.is_empty() {
        return skipped("no process may be traced here");
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.matches("state done").count(), paths.len(), "{said}");
    let mut disk = Disk::default();
    for line in calls.lines() {
        disk.call(folder.path(), line);
    }
    assert_eq!(disk.unsynced, BTreeMap::new(), "{calls}");
    assert_eq!(disk.unnamed, BTreeMap::new(), "{calls}");
    assert_eq!(disk.made, BTreeMap::new(), "{calls}");
    // A new queue got its name, and what followed was synced as well.
    assert!(disk.renamed >= 1 && disk.synced >= 4, "{calls}");
}
