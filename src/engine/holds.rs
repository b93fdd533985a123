//! The actor's side that holds jobs for a sign-in, and lets them go on: what may
//! be attached already is found out first, so that nothing is attached twice.

use super::actor::Actor;
use crate::model::{Hold, JobId, JobState, UploadError};

impl Actor {
    /// The token was refused: the job waits, and everybody with it.
    /// A token of an earlier sign-in says nothing about the present one.
    pub(super) fn sign_in_ended(&mut self, id: JobId, error: UploadError) {
        let Some(work) = self.work.get(&id) else {
            return;
        };
        let present = work.session == self.session.number();
        if present {
            self.change(id, JobState::Held(Hold::SignIn));
        } else {
            self.put_back(id);
        }
        if present {
            self.lose_session(self.session.number(), error);
        }
    }

    /// A job that was let go of for now waits again.
    pub(super) fn put_back(&mut self, id: JobId) {
        self.change(id, JobState::Held(Hold::SignIn));
        if self.session.is_in() {
            self.queue(id);
        }
    }

    /// Stops what is read or sent, to be begun anew after a sign-in. A try that
    /// may have attached its file finds that out first: begun anew before that,
    /// the file could be attached twice.
    pub(super) fn interrupt_all(&mut self) {
        for id in self.board.ids(|state| *state == JobState::Checking) {
            self.stop_check(id);
        }
        for id in self.board.ids(may_be_attached) {
            if let Some(work) = self.work.get_mut(&id) {
                work.interrupted = true;
                work.stop_task();
            }
        }
    }

    /// Forgets a check that runs, or has just ended: it begins anew.
    pub(super) fn stop_check(&mut self, id: JobId) {
        if let Some(work) = self.work.get_mut(&id) {
            work.stop_task();
            work.cancel = None;
            work.run += 1;
            work.busy = false;
            work.known = None;
        }
        self.change(id, JobState::Held(Hold::SignIn));
    }

    /// An interrupted try has ended without attaching its file.
    pub(super) fn begin_anew(&mut self, id: JobId) {
        if let Some(work) = self.work.get_mut(&id) {
            work.interrupted = false;
            work.cancel = None;
            work.run += 1;
            work.known = None;
            // What was said of an earlier list may have been done since.
            work.again = false;
        }
        // It may be on the task by now, unknown to an older list.
        self.forget_list(id);
        self.put_back(id);
    }

    /// Holds every job that is not in a task's hands.
    pub(super) fn hold_all(&mut self) {
        let idle = self.board.ids(|state| {
            matches!(
                state,
                JobState::Queued | JobState::Ready | JobState::Waiting(_) | JobState::Held(_)
            )
        });
        self.to_check.clear();
        self.to_send.clear();
        self.send_asked_back();
        for id in idle {
            if let Some(work) = self.work.get_mut(&id) {
                work.run += 1;
                work.look_anew();
            }
            self.change(id, JobState::Held(Hold::SignIn));
        }
    }

    /// After a sign-in: everything that waited for it goes on, and what waited
    /// for the server of the one before.
    pub(super) fn release_all(&mut self) {
        for id in self
            .board
            .ids(|state| matches!(state, JobState::Held(Hold::SignIn | Hold::Network)))
        {
            self.queue(id);
        }
    }

    /// A task of one server may mean another one elsewhere: its jobs wait until
    /// somebody is signed in there again.
    pub(super) fn is_for_another_server(&self, id: JobId) -> bool {
        let of_job = self.work.get(&id).and_then(|work| work.server.as_ref());
        let present = self.session.server();
        of_job.is_some() && present.is_some() && of_job != present.as_ref()
    }

    /// Whether anything may be asked or sent for a job now. Whoever starts
    /// something for it asks this: what went before may be of an earlier sign-in.
    pub(super) fn may_go_on(&self, id: JobId) -> bool {
        self.session.is_in() && !self.is_for_another_server(id)
    }
}

/// Whether a try in this state may have attached its file already.
pub(super) fn may_be_attached(state: &JobState) -> bool {
    matches!(
        state,
        JobState::Asking | JobState::Sending | JobState::Confirming
    )
}
