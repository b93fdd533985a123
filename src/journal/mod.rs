//! The queue and the history on disk: what is open survives a crash, and what
//! was attached can be looked up.
//!
//! The engine tells a [`Journal`] what happens in [`Note`]s, which never block:
//! a named thread writes them, all that wait in one go, and says when it
//! cannot. No secret and no signed address comes here. The files are
//! `queue.jsonl` and `history.jsonl`, private to the person; `queue.lock` keeps
//! a second program from writing the same queue. Content that was dropped
//! without a file lies in `dropped`, as long as the queue names it.

mod dropped;
mod entry;
mod file;
mod history;
mod path;
mod remembering;
mod writer;

use std::path::PathBuf;
use std::sync::mpsc;

pub use dropped::folder as dropped_folder;
pub use entry::{Entry, KeptPart, KeptParts, Key, Known};
pub use file::{queue_of, read_queue};
pub use history::{KEPT_FOR, clear as clear_history, load as load_history};

use crate::model::{Attached, JobId, Saving, Task};
use crate::worker::{DISK_LIMIT, Worker};

/// Something to be kept.
#[derive(Debug)]
pub enum Note {
    /// A file was queued.
    Added(JobId, Box<Entry>),
    /// A file of an earlier run is queued again, under this job.
    Adopted(JobId, Key),
    /// It got its server and task.
    Assigned {
        /// Which.
        job: JobId,
        /// The server.
        server: Option<String>,
        /// The task.
        task: Task,
        /// The description.
        description: String,
    },
    /// It was checked and is new to its task.
    Known(JobId, Known),
    /// A store began an upload in parts.
    Parts(JobId, KeptParts),
    /// The store has one more part.
    Part(JobId, KeptPart),
    /// Jobs need not be remembered any more.
    Ended(Vec<JobId>),
    /// Nor need these of an earlier run.
    Dropped(Vec<Key>),
    /// A file was attached.
    Attached(Box<Attached>),
    /// The history is to be forgotten.
    HistoryCleared,
}

/// What the thread says.
#[derive(Debug)]
pub enum Told {
    /// What was open when the last run ended, in the order it was queued.
    Loaded(Vec<(Key, Entry)>),
    /// Whether the queue is being saved.
    Saving(Saving),
    /// Whether the history can be written: said when it cannot, and when it can again.
    Remembering(Result<(), std::io::ErrorKind>),
}

/// The handle. Dropping it writes what waits.
pub struct Journal(Worker<Note>);

/// What a journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// The queue and the history: a window.
    Queue,
    /// Only the history: a script has no next start that could go on.
    History,
}

impl Journal {
    /// Starts the thread, which loads the queue and then writes.
    pub fn start(
        folder: PathBuf,
        keeps: Keeps,
        tell: impl Fn(Told) + Send + 'static,
    ) -> std::io::Result<Self> {
        let run = move |notes: &mpsc::Receiver<Note>| writer::run(&folder, keeps, notes, &tell);
        Worker::start("ones-drop-journal", DISK_LIMIT, run).map(Self)
    }

    /// Has something kept. Never blocks.
    pub fn note(&self, note: Note) {
        self.0.send(note);
    }
}

/// Where queue and history of this person lie. `ONES_DROP_CONFIG_DIR` names
/// another folder, for tests and portable use.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    match std::env::var_os("ONES_DROP_CONFIG_DIR") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => Some(
            directories::ProjectDirs::from("", "", "ones-drop")?
                .data_local_dir()
                .to_owned(),
        ),
    }
}
