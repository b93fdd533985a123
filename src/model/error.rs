//! What can go wrong, as a closed list for people.
//!
//! Made by the engine from what the wire and the file system said; turned into
//! sentences by `words` alone. The technical part rides along in [`Details`].

use super::KeyringFault;

/// One thing that went wrong with one file, a sign-in or a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadError {
    /// What happened.
    pub kind: ErrorKind,
    /// The technical part, folded away until somebody asks. Boxed: a list has
    /// thousands of rows, most of which have none.
    pub details: Box<Details>,
}

impl UploadError {
    /// An error that needs no technical part.
    #[must_use]
    pub fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            details: Box::default(),
        }
    }
}

impl From<ErrorKind> for UploadError {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

/// What a store says of each of its answers, and its support asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// `X-Reqid`.
    pub request_id: Option<String>,
    /// `X-Log`: the way through its inner services.
    pub store_log: Option<String>,
}

/// The technical part of an error. Never holds a secret or a signed URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// During which step.
    pub step: Option<Step>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The server's own code, such as `AuthFailure.InvalidToken`.
    pub server_code: Option<String>,
    /// The server's own words: one line, cleaned, at most 200 characters.
    pub server_text: Option<String>,
    /// What the store said of its answer.
    pub trace: Trace,
    /// What the library below us said, without addresses and secrets.
    pub cause: Option<String>,
}

/// A step of the work that talks to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `auth/login`, `auth/token_info`.
    SignIn,
    /// `task/…/info`.
    FindTask,
    /// `task/…/attachments`.
    ListAttachments,
    /// `res/attachments/upload`.
    AskForUpload,
    /// The form to the store.
    SendFile,
}

impl Step {
    /// The name in logs, details and JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::FindTask => "find_task",
            Self::ListAttachments => "list_attachments",
            Self::AskForUpload => "ask_for_upload",
            Self::SendFile => "send_file",
        }
    }
}

/// The closed list of what can go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text names no task.
    NotATask {
        /// What was typed.
        text: String,
    },
    /// The link belongs to another server.
    OtherServer {
        /// The link's server.
        server: String,
    },
    /// The link belongs to another team of this server.
    OtherTeam {
        /// The link's team ID.
        team: String,
    },
    /// The server knows no such task.
    TaskNotFound,
    /// The person may not see the task or attach to it.
    NotAllowed,
    /// A number was given, but the server has no look-up for numbers.
    NoLookUp,

    /// The server address cannot be read as one.
    BadAddress,
    /// E-mail or phone and password do not match.
    WrongPassword,
    /// User ID and token are not accepted.
    WrongToken,
    /// No such account on this server.
    NoAccount,
    /// The account has expired.
    AccountExpired,
    /// The account is in no team.
    NoTeam,
    /// ONES took no sign-in, for a reason that is none of these.
    SignInRefused {
        /// The HTTP status.
        status: Option<u16>,
    },
    /// It is not clear which of the account's teams is meant (command line only).
    TeamNeeded,
    /// The account is not in the team of the environment (command line only).
    TeamUnknown {
        /// Its ID as it was given.
        team: String,
    },
    /// The token is not, or no longer, accepted.
    SignInEnded,
    /// Nobody is signed in.
    SignInNeeded,
    /// No sign-in is saved or named in the environment (command line only).
    NoSignIn {
        /// Why the keyring gave nothing, if it said so.
        keyring: Option<KeyringFault>,
    },
    /// The sign-in in the environment lacks a part (command line only).
    Environment {
        /// The variable that is missing or unreadable.
        missing: &'static str,
    },
    /// The server in the environment would get the token in the clear (command
    /// line only).
    PlainHttp {
        /// The server's address.
        server: String,
    },

    /// DNS failed or nothing answers there.
    Unreachable {
        /// The host that could not be reached.
        host: String,
    },
    /// The host's certificate is not trusted.
    Certificate {
        /// The host.
        host: String,
    },
    /// No byte moved, or no answer came, for this long.
    TimedOut {
        /// The limit that ran out.
        after_secs: u64,
    },
    /// The connection broke while the file was being sent.
    Interrupted {
        /// How many times it was tried.
        tries: u32,
    },

    /// Over the team's limit.
    TooLarge {
        /// The file's size.
        size_bytes: u64,
        /// The limit that ONES named.
        limit_bytes: u64,
    },
    /// The file is no longer there.
    Missing,
    /// The file may not be read.
    NotReadable,
    /// Another program keeps the file locked.
    InUse,
    /// The file changed between two looks at it.
    Changed,
    /// Reading failed for another reason.
    ReadFailed,
    /// The name is longer than ONES takes.
    NameTooLong {
        /// Its length.
        chars: usize,
    },
    /// The description is longer than ONES takes.
    DescriptionTooLong {
        /// Its length.
        chars: usize,
    },

    /// ONES refused the upload.
    Refused,
    /// ONES asks for an upload to an address that is not safe to use.
    UnsafeUploadAddress,
    /// ONES asks for an upload over plain HTTP, to which nobody agreed at the sign-in:
    /// somebody has to first (`Command::AllowPlainStore`).
    PlainStore {
        /// The store, as `http://host[:port]`.
        store: String,
    },
    /// The store refused the file.
    StoreRefused,
    /// The store says that the file is too large.
    StoreTooLarge {
        /// The file's size.
        size_bytes: u64,
    },
    /// The store's upload permit ran out twice in a row.
    PermitExpired,
    /// The server had a problem of its own; retries are used up.
    ServerTrouble,
    /// The file may have arrived, but whether it is on the task is not known.
    NotConfirmed,
    /// The store has the file and could not tell ONES (579); ONES' list does not
    /// show it.
    OnesNotTold,
    /// The copy in the store differs from the file.
    HashDiffers,
    /// A redirect, which is never followed.
    Redirected {
        /// The host that it points to.
        host: String,
    },
    /// Not an answer of the expected server: a login page, a portal, a proxy.
    NotTheServer,
    /// Anything else.
    Unexpected,
}

impl ErrorKind {
    /// A stable name for `--json` and logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotATask { .. } => "not_a_task",
            Self::OtherServer { .. } => "other_server",
            Self::OtherTeam { .. } => "other_team",
            Self::TaskNotFound => "task_not_found",
            Self::NotAllowed => "not_allowed",
            Self::NoLookUp => "no_look_up",
            Self::BadAddress => "bad_address",
            Self::WrongPassword => "wrong_password",
            Self::WrongToken => "wrong_token",
            Self::NoAccount => "no_account",
            Self::AccountExpired => "account_expired",
            Self::NoTeam => "no_team",
            Self::SignInRefused { .. } => "sign_in_refused",
            Self::TeamNeeded => "team_needed",
            Self::TeamUnknown { .. } => "team_unknown",
            Self::SignInEnded => "sign_in_ended",
            Self::SignInNeeded | Self::NoSignIn { .. } => "sign_in_needed",
            Self::Environment { .. } => "environment",
            Self::PlainHttp { .. } => "plain_http",
            Self::Unreachable { .. } => "unreachable",
            Self::Certificate { .. } => "certificate",
            Self::TimedOut { .. } => "timed_out",
            Self::Interrupted { .. } => "interrupted",
            Self::TooLarge { .. } => "too_large",
            Self::Missing => "missing",
            Self::NotReadable => "not_readable",
            Self::InUse => "in_use",
            Self::Changed => "changed",
            Self::ReadFailed => "read_failed",
            Self::NameTooLong { .. } => "name_too_long",
            Self::DescriptionTooLong { .. } => "description_too_long",
            Self::Refused => "refused",
            Self::UnsafeUploadAddress => "unsafe_upload_address",
            Self::PlainStore { .. } => "plain_store",
            Self::StoreRefused => "store_refused",
            Self::StoreTooLarge { .. } => "store_too_large",
            Self::PermitExpired => "permit_expired",
            Self::ServerTrouble => "server_trouble",
            Self::NotConfirmed => "not_confirmed",
            Self::OnesNotTold => "ones_not_told",
            Self::HashDiffers => "hash_differs",
            Self::Redirected { .. } => "redirected",
            Self::NotTheServer => "not_the_server",
            Self::Unexpected => "unexpected",
        }
    }

    /// Whether the file may be on the task nevertheless: nothing is sent on a guess.
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        matches!(self, Self::NotConfirmed | Self::OnesNotTold)
    }

    /// Whether trying the same thing again can help without anybody changing
    /// anything.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Interrupted { .. }
                | Self::ServerTrouble
                | Self::PermitExpired
        )
    }
}
