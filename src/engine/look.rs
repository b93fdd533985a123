//! A look at files of an earlier run, without reading them.
//!
//! A folder on another computer may hang for as long as that one is away. So
//! each folder is looked at on its own, and what does not answer is not waited
//! for.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use super::earlier::Earlier;
use crate::journal::{Entry, Key};
use crate::model::LeftOutReason;

/// Threads that may hang at once. The runtime has 512, and reading files needs
/// some, too.
const FOLDERS_AT_ONCE: usize = 128;

/// Why a file cannot go on, if it cannot.
type Seen = Option<LeftOutReason>;

/// Looks at files. A thread that hangs keeps its place in here.
#[derive(Clone)]
pub(super) struct Looker {
    places: Arc<Semaphore>,
}

impl Default for Looker {
    fn default() -> Self {
        let places = Arc::new(Semaphore::new(FOLDERS_AT_ONCE));
        Self { places }
    }
}

impl Looker {
    /// Looks at files until all have answered, or none has for `silence`.
    pub(super) async fn look_at(self, files: Vec<Earlier>, silence: Duration) -> Vec<Earlier> {
        self.look_with(files, look, || tokio::time::sleep(silence))
            .await
    }

    async fn look_with<S: Future<Output = ()>>(
        self,
        mut files: Vec<Earlier>,
        look: fn(&Entry) -> Seen,
        silence: impl Fn() -> S,
    ) -> Vec<Earlier> {
        let (answers, mut inbox) = mpsc::unbounded_channel();
        let asking = tokio::spawn(self.ask(by_folder(&files), look, answers));
        let mut seen: HashMap<Key, Seen> = HashMap::with_capacity(files.len());
        let mut some = Vec::new();
        loop {
            tokio::select! {
                biased;
                count = inbox.recv_many(&mut some, files.len()) => match count {
                    0 => break,
                    _ => seen.extend(some.drain(..)),
                },
                () = silence() => break,
            }
        }
        asking.abort();
        // An answer may have come beside the end of the silence.
        while let Ok((key, found)) = inbox.try_recv() {
            seen.insert(key, found);
        }
        for file in &mut files {
            let found = seen.get(&file.key).copied();
            file.amiss = found.unwrap_or(Some(LeftOutReason::NoAnswer));
        }
        files
    }

    async fn ask(
        self,
        folders: Vec<Vec<Earlier>>,
        look: fn(&Entry) -> Seen,
        answers: mpsc::UnboundedSender<(Key, Seen)>,
    ) {
        for folder in folders {
            let Ok(place) = self.places.clone().acquire_owned().await else {
                return;
            };
            let answers = answers.clone();
            tokio::task::spawn_blocking(move || {
                for file in folder {
                    answers.send((file.key, look(&file.entry))).ok();
                }
                drop(place);
            });
        }
    }
}

fn by_folder(files: &[Earlier]) -> Vec<Vec<Earlier>> {
    let mut folders: HashMap<_, Vec<Earlier>> = HashMap::new();
    for file in files {
        let folder = folders.entry(file.entry.path.parent()).or_default();
        folder.push(file.clone());
    }
    folders.into_values().collect()
}

/// Whether a file still is what it was, as far as that shows without reading.
fn look(entry: &Entry) -> Seen {
    let metadata = match std::fs::metadata(&entry.path) {
        Ok(metadata) => metadata,
        Err(error) => return Some(reason_of(&error)),
    };
    let (size_bytes, modified) = entry.last_seen();
    let same_time = modified.is_none() || metadata.modified().ok() == modified;
    let same = metadata.is_file() && metadata.len() == size_bytes && same_time;
    (!same).then_some(LeftOutReason::ChangedSince)
}

/// Why a path could not be looked at.
pub(super) fn reason_of(error: &io::Error) -> LeftOutReason {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LeftOutReason::Missing,
        _ => LeftOutReason::NotReadable,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Mutex;

    use super::*;

    fn earlier(key: Key, path: &str) -> Earlier {
        Earlier {
            key,
            entry: Arc::new(Entry {
                path: path.into(),
                name: "a.log".to_owned(),
                description: String::new(),
                size_bytes: 7,
                modified: None,
                server: None,
                task: None,
                known: None,
                parts: None,
            }),
            amiss: None,
        }
    }

    /// Held as long as the folder hangs.
    static HUNG: Mutex<()> = Mutex::const_new(());
    static ANSWERS: AtomicUsize = AtomicUsize::new(0);

    fn look_or_hang(entry: &Entry) -> Seen {
        if entry.path.starts_with("/hung") {
            drop(HUNG.blocking_lock());
        } else {
            ANSWERS.fetch_add(1, Ordering::SeqCst);
        }
        None
    }

    #[tokio::test]
    async fn a_folder_that_hangs_keeps_nobody_waiting() {
        let hung = HUNG.lock().await;
        let looker = Looker::default();
        let places = looker.places.clone();
        // Silence comes once all that can answer has, and one thread hangs.
        let silence = || async {
            while ANSWERS.load(Ordering::SeqCst) < 3
                || places.available_permits() != FOLDERS_AT_ONCE - 1
            {
                tokio::task::yield_now().await;
            }
        };
        let paths = ["/hung/1", "/a/1", "/hung/2", "/b/1", "/a/2"];
        let files = (1..).zip(paths).map(|(key, path)| earlier(key, path));
        let seen = looker
            .look_with(files.collect(), look_or_hang, silence)
            .await;
        let silent = Some(LeftOutReason::NoAnswer);
        let amiss: Vec<_> = seen.iter().map(|file| (file.key, file.amiss)).collect();
        let want = [(1, silent), (2, None), (3, silent), (4, None), (5, None)];
        assert_eq!(amiss, want);
        drop(hung);
    }
}
