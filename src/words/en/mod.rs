//! English. Sentence case, no exclamation mark, no blame; "attach" is the aim,
//! "send" and "upload" the transfer.

mod errors;
mod hover;
mod labels;
mod left_out;
mod rows;
mod saved;
mod system;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::format::{TimeLeft, clean, date, grouped, limit, rounded, size_of};
use super::{ErrorText, RowNumbers, Sentences};
use crate::model::{
    Attached, ExistingPlace, Hovered, Identity, Job, JobState, KeyringState, Lack, LeftOut,
    LeftOutReason, Saving, Task, Totals, UploadError,
};

pub(super) use labels::LABELS;

pub(super) struct English;

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{} files", grouped(count)),
    }
}

/// How many there are of each: `2 missing`.
fn reasons(counts: &[(LeftOutReason, usize)]) -> Vec<String> {
    let one = |(reason, count): &(LeftOutReason, usize)| {
        format!("{} {}", grouped(*count), left_out::kind_of(*reason, *count))
    };
    counts.iter().map(one).collect()
}

fn left(time: Duration) -> String {
    match rounded(time) {
        TimeLeft::Seconds(secs) => format!("about {secs} s left"),
        TimeLeft::Minutes(minutes) => format!("about {minutes} min left"),
        TimeLeft::Hours(hours, minutes) => format!("about {hours} h {minutes} min left"),
    }
}

impl Sentences for English {
    fn error(&self, error: &UploadError, name: &str) -> ErrorText {
        errors::text(error, name)
    }

    fn row(&self, job: &Job, now: Instant, numbers: RowNumbers) -> String {
        rows::line(job, now, numbers)
    }

    fn state(&self, state: &JobState) -> &'static str {
        rows::state(state)
    }

    fn existing(&self, place: &ExistingPlace) -> String {
        match place {
            ExistingPlace::OnTask { name, added_us, .. } => {
                let name = clean(name, 60);
                match added_us.and_then(|us| date(us, "%-d %b %Y")) {
                    Some(day) => format!("Already on this task as {name} ({day})"),
                    None => format!("Already on this task as {name}"),
                }
            }
            ExistingPlace::InList { name, .. } => format!("Same content as {}", clean(name, 60)),
            ExistingPlace::Unconfirmed(_) => {
                "ONES stores this content, but doesn't list it on this task".to_owned()
            }
        }
    }

    fn duplicates(&self, on_task: usize, in_list: usize, task: Option<&Task>) -> String {
        let count = on_task + in_list;
        let has = if count == 1 { "has" } else { "have" };
        let files = files(count);
        if on_task == 0 {
            return format!("{files} {has} the same content as another file in the list.");
        }
        let place = task.map_or_else(
            || "in ONES".to_owned(),
            |task| format!("on {}", self.task_short(task)),
        );
        let or_here = if in_list == 0 { "" } else { " or in the list" };
        format!("{files} {has} content that is already {place}{or_here}.")
    }

    fn skip_all(&self, count: usize) -> String {
        format!("Skip all {}", grouped(count))
    }

    fn task(&self, task: &Task) -> String {
        match (&task.title, task.number) {
            (Some(title), Some(number)) => format!("#{number} {}", clean(title, 200)),
            (Some(title), None) => clean(title, 200),
            (None, Some(number)) => format!("#{number} (title not available)"),
            (None, None) => format!("Task {} (title not available)", clean(&task.id, 40)),
        }
    }

    fn task_short(&self, task: &Task) -> String {
        task.number.map_or_else(
            || format!("task {}", clean(&task.id, 40)),
            |n| format!("#{n}"),
        )
    }

    fn release(&self, what: Hovered, signed_in: bool, has_task: bool) -> String {
        hover::release(what, signed_in, has_task)
    }

    fn release_without(&self, count: usize) -> String {
        hover::release_without(count)
    }

    fn release_to(&self, task: &Task) -> String {
        format!("to {}", self.task(task))
    }

    fn hovering(&self, names: &[String], more: usize) -> String {
        match more {
            0 => names.join(", "),
            more => format!("{} and {} more", names.join(", "), grouped(more)),
        }
    }

    fn attach_to(&self, count: usize, task: &Task) -> String {
        format!("Attach {} to {}", files(count), self.task_short(task))
    }

    fn limit(&self, bytes: u64) -> String {
        format!("Up to {} per file", limit(bytes))
    }

    fn left_out(&self, counts: &[(LeftOutReason, usize)]) -> String {
        let all: usize = counts.iter().map(|(_, count)| count).sum();
        if let [(LeftOutReason::AlreadyListed, count)] = counts {
            let were = if *count == 1 { "was" } else { "were" };
            let files = files(*count);
            return format!("{files} {were} already in the list. Nothing was added twice.");
        }
        let items = if all == 1 { "item was" } else { "items were" };
        let reasons = reasons(counts).join(", ");
        format!("{} {items} left out: {reasons}", grouped(all))
    }

    fn left_out_reason(&self, reason: LeftOutReason) -> &'static str {
        left_out::reason(reason)
    }

    fn footer(&self, totals: &Totals, time_left: Option<Duration>) -> String {
        let mut parts = vec![
            self.footer_files(totals),
            size_of(totals.sent_bytes, totals.bytes, "of"),
        ];
        parts.extend(time_left.map(left));
        parts.join(" - ")
    }

    fn footer_open(&self, totals: &Totals) -> String {
        let mut parts = vec![self.footer_files(totals)];
        parts.extend(self.footer_problems(totals));
        parts.join(" - ")
    }

    fn footer_problems(&self, totals: &Totals) -> Option<String> {
        let problems = [
            (totals.failed, "failed"),
            (totals.duplicates, "to decide"),
            (totals.held, "waiting for you"),
        ];
        let told: Vec<_> = problems
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", grouped(*count)))
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    fn footer_short(&self, totals: &Totals, time_left: Option<Duration>) -> String {
        let mut parts = vec![format!(
            "{} of {}",
            grouped(totals.attached),
            grouped(totals.jobs)
        )];
        parts.extend(time_left.map(left));
        parts.join(" - ")
    }

    fn footer_files(&self, totals: &Totals) -> String {
        format!(
            "{} of {} attached",
            grouped(totals.attached),
            grouped(totals.jobs)
        )
    }

    fn summary(&self, totals: &Totals) -> String {
        let mut parts = Vec::new();
        let mut tell = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{} {what}", grouped(count)));
            }
        };
        match (
            totals.attached,
            totals.skipped,
            totals.failed + totals.cancelled,
        ) {
            (0, 0, 0) => return "Nothing to attach.".to_owned(),
            (attached, 0, 0) => return format!("{} attached.", files(attached)),
            (0, 1, 0) => {
                return "Nothing attached: 1 file was already there and was skipped.".to_owned();
            }
            (0, skipped, 0) => {
                let files = files(skipped);
                return format!("Nothing attached: {files} were already there and were skipped.");
            }
            _ => {
                tell(totals.attached, "attached");
                tell(totals.failed, "failed");
                tell(totals.skipped, "skipped");
                tell(totals.cancelled, "cancelled");
            }
        }
        format!("{}.", parts.join(", "))
    }

    fn summary_on(&self, totals: &Totals, task: &Task) -> String {
        if totals.failed + totals.cancelled + totals.skipped == 0 && totals.attached > 0 {
            format!(
                "{} attached to {}",
                files(totals.attached),
                self.task_short(task)
            )
        } else {
            self.summary(totals)
        }
    }

    fn started(&self, count: usize) -> String {
        format!("{} on the way", files(count))
    }

    fn keyring(&self, state: &KeyringState) -> Option<String> {
        match state {
            KeyringState::Saved | KeyringState::Forgotten | KeyringState::MemoryOnly => None,
            KeyringState::Slow => Some("Waiting for the system's password store…".to_owned()),
            KeyringState::Failed(act, fault) => Some(system::keyring(*act, fault)),
        }
    }

    fn offline(&self, host: &str) -> String {
        let host = clean(host, 80);
        format!(
            "Can't reach {host}. Files wait and go on by themselves once it answers. Check VPN or network."
        )
    }

    fn lack(&self, lack: Lack) -> String {
        system::lack(lack)
    }

    fn keeps_in(&self) -> String {
        let store = if cfg!(windows) {
            "Windows Credential Manager"
        } else if cfg!(target_os = "macos") {
            "the macOS Keychain"
        } else {
            "the desktop keyring (Secret Service)"
        };
        format!("The sign-in token goes to {store}. The password is never stored.")
    }

    fn who(&self, identity: &Identity) -> String {
        let (person, team) = (&identity.person.name, &identity.team.name);
        format!("{} - {}", clean(person, 40), clean(team, 40))
    }

    fn waiting_for_sign_in(&self, count: usize) -> String {
        let verb = if count == 1 { "is" } else { "are" };
        format!("{} {verb} waiting for you to sign in.", files(count))
    }

    fn waiting_for_task(&self, count: usize) -> String {
        let verb = if count == 1 { "waits" } else { "wait" };
        format!(
            "{} {verb} here. Paste a task ID or link above.",
            files(count)
        )
    }

    fn quit(&self, count: usize) -> String {
        let verb = if count == 1 { "is" } else { "are" };
        format!(
            "{} {verb} not attached yet, and won't be if you quit now.",
            files(count)
        )
    }

    fn quit_kept(&self, count: usize) -> String {
        saved::quit(count)
    }

    fn unfinished(&self, count: usize, amiss: &[(LeftOutReason, usize)]) -> String {
        saved::unfinished(count, amiss)
    }

    fn saving(&self, saving: &Saving) -> Option<String> {
        saved::saving(saving)
    }

    fn forgetting(&self, kind: ErrorKind) -> String {
        saved::forgetting(kind)
    }

    fn history_failed(&self, kind: ErrorKind) -> String {
        match kind {
            ErrorKind::Unsupported => "Nothing is saved here, so there is no history.".to_owned(),
            kind => format!("The history can't be read: {}.", saved::cause(kind)),
        }
    }

    fn attached(&self, one: &Attached) -> String {
        saved::attached(one, &self.task_short(&one.task))
    }

    fn action_on(&self, action: &str, name: &str) -> String {
        format!("{action} {}", clean(name, 100))
    }

    fn switch_team(&self, team: &str) -> String {
        format!("Switch to {}", clean(team, 40))
    }

    fn characters(&self, typed: usize, allowed: usize) -> String {
        format!("{typed} of {allowed} characters")
    }

    fn left_out_line(&self, left: &LeftOut) -> String {
        let path = clean(&left.path.to_string_lossy(), 300);
        format!("{path}: Left out - {}", self.left_out_reason(left.reason))
    }

    fn cannot_serve(&self, cause: &str) -> String {
        format!("The demo server didn't start: {}", clean(cause, 200))
    }

    fn unknown_setting(&self, name: &str) -> String {
        format!(
            "The value of {name} means nothing here, so it is ignored. README lists what it can be."
        )
    }

    fn no_session_demo(&self) -> String {
        "No graphical session (DISPLAY and WAYLAND_DISPLAY are unset), so the demo runs in the terminal.".to_owned()
    }

    fn no_session(&self) -> String {
        "No window: there is no graphical session (DISPLAY and WAYLAND_DISPLAY are unset). `ones-drop upload --help` shows how to attach files from the terminal.".to_owned()
    }

    fn no_window(&self) -> String {
        system::no_window(std::env::consts::OS)
    }
}
