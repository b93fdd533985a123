//! The keys that cut, copy and paste, where the receiver may have the clipboard.
//!
//! egui's side of winit would ask its own clipboard at once and drop the key. On
//! Wayland that one may know nothing (`platform::drops::Receiver::paste`), and
//! where it does, the window waits for the program that holds the text.

use eframe::egui::{Context, Event, Key, Modifiers, RawInput, ViewportCommand};

use crate::platform::drops::Receiver;

/// Whether these keys come to us as such.
pub(super) const HEARS_KEYS: bool = cfg!(all(unix, not(target_os = "macos")));

/// Puts what the keys mean in their place. What is to be pasted comes later, from
/// the receiver, or from egui's own clipboard where that has none.
pub(super) fn hear(receiver: Option<&Receiver>, ctx: &Context, input: &mut RawInput) {
    input.events.retain_mut(|event| {
        let Event::Key {
            key,
            modifiers,
            pressed: true,
            ..
        } = event
        else {
            return true;
        };
        if is_either(*key, *modifiers, Key::Paste, Key::V) {
            if !receiver.is_some_and(Receiver::paste) {
                ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
            }
            return false;
        }
        if is_either(*key, *modifiers, Key::Copy, Key::C) {
            *event = Event::Copy;
        } else if is_either(*key, *modifiers, Key::Cut, Key::X) {
            *event = Event::Cut;
        }
        true
    });
}

/// The key that is there for it, or a letter with Ctrl alone.
fn is_either(key: Key, modifiers: Modifiers, own: Key, letter: Key) -> bool {
    key == own || (modifiers.command_only() && key == letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(key: Key, modifiers: Modifiers) -> (Vec<Event>, bool) {
        let pressed = Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        };
        let ctx = Context::default();
        let mut input = RawInput {
            events: vec![pressed],
            ..RawInput::default()
        };
        hear(None, &ctx, &mut input);
        let mut frame = ctx.run_ui(RawInput::default(), |_| {});
        frame.textures_delta.clear();
        let asked = frame.viewport_output.values().any(|viewport| {
            let mut commands = viewport.commands.iter();
            commands.any(|command| *command == ViewportCommand::RequestPaste)
        });
        (input.events, asked)
    }

    #[test]
    fn keys_become_what_they_mean() {
        for (key, modifiers, want, asks) in [
            (Key::C, Modifiers::COMMAND, vec![Event::Copy], false),
            (Key::Copy, Modifiers::NONE, vec![Event::Copy], false),
            (Key::X, Modifiers::COMMAND, vec![Event::Cut], false),
            (Key::V, Modifiers::COMMAND, vec![], true),
            (Key::Paste, Modifiers::NONE, vec![], true),
        ] {
            assert_eq!(heard(key, modifiers), (want, asks), "{key:?}");
        }
        let both = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        for (key, modifiers) in [(Key::V, Modifiers::NONE), (Key::V, both)] {
            let (events, asked) = heard(key, modifiers);
            assert!(matches!(events[..], [Event::Key { .. }]) && !asked);
        }
    }
}
