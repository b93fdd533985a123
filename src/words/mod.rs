//! Every sentence that a person reads, in English and Simplified Chinese.
//!
//! Faces ask here for words; no other room writes for people. A sentence about
//! a failure says what happened, what became of the file, and what to do.

mod en;
mod format;
mod zh;

pub use format::{clean, shorten};

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::model::{
    Attached, ExistingPlace, Hovered, Identity, Job, JobState, KeyringState, Lack, Language,
    LeftOut, LeftOutReason, Saving, Task, Totals, UploadError,
};

/// All words of one language.
#[derive(Clone, Copy)]
pub struct Words {
    /// Which language.
    pub language: Language,
    /// Words that never change.
    pub labels: &'static Labels,
    /// Sentences with names and numbers in them.
    pub say: &'static dyn Sentences,
}

/// The words of a language.
#[must_use]
pub fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            language,
            labels: &en::LABELS,
            say: &en::English,
        },
        Language::Chinese => Words {
            language,
            labels: &zh::LABELS,
            say: &zh::Chinese,
        },
    }
}

/// The system's language, as far as we speak it.
#[must_use]
pub fn system_language() -> Language {
    match sys_locale::get_locale() {
        Some(locale) if locale.to_ascii_lowercase().starts_with("zh") => Language::Chinese,
        _ => Language::English,
    }
}

/// What is said of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorText {
    /// What happened, with the names and numbers that matter.
    pub what: String,
    /// What became of the file; may be empty.
    pub became: String,
    /// What to do; may be empty.
    pub todo: String,
    /// The server's own words, introduced; may be empty.
    pub said: String,
}

impl ErrorText {
    /// All of it in one line.
    #[must_use]
    pub fn joined(&self) -> String {
        format::sentences(&[&self.what, &self.became, &self.todo, &self.said])
    }

    /// What happened, and what the server said of it.
    #[must_use]
    pub fn message(&self) -> String {
        format::sentences(&[&self.what, &self.said])
    }
}

/// A row's numbers that are not in the job itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowNumbers {
    /// Bytes a second, when known.
    pub bytes_per_sec: Option<f64>,
    /// Time until the last byte, when known.
    pub time_left: Option<Duration>,
}

/// Labels: one field a word, so that a language cannot lack one.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is named after what it labels")]
pub struct Labels {
    pub app: &'static str,
    pub task: &'static str,
    pub task_hint: &'static str,
    pub task_looking: &'static str,
    pub recent: &'static str,
    pub recent_tasks: &'static str,
    pub open_in_ones: &'static str,
    pub description: &'static str,
    pub description_hint: &'static str,
    pub drop_idle: &'static str,
    pub no_drops: &'static str,
    pub no_drops_but: &'static str,
    pub drops_limited: &'static str,
    pub drops_bypassed: &'static str,
    pub drop_waits: &'static str,
    pub drop_failed: &'static str,
    pub drop_cut_off: &'static str,
    pub drop_too_large: &'static str,
    pub drop_also: &'static str,
    pub drop_more: &'static str,
    pub choose_files: &'static str,
    pub choose_folder: &'static str,
    pub all: &'static str,
    pub active: &'static str,
    pub needs_you: &'static str,
    pub done: &'static str,
    pub retry: &'static str,
    pub retry_failed: &'static str,
    pub cancel: &'static str,
    pub remove: &'static str,
    pub pause: &'static str,
    pub pause_hint: &'static str,
    pub resume: &'static str,
    pub send_plain: &'static str,
    pub skip: &'static str,
    pub attach_again: &'static str,
    pub attach_all_again: &'static str,
    pub open_the_task: &'static str,
    pub choose: &'static str,
    pub filter: &'static str,
    pub open_task: &'static str,
    pub details: &'static str,
    pub copy_details: &'static str,
    pub close: &'static str,
    pub clear_done: &'static str,
    pub show: &'static str,
    pub hide: &'static str,
    pub dismiss: &'static str,
    pub more: &'static str,
    pub nothing_waiting: &'static str,
    pub nothing_shown: &'static str,
    pub scanning: &'static str,
    pub quit_scanning: &'static str,
    pub sign_in_title: &'static str,
    pub server: &'static str,
    pub server_hint: &'static str,
    pub by_password: &'static str,
    pub by_token: &'static str,
    pub account: &'static str,
    pub password: &'static str,
    pub show_password: &'static str,
    pub user_id: &'static str,
    pub token: &'static str,
    pub keep: &'static str,
    pub keep_not: &'static str,
    pub sign_in: &'static str,
    pub signing_in: &'static str,
    pub restoring: &'static str,
    pub sso_hint: &'static str,
    pub exposed: &'static str,
    pub sign_in_anyway: &'static str,
    pub choose_team: &'static str,
    pub back: &'static str,
    pub paused: &'static str,
    pub history_reading: &'static str,
    pub sign_out: &'static str,
    pub can_drop_now: &'static str,
    pub settings: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    pub system: &'static str,
    pub light: &'static str,
    pub dark: &'static str,
    pub parallel: &'static str,
    pub in_parts: &'static str,
    pub in_parts_hint: &'static str,
    pub history: &'static str,
    pub history_empty: &'static str,
    pub history_clear: &'static str,
    pub continue_earlier: &'static str,
    pub forget_earlier: &'static str,
    pub try_again: &'static str,
    pub keep_going: &'static str,
    pub quit: &'static str,
    pub dialog_failed: &'static str,
}

/// Sentences with names and numbers in them.
pub trait Sentences: Sync {
    /// An error about this file (empty where it is about none).
    fn error(&self, error: &UploadError, name: &str) -> ErrorText;
    /// The second line of a row.
    fn row(&self, job: &Job, now: Instant, numbers: RowNumbers) -> String;
    /// The state in one or two words.
    fn state(&self, state: &JobState) -> &'static str;
    /// A question or fact about content that is there already.
    fn existing(&self, place: &ExistingPlace) -> String;
    /// One line for all open duplicate questions: so many files have content
    /// that is on the task, and so many the same as an earlier row.
    fn duplicates(&self, on_task: usize, in_list: usize, task: Option<&Task>) -> String;
    /// The button that skips them all.
    fn skip_all(&self, count: usize) -> String;
    /// The task in one line.
    fn task(&self, task: &Task) -> String;
    /// The task as short as it goes: `#1024`, or its ID.
    fn task_short(&self, task: &Task) -> String;
    /// The overlay's first line while files hover.
    fn release(&self, what: Hovered, signed_in: bool, has_task: bool) -> String;
    /// The overlay's word on entries that cannot be attached.
    fn release_without(&self, count: usize) -> String;
    /// The overlay's second line.
    fn release_to(&self, task: &Task) -> String;
    /// The names of what hovers, and how many more there are.
    fn hovering(&self, names: &[String], more: usize) -> String;
    /// The button that sends the files that wait for a task.
    fn attach_to(&self, count: usize, task: &Task) -> String;
    /// How large a file may be.
    fn limit(&self, bytes: u64) -> String;
    /// What was left out, by reason.
    fn left_out(&self, counts: &[(LeftOutReason, usize)]) -> String;
    /// One reason in words.
    fn left_out_reason(&self, reason: LeftOutReason) -> &'static str;
    /// The footer while something moves: files, bytes, time.
    fn footer(&self, totals: &Totals, time_left: Option<Duration>) -> String;
    /// The footer while nothing moves but something waits for a person.
    fn footer_open(&self, totals: &Totals) -> String;
    /// What waits for a person, if anything does.
    fn footer_problems(&self, totals: &Totals) -> Option<String>;
    /// The footer of a narrow window while something moves.
    fn footer_short(&self, totals: &Totals, time_left: Option<Duration>) -> String;
    /// The footer's number of files alone.
    fn footer_files(&self, totals: &Totals) -> String;
    /// The end of a run, never "done" while something failed.
    fn summary(&self, totals: &Totals) -> String;
    /// The heading when all is settled and on one task.
    fn summary_on(&self, totals: &Totals, task: &Task) -> String;
    /// A run has started, for screen readers.
    fn started(&self, count: usize) -> String;
    /// Where the sign-in is kept, when that needs saying.
    fn keyring(&self, state: &KeyringState) -> Option<String>;
    /// The server cannot be reached, and what happens meanwhile.
    fn offline(&self, host: &str) -> String;
    /// What the system lacks, and the remedy.
    fn lack(&self, lack: Lack) -> String;
    /// Where a sign-in would be kept.
    fn keeps_in(&self) -> String;
    /// The account band.
    fn who(&self, identity: &Identity) -> String;
    /// Files that wait for a sign-in.
    fn waiting_for_sign_in(&self, count: usize) -> String;
    /// Files that wait for a task, while none is named.
    fn waiting_for_task(&self, count: usize) -> String;
    /// The question before quitting.
    fn quit(&self, count: usize) -> String;
    /// The same, where the open files are offered again.
    fn quit_kept(&self, count: usize) -> String;
    /// The question about what the last run left open, and why some of it
    /// cannot go on.
    fn unfinished(&self, count: usize, amiss: &[(LeftOutReason, usize)]) -> String;
    /// Why the queue is not saved, when it is not.
    fn saving(&self, saving: &Saving) -> Option<String>;
    /// Why the history cannot be written.
    fn forgetting(&self, kind: ErrorKind) -> String;
    /// Why there is no history to show.
    fn history_failed(&self, kind: ErrorKind) -> String;
    /// One line of the history.
    fn attached(&self, one: &Attached) -> String;
    /// An action on one file, for screen readers.
    fn action_on(&self, action: &str, name: &str) -> String;
    /// The button that changes to the team of a pasted link.
    fn switch_team(&self, team: &str) -> String;
    /// A word with a count behind it.
    fn counted(&self, word: &str, count: usize) -> String {
        format!("{word} {}", format::grouped(count))
    }
    /// Characters typed of those allowed.
    fn characters(&self, typed: usize, allowed: usize) -> String;
    /// A size.
    fn size(&self, bytes: u64) -> String {
        format::size(bytes)
    }
    /// One result as a line of the terminal.
    fn result_line(&self, job: &Job) -> String {
        let text = match &job.state {
            JobState::Failed(error) => self.error(error, &job.name).joined(),
            _ => self.row(job, Instant::now(), RowNumbers::default()),
        };
        format!("{}: {text}", clean(&job.name, 300))
    }
    /// One left-out path as a line of the terminal.
    fn left_out_line(&self, left: &LeftOut) -> String;
    /// The demo's server did not start.
    fn cannot_serve(&self, cause: &str) -> String;
    /// A variable of the environment is set to what nobody knows.
    fn unknown_setting(&self, name: &str) -> String;
    /// No screen, so the demo goes on in the terminal.
    fn no_session_demo(&self) -> String;
    /// No screen, so there is no window.
    fn no_session(&self) -> String;
    /// The window did not open.
    fn no_window(&self) -> String;
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
