//! The footer: the total, and the one next action, always in the same place.

use eframe::egui::{Align, Button, Layout, Rect, RichText, Sense, Ui, vec2};

use super::job_row::bar_ui;
use super::state::State;
use super::theme::{self, palette};
use crate::model::{Command, JobState};

/// What the big button does next.
enum Next {
    Assign,
    Pause,
    Resume,
    RetryFailed,
    ClearDone,
}

/// The footer band.
pub(super) fn footer_ui(state: &mut State, ui: &mut Ui) {
    let totals = state.totals;
    let words = state.words;
    if state.identity().is_none() {
        let text = match totals.held {
            0 => words.labels.can_drop_now.to_owned(),
            count => words.say.waiting_for_sign_in(count),
        };
        ui.label(RichText::new(text).color(palette(ui).quiet));
        return;
    }
    if totals.active > 0 {
        let size = vec2(ui.available_width(), theme::BAR);
        let (track, _) = ui.allocate_exact_size(size, Sense::hover());
        bar_ui(ui, Rect::from_min_size(track.min, size), totals.share());
    }
    let text = if totals.jobs == 0 {
        words.labels.nothing_waiting.to_owned()
    } else if totals.active > 0 {
        words.say.footer(&totals, state.time_left())
    } else if totals.settled() {
        match state.common_task() {
            Some(task) => words.say.summary_on(&totals, &task),
            None => words.say.summary(&totals),
        }
    } else {
        words.say.footer_open(&totals)
    };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            next_ui(state, ui);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(eframe::egui::Label::new(text).truncate());
            });
        });
    });
}

/// The actions, the most wanted one rightmost and in colour.
fn next_ui(state: &mut State, ui: &mut Ui) {
    let words = state.words;
    let totals = state.totals;
    let task = state.confirmed_task();
    let without = state.without_task();
    let mut offered = Vec::new();
    if let (Some(task), true) = (&task, without > 0) {
        offered.push((Next::Assign, words.say.attach_to(without, task)));
    }
    if state.paused {
        offered.push((Next::Resume, words.labels.resume.to_owned()));
    } else if totals.active > 0 {
        offered.push((Next::Pause, words.labels.pause.to_owned()));
    }
    if totals.failed > 0 {
        offered.push((Next::RetryFailed, words.labels.retry_failed.to_owned()));
    }
    if totals.done() > 0 {
        offered.push((Next::ClearDone, words.labels.clear_done.to_owned()));
    }
    // Two fit beside the sentence.
    offered.truncate(2);
    for (place, (next, label)) in offered.into_iter().enumerate() {
        let wanted = place == 0 && matches!(next, Next::Assign | Next::RetryFailed | Next::Resume);
        let button = if wanted {
            let text = RichText::new(label).color(palette(ui).on_accent);
            Button::new(text).fill(palette(ui).accent)
        } else {
            Button::new(label)
        };
        let mut response = ui.add(button);
        if matches!(next, Next::Pause) {
            response = response.on_hover_text(words.labels.pause_hint);
        }
        if response.clicked() {
            carry_out(state, &next);
        }
    }
}

fn carry_out(state: &mut State, next: &Next) {
    match next {
        Next::Assign => assign(state),
        Next::Pause => state.send(Command::Pause),
        Next::Resume => state.send(Command::Resume),
        Next::RetryFailed => retry_failed(state),
        Next::ClearDone => {
            let jobs = state.board.ids(|state| {
                matches!(
                    state,
                    JobState::Done(_) | JobState::Skipped(_) | JobState::Cancelled
                )
            });
            state.send(Command::Remove { jobs });
        }
    }
}

/// Sends the files that wait for a task to the one that was found.
pub(super) fn assign(state: &mut State) {
    if let Some(task) = state.confirmed_task().filter(|_| state.without_task() > 0) {
        let description = state.description.trim().to_owned();
        state.send(Command::Assign { task, description });
    }
}

/// Starts everything that failed once more.
pub(super) fn retry_failed(state: &mut State) {
    let jobs = state
        .board
        .ids(|state| matches!(state, JobState::Failed(_)));
    if !jobs.is_empty() {
        state.send(Command::Retry { jobs });
    }
}

/// Pauses the queue, or lets it go on.
pub(super) fn toggle_pause(state: &mut State) {
    let command = if state.paused {
        Command::Resume
    } else {
        Command::Pause
    };
    state.send(command);
}
