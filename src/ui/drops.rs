//! What the drop receiver tells, taken into the window's state.

use std::path::PathBuf;

use eframe::egui::{Context, Event, Pos2, RawInput, pos2};

use super::state::State;
use crate::model::Command;
use crate::platform::drops::{DropEvent, Failure, Hover};

/// Nobody holds a drag of winit's still for so long: its end was lost.
const LOST_AFTER_SECS: f64 = 10.0;

/// What the window knows of drags.
#[derive(Debug, Default)]
pub(super) struct Drops {
    /// The drag that is over the window.
    pub(super) hover: Option<Hover>,
    /// It was dropped, and its source has to hand it over still.
    pub(super) waits: bool,
    /// Why the last drop did not come.
    pub(super) failed: Option<Failure>,
    /// There is no receiver, only winit's drops.
    pub(super) limited: bool,
    /// Some drags go around the receiver.
    pub(super) bypassed: bool,
    /// What egui is to hear of the dragging pointer; it hears nothing otherwise.
    pointer: Option<Event>,
    /// What egui is to hear of the clipboard.
    pasted: Option<Event>,
    stock: Stock,
}

/// What winit tells of drags.
#[derive(Debug, Default)]
struct Stock {
    /// Dropped, and not yet taken.
    dropped: Vec<PathBuf>,
    /// How many hover, and since when, in seconds of egui's clock.
    hovers: Option<(usize, f64)>,
    /// They hover no longer; nobody said so.
    lost: bool,
}

/// Takes one event in.
pub(super) fn take(state: &mut State, ctx: &Context, event: DropEvent) {
    let drops = &mut state.drops;
    match event {
        DropEvent::Entered(hover) => {
            drops.hover = Some(hover);
            state.overlay_closed = false;
        }
        DropEvent::Known(hover) => {
            // It may come after its drag went away.
            let drag = drops.hover.as_ref().map(|shown| shown.drag);
            if drag == Some(hover.drag) {
                drops.hover = Some(hover);
            }
        }
        DropEvent::Moved { x, y, scaled } => {
            let scale = if scaled {
                ctx.zoom_factor()
            } else {
                ctx.pixels_per_point()
            };
            let here = place(x, y) / scale;
            tracing::trace!(?here, "a drag");
            drops.pointer = Some(Event::PointerMoved(here));
            // It is told at the start of a frame.
            ctx.request_repaint();
        }
        DropEvent::Left => {
            drops.hover = None;
            drops.pointer = Some(Event::PointerGone);
            ctx.request_repaint();
        }
        DropEvent::Released => {
            drops.hover = None;
            drops.waits = true;
        }
        DropEvent::Dropped { paths, left_out } => {
            (drops.hover, drops.waits, drops.failed) = (None, false, None);
            state.add(paths);
            if !left_out.is_empty() {
                state.send(Command::LeaveOut(left_out));
            }
        }
        DropEvent::Failed(failure) => {
            (drops.hover, drops.waits, drops.failed) = (None, false, Some(failure));
        }
        DropEvent::Pasted(text) => {
            let lines = text.replace("\r\n", "\n");
            drops.pasted = (!lines.is_empty()).then_some(Event::Paste(lines));
            ctx.request_repaint();
        }
        DropEvent::Bypassed => drops.bypassed = true,
        DropEvent::Stopped { stock_drops } => {
            // A drop that waited ends with the receiver.
            if std::mem::take(&mut drops.waits) {
                drops.failed = Some(Failure::NothingCame);
            }
            drops.hover = None;
            drops.limited = stock_drops;
            state.takes_drops = stock_drops;
        }
    }
}

/// Changes what egui gets to hear at the start of a frame. What is dropped is
/// taken here, once: egui keeps it for as long as a window is hidden.
pub(super) fn hear(state: &mut State, input: &mut RawInput) {
    let drops = &mut state.drops;
    input.events.extend(drops.pointer.take());
    input.events.extend(drops.pasted.take());
    let dropped = std::mem::take(&mut input.dropped_files);
    let paths = dropped.iter().map(|file| file.path().to_owned());
    drops.stock.dropped.extend(paths);
    forget_lost(&mut drops.stock, state.overlay_closed, input);
}

/// A drag of winit's that nobody ends is taken out of the frame: egui paints
/// without a pause while something hovers.
fn forget_lost(stock: &mut Stock, overlay_closed: bool, input: &mut RawInput) {
    let count = input.hovered_files.len();
    let now = input.time.unwrap_or_default();
    match stock.hovers {
        // The same one still.
        Some((before, since)) if before == count && count > 0 => {
            stock.lost |= overlay_closed || now - since > LOST_AFTER_SECS;
        }
        _ => {
            stock.hovers = (count > 0).then_some((count, now));
            stock.lost = false;
        }
    }
    if stock.lost {
        input.hovered_files.clear();
    }
}

/// Adds what winit brought.
pub(super) fn add_stock(state: &mut State) {
    let dropped = std::mem::take(&mut state.drops.stock.dropped);
    state.add(dropped);
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
fn place(x: f64, y: f64) -> Pos2 {
    pos2(x as f32, y as f32)
}

#[cfg(test)]
mod tests {
    use eframe::egui::HoveredFile;

    use super::*;
    use crate::model::Settings;

    fn moved(x: f64, y: f64, scaled: bool) -> DropEvent {
        DropEvent::Moved { x, y, scaled }
    }

    fn heard(state: &mut State) -> Vec<Event> {
        let mut input = RawInput::default();
        hear(state, &mut input);
        input.events
    }

    #[test]
    fn egui_hears_where_a_drag_is_in_its_own_points() {
        let mut state = State::new(Settings::default());
        let ctx = Context::default();
        ctx.set_pixels_per_point(2.0);
        // The scale is taken over at the start of a frame.
        let mut frame = ctx.run_ui(RawInput::default(), |_| {});
        frame.textures_delta.clear();
        for (scaled, want) in [
            (false, pos2(50.0, 20.0)),
            (true, pos2(100.0, 40.0) / ctx.zoom_factor()),
        ] {
            take(&mut state, &ctx, moved(100.0, 40.0, scaled));
            assert_eq!(heard(&mut state), [Event::PointerMoved(want)]);
            assert_eq!(heard(&mut state), [], "told once");
        }
    }

    #[test]
    fn egui_hears_that_a_drag_is_gone_and_not_where_it_was() {
        let mut state = State::new(Settings::default());
        let ctx = Context::default();
        take(&mut state, &ctx, moved(100.0, 40.0, true));
        take(&mut state, &ctx, DropEvent::Left);
        assert_eq!(heard(&mut state), [Event::PointerGone]);
    }

    #[test]
    fn a_drag_that_nobody_ends_is_forgotten_until_the_next() {
        let mut stock = Stock::default();
        let mut hovering = |count, time, overlay_closed| {
            let mut input = RawInput {
                time: Some(time),
                hovered_files: vec![HoveredFile::default(); count],
                ..RawInput::default()
            };
            forget_lost(&mut stock, overlay_closed, &mut input);
            input.hovered_files.len()
        };
        assert_eq!(hovering(1, 0.0, false), 1);
        assert_eq!(hovering(1, 9.0, false), 1);
        assert_eq!(hovering(1, 11.0, false), 0);
        // winit never forgets it, and tells the next one beside it.
        assert_eq!(hovering(1, 12.0, false), 0);
        assert_eq!(hovering(2, 13.0, false), 2);
        assert_eq!(hovering(2, 14.0, true), 0);
        assert_eq!(hovering(2, 15.0, false), 0, "closed once");
        assert_eq!(hovering(0, 16.0, false), 0);
        assert_eq!(hovering(1, 17.0, false), 1);
    }
}
