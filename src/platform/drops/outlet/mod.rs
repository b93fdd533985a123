//! What a receiver tells the window: counts and sizes of what hovers, and what
//! was dropped in the end.
//!
//! Called on a receiver's thread. Sizes are read on a thread of their own, for
//! a network folder that hangs must not hang the drag.

use std::cell::OnceCell;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::gather::{Found, Gather};
use super::uri_list::Entry;
use super::{DropEvent, Failure, Hover, Wake};
use crate::model::{Hovered, LeftOut, LeftOutReason};

/// Sizes of more entries than this are not asked for while hovering.
const WEIGHED_MAX: usize = 10_000;
/// And not for longer than this.
const WEIGHED_FOR: Duration = Duration::from_millis(200);
/// A file's name may have 255 bytes, a character up to 4.
const NAME_MAX_CHARS: usize = 60;
/// Names that are told of a drag.
const NAMES_TOLD: usize = 3;

/// The receiver's side of the channel.
pub(super) struct Outlet {
    events: Sender<DropEvent>,
    wake: Wake,
    /// Pictures and texts lie here, once it is said; another run may need them.
    lasting: Arc<OnceLock<PathBuf>>,
    /// And here as long as it is not. Ends with the receiver, unless it was said
    /// since: then the saved queue may name what lies here.
    passing: OnceCell<tempfile::TempDir>,
    /// Sizes are being read. A folder that hangs holds one thread, not one for
    /// each drag that comes by.
    weighs: Arc<AtomicBool>,
}

impl Outlet {
    pub(super) fn new(
        events: Sender<DropEvent>,
        wake: Wake,
        lasting: Arc<OnceLock<PathBuf>>,
    ) -> Self {
        Self {
            events,
            wake,
            lasting,
            passing: OnceCell::new(),
            weighs: Arc::default(),
        }
    }

    /// Tells the window something. A window that is gone hears nothing.
    pub(super) fn tell(&self, event: DropEvent) {
        self.events.send(event).ok();
        (self.wake)();
    }

    /// A drag came.
    pub(super) fn entered(&self, drag: u64, what: Hovered) {
        let names = Vec::new();
        self.tell(DropEvent::Entered(Hover { drag, what, names }));
    }

    /// More is known of it.
    pub(super) fn known(&self, drag: u64, what: Hovered) {
        let names = Vec::new();
        self.tell(DropEvent::Known(Hover { drag, what, names }));
    }

    /// Says how much a drag brings, and once more when its size is known.
    pub(super) fn weigh(&self, drag: u64, gather: &Gather) {
        let Some(entries) = gather.entries() else {
            return;
        };
        if entries.is_empty() {
            return;
        }
        let paths: Vec<PathBuf> = entries.iter().filter_map(local).cloned().collect();
        if paths.is_empty() && gather.offers_content() {
            return self.known(drag, Hovered::Picture);
        }
        let elsewhere = entries.len() - paths.len();
        let names = paths.iter().take(NAMES_TOLD).map(|path| name_of(path));
        let hover = move |files, folders, bytes, names| {
            let what = Hovered::Items {
                files,
                folders,
                bytes,
                elsewhere,
            };
            DropEvent::Known(Hover { drag, what, names })
        };
        let names: Vec<String> = names.collect();
        self.tell(hover(paths.len(), 0, None, names.clone()));
        if self.weighs.swap(true, Ordering::AcqRel) {
            return;
        }
        let (events, wake) = (self.events.clone(), self.wake.clone());
        let weighs = Arc::clone(&self.weighs);
        let thread = std::thread::Builder::new().name("ones-drop-sizes".into());
        let spawned = thread.spawn(move || {
            let (folders, bytes) = weigh(&paths, Instant::now() + WEIGHED_FOR);
            weighs.store(false, Ordering::Release);
            let told = hover(paths.len() - folders, folders, bytes, names);
            events.send(told).ok();
            wake();
        });
        if let Err(error) = spawned {
            self.weighs.store(false, Ordering::Release);
            tracing::debug!(%error, "sizes are not read");
        }
    }

    /// Tells what was dropped.
    pub(super) fn dropped(&self, found: Found) {
        let (name, bytes) = match found {
            Found::Entries(entries) => return self.tell(sorted(entries)),
            Found::Nothing => return self.tell(DropEvent::Failed(Failure::NothingCame)),
            Found::CutOff => return self.tell(DropEvent::Failed(Failure::CutOff)),
            Found::TooLarge => return self.tell(DropEvent::Failed(Failure::TooLarge)),
            Found::File(name, bytes) => (safe_name(&name), bytes),
            Found::Png(bytes) => (timed("image", "png"), bytes),
            Found::Text(bytes) => (timed("text", "txt"), bytes),
        };
        let (paths, left_out) = match self.keep(&name, &bytes) {
            Ok(path) => (vec![path], Vec::new()),
            Err(error) => {
                tracing::warn!(%error, "what was dropped cannot be kept");
                let path = name.into();
                let reason = LeftOutReason::NotKept;
                (Vec::new(), vec![LeftOut { path, reason }])
            }
        };
        self.tell(DropEvent::Dropped { paths, left_out });
    }

    /// Puts content that was dropped without a file into a file that only this
    /// person can read.
    fn keep(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        // Two drops of one name must not meet in one file.
        let place = private_folder("drop-").tempdir_in(self.folder()?)?;
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(place.path().join(name))?;
        file.write_all(bytes)?;
        // Only now: half a file goes away with its folder.
        Ok(place.keep().join(name))
    }

    /// The folder for it.
    fn folder(&self) -> io::Result<PathBuf> {
        if let Some(lasting) = self.lasting.get() {
            let mut making = DirBuilder::new();
            making.recursive(true).mode(0o700).create(lasting)?;
            // The next run may start elsewhere.
            return std::path::absolute(lasting);
        }
        let passing = if let Some(passing) = self.passing.get() {
            passing
        } else {
            let made = private_folder("ones-drop-").tempdir()?;
            self.passing.get_or_init(|| made)
        };
        Ok(passing.path().to_owned())
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let passing = self.passing.take();
        if self.lasting.get().is_some()
            && let Some(mut passing) = passing
        {
            passing.disable_cleanup(true);
        }
    }
}

fn private_folder(prefix: &str) -> tempfile::Builder<'_, '_> {
    let mut making = tempfile::Builder::new();
    making.prefix(prefix);
    making.permissions(Permissions::from_mode(0o700));
    making
}

/// A name for what has none.
fn timed(stem: &str, ending: &str) -> String {
    let now = jiff::Zoned::now().strftime("%Y-%m-%d %H.%M.%S");
    format!("{stem} {now}.{ending}")
}

/// A name from another program, fit for a file of ours: no path, no control
/// characters, not too long for the file system. The extension stays.
fn safe_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean = |c: char| if c.is_control() { '_' } else { c };
    let name: String = name.chars().map(clean).collect();
    let name = shortened(name.trim());
    match name.as_str() {
        "" | "." | ".." => timed("file", "bin"),
        _ => name,
    }
}

fn shortened(name: &str) -> String {
    let chars = name.chars().count();
    if chars <= NAME_MAX_CHARS {
        return name.to_owned();
    }
    let dot = name.rfind('.').unwrap_or(name.len());
    let (stem, ending) = name.split_at(dot);
    let room = NAME_MAX_CHARS.checked_sub(ending.chars().count());
    // What is longer than a word is no extension.
    if let Some(room) = room.filter(|room| *room >= NAME_MAX_CHARS / 2) {
        return stem.chars().take(room).chain(ending.chars()).collect();
    }
    let cut: String = name.chars().take(NAME_MAX_CHARS).collect();
    cut.trim_end().to_owned()
}

fn local(entry: &Entry) -> Option<&PathBuf> {
    match entry {
        Entry::Local(path) => Some(path),
        Entry::Remote(_) | Entry::Bad(_) => None,
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Files apart from what is none.
fn sorted(entries: Vec<Entry>) -> DropEvent {
    let (mut paths, mut left_out) = (Vec::new(), Vec::new());
    for entry in entries {
        let (text, reason) = match entry {
            Entry::Local(path) => {
                paths.push(path);
                continue;
            }
            Entry::Remote(text) => (text, LeftOutReason::Elsewhere),
            Entry::Bad(text) => (text, LeftOutReason::NotAnAddress),
        };
        left_out.push(LeftOut {
            path: text.into(),
            reason,
        });
    }
    DropEvent::Dropped { paths, left_out }
}

/// How many are folders, and the size of all if it can be told in time: a
/// folder's size cannot.
fn weigh(paths: &[PathBuf], end: Instant) -> (usize, Option<u64>) {
    let (mut folders, mut bytes) = (0, 0_u64);
    let mut all = paths.len() <= WEIGHED_MAX;
    for path in paths.iter().take(WEIGHED_MAX) {
        if Instant::now() >= end {
            all = false;
            break;
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => folders += 1,
            Ok(metadata) => bytes += metadata.len(),
            // It is told after the drop, by name and reason.
            Err(_) => {}
        }
    }
    (folders, (all && folders == 0).then_some(bytes))
}

#[cfg(test)]
mod tests;
