//! F40: many files, and faults of all kinds at random requests; and fewer files
//! with one fault after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use ones_drop::api::{Limits, etag_of};
use ones_drop::demo::{Fault, Misbehaviour, Server, Step};
use ones_drop::engine::Patience;
use ones_drop::model::{ErrorKind, JobState};
use serde_json::json;

use crate::common::Bench;
use crate::common::case::status;

/// Files of each run.
const FILES: usize = 10_000;
/// Of so many requests of a step one goes wrong.
const ONE_OF: u64 = 100;

/// What may become of a file at which a fault strikes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// It arrives all the same.
    Attached,
    /// It fails, and is not on the task.
    Failed,
    /// It fails or is left open, and may be on the task.
    Doubtful,
}

/// The same numbers for the same seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn form_fault(random: &mut Random) -> (Misbehaviour, End) {
    use End::{Attached, Doubtful, Failed};
    let bytes = random.below(900);
    let redirect = Misbehaviour::Redirect {
        code: 307,
        location: "http://127.0.0.1:9/elsewhere".to_owned(),
    };
    let later = Misbehaviour::Status {
        code: 429,
        headers: vec![("Retry-After".to_owned(), "0".to_owned())],
        body: String::new(),
    };
    match random.below(31) {
        0 => (Misbehaviour::ResetAfter { bytes }, Attached),
        1 => (Misbehaviour::ResetAfterBody, Attached),
        2 => (Misbehaviour::TruncateAnswer { in_head: true }, Attached),
        3 => (Misbehaviour::TruncateAnswer { in_head: false }, Attached),
        4 => (status(500, ""), Attached),
        5 => (status(502, "<html>"), Attached),
        6 => (status(503, ""), Attached),
        7 => (status(599, ""), Attached),
        8 => (later, Attached),
        9 => (Misbehaviour::EarlyStatusThenReset { code: 503 }, Attached),
        10 => (status(401, r#"{"error":"expired token"}"#), Attached),
        11 => (Misbehaviour::CloseAfterAnswer, Attached),
        12 => (Misbehaviour::SlowBody { pause_ms: 5 }, Attached),
        13 => (Misbehaviour::NoHash, Attached),
        14 => (Misbehaviour::Duplicate614Plain { status: 579 }, Attached),
        15 => (status(403, r#"{"error":"no"}"#), Failed),
        16 => (status(413, ""), Failed),
        17 => (status(631, r#"{"error":"no such bucket"}"#), Failed),
        18 => (redirect, Failed),
        19 => (Misbehaviour::StoredNotLinked614, Doubtful),
        20 => (Misbehaviour::CallbackFailed { inner_code: 500 }, Doubtful),
        21 => (Misbehaviour::BadHash, Doubtful),
        22 => (Misbehaviour::Html, Failed),
        23 => (Misbehaviour::NotJson, Failed),
        24 => (Misbehaviour::HugeAnswer { bytes: 1 << 30 }, Failed),
        25 => (Misbehaviour::Empty, Doubtful),
        26 => (Misbehaviour::WrongSize, Attached),
        27 => (Misbehaviour::AnswerAs { status: 502 }, Attached),
        28 => (Misbehaviour::DripAnswer, Attached),
        29 => (Misbehaviour::Json(json!([{"hash": 7}])), Attached),
        _ => (Misbehaviour::Stall { after_bytes: bytes }, Attached),
    }
}

fn step_one_fault(random: &mut Random) -> (Misbehaviour, End) {
    use End::{Attached, Failed};
    match random.below(15) {
        0 => (status(500, ""), Attached),
        1 => (status(503, ""), Attached),
        2 => (Misbehaviour::ResetAfter { bytes: 0 }, Attached),
        3 => (Misbehaviour::ResetAfterBody, Attached),
        4 => (Misbehaviour::CloseAfterAnswer, Attached),
        5 => (Misbehaviour::Html, Failed),
        6 => (status(404, r#"{"errcode":"NotFound"}"#), Failed),
        7 => (Misbehaviour::HugeAnswer { bytes: 1 << 30 }, Failed),
        8 => (Misbehaviour::NotJson, Failed),
        9 => (Misbehaviour::Empty, Failed),
        10 => (Misbehaviour::TruncateAnswer { in_head: false }, Attached),
        11 => (Misbehaviour::DripAnswer, Attached),
        12 => (Misbehaviour::Stall { after_bytes: 0 }, Attached),
        13 => (
            Misbehaviour::Patch(json!({"upload_url": "ftp://127.0.0.1/"})),
            Failed,
        ),
        _ => (status(400, "{}"), Failed),
    }
}

/// A list that cannot be had now is asked for again.
fn list_fault(random: &mut Random) -> (Misbehaviour, End) {
    let what = match random.below(6) {
        0 => status(500, ""),
        1 => status(429, ""),
        2 => Misbehaviour::ResetAfter { bytes: 0 },
        3 => Misbehaviour::ResetAfterBody,
        4 => Misbehaviour::TruncateAnswer { in_head: true },
        _ => Misbehaviour::Stall { after_bytes: 0 },
    };
    (what, End::Attached)
}

/// Plans faults over all of a run's requests; how many of each end, and how many
/// of them are the list's.
fn plan(server: &Server, random: &mut Random) -> (BTreeMap<End, usize>, usize) {
    let mut planned = BTreeMap::new();
    let mut of_list = 0;
    for (at, requests, fault) in [
        (Step::Form, FILES, form_fault as fn(&mut Random) -> _),
        (Step::StepOne, FILES, step_one_fault),
        // A check's list is for many files: there are some thousands.
        (Step::List, 1000, list_fault),
    ] {
        for _ in 0..requests {
            if random.below(ONE_OF) > 0 {
                server.faults().let_pass(at, 1);
                continue;
            }
            let (what, end) = fault(random);
            server.faults().push(Fault::once(at, what));
            *planned.entry(end).or_default() += 1;
            of_list += usize::from(at == Step::List);
        }
    }
    (planned, of_list)
}

/// How one row ended.
fn end_of(state: &JobState) -> End {
    match state {
        JobState::Done(receipt) => {
            assert!(receipt.verified, "{receipt:?}");
            End::Attached
        }
        JobState::Duplicate(existing) => {
            assert!(existing.is_unconfirmed());
            End::Doubtful
        }
        JobState::Failed(error) => match &error.kind {
            ErrorKind::HashDiffers | ErrorKind::NotConfirmed | ErrorKind::OnesNotTold => {
                End::Doubtful
            }
            kind => {
                assert!(
                    matches!(
                        kind,
                        ErrorKind::StoreRefused
                            | ErrorKind::StoreTooLarge { .. }
                            | ErrorKind::Redirected { .. }
                            | ErrorKind::NotTheServer
                            | ErrorKind::Refused
                            | ErrorKind::TaskNotFound
                            | ErrorKind::UnsafeUploadAddress
                    ),
                    "{kind:?}"
                );
                End::Failed
            }
        },
        other => panic!("{other:?} is no end"),
    }
}

fn many_files_and_random_faults(seed: u64) {
    let soon = Duration::from_secs(5);
    let mut bench = Bench::with_patience(Patience {
        calls: Limits {
            call: soon,
            ..Limits::default()
        },
        no_progress: soon,
        no_answer: soon,
        ..Patience::default()
    });
    for n in 0..FILES {
        let content = format!("log {n} of {seed}");
        bench.file(&format!("logs/{n:05}.log"), content.as_bytes());
    }
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let (planned, of_list) = plan(&bench.server, &mut random);
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    let faults: usize = planned.values().sum();
    bench.until_rows("every row has its end", |board| {
        let totals = board.totals();
        totals.attached + totals.failed + totals.duplicates == FILES
    });
    assert_eq!(bench.server.faults().pending(), 0, "all of them happened");
    let task = bench.server.account().task.clone();
    let mut listed: BTreeMap<String, usize> = BTreeMap::new();
    for item in bench.server.attachments(&task) {
        *listed.entry(item.name).or_default() += 1;
    }
    let mut ends: BTreeMap<End, usize> = BTreeMap::new();
    for job in bench.board.jobs() {
        let end = end_of(&job.state);
        *ends.entry(end).or_default() += 1;
        let copies = listed.get(&job.name).copied().unwrap_or_default();
        let fits = match end {
            End::Attached => copies == 1,
            End::Failed => copies == 0,
            End::Doubtful => copies <= 1,
        };
        assert!(fits, "{copies} of {}: {:?}", job.name, job.state);
    }
    // One that can pass fails nobody, and each of the others one file. Where the
    // answer before was lost and no list told more, a refusal leaves it open. So
    // does a list that cannot be had where an answer proved nothing: which file's
    // look meets it is a matter of time.
    let of = |ends: &BTreeMap<End, usize>, end| ends.get(&end).copied().unwrap_or_default();
    let not_attached = |ends| of(ends, End::Failed) + of(ends, End::Doubtful);
    let least = not_attached(&planned);
    let most = least + of_list;
    assert!(
        (least..=most).contains(&not_attached(&ends)),
        "{seed}: {ends:?}"
    );
    assert!(
        of(&ends, End::Failed) <= of(&planned, End::Failed),
        "{seed}"
    );
    // No fault makes more than one request anew.
    assert!(
        bench.tickets() <= FILES + faults,
        "{} tickets",
        bench.tickets()
    );
    assert!(bench.forms() <= FILES + faults, "{} forms", bench.forms());
}

#[test]
fn f40_many_files_and_random_faults_of_seed_one() {
    many_files_and_random_faults(1);
}

#[test]
fn f40_many_files_and_random_faults_of_seed_two() {
    many_files_and_random_faults(2);
}

#[test]
fn f40_many_files_and_random_faults_of_seed_three() {
    many_files_and_random_faults(3);
}

/// Files of a run in which every second request goes wrong.
const UNLUCKY: usize = 800;

/// A fault that takes no time of its own: a thousand of the others would.
fn quick(fault: impl Fn(&mut Random) -> (Misbehaviour, End), random: &mut Random) -> Misbehaviour {
    loop {
        let (what, _) = fault(random);
        let takes_time = matches!(
            what,
            Misbehaviour::Stall { .. }
                | Misbehaviour::DripAnswer
                | Misbehaviour::SlowBody { .. }
                | Misbehaviour::HugeAnswer { .. }
        );
        if !takes_time {
            return what;
        }
    }
}

/// Whatever follows on what: what is called attached is on the task, once and with
/// the file's own content; what is called a failure is not; and all comes to an end.
fn sequences_of_faults(seed: u64) {
    let mut bench = Bench::new();
    for n in 0..UNLUCKY {
        let content = format!("log {n} of {seed}");
        bench.file(&format!("logs/{n:04}.log"), content.as_bytes());
    }
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    for (at, fault) in [
        (Step::Form, form_fault as fn(&mut Random) -> _),
        (Step::StepOne, step_one_fault),
        (Step::List, list_fault),
    ] {
        for _ in 0..UNLUCKY * 4 {
            if random.below(2) > 0 {
                bench.server.faults().let_pass(at, 1);
            } else {
                let what = quick(fault, &mut random);
                bench.server.faults().push(Fault::once(at, what));
            }
        }
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_rows("every row has its end", |board| {
        let totals = board.totals();
        totals.attached + totals.failed + totals.duplicates == UNLUCKY
    });
    let task = bench.server.account().task.clone();
    let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in bench.server.attachments(&task) {
        listed.entry(item.name).or_default().push(item.hash);
    }
    let mut ends: BTreeMap<End, usize> = BTreeMap::new();
    for job in bench.board.jobs() {
        let end = end_of_unlucky(&job.state);
        *ends.entry(end).or_default() += 1;
        let copies = listed.get(&job.name).cloned().unwrap_or_default();
        let content = format!("log {} of {seed}", job.id.0 - 1);
        let ours = etag_of(content.as_bytes());
        let fits = match end {
            End::Attached => copies == [ours],
            End::Failed => copies.is_empty(),
            End::Doubtful => copies.len() <= 1,
        };
        assert!(fits, "{copies:?} of {}: {:?}", job.name, job.state);
    }
    let each = ends.values().all(|files| *files > 20);
    assert!(ends.len() == 3 && each, "{ends:?}");
    // Five tries, one for free, and a second permit for each.
    assert!(bench.forms() <= UNLUCKY * 12, "{} forms", bench.forms());
}

/// How one row ended that may have used up its tries.
fn end_of_unlucky(state: &JobState) -> End {
    let spent = match state {
        JobState::Failed(error) => error.kind.may_pass(),
        _ => false,
    };
    if spent { End::Failed } else { end_of(state) }
}

#[test]
fn f40_sequences_of_faults_of_seed_four() {
    sequences_of_faults(4);
}

#[test]
fn f40_sequences_of_faults_of_seed_five() {
    sequences_of_faults(5);
}
