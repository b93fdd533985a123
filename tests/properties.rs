//! General rules, tried with ten thousand random cases each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

#[path = "properties/answers.rs"]
mod answers;
#[path = "common/form_parser.rs"]
mod form_parser;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
use form_parser::parse_form;
use ones_drop::api::{
    Form, StoreAnswer, UploadAddress, check_upload_url, deadline_of, etag_of, read_answer,
};
use ones_drop::engine::RetryPolicy;
use ones_drop::model::{
    Board, ErrorKind, Event, Existing, ExistingPlace, Hold, How, Job, JobId, JobState, Receipt,
    RetryPause, ServerAddress, SkipReason, TaskRef, Trace,
};
use ones_drop::words::{clean, shorten};
use proptest::prelude::*;

/// Names as hostile as they come: any characters, more of the dangerous ones, and
/// whole names that some system takes for something else.
fn name() -> impl Strategy<Value = String> {
    let dangerous = prop::sample::select(vec![
        '"', '\\', '\r', '\n', '\0', ';', '=', ':', '%', '-', '/', ' ', '\t', '\u{202e}', '\u{1b}',
        '中', '🚀', '\u{301}', '\u{feff}', '\u{2028}',
    ]);
    let chars = prop::collection::vec(prop_oneof![3 => dangerous, 1 => any::<char>()], 0..40)
        .prop_map(|chars| chars.into_iter().collect());
    let reserved = prop::sample::select(vec![
        ".",
        "..",
        "...",
        "-rf",
        "--json",
        "CON",
        "nul.txt",
        "COM1",
        "aux.log",
        "a.",
        "a ",
        "~",
        "$HOME",
        "\u{202e}gpj.exe",
        "1;type=text/html",
        "UTF-8''a",
        "=?utf-8?B?YQ==?=",
    ]);
    // Up to 255 characters, which is what file systems take and more.
    let longest = prop::sample::select(vec!["a", "中", "🚀", "\"", "\\", "\u{301}"])
        .prop_flat_map(|one| (1..=255_usize).prop_map(move |times| one.repeat(times)));
    prop_oneof![
        6 => chars,
        1 => reserved.prop_map(str::to_owned),
        1 => longest,
    ]
}

/// Bodies of answers: members that are known, with values that may be right.
fn answer_body() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["error", "err_code", "hash", "size", "callback_body"]);
    let value = prop_oneof![
        r#""[^"\\]{0,40}""#,
        Just(r#""FtUYw_aeF-p06Dd_uVmJDD1j4Utq""#.to_owned()),
        any::<u64>().prop_map(|number| number.to_string()),
        r"-?[0-9.e-]{1,30}",
        prop::sample::select(vec!["null", "[[[]]]", "{}", "true"]).prop_map(str::to_owned),
    ];
    // Of two members with one name each parser takes another one.
    let members = prop::collection::btree_map(key, value, 0..5).prop_map(|members| {
        let members = members
            .iter()
            .map(|(key, value)| format!("\"{key}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    });
    prop_oneof![1 => ".{0,300}", 4 => members]
}

/// Whether an answer names both, read apart from the program. `None` where it cannot
/// be read so: a field that nobody wants may hold a number that is too large.
fn says_hash_and_size(body: &str) -> Option<bool> {
    let said = serde_json::from_str::<serde_json::Value>(body).ok()?;
    Some(said["hash"].is_string() && said["size"].is_u64())
}

fn states() -> Vec<JobState> {
    let existing = Existing {
        place: ExistingPlace::Unconfirmed(Trace::default()),
        hash: String::new(),
    };
    vec![
        JobState::Queued,
        JobState::Checking,
        JobState::Duplicate(existing.clone()),
        JobState::Ready,
        JobState::Asking,
        JobState::Sending,
        JobState::Confirming,
        JobState::Stopping,
        JobState::Waiting(RetryPause {
            next_try: 2,
            of: 5,
            until: Instant::now(),
            error: ErrorKind::ServerTrouble.into(),
        }),
        JobState::Held(Hold::SignIn),
        JobState::Held(Hold::Task),
        JobState::Held(Hold::Network),
        JobState::Done(Arc::new(Receipt {
            how: How::Sent,
            verified: true,
            hash: String::new(),
            resource: String::new(),
            trace: Trace::default(),
        })),
        JobState::Skipped(SkipReason { existing }),
        JobState::Failed(ErrorKind::Missing.into()),
        JobState::Cancelled,
    ]
}

/// Which state may follow which, by their names: the design's picture (house
/// design 4) with the states that came after it.
const MOVES: [(&str, &[&str]); 14] = [
    ("queued", &["checking"]),
    ("checking", &["ready", "duplicate", "waiting"]),
    ("duplicate", &["ready", "skipped", "queued"]),
    ("ready", &["asking", "sending"]),
    (
        "asking",
        &["ready", "sending", "waiting", "stopping", "done"],
    ),
    (
        "sending",
        &[
            "asking",
            "confirming",
            "waiting",
            "duplicate",
            "stopping",
            "done",
        ],
    ),
    (
        "confirming",
        &[
            "asking",
            "sending",
            "waiting",
            "duplicate",
            "stopping",
            "done",
        ],
    ),
    ("stopping", &["duplicate", "done"]),
    ("waiting", &["ready", "queued"]),
    ("held", &["ready", "queued"]),
    ("done", &[]),
    ("skipped", &["queued"]),
    ("failed", &["queued"]),
    ("cancelled", &["queued"]),
];
const SETTLED: [&str; 4] = ["done", "skipped", "failed", "cancelled"];

fn may_follow(now: &str, next: &str) -> bool {
    let row = MOVES.iter().find(|(from, _)| *from == now).unwrap();
    let anytime = ["failed", "cancelled", "held"].contains(&next);
    row.1.contains(&next) || (anytime && !SETTLED.contains(&now))
}

#[test]
fn the_rule_of_moves_is_the_table() {
    for now in states() {
        for next in states() {
            let want = may_follow(now.code(), next.code());
            assert_eq!(now.may_become(&next), want, "{now:?} → {next:?}");
        }
    }
}

fn job(id: u64) -> Job {
    Job {
        id: JobId(id),
        task: None,
        path: "a".into(),
        name: "a".into(),
        description: "".into(),
        size_bytes: 100,
        moved_bytes: 0,
        store: None,
        state: JobState::Queued,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s10_any_name_makes_a_form_of_exactly_two_parts(name in name(), token in "[ -~]{0,60}", content in prop::collection::vec(any::<u8>(), 0..200)) {
        let form = Form::new(&token, &name);
        let (head, tail) = form.frame();
        let body = [&head[..], &content, &tail[..]].concat();
        let parts = parse_form(&form.content_type(), &body);
        prop_assert_eq!(parts.len(), 2);
        prop_assert_eq!(&parts[0], &("token".to_owned(), None, token.into_bytes()));
        let carried: String = name.chars().map(|c| if c.is_control() { '_' } else { c }).collect();
        let carried = if carried.is_empty() { "_".to_owned() } else { carried };
        prop_assert_eq!(&parts[1], &("file".to_owned(), Some(carried), content));
    }

    #[test]
    fn retries_end_and_their_pauses_are_limited(wishes in prop::collection::vec(prop::option::of(any::<u32>()), 0..40), tries in 1_u32..12, base_ms in 0_u64..5000) {
        let policy = RetryPolicy { tries, base: Duration::from_millis(base_ms), cap: Duration::from_secs(30) };
        let mut waited = Duration::ZERO;
        let mut made = 1;
        for (failed, wish) in (1..).zip(&wishes) {
            match policy.pause_after(failed, wish.map(|secs| Duration::from_secs(secs.into()))) {
                Some(pause) => { waited += pause; made += 1; }
                None => break,
            }
        }
        prop_assert!(made <= tries);
        prop_assert!(waited <= Duration::from_mins(5) * tries);
    }

    #[test]
    fn no_row_leaves_a_good_end(moves in prop::collection::vec(0_usize..16, 0..60)) {
        let states = states();
        let mut board = Board::default();
        board.apply(&Event::JobsAdded { jobs: vec![job(1)], left_out: vec![] });
        let mut was_done = false;
        for at in moves {
            let next = states[at].clone();
            let now = board.jobs()[0].state.clone();
            if now.may_become(&next) {
                prop_assert!(!was_done, "{now:?} → {next:?}");
                let done = matches!(next, JobState::Done(_));
                let asked = matches!(now, JobState::Asking | JobState::Sending | JobState::Confirming | JobState::Stopping);
                prop_assert!(!done || asked, "attached only after the server was asked");
                was_done = done;
                board.apply(&Event::JobChanged { id: JobId(1), state: next });
            }
            let totals = board.totals();
            let full = totals.share() >= 1.0;
            prop_assert!(!full || totals.active == 0, "never full while something moves");
        }
    }

    #[test]
    fn the_etag_is_that_of_the_plain_rule(size in 0_usize..40_000, seed in any::<u16>()) {
        // The rule for one block, with the SHA-1 of another library;
        // tests/protocol.rs has a thousand sizes up to five blocks.
        let content: Vec<u8> = (0..size).map(|i| u8::try_from((i * 7 + usize::from(seed)) % 256).unwrap()).collect();
        let digest = aws_lc_rs::digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, &content);
        let plain = [&[0x16_u8][..], digest.as_ref()].concat();
        let plain = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, plain);
        prop_assert_eq!(etag_of(&content), plain);
    }

    #[test]
    fn s15_no_answer_upsets_the_parsers(status in prop_oneof![Just(200_u16), 100_u16..1000], body in answer_body()) {
        // What comes out must never be a success without hash and size.
        let read = read_answer(status, body.as_bytes());
        if matches!(read, Some(StoreAnswer::Stored { .. })) {
            prop_assert!((200..300).contains(&status));
            prop_assert_ne!(says_hash_and_size(&body), Some(false), "{}", body);
        } else if status == 200 && !body.contains("err") {
            prop_assert_ne!(says_hash_and_size(&body), Some(true), "{}", body);
        }
        let _deadline = deadline_of(&body);
        let nested = serde_json::json!({ "error": body }).to_string();
        let _answer = read_answer(status, nested.as_bytes());
    }

    #[test]
    fn no_text_upsets_addresses_and_tasks(text in prop_oneof![".{0,120}", "(https?://)?[a-z0-9.:@\\[\\]/#?-]{0,60}"]) {
        if let Some(address) = ServerAddress::parse(&text) {
            let again = ServerAddress::parse(&address.to_string());
            prop_assert_eq!(again.as_ref(), Some(&address));
            if let UploadAddress::Safe(url) | UploadAddress::Plain(url) =
                check_upload_url(&address, &text)
            {
                prop_assert!(url.username().is_empty());
            }
        }
        let _task = TaskRef::parse(&text);
    }

    #[test]
    fn s11_shown_texts_are_harmless_and_short(text in name(), max in 5_usize..60) {
        let shown = clean(&text, 300);
        let deceives = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        let harmless = !shown.chars().any(deceives);
        prop_assert!(harmless, "it deceives");
        prop_assert!(shorten(&shown, max).chars().count() <= max.max(5));
    }
}

/// Encodes a path as file managers do, written apart from the program.
#[cfg(all(unix, not(target_os = "macos")))]
fn uri_of(path: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut uri = String::from("file://");
    for byte in path {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            write!(uri, "%{byte:02X}").unwrap();
        }
    }
    uri
}

#[cfg(all(unix, not(target_os = "macos")))]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Any path that a Unix file can have survives a drag byte for byte.
    #[test]
    fn a_dragged_path_arrives_byte_for_byte(
        paths in prop::collection::vec(prop::collection::vec(1..=255_u8, 0..60), 0..8),
        ends in prop::sample::select(vec!["\r\n", "\n"]),
    ) {
        use ones_drop::platform::drops::{Entry, parse_uri_list};
        use std::os::unix::ffi::OsStrExt as _;

        let paths: Vec<Vec<u8>> = paths.iter().map(|path| [b"/", &path[..]].concat()).collect();
        let list: String = paths.iter().map(|path| uri_of(path) + ends).collect();
        let got = parse_uri_list(list.as_bytes(), b"host");
        prop_assert_eq!(got.len(), paths.len());
        for (entry, path) in got.iter().zip(&paths) {
            let Entry::Local(got) = entry else {
                return Err(TestCaseError::fail(format!("{entry:?}")));
            };
            prop_assert_eq!(got.as_os_str().as_bytes(), &path[..]);
        }
    }

    /// Whatever bytes come: each line that is no comment is one entry, and the
    /// good ones among them come through.
    #[test]
    fn a_hostile_list_loses_no_entry(
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..10),
    ) {
        use ones_drop::platform::drops::{Entry, parse_uri_list};

        let breaks = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        let lines: Vec<Vec<u8>> = lines
            .into_iter()
            .map(|line| line.into_iter().filter(|byte| !breaks(byte)).collect())
            .collect();
        let counted = lines.iter().filter(|line| !line.is_empty() && line[0] != b'#').count();
        let list = lines.join(&b"\r\nfile:///good\r\n"[..]);
        let got = parse_uri_list(&list, b"host");
        let good = lines.len().saturating_sub(1);
        prop_assert_eq!(got.len(), counted + good);
        let came = got.iter().filter(|entry| **entry == Entry::Local("/good".into())).count();
        prop_assert!(came >= good);
    }
}
