//! No core dumps: one would hold the tokens that the program has in memory.
//!
//! Called by `main` before anything else. The program stays traceable and its
//! `/proc` entries stay its own (`PR_SET_DUMPABLE` would take them away), since
//! the desktop portal looks there to learn who asks for a file dialog.

/// The kernel writes no file below one page, and takes 1 (not 0) as "not to a
/// crash handler either" (source: Linux, `fs/coredump.c`).
#[cfg(target_os = "linux")]
const LIMIT_BYTES: u64 = 1;
#[cfg(all(unix, not(target_os = "linux")))]
const LIMIT_BYTES: u64 = 0;

/// Forbids core dumps of this program and of what it starts. Windows writes
/// none unless a machine is set up for it.
pub fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // Nobody but root may raise a limit.
        let most = getrlimit(Resource::Core).maximum.unwrap_or(u64::MAX);
        let limit = LIMIT_BYTES.min(most);
        let limits = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        if let Err(error) = setrlimit(Resource::Core, limits) {
            tracing::warn!(%error, "core dumps cannot be forbidden");
        }
    }
}
