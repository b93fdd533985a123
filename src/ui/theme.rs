//! Colours and sizes: the only place that names one.
//!
//! The ratios of text to background are those of the WCAG (4.5 for text, 3 for
//! edges); a test computes them, because egui's own defaults fail them.

use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle,
    Theme as EguiTheme, ThemePreference, Ui, Vec2, Visuals, style::WidgetVisuals, vec2,
};

use crate::model::{Language, Theme};

/// The colours of one theme, by what they mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    pub(super) window: Color32,
    pub(super) panel: Color32,
    pub(super) text: Color32,
    pub(super) quiet: Color32,
    pub(super) accent: Color32,
    pub(super) on_accent: Color32,
    pub(super) attached: Color32,
    pub(super) there: Color32,
    pub(super) needs_you: Color32,
    pub(super) edge: Color32,
    pub(super) track: Color32,
    pub(super) overlay: Color32,
}

const LIGHT: Palette = Palette {
    window: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    panel: Color32::from_rgb(0xF6, 0xF7, 0xF9),
    text: Color32::from_rgb(0x1B, 0x1F, 0x24),
    quiet: Color32::from_rgb(0x57, 0x60, 0x6A),
    accent: Color32::from_rgb(0x0B, 0x5C, 0xAD),
    on_accent: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    attached: Color32::from_rgb(0x16, 0x6E, 0x2E),
    there: Color32::from_rgb(0x8A, 0x5A, 0x00),
    needs_you: Color32::from_rgb(0xB3, 0x26, 0x1E),
    edge: Color32::from_rgb(0x7A, 0x82, 0x8C),
    track: Color32::from_rgb(0xD9, 0xDD, 0xE2),
    overlay: Color32::from_rgb(0xE8, 0xF1, 0xFB),
};

const DARK: Palette = Palette {
    window: Color32::from_rgb(0x16, 0x19, 0x1D),
    panel: Color32::from_rgb(0x1F, 0x23, 0x28),
    text: Color32::from_rgb(0xE8, 0xEA, 0xED),
    quiet: Color32::from_rgb(0xA7, 0xB0, 0xBA),
    accent: Color32::from_rgb(0x6C, 0xB2, 0xFF),
    on_accent: Color32::from_rgb(0x0B, 0x16, 0x20),
    attached: Color32::from_rgb(0x56, 0xD0, 0x7A),
    there: Color32::from_rgb(0xF2, 0xB9, 0x4B),
    needs_you: Color32::from_rgb(0xFF, 0x8A, 0x80),
    edge: Color32::from_rgb(0x8B, 0x94, 0x9E),
    track: Color32::from_rgb(0x3A, 0x40, 0x48),
    overlay: Color32::from_rgb(0x16, 0x28, 0x3A),
};

/// Size of the window when it opens, in points.
pub(super) const WINDOW: Vec2 = vec2(560.0, 680.0);
/// The smallest window that shows everything.
pub(super) const WINDOW_MIN: Vec2 = vec2(360.0, 480.0);
/// Below this width rows keep one action and a menu.
pub(super) const NARROW: f32 = 480.0;
/// Height of a row of the list.
pub(super) const ROW: f32 = 56.0;
/// Height of a button.
pub(super) const BUTTON: f32 = 32.0;
/// Size of a file's name in its row.
pub(super) const NAME: f32 = 15.0;
/// Height of a button inside a row.
pub(super) const ROW_BUTTON: f32 = 28.0;
/// Height of a progress bar.
pub(super) const BAR: f32 = 4.0;
/// Side of an icon.
pub(super) const ICON: f32 = 20.0;
/// Side of an icon inside a button.
pub(super) const ICON_SMALL: f32 = 14.0;
/// Width of the sign-in form.
pub(super) const FORM: f32 = 400.0;
/// Width of the focus ring, and of the gap inside it.
pub(super) const RING: f32 = 2.0;
/// Radius of rounded corners.
pub(super) const CORNER: f32 = 8.0;
/// The drop zone of the empty window: its height from, to, and what is in it.
pub(super) const ZONE_MIN: f32 = 200.0;
/// See [`ZONE_MIN`].
pub(super) const ZONE_MAX: f32 = 320.0;
/// See [`ZONE_MIN`].
pub(super) const ZONE_CONTENT: f32 = 170.0;
/// Width of the settings menu.
pub(super) const MENU: f32 = 240.0;
/// The widest that a menu of tasks gets.
pub(super) const MENU_MAX: f32 = 320.0;
/// Height of the facts in the details.
pub(super) const DETAILS: f32 = 240.0;
/// Height of the list of what was left out.
pub(super) const LEFT_OUT: f32 = 120.0;
/// Room for the count of typed characters.
pub(super) const COUNTER: f32 = 140.0;
/// The card in the middle of the drop overlay.
pub(super) const CARD: Vec2 = vec2(480.0, 220.0);
/// How much of the window the overlay's colour covers, beside the card.
pub(super) const VEIL: f32 = 0.85;
/// The step that distances are multiples of.
pub(super) const GAP: f32 = 4.0;

/// The colours in use.
pub(super) fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}

/// Sets both themes up, and the one that is wanted.
pub(super) fn apply(ctx: &Context, wanted: Theme, language: Language) {
    for (theme, palette) in [(EguiTheme::Light, &LIGHT), (EguiTheme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| {
            sizes(style, language);
            style.visuals = visuals(theme, palette);
        });
    }
    ctx.set_theme(match wanted {
        Theme::System => ThemePreference::System,
        Theme::Light => ThemePreference::Light,
        Theme::Dark => ThemePreference::Dark,
    });
}

/// Takes the desktop's choice, for who wants the system's. Until it is heard,
/// it is light.
pub(super) fn follow(ctx: &Context, dark: bool) {
    let theme = if dark {
        EguiTheme::Dark
    } else {
        EguiTheme::Light
    };
    ctx.options_mut(|options| options.fallback_theme = theme);
}

fn sizes(style: &mut Style, language: Language) {
    // Chinese needs a point more for its strokes.
    let body = match language {
        Language::English => 14.0,
        Language::Chinese => 15.0,
    };
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Heading, font(20.0)),
        (TextStyle::Body, font(body)),
        (TextStyle::Button, font(body)),
        (TextStyle::Small, font(13.0)),
        (
            TextStyle::Monospace,
            FontId::new(13.0, FontFamily::Monospace),
        ),
    ]
    .into();
    style.spacing.item_spacing = vec2(8.0, 8.0);
    style.spacing.button_padding = vec2(12.0, 4.0);
    style.spacing.interact_size = vec2(32.0, BUTTON);
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.window_margin = Margin::same(12);
    style.spacing.icon_width = 18.0;
    style.spacing.icon_width_inner = 10.0;
    // The bar stands beside the rows, not on their buttons.
    style.spacing.scroll.bar_width = 6.0;
    style.spacing.scroll.floating_width = 4.0;
    style.spacing.scroll.floating_allocated_width = 8.0;
    style.animation_time = 0.0;
}

fn visuals(theme: EguiTheme, palette: &Palette) -> Visuals {
    let mut visuals = match theme {
        EguiTheme::Light => Visuals::light(),
        EguiTheme::Dark => Visuals::dark(),
    };
    visuals.panel_fill = palette.window;
    visuals.window_fill = palette.window;
    visuals.extreme_bg_color = palette.window;
    visuals.text_edit_bg_color = Some(palette.window);
    visuals.faint_bg_color = palette.panel;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.quiet);
    visuals.hyperlink_color = palette.accent;
    visuals.error_fg_color = palette.needs_you;
    visuals.warn_fg_color = palette.there;
    visuals.slider_trailing_fill = true;
    // A cursor that blinks repaints the window for as long as a field waits.
    visuals.text_cursor.blink = false;
    visuals.selection.bg_fill = palette.overlay;
    visuals.selection.stroke = Stroke::new(2.0, palette.accent);
    visuals.window_stroke = Stroke::new(1.0, palette.track);
    let widgets = &mut visuals.widgets;
    set(
        &mut widgets.noninteractive,
        palette.window,
        palette.track,
        palette.text,
    );
    set(
        &mut widgets.inactive,
        palette.panel,
        palette.edge,
        palette.text,
    );
    set(
        &mut widgets.hovered,
        palette.track,
        palette.accent,
        palette.text,
    );
    set(
        &mut widgets.active,
        palette.track,
        palette.accent,
        palette.text,
    );
    set(
        &mut widgets.open,
        palette.panel,
        palette.accent,
        palette.text,
    );
    widgets.hovered.bg_stroke.width = 1.5;
    // The focus ring.
    widgets.active.bg_stroke.width = 2.0;
    visuals
}

fn set(widget: &mut WidgetVisuals, fill: Color32, edge: Color32, text: Color32) {
    widget.bg_fill = fill;
    widget.weak_bg_fill = fill;
    widget.bg_stroke = Stroke::new(1.0, edge);
    widget.fg_stroke = Stroke::new(1.0, text);
    widget.corner_radius = CornerRadius::same(6);
    widget.expansion = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f64 {
        let part = |byte: u8| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(color.r()) + 0.7152 * part(color.g()) + 0.0722 * part(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_and_every_edge_seen() {
        for palette in [LIGHT, DARK] {
            for ground in [palette.window, palette.panel] {
                for text in [
                    palette.text,
                    palette.quiet,
                    palette.accent,
                    palette.attached,
                    palette.there,
                    palette.needs_you,
                ] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
                assert!(contrast(palette.edge, ground) >= 3.0, "{palette:?}");
            }
            assert!(contrast(palette.on_accent, palette.accent) >= 4.5);
            assert!(contrast(palette.text, palette.overlay) >= 4.5);
            assert!(contrast(palette.accent, palette.track) >= 3.0);
        }
    }
}
