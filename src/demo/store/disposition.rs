//! `Content-Disposition` of a form part, read the way Go's `mime/multipart`
//! reads it.
//!
//! Kodo's error texts are those of Go's package, so its reading decides which
//! name an attachment gets (inferred). multer's own reading undoes only half of
//! the escapes, hence this file; the form reader is its only caller.

/// The two parameters that matter.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Disposition {
    /// The field's name.
    pub(super) name: String,
    /// The base name of the file; empty where the part is a plain value.
    pub(super) file_name: String,
}

/// Reads the header's bytes. What Go refuses to read is left empty, as there.
pub(super) fn parse(header: &[u8]) -> Disposition {
    let Ok(text) = std::str::from_utf8(header) else {
        return Disposition::default();
    };
    let Some((kind, parameters)) = text.split_once(';') else {
        return Disposition::default();
    };
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Disposition::default();
    }
    let mut found = Disposition::default();
    let mut extended = None;
    let mut rest = parameters;
    while !rest.trim_matches([';', ' ', '\t']).is_empty() {
        // One malformed parameter costs all of them, as in Go.
        let Some((key, value, left)) = parameter(rest) else {
            return Disposition::default();
        };
        match key.as_str() {
            "name" => found.name = value,
            "filename" => found.file_name = value,
            "filename*" => extended = rfc2231(&value),
            _ => {}
        }
        rest = left;
    }
    let file_name = extended.unwrap_or_else(|| std::mem::take(&mut found.file_name));
    Disposition {
        file_name: base_name(&file_name).to_owned(),
        ..found
    }
}

/// The next `; key=value`, and what follows it. `None` where it is malformed.
fn parameter(text: &str) -> Option<(String, String, &str)> {
    let text = text.trim_start_matches([';', ' ', '\t']);
    let (key, rest) = text.split_once('=')?;
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted_value(quoted)?,
        None => token_value(rest)?,
    };
    Some((key.trim().to_ascii_lowercase(), value, rest))
}

/// A quoted value, from after its first quote. A backslash escapes only a
/// special character, so that `C:\dir` from an old browser stays whole.
fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\r' | '\n' => return None,
            '\\' => match characters.next_if(|(_, next)| is_special(*next)) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}

/// An unquoted value: printable ASCII without specials, or nothing.
fn token_value(text: &str) -> Option<(String, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_graphic() || is_special(c))
        .unwrap_or(text.len());
    let (value, rest) = text.split_at(end);
    let ends_well = rest.is_empty() || rest.trim_start().starts_with(';');
    (ends_well && !value.is_empty()).then(|| (value.to_owned(), rest))
}

/// `UTF-8''percent%20encoded`; beats the plain file name, as in Go.
fn rfc2231(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::new();
    let mut left = encoded.as_bytes();
    while let Some((first, rest)) = left.split_first() {
        let hex = rest
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (*first, hex) {
            (b'%', Some(pair)) => {
                bytes.push(u8::from_str_radix(pair, 16).ok()?);
                left = rest.get(2..)?;
            }
            (byte, _) => {
                bytes.push(byte);
                left = rest;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// RFC 2045's specials.
fn is_special(character: char) -> bool {
    r#"()<>@,;:\"/[]?="#.contains(character)
}

/// Go keeps the part after the last slash.
fn base_name(name: &str) -> &str {
    let trimmed = name.trim_end_matches('/');
    trimmed.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_read_as_go_reads_them() {
        let table = [
            (
                r#"form-data; name="file"; filename="plain.txt""#,
                "plain.txt",
            ),
            (
                r#"form-data; name="file"; filename="中文 报告.txt""#,
                "中文 报告.txt",
            ),
            (
                r#"form-data; name="file"; filename="rocket🚀.txt""#,
                "rocket🚀.txt",
            ),
            (
                r#"form-data; name="file"; filename="say \"hi\".txt""#,
                "say \"hi\".txt",
            ),
            (
                r#"form-data; name="file"; filename="back\\slash.txt""#,
                r"back\slash.txt",
            ),
            (
                r#"form-data; name="file"; filename="back\slash.txt""#,
                r"back\slash.txt",
            ),
            (
                r#"form-data; name="file"; filename="say %22hi%22.txt""#,
                "say %22hi%22.txt",
            ),
            (
                r#"form-data; name="file"; filename="a;b=c.txt""#,
                "a;b=c.txt",
            ),
            (
                r#"form-data; name="file"; filename="/etc/a/b.txt""#,
                "b.txt",
            ),
            ("form-data; name=file; filename=b.txt", "b.txt"),
            (r#"form-data; name="file"; filename="""#, ""),
            (r#"form-data; name="file""#, ""),
            (
                r#"form-data; name="file"; filename="x.txt"; filename*=UTF-8''%E4%B8%AD.txt"#,
                "中.txt",
            ),
        ];
        for (header, expected) in table {
            let read = parse(header.as_bytes());
            assert_eq!(read.file_name, expected, "{header}");
            assert_eq!(read.name, "file", "{header}");
        }
    }

    #[test]
    fn what_go_cannot_read_has_no_name() {
        let table = [
            "",
            "attachment; filename=\"a\"",
            "form-data",
            "form-data; name=\"file\"; filename=中文.txt",
            "form-data; name=\"file\"; filename=\"a\nb.txt\"",
            "form-data; name=\"file\"; filename=\"no end",
        ];
        for header in table {
            assert_eq!(parse(header.as_bytes()), Disposition::default(), "{header}");
        }
    }
}
