//! F28: a disk that breaks while a file is read from it, played by a file system
//! in a program of its own (`broken_disk.py`).

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ones_drop::demo::{Options, Step};
use ones_drop::engine::{Config, Patience};
use ones_drop::model::{ErrorKind, JobState};

use crate::common::case::status;
use crate::common::skipped::skipped;
use crate::common::{Bench, error, fault, quick_config, receipt, wait_until};

/// Files that hang.
const HUNG: usize = 40;
const PYTHON: &str = "/usr/bin/python3";

/// A mounted disk; dropping it takes it away.
struct Disk {
    folder: tempfile::TempDir,
    program: Child,
}

impl Disk {
    /// A disk whose files can be read to their end so many times, and how it fails
    /// then; or the reason why there is none.
    fn mount(size_bytes: usize, whole: usize, how: &str) -> Option<Self> {
        let needs = "import fusepy, os; os.open('/dev/fuse', os.O_RDWR); os.chroot('/')";
        let mut there = Command::new(PYTHON);
        there.args(["-c", needs]).stderr(Stdio::null());
        if !there.status().is_ok_and(|status| status.success()) {
            skipped("a broken disk needs root, /dev/fuse and fusepy for Python");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/broken_disk.py");
        let mut program = Command::new(PYTHON);
        program.arg(script).arg(folder.path());
        program.args([size_bytes, whole].map(|number| number.to_string()));
        program.arg(how);
        let program = program.spawn().unwrap();
        let path = folder.path().join("a.bin");
        wait_until("the disk is mounted", || path.exists());
        Some(Self { folder, program })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        unmount.arg("--lazy").arg(self.folder.path()).status().ok();
        // What hangs in it ends with it.
        self.program.kill().ok();
        self.program.wait().ok();
    }
}

/// The broken file fails with its reason, after so many forms for it, and is not
/// tried again; the files beside and after it arrive.
#[track_caller]
fn breaks(bench: &mut Bench, disk: &Disk, forms: usize) {
    let (rows, before) = (bench.board.jobs().len(), bench.forms());
    let beside = bench.file("beside.log", b"a file beside it");
    bench.add(&[&disk.folder.path().join("a.bin"), &beside]);
    bench.until_settled(rows + 2);
    assert_eq!(error(&bench.job(rows).state), &ErrorKind::ReadFailed);
    assert!(!bench.history(rows).contains(&"waiting"));
    assert_eq!(bench.forms() - before, forms + 1);
    assert!(receipt(&bench.job(rows + 1).state).verified);
    bench.goes_on();
    let task = bench.server.account().task.clone();
    assert_eq!(bench.server.attachments(&task).len(), rows + 2);
}

#[test]
fn f28_a_disk_that_breaks_while_a_file_is_hashed() {
    let Some(disk) = Disk::mount(300_000, 0, "breaks") else {
        return;
    };
    breaks(&mut Bench::new(), &disk, 0);
}

#[test]
fn f28_a_disk_that_breaks_while_a_form_is_sent() {
    let Some(disk) = Disk::mount(9_000_000, 1, "breaks") else {
        return;
    };
    breaks(&mut Bench::new(), &disk, 1);
}

#[test]
fn f28_a_disk_that_breaks_while_parts_are_sent() {
    let Some(disk) = Disk::mount(40_000_000, 1, "breaks") else {
        return;
    };
    let mut bench = Bench::new();
    // By its first answer the store is known as one that may know parts.
    let first = bench.file("first.log", b"the first file");
    bench.attach(&[&first]);
    breaks(&mut bench, &disk, 0);
    assert!(bench.asked("/uploads") > 0, "sent in parts");
}

/// A part is read for its names before it is sent: on a slow share that alone takes
/// longer than nothing may move.
#[test]
fn a_slow_disk_is_no_silent_line() {
    let Some(disk) = Disk::mount(17 * 1024 * 1024, 1, "slow") else {
        return;
    };
    let mut bench = Bench::with_patience(Patience {
        no_progress: Duration::from_secs(3),
        ..Patience::default()
    });
    let first = bench.file("first.log", b"the first file");
    bench.attach(&[&first]);
    let states = bench.attach(&[&disk.folder.path().join("a.bin")]);
    assert!(receipt(&states[0]).verified);
    assert!(
        !bench.history(1).contains(&"waiting"),
        "{:?}",
        bench.history(1)
    );
    assert!(bench.asked("/uploads") > 0, "sent in parts");
}

/// What a store has already is read again before the rest goes, and by then the
/// disk hangs: that is silence like any other.
#[test]
fn parts_that_cannot_be_read_again_are_not_waited_for_without_end() {
    // Once for the fingerprint, and twice for each of the five parts.
    let Some(disk) = Disk::mount(17 * 1024 * 1024, 11, "hangs") else {
        return;
    };
    let mut bench = Bench::with_patience(Patience {
        no_progress: Duration::from_secs(3),
        ..Patience::default()
    });
    let first = bench.file("first.log", b"the first file");
    bench.attach(&[&first]);
    fault(&bench, Step::Complete, status(503, ""));
    bench.add(&[&disk.folder.path().join("a.bin")]);
    bench.until_settled(2);
    assert_eq!(
        error(&bench.job(1).state),
        &ErrorKind::TimedOut { after_secs: 3 }
    );
    assert_eq!(bench.server.faults().pending(), 0, "all parts had arrived");
    bench.goes_on();
    drop(disk);
}

/// More of them than may hang at once.
#[test]
fn files_that_hang_hold_up_no_others() {
    let Some(disk) = Disk::mount(300_000, 0, "hangs") else {
        return;
    };
    let config = Config {
        patience: Patience {
            folders: Duration::from_millis(50),
            ..Patience::default()
        },
        ..quick_config()
    };
    let mut bench = Bench::with(Options::default(), config);
    let names = (0..HUNG).map(|number| format!("{number}.bin"));
    let hung: Vec<_> = names.map(|name| disk.folder.path().join(name)).collect();
    bench.add(&hung.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    bench.until("their rows", |board| board.jobs().len() == HUNG);
    // Of the same size: it may be a copy of one that hangs.
    let other = bench.file("other.bin", &vec![7; 300_000]);
    bench.add(&[&other]);
    bench.until("the other file arrives", |board| {
        board.totals().attached == 1
    });
    // One after the other: those of a folder that hangs wait for it.
    let checking = bench.board.ids(|state| *state == JobState::Checking);
    assert!((1..=2).contains(&checking.len()), "{}", bench.dump());
    drop(disk);
    bench.until_settled(HUNG + 1);
    assert_eq!(bench.board.totals().failed, HUNG, "{}", bench.dump());
}
