//! Icons, drawn with lines: no font has to have them.

use eframe::egui::{Atom, Color32, Painter, Pos2, Rect, Stroke, pos2, vec2};

use crate::model::{ExistingPlace, How, JobState};

use super::theme::Palette;

/// What a row's icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Check,
    Bolt,
    Cross,
    Clock,
    Dots,
    Up,
    Sheets,
    Dash,
    Again,
    Bars,
    Key,
    Tray,
    Down,
}

/// An icon beside or instead of a button's text, in the text's colour.
pub(super) fn atom(icon: Icon, side: f32) -> Atom<'static> {
    Atom::paint(vec2(side, side), move |ui, args| {
        paint(ui.painter(), args.rect, icon, args.fallback_text_color);
    })
}

/// The icon and the colour of a state. The colour never stands alone: icon and
/// words say the same.
pub(super) fn of_state(state: &JobState, palette: &Palette) -> (Icon, Color32) {
    match state {
        JobState::Queued | JobState::Ready => (Icon::Clock, palette.quiet),
        JobState::Checking | JobState::Asking | JobState::Stopping => (Icon::Dots, palette.quiet),
        JobState::Sending | JobState::Confirming => (Icon::Up, palette.accent),
        JobState::Waiting(_) => (Icon::Again, palette.there),
        JobState::Held(crate::model::Hold::SignIn) => (Icon::Key, palette.there),
        JobState::Held(_) => (Icon::Bars, palette.there),
        JobState::Duplicate(existing) => match existing.place {
            ExistingPlace::Unconfirmed(_) => (Icon::Sheets, palette.needs_you),
            _ => (Icon::Sheets, palette.there),
        },
        JobState::Done(receipt) if receipt.how == How::Instant => (Icon::Bolt, palette.attached),
        JobState::Done(_) => (Icon::Check, palette.attached),
        JobState::Skipped(_) | JobState::Cancelled => (Icon::Dash, palette.quiet),
        JobState::Failed(_) => (Icon::Cross, palette.needs_you),
    }
}

/// Draws an icon into a square.
#[expect(clippy::too_many_lines, reason = "one table of lines")]
pub(super) fn paint(painter: &Painter, square: Rect, icon: Icon, color: Color32) {
    let pen = Pen {
        painter,
        square,
        stroke: Stroke::new((square.width() / 10.0).max(1.5), color),
    };
    match icon {
        Icon::Check => pen.line(&[(0.2, 0.55), (0.42, 0.75), (0.82, 0.28)]),
        Icon::Cross => {
            pen.line(&[(0.25, 0.25), (0.75, 0.75)]);
            pen.line(&[(0.75, 0.25), (0.25, 0.75)]);
        }
        Icon::Bolt => pen.line(&[(0.6, 0.12), (0.32, 0.55), (0.66, 0.5), (0.4, 0.9)]),
        Icon::Clock => {
            pen.circle(0.5, 0.5, 0.36);
            pen.line(&[(0.5, 0.28), (0.5, 0.52), (0.66, 0.6)]);
        }
        Icon::Dots => {
            for x in [0.22, 0.5, 0.78] {
                painter.circle_filled(pen.at(x, 0.5), square.width() * 0.08, color);
            }
        }
        Icon::Up => {
            pen.line(&[(0.5, 0.85), (0.5, 0.18)]);
            pen.line(&[(0.24, 0.44), (0.5, 0.16), (0.76, 0.44)]);
        }
        Icon::Sheets => {
            pen.line(&[
                (0.35, 0.15),
                (0.85, 0.15),
                (0.85, 0.7),
                (0.35, 0.7),
                (0.35, 0.15),
            ]);
            pen.line(&[
                (0.35, 0.3),
                (0.15, 0.3),
                (0.15, 0.86),
                (0.65, 0.86),
                (0.65, 0.7),
            ]);
        }
        Icon::Dash => pen.line(&[(0.22, 0.5), (0.78, 0.5)]),
        Icon::Again => {
            pen.line(&[
                (0.78, 0.3),
                (0.5, 0.16),
                (0.2, 0.36),
                (0.2, 0.66),
                (0.5, 0.86),
                (0.8, 0.66),
            ]);
            pen.line(&[(0.8, 0.08), (0.8, 0.32), (0.56, 0.34)]);
        }
        Icon::Bars => {
            pen.line(&[(0.36, 0.22), (0.36, 0.78)]);
            pen.line(&[(0.64, 0.22), (0.64, 0.78)]);
        }
        Icon::Key => {
            pen.circle(0.32, 0.5, 0.17);
            pen.line(&[(0.5, 0.5), (0.86, 0.5), (0.86, 0.66)]);
            pen.line(&[(0.7, 0.5), (0.7, 0.62)]);
        }
        Icon::Down => pen.line(&[(0.15, 0.35), (0.5, 0.7), (0.85, 0.35)]),
        Icon::Tray => {
            pen.line(&[(0.5, 0.08), (0.5, 0.56)]);
            pen.line(&[(0.3, 0.38), (0.5, 0.58), (0.7, 0.38)]);
            pen.line(&[(0.12, 0.6), (0.12, 0.88), (0.88, 0.88), (0.88, 0.6)]);
        }
    }
}

struct Pen<'a> {
    painter: &'a Painter,
    square: Rect,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.square.min + vec2(x * self.square.width(), y * self.square.height())
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|(x, y)| self.at(*x, *y)).collect();
        self.painter.line(points, self.stroke);
    }

    fn circle(&self, x: f32, y: f32, radius: f32) {
        self.painter
            .circle_stroke(self.at(x, y), radius * self.square.width(), self.stroke);
    }
}

/// The program's own icon: an arrow into a tray, on the accent colour.
pub(super) fn of_program() -> eframe::egui::IconData {
    const SIDE: u32 = 64;
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            rgba.extend_from_slice(&program_pixel(x, y));
        }
    }
    eframe::egui::IconData {
        rgba,
        width: SIDE,
        height: SIDE,
    }
}

fn program_pixel(x: u32, y: u32) -> [u8; 4] {
    const ACCENT: [u8; 4] = [0x0B, 0x5C, 0xAD, 0xFF];
    const WHITE: [u8; 4] = [0xFF, 0xFF, 0xFF, 0xFF];
    let at = pos2(
        f32::from(u16::try_from(x).unwrap_or(0)),
        f32::from(u16::try_from(y).unwrap_or(0)),
    );
    let corner = pos2(at.x.clamp(14.0, 49.0), at.y.clamp(14.0, 49.0));
    if corner.distance(at) > 13.0 {
        return [0; 4];
    }
    let shaft = (29..=34).contains(&x) && (12..=34).contains(&y);
    let head = (28..=42).contains(&y) && x.abs_diff(32) <= 42 - y;
    let tray = ((46..=50).contains(&y) && (14..=49).contains(&x))
        || ((38..=50).contains(&y) && ((14..=18).contains(&x) || (45..=49).contains(&x)));
    if shaft || head || tray { WHITE } else { ACCENT }
}
