//! Files to try the demo with, when none were named.

use std::io;
use std::path::PathBuf;

/// A folder of samples that goes away when dropped.
pub(super) struct Samples(tempfile::TempDir);

impl Samples {
    /// In the order in which they are to be attached.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        NAMES.iter().map(|name| self.0.path().join(name)).collect()
    }
}

const NAMES: [&str; 4] = [
    "app.log",
    "登录页 崩溃.txt",
    "screen recording.bin",
    "app (copy).log",
];

/// Makes a log, a note with a Chinese name, 5 MB of recording, and a copy of
/// the log that shows what happens with content that is there already.
pub(super) fn files() -> io::Result<Samples> {
    let folder = tempfile::tempdir()?;
    let log = "12:00:00 INFO started\n".repeat(800);
    let recording: Vec<u8> = (0..=250).cycle().take(5_000_000).collect();
    let contents: [&[u8]; 4] = [
        log.as_bytes(),
        "打开登录页，输入密码后崩溃。\n".as_bytes(),
        &recording,
        log.as_bytes(),
    ];
    for (name, content) in NAMES.iter().zip(contents) {
        std::fs::write(folder.path().join(name), content)?;
    }
    Ok(Samples(folder))
}
