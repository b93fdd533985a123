//! Where preferences live on disk, and how they get there in one piece.
//!
//! Used by the engine (to save) and by `main` (to load before the window
//! opens). Never called from a frame.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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
    let saved = read(path).unwrap_or_else(|error| {
        tracing::warn!(%error, "the settings cannot be read");
        None
    });
    saved.unwrap_or_default()
}

/// What is saved; `None` if nothing is, or it was damaged and is set aside.
fn read(path: &Path) -> io::Result<Option<Settings>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    let saved = serde_json::from_slice(&bytes).inspect_err(|error| {
        tracing::warn!(%error, "the settings file is damaged and was set aside");
        std::fs::rename(path, path.with_extension("json.damaged")).ok();
    });
    Ok(saved.ok())
}

/// Saves what changed since `before`, and leaves the rest as it is in the file by now:
/// another program may have saved meanwhile. Of two that save in the same moment the
/// later one wins. Where nothing can be taken over, all of `now` is saved.
pub fn save_changes(path: &Path, before: &Settings, now: &Settings) -> io::Result<()> {
    let mut settings = read(path)?.unwrap_or_else(|| before.clone());
    settings.take_changes(before, now);
    save(path, &settings)
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
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, b"{ half a fi").unwrap();
        assert_eq!(load(&path), Settings::default());
        assert!(!path.exists());
        assert!(folder.path().join("settings.json.damaged").exists());
    }

    #[test]
    fn a_file_that_is_damaged_or_gone_by_now_loses_nothing_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let before = Settings {
            server: "https://ones.example.com".into(),
            ..Settings::default()
        };
        let now = Settings {
            parallel: 3,
            ..before.clone()
        };
        save_changes(&path, &before, &now).unwrap();
        assert_eq!(load(&path), now);
        std::fs::write(&path, b"{ half a fi").unwrap();
        save_changes(&path, &before, &now).unwrap();
        assert_eq!(load(&path), now);
        // Something is there and cannot be read: it stays, and the next save tries.
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        save_changes(&path, &before, &now).unwrap_err();
    }
}
