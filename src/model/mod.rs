//! The words of the trade: tasks, jobs, commands, events, errors.
//!
//! Plain data that every other room understands. No I/O, no async, no clock:
//! whoever needs the time hands it in. Nothing here may import another room.

mod board;
mod command;
mod error;
mod event;
mod found;
mod history;
mod hover;
mod job;
mod lack;
mod rate;
mod secret;
mod server;
mod settings;
mod task;
mod totals;

pub use board::Board;
pub use command::{Choice, Command, SignIn};
pub use error::{Details, ErrorKind, Step, Trace, UploadError};
pub use event::{
    Event, Identity, KeyringAct, KeyringFault, KeyringState, LeftOut, LeftOutReason, Person,
    Saving, Team, Unfinished,
};
pub use found::{Existing, ExistingPlace, How, Receipt, SkipReason};
pub use history::Attached;
pub use hover::Hovered;
pub use job::{Hold, Job, JobId, JobState, RetryPause};
pub use lack::{Lack, MissingLibrary};
pub use rate::Rate;
pub use secret::Secret;
pub use server::ServerAddress;
pub use settings::{Language, RecentTask, Settings, Theme};
pub use task::{Task, TaskName, TaskRef};
pub use totals::{Filter, Totals};

/// The longest description that ONES takes, in characters.
///
/// Documented: ONES resource API, "length in [0,64)".
pub const DESCRIPTION_MAX_CHARS: usize = 63;

/// The longest attachment name that ONES takes, in characters.
///
/// Documented: ONES resource API, "length in [0,255)".
pub const NAME_MAX_CHARS: usize = 254;
