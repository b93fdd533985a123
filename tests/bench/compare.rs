//! The whole program against `curl -F`, side by side.
//!
//! `cargo bench --bench compare` prints a table of ratios: each scenario is run
//! by both in turn, and the medians are compared. Both talk to the demo's
//! server in this process, which keeps files in memory (`/dev/shm`)
//! where there is such a place. Contents differ in every run, so that nothing
//! is "already there". `ONES_DROP_BENCH_RUNS` sets the number of runs (5).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for developers; a failed run ends it"
)]

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ones_drop::demo;
use serde_json::Value;

/// Files of one scenario.
struct Scenario {
    name: &'static str,
    count: usize,
    bytes: usize,
}

const SCENARIOS: [Scenario; 3] = [
    Scenario {
        name: "1 × 1 GiB",
        count: 1,
        bytes: 1 << 30,
    },
    Scenario {
        name: "100 × 3 MiB",
        count: 100,
        bytes: 3 << 20,
    },
    Scenario {
        name: "1,000 × 16 KiB",
        count: 1000,
        bytes: 16 << 10,
    },
];

/// What one run took.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    peak_kib: u64,
}

fn main() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("curl is not installed; nothing to compare with");
        return;
    }
    let runs = std::env::var("ONES_DROP_BENCH_RUNS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(5);
    println!(
        "ONES Drop's default flow (etag first, two steps, verified) over curl -F (one step), HTTP, medians of {runs}\n"
    );
    println!(
        "{:<16} {:>9} {:>9} {:>7} {:>7} {:>10} {:>10}",
        "files", "curl", "drop", "wall", "CPU", "curl peak", "drop peak"
    );
    for scenario in &SCENARIOS {
        compare(scenario, runs);
    }
}

fn compare(scenario: &Scenario, runs: usize) {
    let folder = scratch();
    let files = make_files(folder.path(), scenario);
    let (mut curl, mut ours) = (Vec::new(), Vec::new());
    for run in 0..runs {
        for side in 0..2 {
            let server = Server::start(folder.path());
            stamp(&files, (run * 2 + side) as u64);
            if side == 0 {
                curl.push(run_curl(&server, &files));
            } else {
                ours.push(run_ours(&server, &files));
            }
        }
    }
    let (curl, ours) = (median(curl), median(ours));
    // GNU time counts in 10 ms: too coarse for a process that lives for 8.
    let cpu = if curl.cpu > Duration::from_millis(200) {
        format!("{:.2}", ours.cpu.as_secs_f64() / curl.cpu.as_secs_f64())
    } else {
        "-".to_owned()
    };
    println!(
        "{:<16} {:>7.2} s {:>7.2} s {:>7.2} {:>7} {:>6.1} MiB {:>6.1} MiB",
        scenario.name,
        curl.wall.as_secs_f64(),
        ours.wall.as_secs_f64(),
        ours.wall.as_secs_f64() / curl.wall.as_secs_f64(),
        cpu,
        curl.peak_kib as f64 / 1024.0,
        ours.peak_kib as f64 / 1024.0,
    );
}

fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn make_files(folder: &Path, scenario: &Scenario) -> Vec<PathBuf> {
    let content: Vec<u8> = (0..=250).cycle().take(scenario.bytes).collect();
    let files: Vec<_> = (0..scenario.count)
        .map(|n| folder.join(format!("{n:04}.bin")))
        .collect();
    for file in &files {
        std::fs::write(file, &content).unwrap();
    }
    files
}

/// Gives every file a content that no run had before.
fn stamp(files: &[PathBuf], run: u64) {
    for (n, file) in files.iter().enumerate() {
        let mut file = std::fs::File::options().write(true).open(file).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&run.to_le_bytes()).unwrap();
        file.write_all(&(n as u64).to_le_bytes()).unwrap();
    }
}

/// The demo's server, on threads of this process, for files of any size.
struct Server {
    demo: demo::Server,
    _stored: tempfile::TempDir,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let stored = tempfile::tempdir_in(folder).unwrap();
        let options = demo::Options {
            dir: Some(stored.path().to_owned()),
            size_limit_bytes: 4 << 30,
            ..demo::Options::default()
        };
        Self {
            demo: demo::Server::start(options).unwrap(),
            _stored: stored,
        }
    }

    /// An upload address and token, as step 1 gives them.
    fn ticket(&self) -> (String, String) {
        let account = self.demo.account();
        let url = format!(
            "{}/project/api/project/team/{}/res/attachments/upload",
            account.server, account.team
        );
        let body = serde_json::json!({
            "type": "attachment", "name": "bench", "ref_type": "task", "ref_id": account.task,
        });
        let output = Command::new("curl")
            .args([
                "-sS",
                "--noproxy",
                "*",
                "-H",
                &format!("Ones-User-Id: {}", account.user),
            ])
            .args(["-H", &format!("Ones-Auth-Token: {}", account.token)])
            .args([
                "-H",
                "Content-Type: application/json",
                "--data",
                &body.to_string(),
                &url,
            ])
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        (text("upload_url"), text("token"))
    }
}

/// curl sends each file in one process after the other, as scripts do.
fn run_curl(server: &Server, files: &[PathBuf]) -> Cost {
    let tickets: Vec<_> = files.iter().map(|_| server.ticket()).collect();
    let mut all = Cost {
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
        peak_kib: 0,
    };
    for (file, (url, token)) in files.iter().zip(&tickets) {
        let mut command = Command::new("curl");
        command
            .args([
                "-sS",
                "--fail",
                "--noproxy",
                "*",
                "-F",
                &format!("token={token}"),
            ])
            .args(["-F", &format!("file=@{}", file.display()), url]);
        let cost = run(&mut command);
        all.wall += cost.wall;
        all.cpu += cost.cpu;
        all.peak_kib = all.peak_kib.max(cost.peak_kib);
    }
    all
}

fn run_ours(server: &Server, files: &[PathBuf]) -> Cost {
    let account = server.demo.account();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    command
        .env(
            "ONES_DROP_CONFIG_DIR",
            files[0].parent().unwrap().join("config"),
        )
        .env("ONES_DROP_SERVER", &account.server)
        .env("ONES_DROP_TEAM", &account.team)
        .env("ONES_DROP_USER", &account.user)
        .env("ONES_DROP_TOKEN", &account.token)
        .args(["upload", "--task", &account.task])
        .args(files);
    run(&mut command)
}

/// Runs a program to its end under GNU time, which tells CPU and memory.
fn run(command: &mut Command) -> Cost {
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
    }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.wall);
    costs[costs.len() / 2]
}
