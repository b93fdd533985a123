//! Vault calls on threads, each with a limit.
//!
//! A keyring may block while its prompt is open, or for ever when its daemon
//! hangs (measured: still blocked after 40 s). The thread is then left behind
//! and a late answer is used.

use std::cell::OnceCell;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::report::Report;
use super::watchdog::Patience;
use crate::model::{KeyringAct, KeyringFault, KeyringState};
use crate::vault::{SavedSignIn, Vault, VaultError};
use crate::worker::Worker;

/// After this long a face is told that the keyring takes its time.
const SLOW: Duration = Duration::from_millis(300);
/// How long changes may take when the program ends: a token that somebody had
/// removed must not sign the next start in, nor one that was to be kept be gone.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// The keyring, as the actor asks it.
pub(super) struct Keyring {
    vault: Vault,
    patience: Patience,
    reports: UnboundedSender<Report>,
    /// Where changes wait, once there was one.
    changes: OnceCell<Changes>,
}

/// A change, and whom to tell what became of it.
type Work = (Change, oneshot::Sender<KeyringState>);

/// The thread that changes the keyring. Several changes may wait for one prompt: on
/// a thread each, a sign-in could be saved after its removal.
struct Changes {
    /// `None` if there is no thread to be had.
    worker: Option<Worker<Work>>,
    /// Where their answers are waited for, in the same order.
    answers: UnboundedSender<(KeyringAct, oneshot::Receiver<KeyringState>)>,
}

enum Change {
    Save(SavedSignIn),
    Forget,
}

impl Keyring {
    pub(super) fn new(vault: Vault, patience: Patience, reports: UnboundedSender<Report>) -> Self {
        Self {
            vault,
            patience,
            reports,
            changes: OnceCell::new(),
        }
    }

    /// Reads what is saved; ends in `Report::Loaded`.
    pub(super) fn load(&self) {
        let (answer, wait) = oneshot::channel();
        let (vault, late) = (self.vault.clone(), self.reports.clone());
        spawn(move || {
            // The receiver is gone once the limit ran out; the answer still counts.
            if let Err(result) = answer.send(vault.load()) {
                late.send(Report::Loaded(result)).ok();
            }
        });
        let (patience, reports) = (self.patience, self.reports.clone());
        tokio::spawn(async move {
            let result = wait_for(wait, patience, &reports).await;
            if result.is_none() {
                let hung = KeyringState::Failed(KeyringAct::Read, KeyringFault::Hung);
                reports.send(Report::Keyring(hung)).ok();
            }
            // Without an answer people sign in by hand; a late one is still used.
            let result = result.unwrap_or(Ok(None));
            reports.send(Report::Loaded(result)).ok();
        });
    }

    /// Saves a sign-in; ends in `Report::Keyring`.
    pub(super) fn save(&self, sign_in: SavedSignIn) {
        self.change(Change::Save(sign_in));
    }

    /// Removes what is saved. A failure is told: the token would still be there.
    pub(super) fn forget(&self) {
        self.change(Change::Forget);
    }

    fn change(&self, change: Change) {
        let changes = self.changes.get_or_init(|| self.begin());
        let (answer, wait) = oneshot::channel();
        changes.answers.send((change.act(), wait)).ok();
        // Without a thread the sender of the answer goes, and the waiter sees it.
        if let Some(worker) = &changes.worker {
            worker.send((change, answer));
        }
    }

    fn begin(&self) -> Changes {
        let (vault, late) = (self.vault.clone(), self.reports.clone());
        let run = move |inbox: &mpsc::Receiver<Work>| {
            for (change, answer) in inbox {
                if let Err(state) = answer.send(change.carry_out(&vault)) {
                    late.send(Report::Keyring(state)).ok();
                }
            }
        };
        let worker = Worker::start("ones-drop-keyring", CLOSE_LIMIT, run)
            .inspect_err(|error| tracing::error!(%error, "no thread for the keyring"));
        let (answers, waiting) = unbounded_channel();
        tokio::spawn(tell_in_order(waiting, self.patience, self.reports.clone()));
        Changes {
            worker: worker.ok(),
            answers,
        }
    }
}

/// Tells what became of each change.
async fn tell_in_order(
    mut waiting: UnboundedReceiver<(KeyringAct, oneshot::Receiver<KeyringState>)>,
    patience: Patience,
    reports: UnboundedSender<Report>,
) {
    while let Some((act, wait)) = waiting.recv().await {
        let hung = KeyringState::Failed(act, KeyringFault::Hung);
        let state = wait_for(wait, patience, &reports).await.unwrap_or(hung);
        reports.send(Report::Keyring(state)).ok();
    }
}

impl Change {
    fn act(&self) -> KeyringAct {
        match self {
            Self::Save(_) => KeyringAct::Save,
            Self::Forget => KeyringAct::Forget,
        }
    }

    /// Blocks.
    fn carry_out(&self, vault: &Vault) -> KeyringState {
        let (done, state) = match self {
            Self::Save(sign_in) => (vault.save(sign_in), KeyringState::Saved),
            Self::Forget => (vault.forget(), KeyringState::Forgotten),
        };
        done.map_or_else(|error| failed(self.act(), error), |()| state)
    }
}

/// Waits for the answer, says so when it is slow, gives up at the limit.
async fn wait_for<T>(
    mut wait: oneshot::Receiver<T>,
    patience: Patience,
    reports: &UnboundedSender<Report>,
) -> Option<T> {
    if let Ok(answer) = tokio::time::timeout(SLOW, &mut wait).await {
        return answer.ok();
    }
    reports.send(Report::Keyring(KeyringState::Slow)).ok();
    let rest = patience.keyring.saturating_sub(SLOW);
    tokio::time::timeout(rest, wait).await.ok()?.ok()
}

/// How a failure is told.
pub(super) fn failed(act: KeyringAct, error: VaultError) -> KeyringState {
    let fault = match error {
        VaultError::Missing => KeyringFault::Missing,
        VaultError::Locked => KeyringFault::Locked,
        VaultError::Failed(text) => KeyringFault::Other(text),
    };
    KeyringState::Failed(act, fault)
}

fn spawn(act: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("ones-drop-keyring".into());
    // Without a thread the answer's sender is dropped, and the waiter sees it.
    if let Err(error) = thread.spawn(act) {
        tracing::error!(%error, "no thread for the keyring");
    }
}
