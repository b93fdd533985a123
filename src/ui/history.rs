//! What was attached in the last 90 days, in a window of its own.

use eframe::egui::{Align2, Context, Key, Label, RichText, ScrollArea, TextStyle, Ui, Window};

use super::state::{History, State};
use super::theme::{self, palette};
use crate::model::{Attached, Command};
use crate::words::Words;

/// The window, while it is open.
pub(super) fn history_ui(state: &mut State, ctx: &Context) {
    if state.history.is_none() {
        return;
    }
    let labels = state.words.labels;
    let mut open = !ctx.input(|input| input.key_pressed(Key::Escape));
    let width = (ctx.content_rect().width() - theme::GAP * 12.0).min(theme::FORM);
    let window = Window::new(labels.history)
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .default_width(width)
        .max_width(width)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0]);
    let mut closed = false;
    window.show(ctx, |ui| {
        list_ui(state, ui);
        ui.horizontal(|ui| {
            let any = matches!(&state.history, Some(History::Read(list)) if !list.is_empty());
            if any && ui.button(labels.history_clear).clicked() {
                state.send(Command::ClearHistory);
            }
            closed = ui.button(labels.close).clicked();
        });
    });
    if !open || closed {
        state.history = None;
    }
}

fn list_ui(state: &State, ui: &mut Ui) {
    let labels = state.words.labels;
    let instead = match &state.history {
        None | Some(History::Reading) => labels.history_reading.to_owned(),
        Some(History::Failed(kind)) => state.words.say.history_failed(*kind),
        Some(History::Read(list)) if list.is_empty() => labels.history_empty.to_owned(),
        Some(History::Read(list)) => return lines_ui(state.words, list, ui),
    };
    ui.label(RichText::new(instead).color(palette(ui).quiet));
}

fn lines_ui(words: Words, list: &[Attached], ui: &mut Ui) {
    let height = ui.text_style_height(&TextStyle::Small) + theme::GAP;
    let area = ScrollArea::vertical()
        .max_height(theme::DETAILS)
        .id_salt("history");
    area.show_rows(ui, height, list.len(), |ui, range| {
        for one in list.get(range).unwrap_or_default() {
            let text = RichText::new(words.say.attached(one)).small();
            ui.add(Label::new(text).truncate());
        }
    });
}
