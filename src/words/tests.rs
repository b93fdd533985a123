//! Every state and every error has something to say, in both languages.

use std::time::Instant;

use super::samples::{job, kinds, states};
use super::*;
use crate::model::{ErrorKind, Team};

pub(in crate::words) const LANGUAGES: [Language; 2] = [Language::English, Language::Chinese];

#[track_caller]
pub(in crate::words) fn is_well_put(language: Language, text: &str) {
    assert!(!text.trim().is_empty());
    assert!(!text.contains('!') && !text.contains('！'), "{text}");
    assert!(!text.contains("  "), "{text:?}");
    let asks = ["，请", "。请", "；请"]
        .iter()
        .any(|ask| text.contains(ask));
    assert!(!asks && !text.starts_with('请'), "{text}");
    assert!(!text.to_lowercase().contains("please"), "{text}");
    if language == Language::Chinese {
        assert!(
            text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
            "{text}"
        );
    }
}

#[test]
fn every_error_says_what_happened_and_what_to_do() {
    for language in LANGUAGES {
        let say = words(language).say;
        for kind in kinds() {
            let text = say.error(&UploadError::new(kind), "trace.har");
            is_well_put(language, &text.what);
            is_well_put(language, &text.todo);
            is_well_put(language, &text.joined());
        }
    }
}

#[test]
fn every_state_has_a_line_and_a_word() {
    for language in LANGUAGES {
        let say = words(language).say;
        for state in states() {
            is_well_put(language, say.state(&state));
            let job = job(state);
            is_well_put(
                language,
                &say.row(&job, Instant::now(), RowNumbers::default()),
            );
        }
    }
}

#[test]
fn the_lines_that_people_read_most() {
    let numbers = RowNumbers {
        bytes_per_sec: Some(3_250_000.0),
        time_left: Some(Duration::from_secs(4)),
    };
    let line = |language| {
        words(language)
            .say
            .row(&job(JobState::Sending), Instant::now(), numbers)
    };
    assert_eq!(
        line(Language::English),
        "Uploading - 25.4 of 41.0 MB - 3.1 MB/s - about 5 s left"
    );
    assert_eq!(
        line(Language::Chinese),
        "正在上传 - 25.4 / 41.0 MB - 3.1 MB/s - 约剩 5 秒"
    );
}

#[test]
fn the_summary_never_says_done_while_something_failed() {
    let totals = |attached, failed, skipped| Totals {
        jobs: attached + failed + skipped,
        attached,
        failed,
        skipped,
        ..Totals::default()
    };
    let say = words(Language::English).say;
    for (counts, want) in [
        (totals(1, 0, 0), "1 file attached."),
        (totals(1000, 0, 0), "1,000 files attached."),
        (totals(4, 1, 2), "4 attached, 1 failed, 2 skipped."),
        (
            totals(0, 0, 1),
            "Nothing attached: 1 file was already there and was skipped.",
        ),
        (totals(0, 2, 0), "2 failed."),
        (totals(0, 0, 0), "Nothing to attach."),
    ] {
        assert_eq!(say.summary(&counts), want);
    }
}

#[test]
fn a_server_text_stands_after_ours() {
    let mut error = UploadError::new(ErrorKind::StoreRefused);
    error.details.server_text = Some("no such bucket".into());
    let text = words(Language::English).say.error(&error, "a.log");
    assert_eq!(
        text.joined(),
        "The storage server refused a.log. It was not attached; the file on this computer is untouched. The details say why. The server said: no such bucket"
    );
    let text = words(Language::Chinese).say.error(&error, "a.log");
    assert_eq!(
        text.message(),
        "存储服务器拒绝接收 a.log。服务器说明：no such bucket"
    );
}

#[test]
fn who_cannot_sign_in_hears_what_the_keyring_said_and_the_two_ways() {
    use crate::model::KeyringFault as S;
    let text = |language, keyring| {
        let error = ErrorKind::NoSignIn { keyring }.into();
        words(language).say.error(&error, "").joined()
    };
    let ways = "Sign in once in the window, or set ONES_DROP_SERVER, ONES_DROP_TEAM, ONES_DROP_USER and ONES_DROP_TOKEN.";
    let hung = text(Language::English, Some(S::Hung));
    let why = "You are not signed in: the password store doesn't answer.";
    assert_eq!(hung, format!("{why} {ways}"));
    let unsaid = text(Language::English, None);
    assert_eq!(unsaid, format!("You are not signed in. {ways}"));
    assert_eq!(
        text(Language::Chinese, Some(S::Locked)),
        "尚未登录：密码存储已锁定。可先在窗口中登录一次，或设置 ONES_DROP_SERVER、ONES_DROP_TEAM、ONES_DROP_USER 和 ONES_DROP_TOKEN。"
    );
}

#[test]
fn names_from_servers_are_cleaned() {
    let identity = Identity {
        server: crate::model::ServerAddress::parse("https://h").unwrap(),
        person: crate::model::Person {
            id: "x".into(),
            name: "A\u{202e}B".into(),
        },
        team: Team {
            id: "t".into(),
            name: "T\n".into(),
        },
        teams: Vec::new(),
    };
    let who = words(Language::English).say.who(&identity);
    assert_eq!(who, "A‹U+202E›B - T‹U+000A›");
}

#[test]
fn a_sign_in_that_failed_speaks_of_no_file() {
    for language in LANGUAGES {
        let say = words(language).say;
        for kind in [
            ErrorKind::Unreachable {
                host: "ones.example.com".into(),
            },
            ErrorKind::TimedOut { after_secs: 30 },
            ErrorKind::ServerTrouble,
            ErrorKind::NotTheServer,
        ] {
            let error = UploadError::new(kind);
            assert_eq!(say.error(&error, "").became, "", "{error:?}");
            assert_ne!(say.error(&error, "a.log").became, "", "{error:?}");
        }
    }
}

#[test]
fn a_file_that_may_be_there_is_not_called_not_attached() {
    let say = words(Language::English).say;
    for (kind, word, line) in [
        (
            ErrorKind::Missing,
            "Not attached",
            "Not attached. trace.har is no longer where it was.",
        ),
        (
            ErrorKind::NotConfirmed,
            "Not confirmed",
            "ONES didn't confirm that trace.har arrived. It may or may not be on the task.",
        ),
        (
            ErrorKind::OnesNotTold,
            "Not confirmed",
            "The file arrived, but ONES didn't confirm it. It may be missing on the task.",
        ),
        (
            ErrorKind::HashDiffers,
            "Copy differs",
            "The copy in ONES differs from the file here. Don't rely on that copy.",
        ),
    ] {
        let job = job(JobState::Failed(kind.into()));
        assert_eq!(say.state(&job.state), word);
        assert_eq!(
            say.row(&job, Instant::now(), RowNumbers::default()),
            line,
            "{word}"
        );
    }
}

/// The name stands above it; in a narrow window the rest of the line is cut.
#[test]
fn a_long_name_leaves_room_for_what_happened() {
    let kind = ErrorKind::TooLarge {
        size_bytes: 6 << 30,
        limit_bytes: 300 << 20,
    };
    let mut job = job(JobState::Failed(kind.into()));
    job.name = "录屏 recording of the crash.mov".into();
    for (language, start) in [
        (
            Language::English,
            "Not attached. 录屏 recordi…h.mov is 6.0 GB. ",
        ),
        (Language::Chinese, "未能上传：录屏 recordi…h.mov 为 6.0 GB"),
    ] {
        let numbers = RowNumbers::default();
        let line = words(language).say.row(&job, Instant::now(), numbers);
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn every_reason_to_leave_out_is_counted_in_words() {
    use LeftOutReason as R;
    let reasons = [
        R::Junk,
        R::EmptyFolder,
        R::NotAFile,
        R::AlreadyListed,
        R::LinkLoop,
        R::Missing,
        R::NotReadable,
        R::ChangedSince,
        R::NoAnswer,
        R::Elsewhere,
        R::NotAnAddress,
        R::NotKept,
    ];
    for language in LANGUAGES {
        let say = words(language).say;
        for reason in reasons {
            is_well_put(language, say.left_out_reason(reason));
            for count in [1, 2] {
                is_well_put(language, &say.left_out(&[(reason, count)]));
                is_well_put(language, &say.unfinished(count, &[(reason, 1)]));
            }
        }
    }
    let say = words(Language::English).say;
    assert_eq!(
        say.left_out(&[(R::Junk, 2), (R::EmptyFolder, 1), (R::Missing, 1)]),
        "4 items were left out: 2 system files, 1 empty folder, 1 missing"
    );
    assert_eq!(
        say.left_out(&[(R::AlreadyListed, 3)]),
        "3 files were already in the list. Nothing was added twice."
    );
}

#[test]
fn the_duplicate_question_says_where_the_content_is() {
    let task = Task {
        id: "6ZpgEzkkFOLPsD5s".into(),
        team: "BDfDqJU7".into(),
        number: Some(1024),
        title: None,
    };
    let say = words(Language::English).say;
    for (on_task, in_list, want) in [
        (1, 0, "1 file has content that is already on #1024."),
        (
            0,
            2,
            "2 files have the same content as another file in the list.",
        ),
        (
            2,
            1,
            "3 files have content that is already on #1024 or in the list.",
        ),
    ] {
        assert_eq!(say.duplicates(on_task, in_list, Some(&task)), want);
        let chinese = words(Language::Chinese).say;
        is_well_put(
            Language::Chinese,
            &chinese.duplicates(on_task, in_list, Some(&task)),
        );
    }
}

#[test]
fn the_overlay_speaks_both_languages() {
    let all =
        [(1, 0), (2, 0), (0, 1), (0, 2), (1, 1), (0, 0)].map(|(files, folders)| Hovered::Items {
            files,
            folders,
            bytes: Some(5),
            elsewhere: 1,
        });
    for language in LANGUAGES {
        let say = words(language).say;
        let others = [
            Hovered::Unknown,
            Hovered::Picture,
            Hovered::Text,
            Hovered::Unusable,
        ];
        for what in all.into_iter().chain(others) {
            for (signed_in, has_task) in [(false, false), (true, false), (true, true)] {
                is_well_put(language, &say.release(what, signed_in, has_task));
            }
        }
        is_well_put(language, &say.release_without(1));
        is_well_put(language, &say.release_without(2));
    }
}

/// Checks a sentence about what draws the window, on each system.
#[track_caller]
pub(super) fn names_packages_on_linux_only(text: fn(&str) -> String) {
    for (os, named) in [("linux", true), ("windows", false), ("macos", false)] {
        let text = text(os);
        assert_eq!(text.contains("libgl1"), named, "{os}: {text}");
        assert_eq!(text.contains("Debian"), named, "{os}: {text}");
        assert!(text.contains("OpenGL") && !text.contains('\n'), "{text}");
    }
}
