//! What the engine tells a face. Whoever reads this list knows all that can
//! happen; secrets never come up this way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Attached, Job, JobId, JobState, ServerAddress, Task, UploadError};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The saved sign-in is being read and checked.
    Restoring,
    /// Nobody is signed in, and nothing is saved.
    SignInNeeded,
    /// Somebody is signed in.
    SignedIn(Identity),
    /// The account has several teams; answer with `ChooseTeam`.
    ChooseTeam(Vec<Team>),
    /// The sign-in did not work.
    SignInFailed(UploadError),
    /// Signed out: on request (`None`) or because the server refused the token.
    SignedOut(Option<UploadError>),
    /// Where the token lies, and if not in the keyring, why.
    Keyring(KeyringState),
    /// The answer to `FindTask`.
    TaskFound {
        /// The text that was asked about.
        text: String,
        /// The task.
        task: Arc<Task>,
    },
    /// The other answer to `FindTask`.
    TaskNotFound {
        /// The text that was asked about.
        text: String,
        /// Why not.
        error: UploadError,
    },
    /// Rows for what was added, and what was left out with its reason.
    JobsAdded {
        /// In the order given; folders in the order of their names.
        jobs: Vec<Job>,
        /// What becomes no row.
        left_out: Vec<LeftOut>,
    },
    /// Folders are being walked (`true`) or all are (`false`).
    Scanning(bool),
    /// A job's new state.
    JobChanged {
        /// Which.
        id: JobId,
        /// Its state.
        state: JobState,
    },
    /// ONES named the store that a job's file goes to.
    JobStore {
        /// Which.
        id: JobId,
        /// The store, as `https://host[:port]`.
        store: Arc<str>,
    },
    /// A job got its task.
    JobAssigned {
        /// Which.
        id: JobId,
        /// The task.
        task: Arc<Task>,
        /// The description.
        description: Arc<str>,
    },
    /// Bytes hashed or sent so far, for the jobs that move. May be dropped.
    Progress(Vec<(JobId, u64)>),
    /// Rows that are gone.
    Removed(Vec<JobId>),
    /// The largest file that this team may attach, as ONES named it.
    SizeLimit(u64),
    /// The ONES server cannot be reached (its host), or can be again. Jobs wait
    /// meanwhile and go on by themselves.
    Offline(Option<String>),
    /// The queue was paused (`true`) or goes on.
    Paused(bool),
    /// Whether the queue is saved, and if not, why.
    Saving(Saving),
    /// Files that were open when the last run ended, after a look at each;
    /// answer with `Continue` or `Forget`. Empty when the question is settled.
    Unfinished(Vec<Unfinished>),
    /// What was attached in the last 90 days, newest first; or why that cannot
    /// be read.
    History(Result<Vec<Attached>, std::io::ErrorKind>),
    /// Whether the history can be written, or cleared: told when it cannot, and when
    /// it can again, with what it missed meanwhile.
    Remembering(Result<(), std::io::ErrorKind>),
}

/// Whether the queue outlives the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// It does.
    On,
    /// Another program of this person keeps it: this one's list is not saved.
    ElsewhereOpen,
    /// It cannot be written or read; uploads go on.
    Failed(std::io::ErrorKind),
    /// The saved queue was damaged and put here; what could be read of it is
    /// offered.
    SetAside(PathBuf),
}

/// A file that was open when the last run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its name in ONES.
    pub name: String,
    /// Size in bytes when it was added.
    pub size_bytes: u64,
    /// Where it goes, if that was chosen.
    pub task: Option<Task>,
    /// Why it cannot go on, if it cannot.
    pub amiss: Option<LeftOutReason>,
}

/// Who is signed in, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The server.
    pub server: ServerAddress,
    /// The person.
    pub person: Person,
    /// The team in use.
    pub team: Team,
    /// All teams of the account.
    pub teams: Vec<Team>,
}

/// A person on an ONES server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 8 characters.
    pub id: String,
    /// The name to show; the ID where the server gives none.
    pub name: String,
}

/// A team on an ONES server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// 8 characters.
    pub id: String,
    /// The name to show.
    pub name: String,
}

/// Where the sign-in is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringState {
    /// In the system's keyring.
    Saved,
    /// No longer in the keyring, after a sign-out.
    Forgotten,
    /// In memory, because that was asked for.
    MemoryOnly,
    /// The keyring has not answered yet.
    Slow,
    /// Something could not be done with it.
    Failed(KeyringAct, KeyringFault),
}

/// What a keyring is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringAct {
    /// Reading what is saved, at the start.
    Read,
    /// Saving a sign-in; without it, it lives in memory.
    Save,
    /// Removing it at a sign-out; without it, it is there at the next start.
    Forget,
}

/// Why a keyring did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringFault {
    /// There is none.
    Missing,
    /// It is locked, or its prompt was closed.
    Locked,
    /// It did not answer in time.
    Hung,
    /// It failed in another way.
    Other(String),
}

/// A path that becomes no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The path as it was given or found.
    pub path: PathBuf,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a path becomes no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeftOutReason {
    /// `.DS_Store`, `Thumbs.db`, `desktop.ini`: made by a system, meant by nobody.
    Junk,
    /// A folder without any file in it.
    EmptyFolder,
    /// A pipe, socket or device.
    NotAFile,
    /// Already in the list for the same task.
    AlreadyListed,
    /// A link that leads back to a folder above it.
    LinkLoop,
    /// Not there.
    Missing,
    /// May not be read.
    NotReadable,
    /// Queued in an earlier run, and not the same file any more.
    ChangedSince,
    /// Queued in an earlier run, and its folder does not answer. It stays on
    /// offer.
    NoAnswer,
    /// A web address, or a file of another computer.
    Elsewhere,
    /// An entry of a drop that names no file.
    NotAnAddress,
    /// Dropped content that could not be put into a file of ours.
    NotKept,
}

impl LeftOutReason {
    /// How often each reason comes.
    pub fn counted(reasons: impl Iterator<Item = Self>) -> Vec<(Self, usize)> {
        let mut counts = BTreeMap::new();
        for reason in reasons {
            *counts.entry(reason).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// Whether somebody should be told with a non-zero exit code.
    #[must_use]
    pub fn is_fault(self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::NotReadable
                | Self::ChangedSince
                | Self::NoAnswer
                | Self::Elsewhere
                | Self::NotAnAddress
                | Self::NotKept
        )
    }

    /// The name in `--json`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Junk => "junk",
            Self::EmptyFolder => "empty_folder",
            Self::NotAFile => "not_a_file",
            Self::AlreadyListed => "already_listed",
            Self::LinkLoop => "link_loop",
            Self::Missing => "missing",
            Self::NotReadable => "not_readable",
            Self::ChangedSince => "changed_since",
            Self::NoAnswer => "no_answer",
            Self::Elsewhere => "elsewhere",
            Self::NotAnAddress => "not_an_address",
            Self::NotKept => "not_kept",
        }
    }
}
