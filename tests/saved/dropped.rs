//! Pictures and texts that were dropped without a file: beside the queue lies
//! the only copy.

use ones_drop::demo::{Options, Server};
use ones_drop::model::{Command, Saving};

use crate::common::receipt;
use crate::{again, offered, start, until_saving};

#[test]
fn dropped_content_stays_until_it_is_attached() {
    let folder = tempfile::tempdir().unwrap();
    let dropped = folder.path().join("dropped");
    let put = |place: &str| {
        let place = dropped.join(place);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("image.png"), b"png").unwrap();
        place.join("image.png")
    };
    put("left by a kill");
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    until_saving(&mut bench, |saving| *saving == Saving::On);
    assert!(!dropped.exists());

    let (wanted, other) = (put("wanted"), put("other"));
    bench.engine.send(Command::Pause);
    bench.add(&[&wanted]);
    bench.until("a row", |board| board.jobs().len() == 1);
    let mut second = start(Server::start(Options::default()).unwrap(), folder.path());
    until_saving(&mut second, |saving| *saving == Saving::ElsewhereOpen);
    drop(second);
    assert!(other.exists(), "the queue is not the second window's");

    let mut bench = again(bench, folder.path());
    assert_eq!(offered(&mut bench)[0].amiss, None);
    // Said once the folder is swept.
    until_saving(&mut bench, |saving| *saving == Saving::On);
    assert!(!other.exists());
    bench.engine.send(Command::Continue);
    bench.until_settled(1);
    assert!(receipt(&bench.job(0).state).verified);
    assert!(wanted.exists(), "the row may still be looked at");
    drop(bench.engine);
    assert!(!dropped.exists());
}

/// It may name what nobody can read any more.
#[test]
fn dropped_content_stays_beside_a_damaged_queue() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("dropped/place");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(folder.path().join("queue.jsonl"), "nonsense\n").unwrap();
    let mut bench = start(Server::start(Options::default()).unwrap(), folder.path());
    until_saving(&mut bench, |saving| matches!(saving, Saving::SetAside(_)));
    drop(again(bench, folder.path()));
    assert!(place.exists());
}
