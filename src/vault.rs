//! Where the sign-in is kept: the system's keyring, or memory.
//!
//! Only this file sees the keyring. Every call may block for as long as a
//! prompt is open, or for ever if the daemon hangs, so the engine calls it on
//! a thread of its own and waits with a limit.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::{Secret, ServerAddress};

/// The name that people see in their keyring.
const SERVICE: &str = "ONES Drop";
/// One entry; opaque, because the label is visible to other programs.
const ENTRY: &str = "sign-in";

/// What is kept of a sign-in. The password never is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSignIn {
    /// The server.
    pub server: ServerAddress,
    /// The user ID.
    pub user: String,
    /// The token.
    pub token: Secret,
    /// The team in use.
    pub team: String,
}

/// A place for one sign-in.
#[derive(Debug, Clone)]
pub enum Vault {
    /// Secret Service, Keychain or Credential Manager.
    Os,
    /// Lives as long as the program: the demo, the tests.
    Memory(MemoryVault),
}

/// Why a vault did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultError {
    /// There is no keyring on this system or in this session.
    Missing,
    /// It is locked, or its prompt was closed.
    Locked,
    /// Anything else, in the library's words.
    Failed(String),
}

/// A vault in memory that a test can break.
#[derive(Debug, Clone, Default)]
pub struct MemoryVault(Arc<Mutex<MemoryState>>);

#[derive(Debug, Default)]
struct MemoryState {
    saved: Option<SavedSignIn>,
    broken: Option<VaultError>,
    hung: bool,
    /// Calls that have not been let in.
    waiting: usize,
}

impl MemoryVault {
    /// What is in it.
    #[must_use]
    pub fn saved(&self) -> Option<SavedSignIn> {
        self.lock().saved.clone()
    }

    /// Every call fails like this until `None` is set.
    pub fn set_broken(&self, broken: Option<VaultError>) {
        self.lock().broken = broken;
    }

    /// While set, every call blocks, as with a daemon that hangs.
    pub fn set_hung(&self, hung: bool) {
        self.lock().hung = hung;
    }

    /// A vault with a sign-in in it.
    #[must_use]
    pub fn with(saved: SavedSignIn) -> Self {
        let vault = Self::default();
        vault.lock().saved = Some(saved);
        vault
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, MemoryState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of calls that wait at once the newest is let in first: a keyring promises
    /// no order either.
    fn change<T>(&self, act: impl FnOnce(&mut MemoryState) -> T) -> Result<T, VaultError> {
        let mut state = self.lock();
        state.waiting += 1;
        let place = state.waiting;
        while state.hung || state.waiting != place {
            drop(state);
            std::thread::sleep(std::time::Duration::from_millis(10));
            state = self.lock();
        }
        state.waiting -= 1;
        match &state.broken {
            Some(error) => Err(error.clone()),
            None => Ok(act(&mut state)),
        }
    }
}

impl Vault {
    /// The saved sign-in, if there is one. Blocks.
    pub fn load(&self) -> Result<Option<SavedSignIn>, VaultError> {
        match self {
            Self::Memory(memory) => memory.change(|state| state.saved.clone()),
            Self::Os => match entry()?.get_secret() {
                Ok(bytes) => Ok(decode(&bytes)),
                Err(keyring_core::Error::NoEntry) => Ok(None),
                Err(error) => Err(explain(&error)),
            },
        }
    }

    /// Keeps a sign-in in place of any other. Blocks.
    pub fn save(&self, sign_in: &SavedSignIn) -> Result<(), VaultError> {
        match self {
            Self::Memory(memory) => memory.change(|state| state.saved = Some(sign_in.clone())),
            Self::Os => {
                let bytes = zeroize::Zeroizing::new(encode(sign_in));
                let entry = entry()?;
                entry.set_secret(&bytes).map_err(|error| explain(&error))
            }
        }
    }

    /// Removes what is kept; nothing kept is fine. Blocks.
    pub fn forget(&self) -> Result<(), VaultError> {
        match self {
            Self::Memory(memory) => memory.change(|state| state.saved = None),
            Self::Os => match entry()?.delete_credential() {
                Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
                Err(error) => Err(explain(&error)),
            },
        }
    }
}

/// What lies in the keyring: one JSON text. Unknown versions are not read.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    server: String,
    user: String,
    token: String,
    team: String,
}

fn encode(sign_in: &SavedSignIn) -> Vec<u8> {
    let stored = Stored {
        version: 1,
        server: sign_in.server.to_string(),
        user: sign_in.user.clone(),
        token: sign_in.token.reveal().to_owned(),
        team: sign_in.team.clone(),
    };
    serde_json::to_vec(&stored).unwrap_or_default()
}

fn decode(bytes: &[u8]) -> Option<SavedSignIn> {
    let stored: Stored = serde_json::from_slice(bytes).ok()?;
    (stored.version == 1).then_some(())?;
    Some(SavedSignIn {
        server: ServerAddress::parse(&stored.server)?,
        user: stored.user,
        token: Secret::new(stored.token),
        team: stored.team,
    })
}

/// The entry, in a store that is opened anew each time: a keyring that was
/// locked or missing a minute ago may be there now.
fn entry() -> Result<keyring_core::Entry, VaultError> {
    let store = open_store().map_err(|error| explain(&error))?;
    let entry = store.build(SERVICE, ENTRY, None);
    entry.map_err(|error| explain(&error))
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open_store() -> keyring_core::Result<Arc<keyring_core::CredentialStore>> {
    let store: Arc<keyring_core::CredentialStore> =
        zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(target_os = "macos")]
fn open_store() -> keyring_core::Result<Arc<keyring_core::CredentialStore>> {
    let store: Arc<keyring_core::CredentialStore> =
        apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}

#[cfg(windows)]
fn open_store() -> keyring_core::Result<Arc<keyring_core::CredentialStore>> {
    let store: Arc<keyring_core::CredentialStore> = windows_native_keyring_store::Store::new()?;
    Ok(store)
}

fn explain(error: &keyring_core::Error) -> VaultError {
    use keyring_core::Error as E;
    match error {
        E::NoStorageAccess(_) => VaultError::Locked,
        E::NoDefaultStore => VaultError::Missing,
        E::PlatformFailure(cause) => {
            // Measured: no bus gives "Connection(NotFound)", a bus without the
            // service gives "ServiceUnknown"; neither is a type of its own.
            let text = format!("{cause:?}");
            let missing = ["ServiceUnknown", "NotFound", "Connection", "Address"];
            if missing.iter().any(|word| text.contains(word)) {
                VaultError::Missing
            } else {
                VaultError::Failed(cause.to_string())
            }
        }
        other => VaultError::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in() -> SavedSignIn {
        SavedSignIn {
            server: ServerAddress::parse("https://ones.example.com").unwrap(),
            user: "6ZpgEzkk".into(),
            token: Secret::new("CANARY-token"),
            team: "BDfDqJU7".into(),
        }
    }

    /// F38: locked, missing, and anything else with its own words.
    #[test]
    fn a_keyring_that_refuses_is_told_by_what_it_is() {
        use keyring_core::Error as E;
        let says = |text: &str| -> Box<dyn std::error::Error + Send + Sync> { text.into() };
        for (error, want) in [
            (E::NoStorageAccess(says("locked")), VaultError::Locked),
            (E::NoDefaultStore, VaultError::Missing),
            (
                E::PlatformFailure(says("Connection(NotFound)")),
                VaultError::Missing,
            ),
            (
                E::PlatformFailure(says("org.freedesktop.DBus.Error.ServiceUnknown")),
                VaultError::Missing,
            ),
            (
                E::PlatformFailure(says("access denied")),
                VaultError::Failed("access denied".to_owned()),
            ),
        ] {
            assert_eq!(explain(&error), want, "{error:?}");
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        assert_eq!(decode(&encode(&sign_in())), Some(sign_in()));
    }

    #[test]
    fn foreign_or_newer_entries_are_no_sign_in() {
        for bytes in [&b"plain text"[..], b"{}", br#"{"version":2}"#] {
            assert_eq!(decode(bytes), None);
        }
    }

    #[test]
    fn a_vault_in_memory_saves_loads_and_forgets() {
        let vault = Vault::Memory(MemoryVault::default());
        assert_eq!(vault.load(), Ok(None));
        vault.save(&sign_in()).unwrap();
        assert_eq!(vault.load(), Ok(Some(sign_in())));
        vault.forget().unwrap();
        assert_eq!(vault.load(), Ok(None));
    }
}
