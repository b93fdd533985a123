//! The command line: what was typed, what is meant, how it ends.
//!
//! Arguments are read in full before anything starts, so that wrong use costs
//! nothing. The engine does the work; `run` drives it, `questions` answers it, and
//! `report` prints.

mod arguments;
mod entry;
mod questions;
mod report;
mod run;
mod sample;

pub use arguments::{DemoArguments, Face, UploadArguments, parse};
pub use entry::{demo_config, demo_headless, demo_in_terminal, start_demo, upload};

/// How the program ends, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All attached or skipped.
    Fine,
    /// Some failed, or were left out by a fault.
    SomeFailed,
    /// Wrong use; nothing was started.
    WrongUse,
    /// A sign-in is needed.
    SignInNeeded,
    /// No window can be opened here.
    NoWindow,
    /// Stopped by the person.
    Interrupted,
}

impl Exit {
    /// The number for the shell.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::SomeFailed => 1,
            Self::WrongUse => 2,
            Self::SignInNeeded => 3,
            Self::NoWindow => 4,
            Self::Interrupted => 130,
        }
    }
}
