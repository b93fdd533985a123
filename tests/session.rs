//! Signing in, the keyring, the team, and looking tasks up.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test program"
)]

mod common;

use std::time::Duration;

use common::case::status;
use common::{Bench, fault, quick_config, receipt, token_sign_in};
use ones_drop::demo::{Options, Step};
use ones_drop::engine::{Config, Patience};
use ones_drop::model::{
    Command, ErrorKind, Event, Hold, JobState, KeyringAct, KeyringFault, KeyringState, Secret,
    ServerAddress, SignIn,
};
use ones_drop::vault::{MemoryVault, SavedSignIn, Vault, VaultError};

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
fn f38_a_keyring_that_does_not_work_is_said_and_the_sign_in_lives_on() {
    for (broken, told) in [
        (VaultError::Missing, KeyringFault::Missing),
        (VaultError::Locked, KeyringFault::Locked),
        (
            VaultError::Failed("x".into()),
            KeyringFault::Other("x".into()),
        ),
    ] {
        let vault = MemoryVault::default();
        vault.set_broken(Some(broken.clone()));
        let server = ones_drop::demo::Server::start(Options::default()).unwrap();
        let with = token_sign_in(&server);
        let config = Config {
            vault: Vault::Memory(vault.clone()),
            ..quick_config()
        };
        let mut bench = Bench::signed_out(server, config);
        bench.engine.send(Command::SignIn { with, keep: true });
        bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
        let failed = |act| {
            let state = KeyringState::Failed(act, told.clone());
            move |event: &Event| matches!(event, Event::Keyring(s) if *s == state).then_some(())
        };
        bench.until_event(failed(KeyringAct::Save));
        let path = bench.file("a.log", b"content");
        assert!(receipt(&bench.attach(&[&path])[0]).verified);
        bench.goes_on();
        vault.set_broken(None);
        bench.engine.send(Command::SaveSignIn);
        bench.until_event(|e| matches!(e, Event::Keyring(KeyringState::Saved)).then_some(()));
        // A token that stays behind is told as that.
        vault.set_broken(Some(broken));
        bench.engine.send(Command::SignOut);
        bench.until_event(failed(KeyringAct::Forget));
        vault.set_broken(None);
        bench.engine.send(Command::SignOut);
        bench.until_event(|e| matches!(e, Event::Keyring(KeyringState::Forgotten)).then_some(()));
    }
}

#[test]
fn f38_a_keyring_that_hangs_is_left_alone_and_its_late_answer_is_used() {
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
    bench.until_event(told(KeyringState::Failed(
        KeyringAct::Read,
        KeyringFault::Hung,
    )));
    bench.until_event(|event| matches!(event, Event::SignInNeeded).then_some(()));
    vault.set_hung(false);
    bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
}

/// All wait for one prompt. Whatever was asked last is what stays.
#[test]
fn a_keyring_that_is_slow_saves_and_removes_in_the_order_of_the_wishes() {
    const ROUNDS: usize = 5;
    let server = ones_drop::demo::Server::start(Options::default()).unwrap();
    let with = token_sign_in(&server);
    let vault = MemoryVault::default();
    let config = Config {
        vault: Vault::Memory(vault.clone()),
        ..quick_config()
    };
    let mut bench = Bench::signed_out(server, config);
    bench.until_event(|event| matches!(event, Event::SignInNeeded).then_some(()));
    vault.set_hung(true);
    for _ in 0..ROUNDS {
        let with = with.clone();
        bench.engine.send(Command::SignIn { with, keep: true });
        bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
        bench.engine.send(Command::SignOut);
        bench.until_event(|event| matches!(event, Event::SignedOut(_)).then_some(()));
    }
    vault.set_hung(false);
    let mut done = Vec::new();
    while done.len() < 2 * ROUNDS {
        done.push(bench.until_event(|event| match event {
            Event::Keyring(KeyringState::Slow) => None,
            Event::Keyring(state) => Some(state.clone()),
            _ => None,
        }));
    }
    let in_order = [KeyringState::Saved, KeyringState::Forgotten];
    for round in done.chunks(2) {
        assert_eq!(round, in_order);
    }
    assert_eq!(vault.saved(), None);
}

/// Who closes the window right after a sign-in, or after removing one, is obeyed.
#[test]
fn the_end_waits_for_a_slow_keyring() {
    let vault = MemoryVault::default();
    for stays in [true, false] {
        let server = ones_drop::demo::Server::start(Options::default()).unwrap();
        let with = token_sign_in(&server);
        let config = Config {
            vault: Vault::Memory(vault.clone()),
            ..quick_config()
        };
        let mut bench = Bench::signed_out(server, config);
        vault.set_hung(true);
        if stays {
            bench.engine.send(Command::SignIn { with, keep: true });
            bench.until_event(|event| matches!(event, Event::SignedIn(_)).then_some(()));
        } else {
            bench.engine.send(Command::SignOut);
        }
        let slow = vault.clone();
        let opens = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            slow.set_hung(false);
        });
        drop(bench);
        assert_eq!(vault.saved().is_some(), stays);
        opens.join().unwrap();
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
        with: SignIn::Password {
            server: ServerAddress::parse(&account.server).unwrap(),
            account: account.email,
            password: Secret::new(account.password.clone()),
        },
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
