//! English for what hovers over the window.

use super::super::format::{grouped, size};
use super::files;
use crate::model::Hovered;

/// The overlay's first line.
pub(super) fn release(what: Hovered, signed_in: bool, has_task: bool) -> String {
    let what = match what {
        Hovered::Unknown => "it".to_owned(),
        Hovered::Picture => "the picture".to_owned(),
        Hovered::Text => "the text".to_owned(),
        Hovered::Items {
            files: 0,
            folders: 0,
            ..
        } => return "Nothing of this is on this computer".to_owned(),
        Hovered::Items {
            files: count,
            folders,
            bytes,
            ..
        } => {
            let items = match (count, folders) {
                (count, 0) => files(count),
                (0, 1) => "the folder".to_owned(),
                (0, folders) => format!("{} folders", grouped(folders)),
                (count, folders) => format!("{} items", grouped(count + folders)),
            };
            bytes.map_or_else(
                || items.clone(),
                |bytes| format!("{items} ({})", size(bytes)),
            )
        }
    };
    match (signed_in, has_task) {
        (false, _) => format!("Release to add {what}, then sign in"),
        (true, false) => format!("Release to add {what}, then choose a task"),
        (true, true) => format!("Release to attach {what}"),
    }
}

/// What stays behind.
pub(super) fn release_without(count: usize) -> String {
    match count {
        1 => "1 entry isn't on this computer and will be left out".to_owned(),
        _ => format!(
            "{} entries aren't on this computer and will be left out",
            grouped(count)
        ),
    }
}
