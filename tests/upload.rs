//! The engine against the demo server: what became of each file, and what the
//! servers saw.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

use std::time::Duration;

use common::{Bench, quick_config, token_sign_in};
use ones_drop::demo::{Misbehaviour, Options, Step};
use ones_drop::engine::{Config, Patience};
use ones_drop::model::{
    Choice, Command, ErrorKind, Event, ExistingPlace, Hold, How, JobState, KeyringState,
    LeftOutReason, Receipt, Secret, ServerAddress, SignIn,
};
use ones_drop::vault::{MemoryVault, SavedSignIn, Vault, VaultError};

fn fault(bench: &Bench, at: Step, what: Misbehaviour) {
    faults(bench, at, what, 1);
}

fn faults(bench: &Bench, at: Step, what: Misbehaviour, times: u32) {
    bench
        .server
        .faults()
        .push(ones_drop::demo::Fault { at, what, times });
}

#[track_caller]
fn receipt(state: &JobState) -> &Receipt {
    match state {
        JobState::Done(receipt) => receipt,
        other => panic!("not attached: {other:?}"),
    }
}

#[track_caller]
fn error(state: &JobState) -> &ErrorKind {
    match state {
        JobState::Failed(error) => &error.kind,
        other => panic!("did not fail: {other:?}"),
    }
}

#[test]
fn a_file_lands_on_the_task_and_is_verified() {
    let mut bench = Bench::new();
    let path = bench.file("中文 \"报告\".txt", b"hello");
    let states = bench.attach(&[&path]);
    let receipt = receipt(&states[0]);
    assert_eq!(receipt.how, How::Sent);
    assert!(receipt.verified);
    assert_eq!(receipt.hash, "Fqr0xh3cxeii2r7eDztILNmuqUNN");
    assert!(receipt.request_id.is_some());
    let task = &bench.server.account().task;
    let stored = bench.server.attachments(task);
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].name, "中文 \"报告\".txt");
    assert_eq!(stored[0].resource, receipt.resource);
    let bytes = std::fs::read(bench.server.dir().join(&stored[0].hash)).unwrap();
    assert_eq!(bytes, b"hello");
    assert_eq!(
        bench.history(0),
        [
            "checking",
            "ready",
            "asking",
            "sending",
            "confirming",
            "done"
        ]
    );
}

#[test]
fn many_files_all_arrive_and_the_list_is_asked_for_once() {
    let mut bench = Bench::new();
    for n in 0..40 {
        bench.file(&format!("logs/{n:02}.log"), format!("log {n}").as_bytes());
    }
    bench.file("logs/large.bin", &vec![7; 9_000_000]);
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_settled(41);
    assert_eq!(bench.board.totals().verified, 41);
    assert_eq!(bench.asked("/attachments"), 1);
    let mut names: Vec<_> = bench
        .board
        .jobs()
        .iter()
        .map(|job| job.name.clone())
        .collect();
    assert_eq!(names.len(), 41);
    names.dedup();
    assert_eq!(names.len(), 41, "rows in the order of names, none twice");
}

#[test]
fn an_empty_file_is_attached_too() {
    let mut bench = Bench::new();
    let path = bench.file("empty.log", b"");
    let states = bench.attach(&[&path]);
    assert_eq!(receipt(&states[0]).hash, "Fto5o-5ea0sNMlW_75VgGJCv2AcJ");
}

#[test]
fn the_same_file_again_is_asked_about_and_skipped() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"same content");
    bench.attach(&[&path]);
    let forms = bench.forms();
    let copy = bench.file("copy of a.log", b"same content");
    bench.add(&[&path, &copy]);
    bench.until("two questions", |board| board.totals().duplicates == 2);
    for index in [1, 2] {
        let JobState::Duplicate(existing) = &bench.job(index).state else {
            panic!("{}", bench.dump());
        };
        assert!(matches!(&existing.place, ExistingPlace::OnTask { name, .. } if name == "a.log"));
    }
    let jobs = bench
        .board
        .ids(|state| matches!(state, JobState::Duplicate(_)));
    bench.engine.send(Command::Decide {
        jobs,
        choice: Choice::Skip,
    });
    bench.until_settled(3);
    assert_eq!(bench.states(), ["done", "skipped", "skipped"]);
    assert_eq!(bench.forms(), forms, "nothing was sent");
    let task = &bench.server.account().task;
    assert_eq!(bench.server.attachments(task).len(), 1);
}

#[test]
fn attach_again_attaches_without_sending() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"same content");
    bench.attach(&[&path]);
    bench.add(&[&path]);
    bench.until("the question", |board| board.totals().duplicates == 1);
    let jobs = bench
        .board
        .ids(|state| matches!(state, JobState::Duplicate(_)));
    bench.engine.send(Command::Decide {
        jobs,
        choice: Choice::AttachAgain,
    });
    bench.until_settled(2);
    let second = receipt(&bench.job(1).state).clone();
    assert_eq!(second.how, How::Instant);
    assert!(second.verified);
    let task = &bench.server.account().task;
    assert_eq!(bench.server.attachments(task).len(), 2);
    assert_eq!(bench.forms(), 1);
}

#[test]
fn two_files_with_one_content_in_one_drop_are_asked_about() {
    let mut bench = Bench::new();
    let first = bench.file("a.png", b"pixels");
    let second = bench.file("b.png", b"pixels");
    bench.add(&[&first, &second]);
    bench.until("one done, one question", |board| {
        let totals = board.totals();
        totals.attached == 1 && totals.duplicates == 1
    });
    let JobState::Duplicate(existing) = &bench.job(1).state else {
        panic!("{}", bench.dump());
    };
    assert_eq!(
        existing.place,
        ExistingPlace::InList {
            name: "a.png".into()
        }
    );
}

#[test]
fn content_that_ones_has_elsewhere_is_attached_at_once() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"known content");
    bench.attach(&[&path]);
    let other = bench.task_by_id(&bench.server.account().task2.clone());
    bench.add_to(&[&path], other);
    bench.until_settled(2);
    assert_eq!(receipt(&bench.job(1).state).how, How::Instant);
    assert_eq!(bench.forms(), 1);
}

/// A server that asks for the bytes of content that it has. The second upload
/// is answered as `what` says.
fn send_known_content(what: Option<Misbehaviour>) -> (Bench, JobState) {
    let options = Options {
        takes_hash: false,
        ..Options::default()
    };
    let mut bench = Bench::with(options, quick_config());
    let path = bench.file("a.log", b"known content");
    bench.attach(&[&path]);
    if let Some(what) = what {
        fault(&bench, Step::Form, what);
    }
    let other = bench.task_by_id(&bench.server.account().task2.clone());
    bench.add_to(&[&path], other);
    bench.until("settled or asked", |board| {
        board.jobs().len() == 2 && board.totals().active == 0
    });
    let state = bench.job(1).state.clone();
    (bench, state)
}

#[test]
fn a_duplicate_that_ones_lists_is_attached() {
    let (bench, state) = send_known_content(None);
    let receipt = receipt(&state);
    assert_eq!(receipt.how, How::StoredAlready);
    assert!(receipt.verified);
    let task2 = &bench.server.account().task2;
    assert_eq!(bench.server.attachments(task2).len(), 1);
}

#[test]
fn a_duplicate_in_the_plain_shape_and_another_status_is_attached_too() {
    for status in [579, 614, 200] {
        let (_, state) = send_known_content(Some(Misbehaviour::Duplicate614Plain { status }));
        assert_eq!(receipt(&state).how, How::StoredAlready, "{status}");
    }
}

#[test]
fn a_duplicate_that_ones_does_not_list_is_a_warning() {
    let (bench, state) = send_known_content(Some(Misbehaviour::StoredNotLinked614));
    let JobState::Duplicate(existing) = state else {
        panic!("{state:?}");
    };
    assert_eq!(existing.place, ExistingPlace::Unconfirmed);
    assert_eq!(bench.forms(), 2, "never sent again by itself");
}

#[test]
fn a_failed_callback_is_settled_by_the_list() {
    let mut bench = Bench::new();
    fault(
        &bench,
        Step::Form,
        Misbehaviour::CallbackFailed { inner_code: 502 },
    );
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert_eq!(error(&states[0]), &ErrorKind::NotConfirmed);
    assert_eq!(bench.forms(), 1, "never sent again by itself");
}

#[test]
fn the_wrong_hash_or_size_is_never_attached() {
    for what in [Misbehaviour::BadHash, Misbehaviour::WrongSize] {
        let mut bench = Bench::new();
        fault(&bench, Step::Form, what);
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert_eq!(error(&states[0]), &ErrorKind::HashDiffers);
    }
}

#[test]
fn an_answer_without_a_hash_counts_only_if_ones_lists_the_file() {
    let mut bench = Bench::new();
    fault(&bench, Step::Form, Misbehaviour::NoHash);
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert!(receipt(&states[0]).verified, "by the list's hash");
}

#[test]
fn answers_that_are_none_of_the_stores() {
    for what in [
        Misbehaviour::Html,
        Misbehaviour::NotJson,
        Misbehaviour::Empty,
    ] {
        let mut bench = Bench::new();
        fault(&bench, Step::StepOne, what);
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert_eq!(error(&states[0]), &ErrorKind::NotTheServer);
        assert_eq!(bench.forms(), 0);
    }
}

#[test]
fn a_redirect_is_never_followed() {
    for at in [Step::StepOne, Step::Form] {
        let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let location = format!("http://{}/x", elsewhere.local_addr().unwrap());
        let mut bench = Bench::new();
        fault(
            &bench,
            at,
            Misbehaviour::Redirect {
                code: 307,
                location,
            },
        );
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert!(matches!(error(&states[0]), ErrorKind::Redirected { host } if host == "127.0.0.1"));
        let visited = elsewhere.accept();
        assert_eq!(visited.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn over_the_limit_is_refused_before_a_byte_and_remembered() {
    let options = Options {
        size_limit_bytes: 1000,
        ..Options::default()
    };
    let mut bench = Bench::with(options, quick_config());
    let large = bench.file("large.bin", &[1; 1001]);
    let states = bench.attach(&[&large]);
    let too_large = ErrorKind::TooLarge {
        size_bytes: 1001,
        limit_bytes: 1000,
    };
    assert_eq!(error(&states[0]), &too_large);
    assert_eq!(bench.forms(), 0);
    let asked = bench.asked("/upload");
    let larger = bench.file("larger.bin", &[2; 2000]);
    bench.attach(&[&larger]);
    assert_eq!(bench.asked("/upload"), asked, "known without asking");
    let exact = bench.file("exact.bin", &[3; 1000]);
    assert!(receipt(&bench.attach(&[&exact])[0]).verified);
}

#[test]
fn what_may_pass_is_tried_again() {
    for what in [
        Misbehaviour::ResetAfter { bytes: 0 },
        Misbehaviour::ResetAfter { bytes: 50_000 },
        Misbehaviour::Status {
            code: 503,
            headers: vec![],
            body: "busy".into(),
        },
        Misbehaviour::Status {
            code: 599,
            headers: vec![],
            body: "{}".into(),
        },
    ] {
        let mut bench = Bench::new();
        faults(&bench, Step::Form, what, 2);
        let path = bench.file("a.bin", &vec![5; 100_000]);
        let states = bench.attach(&[&path]);
        assert!(receipt(&states[0]).verified);
        assert_eq!(bench.forms(), 3);
    }
}

#[test]
fn what_cannot_pass_is_not_tried_again() {
    for code in [400, 403, 404, 608, 612, 631, 701] {
        let mut bench = Bench::new();
        let body = r#"{"error":"no <b>such</b>\nthing"}"#.to_owned();
        fault(
            &bench,
            Step::Form,
            Misbehaviour::Status {
                code,
                headers: vec![],
                body,
            },
        );
        let path = bench.file("a.log", b"content");
        let states = bench.attach(&[&path]);
        assert_eq!(error(&states[0]), &ErrorKind::StoreRefused, "{code}");
        assert_eq!(bench.forms(), 1, "{code}");
        let JobState::Failed(error) = &states[0] else {
            unreachable!()
        };
        assert_eq!(
            error.details.server_text.as_deref(),
            Some("no <b>such</b> thing")
        );
    }
}

#[test]
fn tries_come_to_an_end_and_retry_starts_anew() {
    let mut bench = Bench::new();
    // The first one is taken for a stale connection and costs no try.
    faults(&bench, Step::Form, Misbehaviour::ResetAfter { bytes: 0 }, 6);
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert_eq!(error(&states[0]), &ErrorKind::Interrupted { tries: 5 });
    let jobs = bench
        .board
        .ids(|state| matches!(state, JobState::Failed(_)));
    bench.engine.send(Command::Retry { jobs });
    bench.until("attached", |board| board.totals().attached == 1);
}

#[test]
fn an_answer_lost_after_the_last_byte_is_looked_up() {
    let mut bench = Bench::new();
    fault(&bench, Step::Form, Misbehaviour::ResetAfterBody);
    let path = bench.file("a.log", b"content");
    let states = bench.attach(&[&path]);
    assert!(receipt(&states[0]).verified);
    assert_eq!(bench.forms(), 1, "not sent twice");
    assert_eq!(
        bench.server.attachments(&bench.server.account().task).len(),
        1
    );
}

#[test]
fn a_refused_permit_is_fetched_anew_once() {
    let mut bench = Bench::new();
    let body = r#"{"error":"expired token"}"#.to_owned();
    let expired = Misbehaviour::Status {
        code: 401,
        headers: vec![],
        body,
    };
    fault(&bench, Step::Form, expired.clone());
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(bench.asked("/upload"), 2);
    faults(&bench, Step::Form, expired, 2);
    let other = bench.file("b.log", b"other");
    assert_eq!(
        error(&bench.attach(&[&other])[0]),
        &ErrorKind::PermitExpired
    );
}

#[test]
fn the_tasks_that_cannot_be_attached_to() {
    let mut bench = Bench::new();
    let path = bench.file("a.log", b"content");
    bench.add_to(&[&path], bench.task_by_id("6ZpgEzkkAAAAAAAA"));
    bench.until_settled(1);
    assert_eq!(error(&bench.job(0).state), &ErrorKind::TaskNotFound);
    assert_eq!(bench.forms(), 0);
}

#[test]
fn cancel_closes_the_connection_and_attaches_nothing() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::Form);
    let path = bench.file("a.bin", &vec![1; 40_000_000]);
    bench.add(&[&path]);
    bench.until("sending", |board| {
        board
            .jobs()
            .iter()
            .any(|job| job.state == JobState::Sending)
    });
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    bench.until_settled(1);
    assert_eq!(bench.states(), ["cancelled"]);
    drop(gate);
    let next = bench.file("b.log", b"next");
    assert!(receipt(&bench.attach(&[&next])[0]).verified);
    let task = bench.server.account().task.clone();
    let names: Vec<_> = bench
        .server
        .attachments(&task)
        .into_iter()
        .map(|a| a.name)
        .collect();
    assert_eq!(names, ["b.log"]);
}

#[test]
fn a_sign_in_that_ends_holds_the_queue_and_a_new_one_lets_it_go_on() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::StepOne);
    for n in 0..20 {
        bench.file(&format!("logs/{n:02}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until("some ask", |board| {
        board
            .jobs()
            .iter()
            .filter(|job| job.state == JobState::Asking)
            .count()
            == 6
    });
    bench.server.invalidate_tokens();
    drop(gate);
    bench.until("all held", |board| {
        board
            .jobs()
            .iter()
            .all(|job| job.state == JobState::Held(Hold::SignIn))
    });
    let told = |event: &&Event| matches!(event, Event::SignedOut(Some(_)));
    assert_eq!(bench.events.iter().filter(told).count(), 1);
    let account = bench.server.account().clone();
    bench.engine.send(Command::SignIn {
        with: SignIn::Password {
            server: ServerAddress::parse(&account.server).unwrap(),
            account: account.email,
            password: Secret::new(account.password),
        },
        keep: false,
    });
    bench.until_settled(20);
    assert_eq!(bench.board.totals().verified, 20);
}

#[test]
fn files_wait_for_a_sign_in_and_a_task() {
    let server = ones_drop::demo::Server::start(Options::default()).unwrap();
    let with = token_sign_in(&server);
    let mut bench = Bench::signed_out(server, quick_config());
    let path = bench.file("a.log", b"content");
    bench.until_event(|event| matches!(event, Event::SignInNeeded).then_some(()));
    bench.engine.send(Command::Add {
        paths: vec![path],
        task: None,
        description: String::new(),
    });
    bench.until("held for a sign-in", |board| {
        board
            .jobs()
            .iter()
            .any(|job| job.state == JobState::Held(Hold::SignIn))
    });
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until("held for a task", |board| {
        board
            .jobs()
            .iter()
            .any(|job| job.state == JobState::Held(Hold::Task))
    });
    bench.engine.send(Command::Assign {
        task: bench.task(),
        description: "from the test".into(),
    });
    bench.until_settled(1);
    assert_eq!(bench.states(), ["done"]);
    let task = bench.server.account().task.clone();
    assert_eq!(
        bench.server.attachments(&task)[0].description,
        "from the test"
    );
}

#[test]
fn what_cannot_be_read_is_left_out_beside_the_rest() {
    let mut bench = Bench::new();
    let good = bench.file("good.log", b"good");
    bench.file("more/.DS_Store", b"junk");
    let missing = bench.folder.path().join("missing.log");
    let folder = bench.folder.path().join("more");
    bench.add(&[&missing, &good, &folder]);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["done"]);
    let mut reasons: Vec<_> = bench
        .board
        .left_out()
        .iter()
        .map(|left| left.reason)
        .collect();
    reasons.sort();
    let want = [
        LeftOutReason::Junk,
        LeftOutReason::EmptyFolder,
        LeftOutReason::Missing,
    ];
    assert_eq!(reasons, want);
}

#[test]
fn the_store_sees_nothing_of_ones() {
    let mut bench = Bench::new();
    faults(
        &bench,
        Step::Form,
        Misbehaviour::ResetAfter { bytes: 10 },
        2,
    );
    let path = bench.file("a.log", b"content");
    bench.attach(&[&path]);
    let store_requests: Vec<_> = bench
        .server
        .requests()
        .into_iter()
        .filter(|seen| !seen.path.starts_with("/project/"))
        .collect();
    assert!(!store_requests.is_empty());
    for seen in store_requests {
        for (name, value) in &seen.headers {
            let name = name.to_ascii_lowercase();
            assert!(!name.starts_with("ones-"), "{name}");
            assert!(
                !["cookie", "referer", "authorization"].contains(&name.as_str()),
                "{name}"
            );
            assert!(!value.contains(&bench.server.account().token));
        }
        let length = seen
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        assert!(length.is_some(), "never chunked");
    }
}

#[test]
fn a_sign_in_is_kept_and_comes_back() {
    let vault = MemoryVault::default();
    let server = ones_drop::demo::Server::start(Options::default()).unwrap();
    let config = || Config {
        vault: Vault::Memory(vault.clone()),
        ..quick_config()
    };
    let account = server.account().clone();
    let mut bench = Bench::signed_out(server, config());
    bench.until_event(|event| matches!(event, Event::SignInNeeded).then_some(()));
    bench.engine.send(Command::SignIn {
        with: SignIn::Password {
            server: ServerAddress::parse(&account.server).unwrap(),
            account: account.email.clone(),
            password: Secret::new(account.password.clone()),
        },
        keep: true,
    });
    bench.until_event(|event| matches!(event, Event::Keyring(KeyringState::Saved)).then_some(()));
    let saved = vault.saved().unwrap();
    assert_eq!(saved.user, account.user);
    assert!(!format!("{saved:?}").contains(saved.token.reveal()));

    let Bench { server, .. } = bench;
    let mut again = Bench::signed_out(server, config());
    let identity = again.until_event(|event| match event {
        Event::SignedIn(identity) => Some(identity.clone()),
        _ => None,
    });
    assert_eq!(identity.person.name, "Demo User");
    again.engine.send(Command::SignOut);
    again.until_event(|e| matches!(e, Event::Keyring(KeyringState::Forgotten)).then_some(()));
    assert_eq!(vault.saved(), None);
}

#[test]
fn a_keyring_that_does_not_work_is_said_and_the_sign_in_lives_on() {
    for (broken, told) in [
        (VaultError::Missing, KeyringState::Missing),
        (VaultError::Locked, KeyringState::Locked),
        (
            VaultError::Failed("x".into()),
            KeyringState::Failed("x".into()),
        ),
    ] {
        let vault = MemoryVault::default();
        vault.set_broken(Some(broken));
        let server = ones_drop::demo::Server::start(Options::default()).unwrap();
        let with = token_sign_in(&server);
        let config = Config {
            vault: Vault::Memory(vault.clone()),
            ..quick_config()
        };
        let mut bench = Bench::signed_out(server, config);
        bench.engine.send(Command::SignIn { with, keep: true });
        bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
        bench.until_event(|event| matches!(event, Event::Keyring(s) if *s == told).then_some(()));
        let path = bench.file("a.log", b"content");
        assert!(receipt(&bench.attach(&[&path])[0]).verified);
        vault.set_broken(None);
        bench.engine.send(Command::SaveSignIn);
        bench.until_event(|e| matches!(e, Event::Keyring(KeyringState::Saved)).then_some(()));
    }
}

#[test]
fn wrong_passwords_and_unknown_accounts_are_told_apart() {
    for (account, password, want) in [
        (
            "demo@example.com",
            "wrong-password",
            ErrorKind::WrongPassword,
        ),
        ("nobody@example.com", "wrong-password", ErrorKind::NoAccount),
    ] {
        let server = ones_drop::demo::Server::start(Options::default()).unwrap();
        let address = ServerAddress::parse(&server.account().server).unwrap();
        let mut bench = Bench::signed_out(server, quick_config());
        bench.engine.send(Command::SignIn {
            with: SignIn::Password {
                server: address,
                account: account.into(),
                password: Secret::new(password),
            },
            keep: false,
        });
        let told = bench.until_event(|event| match event {
            Event::SignInFailed(error) => Some(error.kind.clone()),
            _ => None,
        });
        assert_eq!(told, want);
    }
}

#[test]
fn with_two_teams_the_person_chooses() {
    let options = Options {
        teams: 2,
        ..Options::default()
    };
    let server = ones_drop::demo::Server::start(options).unwrap();
    let account = server.account().clone();
    let mut bench = Bench::signed_out(server, quick_config());
    bench.engine.send(Command::SignIn {
        with: SignIn::Password {
            server: ServerAddress::parse(&account.server).unwrap(),
            account: account.email,
            password: Secret::new(account.password),
        },
        keep: false,
    });
    let teams = bench.until_event(|event| match event {
        Event::ChooseTeam(teams) => Some(teams.clone()),
        _ => None,
    });
    assert_eq!(teams.len(), 2);
    bench.engine.send(Command::ChooseTeam {
        team: teams[1].id.clone(),
    });
    let identity = bench.until_event(|event| match event {
        Event::SignedIn(identity) => Some(identity.clone()),
        _ => None,
    });
    assert_eq!(identity.team, teams[1]);
}

#[test]
fn tasks_are_found_by_id_number_and_link() {
    let mut bench = Bench::new();
    let account = bench.server.account().clone();
    let link = format!(
        "{}/project/#/team/{}/task/{}",
        account.server, account.team, account.task
    );
    for text in [account.task.as_str(), "#1024", "1024", &link] {
        bench.engine.send(Command::FindTask { text: text.into() });
        let task = bench.until_event(|event| match event {
            Event::TaskFound { task, .. } => Some(task.clone()),
            Event::TaskNotFound { error, .. } => panic!("{text}: {error:?}"),
            _ => None,
        });
        assert_eq!(
            (task.id.as_str(), task.number),
            (account.task.as_str(), Some(1024))
        );
        assert_eq!(
            task.title.as_deref(),
            Some("Login page crashes on Safari 17")
        );
    }
    for (text, want) in [
        (
            "abc 12",
            ErrorKind::NotATask {
                text: "abc 12".into(),
            },
        ),
        ("6ZpgEzkkAAAAAAAA", ErrorKind::TaskNotFound),
        (
            "https://other.example.com/project/#/team/BDfDqJU7/task/6ZpgEzkkFOLPsD5s",
            ErrorKind::OtherServer {
                server: "other.example.com".into(),
            },
        ),
    ] {
        bench.engine.send(Command::FindTask { text: text.into() });
        let kind = bench.until_event(|event| match event {
            Event::TaskNotFound { error, .. } => Some(error.kind.clone()),
            _ => None,
        });
        assert_eq!(kind, want, "{text}");
    }
}

#[test]
fn without_a_look_up_an_id_is_believed_and_a_number_is_not() {
    let options = Options {
        lookup: false,
        ..Options::default()
    };
    let mut bench = Bench::with(options, quick_config());
    let id = bench.server.account().task.clone();
    bench.engine.send(Command::FindTask { text: id.clone() });
    let task = bench.until_event(|event| match event {
        Event::TaskFound { task, .. } => Some(task.clone()),
        _ => None,
    });
    assert_eq!(
        (task.id.as_str(), task.title.as_deref()),
        (id.as_str(), None)
    );
    bench.engine.send(Command::FindTask {
        text: "#1024".into(),
    });
    let kind = bench.until_event(|event| match event {
        Event::TaskNotFound { error, .. } => Some(error.kind.clone()),
        _ => None,
    });
    assert_eq!(kind, ErrorKind::NoLookUp);
}

#[test]
fn a_paused_queue_starts_nothing_until_it_goes_on() {
    let mut bench = Bench::new();
    bench.engine.send(Command::Pause);
    bench.until_event(|event| matches!(event, Event::Paused(true)).then_some(()));
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until_event(|event| matches!(event, Event::Scanning(false)).then_some(()));
    assert_eq!(bench.states(), ["queued"]);
    bench.engine.send(Command::Resume);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["done"]);
}

#[test]
fn a_list_that_cannot_be_had_for_now_is_asked_for_again() {
    let mut bench = Bench::new();
    let what = Misbehaviour::Status {
        code: 503,
        headers: vec![],
        body: String::new(),
    };
    faults(&bench, Step::List, what, 2);
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(
        bench.history(0),
        [
            "checking",
            "waiting",
            "queued",
            "checking",
            "waiting",
            "queued",
            "checking",
            "ready",
            "asking",
            "sending",
            "confirming",
            "done"
        ]
    );
}

#[test]
fn a_store_that_stops_reading_is_left_and_tried_again() {
    let mut bench = Bench::with_patience(Patience {
        no_progress: Duration::from_millis(600),
        ..Patience::default()
    });
    fault(
        &bench,
        Step::Form,
        Misbehaviour::Stall {
            after_bytes: 100_000,
        },
    );
    let path = bench.file("a.bin", &vec![5; 30_000_000]);
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    assert_eq!(bench.forms(), 2);
    let timed_out = |event: &Event| match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => {
            matches!(pause.error.kind, ErrorKind::TimedOut { .. })
        }
        _ => false,
    };
    assert!(bench.events.iter().any(timed_out));
}

#[test]
fn a_store_that_never_answers_is_left_and_the_list_decides() {
    let mut bench = Bench::with_patience(Patience {
        no_answer: Duration::from_millis(600),
        ..Patience::default()
    });
    let gate = bench.server.faults().hold_answer(Step::Form);
    let path = bench.file("a.log", b"content");
    assert!(
        receipt(&bench.attach(&[&path])[0]).verified,
        "the list shows it"
    );
    assert_eq!(bench.forms(), 1);
    drop(gate);
}

#[test]
fn a_keyring_that_hangs_is_left_alone_and_its_late_answer_is_used() {
    let server = ones_drop::demo::Server::start(Options::default()).unwrap();
    let account = server.account().clone();
    let vault = MemoryVault::with(SavedSignIn {
        server: ServerAddress::parse(&account.server).unwrap(),
        user: account.user,
        token: Secret::new(account.token),
        team: account.team,
    });
    vault.set_hung(true);
    let config = Config {
        vault: Vault::Memory(vault.clone()),
        patience: Patience {
            keyring: Duration::from_millis(600),
            ..Patience::default()
        },
        ..quick_config()
    };
    let mut bench = Bench::signed_out(server, config);
    let told = |state| {
        move |event: &Event| matches!(event, Event::Keyring(s) if *s == state).then_some(())
    };
    bench.until_event(told(KeyringState::Slow));
    bench.until_event(told(KeyringState::Hung));
    bench.until_event(|event| matches!(event, Event::SignInNeeded).then_some(()));
    vault.set_hung(false);
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
}

#[test]
fn a_file_that_came_twice_is_one_row_and_said() {
    let mut bench = Bench::new();
    let path = bench.file("logs/a.log", b"content");
    let folder = bench.folder.path().join("logs");
    bench.add(&[&path, &folder, &path]);
    bench.until_settled(1);
    assert_eq!(bench.states(), ["done"]);
    let left: Vec<_> = bench
        .board
        .left_out()
        .iter()
        .map(|left| left.reason)
        .collect();
    assert_eq!(
        left,
        [LeftOutReason::AlreadyListed, LeftOutReason::AlreadyListed]
    );
}

#[test]
fn a_server_that_closes_after_each_answer_costs_no_try() {
    let mut bench = Bench::new();
    faults(&bench, Step::Form, Misbehaviour::CloseAfterAnswer, 300);
    faults(&bench, Step::StepOne, Misbehaviour::CloseAfterAnswer, 300);
    for n in 0..300 {
        bench.file(&format!("logs/{n:03}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_settled(300);
    assert_eq!(bench.board.totals().verified, 300);
    let counted = |event: &&Event| match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => pause.next_try > 1,
        _ => false,
    };
    assert_eq!(bench.events.iter().filter(counted).count(), 0);
}

#[test]
fn a_cancel_that_comes_too_late_says_that_the_file_is_attached() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold_answer(Step::Form);
    let path = bench.file("a.log", b"content");
    bench.add(&[&path]);
    bench.until("confirming", |board| {
        board
            .jobs()
            .iter()
            .any(|job| job.state == JobState::Confirming)
    });
    let jobs = bench.board.ids(|_| true);
    bench.engine.send(Command::Cancel { jobs });
    drop(gate);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
}

#[test]
fn a_server_that_is_away_holds_the_queue_and_it_goes_on_by_itself() {
    let config = Config {
        waits_for_network: true,
        ..quick_config()
    };
    let mut bench = Bench::with(Options::default(), config);
    let account = bench.server.account().clone();
    let port: u16 = account.server.rsplit(':').next().unwrap().parse().unwrap();
    let elsewhere = ones_drop::demo::Server::start(Options::default()).unwrap();
    drop(std::mem::replace(&mut bench.server, elsewhere));
    for n in 0..5 {
        bench.file(&format!("logs/{n}.log"), format!("log {n}").as_bytes());
    }
    let folder = bench.folder.path().join("logs");
    bench.add(&[&folder]);
    bench.until_event(|event| matches!(event, Event::Offline(Some(_))).then_some(()));
    bench.until("held", |board| {
        board
            .jobs()
            .iter()
            .any(|job| job.state == JobState::Held(Hold::Network))
    });
    bench.server = ones_drop::demo::Server::start(Options {
        port,
        token: Some(account.token),
        ..Options::default()
    })
    .unwrap();
    bench.until_event(|event| matches!(event, Event::Offline(None)).then_some(()));
    bench.until_settled(5);
    assert_eq!(bench.board.totals().verified, 5);
}
