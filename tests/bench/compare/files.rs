//! The files that are sent.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Files of one scenario.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

pub(crate) const GIBIBYTE: Scenario = Scenario {
    name: "1 × 1 GiB",
    count: 1,
    bytes: 1 << 30,
};
pub(crate) const SIXTEEN_MIB: Scenario = Scenario {
    name: "1 × 16 MiB",
    count: 1,
    bytes: 16 << 20,
};
pub(crate) const LOGS: Scenario = Scenario {
    name: "100 × 3 MiB",
    count: 100,
    bytes: 3 << 20,
};
pub(crate) const SMALL: Scenario = Scenario {
    name: "1,000 × 16 KiB",
    count: 1000,
    bytes: 16 << 10,
};

pub(crate) const FAR: Scenario = Scenario {
    name: "200 × 16 KiB",
    count: 200,
    bytes: 16 << 10,
};

/// A folder in memory, where there is such a place.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

pub(crate) fn make_files(folder: &Path, scenario: &Scenario) -> Vec<PathBuf> {
    let content: Vec<u8> = (0..=250).cycle().take(scenario.bytes).collect();
    let files: Vec<_> = (0..scenario.count)
        .map(|n| folder.join(format!("{n:04}.bin")))
        .collect();
    for file in &files {
        std::fs::write(file, &content).unwrap();
    }
    files
}

/// Gives every file a content that no run had before.
pub(crate) fn stamp(files: &[PathBuf], run: u64) {
    for (n, file) in files.iter().enumerate() {
        let mut file = std::fs::File::options().write(true).open(file).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&run.to_le_bytes()).unwrap();
        file.write_all(&(n as u64).to_le_bytes()).unwrap();
    }
}
