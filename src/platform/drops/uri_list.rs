//! Reads `text/uri-list`, the form in which files are dragged on X11 and
//! Wayland (RFC 2483, and what programs really write).
//!
//! Pure: bytes in, entries out, in their order. Nothing is lost: whatever is
//! neither a comment nor an empty line ends as one of the three entries, so
//! one odd entry costs no other.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file of this computer, byte for byte as it was named.
    Local(PathBuf),
    /// Something that lies elsewhere: a web address, another computer's file.
    Remote(String),
    /// Neither; the text as it came.
    Bad(String),
}

/// Reads a list. `own_host` is this computer's name: `file://name/…` is a local
/// file then.
#[must_use]
pub fn parse_uri_list(list: &[u8], own_host: &[u8]) -> Vec<Entry> {
    // CRLF by the book, LF from some file managers, a NUL at the end from others.
    list.split(|byte| matches!(byte, b'\n' | b'\r' | 0))
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .map(|line| parse_line(line, own_host))
        .collect()
}

/// Reads a dragged text as a list if every line of it is an address, as when a
/// link is dragged out of a browser.
#[must_use]
pub(super) fn parse_addresses(text: &[u8], own_host: &[u8]) -> Option<Vec<Entry>> {
    let text: Vec<u8> = text.trim_ascii().to_vec();
    let entries = parse_uri_list(&text, own_host);
    let is_address = |entry: &Entry| match entry {
        Entry::Local(_) => true,
        Entry::Remote(text) => !text.contains(char::is_whitespace),
        Entry::Bad(_) => false,
    };
    (!entries.is_empty() && entries.iter().all(is_address)).then_some(entries)
}

fn parse_line(line: &[u8], own_host: &[u8]) -> Entry {
    let text = || String::from_utf8_lossy(line).into_owned();
    let Some(rest) = strip_scheme(line, b"file:") else {
        return if has_place(line) {
            Entry::Remote(text())
        } else {
            Entry::Bad(text())
        };
    };
    let path = match rest.strip_prefix(b"//") {
        Some(with_host) => {
            let Some(at) = with_host.iter().position(|byte| *byte == b'/') else {
                return Entry::Bad(text());
            };
            let (host, path) = with_host.split_at(at);
            if !is_here(host, own_host) {
                return Entry::Remote(text());
            }
            path
        }
        None => rest,
    };
    // `file:name` says nothing about the folder it is in.
    if !path.starts_with(b"/") {
        return Entry::Bad(text());
    }
    match percent_decoded(path) {
        Some(path) => Entry::Local(PathBuf::from(OsString::from_vec(path))),
        None => Entry::Bad(text()),
    }
}

fn strip_scheme<'a>(line: &'a [u8], scheme: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Whether it names a place: `http://…`, `sftp://…`, but not `javascript:…`.
fn has_place(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let (scheme, rest) = line.split_at(colon);
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(fits)
        && rest.starts_with(b"://")
}

fn is_here(host: &[u8], own_host: &[u8]) -> bool {
    host.is_empty()
        || host.eq_ignore_ascii_case(b"localhost")
        || host.eq_ignore_ascii_case(own_host)
}

/// The bytes behind `%41`. A percent sign without two digits stands for itself:
/// programs that encode nothing write it so. `None` for a NUL, which no path
/// can hold.
fn percent_decoded(path: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&first, after)) = rest.split_first() {
        let (byte, next) = match (first, escaped(after)) {
            (b'%', Some(found)) => found,
            _ => (first, after),
        };
        if byte == 0 {
            return None;
        }
        bytes.push(byte);
        rest = next;
    }
    Some(bytes)
}

/// The byte of two hexadecimal digits, and what follows them.
fn escaped(after_percent: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], rest) = after_percent.split_first_chunk::<2>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(*high)? * 16 + digit(*low)?;
    Some((u8::try_from(value).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    use super::*;

    fn local(path: &[u8]) -> Entry {
        Entry::Local(Path::new(std::ffi::OsStr::from_bytes(path)).to_owned())
    }

    fn remote(text: &str) -> Entry {
        Entry::Remote(text.to_owned())
    }

    fn bad(text: &str) -> Entry {
        Entry::Bad(text.to_owned())
    }

    #[track_caller]
    fn check(list: &[u8], want: &[Entry]) {
        assert_eq!(parse_uri_list(list, b"desk"), want);
    }

    #[test]
    fn every_way_to_write_a_local_file() {
        for (line, path) in [
            (&b"file:///tmp/a.txt"[..], &b"/tmp/a.txt"[..]),
            (b"file:/tmp/a.txt", b"/tmp/a.txt"),
            (b"FILE:///tmp/a.txt", b"/tmp/a.txt"),
            (b"file://localhost/tmp/a.txt", b"/tmp/a.txt"),
            (b"file://desk/tmp/a.txt", b"/tmp/a.txt"),
            (b"file://DESK/tmp/a.txt", b"/tmp/a.txt"),
            (b"file:///tmp/a%20b%23%25.txt", b"/tmp/a b#%.txt"),
            (b"file:///tmp/100%.txt", b"/tmp/100%.txt"),
            (b"file:///tmp/100%2525", b"/tmp/100%25"),
            (b"file:///tmp/%4", b"/tmp/%4"),
            (b"file:///tmp/%zz", b"/tmp/%zz"),
            (b"file:///tmp/line%0Abreak", b"/tmp/line\nbreak"),
            (b"file:///tmp/bad%FF%FEname", b"/tmp/bad\xff\xfename"),
            (b"file:///tmp/raw\xffbyte", b"/tmp/raw\xffbyte"),
            (b"file:///tmp/a b?c=d", b"/tmp/a b?c=d"),
            (
                "file:///tmp/截图 🚀.png".as_bytes(),
                "/tmp/截图 🚀.png".as_bytes(),
            ),
            (b"file:///", b"/"),
        ] {
            check(line, &[local(path)]);
        }
    }

    #[test]
    fn what_lies_elsewhere_and_what_lies_nowhere() {
        for line in [
            "http://example.org/cat.png",
            "sftp://host/file",
            "trash:///gone.txt",
            "file://elsewhere/tmp/a.txt",
        ] {
            check(line.as_bytes(), &[remote(line)]);
        }
        for line in [
            "javascript:alert(1)",
            "data:text/plain,hi",
            "mailto:a@b",
            "file:name",
            "file:",
            "file://",
            "file://host",
            "file:///nul%00byte",
            "/tmp/a.txt",
            "just words",
            "://",
            "1x://y",
        ] {
            check(line.as_bytes(), &[bad(line)]);
        }
    }

    #[test]
    fn every_way_to_end_a_line() {
        let (a, b) = (local(b"/a"), local(b"/b"));
        for list in [
            &b"file:///a\r\nfile:///b\r\n"[..],
            b"file:///a\nfile:///b\n",
            b"file:///a\nfile:///b",
            b"# copied\r\nfile:///a\r\n\r\nfile:///b\r\n\0",
            b"file:///a\0file:///b\0",
        ] {
            check(list, &[a.clone(), b.clone()]);
        }
        check(b"", &[]);
        check(b"\r\n#only a comment\r\n\0", &[]);
    }

    #[test]
    fn an_odd_entry_costs_no_other() {
        check(
            b"file:///a\r\nhttp://h/x\r\nfile:x\r\nfile:///b%FF\r\n",
            &[
                local(b"/a"),
                remote("http://h/x"),
                bad("file:x"),
                local(b"/b\xff"),
            ],
        );
    }

    #[test]
    fn only_a_text_of_addresses_is_a_list() {
        let read = |text: &str| parse_addresses(text.as_bytes(), b"desk");
        assert_eq!(
            read("https://h/cat.png\n"),
            Some(vec![remote("https://h/cat.png")])
        );
        assert_eq!(
            read("file:///a b\nhttp://h"),
            Some(vec![local(b"/a b"), remote("http://h")])
        );
        for text in [
            "",
            "  \n",
            "see http://h/",
            "http://h/ is down",
            "hello\nhttp://h",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
