//! The actor's side that is about preferences: what the person sets, what the
//! engine learns by itself, and how both get to the disk.

use std::path::PathBuf;
use std::sync::mpsc;

use super::actor::Actor;
use super::stores::StorePolicy;
use crate::model::{ErrorKind, Event, JobId, JobState, Settings, UploadError};
use crate::worker::{DISK_LIMIT, Worker};

impl Actor {
    /// The person changed a preference.
    pub(super) fn configure(&mut self, settings: Settings) {
        // A face never hears what the engine learned of stores and teams, and names
        // the server of a sign-in that is not to be kept.
        let learned = std::mem::take(&mut self.settings);
        self.settings = Settings {
            stores: learned.stores,
            size_limits: learned.size_limits,
            server: learned.server,
            ..settings
        };
        self.save_settings();
    }

    /// Has the settings saved. Never waits.
    pub(super) fn save_settings(&self) {
        if let Some(saving) = &self.saving {
            saving.send(self.settings.clone());
        }
    }

    /// ONES named the largest file that a team may attach.
    pub(super) fn learn_limit(&mut self, team: String, bytes: u64) {
        self.session.hear_limit(&team, bytes);
        if self.settings.size_limits.get(&team) == Some(&bytes) {
            return;
        }
        if self.session.team_id() == Some(team.as_str()) {
            self.tell(Event::SizeLimit(bytes));
        }
        self.settings.size_limits.insert(team, bytes);
        self.save_settings();
    }

    /// What a try has to know of stores.
    pub(super) fn store_policy(&self) -> StorePolicy {
        StorePolicy {
            in_parts: self.settings.in_parts,
            proved: self.settings.stores.clone(),
            plain_http: self.config.plain_http,
            plain: self.session.plain_stores(),
        }
    }

    /// Somebody agreed to send to this store without encryption: the files that
    /// wait for it start again.
    pub(super) fn allow_plain_store(&mut self, store: &str) {
        if !self.session.agree_to(store) {
            return;
        }
        let waits = |state: &JobState| {
            let kind = match state {
                JobState::Failed(error) => Some(&error.kind),
                _ => None,
            };
            matches!(kind, Some(ErrorKind::PlainStore { store: of }) if of == store)
        };
        let mut waiting = self.board.ids(waits);
        // Those of another server are another account's.
        waiting.retain(|id| self.may_go_on(*id));
        // They are read again, for they may have waited long; what was said of a
        // content that is there already was said of the same file.
        let again = |id: &JobId| self.work.get(id).is_some_and(|work| work.again);
        let again: Vec<_> = waiting.iter().copied().filter(again).collect();
        self.retry(&waiting);
        for id in again {
            if let Some(work) = self.work.get_mut(&id) {
                work.again = true;
            }
        }
    }

    /// Whether a file failed for want of what somebody agreed to since.
    pub(super) fn is_agreed_to(&self, error: &UploadError) -> bool {
        let ErrorKind::PlainStore { store } = &error.kind else {
            return false;
        };
        self.session.plain_stores().contains(store)
    }

    /// A store showed whether it knows uploads in parts.
    pub(super) fn learn_store(&mut self, store: String, knows_parts: bool) {
        if self.settings.stores.get(&store) != Some(&knows_parts) {
            self.settings.stores.insert(store, knows_parts);
            self.save_settings();
        }
    }
}

/// Starts the one writer of the settings file: of all that waits it writes the
/// newest, so that no older one can end on disk, and only what differs from the last,
/// so that another program's changes stay.
pub(super) fn start_saving(file: PathBuf, mut last: Settings) -> Option<Worker<Settings>> {
    let run = move |inbox: &mpsc::Receiver<Settings>| {
        while let Ok(first) = inbox.recv() {
            let newest = inbox.try_iter().last().unwrap_or(first);
            match crate::settings::save_changes(&file, &last, &newest) {
                Ok(()) => last = newest,
                Err(error) => tracing::warn!(%error, "the settings could not be saved"),
            }
        }
    };
    Worker::start("ones-drop-settings", DISK_LIMIT, run)
        .inspect_err(|error| tracing::error!(%error, "no thread for the settings"))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use crate::engine::{Config, Engine};
    use crate::model::{Command, Language, Settings};
    use crate::settings;
    use crate::vault::{MemoryVault, Vault};

    /// An engine that saves to this file.
    fn engine(file: &Path, settings: Settings) -> Engine {
        let config = Config {
            vault: Vault::Memory(MemoryVault::default()),
            settings,
            settings_file: Some(file.to_owned()),
            ..Config::default()
        };
        Engine::start(config).unwrap()
    }

    #[test]
    fn a_new_preference_leaves_alone_what_the_engine_learned() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let learned = Settings {
            stores: BTreeMap::from([("https://store.example.com".to_owned(), true)]),
            size_limits: BTreeMap::from([("BDfDqJU7".to_owned(), 5)]),
            ..Settings::default()
        };
        let engine = engine(&file, learned.clone());
        let language = Some(Language::Chinese);
        engine.send(Command::Configure(Settings {
            language,
            ..Settings::default()
        }));
        drop(engine);
        assert_eq!(
            settings::load(&file),
            Settings {
                language,
                ..learned
            }
        );
    }

    #[test]
    fn the_newest_preferences_end_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let engine = engine(&file, Settings::default());
        let preferences = |parallel: u8| Settings {
            parallel,
            ..Settings::default()
        };
        for number in 0..=255 {
            engine.send(Command::Configure(preferences(number)));
        }
        drop(engine);
        assert_eq!(settings::load(&file), preferences(255));
    }

    #[test]
    fn a_face_does_not_say_which_server_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let engine = engine(&file, Settings::default());
        engine.send(Command::Configure(Settings {
            server: "https://not-kept.example.com".to_owned(),
            ..Settings::default()
        }));
        drop(engine);
        assert_eq!(settings::load(&file), Settings::default());
    }

    /// A script beside the window: each keeps what the other one set.
    #[test]
    fn two_programs_that_save_do_not_undo_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let [window, script] = [(); 2].map(|()| engine(&file, Settings::default()));
        script.send(Command::Configure(Settings {
            parallel: 3,
            ..Settings::default()
        }));
        drop(script);
        let language = Some(Language::Chinese);
        window.send(Command::Configure(Settings {
            language,
            ..Settings::default()
        }));
        drop(window);
        let saved = settings::load(&file);
        assert_eq!(
            (saved.parallel, saved.language),
            (3, Some(Language::Chinese))
        );
    }
}
