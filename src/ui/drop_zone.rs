//! Where files come in: the zone of the empty window, the strip above a list,
//! and the overlay while something is dragged over the window.

use std::collections::HashSet;

use eframe::egui::{
    Align, Area, Context, Id, InputState, Key, Layout, Order, Rect, RichText, Sense, Shape, Stroke,
    TextStyle, Ui, UiBuilder, vec2,
};

use super::dialog::Choose;
use super::icons::{Icon, paint};
use super::job_list::filter_menu_ui;
use super::state::State;
use super::task_field::{recent_list_ui, recent_of_team};
use super::theme::{self, palette};
use crate::model::Hovered;
use crate::platform::drops::Hover;
use crate::words::clean;

/// Names that the overlay shows.
const NAMES_SHOWN: usize = 3;

/// The big zone, and the recent tasks below it.
pub(super) fn zone_ui(state: &mut State, ui: &mut Ui, height_left: f32) {
    let labels = state.words.labels;
    let height = (height_left * 0.6).clamp(theme::ZONE_MIN, theme::ZONE_MAX);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    dashed(ui, rect);
    let inner = rect.shrink(theme::GAP * 4.0);
    let layout = Layout::top_down(Align::Center);
    // A child that allocates nothing: the zone has its height already.
    let mut zone = ui.new_child(UiBuilder::new().max_rect(inner).layout(layout));
    zone.add_space((inner.height() - theme::ZONE_CONTENT).max(0.0) / 2.0);
    let (square, _) = zone.allocate_exact_size(vec2(40.0, 40.0), Sense::hover());
    paint(zone.painter(), square, Icon::Tray, palette(ui).accent);
    if state.takes_drops {
        zone.label(RichText::new(labels.drop_idle).strong());
        zone.label(RichText::new(labels.drop_also).color(palette(ui).quiet));
    } else {
        zone.label(RichText::new(labels.no_drops).strong());
        zone.label(RichText::new(labels.no_drops_but).color(palette(ui).quiet));
    }
    buttons_ui(state, &mut zone);
    limit_ui(state, &mut zone);
    if !recent_of_team(state).is_empty() {
        ui.label(RichText::new(labels.recent_tasks).strong());
        recent_list_ui(state, ui);
    }
}

/// Both buttons in the middle of a column.
fn buttons_ui(state: &mut State, ui: &mut Ui) {
    let labels = state.words.labels;
    let font = TextStyle::Button.resolve(ui.style());
    let measure = |text: &str| {
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), font.clone(), palette(ui).text);
        galley.size().x + 2.0 * ui.spacing().button_padding.x
    };
    let width =
        measure(labels.choose_files) + measure(labels.choose_folder) + ui.spacing().item_spacing.x;
    ui.allocate_ui_with_layout(
        vec2(width, theme::BUTTON),
        Layout::left_to_right(Align::Center),
        |ui| choose_ui(state, ui),
    );
}

fn choose_ui(state: &mut State, ui: &mut Ui) {
    let labels = state.words.labels;
    for (label, what) in [
        (labels.choose_files, Choose::Files),
        (labels.choose_folder, Choose::Folder),
    ] {
        if ui.button(label).clicked() {
            state.dialogs.ask(ui.ctx(), what);
        }
    }
}

fn limit_ui(state: &State, ui: &mut Ui) {
    if let Some(bytes) = state.size_limit_bytes {
        let text = state.words.say.limit(bytes);
        let text = RichText::new(text).small().color(palette(ui).quiet);
        ui.add(eframe::egui::Label::new(text).truncate());
    }
}

/// The strip above a list that has rows.
pub(super) fn strip_ui(state: &mut State, ui: &mut Ui) {
    if ui.available_width() < theme::NARROW {
        narrow_strip_ui(state, ui);
        return;
    }
    ui.horizontal(|ui| {
        if state.takes_drops {
            ui.label(state.words.labels.drop_more);
        }
        choose_ui(state, ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            limit_ui(state, ui);
        });
    });
}

/// One line for what takes two in a wide window.
fn narrow_strip_ui(state: &mut State, ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.menu_button(state.words.labels.choose, |ui| choose_ui(state, ui));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            filter_menu_ui(state, ui);
        });
    });
}

/// Covers the window while files hover over it.
pub(super) fn overlay_ui(state: &mut State, ctx: &Context) {
    let Some(hover) = hover_of(state, ctx) else {
        state.overlay_closed = false;
        return;
    };
    // During a drag the system keeps clicks and keys to itself. If one comes,
    // the end of the drag was lost, and the overlay must not lock the window.
    let lost = |input: &InputState| input.pointer.any_pressed() || input.key_pressed(Key::Escape);
    state.overlay_closed |= ctx.input(lost);
    if state.overlay_closed {
        return;
    }
    let screen = ctx.content_rect();
    let area = Area::new(Id::unique("drop overlay"))
        .order(Order::Foreground)
        .fixed_pos(screen.min);
    area.show(ctx, |ui| {
        let colors = palette(ui);
        ui.allocate_rect(screen, Sense::hover());
        let veil = colors.overlay.gamma_multiply(theme::VEIL);
        ui.painter().rect_filled(screen, 0.0, veil);
        dashed(ui, screen.shrink(theme::GAP * 3.0));
        let size = vec2(
            theme::CARD.x.min(screen.width() - theme::GAP * 12.0),
            theme::CARD.y,
        );
        let card = Rect::from_center_size(screen.center(), size);
        ui.painter()
            .rect_filled(card, theme::CORNER, colors.overlay);
        let inner = card.shrink(theme::GAP * 4.0);
        let layout = Layout::top_down(Align::Center);
        ui.scope_builder(UiBuilder::new().max_rect(inner).layout(layout), |ui| {
            card_ui(state, &hover, ui);
        });
    });
}

/// What is over the window: told by our own receiver, or by winit.
fn hover_of(state: &State, ctx: &Context) -> Option<Hover> {
    if let Some(hover) = &state.drops.hover {
        return Some(hover.clone());
    }
    let files = ctx.input(|input| input.raw.hovered_files.clone());
    // winit tells them anew for each move before the source's first answer.
    let mut told = HashSet::new();
    let paths = files.iter().filter_map(|file| file.path.as_deref());
    let paths: Vec<_> = paths.filter(|path| told.insert(*path)).collect();
    // Whether a path is a folder is not asked here: the frame reads no disk.
    // A name without an extension is no sign either, so all are counted alike.
    let what = Hovered::Items {
        files: paths.len(),
        folders: 0,
        bytes: None,
        elsewhere: 0,
    };
    let names = paths.iter().take(NAMES_SHOWN);
    let names = names.filter_map(|path| path.file_name());
    let hover = Hover {
        drag: 0,
        what,
        names: names.map(|name| name.to_string_lossy().into()).collect(),
    };
    (!paths.is_empty()).then_some(hover)
}

/// What happens on release: how much, where to, and what by name.
fn card_ui(state: &State, hover: &Hover, ui: &mut Ui) {
    let colors = palette(ui);
    let (square, _) = ui.allocate_exact_size(vec2(56.0, 56.0), Sense::hover());
    paint(ui.painter(), square, Icon::Tray, colors.accent);
    let task = state.confirmed_task();
    let signed_in = state.identity().is_some();
    let first = state
        .words
        .say
        .release(hover.what, signed_in, task.is_some());
    ui.label(RichText::new(first).heading().strong().color(colors.text));
    let usable = hover.what != Hovered::Unusable;
    if let Some(task) = task.filter(|_| signed_in && usable) {
        let second = state.words.say.release_to(&task);
        ui.label(RichText::new(second).color(colors.text));
    }
    let Hovered::Items {
        files,
        folders,
        elsewhere,
        ..
    } = hover.what
    else {
        return;
    };
    let quiet = |text: String| RichText::new(text).small().color(colors.quiet);
    if !hover.names.is_empty() {
        let names: Vec<_> = hover.names.iter().map(|name| clean(name, 40)).collect();
        let more = (files + folders).saturating_sub(names.len());
        ui.label(quiet(state.words.say.hovering(&names, more)));
    }
    if elsewhere > 0 {
        ui.label(quiet(state.words.say.release_without(elsewhere)));
    }
}

fn dashed(ui: &Ui, rect: Rect) {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    let stroke = Stroke::new(1.5, palette(ui).edge);
    ui.painter()
        .extend(Shape::dashed_line(&corners, stroke, 6.0, 5.0));
}
