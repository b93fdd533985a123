//! Two starts in one process, and what may go wrong between them.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;

use super::place::private_folder;
use super::*;

fn place_in(folder: &Path) -> Place {
    let folder = folder.join("run");
    private_folder(&folder).unwrap();
    Place {
        folder,
        key: "key".to_owned(),
    }
}

fn first(place: &Place) -> Instance {
    match place.start(&[]).unwrap() {
        Start::First(instance) => instance,
        other => panic!("{other:?}"),
    }
}

fn quiet() -> Arc<dyn Fn() + Send + Sync> {
    Arc::new(|| {})
}

const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn a_second_start_hands_its_files_to_the_first() {
    let home = tempfile::tempdir().unwrap();
    let place = place_in(home.path());
    let (woken, wait) = mpsc::channel();
    let files = first(&place).serve(Arc::new(move || woken.send(()).unwrap()));
    for paths in [vec![PathBuf::from("/a b/截图.png")], Vec::new()] {
        assert!(matches!(place.start(&paths).unwrap(), Start::HandedOver));
        assert_eq!(files.recv_timeout(LIMIT).unwrap(), paths);
        wait.recv_timeout(LIMIT).unwrap();
    }
}

#[test]
fn only_this_person_reaches_the_socket() {
    let home = tempfile::tempdir().unwrap();
    let place = place_in(home.path());
    let _files = first(&place).serve(quiet());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.folder), 0o700);
    if !cfg!(target_os = "macos") {
        assert_eq!(mode(&place.socket()), 0o600);
    }
}

#[test]
fn a_folder_that_others_could_enter_is_closed_and_a_link_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let open = home.path().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
    private_folder(&open).unwrap();
    let mode = std::fs::metadata(&open).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let link = home.path().join("link");
    std::os::unix::fs::symlink(&open, &link).unwrap();
    assert!(private_folder(&link).is_err());
}

#[test]
fn a_socket_that_was_left_behind_is_taken_over() {
    let home = tempfile::tempdir().unwrap();
    let place = place_in(home.path());
    // Bound and never removed, as `kill -9` leaves it: nobody holds the lock.
    drop(std::os::unix::net::UnixListener::bind(place.socket()).unwrap());
    assert!(place.socket().exists());
    let files = first(&place).serve(quiet());
    let paths = [PathBuf::from("/x")];
    assert!(matches!(place.start(&paths).unwrap(), Start::HandedOver));
    assert_eq!(files.recv_timeout(LIMIT).unwrap(), paths);
}

#[test]
fn a_window_that_is_closing_takes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let place = place_in(home.path());
    drop(first(&place).serve(quiet()));
    // The lock is still held, but whoever read the files is gone.
    let error = place.hand_over(&[PathBuf::from("/x")], Instant::now() + LIMIT);
    assert!(error.is_err());
}

#[test]
fn hostile_talk_gives_nothing_and_the_next_start_is_heard() {
    let home = tempfile::tempdir().unwrap();
    let place = place_in(home.path());
    let files = first(&place).serve(quiet());
    for talk in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"", &[0xFF; 4096]] {
        let mut stream = UnixStream::connect(place.socket()).unwrap();
        stream.write_all(talk).ok();
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        assert_eq!(answer, b"?", "ready, and not one word more");
    }
    // More silent ones than are listened to; they are hung up on.
    let silent: Vec<_> = (0..TALKS_MAX * 2)
        .map(|_| UnixStream::connect(place.socket()).unwrap())
        .collect();
    drop(silent);
    let paths = [PathBuf::from("/x")];
    assert!(matches!(place.start(&paths).unwrap(), Start::HandedOver));
    assert_eq!(files.recv_timeout(LIMIT).unwrap(), paths);
    assert!(files.try_recv().is_err());
}

#[test]
fn a_window_that_never_answers_is_not_waited_for_and_never_gets_the_files() {
    let home = tempfile::tempdir().unwrap();
    let place = place_in(home.path());
    // Holds lock and socket, and listens to nobody yet: it is slow to open.
    let held = first(&place);
    // On a thread of its own, so that a hang is a failure.
    let (sender, told) = mpsc::channel();
    let second = std::thread::spawn(move || {
        let failed = place.start(&[PathBuf::from("/x")]).is_err();
        sender.send((failed, place)).ok();
    });
    let (failed, place) = told.recv_timeout(LIMIT).unwrap();
    assert!(failed);
    second.join().unwrap();
    // The second start shows its files by itself. They must not come here, too;
    // what comes next is what the third start brings.
    let files = held.serve(quiet());
    let paths = [PathBuf::from("/y")];
    assert!(matches!(place.start(&paths).unwrap(), Start::HandedOver));
    assert_eq!(files.recv_timeout(LIMIT).unwrap(), paths);
    assert!(files.try_recv().is_err());
}
