//! The actor's side that is about the network: when the ONES server cannot be
//! reached, the queue waits for it instead of failing file by file.

use std::time::Duration;

use super::actor::Actor;
use super::report::Report;
use crate::api::Fault;
use crate::model::{ErrorKind, Event, Hold, JobId, JobState, UploadError};

/// Pauses between two looks: doubled from the first to the last, which is how
/// late it may be noticed that the network is back.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LAST_LOOK: Duration = Duration::from_secs(5);

impl Actor {
    /// Whether an error means that nothing can go on for now. A store that
    /// cannot be reached is another matter: other files may go elsewhere.
    pub(super) fn is_cut_off(&self, error: &UploadError) -> bool {
        let ErrorKind::Unreachable { host } = &error.kind else {
            return false;
        };
        let ones = self.session.ones();
        self.config.waits_for_network && ones.is_some_and(|ones| ones.server().host() == host)
    }

    /// Holds a job until the server is there again, and looks for it.
    pub(super) fn wait_for_network(&mut self, id: JobId) {
        self.change(id, JobState::Held(Hold::Network));
        let Some(ones) = self.session.ones().filter(|_| !self.offline) else {
            return;
        };
        self.offline = true;
        self.tell(Event::Offline(Some(ones.server().host().to_owned())));
        let (reports, ends) = (self.reporter(), self.session.ends());
        let mut pause = self.config.retry.base.max(FIRST_LOOK);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = ends.cancelled() => return,
                }
                // Any answer at all will do: what it says is for the next call.
                match ones.token_info().await {
                    Err(error) if error.fault == Fault::Connect => {
                        pause = (pause * 2).min(LAST_LOOK);
                    }
                    _ => break,
                }
            }
            reports.send(Report::Reachable).ok();
        });
    }

    /// The server answers again: what was held for it goes on.
    pub(super) fn reachable(&mut self) {
        if !self.offline {
            return;
        }
        self.offline = false;
        self.tell(Event::Offline(None));
        for id in self
            .board
            .ids(|state| *state == JobState::Held(Hold::Network))
        {
            self.queue(id);
        }
    }
}
