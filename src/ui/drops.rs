//! What the drop receiver tells, taken into the window's state.

use eframe::egui::{Context, Event, Pos2, RawInput, pos2};

use super::state::State;
use crate::model::Command;
use crate::platform::drops::{DropEvent, Hover};

/// What the window knows of drags.
#[derive(Debug, Default)]
pub(super) struct Drops {
    /// The drag that is over the window.
    pub(super) hover: Option<Hover>,
    /// The last drop was not handed over.
    pub(super) failed: bool,
    /// There is no receiver, only winit's drops.
    pub(super) limited: bool,
    /// Some drags go around the receiver.
    pub(super) bypassed: bool,
    /// Where the dragging pointer is; egui hears nothing of it otherwise.
    pointer: Option<Pos2>,
}

/// Takes one event in.
pub(super) fn take(state: &mut State, ctx: &Context, event: DropEvent) {
    match event {
        DropEvent::Entered(hover) => {
            state.drops.hover = Some(hover);
            state.overlay_closed = false;
        }
        DropEvent::Known(hover) => {
            // It may come after its drag went away.
            let drag = state.drops.hover.as_ref().map(|shown| shown.drag);
            if drag == Some(hover.drag) {
                state.drops.hover = Some(hover);
            }
        }
        DropEvent::Moved { x, y, scaled } => {
            let scale = if scaled {
                ctx.zoom_factor()
            } else {
                ctx.pixels_per_point()
            };
            state.drops.pointer = Some(place(x, y) / scale);
            // The place is taken at the start of a frame.
            ctx.request_repaint();
        }
        DropEvent::Left => state.drops.hover = None,
        DropEvent::Dropped { paths, left_out } => {
            state.drops.hover = None;
            state.drops.failed = false;
            state.add(paths);
            if !left_out.is_empty() {
                state.send(Command::LeaveOut(left_out));
            }
        }
        DropEvent::Failed => {
            state.drops.hover = None;
            state.drops.failed = true;
        }
        DropEvent::Bypassed => state.drops.bypassed = true,
        DropEvent::Stopped { stock_drops } => {
            state.drops.hover = None;
            state.drops.limited = stock_drops;
            state.takes_drops = stock_drops;
        }
    }
}

/// Tells egui where the dragging pointer is.
pub(super) fn point(state: &mut State, input: &mut RawInput) {
    if let Some(at) = state.drops.pointer.take() {
        input.events.push(Event::PointerMoved(at));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
fn place(x: f64, y: f64) -> Pos2 {
    pos2(x as f32, y as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Settings;

    #[test]
    fn egui_hears_where_a_drag_is_in_its_own_points() {
        let mut state = State::new(Settings::default());
        let ctx = Context::default();
        ctx.set_pixels_per_point(2.0);
        // The scale is taken over at the start of a frame.
        let mut frame = ctx.run_ui(RawInput::default(), |_| {});
        frame.textures_delta.clear();
        let at = |scaled| DropEvent::Moved {
            x: 100.0,
            y: 40.0,
            scaled,
        };
        for (scaled, want) in [
            (false, pos2(50.0, 20.0)),
            (true, pos2(100.0, 40.0) / ctx.zoom_factor()),
        ] {
            take(&mut state, &ctx, at(scaled));
            let mut input = RawInput::default();
            point(&mut state, &mut input);
            assert_eq!(input.events, [Event::PointerMoved(want)]);
            point(&mut state, &mut input);
            assert_eq!(input.events.len(), 1, "told once");
        }
    }
}
