//! Files that change under the program.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Changes one byte of a file and gives it back the time of its last change.
pub fn change_keeping_time(path: &Path, at: u64) {
    let mut options = std::fs::File::options();
    let mut file = options.read(true).write(true).open(path).unwrap();
    let before = file.metadata().unwrap().modified().unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
    file.set_modified(before).unwrap();
}
