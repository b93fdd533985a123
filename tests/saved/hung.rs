//! A folder on another computer that is away: whoever asks for its files hangs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use ones_drop::model::{Command, LeftOutReason};

use crate::common::{receipt, skipped};
use crate::{again, left_open, offered};

/// A file system whose server never answers; what was asked of it fails when
/// this is dropped.
struct Hung {
    folder: PathBuf,
    server: Option<File>,
}

impl Hung {
    fn over(folder: &Path) -> Option<Self> {
        let server = File::options().read(true).write(true).open("/dev/fuse");
        let hung = server.ok().filter(|server| {
            let mounted = Process::new("mount")
                .args(["-i", "-t", "fuse", "hung", "-o"])
                .arg("fd=0,rootmode=40000,user_id=0,group_id=0")
                .arg(folder)
                .stdin(server.try_clone().unwrap())
                .stderr(Stdio::null())
                .status();
            mounted.is_ok_and(|status| status.success())
        });
        if hung.is_none() {
            skipped::skipped("a folder that hangs needs the right to mount one");
        }
        Some(Self {
            folder: folder.to_owned(),
            server: Some(hung?),
        })
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        self.server = None;
        let unmount = Process::new("umount").arg("-l").arg(&self.folder).status();
        assert!(unmount.unwrap().success());
    }
}

#[test]
fn a_folder_that_hangs_keeps_its_files_on_offer_and_no_other_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (bench, paths) = left_open(folder.path(), &["far/a.log", "near.log"]);
    let Some(hung) = Hung::over(paths[0].parent().unwrap()) else {
        return;
    };
    let mut bench = again(bench, folder.path());
    let hung = hung; // ends before the files do, which would hang
    let silent = Some(LeftOutReason::NoAnswer);
    let amiss = |bench: &mut _| -> Vec<_> { offered(bench).iter().map(|f| f.amiss).collect() };
    assert_eq!(amiss(&mut bench), [silent, None]);
    bench.engine.send(Command::Continue);
    assert_eq!(amiss(&mut bench), []);
    assert_eq!(amiss(&mut bench), [silent]);
    bench.until_settled(1);
    assert_eq!(bench.job(0).name, "near.log");
    drop(hung);
    bench.engine.send(Command::Continue);
    bench.until_settled(2);
    assert_eq!(bench.job(1).name, "a.log");
    assert!(receipt(&bench.job(1).state).verified);
}
