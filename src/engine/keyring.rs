//! Vault calls on threads of their own, each with a limit.
//!
//! A keyring may block while its prompt is open, or for ever when its daemon
//! hangs (measured: still blocked after 40 s). The thread is then left behind
//! and a late answer is used.

use tokio::sync::mpsc::UnboundedSender;

use super::report::Report;
use super::watchdog::Patience;
use crate::model::{KeyringAct, KeyringFault, KeyringState};
use crate::vault::{SavedSignIn, Vault, VaultError};

/// After this long a face is told that the keyring takes its time.
const SLOW: std::time::Duration = std::time::Duration::from_millis(300);

/// Reads what is saved; ends in `Report::Loaded`.
pub(super) fn load(vault: Vault, patience: Patience, reports: UnboundedSender<Report>) {
    let (answer, wait) = tokio::sync::oneshot::channel();
    let late = reports.clone();
    spawn(move || {
        // The receiver is gone once the limit ran out; the answer still counts.
        if let Err(result) = answer.send(vault.load()) {
            late.send(Report::Loaded(result)).ok();
        }
    });
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
pub(super) fn save(
    vault: Vault,
    sign_in: SavedSignIn,
    patience: Patience,
    reports: UnboundedSender<Report>,
) {
    change(patience, reports, KeyringAct::Save, move || {
        vault.save(&sign_in)
    });
}

/// Removes what is saved. A failure is told: the token would still be there.
pub(super) fn forget(vault: Vault, patience: Patience, reports: UnboundedSender<Report>) {
    change(patience, reports, KeyringAct::Forget, move || {
        vault.forget()
    });
}

fn change(
    patience: Patience,
    reports: UnboundedSender<Report>,
    act: KeyringAct,
    carry_out: impl FnOnce() -> Result<(), VaultError> + Send + 'static,
) {
    let told = move |result: Result<(), VaultError>| match (result, act) {
        (Ok(()), KeyringAct::Forget) => KeyringState::Forgotten,
        (Ok(()), _) => KeyringState::Saved,
        (Err(error), act) => failed(act, error),
    };
    let (answer, wait) = tokio::sync::oneshot::channel();
    let late = reports.clone();
    spawn(move || {
        if let Err(result) = answer.send(carry_out()) {
            late.send(Report::Keyring(told(result))).ok();
        }
    });
    tokio::spawn(async move {
        let result = wait_for(wait, patience, &reports).await;
        let state = result.map_or(KeyringState::Failed(act, KeyringFault::Hung), told);
        reports.send(Report::Keyring(state)).ok();
    });
}

/// Waits for the answer, says so when it is slow, gives up at the limit.
async fn wait_for<T>(
    mut wait: tokio::sync::oneshot::Receiver<T>,
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
