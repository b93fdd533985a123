//! What the engine's tasks tell its actor.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::claims::Doubt;
use super::earlier::{Earlier, Then};
use crate::api::{Account, Attachment, Fingerprint, Ones};
use crate::journal::{KeptPart, KeptParts, Told};
use crate::model::{
    Attached, Existing, JobId, JobState, KeyringState, LeftOut, Receipt, ServerAddress, Task,
    UploadError,
};
use crate::vault::{SavedSignIn, VaultError};

/// A job's attempt: a retry makes a new run, and reports of older ones are
/// not listened to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Run {
    pub(super) job: JobId,
    pub(super) number: u32,
}

/// One message to the actor.
pub(super) enum Report {
    /// Files found by an intake.
    Found {
        files: Vec<FoundFile>,
        left_out: Vec<LeftOut>,
        goal: Goal,
        description: Arc<str>,
    },
    /// An intake came to its end.
    ScanEnded,
    /// Files of an earlier run: still the same, or not.
    LookedAt(Vec<Earlier>, Then),
    /// The history as it was read.
    History(Result<Vec<Attached>, std::io::ErrorKind>),
    /// The journal said something.
    Journal(Told),
    /// A store began an upload in parts.
    Parts(Run, KeptParts),
    /// It has one more part.
    Part(Run, KeptPart),
    /// Nobody needs those parts any more, and the store was told.
    PartsGivenUp(Run),
    /// A check does not go on: its file may lie on a network that is gone.
    CheckHangs(Run),
    /// A check came to its end.
    Checked(Run, Box<Checked>),
    /// An upload moved on.
    Moved(Run, JobState),
    /// The file may be attached; what ONES' list said of that.
    InDoubt(Run, Doubt),
    /// Step 1 is done; the file waits for its turn to be sent.
    Asked(Run),
    /// One try of an upload came to its end.
    Tried(Run, Box<Tried>),
    /// ONES named the store that the file goes to.
    GoesTo(Run, Arc<str>),
    /// A store showed whether it knows uploads in parts.
    StoreProved { store: String, knows_parts: bool },
    /// The pause before the next try is over.
    RetryNow(Run),
    /// The ONES server can be reached again.
    Reachable,
    /// ONES named the team's limit.
    SizeLimit { team: String, bytes: u64 },
    /// The keyring gave what is saved, or did not.
    Loaded(Result<Option<SavedSignIn>, VaultError>),
    /// The keyring took the sign-in, or did not.
    Keyring(KeyringState),
    /// A sign-in came to its end. The number tells old ones from current.
    SignedIn {
        attempt: u64,
        ones: Box<Ones>,
        result: Result<Account, UploadError>,
        /// The team that was asked for.
        team: Option<String>,
        /// Where the token belongs afterwards.
        keep: Keep,
    },
    /// A look-up came to its end.
    TaskLookedUp {
        /// The sign-in in whose name it was asked.
        session: u64,
        text: String,
        result: Result<Task, UploadError>,
    },
}

/// Where a token belongs after a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Into the keyring.
    InKeyring,
    /// Nowhere but in memory.
    InMemory,
    /// It came from the keyring.
    IsKept,
}

/// Where files go: a task, and the server that it is on. The ID of a task means
/// nothing on another server, or something else.
#[derive(Clone, Default)]
pub(super) struct Goal {
    /// `None` where nobody has signed in yet.
    pub(super) server: Option<ServerAddress>,
    pub(super) task: Option<Arc<Task>>,
}

/// A file on its way to becoming a job.
pub(super) struct FoundFile {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) size_bytes: u64,
    /// Time of its last change, where the file system has one.
    pub(super) modified: Option<SystemTime>,
}

/// The end of a check.
pub(super) enum Checked {
    /// New to the task.
    Fresh(Fingerprint, Listed),
    /// On the task already.
    Found(Fingerprint, Listed, Existing),
    /// Could not be checked.
    Failed(UploadError),
    /// The task's list could not be had; that may pass by itself.
    Again {
        print: Fingerprint,
        error: UploadError,
        retry_after: Option<Duration>,
    },
    /// The token was refused.
    SignInEnded(UploadError),
}

/// What a task held when the batch was checked; `None` where the server could
/// not say.
pub(super) type Listed = Option<Arc<Vec<Attachment>>>;

/// The end of one try.
pub(super) enum Tried {
    /// On the task.
    Done(Receipt),
    /// The content is stored; whether it is on the task is for a person.
    Duplicate(Existing),
    /// Final.
    Failed(UploadError),
    /// May pass by itself.
    Again {
        error: UploadError,
        retry_after: Option<Duration>,
    },
    /// The token was refused.
    SignInEnded(UploadError),
    /// Stopped before anything was attached.
    Cancelled,
    /// Step 1 is done, and nothing may be sent for now.
    NotNow,
}
