//! Lines between the bands: where the sign-in is kept, what is there already,
//! what was left out. One line for each, never one for every file.

use std::collections::BTreeMap;

use eframe::egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, Ui};

use super::state::State;
use super::theme::{self, palette};
use crate::model::{Choice, Command, JobState, KeyringState, LeftOutReason};

/// All lines that have something to say.
pub(super) fn notices_ui(state: &mut State, ui: &mut Ui) {
    keyring_ui(state, ui);
    if state.dialogs.failed {
        let text = state.words.labels.dialog_failed;
        if line_ui(ui, text, state.words.labels.dismiss) {
            state.dialogs.failed = false;
        }
    }
    if state.scanning {
        ui.label(RichText::new(state.words.labels.scanning).color(palette(ui).quiet));
    }
    duplicates_ui(state, ui);
    left_out_ui(state, ui);
}

fn keyring_ui(state: &mut State, ui: &mut Ui) {
    let Some(keyring) = &state.keyring else {
        return;
    };
    let Some(text) = state.words.say.keyring(keyring) else {
        return;
    };
    if *keyring == KeyringState::Slow {
        ui.label(RichText::new(text).color(palette(ui).quiet));
    } else if state.identity().is_none() {
        ui.label(RichText::new(text).color(palette(ui).there));
    } else if line_ui(ui, &text, state.words.labels.try_again) {
        state.send(Command::SaveSignIn);
    }
}

/// A text with one button at its right; whether it was clicked.
fn line_ui(ui: &mut Ui, text: &str, button: &str) -> bool {
    boxed_ui(ui, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let clicked = ui.button(button).clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = RichText::new(text).color(palette(ui).there);
                    ui.add(eframe::egui::Label::new(text).wrap());
                });
                clicked
            })
            .inner
        })
        .inner
    })
}

fn boxed_ui<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let frame = Frame::new()
        .fill(palette(ui).panel)
        .corner_radius(8.0)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, content).inner
}

/// One question for all files whose content is there already.
fn duplicates_ui(state: &mut State, ui: &mut Ui) {
    let open = state
        .board
        .ids(|state| matches!(state, JobState::Duplicate(_)));
    if open.is_empty() {
        return;
    }
    let words = state.words;
    let task = state.common_task();
    let text = words.say.duplicates(open.len(), task.as_deref());
    let (skip, again) = if open.len() == 1 {
        (words.labels.skip.to_owned(), words.labels.attach_again)
    } else {
        (
            words.say.skip_all(open.len()),
            words.labels.attach_all_again,
        )
    };
    let choice = boxed_ui(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text).color(palette(ui).there));
            let skipped = ui.button(skip).clicked().then_some(Choice::Skip);
            let again = ui.button(again).clicked().then_some(Choice::AttachAgain);
            skipped.or(again)
        })
        .inner
    });
    if let Some(choice) = choice {
        state.send(Command::Decide { jobs: open, choice });
    }
}

fn left_out_ui(state: &mut State, ui: &mut Ui) {
    if state.board.left_out().is_empty() {
        return;
    }
    let words = state.words;
    let mut counts: BTreeMap<LeftOutReason, usize> = BTreeMap::new();
    for left in state.board.left_out() {
        *counts.entry(left.reason).or_default() += 1;
    }
    let counts: Vec<_> = counts.into_iter().collect();
    let dismissed = boxed_ui(ui, |ui| {
        let dismissed = ui
            .horizontal_wrapped(|ui| {
                ui.label(words.say.left_out(&counts));
                let label = if state.left_out_open {
                    words.labels.hide
                } else {
                    words.labels.show
                };
                if ui.button(label).clicked() {
                    state.left_out_open = !state.left_out_open;
                }
                ui.button(words.labels.dismiss).clicked()
            })
            .inner;
        if state.left_out_open {
            left_out_list_ui(state, ui);
        }
        dismissed
    });
    if dismissed {
        state.board.clear_left_out();
        state.left_out_open = false;
    }
}

fn left_out_list_ui(state: &State, ui: &mut Ui) {
    let rows = state.board.left_out();
    let height = ui.text_style_height(&eframe::egui::TextStyle::Small) + theme::GAP;
    let area = ScrollArea::vertical().max_height(120.0).id_salt("left out");
    area.show_rows(ui, height, rows.len(), |ui, range| {
        for left in rows.get(range).unwrap_or_default() {
            let text = RichText::new(state.words.say.left_out_line(left)).small();
            ui.add(eframe::egui::Label::new(text).truncate());
        }
    });
}
