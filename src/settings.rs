//! Where preferences live on disk, and how they get there in one piece.
//!
//! Used by the engine (to save) and by `main` (to load before the window
//! opens). Never called from a frame.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::model::Settings;

/// The settings file of this person on this system. `ONES_DROP_CONFIG_DIR`
/// names another folder, for tests and portable use.
#[must_use]
pub fn default_path() -> Option<PathBuf> {
    let folder = match std::env::var_os("ONES_DROP_CONFIG_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => directories::ProjectDirs::from("", "", "ones-drop")?
            .config_dir()
            .to_owned(),
    };
    Some(folder.join("settings.json"))
}

/// Reads the settings. A missing file gives the defaults; a damaged one is set
/// aside as `settings.json.damaged` and gives the defaults too.
#[must_use]
pub fn load(path: &Path) -> Settings {
    let Ok(bytes) = std::fs::read(path) else {
        return Settings::default();
    };
    serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        tracing::warn!(%error, "the settings file is damaged and was set aside");
        std::fs::rename(path, path.with_extension("json.damaged")).ok();
        Settings::default()
    })
}

/// Saves what changed since `before`, and leaves the rest as it is in the file by now:
/// another program may have saved meanwhile. Of two that save in the same moment the
/// later one wins.
pub fn save_changes(path: &Path, before: &Settings, now: &Settings) -> io::Result<()> {
    let there = if path.exists() {
        load(path)
    } else {
        before.clone()
    };
    let [there, before, now] = [&there, before, now].map(serde_json::to_value);
    let merged = merge(there?, &before?, now?);
    save(path, &serde_json::from_value(merged)?)
}

/// `now`, but `there` wherever nothing changed since `before`.
fn merge(there: Value, before: &Value, now: Value) -> Value {
    if now == *before {
        return there;
    }
    let (Value::Object(mut there), Value::Object(before), Value::Object(now)) =
        (there, before, &now)
    else {
        return now;
    };
    for (key, value) in now {
        let old = before.get(key);
        match there.remove(key) {
            // The other one took it out.
            None if old == Some(value) => {}
            other => {
                let other = other.unwrap_or_default();
                let merged = merge(other, old.unwrap_or(&Value::Null), value.clone());
                there.insert(key.clone(), merged);
            }
        }
    }
    for key in before.keys().filter(|key| !now.contains_key(*key)) {
        there.remove(key);
    }
    Value::Object(there)
}

/// Replaces the settings in one step: a power cut leaves the old or the new
/// file, never half of one. Only this person may read it.
pub fn save(path: &Path, settings: &Settings) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_folder(folder)?;
    // A temporary file is made with mode 0600 and keeps it.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let json = serde_json::to_vec_pretty(settings)?;
    file.write_all(&json)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name itself has to survive a power cut, too. Windows cannot open
    // folders.
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// A folder that is made here belongs to this person alone; one that is there
/// stays as it is.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s18_settings_survive_and_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("settings.json");
        let settings = Settings {
            parallel: 3,
            ..Settings::default()
        };
        save(&path, &settings).unwrap();
        assert_eq!(load(&path), settings);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            for (path, want) in [(path.as_path(), 0o600), (path.parent().unwrap(), 0o700)] {
                let mode = std::fs::metadata(path).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, want, "{}", path.display());
            }
        }
    }

    #[test]
    fn only_what_changed_is_saved() {
        use serde_json::json;
        for (there, before, now, want) in [
            // The other one set `a`, we set `b`.
            (
                json!({"a": 1, "b": 0}),
                json!({"a": 0, "b": 0}),
                json!({"a": 0, "b": 2}),
                json!({"a": 1, "b": 2}),
            ),
            // Both set `a`: the later one wins.
            (
                json!({"a": 1}),
                json!({"a": 0}),
                json!({"a": 2}),
                json!({"a": 2}),
            ),
            // Each learned of a store; one was forgotten.
            (
                json!({"s": {"x": true, "old": true}}),
                json!({"s": {"old": true}}),
                json!({"s": {"y": false}}),
                json!({"s": {"x": true, "y": false}}),
            ),
            // The other one forgot a store.
            (
                json!({"s": {}, "a": 0}),
                json!({"s": {"x": true}, "a": 0}),
                json!({"s": {"x": true}, "a": 1}),
                json!({"s": {}, "a": 1}),
            ),
            // A list is one thing.
            (
                json!({"l": [1]}),
                json!({"l": []}),
                json!({"l": [2]}),
                json!({"l": [2]}),
            ),
            // What only we know of.
            (json!({}), json!({"a": 0}), json!({"a": 1}), json!({"a": 1})),
        ] {
            assert_eq!(merge(there, &before, now), want);
        }
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, b"{ half a fi").unwrap();
        assert_eq!(load(&path), Settings::default());
        assert!(!path.exists());
        assert!(folder.path().join("settings.json.damaged").exists());
    }
}
