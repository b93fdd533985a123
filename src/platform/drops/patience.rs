//! How long a source may take. Pure: the receivers bring the time.

use std::time::{Duration, Instant};

/// A source that says nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(5);
/// Bytes that a source hands over in a second at least, or it is given up as
/// well: one that gives a byte now and then would never come to an end.
const BYTES_A_SECOND: u32 = 64 << 10;

/// The patience with one source, for all the forms that it is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// When it has been silent for too long.
    silent: Instant,
    /// When it has been too slow, whatever it said.
    slow: Instant,
}

impl Patience {
    /// Begins now.
    pub(super) fn new(now: Instant) -> Self {
        let end = now + SILENCE;
        Self {
            silent: end,
            slow: end,
        }
    }

    /// It said something, of so many bytes.
    pub(super) fn heard(&mut self, bytes: usize, now: Instant) {
        self.silent = now + SILENCE;
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.slow += Duration::from_secs(1) * bytes / BYTES_A_SECOND;
    }

    /// When it ends, if nothing more is heard.
    pub(super) fn end(&self) -> Instant {
        self.silent.min(self.slow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_ends_it_and_so_does_a_trickle() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut patience = Patience::new(start);
        assert_eq!(patience.end(), at(5));
        // Refusing one form after the other does not make it longer.
        patience.heard(0, at(4));
        assert_eq!(patience.end(), at(5));
        // A byte now and then hardly does.
        for second in 1..60 {
            patience.heard(1, at(second));
        }
        assert!(patience.end() < at(6));
    }

    #[test]
    fn a_source_that_keeps_on_giving_is_waited_for() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        for second in 0..600 {
            let now = start + Duration::from_secs(second);
            assert!(patience.end() > now);
            patience.heard(100 << 10, now);
        }
        // Then it falls silent.
        let last = start + Duration::from_secs(599);
        assert_eq!(patience.end(), last + SILENCE);
    }
}
