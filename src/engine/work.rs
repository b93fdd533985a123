//! What the engine alone knows of a row, beside the job that faces see.

use std::sync::Arc;
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use super::claims::Doubt;
use super::report::Listed;
use super::retry::Tries;
use crate::api::{Fingerprint, Moved};
use crate::journal::{KeptParts, Known};
use crate::model::{JobId, ServerAddress};

/// What the engine alone knows of a job.
pub(super) struct Work {
    pub(super) run: u32,
    pub(super) tries: Tries,
    /// The person said "attach again": the content is known to be there.
    pub(super) again: bool,
    /// A task works on it.
    pub(super) busy: bool,
    /// That task was stopped by a sign-out, not by the person's cancel.
    pub(super) interrupted: bool,
    /// Which sign-in that task uses.
    pub(super) session: u64,
    /// What its last task counts; none of a row that is settled, as a list has
    /// thousands.
    pub(super) moved: Option<Arc<Moved>>,
    /// Reaches its last task.
    pub(super) cancel: Option<CancellationToken>,
    /// The fingerprint of a check that came no further.
    pub(super) print: Option<Fingerprint>,
    pub(super) known: Option<(Fingerprint, Listed)>,
    /// Whether a try may have attached it without our hearing of that.
    pub(super) in_doubt: Doubt,
    /// The server that its task is on.
    pub(super) server: Option<ServerAddress>,
    /// Time of the file's last change when it was added.
    pub(super) modified: Option<SystemTime>,
    /// What its check found in an earlier run.
    pub(super) earlier: Option<Known>,
    /// What a store has of it already.
    pub(super) parts: Option<KeptParts>,
    /// The row with the same content that it was asked about for.
    pub(super) relies_on: Option<JobId>,
}

impl Work {
    pub(super) fn of_file(server: Option<ServerAddress>, modified: Option<SystemTime>) -> Self {
        Self {
            run: 0,
            tries: Tries::default(),
            again: false,
            busy: false,
            interrupted: false,
            session: 0,
            moved: None,
            cancel: None,
            print: None,
            known: None,
            in_doubt: Doubt::None,
            server,
            modified,
            earlier: None,
            parts: None,
            relies_on: None,
        }
    }

    /// Has the next check ask for the task's list again, which may be old by then,
    /// without reading the file again. What may be on the task already is looked for
    /// by its next try, with the list from before.
    pub(super) fn look_anew(&mut self) {
        if self.in_doubt == Doubt::None
            && let Some((print, _old)) = self.known.take()
        {
            self.print = Some(print);
        }
    }

    /// Forgets what was found out and said, for a retry from the beginning. What a
    /// store has of the file stays.
    pub(super) fn begin_anew(&mut self) {
        self.run += 1;
        self.tries = Tries::default();
        self.again = false;
        self.print = None;
        self.known = None;
        self.in_doubt = Doubt::None;
        self.earlier = None;
        self.relies_on = None;
        self.cancel = None;
    }

    /// A count for a task that begins.
    pub(super) fn counts_anew(&mut self) -> Arc<Moved> {
        Arc::clone(self.moved.insert(Arc::default()))
    }

    pub(super) fn moved_bytes(&self) -> u64 {
        self.moved.as_ref().map_or(0, |moved| moved.get())
    }

    /// What a task is stopped by that begins; the program's end does it as well.
    pub(super) fn cancel_token(&mut self, stop: &CancellationToken) -> CancellationToken {
        self.cancel
            .get_or_insert_with(|| stop.child_token())
            .clone()
    }

    pub(super) fn stop_task(&self) {
        if let Some(cancel) = &self.cancel {
            cancel.cancel();
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.cancel
            .as_ref()
            .is_some_and(CancellationToken::is_cancelled)
    }
}
