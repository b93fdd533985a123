//! The limit on silence while a file is sent.
//!
//! The HTTP library has none that fits: its time-outs end a healthy upload of
//! a large file, and without them a server that stops reading hangs us for
//! ever (both measured). So bytes are watched: as long as any move, be it only
//! from a slow disk, it goes on.

use std::time::Duration;

use crate::api::{Limits, Moved};

/// How long nothing may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Calls that are answered at once.
    pub calls: Limits,
    /// No byte moved. Not shorter by default: the kernel may hold megabytes
    /// that a slow link needs half a minute for.
    pub no_progress: Duration,
    /// All bytes are out and no answer came: the store calls ONES back first.
    pub no_answer: Duration,
    /// The keyring did not answer.
    pub keyring: Duration,
    /// No file of an earlier run could be looked at, or none of a file's bytes
    /// were read: a folder hangs.
    pub folders: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            calls: Limits::default(),
            no_progress: Duration::from_mins(1),
            no_answer: Duration::from_mins(2),
            keyring: Duration::from_secs(15),
            folders: Duration::from_secs(3),
        }
    }
}

/// How often within the limit it is looked.
const LOOKS: u32 = 12;

/// Returns after no byte has moved for `limit`.
pub(super) async fn nothing_moved(moved: &Moved, limit: Duration) {
    let mut seen = moved.pulse();
    let mut silent = 0;
    while silent < LOOKS {
        tokio::time::sleep(limit / LOOKS).await;
        let now = moved.pulse();
        silent = if now == seen { silent + 1 } else { 0 };
        seen = now;
    }
}

/// Returns how long no byte has moved, once that is too long for parts of which
/// `all_out` bytes are on their way or have arrived. When all of these are out,
/// answers are waited for: until then the system may hold megabytes for each
/// connection, which do not show.
pub(super) async fn silence(moved: &Moved, all_out: u64, patience: Patience) -> Duration {
    nothing_moved(moved, patience.no_progress).await;
    let longer = patience.no_answer.saturating_sub(patience.no_progress);
    if moved.get() < all_out || longer.is_zero() {
        return patience.no_progress;
    }
    nothing_moved(moved, longer).await;
    patience.no_answer
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Waker};

    use tokio::time::Instant;

    use super::*;

    /// Time goes as fast as somebody waits for it.
    #[tokio::test(start_paused = true)]
    async fn parts_that_are_out_are_waited_for_like_a_form_that_is() {
        let patience = Patience::default();
        let moved = Moved::default();
        moved.count(7);
        let start = Instant::now();
        assert_eq!(silence(&moved, 8, patience).await, patience.no_progress);
        assert_eq!(start.elapsed(), patience.no_progress);
        assert_eq!(silence(&moved, 7, patience).await, patience.no_answer);
        assert_eq!(start.elapsed(), patience.no_progress + patience.no_answer);
    }

    /// F35: a machine that slept is not one whose line was silent.
    #[tokio::test(start_paused = true)]
    async fn a_sleep_counts_as_one_look() {
        let moved = Moved::default();
        let limit = Patience::default().no_progress;
        let mut watch = pin!(nothing_moved(&moved, limit));
        for _ in 0..3 {
            for _ in 1..LOOKS {
                assert!(!is_over(watch.as_mut()));
                tokio::time::advance(Duration::from_mins(10)).await;
            }
            assert!(!is_over(watch.as_mut()), "a look is left");
            // The line is there again.
            moved.count(1);
            tokio::time::advance(limit / LOOKS).await;
        }
        for _ in 0..LOOKS {
            assert!(!is_over(watch.as_mut()));
            tokio::time::advance(limit / LOOKS).await;
        }
        assert!(is_over(watch), "silence it was");
    }

    /// A part is read for its names, and nothing is sent of it meanwhile.
    #[tokio::test(start_paused = true)]
    async fn reading_is_no_silence() {
        let moved = Moved::default();
        let limit = Patience::default().no_progress;
        let mut watch = pin!(nothing_moved(&moved, limit));
        for _ in 0..3 * LOOKS {
            assert!(!is_over(watch.as_mut()));
            moved.note_read(1);
            tokio::time::advance(limit / LOOKS).await;
        }
        assert_eq!(moved.get(), 0, "nothing of it counts as sent");
    }

    fn is_over(watch: Pin<&mut impl Future>) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        watch.poll(&mut context).is_ready()
    }

    /// Engine design 5.1.
    #[test]
    fn nobody_is_waited_for_longer_than_designed() {
        let patience = Patience::default();
        let secs = Duration::from_secs;
        assert_eq!(patience.calls.connect, secs(10));
        assert_eq!(patience.calls.call, secs(30));
        assert_eq!(patience.no_progress, secs(60));
        assert_eq!(patience.no_answer, secs(120));
    }
}
