//! The account menu and the settings.

use eframe::egui::{Event as Input, Theme as EguiTheme};
use ones_drop::model::{Command, Event, KeyringState, Language, Team, Theme};

use super::bench::{Bench, identity};

fn in_two_teams() -> Bench {
    let mut bench = Bench::new();
    let mut who = identity();
    let other = Team {
        id: "Tm4nP9qR".into(),
        name: "Platform".into(),
    };
    who.teams = vec![who.team.clone(), other];
    bench.tell(Event::SignedIn(who));
    bench
}

#[test]
fn the_account_menu_changes_the_team() {
    let mut bench = in_two_teams();
    bench.click("Demo User - Payments");
    bench.sees("https://ones.example.com");
    bench.click("Platform");
    assert!(matches!(&bench.commands()[..], [Command::ChooseTeam { team }] if team == "Tm4nP9qR"));
}

#[test]
fn signing_out_says_what_becomes_of_the_token() {
    let mut bench = in_two_teams();
    bench.click("Demo User - Payments");
    bench.click("Sign out and remove the token from this computer");
    assert!(matches!(&bench.commands()[..], [Command::SignOut]));
    bench.tell(Event::SignedOut(None));
    bench.tell(Event::Keyring(KeyringState::Forgotten));
    bench.shows_inside("Server address");
    assert_eq!(bench.value("Server address"), "https://ones.example.com");
}

#[test]
fn the_language_changes_at_once_and_is_kept() {
    let mut bench = Bench::sized(560.0, 680.0, Language::Chinese);
    bench.tell(Event::SignedIn(identity()));
    bench.click("设置");
    bench.click("English");
    let commands = bench.commands();
    assert!(
        matches!(&commands[..], [Command::Configure(settings)] if settings.language == Some(Language::English)),
        "{commands:?}"
    );
    bench.sees("Drop files or folders anywhere in this window");
}

#[test]
fn the_colours_change_at_once_and_are_kept() {
    // A window that may show Chinese: the settings name that language in its own.
    let mut bench = Bench::sized(560.0, 680.0, Language::Chinese);
    bench.tell(Event::SignedIn(identity()));
    bench.click("设置");
    bench.click("深色");
    let commands = bench.commands();
    assert!(
        matches!(&commands[..], [Command::Configure(settings)] if settings.theme == Theme::Dark),
        "{commands:?}"
    );
    assert_eq!(bench.harness.ctx.theme(), EguiTheme::Dark);
}

#[test]
fn a_saved_sign_in_is_waited_for_in_words_and_a_paste_meanwhile_is_harmless() {
    let mut bench = Bench::new();
    bench.tell(Event::Restoring);
    bench.sees("Opening the saved sign-in…");
    bench.harness.event(Input::Paste("#1024".into()));
    bench.harness.run();
    assert_eq!(bench.commands().len(), 0);
    bench.tell(Event::SignInNeeded);
    bench.shows_inside("Server address");
}
