//! What a second start and the window that is open say to each other: the
//! window is the first to speak, then come a greeting and paths byte for byte.
//! Pure reading and writing; `instance` brings the connection.
//!
//! Whoever can write to the socket is the same person, but may be any program:
//! lengths are checked before memory is taken for them.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Greets, and names the version of what follows.
const HELLO: &[u8; 12] = b"ONES Drop 2\n";
/// The window listens. A connection alone does not say so: the system makes it
/// for a window that only comes to read it much later.
const READY: u8 = b'?';
/// The window took the paths.
const TAKEN: u8 = b'+';
/// More paths than this are not handed over; nor are longer ones, nor more
/// bytes in all.
const PATHS_MAX: u32 = 100_000;
const PATH_BYTES_MAX: u32 = 128 * 1024;
const BYTES_MAX: u32 = 32 * 1024 * 1024;

/// Hands paths over and waits for the window's word. Fails before anything was
/// sent if they are too many, or if `still_wanted` says no once the window is
/// ready.
pub(super) fn hand_over(
    stream: &mut (impl Read + Write),
    paths: &[PathBuf],
    still_wanted: impl FnOnce() -> bool,
) -> io::Result<()> {
    let message = message(paths)?;
    expect(stream, READY)?;
    if !still_wanted() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    stream.write_all(&message)?;
    stream.flush()?;
    expect(stream, TAKEN)
}

fn expect(stream: &mut impl Read, wanted: u8) -> io::Result<()> {
    let mut word = [0];
    stream.read_exact(&mut word)?;
    if word == [wanted] {
        Ok(())
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

/// The window's side: tells the start that it may speak.
pub(super) fn say_ready(stream: &mut impl Write) -> io::Result<()> {
    say(stream, READY)
}

/// Reads the paths. [`say_taken`] is the answer.
pub(super) fn take(stream: &mut impl Read) -> io::Result<Vec<PathBuf>> {
    let mut hello = [0; HELLO.len()];
    stream.read_exact(&mut hello)?;
    if &hello != HELLO {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let count = number(stream, PATHS_MAX)?;
    let mut left = BYTES_MAX;
    let mut paths = Vec::new();
    for _ in 0..count {
        let length = number(stream, PATH_BYTES_MAX.min(left))?;
        left -= length;
        // Grows with what really comes, not with what was announced.
        let mut bytes = Vec::new();
        stream.take(u64::from(length)).read_to_end(&mut bytes)?;
        if u32::try_from(bytes.len()) != Ok(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let path = PathBuf::from(decode(bytes)?);
        // A relative one would mean another place here than there.
        if !path.is_absolute() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        paths.push(path);
    }
    Ok(paths)
}

/// Tells the other side that it can go.
pub(super) fn say_taken(stream: &mut impl Write) -> io::Result<()> {
    say(stream, TAKEN)
}

fn say(stream: &mut impl Write, word: u8) -> io::Result<()> {
    stream.write_all(&[word])?;
    stream.flush()
}

fn message(paths: &[PathBuf]) -> io::Result<Vec<u8>> {
    let mut message = HELLO.to_vec();
    let mut sum = 0_u32;
    // An empty name, or one whose folder is gone: no file anywhere, and the window
    // would refuse all of them for it.
    let paths: Vec<_> = paths.iter().filter(|path| path.is_absolute()).collect();
    message.extend(at_most(paths.len(), PATHS_MAX)?.to_le_bytes());
    for path in paths {
        let bytes = encode(path);
        let length = at_most(bytes.len(), PATH_BYTES_MAX)?;
        sum = sum.saturating_add(length);
        message.extend(length.to_le_bytes());
        message.extend(bytes);
    }
    if sum > BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(message)
}

fn at_most(count: usize, max: u32) -> io::Result<u32> {
    let count = u32::try_from(count).ok().filter(|count| *count <= max);
    count.ok_or_else(|| io::ErrorKind::FileTooLarge.into())
}

fn number(stream: &mut impl Read, max: u32) -> io::Result<u32> {
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes)?;
    let number = u32::from_le_bytes(bytes);
    if number > max {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(number)
}

#[cfg(unix)]
fn encode(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "fails on Windows")]
fn decode(bytes: Vec<u8>) -> io::Result<OsString> {
    use std::os::unix::ffi::OsStringExt as _;
    Ok(OsString::from_vec(bytes))
}

#[cfg(windows)]
fn encode(path: &Path) -> Vec<u8> {
    use std::os::windows::ffi::OsStrExt as _;
    path.as_os_str()
        .encode_wide()
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[cfg(windows)]
fn decode(bytes: Vec<u8>) -> io::Result<OsString> {
    use std::os::windows::ffi::OsStringExt as _;
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let wide: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    Ok(OsString::from_wide(&wide))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    fn odd_paths() -> Vec<PathBuf> {
        let names: [&[u8]; 5] = [
            b"/a b/%41#?&.txt",
            "/截图/🚀.png".as_bytes(),
            b"/bad\xFF\xFEname.txt",
            b"/two\nlines\r\n",
            b"/",
        ];
        names
            .map(|name| OsString::from_vec(name.to_vec()).into())
            .to_vec()
    }

    #[test]
    fn paths_arrive_byte_for_byte() {
        let bytes = message(&odd_paths()).unwrap();
        assert_eq!(take(&mut bytes.as_slice()).unwrap(), odd_paths());
        let bytes = message(&[]).unwrap();
        assert!(take(&mut bytes.as_slice()).unwrap().is_empty());
    }

    #[test]
    fn a_message_that_ends_early_gives_nothing() {
        let bytes = message(&odd_paths()).unwrap();
        for end in 0..bytes.len() {
            assert!(take(&mut &bytes[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn hostile_messages_give_nothing() {
        let with = |tail: &[u8]| [HELLO.as_slice(), tail].concat();
        let endless = u32::MAX.to_le_bytes();
        let one = 1_u32.to_le_bytes();
        let relative = [one.as_slice(), &6_u32.to_le_bytes(), b"../etc"].concat();
        for bytes in [
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            vec![0; 64],
            with(&endless),
            with(&[one, endless].concat()),
            with(&[one, (PATH_BYTES_MAX + 1).to_le_bytes()].concat()),
            with(&relative),
        ] {
            assert!(take(&mut bytes.as_slice()).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn announced_lengths_take_no_memory_and_have_a_sum() {
        // Many paths of the longest allowed length: more than may come in all.
        let count = BYTES_MAX / PATH_BYTES_MAX + 1;
        let mut bytes = [HELLO.as_slice(), &count.to_le_bytes()].concat();
        for _ in 0..count {
            bytes.extend(PATH_BYTES_MAX.to_le_bytes());
            bytes.push(b'/');
            bytes.extend(vec![b'x'; PATH_BYTES_MAX as usize - 1]);
        }
        let error = take(&mut bytes.as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn too_much_is_not_sent_at_all() {
        let long = PathBuf::from(format!("/{}", "x".repeat(PATH_BYTES_MAX as usize)));
        assert!(message(&[long]).is_err());
        let many = vec![PathBuf::from("/x"); PATHS_MAX as usize + 1];
        assert!(message(&many).is_err());
    }

    #[test]
    fn what_names_no_file_keeps_no_other_from_the_window() {
        let paths = ["", "gone", "/x"].map(PathBuf::from);
        let message = message(&paths).unwrap();
        assert_eq!(take(&mut message.as_slice()).unwrap(), paths[2..]);
    }
}
