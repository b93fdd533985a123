//! Signing in, the keyring, the team, and looking tasks up.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;
#[path = "session/keyring.rs"]
mod keyring;

use common::case::status;
use common::{Bench, fault, password_sign_in, quick_config, receipt, token_sign_in};
use ones_drop::demo::{Misbehaviour, Options, Step};
use ones_drop::model::{Command, ErrorKind, Event, Hold, JobState, Secret, ServerAddress, SignIn};

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
fn wrong_passwords_and_unknown_accounts_are_told_apart() {
    for (account, password, want) in [
        (
            "demo@example.com",
            "wrong-password",
            ErrorKind::WrongPassword,
        ),
        // The demo takes no password of less than eight characters: 801.
        ("demo@example.com", "short", ErrorKind::WrongPassword),
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
    let mut bench = Bench::signed_out(server, quick_config());
    bench.engine.send(Command::SignIn {
        with: password_sign_in(&bench.server),
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
        (
            "http://127.0.0.1:1/project/#/team/BDfDqJU7/task/6ZpgEzkkFOLPsD5s",
            ErrorKind::OtherServer {
                server: "127.0.0.1:1".into(),
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
fn a_refused_look_up_of_an_earlier_sign_in_does_not_end_the_present_one() {
    let mut bench = Bench::new();
    let gate = bench.server.faults().hold(Step::TaskInfo);
    fault(&bench, Step::TaskInfo, status(401, ""));
    bench.engine.send(Command::FindTask {
        text: "#1024".into(),
    });
    let faults = bench.server.faults();
    assert!(faults.wait_until_held(Step::TaskInfo, 1, common::LIMIT));
    bench.engine.send(Command::SignOut);
    let with = token_sign_in(&bench.server);
    bench.engine.send(Command::SignIn { with, keep: false });
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
    drop(gate);
    bench.until_event(|event| matches!(event, Event::TaskNotFound { .. }).then_some(()));
    let path = bench.file("a.log", b"content");
    assert!(receipt(&bench.attach(&[&path])[0]).verified);
    let ended = |event: &Event| matches!(event, Event::SignedOut(Some(_)));
    assert!(!bench.events.iter().any(ended));
}

#[test]
fn s06_a_gateway_that_echoes_the_password_is_not_quoted() {
    let server = ones_drop::demo::Server::start(Options::default()).unwrap();
    let account = server.account().clone();
    let mut bench = Bench::signed_out(server, quick_config());
    let echo = format!(r#"{{"error":"cannot read {{{}}}"}}"#, account.password);
    fault(&bench, Step::Login, status(400, &echo));
    bench.engine.send(Command::SignIn {
        with: password_sign_in(&bench.server),
        keep: false,
    });
    let error = bench.until_event(|event| match event {
        Event::SignInFailed(error) => Some(error.clone()),
        _ => None,
    });
    let told = format!("{error:?}");
    assert!(told.contains("cannot read"), "{told}");
    assert!(!told.contains(&account.password), "{told}");
}

/// ONES may have counted a wrong password; somebody presses the button again.
#[test]
fn a_password_whose_answer_was_lost_is_not_sent_again() {
    let server = ones_drop::demo::Server::start(Options::default()).unwrap();
    let mut bench = Bench::signed_out(server, quick_config());
    fault(&bench, Step::Login, Misbehaviour::ResetAfterBody);
    bench.engine.send(Command::SignIn {
        with: password_sign_in(&bench.server),
        keep: false,
    });
    bench.until_event(|event| matches!(event, Event::SignInFailed(_)).then_some(()));
    assert_eq!(bench.asked("auth/login"), 1);
}
