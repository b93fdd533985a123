//! What was attached, as the history keeps it.

use std::path::PathBuf;
use std::time::SystemTime;

use super::Task;

/// One file that was attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// When.
    pub at: SystemTime,
    /// The file.
    pub path: PathBuf,
    /// Its name in ONES.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// The server, `https://host[:port]`.
    pub server: String,
    /// The task.
    pub task: Task,
    /// Kodo etag.
    pub etag: String,
    /// ONES' ID of the attachment.
    pub resource: String,
    /// Whether the server named the same hash and size.
    pub verified: bool,
}
