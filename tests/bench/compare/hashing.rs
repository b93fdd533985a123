//! The fingerprint against other tools' SHA-1, which is what it consists of.

use std::path::Path;
use std::process::Command;

use crate::cost::{Cost, medians, run};
use crate::files::{GIBIBYTE, make_files, scratch};

const NAMES: [&str; 3] = ["etag", "openssl dgst -sha1", "sha1sum"];

/// One GiB that lies in memory, hashed by each.
pub(crate) fn compare(runs: usize) {
    let folder = scratch();
    let file = &make_files(folder.path(), &GIBIBYTE)[0];
    let mut costs = [const { Vec::new() }; NAMES.len()];
    for _ in 0..runs {
        for (at, name) in NAMES.iter().enumerate() {
            costs[at].push(run(&command(name, file)));
        }
    }
    let costs = costs.map(|costs| medians(&costs));
    println!(
        "\nFingerprint of 1 GiB\n{:<20} {:>9} {:>7} {:>7}",
        "by", "MB/s", "wall", "CPU"
    );
    for (name, cost) in NAMES.iter().zip(costs) {
        print_row(name, cost, costs[0]);
    }
}

fn command(name: &str, file: &Path) -> Command {
    let mut words = name.split(' ');
    let mut command = match words.next().unwrap() {
        "etag" => {
            let mut helper = Command::new(std::env::current_exe().unwrap());
            helper.args(["as", "hash"]);
            helper
        }
        tool => Command::new(tool),
    };
    command.args(words).arg(file);
    command
}

fn print_row(name: &str, cost: Cost, ours: Cost) {
    let speed = GIBIBYTE.bytes as f64 / cost.wall.as_secs_f64() / 1e6;
    let cpu = ours.cpu_over(cost).unwrap_or_default();
    println!(
        "{name:<20} {speed:>9.0} {:>7.2} {cpu:>7.2}",
        ours.wall_over(cost)
    );
}
