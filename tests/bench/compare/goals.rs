//! The goals that the program was designed for, and whether they are met.

use std::collections::BTreeMap;

/// A goal: its number, what is measured, the most it may be, and what a
/// prototype showed.
struct Goal(&'static str, &'static str, f64, f64);

const GOALS: [Goal; 28] = [
    Goal("P1", "1 GiB, HTTPS: time, of curl's", 1.60, 1.30),
    Goal("P3 wall", "1 GiB, HTTP: time, of curl's", 1.80, 1.60),
    Goal("P3 CPU", "1 GiB, HTTP: CPU, of curl's", 2.20, 1.95),
    Goal(
        "P4 wall",
        "1 GiB, HTTP, no etag: time, of curl's",
        1.10,
        0.90,
    ),
    Goal("P4 CPU", "1 GiB, HTTP, no etag: CPU, of curl's", 1.15, 0.90),
    Goal("P5 wall", "1 GiB: time, of Qiniu's SDK's form", 0.40, 0.30),
    Goal("P5 RSS", "1 GiB: memory, of the SDK's form", 0.02, 0.02),
    Goal("P7", "peak memory, 1 GiB, HTTPS (MiB)", 24.0, 14.0),
    Goal("P7 parts", "… in parts (MiB)", 24.0, 14.0),
    Goal("P8", "… minus that at 16 MiB (MiB)", 4.0, 1.0),
    Goal("P8 window", "… the same of the window (MiB)", 4.0, 1.0),
    Goal(
        "P9 empty",
        "memory of the window, empty (MiB)",
        150.0,
        120.0,
    ),
    Goal("P9 rows", "… more with 10,000 rows (MiB)", 24.0, 10.0),
    Goal(
        "P9 uploading",
        "… more with 3 files under way (MiB)",
        16.0,
        8.0,
    ),
    Goal("P10 http", "1,000 × 16 KiB, HTTP (s)", 0.35, 0.16),
    Goal("P10 https", "1,000 × 16 KiB, HTTPS (s)", 0.45, 0.20),
    Goal("P11", "TCP connections for them, to one host", 12.0, 7.0),
    // 22 and 27 files a second.
    Goal("P12", "16 KiB files, 100 ms away: ms a file", 45.5, 37.0),
    Goal("P14", "start to first frame (ms)", 300.0, 150.0),
    Goal("P15", "idle, 10,000 rows: % of a core", 0.3, 0.0),
    Goal("P16 CPU", "window while uploading: % of a core", 5.0, 2.0),
    Goal("P16 frames", "… frames a second", 12.0, 12.0),
    Goal("P17", "frame while scrolling, 99 % (ms)", 4.0, 1.0),
    Goal(
        "P18 rows",
        "drop of 10,000 files: rows shown (ms)",
        500.0,
        150.0,
    ),
    Goal("P18 frame", "… longest hold-up of a frame (ms)", 33.0, 16.0),
    Goal("P19 socket", "cancel: socket closed (ms)", 500.0, 100.0),
    Goal("P19 row", "cancel: row says so (ms)", 500.0, 100.0),
    Goal("P21", "10,000 rows after kill -9 (ms)", 500.0, 100.0),
];

/// What was measured, by goal.
#[derive(Default)]
pub(crate) struct Goals(BTreeMap<&'static str, f64>);

impl Goals {
    /// Takes a measurement; of two for the same goal the worse one counts.
    pub(crate) fn note(&mut self, goal: &'static str, value: f64) {
        let known = self.0.entry(goal).or_insert(value);
        *known = known.max(value);
    }

    pub(crate) fn print(&self) {
        println!(
            "\n{:<12} {:<38} {:>8} {:>8} {:>8}",
            "goal", "", "now", "gate", "stretch"
        );
        for Goal(id, what, gate, stretch) in GOALS {
            let Some(now) = self.0.get(id).copied() else {
                continue;
            };
            let verdict = match now {
                now if now <= stretch => "stretch",
                now if now <= gate => "gate",
                _ => "MISSED",
            };
            println!("{id:<12} {what:<38} {now:>8.3} {gate:>8.2} {stretch:>8.2}  {verdict}");
        }
    }
}
