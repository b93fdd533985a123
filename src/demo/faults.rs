//! When the demo server does wrong, and what: the tests' script.
//!
//! A [`Faults`] is a cheap handle on one shared script. Tests write it; the gate
//! (`gate.rs`) reads it, one entry a request. Nothing here touches a socket.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::misbehaviour::{Fault, Misbehaviour, Step};

/// Where in a request a hold stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before its body is read.
    Arrived,
    /// After it was carried out, before it is answered.
    Answering,
}

/// The handle on the script. Clones share it.
#[derive(Clone, Default)]
pub struct Faults(Arc<Shared>);

#[derive(Default)]
struct Shared {
    script: Mutex<Script>,
    /// Tells blocked test threads that the number of waiting requests changed.
    arrived: Condvar,
    /// Tells waiting requests that a hold or a stall is over.
    released: Notify,
}

#[derive(Default)]
struct Script {
    /// What happens to the next requests of each step, and to how many.
    plans: BTreeMap<Step, VecDeque<(Option<Misbehaviour>, u32)>>,
    holds: Vec<(u64, Step, Moment)>,
    holds_made: u64,
    waiting: BTreeMap<Step, usize>,
    stalls_released: u64,
}

/// Requests wait as long as this lives.
#[must_use = "requests are held only as long as this guard lives"]
pub struct Hold {
    faults: Faults,
    number: u64,
}

impl Hold {
    /// Lets the waiting requests go on; the same as dropping the guard.
    pub fn release(self) {}
}

impl Drop for Hold {
    fn drop(&mut self) {
        let number = self.number;
        self.faults
            .script()
            .holds
            .retain(|(other, ..)| *other != number);
        self.faults.0.released.notify_waiters();
    }
}

impl Faults {
    /// Adds a fault to the end of its step's queue.
    pub fn push(&self, fault: Fault) {
        self.plan(fault.at, Some(fault.what), fault.times);
    }

    /// Before the next fault that is added for this step, so many requests go well.
    pub fn let_pass(&self, at: Step, times: u32) {
        self.plan(at, None, times);
    }

    fn plan(&self, at: Step, what: Option<Misbehaviour>, times: u32) {
        let mut script = self.script();
        script.plans.entry(at).or_default().push_back((what, times));
    }

    /// Forgets the faults that have not happened yet.
    pub fn clear(&self) {
        self.script().plans.clear();
    }

    /// Requests that will still go wrong if they come.
    #[must_use]
    pub fn pending(&self) -> u32 {
        let script = self.script();
        let plans = script.plans.values().flatten();
        plans
            .filter(|(what, _)| what.is_some())
            .map(|(_, times)| times)
            .sum()
    }

    /// Stops requests of this step on arrival, before their bodies are read.
    pub fn hold(&self, step: Step) -> Hold {
        self.hold_at(step, Moment::Arrived)
    }

    /// Stops requests of this step when they are carried out but not answered.
    pub fn hold_answer(&self, step: Step) -> Hold {
        self.hold_at(step, Moment::Answering)
    }

    /// How many requests of this step are held or stalled now.
    #[must_use]
    pub fn waiting(&self, step: Step) -> usize {
        self.script().waiting.get(&step).copied().unwrap_or(0)
    }

    /// Blocks until that many requests are held or stalled; `false` if they
    /// were not within `limit`. Not for async code.
    #[must_use]
    pub fn wait_until_held(&self, step: Step, requests: usize, limit: Duration) -> bool {
        let enough =
            |script: &mut Script| script.waiting.get(&step).copied().unwrap_or(0) < requests;
        let waited = self
            .0
            .arrived
            .wait_timeout_while(self.script(), limit, enough);
        let (_script, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        !outcome.timed_out()
    }

    /// Lets every request that a [`Misbehaviour::Stall`] stopped go on.
    pub fn release_stalled(&self) {
        self.script().stalls_released += 1;
        self.0.released.notify_waiters();
    }

    /// Takes the misbehaviour for the next request of this step.
    pub(super) fn take(&self, step: Step) -> Option<Misbehaviour> {
        let mut script = self.script();
        let plan = script.plans.get_mut(&step)?;
        while plan.front().is_some_and(|(_, times)| *times == 0) {
            plan.pop_front();
        }
        let (what, times) = plan.front_mut()?;
        *times -= 1;
        what.clone()
    }

    /// Waits while a hold on this step lives.
    pub(super) async fn wait_while_held(&self, step: Step, moment: Moment) {
        self.wait_until(step, |script| {
            !script
                .holds
                .iter()
                .any(|(_, at, when)| (*at, *when) == (step, moment))
        })
        .await;
    }

    /// Waits for the next [`Faults::release_stalled`].
    pub(super) async fn wait_for_release(&self, step: Step) {
        let before = self.script().stalls_released;
        self.wait_until(step, |script| script.stalls_released > before)
            .await;
    }

    async fn wait_until(&self, step: Step, over: impl Fn(&Script) -> bool) {
        let mut waiting = None;
        loop {
            // Made before the look, so that a release in between is not missed.
            let released = self.0.released.notified();
            if over(&self.script()) {
                return;
            }
            waiting.get_or_insert_with(|| Waiting::new(self.clone(), step));
            released.await;
        }
    }

    fn hold_at(&self, step: Step, moment: Moment) -> Hold {
        let mut script = self.script();
        script.holds_made += 1;
        let number = script.holds_made;
        script.holds.push((number, step, moment));
        Hold {
            faults: self.clone(),
            number,
        }
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One waiting request. Counts itself out also when its connection goes away.
struct Waiting {
    faults: Faults,
    step: Step,
}

impl Waiting {
    fn new(faults: Faults, step: Step) -> Self {
        *faults.script().waiting.entry(step).or_default() += 1;
        faults.0.arrived.notify_all();
        Self { faults, step }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(count) = self.faults.script().waiting.get_mut(&self.step) {
            *count = count.saturating_sub(1);
        }
        self.faults.0.arrived.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_happen_in_order_and_as_often_as_said() {
        let faults = Faults::default();
        faults.push(Fault {
            at: Step::Form,
            what: Misbehaviour::Html,
            times: 2,
        });
        faults.let_pass(Step::Form, 1);
        faults.push(Fault::once(Step::Form, Misbehaviour::Empty));
        faults.push(Fault::once(Step::Login, Misbehaviour::NotJson));
        assert_eq!(faults.pending(), 4);
        let taken: Vec<_> = (0..5).map(|_| faults.take(Step::Form)).collect();
        let (html, empty) = (Some(Misbehaviour::Html), Some(Misbehaviour::Empty));
        assert_eq!(taken, [html.clone(), html, None, empty, None]);
        assert_eq!(faults.take(Step::Login), Some(Misbehaviour::NotJson));
        assert_eq!(faults.pending(), 0);
    }

    #[test]
    fn nobody_is_held_in_vain() {
        let faults = Faults::default();
        let hold = faults.hold(Step::Form);
        assert!(!faults.wait_until_held(Step::Form, 1, Duration::from_millis(1)));
        hold.release();
        assert!(faults.script().holds.is_empty());
    }
}
