//! What a screen reader is told by itself: that a run started, what needs a
//! person, and how it ended. One line that is always there and only changes
//! its text, because readers miss lines that appear later.

use std::time::{Duration, Instant};

use eframe::egui::{Rect, Role, Sense, Ui, WidgetInfo, accesskit::Live, vec2};

use super::footer::standing;
use super::state::State;

/// While files move, not more often than this: one sentence can be heard to
/// its end.
const PAUSE: Duration = Duration::from_secs(3);

/// The line as it was told last.
#[derive(Default)]
pub(super) struct Announcer {
    told: String,
    at: Option<Instant>,
}

impl Announcer {
    /// Takes a new text over, or gives how long it has to wait for the pause
    /// after the last one.
    fn tell(&mut self, text: String, pause: Duration, now: Instant) -> Option<Duration> {
        if text == self.told {
            return None;
        }
        let waits = self
            .at
            .map(|at| pause.saturating_sub(now.saturating_duration_since(at)));
        if let Some(left) = waits.filter(|left| !left.is_zero()) {
            return Some(left);
        }
        self.told = text;
        self.at = Some(now);
        None
    }
}

/// Puts the line into the accessibility tree; nothing is painted.
pub(super) fn announce_ui(state: &mut State, ui: &Ui) {
    let (text, pause) = news(state);
    if let Some(wait) = state.announcer.tell(text, pause, Instant::now()) {
        ui.ctx().request_repaint_after(wait);
    }
    let spot = Rect::from_min_size(ui.max_rect().min, vec2(1.0, 1.0));
    let line = ui.interact(spot, ui.scope_id().with("announcer"), Sense::hover());
    line.widget_info(|| WidgetInfo::labeled(Role::Label, true, &state.announcer.told));
    ui.ctx()
        .accesskit_node_builder(line.id, |node| node.set_live(Live::Polite));
}

/// What is worth hearing now, and how long after the last words.
fn news(state: &State) -> (String, Duration) {
    let totals = &state.totals;
    let say = state.words.say;
    let error = state.login.error().filter(|_| state.identity().is_none());
    if let Some(error) = error {
        (say.error(error, "").joined(), Duration::ZERO)
    } else if let Some(host) = &state.offline {
        (say.offline(host), Duration::ZERO)
    } else if state.paused {
        (state.words.labels.paused.to_owned(), Duration::ZERO)
    } else if totals.active == 0 {
        // How it ended is told at once: nothing comes after it.
        (standing(state), Duration::ZERO)
    } else {
        let problems = say.footer_problems(totals);
        (problems.unwrap_or_else(|| say.started(totals.jobs)), PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_text_waits_until_the_last_one_was_heard() {
        let start = Instant::now();
        let mut announcer = Announcer::default();
        assert_eq!(announcer.tell("a".into(), PAUSE, start), None);
        let later = start + Duration::from_secs(1);
        assert_eq!(
            announcer.tell("b".into(), PAUSE, later),
            Some(Duration::from_secs(2))
        );
        assert_eq!(announcer.told, "a");
        assert_eq!(announcer.tell("c".into(), PAUSE, start + PAUSE), None);
        assert_eq!(announcer.told, "c");
        assert_eq!(
            announcer.tell("end".into(), Duration::ZERO, start + PAUSE),
            None
        );
        assert_eq!(announcer.told, "end");
    }
}
