//! What the command line prints: lines, bars or JSON, from the same events.
//!
//! The only place besides `main` that writes to standard output. A reader that
//! goes away (`… | head -1`) ends the printing and nothing else.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::entry::complain;
use crate::model::{
    Board, ExistingPlace, Job, JobState, LeftOut, LeftOutReason, Receipt, Totals, Trace,
    UploadError,
};
use crate::words::{Words, clean};

/// Prints one run.
pub(super) struct Reporter {
    words: Words,
    style: Style,
    /// Nobody reads any more.
    unread: Cell<bool>,
}

enum Style {
    Json,
    /// One line a file, when it is settled; a bar below them on a terminal.
    Lines(Option<ProgressBar>),
}

/// How one path ended.
pub(super) enum Ending<'a> {
    Job(&'a Job),
    LeftOut(&'a LeftOut),
    /// A path that never became a job: failed for this reason, or cancelled.
    NotStarted(&'a Path, Option<&'a UploadError>),
}

impl Reporter {
    pub(super) fn new(words: Words, json: bool) -> Self {
        let style = if json {
            Style::Json
        } else if std::io::stdout().is_terminal() {
            Style::Lines(Some(bar()))
        } else {
            Style::Lines(None)
        };
        Self {
            words,
            style,
            unread: Cell::new(false),
        }
    }

    /// A file became a job.
    pub(super) fn added(&self, job: &Job) {
        if let Style::Json = self.style {
            self.print_json(&json!({
                "event": "added",
                "job": job.id.0,
                "path": job.path.to_string_lossy(),
                "name": job.name,
                "size": job.size_bytes,
            }));
        }
    }

    /// A job changed.
    pub(super) fn changed(&self, job: &Job) {
        if let Style::Json = self.style {
            self.print_json(&json!({
                "event": "state",
                "job": job.id.0,
                "state": job.state.code(),
                "sent": job.moved_bytes,
            }));
        }
    }

    /// Moves the bar.
    pub(super) fn progress(&self, board: &Board) {
        if let Style::Lines(Some(bar)) = &self.style {
            let totals = board.totals();
            bar.set_length(totals.bytes);
            bar.set_position(totals.sent_bytes);
            bar.set_message(self.words.say.footer_files(&totals));
        }
    }

    /// A path came to its end.
    pub(super) fn ended(&self, ending: &Ending<'_>) {
        match &self.style {
            Style::Json => self.print_json(&self.result(ending)),
            Style::Lines(Some(bar)) => bar.suspend(|| self.print(&self.line(ending))),
            Style::Lines(None) => self.print(&self.line(ending)),
        }
    }

    /// Why a run ends before its time, for the person beside the results.
    pub(super) fn complain(&self, error: &UploadError) {
        complain(&self.words.say.error(error, "").joined());
    }

    /// The run came to its end, and every path that has no result gets one:
    /// jobs that are not settled are cancelled, and so are the paths in `rest`,
    /// unless they failed for this reason.
    pub(super) fn end(&self, board: &Board, rest: &[PathBuf], reason: Option<&UploadError>) {
        let mut totals = board.totals();
        for job in board.jobs().iter().filter(|job| !job.state.is_settled()) {
            self.ended(&Ending::Job(job));
            totals.cancelled += 1;
        }
        for path in rest {
            self.ended(&Ending::NotStarted(path, reason));
        }
        match reason {
            Some(_) => totals.failed += rest.len(),
            None => totals.cancelled += rest.len(),
        }
        self.summary(&totals, board.left_out());
    }

    fn summary(&self, totals: &Totals, left_out: &[LeftOut]) {
        match &self.style {
            Style::Json => self.print_json(&json!({
                "event": "summary",
                "attached": totals.attached,
                "skipped": totals.skipped,
                "failed": totals.failed,
                "left_out": left_out.len(),
                "cancelled": totals.cancelled,
                "bytes": totals.attached_bytes,
            })),
            Style::Lines(bar) => {
                if let Some(bar) = bar {
                    bar.finish_and_clear();
                }
                self.print(&self.words.say.summary(totals));
                let counts = LeftOutReason::counted(left_out.iter().map(|left| left.reason));
                if !counts.is_empty() {
                    self.print(&self.words.say.left_out(&counts));
                }
            }
        }
    }

    /// All rows once more, in the order in which they came.
    pub(super) fn table(&self, board: &Board) {
        let names: Vec<_> = board
            .jobs()
            .iter()
            .map(|job| clean(&job.name, 60))
            .collect();
        let width = names.iter().map(|name| name.width()).max().unwrap_or(0);
        self.print("");
        for (job, name) in board.jobs().iter().zip(&names) {
            let gap = " ".repeat(width - name.width());
            let size = self.words.say.size(job.size_bytes);
            let state = self.words.say.state(&job.state);
            self.print(&format!("{name}{gap}  {size:>12}  {state}"));
        }
    }

    fn result(&self, ending: &Ending<'_>) -> Value {
        let mut result = Map::new();
        result.insert("event".into(), "result".into());
        match ending {
            Ending::Job(job) => {
                result.insert("job".into(), job.id.0.into());
                result.insert("path".into(), job.path.to_string_lossy().into());
                if let Some(store) = &job.store {
                    result.insert("store".into(), store.as_ref().into());
                }
                self.job_result(&mut result, job);
            }
            Ending::LeftOut(left) => {
                result.insert("path".into(), left.path.to_string_lossy().into());
                result.insert("result".into(), "left_out".into());
                result.insert("reason".into(), left.reason.code().into());
            }
            Ending::NotStarted(path, reason) => {
                let path = path.to_string_lossy();
                let code = reason.map_or("cancelled", |_| "failed");
                result.insert("result".into(), code.into());
                if let Some(error) = reason {
                    result.insert("error".into(), self.error(error, &path));
                }
                result.insert("path".into(), path.into());
            }
        }
        result.into()
    }

    fn job_result(&self, result: &mut Map<String, Value>, job: &Job) {
        match &job.state {
            JobState::Done(receipt) => {
                result.insert("result".into(), "attached".into());
                insert_receipt(result, receipt);
            }
            JobState::Skipped(skip) => {
                let reason = match skip.existing.place {
                    ExistingPlace::OnTask { .. } => "already_on_task",
                    ExistingPlace::InList { .. } => "already_in_list",
                    ExistingPlace::Unconfirmed(_) => "stored_not_confirmed",
                };
                result.insert("result".into(), "skipped".into());
                result.insert("reason".into(), reason.into());
                result.insert("hash".into(), skip.existing.hash.as_str().into());
                match &skip.existing.place {
                    ExistingPlace::OnTask { resource, .. } => {
                        result.insert("resource".into(), resource.as_str().into());
                    }
                    ExistingPlace::Unconfirmed(trace) => insert_request_id(result, trace),
                    ExistingPlace::InList { .. } => {}
                }
            }
            JobState::Cancelled => {
                result.insert("result".into(), "cancelled".into());
            }
            JobState::Failed(error) => {
                result.insert("result".into(), "failed".into());
                result.insert("error".into(), self.error(error, &job.name));
            }
            other => {
                // A run that ends early ends its jobs with it.
                result.insert("result".into(), "cancelled".into());
                result.insert("reason".into(), other.code().into());
            }
        }
    }

    fn error(&self, error: &UploadError, name: &str) -> Value {
        let text = self.words.say.error(error, name);
        let mut value = Map::new();
        value.insert("kind".into(), error.kind.code().into());
        value.insert("message".into(), text.message().into());
        if !text.todo.is_empty() {
            value.insert("hint".into(), text.todo.into());
        }
        insert_request_id(&mut value, &error.details.trace);
        value.into()
    }

    fn line(&self, ending: &Ending<'_>) -> String {
        match ending {
            Ending::Job(job) => self.words.say.result_line(job),
            Ending::LeftOut(left) => self.words.say.left_out_line(left),
            Ending::NotStarted(path, reason) => {
                let say = self.words.say;
                let name = clean(&path.to_string_lossy(), 300);
                let text = match reason {
                    Some(error) => say.error(error, &name).joined(),
                    None => say.state(&JobState::Cancelled).to_owned(),
                };
                format!("{name}: {text}")
            }
        }
    }

    fn print_json(&self, value: &Value) {
        self.print(&harmless(&value.to_string()));
    }

    /// One line, at once: whoever reads along should not wait.
    fn print(&self, line: &str) {
        if self.unread.get() {
            return;
        }
        let mut out = std::io::stdout().lock();
        if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
            tracing::warn!(%error, "nothing more is printed");
            self.unread.set(true);
        }
    }
}

fn insert_request_id(value: &mut Map<String, Value>, trace: &Trace) {
    if let Some(id) = &trace.request_id {
        value.insert("request_id".into(), id.as_str().into());
    }
}

fn insert_receipt(result: &mut Map<String, Value>, receipt: &Receipt) {
    result.insert("how".into(), receipt.how.code().into());
    result.insert("verified".into(), receipt.verified.into());
    result.insert("hash".into(), receipt.hash.as_str().into());
    result.insert("resource".into(), receipt.resource.as_str().into());
    insert_request_id(result, &receipt.trace);
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template(
        "{bar:30} {bytes} / {total_bytes}  {bytes_per_sec}  {eta}  {msg}",
    );
    // The template is a constant; a wrong one would show in every test run.
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// JSON escapes a terminal's old control characters but not the newer ones.
fn harmless(json: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_control() {
            // Writing into a text cannot fail.
            write!(text, "\\u{:04x}", u32::from(c)).ok();
        } else {
            text.push(c);
        }
    }
    text
}
