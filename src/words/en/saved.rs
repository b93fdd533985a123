//! The queue and the history on disk, in words.

use std::io::ErrorKind;

use super::files;
use crate::model::{Attached, LeftOutReason, Saving};
use crate::words::format::{clean, date_of, grouped, size};

/// What the last run left open.
pub(super) fn unfinished(count: usize, amiss: &[(LeftOutReason, usize)]) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    let open = format!("{} from last time {verb} still waiting.", files(count));
    if amiss.is_empty() {
        return format!("{open} Continue?");
    }
    let lost: usize = amiss.iter().map(|(_, count)| count).sum();
    let can = match count.saturating_sub(lost) {
        0 => "None".to_owned(),
        some => grouped(some),
    };
    let why = super::reasons(amiss).join(", ");
    format!("{open} {can} can go on; {why}. Continue?")
}

/// Why the queue is not saved.
pub(super) fn saving(saving: &Saving) -> Option<String> {
    let unsaved = "Uploads go on, but open files would not be offered again after a restart.";
    Some(match saving {
        Saving::On => return None,
        Saving::ElsewhereOpen => format!(
            "Another ONES Drop keeps the list of open files, so this window does not save its own. {unsaved}"
        ),
        Saving::Failed(kind) => format!("This list can't be saved: {}. {unsaved}", cause(*kind)),
        Saving::SetAside(path) => format!(
            "The saved list of open files was damaged. What could be read of it is kept; the file is now {}",
            clean(&path.to_string_lossy(), 200)
        ),
    })
}

/// Why the history is not written.
pub(super) fn forgetting(kind: ErrorKind) -> String {
    format!(
        "The history can't be written: {}. Uploads go on, but it may lack what is attached now, or still show what was cleared.",
        cause(kind)
    )
}

pub(super) fn cause(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        ErrorKind::PermissionDenied => "you may not use its folder".to_owned(),
        other => other.to_string(),
    }
}

/// The question before quitting, where the open files are offered again.
pub(super) fn quit(count: usize) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!(
        "{} {verb} still on the way. If you quit now, the next start offers to go on.",
        files(count)
    )
}

/// One line of the history.
pub(super) fn attached(one: &Attached, task: &str) -> String {
    let when = date_of(one.at, "%-d %b %H:%M").unwrap_or_default();
    let checked = if one.verified { "" } else { ", not verified" };
    let name = clean(&one.name, 80);
    format!(
        "{when}: {name}, {} to {task}{checked}",
        size(one.size_bytes)
    )
}
