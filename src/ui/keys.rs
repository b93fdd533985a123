//! The keyboard: every action of the window without a pointer.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

use super::dialog::Choose;
use super::footer::{assign, retry_failed, toggle_pause};
use super::job_list::set_filter;
use super::state::State;
use super::task_field::field_id;
use crate::model::Filter;

const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Carries out the shortcuts that were pressed. Runs before painting.
pub(super) fn shortcuts(state: &mut State, ctx: &Context) {
    let pressed = |modifiers, key| {
        let shortcut = KeyboardShortcut::new(modifiers, key);
        ctx.input_mut(|input| input.consume_shortcut(&shortcut))
    };
    // The longer shortcut first: consuming Ctrl+O would take Ctrl+Shift+O too.
    if pressed(COMMAND_SHIFT, Key::O) {
        state.dialogs.ask(ctx, Choose::Folder);
    }
    if pressed(Modifiers::COMMAND, Key::O) {
        state.dialogs.ask(ctx, Choose::Files);
    }
    if state.identity().is_none() {
        return;
    }
    if pressed(Modifiers::COMMAND, Key::L) {
        ctx.memory_mut(|memory| memory.request_focus(field_id()));
    }
    if pressed(Modifiers::COMMAND, Key::R) {
        retry_failed(state);
    }
    if pressed(Modifiers::COMMAND, Key::P) {
        toggle_pause(state);
    }
    if pressed(Modifiers::COMMAND, Key::Enter) {
        assign(state);
    }
    let filters = [
        (Key::Num1, Filter::All),
        (Key::Num2, Filter::Active),
        (Key::Num3, Filter::NeedsYou),
        (Key::Num4, Filter::Done),
    ];
    for (key, filter) in filters {
        if pressed(Modifiers::ALT, key) {
            set_filter(state, filter);
        }
    }
}
