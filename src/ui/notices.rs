//! Lines between the bands: where the sign-in is kept, what is there already,
//! what was left out. One line for each, never one for every file.

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use super::controls::box_ui;
use super::state::State;
use super::theme::{self, palette};
use crate::model::{
    Choice, Command, ExistingPlace, JobState, KeyringAct, KeyringState, LeftOutReason, Saving,
};
use crate::platform::drops::Failure;

/// All lines that have something to say.
pub(super) fn notices_ui(state: &mut State, ui: &mut Ui) {
    if let Some(host) = &state.offline {
        let text = state.words.say.offline(host);
        box_ui(ui, |ui| {
            ui.label(RichText::new(text).color(palette(ui).there));
        });
    }
    if state.paused && state.identity().is_some() {
        box_ui(ui, |ui| {
            ui.label(RichText::new(state.words.labels.paused).color(palette(ui).there));
        });
    }
    keyring_ui(state, ui);
    saving_ui(state, ui);
    forgetting_ui(state, ui);
    unfinished_ui(state, ui);
    if state.dialogs.failed {
        let text = state.words.labels.dialog_failed;
        if line_ui(ui, text, &[state.words.labels.dismiss]).is_some() {
            state.dialogs.failed = false;
        }
    }
    lacks_ui(state, ui);
    drops_ui(state, ui);
    if state.scanning {
        ui.label(RichText::new(state.words.labels.scanning).color(palette(ui).quiet));
    }
    duplicates_ui(state, ui);
    left_out_ui(state, ui);
}

fn lacks_ui(state: &mut State, ui: &mut Ui) {
    let words = state.words;
    state.lacks.retain(|lack| {
        let text = words.say.lack(*lack);
        line_ui(ui, &text, &[words.labels.dismiss]).is_none()
    });
}

/// That drops may not arrive, or that the last one did not.
fn drops_ui(state: &mut State, ui: &mut Ui) {
    let labels = state.words.labels;
    let mut tell = |told: &mut bool, text| {
        if *told && line_ui(ui, text, &[labels.dismiss]).is_some() {
            *told = false;
        }
    };
    tell(&mut state.drops.limited, labels.drops_limited);
    tell(&mut state.drops.bypassed, labels.drops_bypassed);
    if let Some(failure) = state.drops.failed {
        let text = match failure {
            Failure::NothingCame => labels.drop_failed,
            Failure::CutOff => labels.drop_cut_off,
            Failure::TooLarge => labels.drop_too_large,
        };
        let mut failed = true;
        tell(&mut failed, text);
        state.drops.failed = failed.then_some(failure);
    }
    if state.drops.waits {
        ui.label(RichText::new(labels.drop_waits).color(palette(ui).quiet));
    }
    // The empty zone says it in its own place.
    let has_zone = state.identity().is_some() && state.board.jobs().is_empty();
    if !state.takes_drops && !has_zone {
        let text = [labels.no_drops, labels.no_drops_but].join("\n");
        ui.label(RichText::new(text).color(palette(ui).there));
    }
}

fn keyring_ui(state: &mut State, ui: &mut Ui) {
    let Some(keyring) = &state.keyring else {
        return;
    };
    let Some(text) = state.words.say.keyring(keyring) else {
        return;
    };
    let again = match keyring {
        KeyringState::Failed(KeyringAct::Forget, _) => Command::SignOut,
        KeyringState::Failed(KeyringAct::Save, _) if state.identity().is_some() => {
            Command::SaveSignIn
        }
        KeyringState::Failed(..) => {
            ui.label(RichText::new(text).color(palette(ui).there));
            return;
        }
        _ => {
            ui.label(RichText::new(text).color(palette(ui).quiet));
            return;
        }
    };
    if line_ui(ui, &text, &[state.words.labels.try_again]).is_some() {
        state.send(again);
    }
}

/// Said until it works again, or until the person has read it.
fn saving_ui(state: &mut State, ui: &mut Ui) {
    let text = state
        .saving
        .as_ref()
        .and_then(|s| state.words.say.saving(s));
    let Some(text) = text else {
        return;
    };
    if line_ui(ui, &text, &[state.words.labels.dismiss]).is_some() {
        let is_saved = state.is_saved();
        state.saving = is_saved.then_some(Saving::On);
    }
}

/// The same of the history.
fn forgetting_ui(state: &mut State, ui: &mut Ui) {
    let Some(kind) = state.forgetting else {
        return;
    };
    let text = state.words.say.forgetting(kind);
    if line_ui(ui, &text, &[state.words.labels.dismiss]).is_some() {
        state.forgetting = None;
    }
}

/// What the last run left open goes on only if the person wants it to.
fn unfinished_ui(state: &mut State, ui: &mut Ui) {
    if state.unfinished == 0 || state.identity().is_none() {
        return;
    }
    let labels = state.words.labels;
    let text = state.words.say.unfinished(state.unfinished, &state.amiss);
    let choice = match line_ui(ui, &text, &[labels.continue_earlier, labels.forget_earlier]) {
        None => return,
        Some(0) => Command::Continue,
        Some(_) => Command::Forget,
    };
    state.send(choice);
}

/// A text with buttons at its right, or below it in a narrow window. Gives the
/// place of the one that was clicked.
fn line_ui(ui: &mut Ui, text: &str, buttons: &[&str]) -> Option<usize> {
    let color = palette(ui).there;
    let label = |ui: &mut Ui| ui.add(Label::new(RichText::new(text).color(color)).wrap());
    let mut clicked = None;
    box_ui(ui, |ui| {
        if ui.available_width() < theme::NARROW {
            label(ui);
            ui.horizontal(|ui| clicked = buttons_ui(ui, buttons.iter().enumerate()));
            return;
        }
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                clicked = buttons_ui(ui, buttons.iter().enumerate().rev());
                ui.with_layout(Layout::left_to_right(Align::Center), label);
            });
        });
    });
    clicked
}

fn buttons_ui<'a>(
    ui: &mut Ui,
    buttons: impl Iterator<Item = (usize, &'a &'a str)>,
) -> Option<usize> {
    let mut clicked = None;
    for (place, button) in buttons {
        if ui.button(*button).clicked() {
            clicked = Some(place);
        }
    }
    clicked
}

/// One question for all files whose content is there already. Those that ONES
/// stores without listing them are asked about in their rows: what is right
/// for one of them need not be for the next.
fn duplicates_ui(state: &mut State, ui: &mut Ui) {
    let open = state
        .board
        .ids(|state| matches!(state, JobState::Duplicate(found) if !found.is_unconfirmed()));
    if open.is_empty() {
        return;
    }
    let words = state.words;
    let task = state.common_task();
    let in_list = state
        .board
        .ids(|state| {
            matches!(state, JobState::Duplicate(found) if matches!(found.place, ExistingPlace::InList { .. }))
        })
        .len();
    let text = words
        .say
        .duplicates(open.len() - in_list, in_list, task.as_deref());
    let (skip, again) = if open.len() == 1 {
        (words.labels.skip.to_owned(), words.labels.attach_again)
    } else {
        (
            words.say.skip_all(open.len()),
            words.labels.attach_all_again,
        )
    };
    let choice = match line_ui(ui, &text, &[skip.as_str(), again]) {
        None => return,
        Some(0) => Choice::Skip,
        Some(_) => Choice::AttachAgain,
    };
    state.send(Command::Decide { jobs: open, choice });
}

fn left_out_ui(state: &mut State, ui: &mut Ui) {
    if state.board.left_out().is_empty() {
        return;
    }
    let words = state.words;
    let counts = LeftOutReason::counted(state.board.left_out().iter().map(|left| left.reason));
    let show = if state.left_out_open {
        words.labels.hide
    } else {
        words.labels.show
    };
    let text = words.say.left_out(&counts);
    match line_ui(ui, &text, &[show, words.labels.dismiss]) {
        None => {}
        Some(0) => state.left_out_open = !state.left_out_open,
        Some(_) => {
            state.board.clear_left_out();
            state.left_out_open = false;
        }
    }
    if state.left_out_open {
        left_out_list_ui(state, ui);
    }
}

fn left_out_list_ui(state: &State, ui: &mut Ui) {
    let rows = state.board.left_out();
    let height = ui.text_style_height(&eframe::egui::TextStyle::Small) + theme::GAP;
    let area = ScrollArea::vertical()
        .max_height(theme::LEFT_OUT)
        .id_salt("left out");
    area.show_rows(ui, height, rows.len(), |ui, range| {
        for left in rows.get(range).unwrap_or_default() {
            let text = RichText::new(state.words.say.left_out_line(left)).small();
            ui.add(eframe::egui::Label::new(text).truncate());
        }
    });
}
