//! What was typed, turned into what is meant. No I/O, but for the question in
//! which folder that was.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::{Choice, DESCRIPTION_MAX_CHARS};

/// Drop files on a window and they are attached to your ONES task.
#[derive(Debug, Parser)]
#[command(name = "ones-drop", version = env!("ONES_DROP_VERSION"), args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Verb>,
    /// Files and folders to open the window with
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Attach files to a task without a window
    Upload(UploadArguments),
    /// Try everything against a server on this machine; nothing leaves it
    Demo(DemoArguments),
}

/// `ones-drop upload …`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Signs in with what the window saved in the keyring, or with ONES_DROP_SERVER, \
ONES_DROP_TEAM, ONES_DROP_USER and ONES_DROP_TOKEN from the environment.

Exit codes: 0 all attached or skipped, 1 some failed or left out by fault, \
2 wrong use, 3 sign-in needed, 130 interrupted.")]
pub struct UploadArguments {
    /// The task: its ID, number (#1024) or a link to it
    #[arg(long, value_name = "REF")]
    pub task: String,
    /// One JSON object a line on standard output
    #[arg(long)]
    pub json: bool,
    /// What ONES shows beside each file, at most 63 characters
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = description)]
    pub description: String,
    /// What to do with a file whose content is on the task already
    #[arg(long, value_name = "WHAT", default_value = "skip")]
    pub on_duplicate: OnDuplicate,
    /// Files sent at once, 1–16
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub parallel: Option<u8>,
    /// Sign in and send over http:// too, where others can read it on the way
    #[arg(long)]
    pub plain_http: bool,
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// `ones-drop demo …`
#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// Serve only: print one JSON line with the sign-in, until interrupted
    #[arg(long)]
    pub headless: bool,
    /// The port of the ONES part; any free one without this
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Where uploaded files are kept; a temporary folder without this
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Files to start with
    #[arg(value_name = "FILE", conflicts_with = "headless")]
    pub paths: Vec<PathBuf>,
}

/// The answer to every duplicate question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnDuplicate {
    /// Leave it out
    Skip,
    /// Attach it once more
    Attach,
}

impl OnDuplicate {
    /// The engine's word for it.
    #[must_use]
    pub fn choice(self) -> Choice {
        match self {
            Self::Skip => Choice::Skip,
            Self::Attach => Choice::AttachAgain,
        }
    }
}

/// Which face of the program was asked for.
#[derive(Debug)]
pub enum Face {
    /// The window, with these paths in it.
    Window(Vec<PathBuf>),
    /// The command line.
    Upload(UploadArguments),
    /// The demo.
    Demo(DemoArguments),
}

impl Face {
    /// The same with full paths. Names are kept on disk and handed to windows
    /// that run elsewhere, where a relative one would mean another file.
    #[must_use]
    pub fn with_full_paths(mut self) -> Self {
        let paths = match &mut self {
            Self::Window(paths) => paths,
            Self::Upload(upload) => &mut upload.paths,
            Self::Demo(demo) => &mut demo.paths,
        };
        for path in paths {
            // Fails for an empty one, and where the folder is gone: neither
            // names a file that could be opened.
            if let Ok(full) = std::path::absolute(&*path) {
                *path = full;
            }
        }
        self
    }
}

/// Reads the arguments.
///
/// Gives the text to print instead of a face for `--help`, `--version` and
/// wrong use; clap knows which of them is an error.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Face, clap::Error> {
    let arguments = Arguments::try_parse_from(arguments)?;
    Ok(match arguments.command {
        Some(Verb::Upload(upload)) => Face::Upload(upload),
        Some(Verb::Demo(demo)) => Face::Demo(demo),
        None => Face::Window(arguments.paths),
    })
}

fn description(text: &str) -> Result<String, String> {
    let chars = text.chars().count();
    if chars > DESCRIPTION_MAX_CHARS {
        return Err(format!(
            "{chars} of {DESCRIPTION_MAX_CHARS} characters; shorten it by {}",
            chars - DESCRIPTION_MAX_CHARS
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(line: &str) -> Result<Face, clap::Error> {
        let words = line.split_whitespace().map(OsString::from);
        parse(std::iter::once("ones-drop".into()).chain(words))
    }

    #[test]
    fn each_face_by_its_words() {
        assert!(matches!(face(""), Ok(Face::Window(paths)) if paths.is_empty()));
        assert!(matches!(face("a.txt b"), Ok(Face::Window(paths)) if paths.len() == 2));
        assert!(matches!(face("demo"), Ok(Face::Demo(demo)) if !demo.headless));
        assert!(matches!(face("upload --task 12 a"), Ok(Face::Upload(up)) if up.task == "12"));
    }

    #[test]
    fn wrong_use_is_known_before_anything_starts() {
        for line in [
            "upload a.txt",
            "upload --task 12",
            "upload --task 12 --parallel 0 a",
            "upload --task 12 --parallel 17 a",
            "upload --task 12 --on-duplicate replace a",
            "upload --task 12 --token secret a",
            "demo --headless a.txt",
            "--no-such-thing",
        ] {
            let error = face(line).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn every_face_gets_full_paths() {
        let here = std::env::current_dir().unwrap();
        for line in ["a/../b", "upload --task 1 a/../b", "demo a/../b"] {
            let paths = match face(line).unwrap().with_full_paths() {
                Face::Window(paths) => paths,
                Face::Upload(upload) => upload.paths,
                Face::Demo(demo) => demo.paths,
            };
            assert_eq!(paths.len(), 1, "{line}");
            assert!(paths[0].starts_with(&here) && paths[0].ends_with("b"));
        }
    }

    #[test]
    fn a_description_ends_at_63_characters() {
        let text = "字".repeat(63);
        assert!(face(&format!("upload --task 1 --description {text} a")).is_ok());
        assert!(face(&format!("upload --task 1 --description {text}字 a")).is_err());
    }
}
