//! What a drop becomes.

use proptest::prelude::*;

use super::*;

fn intake(paths: Vec<PathBuf>) -> (Vec<PathBuf>, Vec<(PathBuf, LeftOutReason)>) {
    let (reports, mut inbox) = tokio::sync::mpsc::unbounded_channel();
    let drop = Drop {
        paths,
        task: None,
        server: None,
        description: "".into(),
    };
    take(&drop, &reports);
    let (mut rows, mut left) = (Vec::new(), Vec::new());
    while let Ok(report) = inbox.try_recv() {
        if let Report::Found {
            files, left_out, ..
        } = report
        {
            rows.extend(files.into_iter().map(|file| file.path));
            left.extend(left_out.into_iter().map(|l| (l.path, l.reason)));
        }
    }
    (rows, left)
}

fn tree(files: &[&str], folders: &[&str]) -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    for folder in folders {
        fs::create_dir_all(top.path().join(folder)).unwrap();
    }
    for file in files {
        let path = top.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    top
}

#[test]
fn a_folder_becomes_its_files_in_the_order_of_names() {
    let top = tree(&["b.log", "a/2.log", "a/1.log", "中文/报告.txt"], &[]);
    let (rows, left) = intake(vec![top.path().to_owned()]);
    let names: Vec<_> = rows
        .iter()
        .map(|row| row.strip_prefix(top.path()).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["a/1.log", "a/2.log", "b.log", "中文/报告.txt"]);
    assert_eq!(left, []);
}

#[test]
fn junk_and_empty_folders_are_left_out_and_said() {
    let top = tree(
        &["keep.txt", "a/.DS_Store", "thumbs.DB", "b/desktop.ini"],
        &["empty/deeper", "b/empty"],
    );
    let (rows, left) = intake(vec![top.path().to_owned()]);
    assert_eq!(rows, [top.path().join("keep.txt")]);
    let mut said: Vec<_> = left
        .iter()
        .map(|(path, reason)| {
            let path = path.strip_prefix(top.path()).unwrap();
            (path.to_str().unwrap().to_owned(), reason.code())
        })
        .collect();
    said.sort();
    let want = [
        ("a", "empty_folder"),
        ("a/.DS_Store", "junk"),
        ("b", "empty_folder"),
        ("b/desktop.ini", "junk"),
        ("empty", "empty_folder"),
        ("thumbs.DB", "junk"),
    ];
    let want: Vec<_> = want.iter().map(|(p, r)| ((*p).to_owned(), *r)).collect();
    assert_eq!(said, want);
}

#[test]
fn a_missing_path_is_said_beside_the_good_ones() {
    let top = tree(&["good.txt"], &[]);
    let gone = top.path().join("gone.txt");
    let (rows, left) = intake(vec![gone.clone(), top.path().join("good.txt")]);
    assert_eq!(rows.len(), 1);
    assert_eq!(left, [(gone, LeftOutReason::Missing)]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_read_is_said_once_and_is_not_called_empty() {
    use std::os::unix::fs::PermissionsExt as _;
    let nobody = rustix::process::Uid::from_raw(65_534);
    let mode = |path: &Path, bits| fs::set_permissions(path, fs::Permissions::from_mode(bits));
    let top = tree(&["good.txt"], &["a/closed"]);
    let closed = top.path().join("a/closed");
    mode(top.path(), 0o755).unwrap();
    mode(&closed, 0o000).unwrap();
    for asked in [top.path().to_owned(), closed.clone()] {
        let walk = move || {
            // Root may read everything; this thread is not root any more.
            if rustix::process::geteuid().is_root() {
                rustix::thread::set_thread_uid(nobody).unwrap();
            }
            intake(vec![asked])
        };
        let (_, left) = std::thread::spawn(walk).join().unwrap();
        assert_eq!(left, [(closed.clone(), LeftOutReason::NotReadable)]);
    }
    mode(&closed, 0o755).unwrap();
}

#[cfg(unix)]
#[test]
fn devices_sockets_and_link_circles_are_left_out() {
    let top = tree(&["a/file"], &[]);
    let socket = top.path().join("a/socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let circle = top.path().join("a/circle");
    std::os::unix::fs::symlink(top.path(), &circle).unwrap();
    let (rows, mut left) = intake(vec![top.path().to_owned(), "/dev/null".into()]);
    assert_eq!(rows, [top.path().join("a/file")]);
    left.sort();
    let mut want = [
        ("/dev/null".into(), LeftOutReason::NotAFile),
        (circle, LeftOutReason::LinkLoop),
        (socket, LeftOutReason::NotAFile),
    ];
    want.sort();
    assert_eq!(left, want);
}

#[test]
fn names_are_carried_as_they_are_but_for_control_characters() {
    for (path, name) in [
        ("/x/中文 报告.txt", "中文 报告.txt"),
        ("/x/say \"hi\".txt", "say \"hi\".txt"),
        ("/x/a\r\nX-Evil: 1.txt", "a__X-Evil: 1.txt"),
        ("/x/ ", "unnamed"),
    ] {
        assert_eq!(name_of(Path::new(path)), name);
    }
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bytes that a name can have; what comes out, a form carries as it is
    /// (S10, `tests/properties.rs`).
    #[test]
    fn any_name_becomes_one_without_control_characters(
        mut bytes in prop::collection::vec(1..=255_u8, 1..=255),
    ) {
        use std::os::unix::ffi::OsStrExt as _;

        bytes.retain(|byte| *byte != b'/');
        bytes.push(b'x'); // neither empty nor a folder
        let name = name_of(&Path::new("/x").join(std::ffi::OsStr::from_bytes(&bytes)));
        let was = String::from_utf8_lossy(&bytes);
        prop_assert_eq!(name.chars().count(), was.chars().count());
        for (is, was) in name.chars().zip(was.chars()) {
            prop_assert_eq!(is, if was.is_control() { '_' } else { was });
        }
    }
}
