//! From what was dropped to a list of files: walks folders, leaves out what is
//! no file, gives every file a name that ONES and its store can carry.
//!
//! Runs on a blocking thread. Whatever comes in goes out as a file or as a
//! left-out reason; nothing is dropped in silence.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::look::reason_of;
use super::report::{FoundFile, Goal, Report};
use crate::model::{LeftOut, LeftOutReason, ServerAddress, Task};

/// Rows are told in portions, so that the first screen of a huge drop is there
/// at once.
const PORTION: usize = 500;
/// Files that a system makes for itself.
const JUNK: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// One drop.
pub(super) struct Drop {
    pub(super) paths: Vec<PathBuf>,
    pub(super) task: Option<Arc<Task>>,
    /// The server that the task is on. A walk may end after the next sign-in.
    pub(super) server: Option<ServerAddress>,
    pub(super) description: Arc<str>,
}

/// Takes one drop apart. Blocking; ends with `Report::ScanEnded`.
pub(super) fn take(drop: &Drop, reports: &UnboundedSender<Report>) {
    let mut take = Take {
        drop,
        files: Vec::new(),
        left_out: Vec::new(),
        reports,
    };
    for path in &drop.paths {
        take.path(path);
    }
    take.tell();
    reports.send(Report::ScanEnded).ok();
}

struct Take<'a> {
    drop: &'a Drop,
    files: Vec<FoundFile>,
    left_out: Vec<LeftOut>,
    reports: &'a UnboundedSender<Report>,
}

impl Take<'_> {
    fn path(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.folder(path),
            Ok(metadata) => {
                self.file(path, &metadata);
            }
            Err(error) => self.leave_out(path, reason_of(&error)),
        }
    }

    /// Walks a folder in the order of names. Links are followed, but not in
    /// circles. A folder that yields no file is said once, at its top.
    fn folder(&mut self, top: &Path) {
        let walk = walkdir::WalkDir::new(top)
            .follow_links(true)
            .contents_first(true)
            .sort_by_file_name();
        // Files below the folder at each depth that is still open.
        let mut below: Vec<usize> = Vec::new();
        for entry in walk {
            if self.reports.is_closed() {
                return; // the program ends, and would wait for a long walk
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.walk_error(&error, top);
                    count(&mut below, error.depth().saturating_sub(1), 1);
                    continue;
                }
            };
            let depth = entry.depth();
            if entry.file_type().is_dir() {
                let files = below.get(depth).copied().unwrap_or(0);
                below.truncate(depth);
                if files == 0 {
                    self.empty_folder(entry.path());
                } else if depth > 0 {
                    count(&mut below, depth - 1, files);
                }
            } else if self.entry(&entry) {
                count(&mut below, depth.saturating_sub(1), 1);
            }
        }
    }

    /// One entry of a folder; whether it counts as something in it.
    fn entry(&mut self, entry: &walkdir::DirEntry) -> bool {
        match entry.metadata() {
            Ok(metadata) => self.file(entry.path(), &metadata),
            Err(error) => {
                self.walk_error(&error, entry.path());
                true
            }
        }
    }

    fn file(&mut self, path: &Path, metadata: &fs::Metadata) -> bool {
        if !metadata.is_file() {
            self.leave_out(path, LeftOutReason::NotAFile);
            return true;
        }
        if is_junk(path) {
            self.leave_out(path, LeftOutReason::Junk);
            return false;
        }
        self.files.push(FoundFile {
            path: path.to_owned(),
            name: name_of(path),
            size_bytes: metadata.len(),
            modified: metadata.modified().ok(),
        });
        if self.files.len() >= PORTION {
            self.tell();
        }
        true
    }

    fn empty_folder(&mut self, path: &Path) {
        // One that cannot be read comes right after its error.
        if self.left_out.last().is_some_and(|left| left.path == path) {
            return;
        }
        // Its empty subfolders are told by telling it.
        self.left_out.retain(|left| {
            left.reason != LeftOutReason::EmptyFolder || !left.path.starts_with(path)
        });
        self.leave_out(path, LeftOutReason::EmptyFolder);
    }

    fn walk_error(&mut self, error: &walkdir::Error, near: &Path) {
        let path = error.path().unwrap_or(near);
        let reason = if error.loop_ancestor().is_some() {
            LeftOutReason::LinkLoop
        } else {
            error
                .io_error()
                .map_or(LeftOutReason::NotReadable, reason_of)
        };
        self.leave_out(path, reason);
    }

    fn leave_out(&mut self, path: &Path, reason: LeftOutReason) {
        self.left_out.push(LeftOut {
            path: path.to_owned(),
            reason,
        });
    }

    fn tell(&mut self) {
        if self.files.is_empty() && self.left_out.is_empty() {
            return;
        }
        let found = Report::Found {
            files: std::mem::take(&mut self.files),
            left_out: std::mem::take(&mut self.left_out),
            goal: Goal {
                server: self.drop.server.clone(),
                task: self.drop.task.clone(),
            },
            description: self.drop.description.clone(),
        };
        self.reports.send(found).ok();
    }
}

fn count(below: &mut Vec<usize>, depth: usize, files: usize) {
    // `below[d]` holds the files under the open folder at depth d.
    if below.len() <= depth {
        below.resize(depth + 1, 0);
    }
    if let Some(sum) = below.get_mut(depth) {
        *sum += files;
    }
}

fn is_junk(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| JUNK.iter().any(|junk| junk.eq_ignore_ascii_case(name)))
}

/// The name in ONES: the file's own, with control characters replaced (the
/// store reads a raw line break as the end of a header) and bytes that are no
/// UTF-8 shown as U+FFFD. Never empty.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let clean = |c: char| if c.is_control() { '_' } else { c };
    let name: String = name.to_string_lossy().chars().map(clean).collect();
    if name.trim().is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests;
