//! What a run takes: time, CPU and memory, by GNU time.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took, or the medians of several.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_kib: u64,
    /// TCP connections that the ONES server took.
    pub(crate) to_ones: usize,
    /// TCP connections that the store took.
    pub(crate) to_store: usize,
}

impl Cost {
    /// One after the other: times add up, the largest memory counts.
    pub(crate) fn then(self, next: Self) -> Self {
        Self {
            wall: self.wall + next.wall,
            cpu: self.cpu + next.cpu,
            peak_kib: self.peak_kib.max(next.peak_kib),
            to_ones: self.to_ones + next.to_ones,
            to_store: self.to_store + next.to_store,
        }
    }

    pub(crate) fn peak_mib(self) -> f64 {
        self.peak_kib as f64 / 1024.0
    }

    /// Time as a share of another's.
    pub(crate) fn wall_over(self, other: Self) -> f64 {
        self.wall.as_secs_f64() / other.wall.as_secs_f64()
    }

    /// CPU as a share of another's. GNU time counts in 10 ms: too coarse for
    /// processes that live for 8, so short sums give nothing.
    pub(crate) fn cpu_over(self, other: Self) -> Option<f64> {
        (other.cpu > Duration::from_millis(200))
            .then(|| self.cpu.as_secs_f64() / other.cpu.as_secs_f64())
    }
}

/// The middle of each column.
pub(crate) fn medians(costs: &[Cost]) -> Cost {
    Cost {
        wall: median(costs.iter().map(|cost| cost.wall)),
        cpu: median(costs.iter().map(|cost| cost.cpu)),
        peak_kib: median(costs.iter().map(|cost| cost.peak_kib)),
        to_ones: median(costs.iter().map(|cost| cost.to_ones)),
        to_store: median(costs.iter().map(|cost| cost.to_store)),
    }
}

/// The middle value.
pub(crate) fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// Runs a program to its end under GNU time, which tells CPU and memory.
pub(crate) fn run(command: &Command) -> Cost {
    let mut timed = Command::new("/usr/bin/time");
    timed
        .args(["-f", "%U %S %M"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        timed.env(name, value.unwrap_or_default());
    }
    let start = Instant::now();
    let output = timed.stdout(Stdio::null()).output().unwrap();
    let wall = start.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{timed:?}: {said}");
    let numbers: Vec<f64> = said
        .lines()
        .last()
        .unwrap()
        .split(' ')
        .map(|n| n.parse().unwrap())
        .collect();
    Cost {
        wall,
        cpu: Duration::from_secs_f64(numbers[0] + numbers[1]),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "KiB"
        )]
        peak_kib: numbers[2] as u64,
        ..Cost::default()
    }
}
