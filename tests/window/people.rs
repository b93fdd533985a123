//! Signing in and out, the team, the keyring's line, the language.

use eframe::egui::{Key, Modifiers};
use ones_drop::model::{
    Command, ErrorKind, Event, Hold, How, JobState, KeyringAct, KeyringFault, KeyringState,
    Language, SignIn, Team,
};

use super::bench::{Bench, identity, job, receipt};

#[test]
fn signing_in_with_a_password_sends_what_was_typed_once() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "ones.example.com");
    bench.type_into("Email or phone", "demo@example.com");
    bench.type_into("Password", "a-password");
    bench.click("Sign in");
    let commands = bench.commands();
    let [Command::SignIn { with, keep: true }] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    let SignIn::Password {
        server,
        account,
        password,
    } = with
    else {
        panic!("{with:?}");
    };
    assert_eq!(server.to_string(), "https://ones.example.com");
    assert_eq!(account, "demo@example.com");
    assert_eq!(password.reveal(), "a-password");
    bench.sees("Signing in…");
    bench.tell(Event::SignInFailed(ErrorKind::WrongPassword.into()));
    bench.sees_part("don't match");
    assert_eq!(bench.value("Email or phone"), "demo@example.com", "kept");
}

#[test]
fn the_first_empty_field_waits_for_the_keyboard_and_costs_nothing() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.asks_for_no_repaint();
    bench.type_text("ones.example.com");
    assert_eq!(bench.value("Server address"), "ones.example.com");
    bench.tell(Event::SignedIn(identity()));
    bench.tell(Event::SignedOut(None));
    bench.type_text("demo@example.com");
    assert_eq!(bench.value("Email or phone"), "demo@example.com");
}

#[test]
fn a_keyring_that_failed_is_not_promised() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.sees_part("The sign-in token goes to");
    let missing = KeyringState::Failed(KeyringAct::Read, KeyringFault::Missing);
    bench.tell(Event::Keyring(missing));
    assert!(!bench.has_part("The sign-in token goes to"));
    bench.tell(Event::SignInFailed(ErrorKind::WrongPassword.into()));
    assert!(!bench.has_part("The sign-in token goes to"));
    bench.sees_part("lasts until you quit");
}

#[test]
fn signing_in_with_a_token_and_not_keeping_it() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "https://ones.example.com");
    bench.click("User ID and token");
    bench.type_into("User ID", "6ZpgEzkk");
    bench.type_into("Token", "secret-token");
    bench.click("Keep me signed in");
    bench.click("Sign in");
    let commands = bench.commands();
    let [
        Command::SignIn {
            with: SignIn::Token { user, token, .. },
            keep: false,
        },
    ] = commands.as_slice()
    else {
        panic!("{commands:?}");
    };
    assert_eq!(
        (user.as_str(), token.reveal()),
        ("6ZpgEzkk", "secret-token")
    );
}

#[test]
fn s05_an_unencrypted_address_is_warned_about_before_anything_is_sent() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "http://ones.example.com");
    bench.type_into("Email or phone", "demo@example.com");
    bench.type_into("Password", "a-password");
    bench.click("Sign in");
    assert_eq!(bench.commands().len(), 0);
    bench.sees_part("not encrypted");
    bench.click("Password");
    bench.press(Modifiers::NONE, Key::Enter);
    assert_eq!(bench.commands().len(), 0, "Enter is no answer");
    bench.click("Sign in anyway");
    assert_eq!(bench.commands().len(), 1);
    bench.tell(Event::SignInFailed(ErrorKind::WrongPassword.into()));
    bench.click("Password");
    bench.press(Modifiers::NONE, Key::Enter);
    assert_eq!(bench.commands().len(), 1, "the address was accepted");
}

#[test]
fn a_bad_address_is_said_and_nothing_is_sent() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "two words");
    bench.type_into("Email or phone", "demo@example.com");
    bench.type_into("Password", "a-password");
    bench.click("Sign in");
    assert_eq!(bench.commands().len(), 0);
    bench.sees_part("not a server address");
}

#[test]
fn one_of_several_teams_is_chosen() {
    let mut bench = Bench::new();
    let team = |id: &str, name: &str| Team {
        id: id.into(),
        name: name.into(),
    };
    bench.tell(Event::ChooseTeam(vec![
        team("BDfDqJU7", "Payments"),
        team("Tm4nP9qR", "Platform"),
    ]));
    bench.click("Platform");
    assert!(matches!(&bench.commands()[..], [Command::ChooseTeam { team }] if team == "Tm4nP9qR"));
}

#[test]
fn a_keyring_that_does_not_work_is_a_lasting_line_with_a_way_out() {
    let mut bench = Bench::signed_in();
    let locked = |act| Event::Keyring(KeyringState::Failed(act, KeyringFault::Locked));
    bench.tell(locked(KeyringAct::Save));
    bench.sees_part("Not saved: the password store is locked.");
    bench.click("Try again");
    assert!(matches!(&bench.commands()[..], [Command::SaveSignIn]));
    bench.tell(Event::Keyring(KeyringState::Saved));
    assert!(!bench.has_part("Not saved"));
    bench.tell(Event::SignedOut(None));
    bench.tell(locked(KeyringAct::Forget));
    bench.sees_part("the token is still saved here");
    bench.click("Try again");
    assert!(matches!(&bench.commands()[..], [Command::SignOut]));
}

#[test]
fn a_slow_keyring_is_waited_for_no_longer_than_its_answer() {
    let mut bench = Bench::new();
    bench.tell(Event::Keyring(KeyringState::Slow));
    bench.sees_part("Waiting for the system's password store");
    bench.tell(Event::SignInNeeded);
    assert!(!bench.has_part("Waiting for the system"));
}

#[test]
fn a_saved_sign_in_that_fails_again_takes_nobodys_focus() {
    let mut bench = Bench::new();
    bench.tell(Event::SignInNeeded);
    bench.type_into("Server address", "ones.example.com");
    bench.type_into("Email or phone", "demo");
    let away = ErrorKind::Unreachable {
        host: "ones.example.com".into(),
    };
    bench.tell(Event::SignInFailed(away.into()));
    bench.type_text("@example.com");
    assert_eq!(bench.value("Email or phone"), "demo@example.com");
}

#[test]
fn a_wrong_account_is_left_before_a_team_is_chosen() {
    let mut bench = Bench::new();
    bench.tell(Event::ChooseTeam(identity().teams));
    bench.click("Back");
    assert!(matches!(&bench.commands()[..], [Command::SignOut]));
}

#[test]
fn somebody_signed_out_is_told_why_and_keeps_the_rows() {
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Held(Hold::SignIn))],
        left_out: vec![],
    });
    bench.tell(Event::SignedOut(Some(ErrorKind::SignInEnded.into())));
    bench.sees_part("Your sign-in has ended");
    bench.sees("1 file is waiting for you to sign in.");
    bench.tell(Event::SignedIn(identity()));
    bench.sees("a.log");
}

#[test]
fn the_window_speaks_chinese() {
    let mut bench = Bench::sized(560.0, 680.0, Language::Chinese);
    bench.enter();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "截图-1.png", JobState::Done(receipt(How::Sent)))],
        left_out: vec![],
    });
    bench.sees("已上传 - 校验一致 - 41.0 MB");
    bench.sees("已将 1 个文件上传到 #1024");
    bench.everything_is_inside();
}
