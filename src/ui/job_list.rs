//! The list: filters above, one row a file, only the rows on screen drawn.

use std::time::{Duration, Instant};

use eframe::egui::{Button, RichText, Role, ScrollArea, Ui, WidgetInfo};

use super::icons::{Icon, atom};
use super::job_row::row_ui;
use super::state::State;
use super::theme::{self, palette};
use crate::model::{Filter, JobState};

/// Rows that a list shows at least, however short the window is.
const ROWS_MIN: f32 = 3.0;

/// The filters and the rows, in a space of this height.
pub(super) fn list_ui(state: &mut State, ui: &mut Ui, height: f32) {
    if ui.available_width() >= theme::NARROW {
        filters_ui(state, ui);
    }
    if state.shown.is_empty() {
        ui.label(RichText::new(state.words.labels.nothing_shown).color(palette(ui).quiet));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let shown = std::mem::take(&mut state.shown);
    let now = Instant::now();
    let left = height - ui.min_rect().height() - theme::GAP * 2.0;
    let left = left.max(ROWS_MIN * theme::ROW);
    let area = ScrollArea::vertical()
        .id_salt("rows")
        .auto_shrink([false, true]);
    let area = area.max_height(left);
    area.show_rows(ui, theme::ROW, shown.len(), |ui, range| {
        let first = range.start;
        for (offset, id) in shown.get(range).unwrap_or_default().iter().enumerate() {
            let Some(job) = state.board.job(*id).cloned() else {
                continue;
            };
            if matches!(job.state, JobState::Waiting(_)) {
                // A countdown on screen moves on by itself.
                ui.ctx().request_repaint_after(Duration::from_secs(1));
            }
            row_ui(state, &job, (first + offset + 1, shown.len()), now, ui);
        }
    });
    state.shown = shown;
}

/// The filters with their words and counts.
fn filters(state: &State) -> [(Filter, String); 4] {
    let labels = state.words.labels;
    let totals = state.totals;
    let counted = |word, count| state.words.say.counted(word, count);
    [
        (Filter::All, counted(labels.all, totals.jobs)),
        (Filter::Active, counted(labels.active, totals.active)),
        (
            Filter::NeedsYou,
            counted(labels.needs_you, totals.needs_you()),
        ),
        (Filter::Done, counted(labels.done, totals.done())),
    ]
}

fn filters_ui(state: &mut State, ui: &mut Ui) {
    ui.horizontal(|ui| {
        for (filter, text) in filters(state) {
            let button = Button::new(text)
                .selected(state.filter == filter)
                .corner_radius(theme::BUTTON / 2.0);
            if ui.add(button).clicked() {
                set_filter(state, filter);
                ui.ctx().request_repaint();
            }
        }
    });
}

/// All filters behind one button, for a narrow window.
pub(super) fn filter_menu_ui(state: &mut State, ui: &mut Ui) {
    let filters = filters(state);
    let current = filters.iter().find(|(filter, _)| *filter == state.filter);
    let text = current.map_or("", |(_, text)| text.as_str());
    let face = (text, atom(Icon::Down, theme::ICON_SMALL));
    let menu = ui.menu_button(face, |ui| {
        // Menus take the edges off; a radio button needs its own.
        ui.reset_style();
        let mut chosen = None;
        for (filter, text) in &filters {
            if ui.radio(state.filter == *filter, text).clicked() {
                chosen = Some(*filter);
            }
        }
        chosen
    });
    let name = state.words.say.action_on(state.words.labels.filter, text);
    menu.response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if let Some(filter) = menu.inner.flatten() {
        set_filter(state, filter);
        ui.ctx().request_repaint();
    }
}

/// Shows other rows.
pub(super) fn set_filter(state: &mut State, filter: Filter) {
    state.filter = filter;
    state.shown = state.board.ids(|state| filter.shows(state));
}
