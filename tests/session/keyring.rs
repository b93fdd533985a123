//! A sign-in in the keyring: kept, removed, and what a keyring that fails, hangs or
//! takes its time does to it.

use std::time::Duration;

use ones_drop::demo::{Options, Server};
use ones_drop::engine::{Config, Patience};
use ones_drop::model::{
    Command, Event, KeyringAct, KeyringFault, KeyringState, Secret, ServerAddress, SignIn,
};
use ones_drop::vault::{MemoryVault, SavedSignIn, Vault, VaultError};

use super::common::{Bench, password_sign_in, quick_config, receipt, token_sign_in};

/// The configuration of a test whose sign-in is kept there.
fn kept_in(vault: &MemoryVault) -> Config {
    Config {
        vault: Vault::Memory(vault.clone()),
        ..quick_config()
    }
}

/// Nobody is signed in yet; the sign-in of the demo's person.
fn signed_out(vault: &MemoryVault) -> (Bench, SignIn) {
    let server = Server::start(Options::default()).unwrap();
    let with = token_sign_in(&server);
    (Bench::signed_out(server, kept_in(vault)), with)
}

#[test]
fn a_sign_in_is_kept_and_comes_back() {
    let vault = MemoryVault::default();
    let server = Server::start(Options::default()).unwrap();
    let mut bench = Bench::signed_out(server, kept_in(&vault));
    bench.until_event(|event| matches!(event, Event::SignInNeeded).then_some(()));
    bench.engine.send(Command::SignIn {
        with: password_sign_in(&bench.server),
        keep: true,
    });
    bench.until_event(|event| matches!(event, Event::Keyring(KeyringState::Saved)).then_some(()));
    let saved = vault.saved().unwrap();
    assert_eq!(saved.user, bench.server.account().user);
    assert!(!format!("{saved:?}").contains(saved.token.reveal()));

    let Bench { server, .. } = bench;
    let mut again = Bench::signed_out(server, kept_in(&vault));
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
        let (mut bench, with) = signed_out(&vault);
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
    let server = Server::start(Options::default()).unwrap();
    let account = server.account().clone();
    let vault = MemoryVault::with(SavedSignIn {
        server: ServerAddress::parse(&account.server).unwrap(),
        user: account.user,
        token: Secret::new(account.token),
        team: account.team,
    });
    vault.set_hung(true);
    let config = Config {
        patience: Patience {
            keyring: Duration::from_millis(600),
            ..Patience::default()
        },
        ..kept_in(&vault)
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
    let vault = MemoryVault::default();
    let (mut bench, with) = signed_out(&vault);
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
        let (mut bench, with) = signed_out(&vault);
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
