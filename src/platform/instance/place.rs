//! Where the window of one person, one settings folder and one screen is found.

use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use interprocess::local_socket::Name;

/// A folder for lock and socket, and the name that they have in it.
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) key: String,
}

impl Place {
    /// Makes the folder where it is not there.
    pub(super) fn of(settings_folder: &Path) -> io::Result<Self> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let folder = match runtime.filter(|folder| is_ours(folder)) {
            Some(runtime) => runtime.join("ones-drop"),
            None => settings_folder.join("run"),
        };
        private_folder(&folder)?;
        let key = key(&std::path::absolute(settings_folder)?, &screen());
        Ok(Self { folder, key })
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.join(format!("{}.sock", self.key))
    }

    #[cfg(unix)]
    pub(super) fn name(&self) -> io::Result<Name<'static>> {
        use interprocess::local_socket::{GenericFilePath, ToFsName as _};
        self.socket().to_fs_name::<GenericFilePath>()
    }

    /// The key is made from a folder of this person, so it is theirs alone.
    #[cfg(windows)]
    pub(super) fn name(&self) -> io::Result<Name<'static>> {
        use interprocess::local_socket::{GenericNamespaced, ToNsName as _};
        format!("ones-drop-{}", self.key).to_ns_name::<GenericNamespaced>()
    }
}

fn key(settings_folder: &Path, screen: &OsStr) -> String {
    let mut hasher = DefaultHasher::new();
    settings_folder.hash(&mut hasher);
    screen.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The screen that this start shows its window on: files handed to another one
/// (`ssh -X`) would be gone for who sits here. A Wayland session mostly has an
/// X display, too, and not every start is told both.
fn screen() -> OsString {
    if cfg!(any(windows, target_os = "macos")) {
        return OsString::new();
    }
    let told = ["DISPLAY", "WAYLAND_DISPLAY"].map(std::env::var_os);
    let told = told.into_iter().flatten().find(|name| !name.is_empty());
    told.map(|name| without_number(&name)).unwrap_or_default()
}

/// `:0.0` and `:0` are one display (source: X(7), "Display names").
fn without_number(display: &OsStr) -> OsString {
    let whole = || display.to_owned();
    let Some(text) = display.to_str() else {
        return whole();
    };
    match text.rsplit_once('.') {
        Some((display, number))
            if display.contains(':') && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            display.into()
        }
        _ => whole(),
    }
}

/// Whether a folder for run-time files is this person's. With `sudo` it can be
/// somebody else's, and what root makes in there is closed to them for good.
#[cfg(unix)]
fn is_ours(runtime: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let us = rustix::process::geteuid().as_raw();
    runtime.is_absolute() && std::fs::metadata(runtime).is_ok_and(|folder| folder.uid() == us)
}

/// There is none.
#[cfg(windows)]
fn is_ours(_runtime: &Path) -> bool {
    false
}

/// A folder that only this person enters. One that belongs to somebody else
/// refuses the change of its mode.
#[cfg(unix)]
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    if std::fs::symlink_metadata(folder)?.is_symlink() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

/// Inside the person's profile, which is closed to others.
#[cfg(windows)]
pub(super) fn private_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_screen_and_each_settings_folder_has_a_window_of_its_own() {
        let key = |folder: &str, screen: &str| key(Path::new(folder), OsStr::new(screen));
        assert_eq!(key("/a", ":0"), key("/a", ":0"));
        assert_ne!(key("/a", ":0"), key("/b", ":0"));
        assert_ne!(key("/a", ":0"), key("/a", "localhost:10.0"));
    }

    #[test]
    fn a_display_is_known_with_and_without_its_screens_number() {
        for (told, known) in [
            (":0", ":0"),
            (":0.0", ":0"),
            ("localhost:10.0", "localhost:10"),
            ("10.0.0.7:1", "10.0.0.7:1"),
            ("wayland-0", "wayland-0"),
            ("wayland.0", "wayland.0"),
        ] {
            assert_eq!(without_number(OsStr::new(told)), known, "{told}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_run_time_folder_of_somebody_else_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        assert!(is_ours(home.path()));
        assert!(!is_ours(&home.path().join("missing")));
        assert!(!is_ours(Path::new("relative")));
        // Root's own, or, where the tests run as root, nobody's.
        let root = rustix::process::geteuid().is_root();
        if !root {
            assert!(!is_ours(Path::new("/")));
        } else if std::os::unix::fs::chown(home.path(), Some(65534), None).is_ok() {
            assert!(!is_ours(home.path()));
        }
    }
}
