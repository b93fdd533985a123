//! The task field: takes what people paste, asks the engine, shows what it
//! found. Typing never starts an upload.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{
    Align, Align2, Button, Event as Input, Id, Key, Layout, RichText, TextEdit, Ui, vec2,
};

use super::controls::{link_ui, ring_ui};
use super::icons::{Icon, paint};
use super::state::State;
use super::theme::{self, palette};
use crate::model::{
    Command, DESCRIPTION_MAX_CHARS, ErrorKind, RecentTask, Settings, Task, TaskRef, UploadError,
};

/// After the last key, this long is waited before the server is asked.
const TYPING_PAUSE: Duration = Duration::from_millis(300);

/// What stands in the field and what is known of it.
#[derive(Default)]
pub(super) struct TaskField {
    text: String,
    /// When to ask for what stands there.
    ask_at: Option<Instant>,
    asked: Option<String>,
    answer: Option<Result<Arc<Task>, UploadError>>,
}

impl TaskField {
    /// Puts a text into the field, to be looked up at once.
    pub(super) fn set(&mut self, text: &str) {
        text.trim().clone_into(&mut self.text);
        self.changed(Instant::now());
    }

    pub(super) fn found(&mut self, text: &str, task: Arc<Task>, settings: &mut Settings) {
        settings.remember_task(RecentTask {
            id: task.id.clone(),
            team: task.team.clone(),
            number: task.number,
            title: task.title.clone(),
        });
        if self.asked.as_deref() == Some(text) {
            self.answer = Some(Ok(task));
        }
    }

    pub(super) fn not_found(&mut self, text: &str, error: UploadError) {
        if self.asked.as_deref() == Some(text) {
            self.answer = Some(Err(error));
        }
    }

    /// The task, while what was found belongs to what stands there.
    pub(super) fn confirmed(&self) -> Option<Arc<Task>> {
        if self.asked.as_deref() != Some(self.text.as_str()) {
            return None;
        }
        self.answer.as_ref()?.as_ref().ok().cloned()
    }

    /// Asks again for what stands there, after a sign-in.
    pub(super) fn look_again(&mut self) {
        self.forget();
        if !self.text.trim().is_empty() {
            self.ask_at = Some(Instant::now());
        }
    }

    /// Keeps the text and forgets what was found.
    pub(super) fn forget(&mut self) {
        self.asked = None;
        self.answer = None;
        self.ask_at = None;
    }

    fn changed(&mut self, ask_at: Instant) {
        self.answer = None;
        self.asked = None;
        self.ask_at = (!self.text.trim().is_empty()).then_some(ask_at);
    }
}

/// Asks for what was typed, once the typing pauses. Runs before painting.
pub(super) fn ask_when_due(state: &mut State, ctx: &eframe::egui::Context) {
    let Some(due) = state.task.ask_at else {
        return;
    };
    let now = Instant::now();
    if state.identity().is_none() {
        return;
    }
    if now < due {
        ctx.request_repaint_after(due - now);
        return;
    }
    state.task.ask_at = None;
    let text = state.task.text.clone();
    state.task.asked = Some(text.clone());
    state.send(Command::FindTask { text });
}

/// Takes a task that is pasted while no field has the focus.
pub(super) fn take_stray_paste(state: &mut State, ctx: &eframe::egui::Context) {
    if state.identity().is_none() || ctx.text_edit_focused() {
        return;
    }
    let pasted = ctx.input(|input| {
        let mut texts = input.events.iter().filter_map(|event| match event {
            Input::Paste(text) => Some(text.clone()),
            _ => None,
        });
        texts.next_back()
    });
    if let Some(text) = pasted.filter(|text| TaskRef::parse(text).is_some()) {
        state.task.set(&text);
    }
}

/// The field's own identity, for Ctrl+L.
pub(super) fn field_id() -> Id {
    Id::unique("task field")
}

/// The task band.
pub(super) fn task_ui(state: &mut State, ui: &mut Ui) {
    let labels = state.words.labels;
    ui.horizontal(|ui| {
        let label = ui.label(labels.task);
        // From the right, so that the field takes what the menu leaves.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if !recent_of_team(state).is_empty() {
                recent_menu_ui(state, ui);
            }
            field_ui(state, label.id, ui);
        });
    });
    answer_ui(state, ui);
}

fn field_ui(state: &mut State, label: Id, ui: &mut Ui) {
    let edit = TextEdit::singleline(&mut state.task.text)
        .id(field_id())
        .hint_text(state.words.labels.task_hint)
        .desired_width(ui.available_width())
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(0.0, theme::BUTTON));
    let field = ui.add(edit).labelled_by(label);
    if field.changed() {
        let pasted = ui.input(|i| i.events.iter().any(|e| matches!(e, Input::Paste(_))));
        let pause = if pasted { Duration::ZERO } else { TYPING_PAUSE };
        state.task.changed(Instant::now() + pause);
        ui.ctx().request_repaint_after(pause);
    }
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        state.task.changed(Instant::now());
        ui.ctx().request_repaint();
    }
}

fn recent_menu_ui(state: &mut State, ui: &mut Ui) {
    ui.menu_button(state.words.labels.recent, |ui| {
        ui.set_max_width(theme::MENU_MAX);
        recent_list_ui(state, ui);
    });
}

/// The tasks that were used last in the team that is signed in to.
pub(super) fn recent_of_team(state: &State) -> Vec<RecentTask> {
    let Some(identity) = state.identity() else {
        return Vec::new();
    };
    let recent = state.settings.recent_tasks.iter();
    let of_team = recent.filter(|recent| recent.team == identity.team.id);
    of_team.cloned().collect()
}

/// The recent tasks as buttons; used by the menu and by the empty window.
pub(super) fn recent_list_ui(state: &mut State, ui: &mut Ui) {
    for recent in recent_of_team(state) {
        let task = Task {
            id: recent.id.clone(),
            team: recent.team,
            number: recent.number,
            title: recent.title,
        };
        let text = state.words.say.task(&task);
        let button = ui.add(Button::new(text).frame(false).truncate());
        ring_ui(ui, &button);
        if button.clicked() {
            state.task.set(&recent.id);
            ui.ctx().request_repaint();
        }
    }
}

/// What was found for the text, or what is wrong with it.
fn answer_ui(state: &mut State, ui: &mut Ui) {
    let words = state.words;
    match &state.task.answer {
        None if state.task.asked.is_some() || state.task.ask_at.is_some() => {
            ui.label(RichText::new(words.labels.task_looking).color(palette(ui).quiet));
        }
        None => {}
        Some(Err(error)) => {
            let text = words.say.error(error, "").joined();
            ui.label(RichText::new(text).color(palette(ui).needs_you));
            if let ErrorKind::OtherTeam { team } = &error.kind {
                let team = team.clone();
                switch_ui(state, &team, ui);
            }
        }
        Some(Ok(task)) => {
            let task = task.clone();
            ui.horizontal(|ui| {
                let size = vec2(theme::ICON, theme::ICON);
                let (square, _) = ui.allocate_exact_size(size, eframe::egui::Sense::hover());
                paint(ui.painter(), square, Icon::Check, palette(ui).attached);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if let Some(link) = state.task_link(&task) {
                        link_ui(ui, words.labels.open_in_ones, &link);
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let text = RichText::new(words.say.task(&task)).strong();
                        ui.add(eframe::egui::Label::new(text).truncate());
                    });
                });
            });
            description_ui(state, ui);
        }
    }
}

/// Offers the team of the link, if the account is in it. The link is looked up
/// again once the team has changed.
fn switch_ui(state: &mut State, id: &str, ui: &mut Ui) {
    let teams = state.identity().map(|identity| identity.teams.as_slice());
    let Some(team) = teams.and_then(|teams| teams.iter().find(|team| team.id == id)) else {
        return;
    };
    let command = Command::ChooseTeam {
        team: team.id.clone(),
    };
    if ui.button(state.words.say.switch_team(&team.name)).clicked() {
        state.send(command);
    }
}

/// The description for the files that come next.
fn description_ui(state: &mut State, ui: &mut Ui) {
    let labels = state.words.labels;
    ui.horizontal(|ui| {
        let label = ui.label(labels.description);
        let typed = state.description.chars().count();
        let counter = if typed == 0 { 0.0 } else { theme::COUNTER };
        let edit = TextEdit::singleline(&mut state.description)
            .hint_text(labels.description_hint)
            .char_limit(DESCRIPTION_MAX_CHARS)
            .desired_width(ui.available_width() - counter)
            .align(Align2::LEFT_CENTER)
            .min_size(vec2(0.0, theme::BUTTON));
        ui.add(edit).labelled_by(label.id);
        if typed > 0 {
            let text = state.words.say.characters(typed, DESCRIPTION_MAX_CHARS);
            // The field takes no more than that, and the colour says so.
            let color = if typed < DESCRIPTION_MAX_CHARS {
                palette(ui).quiet
            } else {
                palette(ui).there
            };
            ui.label(RichText::new(text).small().color(color));
        }
    });
}
