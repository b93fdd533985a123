//! A reader of forms as RFC 7578 has them, written apart from the program.
//!
//! For the properties and the fuzz target of the form; it panics at whatever
//! is not as it should be.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "shared by test programs; a form that cannot be read fails them"
)]

/// A part of a form: its field's name, its file name, its content.
pub type Part = (String, Option<String>, Vec<u8>);

/// Reads a form: parts by boundary, one header a line, quoted strings with
/// backslash escapes.
pub fn parse_form(content_type: &str, body: &[u8]) -> Vec<Part> {
    let boundary = content_type.split("boundary=").nth(1).unwrap();
    let mark = format!("\r\n--{boundary}");
    let mut rest = [b"\r\n", body].concat();
    let mut parts = Vec::new();
    while let Some(at) = find(&rest, mark.as_bytes()) {
        rest = rest[at + mark.len()..].to_vec();
        if rest.starts_with(b"--") {
            return parts;
        }
        let head_end = find(&rest, b"\r\n\r\n").unwrap();
        let head = String::from_utf8(rest[2..head_end].to_vec()).unwrap();
        let content_end = find(&rest, mark.as_bytes()).unwrap();
        let content = rest[head_end + 4..content_end].to_vec();
        let mut lines = head.split("\r\n");
        let disposition = lines.next().unwrap();
        for line in lines {
            assert_eq!(
                line, "Content-Type: application/octet-stream",
                "no header of others"
            );
        }
        let name = quoted(disposition, "; name=\"").unwrap();
        parts.push((name, quoted(disposition, "; filename=\""), content));
    }
    parts
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

fn quoted(line: &str, start: &str) -> Option<String> {
    let mut chars = line.split_once(start)?.1.chars();
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
}
