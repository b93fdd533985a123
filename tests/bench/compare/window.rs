//! The real window, in a process of its own under Xvfb: how soon it is there,
//! and what it takes while nothing, much or something moves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ones_drop::demo::{Fault, Misbehaviour, Step};

use crate::cost::median;
use crate::engine::{MANY, millis};
use crate::files::{GIBIBYTE, SIXTEEN_MIB, Scenario, make_files, scratch, stamp};
use crate::goals::Goals;
use crate::screen::{Opened, Screen};
use crate::server::{Scheme, Server};

/// As many as travel at once.
const THREE: Scenario = Scenario {
    name: "3 × 256 MiB",
    count: 3,
    bytes: 256 << 20,
};
/// The store's pause before each piece: some 100 Mbit/s for the three.
const PAUSE_MILLIS: u64 = 30;
const UPLOADING: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(30);
/// Nothing here takes longer.
const LIMIT: Duration = Duration::from_mins(2);

/// All that is measured of the window.
pub(crate) fn measure(runs: usize, goals: &mut Goals) {
    let Some(screen) = Screen::start() else {
        println!("\nskipped: the window (Xvfb is not installed)");
        return;
    };
    println!("\nThe window, painted in software");
    first_frame(&screen, runs, goals);
    let folder = scratch();
    memory_of_size(&screen, folder.path(), goals);
    let empty = empty(&screen, folder.path(), goals);
    many_rows(&screen, folder.path(), empty, goals);
    uploading(&screen, folder.path(), empty, goals);
}

/// The program as it comes, without a sign-in.
fn first_frame(screen: &Screen, runs: usize, goals: &mut Goals) {
    let open = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
        screen.open(&mut program).first_frame
    };
    open(); // until the libraries are in memory
    let frame = millis(median((0..runs).map(|_| open())));
    println!("first frame after {frame:.0} ms");
    goals.note("P14", frame);
}

/// The window on its server, with files to send.
fn window(screen: &Screen, server: &Server, files: &[PathBuf]) -> Opened {
    let account = server.demo.account();
    let mut helper = Command::new(std::env::current_exe().unwrap());
    helper.args(["as", "window", &account.server, &account.team]);
    helper.args([&account.user, &account.token, &account.task]);
    screen.open(helper.args(files))
}

/// Waits until the store has so many files, and the window is at rest.
fn until_sent(server: &Server, opened: &Opened, count: usize) {
    let start = Instant::now();
    let stored = || server.demo.dir().read_dir().unwrap().count();
    while stored() < count || !opened.is_quiet() {
        assert!(start.elapsed() < LIMIT, "{} of {count} arrived", stored());
    }
}

/// The most memory for a large file, less that for a small one.
fn memory_of_size(screen: &Screen, folder: &Path, goals: &mut Goals) {
    let peak = |scenario: &Scenario| {
        let folder = tempfile::tempdir_in(folder).unwrap();
        let files = make_files(folder.path(), scenario);
        let server = Server::start(folder.path(), Scheme::Http);
        let opened = window(screen, &server, &files);
        until_sent(&server, &opened, files.len());
        opened.peak_mib()
    };
    let (large, small) = (peak(&GIBIBYTE), peak(&SIXTEEN_MIB));
    println!("peak memory: {large:.1} MiB for 1 GiB, {small:.1} MiB for 16 MiB");
    goals.note("P8 window", large - small);
}

fn empty(screen: &Screen, folder: &Path, goals: &mut Goals) -> f64 {
    let server = Server::start(folder, Scheme::Http);
    let opened = window(screen, &server, &[]);
    until_sent(&server, &opened, 0);
    let empty = opened.rss_mib();
    println!("memory without files: {empty:.1} MiB");
    goals.note("P9 empty", empty);
    empty
}

/// Rows of which each was attached, and nothing to do any more.
fn many_rows(screen: &Screen, folder: &Path, empty: f64, goals: &mut Goals) {
    let folder = tempfile::tempdir_in(folder).unwrap();
    let content = folder.path().join("many");
    std::fs::create_dir(&content).unwrap();
    stamp(&make_files(&content, &MANY), 0);
    let server = Server::start(folder.path(), Scheme::Http);
    let mut opened = window(screen, &server, &[content]);
    until_sent(&server, &opened, MANY.count);
    let rows = opened.rss_mib() - empty;
    let before = opened.used();
    let frames = opened.frames_within(IDLE);
    let share = share(before, opened.used(), IDLE);
    println!(
        "10,000 finished rows: {rows:.1} MiB more; {share:.2} % of a core, {frames} frames in 30 s"
    );
    goals.note("P9 rows", rows);
    goals.note("P15", share);
}

/// Three large files on their way, at the speed of a good line.
fn uploading(screen: &Screen, folder: &Path, empty: f64, goals: &mut Goals) {
    let folder = tempfile::tempdir_in(folder).unwrap();
    let files = make_files(folder.path(), &THREE);
    stamp(&files, 0);
    let server = Server::start(folder.path(), Scheme::Http);
    server.demo.faults().push(Fault {
        at: Step::Form,
        what: Misbehaviour::SlowBody {
            pause_ms: PAUSE_MILLIS,
        },
        times: u32::MAX,
    });
    let mut opened = window(screen, &server, &files);
    let start = Instant::now();
    let sending = || {
        let requests = server.demo.requests();
        let forms = requests.iter().filter(|seen| seen.to_store);
        forms.filter(|form| form.body_bytes > 0).count()
    };
    while sending() < THREE.count {
        assert!(start.elapsed() < LIMIT, "not all are being sent");
        std::thread::sleep(Duration::from_millis(10));
    }
    let before = opened.used_by_window();
    let frames = opened.frames_within(UPLOADING) as f64 / UPLOADING.as_secs_f64();
    let share = share(before, opened.used_by_window(), UPLOADING);
    let more = opened.peak_mib() - empty;
    println!(
        "uploading {}: {more:.1} MiB more; the window {share:.1} % of a core, {frames:.1} frames a second",
        THREE.name
    );
    goals.note("P9 uploading", more);
    goals.note("P16 CPU", share);
    goals.note("P16 frames", frames);
}

/// Processor time that was used in between, in percent of one core.
fn share(before: Duration, after: Duration, within: Duration) -> f64 {
    (after.as_secs_f64() - before.as_secs_f64()) / within.as_secs_f64() * 100.0
}
