//! S11: names and words that others chose are shown as what they are: nothing
//! turns the direction of the text, nothing is endless, nothing is a command.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use ones_drop::model::{
    ErrorKind, Event, Existing, ExistingPlace, Hold, How, Identity, Job, JobId, JobState,
    KeyringAct, KeyringFault, KeyringState, LeftOut, LeftOutReason, RetryPause, SkipReason, Step,
    Task, Trace, UploadError,
};

use super::bench::{Bench, identity, job, receipt, task};

fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "a\u{202e}gpj.exe",
        "a\u{2066}b\u{2069}\u{200f}.log",
        "a\0b\u{1b}]0;x\u{7}.log",
        "a\r\nAttached - verified.log",
        "👨\u{200d}👩\u{200d}👧 🚀.png",
        "zero\u{200b}width\u{feff}.log",
        "<b>bold</b> [link](http://h/) $(x).log",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("x".repeat(10_000));
    names.push("登".repeat(10_000));
    names.push("e\u{301}\u{301}\u{301}".repeat(500));
    names
}

/// Texts longer than this are nobody's to read.
const LONGEST_CHARS: usize = 700;

#[track_caller]
fn is_harmless(bench: &Bench, what: &str) {
    for text in bench.texts() {
        let deceives = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
        };
        assert!(!text.contains(deceives), "{what}: {text:?}");
        assert!(text.lines().all(|line| line != "Attached - verified.log"));
        let chars = text.chars().count();
        assert!(chars <= LONGEST_CHARS, "{what}: {chars} characters");
    }
    bench.everything_is_inside();
}

/// An error in which all that a server says is hostile.
fn failure(name: &str) -> UploadError {
    let mut error = UploadError::new(ErrorKind::Unreachable { host: name.into() });
    let word = || Some(name.chars().take(200).collect());
    error.details.step = Some(Step::SendFile);
    error.details.server_code = word();
    error.details.server_text = word();
    error.details.trace = Trace {
        request_id: word(),
        store_log: word(),
    };
    error.details.cause = word();
    error
}

fn states(name: &str) -> Vec<JobState> {
    let existing = |place| Existing {
        place,
        hash: "Fqr0xh3cxeii2r7eDztILNmuqUNN".into(),
    };
    let on_task = || {
        existing(ExistingPlace::OnTask {
            name: name.into(),
            added_us: None,
            resource: name.into(),
        })
    };
    vec![
        JobState::Queued,
        JobState::Sending,
        JobState::Held(Hold::Task),
        JobState::Held(Hold::Network),
        JobState::Duplicate(on_task()),
        JobState::Duplicate(existing(ExistingPlace::InList {
            job: JobId(1),
            name: name.into(),
        })),
        JobState::Duplicate(existing(ExistingPlace::Unconfirmed(Trace::default()))),
        JobState::Skipped(SkipReason {
            existing: on_task(),
        }),
        JobState::Waiting(RetryPause {
            next_try: 2,
            of: 5,
            until: Instant::now() + Duration::from_mins(1),
            error: failure(name),
        }),
        JobState::Failed(failure(name)),
        JobState::Failed(ErrorKind::Redirected { host: name.into() }.into()),
        JobState::Done(receipt(How::Sent)),
        JobState::Cancelled,
    ]
}

#[test]
fn s11_rows_show_hostile_names_as_they_are() {
    for name in names() {
        let mut bench = Bench::with_task();
        bench.allow_any_glyph();
        let jobs = (1..).zip(states(&name));
        let jobs: Vec<Job> = jobs.map(|(id, state)| job(id, &name, state)).collect();
        let left_out = vec![LeftOut {
            path: format!("/tmp/{name}").into(),
            reason: LeftOutReason::Missing,
        }];
        bench.tell(Event::JobsAdded { jobs, left_out });
        assert!(!name.contains('\u{202e}') || bench.has_part("a‹U+202E›gpj.exe"));
        is_harmless(
            &bench,
            &format!("{:.40}", name.escape_unicode().to_string()),
        );
    }
}

#[test]
fn s11_details_show_hostile_words_as_they_are() {
    for name in names() {
        let mut bench = Bench::with_task();
        bench.allow_any_glyph();
        bench.tell(Event::JobsAdded {
            jobs: vec![job(1, "a.log", JobState::Failed(failure(&name)))],
            left_out: vec![],
        });
        bench.click("Details a.log");
        is_harmless(
            &bench,
            &format!("details {:.40}", name.escape_unicode().to_string()),
        );
        bench.press(Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn s11_people_teams_tasks_and_keyrings_have_hostile_names_too() {
    for name in names() {
        let mut bench = Bench::signed_in();
        bench.allow_any_glyph();
        let mut who: Identity = identity();
        who.person.name.clone_from(&name);
        who.team.name.clone_from(&name);
        who.teams = vec![who.team.clone()];
        bench.tell(Event::SignedIn(who));
        let hostile = Task {
            title: Some(name.clone()),
            ..(*task()).clone()
        };
        let mut row = job(1, "a.log", JobState::Queued);
        row.task = Some(Arc::new(hostile));
        bench.tell(Event::JobsAdded {
            jobs: vec![row],
            left_out: vec![],
        });
        bench.tell(Event::Keyring(KeyringState::Failed(
            KeyringAct::Save,
            KeyringFault::Other(name.clone()),
        )));
        bench.tell(Event::Offline(Some(name.clone())));
        is_harmless(
            &bench,
            &format!("people {:.40}", name.escape_unicode().to_string()),
        );
    }
}
