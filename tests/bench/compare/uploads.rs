//! Uploads, in time, CPU and memory.

use std::path::{Path, PathBuf};

use ones_drop::api::{Moved, hash_file};
use ones_drop::demo::Effort;

use crate::contenders::{Contender, has_qiniu};
use crate::cost::{Cost, medians};
use crate::files::{GIBIBYTE, LOGS, SIXTEEN_MIB, SMALL, Scenario, make_files, scratch, stamp};
use crate::goals::Goals;
use crate::server::{Scheme, Server};

/// The store shares the cores of those that send to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    /// It hashes and checks what comes, on one thread: that may be what takes
    /// longest.
    Hashes,
    /// It counts what comes, and was told the etag of the one file: what a store
    /// costs that is another machine. So were the goals' prototypes measured.
    Counts,
}

impl Load {
    fn effort(self, files: &[PathBuf]) -> Effort {
        match (self, files) {
            (Self::Hashes, _) => Effort::Hashes,
            (Self::Counts, [only]) => Effort::Counts {
                etag: hash_file(only, &Moved::default(), || true).unwrap().etag,
            },
            (Self::Counts, _) => panic!("one etag for many files"),
        }
    }
}

/// All scenarios over this scheme.
pub(crate) fn compare(scheme: Scheme, runs: usize, goals: &mut Goals) {
    println!("\nUploads over {}", scheme.name());
    println!(
        "{:<16} {:<8} {:<18} {:>9} {:>9} {:>10} {:>7} {:>7}",
        "files", "store", "by", "wall", "CPU", "peak", "wall", "CPU"
    );
    let large = large(scheme, runs, goals);
    let mut sides = vec![Contender::Curl, Contender::Drop];
    let busy = (scheme, Load::Hashes);
    contest(busy, &LOGS, &sides, runs);
    let small = contest(busy, &SMALL, &sides, runs)[1];
    let secs = small.wall.as_secs_f64();
    println!(
        "{:16} connections: {} to ONES, {} to the store",
        "", small.to_ones, small.to_store
    );
    match scheme {
        Scheme::Http => goals.note("P10 http", secs),
        Scheme::Https => goals.note("P10 https", secs),
    }
    goals.note("P11", small.to_ones.max(small.to_store) as f64);
    if scheme == Scheme::Https {
        sides.remove(0);
        let little = contest(busy, &SIXTEEN_MIB, &sides, runs)[0];
        goals.note("P8", large.peak_mib() - little.peak_mib());
    }
}

/// The large file by everybody, to a store that hashes and to one that counts,
/// which the goals are meant for; gives the program's cost.
fn large(scheme: Scheme, runs: usize, goals: &mut Goals) -> Cost {
    let mut sides = vec![Contender::Curl, Contender::Drop, Contender::SendOnly];
    let mut in_parts = vec![Contender::DropParts];
    // Over HTTPS the SDK's own list of authorities would have to be replaced.
    if scheme == Scheme::Http && has_qiniu() {
        sides.push(Contender::QiniuForm);
        in_parts.push(Contender::Qiniu);
    } else if scheme == Scheme::Http {
        println!("skipped: Qiniu's SDK is missing (python3 -m pip install qiniu)");
    }
    // Each part has an etag of its own, so the store must hash.
    let all = [&sides[..], &in_parts].concat();
    let parts = contest((scheme, Load::Hashes), &GIBIBYTE, &all, runs)[sides.len()];
    goals.note("P7 parts", parts.peak_mib());
    let costs = contest((scheme, Load::Counts), &GIBIBYTE, &sides, runs);
    let (curl, ours, send) = (costs[0], costs[1], costs[2]);
    match scheme {
        Scheme::Http => {
            goals.note("P3 wall", ours.wall_over(curl));
            goals.note("P3 CPU", ours.cpu_over(curl).unwrap_or_default());
            goals.note("P4 wall", send.wall_over(curl));
            goals.note("P4 CPU", send.cpu_over(curl).unwrap_or_default());
            if let [form] = costs[3..] {
                goals.note("P5 wall", ours.wall_over(form));
                goals.note("P5 RSS", ours.peak_mib() / form.peak_mib());
            }
        }
        Scheme::Https => {
            goals.note("P1", ours.wall_over(curl));
            goals.note("P7", ours.peak_mib());
        }
    }
    ours
}

/// Rounds of one scenario; prints and gives each side's medians.
fn contest(
    (scheme, load): (Scheme, Load),
    scenario: &Scenario,
    sides: &[Contender],
    runs: usize,
) -> Vec<Cost> {
    let folder = scratch();
    let files = make_files(folder.path(), scenario);
    let mut costs = vec![Vec::new(); sides.len()];
    for run in 0..runs {
        for (at, side) in sides.iter().enumerate() {
            stamp(&files, (run * sides.len() + at) as u64);
            let server = Server::with(folder.path(), scheme, load.effort(&files));
            let before = arrived(server.demo.dir());
            costs[at].push(side.send(&server, &files));
            assert!(arrived(server.demo.dir()) - before >= files.len());
        }
    }
    let costs: Vec<Cost> = costs.iter().map(|costs| medians(costs)).collect();
    for (side, cost) in sides.iter().zip(&costs) {
        let against = sides.first().filter(|first| *first != side);
        print_row((scenario, load), *side, *cost, against.map(|_| costs[0]));
    }
    costs
}

/// Files that the store keeps.
fn arrived(folder: &Path) -> usize {
    folder.read_dir().unwrap().count()
}

fn print_row(
    (scenario, load): (&Scenario, Load),
    side: Contender,
    cost: Cost,
    first: Option<Cost>,
) {
    let load = match load {
        Load::Hashes => "hashes",
        Load::Counts => "counts",
    };
    let ratio = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.2}"));
    println!(
        "{:<16} {load:<8} {:<18} {:>7.3} s {:>7.2} s {:>6.1} MiB {:>7} {:>7}",
        scenario.name,
        side.name(),
        cost.wall.as_secs_f64(),
        cost.cpu.as_secs_f64(),
        cost.peak_mib(),
        ratio(first.map(|first| cost.wall_over(first))),
        ratio(first.and_then(|first| cost.cpu_over(first))),
    );
}
