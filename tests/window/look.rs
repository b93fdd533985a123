//! How a test looks at the window: what it shows, and whether all of it can be
//! read and reached.

use std::time::Duration;

use eframe::egui::accesskit::Live;
use eframe::egui::{Modifiers, Rect};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::bench::Bench;

impl Bench {
    /// The place of a control that can be reached by a pointer.
    pub fn shows_inside(&self, name: &str) -> Rect {
        let found = self.harness.get_all_by_label(name);
        let found: Vec<_> = found.filter(|node| !is_only_heard(node)).collect();
        let control = found
            .iter()
            .find(|node| !is_text(node))
            .unwrap_or(&found[0]);
        let rect = control.rect();
        assert!(
            self.screen().contains_rect(rect),
            "{name} is outside: {rect:?}"
        );
        assert!(
            rect.height() >= 24.0 || is_text(control),
            "{name} is too small: {rect:?}"
        );
        rect
    }

    #[track_caller]
    pub fn sees(&self, text: &str) {
        assert!(
            self.seen().iter().any(|seen| seen == text),
            "no {text:?} in {:#?}",
            self.seen()
        );
    }

    #[track_caller]
    pub fn sees_part(&self, text: &str) {
        assert!(self.has_part(text), "no {text:?} in {:#?}", self.seen());
    }

    pub fn has_part(&self, text: &str) -> bool {
        self.seen().iter().any(|seen| seen.contains(text))
    }

    /// Boxes for what no font has: other people's names know no font.
    pub fn allow_any_glyph(&self) {
        let boxes = eframe::egui::MissingGlyphPolicy::Tofu;
        self.harness.ctx.set_missing_glyph_policy(boxes);
    }

    /// All that a screen reader would say.
    pub fn texts(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        nodes.filter_map(|node| text_of(&node)).collect()
    }

    /// All that stands on the screen.
    fn seen(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter(|node| !is_only_heard(node))
            .filter_map(|node| text_of(&node))
            .collect()
    }

    fn screen(&self) -> Rect {
        self.harness.ctx.content_rect()
    }

    /// When the last frame wants the next one.
    fn repaint_delay(&self) -> Option<Duration> {
        let viewports = self.harness.output().viewport_output.values();
        viewports.map(|viewport| viewport.repaint_delay).min()
    }

    #[track_caller]
    pub fn asks_for_no_repaint(&mut self) {
        self.harness.run();
        assert_eq!(self.repaint_delay(), Some(Duration::MAX));
    }

    /// One frame, as somebody wakes the window, and those that it then asks for.
    pub fn wake(&mut self) {
        self.harness.step();
        while self.repaint_delay() < Some(Duration::MAX) {
            self.harness.step();
        }
    }

    /// Whether the last frame's ground, the first that is filled, is dark.
    pub fn is_painted_dark(&self) -> bool {
        let shapes = self.harness.output().shapes.iter();
        let mut fills = shapes.filter_map(|clipped| match &clipped.shape {
            eframe::egui::Shape::Rect(rect) if rect.fill.a() == 255 => Some(rect.fill),
            _ => None,
        });
        fills.next().unwrap().intensity() < 0.5
    }

    /// Every control can be hit: none is smaller than 24 points either way.
    #[track_caller]
    pub fn everything_can_be_hit(&self) {
        use eframe::egui::accesskit::Role;
        let controls = [
            Role::Button,
            Role::Link,
            Role::CheckBox,
            Role::RadioButton,
            Role::TextInput,
            Role::PasswordInput,
        ];
        let mut checked = 0;
        for node in self.harness.root().children_recursive() {
            let accessible = node.accesskit_node();
            if controls.contains(&accessible.role()) {
                let rect = node.rect();
                let name = accessible.label().unwrap_or_default();
                assert!(
                    rect.width() >= 24.0 && rect.height() >= 24.0,
                    "{name:?} is too small: {rect:?}"
                );
                checked += 1;
            }
        }
        assert!(checked > 2);
    }

    /// Clicks, and gives the links that were opened in the frame of the release.
    pub fn click_and_see_opened(&mut self, name: &str) -> Vec<String> {
        let pos = self.shows_inside(name).center();
        self.harness.hover_at(pos);
        self.harness.drag_at(pos);
        self.harness.event(eframe::egui::Event::PointerButton {
            pos,
            button: eframe::egui::PointerButton::Primary,
            pressed: false,
            modifiers: Modifiers::NONE,
        });
        self.harness.step();
        let commands = &self.harness.output().platform_output.commands;
        let urls = commands.iter().filter_map(|command| match command {
            eframe::egui::OutputCommand::OpenUrl(open) => Some(open.url.clone()),
            _ => None,
        });
        urls.collect()
    }

    /// No control and no text reaches over the window's edge.
    #[track_caller]
    pub fn everything_is_inside(&self) {
        let screen = self.screen().expand(0.5);
        let mut checked = 0;
        for node in self.harness.root().children_recursive() {
            let Some(label) = node.accesskit_node().label() else {
                continue;
            };
            let rect = node.rect();
            assert!(
                rect.left() >= screen.left() && rect.right() <= screen.right(),
                "{label:?} is cut: {rect:?}"
            );
            checked += 1;
        }
        assert!(checked > 3);
    }
}

fn text_of(node: &egui_kittest::Node<'_>) -> Option<String> {
    let node = node.accesskit_node();
    node.label().or_else(|| node.value())
}

/// The line that is there for screen readers only.
fn is_only_heard(node: &egui_kittest::Node<'_>) -> bool {
    node.accesskit_node().live() == Live::Polite
}

fn is_text(node: &egui_kittest::Node<'_>) -> bool {
    node.accesskit_node().role() == eframe::egui::accesskit::Role::Label
}
