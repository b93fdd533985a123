//! The writer's side that is about the history: what could not be written, or
//! cleared, is owed until it can.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::{Told, history};
use crate::model::Attached;

/// What is still to be done to the history of a folder.
pub(super) struct Remembering<'a, T> {
    folder: &'a Path,
    /// It is to be removed, and then the lines come.
    clears: bool,
    /// Lines that are not on the disk yet.
    lines: Vec<Attached>,
    /// The last try failed, and that was said.
    failed: bool,
    tell: &'a T,
}

impl<'a, T: Fn(Told)> Remembering<'a, T> {
    pub(super) fn new(folder: &'a Path, tell: &'a T) -> Self {
        Self {
            folder,
            clears: false,
            lines: Vec::new(),
            failed: false,
            tell,
        }
    }

    /// Nobody may ever open it, and it still goes after its time.
    pub(super) fn prune(&self) {
        if let Err(error) = history::load(self.folder, SystemTime::now()) {
            tracing::warn!(%error, "the history cannot be read");
        }
    }

    pub(super) fn add(&mut self, line: Attached) {
        self.lines.push(line);
    }

    /// Forgets also what is still to be written.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.clears = true;
    }

    /// Whether something is to be tried again.
    pub(super) fn owes(&self) -> bool {
        self.clears || !self.lines.is_empty()
    }

    /// Does what is owed. Said when it fails, once, and when it works again.
    pub(super) fn pay(&mut self) {
        let paid = self.try_to_pay();
        if let Err(error) = &paid {
            tracing::warn!(%error, "the history cannot be written");
        }
        if paid.is_err() != self.failed {
            self.failed = paid.is_err();
            let kept = paid.map_err(|error| error.kind());
            (self.tell)(Told::Remembering(kept));
        }
    }

    fn try_to_pay(&mut self) -> io::Result<()> {
        if self.clears {
            history::clear(self.folder)?;
            self.clears = false;
        }
        if !self.lines.is_empty() {
            history::append(self.folder, &self.lines)?;
            self.lines.clear();
        }
        Ok(())
    }
}
