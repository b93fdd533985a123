//! English for what a system lacks: one line that ends in the remedy; and for
//! its keyring.

use crate::model::{KeyringAct, KeyringFault, Lack};
use crate::words::clean;

/// Why the keyring did not do it.
pub(super) fn why_keyring(fault: &KeyringFault) -> String {
    match fault {
        KeyringFault::Missing => "no password store, such as gnome-keyring, runs here".to_owned(),
        KeyringFault::Locked => "the password store is locked".to_owned(),
        KeyringFault::Hung => "the password store doesn't answer".to_owned(),
        KeyringFault::Other(why) => clean(why, 100),
    }
}

/// What the keyring did not do, and what that means.
pub(super) fn keyring(act: KeyringAct, fault: &KeyringFault) -> String {
    let why = why_keyring(fault);
    match (act, fault) {
        (KeyringAct::Read, KeyringFault::Missing) => {
            format!("A sign-in lasts until you quit: {why}.")
        }
        (KeyringAct::Read, _) => format!("The saved sign-in can't be read: {why}."),
        (KeyringAct::Save, _) => format!(
            "Not saved: {why}. You stay signed in until you quit; nothing is written to disk."
        ),
        (KeyringAct::Forget, _) => format!(
            "You are signed out, but the token is still saved here: {why}. The next start signs in with it."
        ),
    }
}

/// What is lacking, and what to do.
pub(super) fn lack(lack: Lack) -> String {
    match lack {
        Lack::ChineseFont => "No Chinese font is installed, so Chinese names show as boxes. Install fonts-noto-cjk and start ONES Drop again.".to_owned(),
        Lack::Drops => "Dropped files don't arrive: this window runs as administrator, and Windows keeps drops from it. Start ONES Drop without administrator rights, or choose files.".to_owned(),
        Lack::Library(library) => format!(
            "No window: {} is missing. Install {} (its name on Debian and Ubuntu).",
            library.file, library.package
        ),
        Lack::OpenGl => no_opengl(std::env::consts::OS),
    }
}

/// Nothing draws the window; `os` as in `std::env::consts::OS`.
fn no_opengl(os: &str) -> String {
    match os {
        "windows" => "No window: there is no OpenGL 2 to draw it. Install the graphics card's driver, or start ONES Drop outside the remote session or virtual machine.",
        "macos" => "No window: there is no OpenGL 2 to draw it. Start ONES Drop outside the virtual machine.",
        _ => "No window: no OpenGL was found to draw it. Install libgl1, libegl1 and libgl1-mesa-dri (their names on Debian and Ubuntu).",
    }
    .to_owned()
}

/// The window did not open, and nobody knows why.
pub(super) fn no_window(os: &str) -> String {
    match os {
        "windows" | "macos" => "The window didn't open. It needs OpenGL 2, which the graphics card's driver brings. Details with ONES_DROP_LOG=debug.",
        _ => "The window didn't open. It needs an X11 or Wayland display and OpenGL 2 (on Debian: libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 libgl1 libegl1). Details with ONES_DROP_LOG=debug.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use crate::model::{KeyringAct, KeyringFault, KeyringState, Lack, MissingLibrary};
    use crate::words::tests::{LANGUAGES, is_well_put, names_packages_on_linux_only};
    use crate::words::words;

    #[test]
    fn what_the_keyring_did_not_do_is_said_with_what_it_means() {
        for fault in [
            KeyringFault::Missing,
            KeyringFault::Locked,
            KeyringFault::Hung,
            KeyringFault::Other("x".into()),
        ] {
            for language in LANGUAGES {
                let text = |act| {
                    words(language)
                        .say
                        .keyring(&KeyringState::Failed(act, fault.clone()))
                };
                let texts: Vec<_> = [KeyringAct::Read, KeyringAct::Save, KeyringAct::Forget]
                    .map(|act| text(act).unwrap())
                    .into();
                for text in &texts {
                    is_well_put(language, text);
                }
                let kept = [" until you quit", "退出应用前"];
                assert!(kept.iter().any(|part| texts[1].contains(part)), "{texts:?}");
                assert!(
                    !kept.iter().any(|part| texts[2].contains(part)),
                    "{texts:?}"
                );
            }
        }
    }

    #[test]
    fn what_the_system_lacks_is_said_in_one_line_with_the_remedy() {
        let library = MissingLibrary {
            file: "libxkbcommon-x11.so.0",
            package: "libxkbcommon-x11-0",
        };
        for (lack, remedy) in [
            (Lack::ChineseFont, "fonts-noto-cjk"),
            (Lack::Drops, ""),
            (Lack::Library(library), "libxkbcommon-x11-0"),
            (Lack::OpenGl, "OpenGL"),
        ] {
            for language in LANGUAGES {
                let text = words(language).say.lack(lack);
                is_well_put(language, &text);
                assert!(text.contains(remedy) && !text.contains('\n'), "{text}");
            }
        }
    }

    #[test]
    fn packages_of_debian_are_named_where_they_can_be_installed() {
        names_packages_on_linux_only(super::no_opengl);
        names_packages_on_linux_only(super::no_window);
    }
}
