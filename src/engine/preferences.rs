//! The actor's side that is about preferences: what the person sets, what the
//! engine learns by itself, and how both get to the disk.

use super::actor::Actor;
use crate::model::{Event, Settings};

impl Actor {
    /// The person changed a preference.
    pub(super) fn configure(&mut self, settings: Settings) {
        // A face never hears what the engine learned of stores and teams.
        let learned = std::mem::take(&mut self.settings);
        self.settings = Settings {
            stores: learned.stores,
            size_limits: learned.size_limits,
            ..settings
        };
        self.save_settings();
    }

    /// Saves the settings on a blocking thread, one after the other.
    pub(super) fn save_settings(&self) {
        let Some(path) = self.config.settings_file.clone() else {
            return;
        };
        let settings = self.settings.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = crate::settings::save(&path, &settings) {
                tracing::warn!(%error, "the settings could not be saved");
            }
        });
    }

    /// ONES named the largest file that a team may attach.
    pub(super) fn learn_limit(&mut self, team: String, bytes: u64) {
        if self.settings.size_limits.get(&team) == Some(&bytes) {
            return;
        }
        if self.session.team_id() == Some(team.as_str()) {
            self.tell(Event::SizeLimit(bytes));
        }
        self.settings.size_limits.insert(team, bytes);
        self.save_settings();
    }

    /// A store showed whether it knows uploads in parts.
    pub(super) fn learn_store(&mut self, store: String, knows_parts: bool) {
        if self.settings.stores.get(&store) != Some(&knows_parts) {
            self.settings.stores.insert(store, knows_parts);
            self.save_settings();
        }
    }
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
}
