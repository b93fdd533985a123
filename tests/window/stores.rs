//! S4: what a row says of the store that its file goes to.

use ones_drop::model::{Command, ErrorKind, Event, How, JobId, JobState, UploadError};

use super::bench::{Bench, job, receipt};

#[test]
fn s04_a_store_without_encryption_is_named_and_asked_about() {
    let mut bench = Bench::with_task();
    let store = "http://store.example.com:9000".to_owned();
    let error = UploadError::new(ErrorKind::PlainStore {
        store: store.clone(),
    });
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Failed(error))],
        left_out: vec![],
    });
    bench.sees_part("Unencrypted connection to the storage server (http://store.example.com:9000)");
    bench.click("Send anyway a.log");
    assert!(matches!(
        &bench.commands()[..],
        [Command::AllowPlainStore { store: of }] if *of == store
    ));
}

#[test]
fn s04_details_say_to_which_store_a_file_goes() {
    let mut bench = Bench::with_task();
    bench.tell(Event::JobsAdded {
        jobs: vec![job(1, "a.log", JobState::Done(receipt(How::Sent)))],
        left_out: vec![],
    });
    bench.tell(Event::JobStore {
        id: JobId(1),
        store: "https://up-z2.qiniup.com".into(),
    });
    bench.click("Details a.log");
    bench.sees("https://up-z2.qiniup.com");
}
