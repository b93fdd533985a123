//! The wire against what others made: etags computed by Qiniu's own tools, and
//! forms captured from seven clients (curl, and Qiniu's and reqwest's), sent
//! again byte for byte to the demo's store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;
mod demo_client;

use std::io::{Seek as _, Write as _};
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use common::Bench;
use demo_client::{send, start, step_one};
use ones_drop::api::{Moved, etag_of, hash_file};

/// Byte i of the vectors' contents is i mod 251.
fn content(size: usize) -> Vec<u8> {
    (0..=250).cycle().take(size).collect()
}

#[test]
fn our_etag_is_that_of_the_official_tools() {
    let rows: Vec<_> = include_str!("data/qetag_vectors.tsv")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    assert!(rows.len() >= 15);
    for row in rows {
        let mut columns = row.split('\t');
        let size: usize = columns.next().unwrap().parse().unwrap();
        let etag = columns.next().unwrap();
        assert_eq!(etag_of(&content(size)), etag, "{size} in memory");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content(size)).unwrap();
        let print = hash_file(file.path(), &Moved::default(), || true).unwrap();
        assert_eq!(print.etag, etag, "{size} in a file");
    }
}

/// SHA-1 of another library than the program's.
fn sha1(bytes: &[u8]) -> [u8; 20] {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    digest.as_ref().try_into().unwrap()
}

/// The rule of Qiniu's `qetag`, written down once more.
fn plain_rule(content: &[u8]) -> String {
    let blocks: Vec<_> = content.chunks(4 << 20).map(sha1).collect();
    let (kind, digest) = match blocks.as_slice() {
        [] => (0x16, sha1(&[])),
        [one] => (0x16, *one),
        many => (0x96, sha1(&many.concat())),
    };
    URL_SAFE.encode([&[kind][..], &digest].concat())
}

#[test]
fn etags_of_files_of_any_size_are_those_of_the_rule() {
    let whole = content(20 << 20);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for step in 0..1000_usize {
        // Spread over 0 to 20 MiB, none at a round place.
        let size = step * step * 7_919_131 % whole.len();
        let start = step * 977 % (whole.len() - size);
        let part = &whole[start..start + size];
        file.as_file().set_len(0).unwrap();
        file.rewind().unwrap();
        file.write_all(part).unwrap();
        let print = hash_file(file.path(), &Moved::default(), || true).unwrap();
        assert_eq!(print.etag, plain_rule(part), "{size}");
    }
}

/// Bytes without a pattern (xorshift), always the same.
fn random(bytes: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(bytes).collect()
}

#[test]
fn the_etag_of_300_random_mib_is_that_of_the_rule() {
    let whole = random(300 << 20);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&whole).unwrap();
    let print = hash_file(file.path(), &Moved::default(), || true).unwrap();
    assert_eq!(print.etag, plain_rule(&whole));
}

/// A captured form: the content type, the body's text, what the file is called.
struct Capture {
    content_type: String,
    body: String,
}

fn read_capture(path: &Path) -> Capture {
    let text = std::fs::read_to_string(path).unwrap();
    let request = text.split("===== request 1").nth(1).unwrap();
    let request = request.split("\n----- response").next().unwrap();
    let (head, body) = request.split_once("\n\n").unwrap();
    let is_type = |line: &&str| {
        line.to_ascii_lowercase()
            .starts_with("content-type: multipart")
    };
    let content_type = head.lines().find(is_type).unwrap().to_owned();
    // The last lines are the capture's own remarks.
    let body = body
        .split("\n# (form token")
        .next()
        .unwrap()
        .trim_end_matches('\n');
    let body = format!("{body}\n").replace('\n', "\r\n");
    Capture {
        content_type,
        body: body.replace("<LF>", "\n").replace("<CR>", "\r"),
    }
}

/// The name that Go's `mime/multipart` reads, by scenario; `None` where it
/// refuses the form. Kodo's error texts are that package's.
fn name_by_go(client: &str, scenario: &str) -> Option<&'static str> {
    // These escape `"` and `\`, and send line breaks raw; the others percent-
    // encode `"` and line breaks and send `\` as it is.
    let backslashes = client.starts_with("reqwest") || client.starts_with("rust");
    Some(match scenario {
        "ascii" => "plain.txt",
        "space" => "two words.txt",
        "cjk" => "中文 报告.txt",
        "emoji" => "rocket🚀.txt",
        "quote" if backslashes => "say \"hi\".txt",
        "quote" => "say %22hi%22.txt",
        "backslash" => "back\\slash.txt",
        "newline" | "cr" if backslashes => return None,
        "newline" => "line1%0Aline2.txt",
        "cr" => "cr%0Dhere.txt",
        "semicolon" => "a;b=c.txt",
        "percent" => "100%22.txt",
        "ampplus" => "a+b&c=d.txt",
        "accent_nfd" => "cafe\u{301}.txt",
        "apostrophe" => "it's.txt",
        "zero-byte" => "empty.bin",
        other => panic!("no such scenario: {other}"),
    })
}

#[test]
fn captured_forms_of_other_clients_are_read_as_go_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/captures");
    let mut sent = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let (client, scenario) = stem.split_once("-form-").unwrap();
        let capture = read_capture(&path);
        let server = start();
        let ticket = step_one(&server, "captured", "").json();
        let token = ticket["token"].as_str().unwrap();
        let body = capture.body.replace("{{UPTOKEN}}", token);
        let url = ticket["upload_url"].as_str().unwrap();
        let answer = send(url, "POST", "/", &[capture.content_type], body.as_bytes()).unwrap();
        match name_by_go(client, scenario) {
            Some(name) => {
                assert_eq!(answer.status, 200, "{stem}: {answer:?}");
                let stored = server.attachments(&server.account().task);
                assert_eq!(stored[0].name, name, "{stem}");
            }
            None => assert_eq!(answer.status, 400, "{stem}: {answer:?}"),
        }
        sent += 1;
    }
    assert!(sent > 45, "{sent} captures");
}

#[test]
fn our_form_carries_every_name_that_the_clients_were_given() {
    let mut bench = Bench::new();
    let names = [
        ("plain.txt", "plain.txt"),
        ("two words.txt", "two words.txt"),
        ("中文 报告.txt", "中文 报告.txt"),
        ("rocket🚀.txt", "rocket🚀.txt"),
        ("say \"hi\".txt", "say \"hi\".txt"),
        ("back\\slash.txt", "back\\slash.txt"),
        ("line1\nline2.txt", "line1_line2.txt"),
        ("cr\rhere.txt", "cr_here.txt"),
        ("a;b=c.txt", "a;b=c.txt"),
        ("100%22.txt", "100%22.txt"),
        ("a+b&c=d.txt", "a+b&c=d.txt"),
        ("cafe\u{301}.txt", "cafe\u{301}.txt"),
        ("it's.txt", "it's.txt"),
    ];
    let paths: Vec<_> = names
        .iter()
        .filter(|(name, _)| !cfg!(windows) || !name.contains(['"', '\\', '\n', '\r']))
        .map(|(name, _)| bench.file(name, name.as_bytes()))
        .collect();
    let paths: Vec<_> = paths.iter().map(std::path::PathBuf::as_path).collect();
    bench.attach(&paths);
    let task = bench.server.account().task.clone();
    let mut stored: Vec<_> = bench
        .server
        .attachments(&task)
        .into_iter()
        .map(|a| a.name)
        .collect();
    let mut wanted: Vec<_> = names.iter().map(|(_, name)| (*name).to_owned()).collect();
    stored.sort();
    wanted.sort();
    assert_eq!(stored, wanted);
}
