//! Speed and time left from bytes and moments; the caller brings the clock.

use std::time::{Duration, Instant};

/// Old speed counts half after this long.
const HALF_LIFE_SECS: f64 = 2.0;
/// No number is shown before this much of the run was seen.
const WARM_UP: Duration = Duration::from_secs(3);
/// Samples closer together than this are put together.
const MIN_STEP: Duration = Duration::from_millis(100);

/// A smoothed speed: bytes over time, of which both fade. What fills the system's
/// buffers at first counts for the moment that it took, and no longer.
#[derive(Debug, Clone, Default)]
pub struct Rate {
    started: Option<Instant>,
    last: Option<(Instant, u64)>,
    bytes: f64,
    secs: f64,
}

impl Rate {
    /// Tells how many bytes have moved in all by `now`. A smaller number than
    /// before (a retry) starts the measurement anew.
    pub fn observe(&mut self, now: Instant, total_bytes: u64) {
        let Some((then, before)) = self.last else {
            self.started = Some(now);
            self.last = Some((now, total_bytes));
            return;
        };
        if total_bytes < before {
            *self = Self::default();
            self.observe(now, total_bytes);
            return;
        }
        let step = now.saturating_duration_since(then);
        if step < MIN_STEP {
            return;
        }
        let keep = 0.5_f64.powf(step.as_secs_f64() / HALF_LIFE_SECS);
        self.bytes = self.bytes * keep + to_f64(total_bytes - before);
        self.secs = self.secs * keep + step.as_secs_f64();
        self.last = Some((now, total_bytes));
    }

    /// Bytes a second, once there is enough to say so.
    #[must_use]
    pub fn bytes_per_sec(&self) -> Option<f64> {
        let (last, _) = self.last?;
        let seen = last.saturating_duration_since(self.started?);
        let bytes_per_sec = self.bytes / self.secs;
        (seen >= WARM_UP && bytes_per_sec >= 1.0).then_some(bytes_per_sec)
    }

    /// Time until `left_bytes` have moved too, at most a week.
    #[must_use]
    pub fn time_left(&self, left_bytes: u64) -> Option<Duration> {
        let secs = to_f64(left_bytes) / self.bytes_per_sec()?;
        (secs < 7.0 * 86_400.0).then(|| Duration::from_secs_f64(secs))
    }
}

/// Bytes as a float; the loss above 2^53 is far below what anybody sees.
#[expect(clippy::cast_precision_loss, reason = "a display value")]
fn to_f64(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_gives_its_own_speed_after_the_warm_up() {
        let start = Instant::now();
        let mut rate = Rate::default();
        for tick in 0..=29 {
            rate.observe(start + Duration::from_millis(100 * tick), 1000 * tick);
            assert_eq!(rate.bytes_per_sec(), None);
        }
        rate.observe(start + Duration::from_secs(3), 30_000);
        assert_eq!(rate.bytes_per_sec().map(f64::round), Some(10_000.0));
        let left = rate
            .time_left(50_000)
            .map(|left| left.as_secs_f64().round());
        assert_eq!(left, Some(5.0));
    }

    #[test]
    fn half_of_the_old_speed_is_forgotten_in_two_seconds() {
        let start = Instant::now();
        let mut rate = Rate::default();
        rate.observe(start, 0);
        rate.observe(start + Duration::from_secs(4), 4000);
        rate.observe(start + Duration::from_secs(6), 4000);
        assert_eq!(rate.bytes_per_sec().map(f64::round), Some(500.0));
    }

    #[test]
    fn a_burst_into_the_systems_buffers_is_no_speed() {
        let start = Instant::now();
        let mut rate = Rate::default();
        rate.observe(start, 0);
        // 16 MB at once, then 1 MB each tenth of a second.
        for tick in 1..=50 {
            rate.observe(
                start + Duration::from_millis(100 * tick),
                (15 + tick) * 1_000_000,
            );
            if let Some(speed) = rate.bytes_per_sec() {
                assert!((9e6..14e6).contains(&speed), "{tick}: {speed}");
            }
        }
    }

    #[test]
    fn a_retry_starts_the_measurement_anew() {
        let start = Instant::now();
        let mut rate = Rate::default();
        rate.observe(start, 0);
        rate.observe(start + Duration::from_secs(4), 4000);
        rate.observe(start + Duration::from_secs(5), 0);
        assert_eq!(rate.bytes_per_sec(), None);
    }
}
