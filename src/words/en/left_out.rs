//! Why a path becomes no row, in words.

use crate::model::LeftOutReason;

/// A reason as it is counted.
pub(super) fn kind_of(reason: LeftOutReason, count: usize) -> &'static str {
    match (reason, count) {
        (LeftOutReason::Junk, 1) => "system file",
        (LeftOutReason::Junk, _) => "system files",
        (LeftOutReason::EmptyFolder, 1) => "empty folder",
        (LeftOutReason::EmptyFolder, _) => "empty folders",
        (LeftOutReason::NotAFile, 1) => "device or pipe",
        (LeftOutReason::NotAFile, _) => "devices or pipes",
        (LeftOutReason::AlreadyListed, _) => "already in the list",
        (LeftOutReason::LinkLoop, 1) => "circular link",
        (LeftOutReason::LinkLoop, _) => "circular links",
        (LeftOutReason::Missing, _) => "missing",
        (LeftOutReason::NotReadable, _) => "not readable",
        (LeftOutReason::ChangedSince, _) => "changed since last time",
        (LeftOutReason::NoAnswer, 1) => "in a folder that doesn't answer",
        (LeftOutReason::NoAnswer, _) => "in folders that don't answer",
        (LeftOutReason::Elsewhere, _) => "not on this computer",
        (LeftOutReason::NotKept, _) => "not saved to a temporary file",
        (LeftOutReason::NotAnAddress, 1) => "entry that names no file",
        (LeftOutReason::NotAnAddress, _) => "entries that name no file",
    }
}

/// A reason beside its path.
pub(super) fn reason(reason: LeftOutReason) -> &'static str {
    match reason {
        LeftOutReason::Junk => "system file",
        LeftOutReason::EmptyFolder => "empty folder",
        LeftOutReason::NotAFile => "device or pipe",
        LeftOutReason::AlreadyListed => "already in the list",
        LeftOutReason::LinkLoop => "circular link",
        LeftOutReason::Missing => "not there",
        LeftOutReason::NotReadable => "not readable",
        LeftOutReason::ChangedSince => "changed since last time - drop it again",
        LeftOutReason::NoAnswer => "its folder doesn't answer",
        LeftOutReason::Elsewhere => "not on this computer; save it here first",
        LeftOutReason::NotAnAddress => "names no file",
        LeftOutReason::NotKept => "couldn't be saved to a temporary file; is the disk full?",
    }
}
