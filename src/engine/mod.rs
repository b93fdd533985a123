//! The engine: everything that takes time.
//!
//! A tokio runtime on one named thread, reached through [`Engine`]. A face
//! sends [`Command`]s, which never block, and takes [`Event`]s when its frame
//! has time for them. The engine calls a plain `wake` closure after each event
//! and knows nothing of windows or terminals.

use tokio::sync::mpsc;

use crate::model::{Command, Event};

/// The handle that a face holds. Dropping it stops all uploads and joins the
/// thread.
pub struct Engine {
    commands: mpsc::UnboundedSender<Command>,
    events: mpsc::Receiver<Event>,
}

/// The other ends of an [`Engine`] without a thread: a test plays the engine.
pub struct Script {
    /// What the face sent.
    pub commands: mpsc::UnboundedReceiver<Command>,
    /// What the face is told.
    pub events: mpsc::Sender<Event>,
}

impl Engine {
    /// A handle whose engine is played by the caller.
    #[must_use]
    pub fn scripted() -> (Self, Script) {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = mpsc::channel(4096);
        let script = Script {
            commands: inbox,
            events: outbox,
        };
        (Self { commands, events }, script)
    }

    /// Sends a wish. Never blocks; a wish to an engine that has ended is lost,
    /// as there is nobody to fulfil it.
    pub fn send(&self, command: Command) {
        self.commands.send(command).ok();
    }

    /// The next event, if there is one. Never blocks.
    pub fn try_next(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}
