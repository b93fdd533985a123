//! Controls that egui does not have as we need them: the button of the one
//! next action, a link, and a focus ring that is seen on every colour.
//! Painting only; what a click means is the caller's business.

use eframe::egui::{
    Align, Button, CursorIcon, Frame, Label, Layout, Margin, OpenUrl, Response, RichText, Role,
    Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};

use super::theme::{self, palette};

/// The button of the next action, in the accent colour.
pub(super) fn accent_ui(ui: &mut Ui, label: &str) -> Response {
    let text = RichText::new(label).color(palette(ui).on_accent);
    let response = ui.add(Button::new(text).fill(palette(ui).accent));
    ring_ui(ui, &response);
    response
}

/// The same over the whole width, for forms.
pub(super) fn wide_accent_ui(ui: &mut Ui, label: &str) -> Response {
    let text = RichText::new(label).color(palette(ui).on_accent);
    let button = Button::new(text).fill(palette(ui).accent);
    let size = vec2(ui.available_width(), theme::BUTTON);
    let response = ui.add_sized(size, button);
    ring_ui(ui, &response);
    response
}

/// A link that opens the browser, and says where it leads before (S11); as high
/// as a control has to be, which egui's own link is not.
pub(super) fn link_ui(ui: &mut Ui, label: &str, address: &str) {
    let text = RichText::new(label).color(palette(ui).accent);
    let button = Button::new(text)
        .frame(false)
        .min_size(vec2(0.0, theme::ROW_BUTTON));
    let response = ui
        .add(button)
        .on_hover_cursor(CursorIcon::PointingHand)
        .on_hover_text(address);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, label));
    ring_ui(ui, &response);
    if response.clicked() {
        ui.ctx().open_url(OpenUrl::new_tab(address));
    }
}

/// A ring around what has the focus, with a gap: an edge in the accent colour
/// would not be seen on a button of that colour.
pub(super) fn ring_ui(ui: &Ui, response: &Response) {
    follow_focus(ui, response);
    if response.has_focus() {
        let rect = response.rect.expand(theme::RING * 2.0);
        let stroke = Stroke::new(theme::RING, palette(ui).accent);
        ui.painter()
            .rect_stroke(rect, theme::CORNER, stroke, StrokeKind::Inside);
    }
}

/// Brings what the keyboard came to into view, and a row around it, so that the
/// next one is drawn when the keyboard goes on. The library leaves it where it
/// is, which may be below what is shown.
pub(super) fn follow_focus(ui: &Ui, response: &Response) {
    if response.gained_focus() {
        ui.scroll_to_rect(response.rect.expand(theme::ROW), None);
    }
}

/// A tinted box over the whole width.
pub(super) fn box_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let frame = Frame::new()
        .fill(palette(ui).panel)
        .corner_radius(theme::CORNER)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        content(ui);
    });
}

/// A sentence and a quiet one below it at the left, controls at the right. In
/// a narrow window the controls go below, so that nothing is cut.
pub(super) fn beside_ui(
    ui: &mut Ui,
    (first, second): (RichText, Option<RichText>),
    controls: impl FnOnce(&mut Ui),
) {
    let from_right = Layout::right_to_left(Align::Center);
    if ui.available_width() < theme::NARROW {
        if let Some(second) = second {
            ui.horizontal(|ui| {
                ui.label(first);
                ui.with_layout(from_right, |ui| ui.add(Label::new(second).truncate()));
            });
        } else {
            ui.label(first);
        }
        ui.horizontal(|ui| ui.with_layout(from_right, controls));
        return;
    }
    ui.horizontal(|ui| {
        ui.with_layout(from_right, |ui| {
            controls(ui);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = theme::GAP / 2.0;
                if second.is_none() {
                    // In the middle of the buttons.
                    ui.add_space(theme::BUTTON / 2.0 - theme::GAP * 2.0);
                }
                ui.label(first);
                if let Some(second) = second {
                    ui.label(second);
                }
            });
        });
    });
}
