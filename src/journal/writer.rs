//! The thread that writes: takes all notes that wait, writes them, and waits
//! for the disk once for all of them.
//!
//! What is open is in memory as well. When writing fails (disk full, read-only)
//! nothing else stops; the whole is written anew as soon as that works. The same
//! holds for a folder that cannot be opened at the start, and for the history.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::entry::{Key, Line, Queue};
use super::file::{QueueFile, is_one_aside, knows_no_locks, private, private_folder};
use super::remembering::Remembering;
use super::{Keeps, Note, Told, dropped};
use crate::model::{JobId, Saving};

/// How often a disk that failed is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Loads, then writes until the handle is gone.
pub(super) fn run(
    folder: &Path,
    keeps: Keeps,
    inbox: &Receiver<Note>,
    tell: &(impl Fn(Told) + Send),
) {
    let mut writer = Writer {
        path: folder.join("queue.jsonl"),
        folder,
        keys: HashMap::new(),
        queue: Queue::default(),
        lock: None,
        blocked: false,
        peeked: false,
        alone: false,
        file: None,
        failed: false,
        history: Remembering::new(folder, tell),
        tell,
    };
    match keeps {
        Keeps::Queue => writer.open(),
        Keeps::History => writer.make_folder(),
    }
    writer.history.prune();
    loop {
        let first = if writer.owes() {
            match inbox.recv_timeout(TRY_AGAIN) {
                Ok(note) => Some(note),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        } else {
            match inbox.recv() {
                Ok(note) => Some(note),
                Err(_) => break,
            }
        };
        if writer.blocked {
            writer.open();
        }
        writer.write(first.into_iter().chain(inbox.try_iter()));
    }
    writer.tidy_up();
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that are independent of each other"
)]
struct Writer<'a, T> {
    folder: &'a Path,
    path: PathBuf,
    /// The keys of this run's jobs.
    keys: HashMap<JobId, Key>,
    queue: Queue,
    /// Held while the queue is kept; `None` where another program has it, or it
    /// could not be opened.
    lock: Option<File>,
    /// It could not be opened, and that is tried again.
    blocked: bool,
    /// What was saved was read, though it cannot be written.
    peeked: bool,
    /// Whether the lock keeps others out. Some network folders know none.
    alone: bool,
    /// `None` until it can be written.
    file: Option<QueueFile>,
    /// The last writing failed.
    failed: bool,
    history: Remembering<'a, T>,
    tell: &'a T,
}

impl<T: Fn(Told)> Writer<'_, T> {
    /// Whether something is to be tried again.
    fn owes(&self) -> bool {
        self.failed || self.blocked || self.history.owes()
    }

    /// Takes the lock and loads. What was noted before that is kept as well.
    fn open(&mut self) {
        let again = self.blocked;
        self.blocked = false;
        self.make_folder();
        match self.try_open() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => self.say(Saving::ElsewhereOpen),
            Err(TryLockError::Error(error)) => {
                self.blocked = true;
                if !again {
                    tracing::warn!(%error, "the saved queue cannot be opened");
                    self.say(Saving::Failed(error.kind()));
                    self.peek();
                }
            }
        }
    }

    fn make_folder(&self) {
        if let Err(error) = private_folder(self.folder) {
            tracing::warn!(%error, "the folder for the queue cannot be made");
        }
    }

    fn try_open(&mut self) -> Result<(), TryLockError> {
        let (lock, alone) = lock(&self.folder.join("queue.lock"))?;
        let opened = QueueFile::open(&self.path).map_err(TryLockError::Error)?;
        (self.lock, self.alone) = (Some(lock), alone);
        self.take_in(opened.queue);
        // Before anybody hears that the folder is ours to fill.
        self.sweep();
        match opened.file {
            Ok(file) => self.file = Some(file),
            Err(error) => {
                self.failed(&error);
                return Ok(());
            }
        }
        match opened.set_aside {
            Some(aside) => self.say(Saving::SetAside(aside)),
            // What is owed is written next, and then it is said.
            None if self.failed => {}
            None => self.say(Saving::On),
        }
        Ok(())
    }

    /// Takes in what was saved, and tells of it. Jobs that were noted while it
    /// could not be read get keys after those.
    fn take_in(&mut self, saved: Queue) {
        if self.peeked {
            self.failed = true; // what changed since is not in the file
            return;
        }
        let open = saved.entries.clone().into_iter().collect();
        let noted = std::mem::replace(&mut self.queue, saved);
        if noted != Queue::default() {
            let shift = self.queue.next_key;
            self.queue.next_key = shift.saturating_add(noted.next_key);
            let shifted = noted.entries.into_iter();
            let shifted = shifted.map(|(key, entry)| (shift.saturating_add(key), entry));
            self.queue.entries.extend(shifted);
            let keys = self.keys.values_mut();
            keys.for_each(|key| *key = shift.saturating_add(*key));
            self.failed = true;
        }
        (self.tell)(Told::Loaded(open));
    }

    /// On a disk that takes nothing, what was saved can still go on.
    fn peek(&mut self) {
        if let Ok(saved) = QueueFile::peek(&self.path) {
            self.take_in(saved);
            (self.failed, self.peeked) = (false, true);
        }
    }

    fn write(&mut self, notes: impl Iterator<Item = Note>) {
        let mut lines = Vec::new();
        for note in notes {
            match note {
                Note::Attached(one) => self.history.add(*one),
                Note::HistoryCleared => self.history.clear(),
                note => lines.extend(self.line(note)),
            }
        }
        for line in &lines {
            self.queue.apply(line.clone());
        }
        // First: of a file that left the queue it says where it went.
        self.history.pay();
        self.keep(&lines);
    }

    /// Writes lines that the queue in memory has taken in already.
    fn keep(&mut self, lines: &[Line]) {
        if self.lock.is_none() {
            return;
        }
        let kept = match &mut self.file {
            Some(file) if self.failed => file.rewrite(&self.queue),
            Some(file) => file.append(lines, &self.queue),
            None => QueueFile::replaced(&self.path, &self.queue).map(|new| self.file = Some(new)),
        };
        match kept {
            Ok(()) if self.failed => {
                self.failed = false;
                self.say(Saving::On);
            }
            Ok(()) => {}
            Err(error) => self.failed(&error),
        }
    }

    /// Said once, until it works again.
    fn failed(&mut self, error: &io::Error) {
        if !self.failed {
            tracing::warn!(%error, "the queue cannot be saved");
            self.say(Saving::Failed(error.kind()));
        }
        self.failed = true;
    }

    /// The line for a note, with the key of its job. A note about a job that
    /// has none is about one that has ended.
    fn line(&mut self, note: Note) -> Option<Line> {
        match note {
            Note::Adopted(job, key) => {
                self.keys.insert(job, key);
                None
            }
            Note::Added(job, _) if self.keys.contains_key(&job) => None,
            Note::Added(job, entry) => {
                let key = self.queue.next_key;
                // Taken now: the line itself is applied with its whole batch.
                self.queue.next_key += 1;
                self.keys.insert(job, key);
                Some(Line::Add(key, entry))
            }
            Note::Assigned {
                job,
                server,
                task,
                description,
            } => Some(Line::Task(*self.keys.get(&job)?, server, task, description)),
            Note::Known(job, known) => Some(Line::Known(*self.keys.get(&job)?, known)),
            Note::Parts(job, parts) => Some(Line::Parts(*self.keys.get(&job)?, parts)),
            Note::Part(job, part) => Some(Line::Part(*self.keys.get(&job)?, part)),
            Note::Ended(jobs) => {
                let keys: Vec<_> = jobs
                    .iter()
                    .filter_map(|job| self.keys.remove(job))
                    .collect();
                (!keys.is_empty()).then_some(Line::End(keys))
            }
            Note::Dropped(keys) => (!keys.is_empty()).then_some(Line::End(keys)),
            Note::Attached(_) | Note::HistoryCleared => None,
        }
    }

    /// An empty queue leaves no names of files behind.
    fn tidy_up(&mut self) {
        self.history.pay();
        if self.failed {
            // The last chance: the disk may have room again.
            self.keep(&[]);
        }
        if self.lock.is_none() {
            return;
        }
        if self.queue.entries.is_empty() {
            self.file = None; // closed before it is replaced
            QueueFile::replaced(&self.path, &self.queue).ok();
        }
        self.sweep();
    }

    /// Removes what was dropped without a file and is not needed any more.
    fn sweep(&self) {
        // Another window's queue may name it, or one that was set aside.
        if !self.alone || is_one_aside(&self.path) {
            return;
        }
        let swept = dropped::sweep(&dropped::folder(self.folder), &self.queue);
        if let Err(error) = swept {
            tracing::warn!(%error, "what was dropped cannot be removed");
        }
    }

    fn say(&self, saving: Saving) {
        (self.tell)(Told::Saving(saving));
    }
}

/// The file, and whether it is locked.
fn lock(path: &Path) -> Result<(File, bool), TryLockError> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    let file = private(&mut options)
        .open(path)
        .map_err(TryLockError::Error)?;
    match file.try_lock() {
        Ok(()) => Ok((file, true)),
        // A network folder that knows no locks is better than no queue.
        Err(TryLockError::Error(error)) if knows_no_locks(&error) => Ok((file, false)),
        Err(error) => Err(error),
    }
}
