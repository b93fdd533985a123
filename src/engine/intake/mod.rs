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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn intake(paths: Vec<PathBuf>) -> (Vec<PathBuf>, Vec<(PathBuf, LeftOutReason)>) {
        let (reports, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        let drop = Drop {
            paths,
            task: None,
            server: None,
            description: "".into(),
        };
        take(&drop, &reports);
        let (mut rows, mut left) = (Vec::new(), Vec::new());
        while let Ok(report) = inbox.try_recv() {
            if let Report::Found {
                files, left_out, ..
            } = report
            {
                rows.extend(files.into_iter().map(|file| file.path));
                left.extend(left_out.into_iter().map(|l| (l.path, l.reason)));
            }
        }
        (rows, left)
    }

    fn tree(files: &[&str], folders: &[&str]) -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        for folder in folders {
            fs::create_dir_all(top.path().join(folder)).unwrap();
        }
        for file in files {
            let path = top.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        top
    }

    #[test]
    fn a_folder_becomes_its_files_in_the_order_of_names() {
        let top = tree(&["b.log", "a/2.log", "a/1.log", "中文/报告.txt"], &[]);
        let (rows, left) = intake(vec![top.path().to_owned()]);
        let names: Vec<_> = rows
            .iter()
            .map(|row| row.strip_prefix(top.path()).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["a/1.log", "a/2.log", "b.log", "中文/报告.txt"]);
        assert_eq!(left, []);
    }

    #[test]
    fn junk_and_empty_folders_are_left_out_and_said() {
        let top = tree(
            &["keep.txt", "a/.DS_Store", "thumbs.DB", "b/desktop.ini"],
            &["empty/deeper", "b/empty"],
        );
        let (rows, left) = intake(vec![top.path().to_owned()]);
        assert_eq!(rows, [top.path().join("keep.txt")]);
        let mut said: Vec<_> = left
            .iter()
            .map(|(path, reason)| {
                let path = path.strip_prefix(top.path()).unwrap();
                (path.to_str().unwrap().to_owned(), reason.code())
            })
            .collect();
        said.sort();
        let want = [
            ("a", "empty_folder"),
            ("a/.DS_Store", "junk"),
            ("b", "empty_folder"),
            ("b/desktop.ini", "junk"),
            ("empty", "empty_folder"),
            ("thumbs.DB", "junk"),
        ];
        let want: Vec<_> = want.iter().map(|(p, r)| ((*p).to_owned(), *r)).collect();
        assert_eq!(said, want);
    }

    #[test]
    fn a_missing_path_is_said_beside_the_good_ones() {
        let top = tree(&["good.txt"], &[]);
        let gone = top.path().join("gone.txt");
        let (rows, left) = intake(vec![gone.clone(), top.path().join("good.txt")]);
        assert_eq!(rows.len(), 1);
        assert_eq!(left, [(gone, LeftOutReason::Missing)]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_cannot_be_read_is_said_once_and_is_not_called_empty() {
        use std::os::unix::fs::PermissionsExt as _;
        let nobody = rustix::process::Uid::from_raw(65_534);
        let mode = |path: &Path, bits| fs::set_permissions(path, fs::Permissions::from_mode(bits));
        let top = tree(&["good.txt"], &["a/closed"]);
        let closed = top.path().join("a/closed");
        mode(top.path(), 0o755).unwrap();
        mode(&closed, 0o000).unwrap();
        for asked in [top.path().to_owned(), closed.clone()] {
            let walk = move || {
                // Root may read everything; this thread is not root any more.
                if rustix::process::geteuid().is_root() {
                    rustix::thread::set_thread_uid(nobody).unwrap();
                }
                intake(vec![asked])
            };
            let (_, left) = std::thread::spawn(walk).join().unwrap();
            assert_eq!(left, [(closed.clone(), LeftOutReason::NotReadable)]);
        }
        mode(&closed, 0o755).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn devices_sockets_and_link_circles_are_left_out() {
        let top = tree(&["a/file"], &[]);
        let socket = top.path().join("a/socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let circle = top.path().join("a/circle");
        std::os::unix::fs::symlink(top.path(), &circle).unwrap();
        let (rows, mut left) = intake(vec![top.path().to_owned(), "/dev/null".into()]);
        assert_eq!(rows, [top.path().join("a/file")]);
        left.sort();
        let mut want = [
            ("/dev/null".into(), LeftOutReason::NotAFile),
            (circle, LeftOutReason::LinkLoop),
            (socket, LeftOutReason::NotAFile),
        ];
        want.sort();
        assert_eq!(left, want);
    }

    #[test]
    fn names_are_carried_as_they_are_but_for_control_characters() {
        for (path, name) in [
            ("/x/中文 报告.txt", "中文 报告.txt"),
            ("/x/say \"hi\".txt", "say \"hi\".txt"),
            ("/x/a\r\nX-Evil: 1.txt", "a__X-Evil: 1.txt"),
            ("/x/ ", "unnamed"),
        ] {
            assert_eq!(name_of(Path::new(path)), name);
        }
    }

    #[cfg(unix)]
    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Any bytes that a name can have; what comes out, a form carries as it is
        /// (S10, `tests/properties.rs`).
        #[test]
        fn any_name_becomes_one_without_control_characters(
            mut bytes in prop::collection::vec(1..=255_u8, 1..=255),
        ) {
            use std::os::unix::ffi::OsStrExt as _;

            bytes.retain(|byte| *byte != b'/');
            bytes.push(b'x'); // neither empty nor a folder
            let name = name_of(&Path::new("/x").join(std::ffi::OsStr::from_bytes(&bytes)));
            let was = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(name.chars().count(), was.chars().count());
            for (is, was) in name.chars().zip(was.chars()) {
                prop_assert_eq!(is, if was.is_control() { '_' } else { was });
            }
        }
    }
}
