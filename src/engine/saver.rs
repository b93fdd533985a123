//! The one writer of the settings file.
//!
//! Of all that waits it writes the newest, so that no older one can end on disk,
//! and only what differs from the last, so that another program's changes stay.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use crate::model::Settings;

/// How long the last settings may take when the program ends: as long as the last
/// lines of the journal, on the same disk.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// The handle. Dropping it writes what waits.
pub(super) struct Saver {
    // Closing `newest` ends the writer, so it goes first.
    newest: Option<mpsc::Sender<Settings>>,
    ended: mpsc::Receiver<()>,
}

impl Saver {
    /// Writes to this file, which holds `last`. Within a runtime.
    pub(super) fn of_file(file: PathBuf, mut last: Settings) -> Self {
        Self::start(
            move |newest| match crate::settings::save_changes(&file, &last, &newest) {
                Ok(()) => last = newest,
                Err(error) => tracing::warn!(%error, "the settings could not be saved"),
            },
        )
    }

    fn start(mut save: impl FnMut(Settings) + Send + 'static) -> Self {
        let (newest, inbox) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        tokio::task::spawn_blocking(move || {
            while let Ok(first) = inbox.recv() {
                save(inbox.try_iter().last().unwrap_or(first));
            }
            drop(ending);
        });
        Self {
            newest: Some(newest),
            ended,
        }
    }

    /// Has them saved. Never waits.
    pub(super) fn save(&self, settings: Settings) {
        if let Some(newest) = &self.newest {
            newest.send(settings).ok();
        }
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.newest = None;
        // A disk that hangs must not keep the program from ending.
        self.ended.recv_timeout(CLOSE_LIMIT).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A language that was chosen just before the window closed.
    #[tokio::test]
    async fn the_end_waits_for_a_slow_disk() {
        let (begun, begins) = mpsc::channel();
        let (disk, is_quick_again) = mpsc::channel();
        let (written, is_written) = mpsc::channel();
        let saver = Saver::start(move |settings| {
            begun.send(()).ok();
            is_quick_again.recv().ok();
            written.send(settings.parallel).ok();
        });
        let preferences = |parallel| Settings {
            parallel,
            ..Settings::default()
        };
        saver.save(preferences(1));
        begins.recv().unwrap();
        saver.save(preferences(2));
        saver.save(preferences(3));
        let (gone, is_gone) = mpsc::channel();
        let ending = std::thread::spawn(move || {
            drop(saver);
            gone.send(is_written.try_iter().collect::<Vec<_>>()).ok();
        });
        // An end that does not wait is over by then.
        let early = is_gone.recv_timeout(Duration::from_millis(200));
        disk.send(()).unwrap();
        disk.send(()).unwrap();
        ending.join().unwrap();
        assert_eq!(early, Err(mpsc::RecvTimeoutError::Timeout));
        assert_eq!(
            is_gone.recv(),
            Ok(vec![1, 3]),
            "the newest, and nothing older"
        );
    }
}
