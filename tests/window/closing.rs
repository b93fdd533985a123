//! Closing the window: when it asks first, and what.

use eframe::egui::{Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use ones_drop::model::{Event, Hold, How, JobId, JobState, Saving};

use super::bench::{Bench, receipt};
use super::layout::add;

fn ask_to_close(bench: &mut Bench) -> Vec<ViewportCommand> {
    let root = bench.harness.input_mut().viewports.entry(ViewportId::ROOT);
    root.or_default().events.push(ViewportEvent::Close);
    bench.harness.step();
    viewport_commands(bench)
}

fn viewport_commands(bench: &Bench) -> Vec<ViewportCommand> {
    let outputs = bench.harness.output().viewport_output.values();
    outputs.flat_map(|output| output.commands.clone()).collect()
}

#[test]
fn closing_asks_while_files_are_on_their_way() {
    let mut bench = Bench::with_task();
    add(&mut bench, vec![JobState::Sending]);
    let commands = ask_to_close(&mut bench);
    assert!(
        commands.contains(&ViewportCommand::CancelClose),
        "{commands:?}"
    );
    bench.harness.step();
    bench.sees("1 file is not attached yet, and won't be if you quit now.");
    bench.click("Keep going");
    assert!(!bench.has_part("if you quit now"));
    ask_to_close(&mut bench);
    bench.harness.step();
    bench.press(Modifiers::NONE, Key::Escape);
    assert!(!bench.has_part("if you quit now"), "Escape keeps going");
    assert_eq!(bench.commands().len(), 0, "nothing was cancelled");
    ask_to_close(&mut bench);
    bench.harness.step();
    bench.tell(Event::JobChanged {
        id: JobId(1),
        state: JobState::Done(receipt(How::Sent)),
    });
    assert!(!bench.has_part("if you quit now"), "it answered itself");
}

#[test]
fn closing_asks_while_folders_are_looked_through() {
    let mut bench = Bench::with_task();
    bench.tell(Event::Scanning(true));
    let commands = ask_to_close(&mut bench);
    let stays = ViewportCommand::CancelClose;
    assert!(commands.contains(&stays), "{commands:?}");
    bench.harness.step();
    let question = "Folders are still being looked through. What was not found yet won't be attached if you quit now.";
    bench.sees(question);
    bench.tell(Event::Scanning(false));
    assert!(!bench.has_part(question), "it answered itself");
    bench.tell(Event::Scanning(true));
    assert!(!bench.has_part(question), "a later drop does not ask it");
    bench.tell(Event::Scanning(false));
    let commands = ask_to_close(&mut bench);
    assert!(!commands.contains(&stays), "{commands:?}");
}

#[test]
fn a_window_that_was_told_to_quit_is_gone_at_once() {
    let mut bench = Bench::with_task();
    add(&mut bench, vec![JobState::Sending]);
    ask_to_close(&mut bench);
    bench.harness.step();
    bench.click("Quit");
    let commands = ask_to_close(&mut bench);
    let hidden = ViewportCommand::Visible(false);
    assert!(commands.contains(&hidden), "{commands:?}");
    assert!(!commands.contains(&ViewportCommand::CancelClose));
}

#[test]
fn closing_asks_for_files_that_wait_where_no_list_is_saved() {
    for (saving, asks) in [(Saving::On, false), (Saving::ElsewhereOpen, true)] {
        let mut bench = Bench::with_task();
        bench.tell(Event::Saving(saving));
        add(&mut bench, vec![JobState::Held(Hold::Task)]);
        let commands = ask_to_close(&mut bench);
        assert_eq!(commands.contains(&ViewportCommand::CancelClose), asks);
    }
}

#[test]
fn closing_asks_nothing_when_all_is_done() {
    let mut bench = Bench::with_task();
    add(&mut bench, vec![JobState::Done(receipt(How::Sent))]);
    let commands = ask_to_close(&mut bench);
    assert_eq!(commands, [ViewportCommand::Visible(false)], "gone at once");
}
