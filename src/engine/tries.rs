//! The actor's side that starts tries and gives them their turn. What follows from
//! their ends stands in `tried`.

use tokio::sync::oneshot;

use super::actor::Actor;
use super::report::{Report, Run};
use super::upload::Try;
use crate::model::{Hold, Job, JobState};

/// A try that runs.
pub(super) struct Trying {
    pub(super) size_bytes: u64,
    /// Where it hears that it may send; gone once it was told.
    pub(super) turn: Option<oneshot::Sender<()>>,
}

impl Actor {
    /// Starts what may start: checks ahead of uploads, small and large apart.
    pub(super) fn pump(&mut self) {
        self.start_what_may();
        for run in self.to_send.asked() {
            let asking = |job: &Job| job.state == JobState::Asking;
            if self.board.job(run.job).is_some_and(asking) {
                self.change(run.job, JobState::Ready);
            }
        }
    }

    fn start_what_may(&mut self) {
        if self.paused || self.offline.is_some() || !self.session.is_in() {
            return;
        }
        while let Some(id) = self.next_to_check() {
            self.start_check(id);
        }
        let parallel = self.config.parallel.unwrap_or(self.settings.parallel);
        let slots = usize::from(parallel.clamp(1, 16));
        while let Some(id) = self.to_send.next_to_ask(slots) {
            let ready = |job: &&Job| job.state == JobState::Ready;
            match self.board.job(id).filter(ready).cloned() {
                Some(job) if self.may_go_on(id) => self.start_try(job),
                Some(_) => self.change(id, JobState::Held(Hold::SignIn)),
                None => {}
            }
        }
        while let Some(run) = self.to_send.next_to_send(slots) {
            self.give_turn(run);
        }
    }

    /// The file of this try may be sent now.
    fn give_turn(&mut self, run: Run) {
        let given_up = self.current(run).is_none_or(|work| work.is_stopped());
        if given_up {
            return self.take_turn_away(run);
        }
        let Some(trying) = self.trying.get_mut(&run) else {
            return;
        };
        self.to_send.sending(trying.size_bytes);
        if let Some(turn) = trying.turn.take() {
            turn.send(()).ok();
        }
        // Said here and not when the try says it: a cancel or a sign-out that
        // comes in between must know that bytes may be on their way.
        self.change(run.job, JobState::Sending);
    }

    /// Step 1 of a try is done. One that was given up meanwhile, or was asked in the
    /// name of a sign-in that ended meanwhile, gets no turn.
    pub(super) fn asked(&mut self, run: Run) {
        let session = self.session.is_in().then(|| self.session.number());
        let given_up = self
            .current(run)
            .is_none_or(|work| Some(work.session) != session);
        match self.trying.get(&run) {
            Some(_) if given_up => self.take_turn_away(run),
            Some(trying) => self.to_send.has_asked(run, trying.size_bytes),
            None => {}
        }
    }

    /// Tries that only wait for their turn are to begin anew later.
    pub(super) fn send_asked_back(&mut self) {
        for run in self.to_send.take_asked() {
            self.take_turn_away(run);
        }
    }

    /// Ends a try that waits for its turn: its end of the line is dropped.
    fn take_turn_away(&mut self, run: Run) {
        if let Some(trying) = self.trying.remove(&run) {
            self.to_send.ended_ahead(run, trying.size_bytes);
        }
    }

    fn start_try(&mut self, job: Job) {
        let (id, size_bytes) = (job.id, job.size_bytes);
        let (Some(ones), Some(task)) = (self.session.ones(), job.task.clone()) else {
            return;
        };
        let stores = self.store_policy();
        let Some(work) = self.work.get_mut(&id) else {
            return;
        };
        let Some((expected, listed)) = work.known.clone() else {
            return;
        };
        let run = Run {
            job: id,
            number: work.run,
        };
        if self.trying.contains_key(&run) {
            return;
        }
        work.busy = true;
        work.session = self.session.number();
        let (ones, store) = self
            .clients
            .after(work.tries.distrusts_kept_connections(), ones);
        let (turn, gets_turn) = oneshot::channel();
        let one_try = Try {
            run,
            job,
            task,
            store: store.beside(ones.server()),
            ones,
            expected,
            listed,
            in_doubt: std::mem::take(&mut work.in_doubt),
            claims: self.claims.clone(),
            moved: work.counts_anew(),
            cancel: work.cancel_token(&self.stop),
            turn: gets_turn,
            stores,
            kept: work.parts.clone(),
            program_ends: self.stop.clone(),
            patience: self.config.patience,
            clock: self.config.clock,
            reports: self.reporter(),
        };
        let trying = Trying {
            size_bytes,
            turn: Some(turn),
        };
        self.trying.insert(run, trying);
        self.to_send.asking(size_bytes);
        self.change(id, JobState::Asking);
        let reports = self.reporter();
        tokio::spawn(async move {
            let tried = one_try.run().await;
            reports.send(Report::Tried(run, Box::new(tried))).ok();
        });
    }
}
