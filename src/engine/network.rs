//! The actor's side that is about the network: when the ONES server cannot be
//! reached, the queue waits for it instead of failing file by file.

use std::sync::Arc;
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
                () = look_out(move || answers(ones.clone()), first) => {
                    reports.send(Report::Reachable).ok();
                }
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

/// Whether the server can be reached. Any answer at all will do: what it says is
/// for the next call.
async fn answers(ones: Arc<Ones>) -> bool {
    let answer = ones.token_info().await;
    !matches!(answer, Err(error) if error.fault == Fault::Connect)
}

/// Returns when a look says yes. One that hangs holds up none after it: what was
/// asked while the line was silent may never be answered.
async fn look_out<F>(look: impl Fn() -> F, mut pause: Duration)
where
    F: Future<Output = bool> + Send + 'static,
{
    let mut looks = JoinSet::new();
    let mut next = Instant::now() + pause;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {
                looks.spawn(look());
                pause = (pause * 2).min(LAST_LOOK);
                next = Instant::now() + pause;
            }
            Some(Ok(true)) = looks.join_next() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A look at a line that comes back then.
    async fn look(back: Instant, hangs: bool) -> bool {
        let is_back = Instant::now() >= back;
        if hangs && !is_back {
            std::future::pending::<()>().await;
        }
        is_back
    }

    /// F32, in virtual time: however long the line was down, and whether looks
    /// failed or hung meanwhile, its return is noticed within 5 s.
    #[tokio::test(start_paused = true)]
    async fn f32_a_line_that_is_back_is_noticed_within_5_seconds() {
        for down_secs in [0, 1, 3, 20, 21, 600, 86_400] {
            for hangs in [false, true] {
                let back = Instant::now() + Duration::from_secs(down_secs);
                look_out(move || look(back, hangs), FIRST_LOOK).await;
                let late = back.elapsed();
                assert!(late <= Duration::from_secs(5), "{down_secs} s: {late:?}");
            }
        }
    }
}
