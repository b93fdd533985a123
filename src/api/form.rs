//! The multipart form of step 2, framed by ourselves.
//!
//! Why not the HTTP library's form: it sends CR and LF of a file name raw into
//! the part's header, so that a name can inject headers or lose the file
//! (measured with Go's `mime/multipart`, the parser that Kodo's error texts
//! are from); and its file body reads 4 KiB at a time, 13–16 times slower than
//! curl. Framing is two short texts around the file.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use bytes::Bytes;

/// The form around one file: parts `token`, then `file`.
///
/// Order and fields: documented (ONES, step 2; Qiniu 1312). No `key`: with
/// `callbackFetchKey` the app names it.
pub struct Form {
    boundary: String,
    head: Bytes,
    tail: Bytes,
}

impl Form {
    /// Frames a file with this name.
    ///
    /// The name goes out as raw UTF-8 in quotes, `"` and `\` with a backslash:
    /// the only lossless way for Go's parser (captures of seven clients). Any
    /// control character left in it becomes `_`.
    #[must_use]
    pub fn new(token: &str, file_name: &str) -> Self {
        Self::with_boundary(token, file_name, &boundary())
    }

    fn with_boundary(token: &str, file_name: &str, boundary: &str) -> Self {
        let token: String = token.chars().filter(|c| !c.is_control()).collect();
        let name = escape(file_name);
        let head = format!(
            "--{boundary}\r\n\
             Content-Disposition: form-data; name=\"token\"\r\n\r\n\
             {token}\r\n\
             --{boundary}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        Self {
            boundary: boundary.to_owned(),
            head: head.into(),
            tail: tail.into(),
        }
    }

    /// The `Content-Type` of the request.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The bytes before and after the file.
    #[must_use]
    pub fn frame(&self) -> (Bytes, Bytes) {
        (self.head.clone(), self.tail.clone())
    }
}

/// 128 random bits; that a file holds them is less likely than any other fault.
fn boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("ones-drop-{:016x}{:016x}", random(), random())
}

fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push('_'),
            c => escaped.push(c),
        }
    }
    if escaped.is_empty() {
        // An empty file name turns the part into a plain value (seen in
        // public issues); intake never lets one through.
        escaped.push('_');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(name: &str) -> String {
        let form = Form::with_boundary("AK:sign:policy", name, "b0");
        String::from_utf8(form.frame().0.to_vec()).unwrap()
    }

    #[test]
    fn the_frame_to_the_byte() {
        let form = Form::with_boundary("AK:sign:policy", "中文 报告.txt", "b0");
        assert_eq!(form.content_type(), "multipart/form-data; boundary=b0");
        assert_eq!(
            head("中文 报告.txt"),
            "--b0\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nAK:sign:policy\r\n\
             --b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"中文 报告.txt\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        assert_eq!(&form.frame().1[..], b"\r\n--b0--\r\n");
    }

    #[test]
    fn names_that_could_break_out_do_not() {
        for (name, sent) in [
            (r#"say "hi".txt"#, r#"say \"hi\".txt"#),
            (r"back\slash.txt", r"back\\slash.txt"),
            ("a\r\nX-Evil: 1.txt", "a__X-Evil: 1.txt"),
            ("nul\0.txt", "nul_.txt"),
            ("a;b=c.txt", "a;b=c.txt"),
            ("100%22.txt", "100%22.txt"),
            ("rocket🚀.txt", "rocket🚀.txt"),
            ("", "_"),
        ] {
            let want = format!("filename=\"{sent}\"\r\n");
            assert!(head(name).contains(&want), "{name:?}: {}", head(name));
        }
    }

    #[test]
    fn a_token_cannot_break_out_either() {
        let form = Form::with_boundary("tok\r\nX-Evil: 1", "a", "b0");
        let head = String::from_utf8(form.frame().0.to_vec()).unwrap();
        assert!(head.contains("\r\n\r\ntokX-Evil: 1\r\n"), "{head}");
    }

    #[test]
    fn two_forms_have_two_boundaries() {
        assert_ne!(boundary(), boundary());
    }
}
