//! Where things stand, how large they are, and that they work in a narrow
//! window and without a pointer.

use std::path::PathBuf;

use eframe::egui::accesskit::{Live, Role};
use eframe::egui::{Event as Input, HoveredFile, Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable as _};
use ones_drop::model::{
    Command, ErrorKind, Event, Existing, ExistingPlace, Hold, How, JobId, JobState, KeyringAct,
    KeyringFault, KeyringState, Language, LeftOut, LeftOutReason, Team, Trace, UploadError,
};
use ones_drop::ui::Choose;

use super::bench::{Bench, identity, job, receipt};

const LANGUAGES: [Language; 2] = [Language::English, Language::Chinese];

fn failed() -> JobState {
    JobState::Failed(UploadError::new(ErrorKind::Missing))
}

fn duplicate() -> JobState {
    JobState::Duplicate(Existing {
        place: ExistingPlace::Unconfirmed(Trace::default()),
        hash: String::new(),
    })
}

pub(super) fn add(bench: &mut Bench, states: Vec<JobState>) {
    let rows = states.into_iter().zip(1..);
    let jobs = rows
        .map(|(state, id)| job(id, &format!("row-{id}.log"), state))
        .collect();
    bench.tell(Event::JobsAdded {
        jobs,
        left_out: vec![],
    });
}

#[test]
fn every_control_can_be_hit_and_lies_inside() {
    for language in LANGUAGES {
        for (width, height) in [(560.0, 680.0), (360.0, 480.0), (360.0, 1200.0)] {
            let mut bench = Bench::sized(width, height, language);
            bench.tell(Event::SignInNeeded);
            bench.everything_can_be_hit();
            bench.everything_is_inside();
            bench.enter();
            bench.everything_can_be_hit();
            bench.tell(Event::Keyring(KeyringState::Failed(
                KeyringAct::Save,
                KeyringFault::Locked,
            )));
            bench.tell(Event::SizeLimit(314_572_800));
            let done = JobState::Done(receipt(How::Sent));
            let held = JobState::Held(Hold::Task);
            add(
                &mut bench,
                vec![
                    failed(),
                    duplicate(),
                    JobState::Sending,
                    done,
                    held,
                    JobState::Cancelled,
                ],
            );
            bench.tell(Event::JobsAdded {
                jobs: vec![],
                left_out: vec![LeftOut {
                    path: "/tmp/.DS_Store".into(),
                    reason: LeftOutReason::Junk,
                }],
            });
            bench.everything_can_be_hit();
            bench.everything_is_inside();
        }
    }
}

#[test]
fn a_narrow_window_has_its_filters_and_dialogs_in_menus() {
    let mut bench = Bench::sized(360.0, 560.0, Language::English);
    bench.enter();
    add(&mut bench, vec![failed(), JobState::Sending]);
    bench.click("Show All 2");
    bench.click("Needs you 1");
    assert!(bench.has_part("row-1.log"));
    assert!(!bench.has_part("row-2.log"));
    bench.click("Choose…");
    bench.shows_inside("Choose folder…");
    bench.shows_inside("Choose files…");
}

#[test]
fn the_folded_actions_of_a_narrow_row_work() {
    let mut bench = Bench::sized(360.0, 560.0, Language::English);
    bench.enter();
    add(&mut bench, vec![failed()]);
    bench.shows_inside("Retry row-1.log");
    bench.click("More row-1.log");
    bench.click("Remove row-1.log");
    assert!(matches!(&bench.commands()[..], [Command::Remove { jobs }] if *jobs == [JobId(1)]));
}

#[test]
fn an_error_of_the_sign_in_stands_below_its_field() {
    for (kind, text, above, below) in [
        (
            ErrorKind::Unreachable {
                host: "ones.example.com".into(),
            },
            "Can't reach ones.example.com. Check the address, VPN or network.",
            "Server address",
            "Email or phone",
        ),
        (
            ErrorKind::NoAccount,
            "There is no such account on this server. Check the address of the server and of the account.",
            "Email or phone",
            "Password",
        ),
    ] {
        let mut bench = Bench::new();
        bench.tell(Event::SignInNeeded);
        bench.tell(Event::SignInFailed(kind.into()));
        let place = |name: &str| bench.shows_inside(name).center().y;
        let error = place(text);
        assert!(place(above) < error && error < place(below), "{text}");
    }
}

#[test]
fn a_link_of_another_team_offers_that_team_and_is_looked_up_again() {
    let mut bench = Bench::new();
    let team = |id: &str, name: &str| Team {
        id: id.into(),
        name: name.into(),
    };
    let mut who = identity();
    who.teams = vec![who.team.clone(), team("Tm4nP9qR", "Platform")];
    bench.tell(Event::SignedIn(who.clone()));
    let link = "https://ones.example.com/project/#/team/Tm4nP9qR/task/6ZpgEzkkFOLPsD5s";
    bench.harness.event(Input::Paste(link.into()));
    bench.harness.run();
    bench.until_command();
    bench.tell(Event::TaskNotFound {
        text: link.into(),
        error: ErrorKind::OtherTeam {
            team: "Tm4nP9qR".into(),
        }
        .into(),
    });
    bench.click("Switch to Platform");
    assert!(matches!(&bench.commands()[..], [Command::ChooseTeam { team }] if team == "Tm4nP9qR"));
    who.team = team("Tm4nP9qR", "Platform");
    bench.tell(Event::SignedIn(who));
    let asked = bench.until_command();
    assert!(matches!(&asked, Command::FindTask { text } if text == link));
}

#[test]
fn a_team_that_the_account_is_not_in_is_not_offered() {
    let mut bench = Bench::with_task();
    bench.type_into("Task", "x");
    let Command::FindTask { text } = bench.until_command() else {
        panic!("no look-up");
    };
    bench.tell(Event::TaskNotFound {
        text,
        error: ErrorKind::OtherTeam {
            team: "Zz9yX8wV".into(),
        }
        .into(),
    });
    bench.sees_part("belongs to another team");
    let buttons = bench.harness.get_all_by_role(Role::Button);
    let offers = |node: &egui_kittest::Node<'_>| {
        let label = node.accesskit_node().label().unwrap_or_default();
        label.starts_with("Switch to")
    };
    assert_eq!(buttons.filter(offers).count(), 0);
}

#[test]
fn the_end_of_a_run_offers_the_task() {
    let mut bench = Bench::with_task();
    add(&mut bench, vec![JobState::Done(receipt(How::Sent))]);
    let link = "https://ones.example.com/project/#/team/BDfDqJU7/task/6ZpgEzkkFOLPsD5s";
    assert_eq!(bench.click_and_see_opened("Open task"), [link]);
    assert_eq!(bench.click_and_see_opened("Open in ONES"), [link]);
}

#[test]
fn s11_links_say_where_they_lead_before_they_are_followed() {
    let done = JobState::Done(receipt(How::Sent));
    for (state, name) in [
        (done.clone(), "Open task"),
        (done, "Open in ONES"),
        (duplicate(), "Open task to check row-1.log"),
    ] {
        let mut bench = Bench::with_task();
        add(&mut bench, vec![state]);
        let pos = bench.shows_inside(name).center();
        bench.harness.hover_at(pos);
        for _ in 0..8 {
            bench.harness.step();
        }
        bench.sees_part("https://ones.example.com/project/#/team/");
    }
}

#[test]
fn the_footer_says_what_failed_while_the_rest_goes_on() {
    for (width, sum) in [(560.0, "0 of 3 attached"), (360.0, "0 of 3")] {
        let mut bench = Bench::sized(width, 680.0, Language::English);
        bench.enter();
        add(&mut bench, vec![failed(), JobState::Sending, duplicate()]);
        bench.sees_part(sum);
        bench.sees("1 failed, 1 to decide");
        bench.shows_inside("Pause queue");
        bench.shows_inside("Retry failed");
    }
}

#[test]
fn a_paused_queue_says_so() {
    let mut bench = Bench::with_task();
    add(&mut bench, vec![JobState::Queued]);
    bench.tell(Event::Paused(true));
    bench.sees("Paused. Nothing new is sent until you continue.");
    bench.tell(Event::Paused(false));
    assert!(!bench.has_part("Paused."));
}

#[test]
fn the_keyboard_reaches_rows_below_those_on_screen() {
    let mut bench = Bench::with_task();
    add(&mut bench, vec![JobState::Queued; 40]);
    let last = |bench: &Bench| bench.texts().iter().any(|text| text == "Cancel row-39.log");
    assert!(!last(&bench), "not drawn at first");
    for _ in 0..80 {
        bench.press(Modifiers::NONE, Key::Tab);
    }
    assert!(last(&bench));
}

#[test]
fn a_screen_reader_is_told_how_it_stands() {
    let live = |bench: &Bench| {
        let nodes: Vec<_> = bench.harness.root().children_recursive().collect();
        let mut lines = nodes.iter().map(NodeT::accesskit_node);
        let line = lines.find(|node| node.live() == Live::Polite);
        line.and_then(|node| node.label().or_else(|| node.value()))
    };
    let mut bench = Bench::new();
    assert!(live(&bench).is_some(), "there from the start");
    bench.enter();
    add(&mut bench, vec![JobState::Done(receipt(How::Sent))]);
    assert_eq!(live(&bench).as_deref(), Some("1 file attached to #1024"));
}

#[test]
fn a_running_queue_can_be_paused_with_the_keyboard_alone() {
    let mut bench = Bench::with_task();
    add(&mut bench, vec![JobState::Sending, failed()]);
    for _ in 0..60 {
        bench.press(Modifiers::NONE, Key::Tab);
        if bench.harness.get_by_label("Pause queue").is_focused() {
            break;
        }
    }
    bench.press(Modifiers::NONE, Key::Enter);
    assert!(matches!(&bench.commands()[..], [Command::Pause]));
}

#[test]
fn a_paste_sets_the_task_though_a_button_has_the_focus() {
    let mut bench = Bench::signed_in();
    bench.harness.get_by_label("Choose files…").focus();
    bench.harness.run();
    bench.harness.event(Input::Paste("#1024".into()));
    bench.harness.run();
    let asked = bench.until_command();
    assert!(matches!(&asked, Command::FindTask { text } if text == "#1024"));
}

#[test]
fn chosen_files_are_added_and_a_cancelled_dialog_adds_nothing() {
    let chosen = |what| match what {
        Choose::Files => vec![PathBuf::from("/tmp/a.log")],
        Choose::Folder => Vec::new(),
    };
    let mut bench = Bench::choosing(560.0, 680.0, Language::English, chosen);
    bench.enter();
    bench.click("Choose folder…");
    bench.click("Choose files…");
    let mut added = bench.commands();
    for _ in 0..1000 {
        if !added.is_empty() {
            break;
        }
        // The cancelled dialog may still have been open at the first click.
        bench.click("Choose files…");
        added = bench.commands();
    }
    assert_ne!(added.len(), 0);
    assert!(
        added
            .iter()
            .all(|command| matches!(command, Command::Add { paths, .. } if paths[..] == [PathBuf::from("/tmp/a.log")])),
        "{added:?}"
    );
}

#[test]
fn the_overlay_counts_what_it_does_not_name() {
    for (width, language, text) in [
        (
            560.0,
            Language::English,
            "f0.log, f1.log, f2.log and 2 more",
        ),
        (360.0, Language::Chinese, "f0.log、f1.log、f2.log 等 5 项"),
    ] {
        let mut bench = Bench::sized(width, 480.0, language);
        bench.enter();
        let file = |place: usize| HoveredFile {
            path: Some(format!("/tmp/f{place}.log").into()),
            ..HoveredFile::default()
        };
        bench.harness.input_mut().hovered_files = (0..5).map(file).collect();
        bench.harness.run_steps(2);
        bench.sees(text);
        bench.everything_is_inside();
    }
}

#[test]
fn files_that_wait_for_a_task_say_what_to_do() {
    for (count, text) in [
        (1, "1 file waits here. Paste a task ID or link above."),
        (2, "2 files wait here. Paste a task ID or link above."),
    ] {
        let mut bench = Bench::signed_in();
        add(&mut bench, vec![JobState::Held(Hold::Task); count]);
        bench.sees(text);
    }
}

#[test]
fn a_window_that_gets_no_drops_does_not_ask_for_them() {
    let mut bench = Bench::without_drops();
    bench.tell(Event::SignedIn(identity()));
    bench.sees("Dragging doesn't work in this Wayland session");
    bench.shows_inside("Choose files…");
    assert!(!bench.has_part("Drop files"));
}

#[test]
fn a_drag_whose_end_was_lost_does_not_lock_the_window() {
    let mut bench = Bench::with_task();
    let file = HoveredFile {
        path: Some("/tmp/a.log".into()),
        ..HoveredFile::default()
    };
    let hover = |bench: &mut Bench, files| {
        bench.harness.input_mut().hovered_files = files;
        bench.harness.run_steps(2);
    };
    hover(&mut bench, vec![file.clone()]);
    bench.sees("Release to attach 1 file");
    bench.harness.key_press(Key::Escape);
    bench.harness.run_steps(2);
    assert!(!bench.has_part("Release"));
    hover(&mut bench, vec![]);
    hover(&mut bench, vec![file]);
    bench.sees("Release to attach 1 file");
}

#[test]
fn a_description_ends_where_ones_ends_it() {
    let mut bench = Bench::with_task();
    bench.type_into("Description", &"x".repeat(80));
    assert_eq!(bench.value("Description").chars().count(), 63);
    bench.sees("63 of 63 characters");
    bench.drop_files(&["/tmp/a.log"]);
    let commands = bench.commands();
    let [Command::Add { description, .. }] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!(description.len(), 63);
}
