//! The system's own dialogs, asked from a thread: the frame never waits.
//! Tests put a chooser of their own in the system's place.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use eframe::egui::Context;

/// What is to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// One or more files.
    Files,
    /// One or more folders.
    Folder,
}

/// Asks the person and waits for the answer; nothing chosen is an empty list.
pub type Chooser = Arc<dyn Fn(Choose) -> Vec<PathBuf> + Send + Sync>;

/// At most one open dialog.
pub(super) struct Dialogs {
    chooser: Chooser,
    /// Whether a dialog could have been shown, asked after an empty answer.
    can_open: fn() -> bool,
    open: Option<Receiver<Vec<PathBuf>>>,
    /// The last one could not be opened.
    pub(super) failed: bool,
}

impl Default for Dialogs {
    fn default() -> Self {
        Self {
            chooser: Arc::new(choose),
            can_open: crate::platform::has_file_dialog,
            open: None,
            failed: false,
        }
    }
}

impl Dialogs {
    /// Asks somebody else than the system.
    pub(super) fn choose_with(&mut self, chooser: Chooser) {
        self.chooser = chooser;
        self.can_open = || true;
    }

    /// Opens a dialog unless one is open.
    pub(super) fn ask(&mut self, ctx: &Context, what: Choose) {
        if self.open.is_some() {
            return;
        }
        let (answer, wait) = mpsc::channel();
        let ctx = ctx.clone();
        let (chooser, can_open) = (self.chooser.clone(), self.can_open);
        let thread = std::thread::Builder::new().name("ones-drop-dialog".into());
        let spawned = thread.spawn(move || {
            let paths = chooser(what);
            // A dialog that could not open looks like one that was cancelled.
            // No answer at all tells them apart.
            if !paths.is_empty() || can_open() {
                answer.send(paths).ok();
            }
            drop(answer);
            ctx.request_repaint();
        });
        self.failed = spawned.is_err();
        self.open = Some(wait);
    }

    /// What was chosen, once. An empty choice is a cancel: the portal answers
    /// Escape with an empty list (measured).
    pub(super) fn answer(&mut self) -> Option<Vec<PathBuf>> {
        let paths = match self.open.as_ref()?.try_recv() {
            Ok(paths) => paths,
            Err(mpsc::TryRecvError::Empty) => return None,
            Err(mpsc::TryRecvError::Disconnected) => {
                self.failed = true;
                Vec::new()
            }
        };
        self.open = None;
        (!paths.is_empty()).then_some(paths)
    }
}

fn choose(what: Choose) -> Vec<PathBuf> {
    let dialog = rfd::FileDialog::new();
    match what {
        Choose::Files => dialog.pick_files().unwrap_or_default(),
        Choose::Folder => dialog.pick_folders().unwrap_or_default(),
    }
}
