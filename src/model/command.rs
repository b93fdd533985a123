//! What a face (window, command line, test) asks of the engine.

use std::path::PathBuf;
use std::sync::Arc;

use super::{JobId, LeftOut, Secret, ServerAddress, Settings, Task};

/// One wish. Commands are carried out in the order they were sent.
#[derive(Debug, Clone)]
pub enum Command {
    /// Signs in; ends in `SignedIn`, `ChooseTeam` or `SignInFailed`.
    SignIn {
        /// With what.
        with: SignIn,
        /// Whether the token goes to the system's keyring.
        keep: bool,
    },
    /// Takes one of the teams that `ChooseTeam` offered, or changes the team.
    ChooseTeam {
        /// The team's ID.
        team: String,
    },
    /// Forgets the token here and in the keyring. The token itself stays
    /// valid: the person may have copied it from the browser.
    SignOut,
    /// Tries again to put the token into the keyring.
    SaveSignIn,
    /// Looks a task up by what was typed or pasted; ends in `TaskFound` or
    /// `TaskNotFound` with the same text.
    FindTask {
        /// The text as it stands in the field.
        text: String,
    },
    /// Takes files and folders. Every path ends as a row or as a left-out
    /// reason.
    Add {
        /// What was dropped, chosen or named.
        paths: Vec<PathBuf>,
        /// Where they go; without a task they are held.
        task: Option<Arc<Task>>,
        /// The description for all of them.
        description: String,
    },
    /// Says what came along with files and is known to be none.
    LeaveOut(Vec<LeftOut>),
    /// Sends the files that are held for want of a task to this one.
    Assign {
        /// The task.
        task: Arc<Task>,
        /// The description for all of them.
        description: String,
    },
    /// Answers the duplicate question for these jobs.
    Decide {
        /// Which jobs.
        jobs: Vec<JobId>,
        /// What to do with them.
        choice: Choice,
    },
    /// Stops one job, or takes it out if it has not started.
    Cancel {
        /// Which.
        jobs: Vec<JobId>,
    },
    /// Starts settled jobs again from the beginning.
    Retry {
        /// Which.
        jobs: Vec<JobId>,
    },
    /// Files may go to this store without encryption, from now on until a sign-out or
    /// the program's end; those that failed for want of this start again.
    AllowPlainStore {
        /// As `ErrorKind::PlainStore` named it.
        store: String,
    },
    /// Takes settled jobs out of the list.
    Remove {
        /// Which.
        jobs: Vec<JobId>,
    },
    /// Lets what is being sent finish and starts nothing new.
    Pause,
    /// Goes on after `Pause`.
    Resume,
    /// Takes up what was open when the last run ended, after a look at each
    /// file.
    Continue,
    /// Forgets what was open when the last run ended.
    Forget,
    /// Asks for the history; ends in `History`.
    AskHistory,
    /// Forgets the history.
    ClearHistory,
    /// New preferences; they are saved.
    Configure(Settings),
}

/// The answer to a duplicate question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Leave the file out: its content is there.
    Skip,
    /// Attach it once more.
    AttachAgain,
}

/// The two ways to sign in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// `auth/login`.
    Password {
        /// Where.
        server: ServerAddress,
        /// E-mail or phone.
        account: String,
        /// Goes to the server once and is kept nowhere.
        password: Secret,
    },
    /// A user ID and token copied from elsewhere, checked by
    /// `auth/token_info`.
    Token {
        /// Where.
        server: ServerAddress,
        /// The user ID, 8 characters.
        user: String,
        /// The token.
        token: Secret,
        /// The team, if already known.
        team: Option<String>,
    },
}
