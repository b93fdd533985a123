//! The actor's side that is about the network: when the ONES server cannot be
//! reached, the queue waits for it instead of failing file by file.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::actor::Actor;
use super::report::Report;
use crate::api::{Fault, Ones};
use crate::model::{ErrorKind, Event, Hold, JobId, JobState, Step, UploadError};

/// Pauses between two looks: doubled from the first to the last, which is how
/// late it may be noticed that the network is back (F32).
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LAST_LOOK: Duration = Duration::from_secs(5);

impl Actor {
    /// Whether an error means that nothing can go on for now. A store that
    /// cannot be reached is another matter, also on the host of ONES (another
    /// port): while ONES answers, waiting for ONES would never end. If the whole
    /// line is down, the next try's step 1 shows it.
    pub(super) fn is_cut_off(&self, error: &UploadError) -> bool {
        let ErrorKind::Unreachable { host } = &error.kind else {
            return false;
        };
        if error.details.step == Some(Step::SendFile) {
            return false;
        }
        let ones = self.session.ones();
        self.config.waits_for_network && ones.is_some_and(|ones| ones.server().host() == host)
    }

    /// Holds a job until the server is there again, and looks for it.
    pub(super) fn wait_for_network(&mut self, id: JobId) {
        self.change(id, JobState::Held(Hold::Network));
        let Some(ones) = self.session.ones().filter(|_| self.offline.is_none()) else {
            return;
        };
        let ends = self.stop.child_token();
        self.offline = Some(ends.clone());
        self.tell(Event::Offline(Some(ones.server().host().to_owned())));
        let reports = self.reporter();
        let first = self.config.retry.base.max(FIRST_LOOK);
        tokio::spawn(async move {
            tokio::select! {
                () = look_out(&ones, first) => { reports.send(Report::Reachable).ok(); }
                () = ends.cancelled() => {}
            }
        });
    }

    /// The server answers again: what was held for it goes on.
    pub(super) fn reachable(&mut self) {
        if self.offline.is_none() {
            return;
        }
        self.end_look_out();
        for id in self
            .board
            .ids(|state| *state == JobState::Held(Hold::Network))
        {
            self.queue(id);
        }
    }

    /// Nobody waits for that server any more: it is there again, or the sign-in
    /// has ended. The next one may be at another server.
    pub(super) fn end_look_out(&mut self) {
        if let Some(look_out) = self.offline.take() {
            look_out.cancel();
            self.tell(Event::Offline(None));
        }
    }
}

/// Returns when the server answers. A look that hangs holds up none after it:
/// what was asked while the line was silent may never be answered.
async fn look_out(ones: &Ones, mut pause: Duration) {
    let mut looks = JoinSet::new();
    let mut next = Instant::now() + pause;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {
                let ones = ones.clone();
                looks.spawn(async move { ones.token_info().await });
                pause = (pause * 2).min(LAST_LOOK);
                next = Instant::now() + pause;
            }
            // Any answer at all will do: what it says is for the next call.
            Some(Ok(answer)) = looks.join_next() => match answer {
                Err(error) if error.fault == Fault::Connect => {}
                _ => return,
            },
        }
    }
}
