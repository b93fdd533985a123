//! Small files to a server that is far away: round trips, and nothing else.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ones_drop::demo::{Fault, Misbehaviour, Step};
use ones_drop::model::{Event, JobState};
use tempfile::TempDir;

use crate::contenders::curl_form;
use crate::cost::{median, run};
use crate::engine::{Face, millis};
use crate::files::{FAR, make_files, scratch, stamp};
use crate::goals::Goals;
use crate::relay::{Line, Relay};
use crate::server::{Scheme, Server};

/// One way; there and back are 100 ms.
const FAR_MILLIS: u64 = 50;

/// The queue with its default settings against `curl -F`, one process a file,
/// whose tickets were fetched before.
pub(crate) fn small_files(runs: usize, goals: &mut Goals) {
    let folder = scratch();
    let files = make_files(folder.path(), &FAR);
    let (mut ours, mut by_curl) = (Vec::new(), Vec::new());
    for run in 0..runs {
        stamp(&files, run as u64);
        by_curl.push(one_by_curl(&folder, &files));
        ours.push(all_by_engine(&folder, &files));
    }
    let each = millis(median(ours.into_iter())) / FAR.count as f64;
    let by_curl = millis(median(by_curl.into_iter()));
    println!(
        "\n{} at 100 ms: {each:.1} ms a file ({:.0} a second), {:.2} of curl's {by_curl:.0} ms",
        FAR.name,
        1000.0 / each,
        each / by_curl
    );
    goals.note("P12", each);
}

fn one_by_curl(folder: &TempDir, files: &[PathBuf]) -> Duration {
    let server = Server::start(folder.path(), Scheme::Http);
    let store = Relay::to(server.demo.store_url(), Line::far(FAR_MILLIS));
    let (_, token) = server.ticket();
    run(&curl_form(&server, &store.address(), &token, &files[0])).wall
}

fn all_by_engine(folder: &TempDir, files: &[PathBuf]) -> Duration {
    let server = Server::start(folder.path(), Scheme::Http);
    let ones = Relay::to(&server.demo.account().server, Line::far(FAR_MILLIS));
    let store = Relay::to(server.demo.store_url(), Line::far(FAR_MILLIS));
    server.demo.faults().push(Fault {
        at: Step::StepOne,
        what: Misbehaviour::Patch(serde_json::json!({ "upload_url": store.address() })),
        times: u32::MAX,
    });
    let mut face = Face::at(&ones.address(), &server);
    let start = Instant::now();
    face.add(files.to_vec());
    for _ in files {
        face.until(|event| match event {
            Event::JobChanged { state, .. } => {
                assert!(!matches!(state, JobState::Failed(_)), "{state:?}");
                matches!(state, JobState::Done(_))
            }
            _ => false,
        });
    }
    start.elapsed()
}
