//! F37: a disk that is full.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use ones_drop::demo::{Options, Server};
use ones_drop::model::{Command, Event, Saving};

use crate::common;
use crate::{again, offered, start, until_saving};

/// F37, on a disk that is full only now, and has room again later.
#[test]
fn f37_a_disk_that_fills_up_is_said_and_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = small_disk(folder.path()) else {
        return;
    };
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    until_saving(&mut bench, |saving| *saving == Saving::On);
    let ballast = folder.path().join("ballast");
    fill(&ballast);
    bench.engine.send(Command::Pause);
    // More than fits into what the open file has already.
    let names: Vec<_> = (0..60).map(|n| format!("{n:02}.log")).collect();
    let paths: Vec<_> = names.iter().map(|n| bench.file(n, n.as_bytes())).collect();
    bench.add(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    let kind = bench.until_event(|event| match event {
        Event::Saving(Saving::Failed(kind)) => Some(*kind),
        _ => None,
    });
    assert_eq!(kind, std::io::ErrorKind::StorageFull);
    std::fs::remove_file(&ballast).unwrap();
    let other = bench.file("other.log", b"other content");
    bench.add(&[&other]);
    bench.until_event(|event| matches!(event, Event::Saving(Saving::On)).then_some(()));
    bench.until("all rows", |board| board.jobs().len() == 61);
    let mut bench = again(bench, folder.path());
    let open: Vec<_> = offered(&mut bench).into_iter().map(|f| f.name).collect();
    assert_eq!(open[..60], names);
    assert_eq!(open[60..], ["other.log"]);
    drop(bench);
    drop(disk);
}

/// A disk of 64 KiB in memory over the folder; goes away when dropped.
struct Disk(PathBuf);

impl Drop for Disk {
    fn drop(&mut self) {
        Process::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

fn small_disk(folder: &Path) -> Option<Disk> {
    let mounted = Process::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(folder)
        .stderr(Stdio::null())
        .status();
    if mounted.is_ok_and(|status| status.success()) {
        return Some(Disk(folder.to_owned()));
    }
    common::skipped::skipped("a full disk needs the right to mount one");
    None
}

fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    while file.write_all(&[0; 1]).is_ok() {}
}
