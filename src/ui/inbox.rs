//! What reaches the window past the engine: the files of a second start, what
//! the system lacks, and whether it is dark. Looked into once a frame; never waits.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use eframe::egui::{Context, UserAttentionType, ViewportCommand};

use super::state::State;
use super::{AT_ONCE, theme};
use crate::model::Lack;

/// The open ends. All are optional: tests and the demo have none.
#[derive(Debug, Default)]
pub struct Inboxes {
    /// One list for each second start; it may be empty.
    pub starts: Option<Receiver<Vec<PathBuf>>>,
    /// What was found to be lacking, once each.
    pub lacks: Option<Receiver<Lack>>,
    /// Whether the desktop is dark, where the window is not told otherwise.
    pub dark: Option<Receiver<bool>>,
}

impl Inboxes {
    /// Takes what has come.
    pub(super) fn empty_into(&self, state: &mut State, ctx: &Context) {
        for paths in self.starts.iter().flat_map(Receiver::try_iter) {
            // As if they had been dropped here; and whoever started the program
            // again looks for its window.
            state.add(paths);
            come_to_front(ctx);
        }
        state
            .lacks
            .extend(self.lacks.iter().flat_map(Receiver::try_iter));
        if let Some(dark) = self.dark.iter().flat_map(Receiver::try_iter).last() {
            theme::follow(ctx, dark);
            // The root of this frame was made with the old colours.
            ctx.request_repaint_after(AT_ONCE);
        }
    }
}

/// Where the desktop lets nobody take the focus, it marks the window instead.
pub(super) fn come_to_front(ctx: &Context) {
    ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
    ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(
        UserAttentionType::Informational,
    ));
    ctx.send_viewport_cmd(ViewportCommand::Focus);
}
