//! When a failed try is repeated: pure arithmetic, no clock, no network.
//!
//! The engine decides in three steps, in this order:
//!
//! 1. *Could the file be on the task already?* All bytes had left, or the store
//!    said "exists" or "callback failed": ONES' list is asked first
//!    (`verdict::Try::judge`, `settle_lost`). Nothing is sent twice on a guess.
//! 2. *Can it pass by itself?* Only then it is repeated
//!    ([`crate::api::ApiError::is_transient`]): no connection, a broken one,
//!    nothing moved, 5xx but 501 and 579, 408, 429. Never other 4xx, 6xx and
//!    7xx, certificates, redirects, or the local file's own fault. A refused
//!    upload token is fetched anew once; a refused sign-in holds the queue; an
//!    ONES server that cannot be reached holds it too, where somebody sits
//!    before it (`network`).
//! 3. *When?* Here: five tries, pauses that double, half of each by chance. A
//!    server that names a time (`Retry-After`) is obeyed up to five minutes.
//!    Where a large file goes in parts, the tries are counted anew after each
//!    part that arrived, and the next try sends only what is missing. A store
//!    that forgot the upload (612, 701) gets it once more from the start; one
//!    that refuses this way of sending gets the form (`parts`).
//!    The first connection that breaks early is repeated at once and for free:
//!    it may have gone stale while it was kept (`tries::is_stale_connection`).

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries in all.
    pub tries: u32,
    /// The first pause; each later one is twice as long.
    pub base: Duration,
    /// No pause of our own is longer.
    pub cap: Duration,
}

/// A server's wish is not followed beyond this.
const RETRY_AFTER_MAX: Duration = Duration::from_mins(5);

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 5,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// The default, with the first pause from `ONES_DROP_RETRY_BASE_MS`.
    #[must_use]
    pub fn from_env() -> Self {
        let base = std::env::var("ONES_DROP_RETRY_BASE_MS")
            .ok()
            .and_then(|text| text.parse().ok())
            .map(Duration::from_millis);
        let default = Self::default();
        Self {
            base: base.unwrap_or(default.base),
            ..default
        }
    }

    /// The pause after `failed` tries (from 1), or `None` if that was the last.
    ///
    /// Half of the pause is fixed and half is chance, so that many files that
    /// failed together do not all come back together.
    #[must_use]
    pub fn pause_after(&self, failed: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if failed >= self.tries {
            return None;
        }
        if let Some(wish) = retry_after {
            return Some(wish.min(RETRY_AFTER_MAX));
        }
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        let pause = self.base.saturating_mul(doubled).min(self.cap);
        Some(pause.mul_f64(0.5 + chance() / 2.0))
    }
}

/// A number in [0, 1), new each time.
fn chance() -> f64 {
    let bits = RandomState::new().hash_one(0) >> 40;
    f64::from(u32::try_from(bits).unwrap_or(0)) / f64::from(1_u32 << 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_stay_below_the_cap_and_end() {
        let policy = RetryPolicy::default();
        let mut longest = Duration::ZERO;
        for failed in 1..policy.tries {
            for _ in 0..200 {
                let pause = policy.pause_after(failed, None).unwrap();
                let full = (policy.base * 2_u32.pow(failed - 1)).min(policy.cap);
                assert!(pause >= full / 2 && pause <= full, "{failed}: {pause:?}");
                longest = longest.max(pause);
            }
        }
        assert!(longest <= policy.cap);
        assert_eq!(policy.pause_after(policy.tries, None), None);
    }

    #[test]
    fn the_servers_wish_is_followed_within_reason() {
        let policy = RetryPolicy::default();
        for (wish, pause) in [(7, 7), (300, 300), (86_400, 300)] {
            let got = policy.pause_after(1, Some(Duration::from_secs(wish)));
            assert_eq!(got, Some(Duration::from_secs(pause)));
        }
        assert_eq!(policy.pause_after(5, Some(Duration::from_secs(1))), None);
    }
}
