//! What is dragged over the window, as far as it is known before the drop.

/// Said to the person while the button is still held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hovered {
    /// Files of which nothing is known yet.
    Unknown,
    /// Files and folders.
    Items {
        /// Files.
        files: usize,
        /// Folders.
        folders: usize,
        /// Size of all of it, where that could be told quickly.
        bytes: Option<u64>,
        /// Entries that are no file of this computer.
        elsewhere: usize,
    },
    /// A picture out of another program.
    Picture,
    /// A text out of another program.
    Text,
    /// Nothing that can be taken.
    Unusable,
}
