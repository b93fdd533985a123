//! The environment of a program that shall see nothing of this machine's.

use std::process::Command;

/// Clears it. Windows opens no socket without `SystemRoot`, and would keep
/// temporary files in its own folder.
pub(crate) fn clear_environment(command: &mut Command) {
    command.env_clear();
    if cfg!(windows) {
        let kept = ["SystemRoot", "TEMP", "TMP"];
        let kept = kept.map(|name| (name, std::env::var_os(name)));
        command.envs(
            kept.into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    }
}
