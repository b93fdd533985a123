//! When a failed try is repeated: pure arithmetic, no clock, no network.
//!
//! The engine decides in three steps, in this order:
//!
//! 1. *Could the file be on the task already?* All bytes had left, or the store
//!    said "exists" or "callback failed": ONES' list is asked first
//!    (`verdict`, `settle`). Nothing is sent twice on a guess.
//! 2. *Can it pass by itself?* Only then it is repeated
//!    ([`crate::api::ApiError::is_transient`]): no connection, a broken one,
//!    nothing moved, 5xx but 501 and 579, 408, 429. Never other 4xx, 6xx and
//!    7xx, certificates, redirects, or the local file's own fault. A refused
//!    upload token is fetched anew once; a refused sign-in holds the queue; an
//!    ONES server that cannot be reached holds it too, where somebody sits
//!    before it (`network`).
//! 3. *When?* Here: five tries, pauses that double, half of each by chance (not all
//!    of it: a pause near nothing would spend a try on a server that just failed). A
//!    server that names a time (`Retry-After`) is obeyed up to five minutes; one that
//!    wants longer is asked again then, and may use up the tries (F14: "capped").
//!    They are counted anew when one got a MiB further than any before it (a
//!    form too: what ends it may be a limit on time, and the link has got better);
//!    what sockets take in although nobody listens is no progress.
//!    A connection that this machine left behind when it changed its network counts as
//!    broken some seconds after the server can be reached again, not after a minute
//!    (`way`).
//!    Where a large file goes in parts, the tries are counted anew after each
//!    part that arrived, and the next try sends only what is missing. A store
//!    that forgot the upload (612, 701) gets it once more from the start; one
//!    that refuses this way of sending gets the form (`parts`).
//!    The first connection that breaks early is repeated for free: it may have gone
//!    stale while it was kept ([`Tries`]). That is done at once, unless all bytes had
//!    left: then no try follows sooner than in three seconds, so that the list may
//!    show by then what the store only just told ONES.
//!
//! A store that refuses early and then resets the connection gets the same tries
//! wherever the reset overtakes its answer (F20): what is seen here is what a bad
//! link shows, and a rule that gave up after two early breaks would give up on bad
//! links. With the answer seen it is final at once.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use crate::environment;

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
/// What sockets may take in before they notice that nobody listens.
const SOCKET_BYTES: u64 = 4 * 1024 * 1024;

/// A file that may be on its task is not sent again sooner than this many first
/// pauses: ONES hears of it from the store, and lists it then (inferred: a callback
/// takes a moment, and may take longer where servers are busy).
const LISTED_AFTER: u32 = 3;

/// A try that got so much further than any before it counts as a first one.
const STEP_BYTES: u64 = 1024 * 1024;

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
        let default = Self::default();
        Self {
            base: environment::retry_base().unwrap_or(default.base),
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

/// How one file's tries went so far.
#[derive(Debug, Default)]
pub(super) struct Tries {
    failed: u32,
    free_repeat_used: bool,
    /// Bytes that the best try so far got out, beyond what sockets hold.
    furthest_bytes: u64,
}

/// A try that failed in a way that may pass.
#[derive(Debug)]
pub(super) struct Failure {
    /// The connection broke, rather than that an answer said no.
    pub(super) broke: bool,
    /// Bytes that sockets had taken by then.
    pub(super) moved_bytes: u64,
    /// The server's wish.
    pub(super) retry_after: Option<Duration>,
    /// Its file may be on the task all the same.
    pub(super) in_doubt: bool,
}

/// What follows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Once more, at no charge.
    AtOnce,
    /// Once more after a pause.
    After(Duration),
    /// It was the last.
    No,
}

impl Tries {
    /// Counts a failed try and says what follows.
    ///
    /// A server may close a kept connection just when it is used again; the try
    /// then breaks before it got anywhere (measured: up to 10 % of the forms,
    /// where a server closes after each answer). Once, that costs no try, and no
    /// pause unless the store may have the file.
    pub(super) fn failed(&mut self, failure: &Failure, policy: &RetryPolicy) -> Next {
        let least = if failure.in_doubt {
            policy.base * LISTED_AFTER
        } else {
            Duration::ZERO
        };
        if failure.broke && !self.free_repeat_used && failure.moved_bytes <= SOCKET_BYTES {
            self.free_repeat_used = true;
            return if failure.in_doubt {
                Next::After(least)
            } else {
                Next::AtOnce
            };
        }
        // On a link that carries more each time, giving up would be wrong.
        let got_bytes = failure.moved_bytes.saturating_sub(SOCKET_BYTES);
        if got_bytes >= self.furthest_bytes.saturating_add(STEP_BYTES) {
            self.failed = 0;
        }
        self.furthest_bytes = self.furthest_bytes.max(got_bytes);
        self.failed += 1;
        policy
            .pause_after(self.failed, failure.retry_after)
            .map_or(Next::No, |pause| Next::After(pause.max(least)))
    }

    /// Tries that failed, since the last that brought the file forward.
    pub(super) fn count(&self) -> u32 {
        self.failed
    }

    /// Kept connections may be stale, as one of them was.
    pub(super) fn distrusts_kept_connections(&self) -> bool {
        self.free_repeat_used
    }

    /// A part of the file arrived: the tries are counted anew.
    pub(super) fn came_forward(&mut self) {
        self.failed = 0;
    }
}

/// A number in [0, 1), new each time.
fn chance() -> f64 {
    let bits = RandomState::new().hash_one(0) >> 40;
    f64::from(u32::try_from(bits).unwrap_or(0)) / f64::from(1_u32 << 24)
}

#[cfg(test)]
mod tests;
