//! Looks for what an open window lacks: fonts, drops, a file dialog. Asks
//! other programs, so never called from a frame.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use crate::model::Lack;

/// Looks on a thread of its own; `wake` is called when there is something to
/// tell. The answers come one by one.
#[must_use]
pub fn look_for_lacks(wake: Arc<dyn Fn() + Send + Sync>) -> Receiver<Lack> {
    let (tell, told) = mpsc::channel();
    let look = move || {
        let lacks = [
            (has_chinese_font() == Some(false)).then_some(Lack::ChineseFont),
            super::is_elevated().then_some(Lack::Drops),
        ];
        for lack in lacks.into_iter().flatten() {
            tell.send(lack).ok();
            wake();
        }
    };
    let thread = std::thread::Builder::new().name("ones-drop-lacks".into());
    if let Err(error) = thread.spawn(look) {
        tracing::warn!(%error, "what the system lacks is not looked for");
    }
    told
}

/// Whether Chinese file names can be shown; `None` where nobody knows. Windows
/// and macOS bring their Chinese fonts with them.
fn has_chinese_font() -> Option<bool> {
    if cfg!(any(windows, target_os = "macos")) {
        return Some(true);
    }
    // The window finds fonts through fontconfig too.
    let mut list = Command::new("fc-list");
    list.args([":lang=zh", "file"])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    match list.output() {
        Ok(output) if output.status.success() => Some(!output.stdout.is_empty()),
        Ok(_) => None,
        Err(error) => {
            tracing::debug!(%error, "fontconfig was not asked");
            fontconfig_gone()
        }
    }
}

/// Without its library the window finds no fonts at all; without its program
/// nobody knows.
#[cfg(all(unix, not(target_os = "macos")))]
fn fontconfig_gone() -> Option<bool> {
    (!super::libraries::loads("libfontconfig.so.1")).then_some(false)
}

/// Not asked there.
#[cfg(any(windows, target_os = "macos"))]
fn fontconfig_gone() -> Option<bool> {
    None
}

/// Whether a file dialog can open here at all: through the desktop's portal, or
/// by zenity. Asked after an empty answer, which a cancelled dialog and a
/// missing one give alike. Blocks.
#[cfg(all(unix, not(target_os = "macos")))]
#[must_use]
pub fn has_file_dialog() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let zenity = std::env::split_paths(&path).any(|folder| folder.join("zenity").is_file());
    zenity || has_portal()
}

/// The portal shows this property only if it has a program for file dialogs.
#[cfg(all(unix, not(target_os = "macos")))]
fn has_portal() -> bool {
    let ask = || {
        let bus = zbus::blocking::Connection::session()?;
        bus.call_method(
            Some("org.freedesktop.portal.Desktop"),
            "/org/freedesktop/portal/desktop",
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.freedesktop.portal.FileChooser", "version"),
        )
    };
    let answer: zbus::Result<zbus::Message> = ask();
    if let Err(error) = &answer {
        tracing::debug!(%error, "there is no portal for file dialogs");
    }
    answer.is_ok()
}

/// Windows and macOS always have their dialog.
#[cfg(any(windows, target_os = "macos"))]
#[must_use]
pub fn has_file_dialog() -> bool {
    true
}
