//! The limit on silence while a file is sent.
//!
//! The HTTP library has none that fits: its time-outs end a healthy upload of
//! a large file, and without them a server that stops reading hangs us for
//! ever (both measured). So bytes are watched: as long as any move, it goes on.

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
    /// No file of an earlier run could be looked at: a folder hangs.
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
    let mut seen = moved.get();
    let mut silent = 0;
    while silent < LOOKS {
        tokio::time::sleep(limit / LOOKS).await;
        let now = moved.get();
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
    use super::*;

    #[tokio::test]
    async fn parts_that_are_out_are_waited_for_like_a_form_that_is() {
        let patience = Patience {
            no_progress: Duration::from_millis(12),
            no_answer: Duration::from_hours(1),
            ..Patience::default()
        };
        let moved = Moved::default();
        moved.count(7);
        assert_eq!(silence(&moved, 8, patience).await, patience.no_progress);
        tokio::select! {
            _ = silence(&moved, 7, patience) => panic!("nobody waited for an answer"),
            () = tokio::time::sleep(Duration::from_millis(300)) => {}
        }
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
