//! The saved queue: what is left of it after kill -9, and how soon it is back.

use std::process::Command;
use std::time::Instant;

use ones_drop::model::{Command as Wish, Event};

use crate::cost::median;
use crate::engine::{Face, MANY, millis};
use crate::files::{make_files, scratch};
use crate::goals::Goals;
use crate::server::{Scheme, Server};

/// 10,000 files are queued, and the folder is copied as a kill would leave it;
/// then the time
/// from the start of an engine until its face knows all rows again, each file
/// looked at on the disk. The sign-in is in it.
pub(crate) fn restore(runs: usize, goals: &mut Goals) {
    let folder = scratch();
    let files = make_files(folder.path(), &MANY);
    let (mut offered, mut known) = (Vec::new(), Vec::new());
    for run in 0..runs {
        let server = Server::start(folder.path(), Scheme::Http);
        let queue = folder.path().join(format!("queue {run}"));
        let address = &server.demo.account().server;
        let mut face = Face::starting(address, &server, Some(&queue));
        face.until(|event| matches!(event, Event::SignedIn(_)));
        face.engine.send(Wish::Pause);
        face.add(files.clone());
        while face.board.jobs().len() < MANY.count {
            face.until(|event| matches!(event, Event::JobsAdded { .. }));
        }
        let saved = saved_as_killed(&queue);
        drop(face);
        let start = Instant::now();
        let mut face = Face::starting(address, &server, Some(&saved));
        face.until(|event| matches!(event, Event::Unfinished(open) if open.len() == MANY.count));
        offered.push(start.elapsed());
        face.engine.send(Wish::Pause);
        face.engine.send(Wish::Continue);
        while face.board.jobs().len() < MANY.count {
            face.until(|event| matches!(event, Event::JobsAdded { .. }));
        }
        known.push(start.elapsed());
    }
    let offered = millis(median(offered.into_iter()));
    let known = millis(median(known.into_iter()));
    println!(
        "\nQueue of 10,000 after kill -9: offered after {offered:.0} ms, rows after {known:.0} ms"
    );
    goals.note("P21", known);
}

/// A copy of the files as a kill would leave them: nothing is closed or tidied.
fn saved_as_killed(queue: &std::path::Path) -> std::path::PathBuf {
    let copy = queue.with_extension("killed");
    let lines = || {
        let text = std::fs::read_to_string(queue.join("queue.jsonl")).unwrap_or_default();
        text.lines().count()
    };
    let start = Instant::now();
    while lines() <= MANY.count {
        assert!(start.elapsed().as_secs() < 20, "the queue was not written");
    }
    let copied = Command::new("cp").arg("-r").arg(queue).arg(&copy).status();
    assert!(copied.is_ok_and(|status| status.success()));
    copy
}
