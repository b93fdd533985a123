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
        Hovered::Unusable => return "This can't be attached".to_owned(),
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
        1 => "1 entry isn't a file on this computer and will be left out".to_owned(),
        _ => format!(
            "{} entries aren't files on this computer and will be left out",
            grouped(count)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_said_as_is_known() {
        let items = |files, folders, bytes| Hovered::Items {
            files,
            folders,
            bytes,
            elsewhere: 0,
        };
        for (what, want) in [
            (Hovered::Unknown, "Release to attach it"),
            (items(1, 0, Some(5)), "Release to attach 1 file (5 bytes)"),
            (
                items(12, 0, Some(3_565_158)),
                "Release to attach 12 files (3.4 MB)",
            ),
            (items(10_000, 0, None), "Release to attach 10,000 files"),
            (items(0, 1, None), "Release to attach the folder"),
            (items(2, 1, None), "Release to attach 3 items"),
            (items(0, 0, None), "Nothing of this is on this computer"),
            (Hovered::Picture, "Release to attach the picture"),
            (Hovered::Text, "Release to attach the text"),
            (Hovered::Unusable, "This can't be attached"),
        ] {
            assert_eq!(release(what, true, true), want);
        }
    }
}
