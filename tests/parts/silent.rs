//! F07 among parts: one of them goes silent.

use ones_drop::demo::{Misbehaviour, Options, Server, Step};
use ones_drop::model::{ErrorKind, Event, JobState};

use crate::common::{fault, receipt};
use crate::{PARTS, Store, calls, large, start};

#[test]
fn f07_a_part_that_stalls_is_sent_again_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).unwrap();
    let mut bench = start(server, folder.path(), Store::KnowsParts, |config| {
        config.patience.no_progress = std::time::Duration::from_secs(5);
        config.patience.no_answer = std::time::Duration::from_secs(5);
    });
    let path = large(&bench, "large", 14);
    fault(&bench, Step::Part, Misbehaviour::Stall { after_bytes: 0 });
    let receipt = receipt(&bench.attach(&[&path])[0]).clone();
    assert!(receipt.verified);
    let silent = |event: &Event| match event {
        Event::JobChanged {
            state: JobState::Waiting(pause),
            ..
        } => pause.error.kind == ErrorKind::TimedOut { after_secs: 5 },
        _ => false,
    };
    assert!(bench.events.iter().any(silent), "{:?}", bench.history(0));
    assert_eq!((calls(&bench), bench.forms()), ((1, PARTS + 1, 1, 0), 0));
}
