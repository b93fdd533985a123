//! One row: icon, name, what happens or what to do, at most three actions.

use std::time::Instant;

use eframe::egui::{
    Align, Button, FontId, Id, Label, Layout, Rect, RichText, Role, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::controls::follow_focus;
use super::icons::{Icon, atom, of_state, paint};
use super::state::State;
use super::theme::{self, palette};
use crate::model::{Choice, Command, ErrorKind, Job, JobState, UploadError};
use crate::words::{clean, shorten};

/// What can be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Retry,
    SendPlain,
    Skip,
    AttachAgain,
    OpenTask,
    Details,
    Cancel,
    Remove,
}

/// The actions of a state, the most wanted first.
fn actions(state: &JobState) -> &'static [Action] {
    match state {
        JobState::Duplicate(existing) if existing.is_unconfirmed() => &[
            Action::OpenTask,
            Action::Skip,
            Action::AttachAgain,
            Action::Details,
        ],
        JobState::Duplicate(_) => &[Action::Skip, Action::AttachAgain],
        JobState::Failed(error) if error.kind.leaves_open() => &[
            Action::OpenTask,
            Action::Retry,
            Action::Details,
            Action::Remove,
        ],
        JobState::Failed(error) if matches!(error.kind, ErrorKind::PlainStore { .. }) => {
            &[Action::SendPlain, Action::Details, Action::Remove]
        }
        JobState::Failed(_) => &[Action::Retry, Action::Details, Action::Remove],
        JobState::Cancelled | JobState::Skipped(_) => &[Action::Retry, Action::Remove],
        JobState::Done(_) => &[Action::Details],
        JobState::Stopping => &[],
        JobState::Waiting(_) => &[Action::Cancel, Action::Details],
        JobState::Queued
        | JobState::Checking
        | JobState::Ready
        | JobState::Asking
        | JobState::Sending
        | JobState::Confirming
        | JobState::Held(_) => &[Action::Cancel],
    }
}

/// Paints a row and carries out what is clicked in it.
pub(super) fn row_ui(
    state: &mut State,
    job: &Job,
    (place, of): (usize, usize),
    now: Instant,
    ui: &mut Ui,
) {
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme::ROW), Sense::hover());
    let colors = palette(ui);
    ui.painter()
        .hline(rect.x_range(), rect.bottom(), (1.0, colors.track));
    let (icon, color) = of_state(&job.state, colors);
    let square = Rect::from_min_size(
        rect.min + vec2(theme::GAP, 10.0),
        vec2(theme::ICON, theme::ICON),
    );
    paint(ui.painter(), square, icon, color);

    let left_bytes = job.size_bytes.saturating_sub(job.moved_bytes);
    let numbers = state.numbers(job.id, left_bytes);
    let mut line = state.words.say.row(job, now, numbers);
    if let Some(task) = job.task.as_ref().filter(|_| state.several_tasks) {
        line = format!("{} - {line}", state.words.say.task_short(task));
    }
    let name = clean(&job.name, 300);
    let told = format!(
        "{name}, {}, {line}, {place}/{of}",
        state.words.say.state(&job.state)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &told));

    // Name and buttons share the upper line; the lower one has the whole width.
    let left = square.right() + theme::GAP * 3.0;
    let right = rect.right() - theme::GAP;
    let upper = Rect::from_min_max(pos2(left, rect.top() + 2.0), pos2(right, rect.top() + 32.0));
    let actions_left = actions_ui(state, job, upper, ui);
    name_ui(&name, upper.with_max_x(actions_left - 8.0), ui);
    let lower = Rect::from_min_max(pos2(left, upper.bottom()), pos2(right, rect.bottom() - 8.0));
    let has_bar = matches!(
        job.state,
        JobState::Checking | JobState::Sending | JobState::Confirming
    );
    line_ui(&line, &job.state, lower, ui);
    if has_bar {
        let y = rect.bottom() - theme::BAR - 1.0;
        let track = Rect::from_min_max(pos2(left, y), pos2(right, y + theme::BAR));
        bar_ui(ui, track, share(job));
    }
}

/// Share of the bytes that moved, never full before the server's word.
#[expect(clippy::cast_precision_loss, reason = "a display value")]
fn share(job: &Job) -> f32 {
    (job.moved_bytes as f32 / job.size_bytes.max(1) as f32).min(0.99)
}

/// A progress bar.
pub(super) fn bar_ui(ui: &Ui, track: Rect, share: f32) {
    let radius = track.height() / 2.0;
    ui.painter().rect_filled(track, radius, palette(ui).track);
    let filled = Rect::from_min_size(track.min, vec2(track.width() * share, track.height()));
    ui.painter().rect_filled(filled, radius, palette(ui).accent);
}

/// The name, cut in its middle until it fits.
fn name_ui(name: &str, rect: Rect, ui: &mut Ui) {
    let font = FontId::proportional(theme::NAME);
    let mut shown = name.to_owned();
    let mut chars = name.chars().count();
    for _ in 0..6 {
        let galley = ui
            .painter()
            .layout_no_wrap(shown.clone(), font.clone(), palette(ui).text);
        if galley.size().x <= rect.width() || chars <= 5 {
            break;
        }
        chars = fitting(chars, rect.width() / galley.size().x);
        shown = shorten(name, chars);
    }
    let layout = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    child.add(Label::new(RichText::new(shown).font(font).strong()).truncate());
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of characters"
)]
fn fitting(chars: usize, share: f32) -> usize {
    ((chars as f32 * share) as usize).clamp(5, chars.saturating_sub(1).max(5))
}

fn line_ui(line: &str, state: &JobState, rect: Rect, ui: &mut Ui) {
    let colors = palette(ui);
    let color = match state {
        JobState::Failed(_) => colors.needs_you,
        JobState::Duplicate(_) | JobState::Waiting(_) => colors.there,
        JobState::Done(_) => colors.attached,
        _ => colors.quiet,
    };
    let layout = Layout::left_to_right(Align::Min);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    child.add(Label::new(RichText::new(line).small().color(color)).truncate());
}

/// The buttons at the right; gives where they begin.
fn actions_ui(state: &mut State, job: &Job, rect: Rect, ui: &mut Ui) -> f32 {
    let narrow = ui.available_width() < theme::NARROW;
    let all = actions(&job.state);
    let open = if narrow { 1 } else { all.len() };
    let layout = Layout::right_to_left(Align::Center);
    let builder = UiBuilder::new()
        .max_rect(rect)
        .layout(layout)
        // Of its own, wherever the row stands: a list that scrolls must not take
        // the focus or a click away.
        .scope_id(Id::unique(("actions", job.id)));
    let mut chosen = None;
    // A child that allocates nothing in the row: the row has its height already.
    let mut child = ui.new_child(builder);
    let spacing = child.spacing_mut();
    spacing.interact_size.y = theme::ROW_BUTTON;
    spacing.button_padding.x = 8.0;
    spacing.item_spacing.x = 4.0;
    let (shown, folded) = all.split_at(open.min(all.len()));
    if !folded.is_empty() {
        let menu = child.menu_button(atom(Icon::Dots, theme::ICON_SMALL), |ui| {
            let clicked = |action: &&Action| action_ui(state, job, **action, ui);
            folded.iter().find(clicked).copied()
        });
        chosen = menu.inner.flatten();
        let name = state
            .words
            .say
            .action_on(state.words.labels.more, &job.name);
        let info = || WidgetInfo::labeled(Role::Button, true, &name);
        menu.response.widget_info(info);
    }
    for action in shown.iter().rev() {
        if action_ui(state, job, *action, &mut child) {
            chosen = Some(*action);
        }
    }
    let left = child.min_rect().left();
    if let Some(action) = chosen {
        carry_out(state, job, action, ui);
    }
    left
}

fn action_ui(state: &State, job: &Job, action: Action, ui: &mut Ui) -> bool {
    let labels = state.words.labels;
    let label = match action {
        Action::Retry => labels.retry,
        Action::SendPlain => labels.send_plain,
        Action::Skip => labels.skip,
        Action::AttachAgain => labels.attach_again,
        Action::OpenTask => labels.open_task,
        Action::Details => labels.details,
        Action::Cancel => labels.cancel,
        Action::Remove => labels.remove,
    };
    let text = RichText::new(label).small();
    let size = vec2(theme::ROW_BUTTON, theme::ROW_BUTTON);
    let mut button = ui.add(Button::new(text).min_size(size));
    if action == Action::OpenTask
        && let Some(link) = link_of(state, job)
    {
        button = button.on_hover_text(link);
    }
    let name = state.words.say.action_on(label, &job.name);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    follow_focus(ui, &button);
    // The second click of a double click is meant for the button that was there at
    // the first: "Cancel" would take its row out of the list, too.
    button.clicked() && !button.double_clicked() && !button.triple_clicked()
}

/// The page of the row's task.
fn link_of(state: &State, job: &Job) -> Option<String> {
    state.task_link(job.task.as_ref()?)
}

fn carry_out(state: &mut State, job: &Job, action: Action, ui: &Ui) {
    let jobs = vec![job.id];
    let command = match action {
        Action::Retry => Command::Retry { jobs },
        Action::SendPlain => match &job.state {
            JobState::Failed(UploadError {
                kind: ErrorKind::PlainStore { store },
                ..
            }) => Command::AllowPlainStore {
                store: store.clone(),
            },
            _ => return,
        },
        Action::Skip => Command::Decide {
            jobs,
            choice: Choice::Skip,
        },
        Action::AttachAgain => Command::Decide {
            jobs,
            choice: Choice::AttachAgain,
        },
        Action::Cancel => Command::Cancel { jobs },
        Action::Remove => Command::Remove { jobs },
        Action::Details => {
            state.details = Some(job.id);
            return;
        }
        Action::OpenTask => {
            if let Some(link) = link_of(state, job) {
                ui.ctx().open_url(eframe::egui::OpenUrl::new_tab(link));
            }
            return;
        }
    };
    state.send(command);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobId;

    #[test]
    fn the_bar_is_never_full_before_the_answer() {
        let job = Job {
            id: JobId(1),
            task: None,
            path: "a".into(),
            name: "a".into(),
            description: "".into(),
            size_bytes: 100,
            moved_bytes: 100,
            store: None,
            state: JobState::Confirming,
        };
        assert!(share(&job) < 1.0);
    }
}
