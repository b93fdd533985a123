//! The footer: the total, what needs a person, and the one next action, always
//! in the same place.

use eframe::egui::{OpenUrl, Rect, RichText, Sense, Ui, vec2};

use super::controls::{accent_ui, beside_ui};
use super::job_row::bar_ui;
use super::state::State;
use super::theme::{self, palette};
use crate::model::{Command, JobState};

/// What a button of the footer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Assign,
    Pause,
    Resume,
    RetryFailed,
    OpenTask,
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
    let lines = lines(state, ui);
    let offered = offered(state);
    if offered.is_empty() {
        ui.label(lines.0);
        return;
    }
    beside_ui(ui, lines, |ui| buttons_ui(state, offered, ui));
}

/// The sum, and what needs a person while the rest goes on.
fn lines(state: &State, ui: &Ui) -> (RichText, Option<RichText>) {
    let totals = state.totals;
    let say = state.words.say;
    if totals.active == 0 {
        return (RichText::new(standing(state)), None);
    }
    let sum = if ui.available_width() < theme::NARROW {
        say.footer_short(&totals, state.time_left())
    } else {
        say.footer(&totals, state.time_left())
    };
    let problems = say.footer_problems(&totals);
    let problems = problems.map(|text| RichText::new(text).small().color(palette(ui).needs_you));
    (RichText::new(sum), problems)
}

/// How things stand, without the bytes: what the footer says while nothing
/// moves, and what a screen reader is told.
pub(super) fn standing(state: &State) -> String {
    let totals = state.totals;
    let say = state.words.say;
    if totals.jobs == 0 {
        state.words.labels.nothing_waiting.to_owned()
    } else if !totals.settled() {
        let without = state.without_task();
        if totals.jobs == without && state.confirmed_task().is_none() {
            return say.waiting_for_task(without);
        }
        say.footer_open(&totals)
    } else if let Some(task) = state.common_task() {
        say.summary_on(&totals, &task)
    } else {
        say.summary(&totals)
    }
}

/// The actions that make sense now, the most wanted first.
fn offered(state: &State) -> Vec<(Next, String)> {
    let words = state.words;
    let totals = state.totals;
    let without = state.without_task();
    let mut offered = Vec::new();
    if let (Some(task), true) = (state.confirmed_task(), without > 0) {
        offered.push((Next::Assign, words.say.attach_to(without, &task)));
    }
    if state.paused {
        offered.push((Next::Resume, words.labels.resume.to_owned()));
    } else if totals.active > 0 {
        offered.push((Next::Pause, words.labels.pause.to_owned()));
    }
    if totals.failed > 0 {
        offered.push((Next::RetryFailed, words.labels.retry_failed.to_owned()));
    }
    let may_look = totals.settled() && totals.failed == 0 && totals.attached > 0;
    if may_look && state.common_task().is_some() {
        offered.push((Next::OpenTask, words.labels.open_the_task.to_owned()));
    }
    if totals.done() > 0 {
        offered.push((Next::ClearDone, words.labels.clear_done.to_owned()));
    }
    // Two fit beside the sentence.
    offered.truncate(2);
    offered
}

fn buttons_ui(state: &mut State, offered: Vec<(Next, String)>, ui: &mut Ui) {
    for (place, (next, label)) in offered.into_iter().enumerate() {
        let quiet = place > 0 || matches!(next, Next::Pause | Next::ClearDone);
        let mut response = if quiet {
            ui.button(label)
        } else {
            accent_ui(ui, &label)
        };
        if next == Next::Pause {
            response = response.on_hover_text(state.words.labels.pause_hint);
        }
        if next == Next::OpenTask
            && let Some(link) = common_link(state)
        {
            response = response.on_hover_text(link);
        }
        if response.clicked() {
            carry_out(state, next, ui);
        }
    }
}

/// The page of the task that all rows go to.
fn common_link(state: &State) -> Option<String> {
    let task = state.common_task()?;
    state.task_link(&task)
}

fn carry_out(state: &mut State, next: Next, ui: &Ui) {
    match next {
        Next::Assign => assign(state),
        Next::Pause => state.send(Command::Pause),
        Next::Resume => state.send(Command::Resume),
        Next::RetryFailed => retry_failed(state),
        Next::OpenTask => {
            if let Some(link) = common_link(state) {
                ui.ctx().open_url(OpenUrl::new_tab(link));
            }
        }
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
