//! The queue file against crashes, damage and other hands.

use super::*;
use crate::journal::entry::{Entry, KeptPart, KeptParts, Known};
use crate::model::Task;

fn entry(path: impl Into<PathBuf>) -> Entry {
    Entry {
        path: path.into(),
        name: "日志.txt".to_owned(),
        description: String::new(),
        size_bytes: 7,
        modified: None,
        server: None,
        task: None,
        known: None,
        parts: None,
    }
}

fn add(key: u64) -> Line {
    Line::Add(key, Box::new(entry(format!("/logs/{key}"))))
}

/// Writes lines as the writer does: in memory first.
fn write(file: &mut QueueFile, queue: &mut Queue, lines: &[Line]) {
    for line in lines {
        queue.apply(line.clone());
    }
    file.append(lines, queue).unwrap();
}

/// A file with these lines, closed.
fn written(path: &Path, lines: &[Line]) -> Queue {
    let opened = QueueFile::open(path).unwrap();
    let (mut file, mut queue) = (opened.file.unwrap(), opened.queue);
    write(&mut file, &mut queue, lines);
    queue
}

fn everything() -> Vec<Line> {
    let part = |number| KeptPart {
        number,
        etag: format!("Fgd8eREZ4FXnoK5eUHCJo_kRSDb{number}"),
        md5: "aad8b8e4d120d0df7a7fda991d5dab03".to_owned(),
    };
    vec![
        add(0),
        add(1),
        Line::Task(
            1,
            Some("https://ones.example.com".to_owned()),
            Task {
                id: "6ZpgEzkk00000001".to_owned(),
                team: "BDfDqJU7".to_owned(),
                number: Some(7),
                title: Some("Login \"page\"\n".to_owned()),
            },
            "seen on Friday".to_owned(),
        ),
        Line::Known(
            1,
            Known {
                etag: "Fto5o-5ea0sNMlW_75VgGJCv2AcJ".to_owned(),
                modified: Some(std::time::SystemTime::now()),
                size_bytes: Some(8),
            },
        ),
        Line::Parts(
            1,
            KeptParts {
                store: "https://up.qbox.me".to_owned(),
                bucket: "b".to_owned(),
                upload_id: "68ab".to_owned(),
                expires_at: Some(1_800_000_000),
                sent: Vec::new(),
            },
        ),
        Line::Part(1, part(2)),
        Line::Part(1, part(1)),
        Line::Part(1, part(2)),
        Line::End(vec![0]),
    ]
}

#[test]
fn what_is_open_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.jsonl");
    let queue = written(&path, &everything());
    let opened = QueueFile::open(&path).unwrap();
    assert_eq!(opened.queue, queue);
    assert_eq!(opened.set_aside, None);
    let kept = &opened.queue.entries[&1];
    let parts = kept.parts.as_ref().unwrap();
    let numbers: Vec<_> = parts.sent.iter().map(|part| part.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(opened.queue.entries.len(), 1);
    assert_eq!(opened.queue.next_key, 2);
}

/// Its time cannot be written; it is kept all the same.
#[test]
fn a_file_from_before_1970_does_not_keep_the_queue_from_being_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.jsonl");
    let old = std::time::SystemTime::UNIX_EPOCH - std::time::Duration::from_secs(1);
    let known = Known {
        etag: "Fto5o-5ea0sNMlW_75VgGJCv2AcJ".to_owned(),
        modified: Some(old),
        size_bytes: None,
    };
    let mut line = entry("/logs/old");
    line.modified = Some(old);
    written(
        &path,
        &[Line::Add(0, Box::new(line)), Line::Known(0, known)],
    );
    let kept = &QueueFile::open(&path).unwrap().queue.entries[&0];
    assert_eq!(kept.modified, None);
    assert_eq!(kept.known.as_ref().unwrap().modified, None);
}

#[test]
fn a_line_of_an_older_version_is_read() {
    let text = "{\"ones_drop_queue\":1}\n\
        {\"add\":[3,{\"path\":\"/logs/a\",\"name\":\"a\",\"size_bytes\":7}]}\n";
    let entries = read_queue(text.as_bytes());
    assert_eq!(entries[&3].size_bytes, 7);
    assert_eq!(entries[&3].modified, None);
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_survives_byte_for_byte() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.jsonl");
    let odd = Path::new(std::ffi::OsStr::from_bytes(b"/logs/bad\xff\xfe\n\"name"));
    let line = Line::Add(5, Box::new(entry(odd)));
    written(&path, &[line]);
    let opened = QueueFile::open(&path).unwrap();
    assert_eq!(opened.queue.entries[&5].path, odd);
}

#[cfg(unix)]
#[test]
fn only_this_person_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("new");
    private_folder(&folder).unwrap();
    let path = folder.join("queue.jsonl");
    written(&path, &[add(0)]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
}

/// A power cut may leave any beginning of what was written.
#[test]
fn every_beginning_of_the_file_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.jsonl");
    written(&path, &everything());
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(3) {
        fs::write(&path, &whole[..length]).unwrap();
        let opened = QueueFile::open(&path).unwrap();
        assert_eq!(opened.set_aside, None, "{length} bytes");
        let (mut file, mut queue) = (opened.file.unwrap(), opened.queue);
        write(&mut file, &mut queue, &[add(77)]);
        let again = QueueFile::open(&path).unwrap();
        assert_eq!(again.set_aside, None, "{length} bytes");
        assert_eq!(again.queue, queue, "{length} bytes");
    }
}

#[test]
fn a_damaged_file_is_set_aside_and_what_can_be_read_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.jsonl");
    written(&path, &[add(0), add(1), add(2)]);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("{\"add\":[1,", "\0\0\0\0\0\0\0\0\0\0")).unwrap();
    let opened = QueueFile::open(&path).unwrap();
    let aside = opened.set_aside.unwrap();
    assert!(fs::read_to_string(aside).unwrap().contains("\0\0"));
    let keys: Vec<_> = opened.queue.entries.keys().copied().collect();
    assert_eq!(keys, [0, 2]);
    drop(opened.file);
    assert_eq!(QueueFile::open(&path).unwrap().set_aside, None);
}

#[test]
fn damage_after_damage_is_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.jsonl");
    let damaged = |number: usize| {
        fs::write(&path, format!("damage {number}\n\n")).unwrap();
        QueueFile::open(&path).unwrap().set_aside.unwrap()
    };
    let asides: Vec<_> = (0..ASIDE_MAX).map(damaged).collect();
    for (number, aside) in asides.iter().enumerate() {
        let held = fs::read_to_string(aside).unwrap();
        assert_eq!(held, format!("damage {number}\n\n"));
    }
    assert!(is_one_aside(&path));
    // More than that are a folder full of them.
    assert_eq!(damaged(ASIDE_MAX), asides[ASIDE_MAX - 1]);
}

#[test]
fn a_file_of_another_kind_or_a_later_version_is_set_aside() {
    for content in [
        "{\"ones_drop_queue\":2}\n",
        "[]\n",
        "hello\n\n",
        "\u{0}\u{0}\n",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.jsonl");
        fs::write(&path, content).unwrap();
        let opened = QueueFile::open(&path).unwrap();
        let aside = opened.set_aside.unwrap();
        assert_eq!(fs::read_to_string(aside).unwrap(), content);
        assert!(opened.queue.entries.is_empty());
    }
}

#[test]
fn dead_lines_are_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.jsonl");
    let opened = QueueFile::open(&path).unwrap();
    let (mut file, mut queue) = (opened.file.unwrap(), opened.queue);
    for batch in 0..50 {
        let keys = batch * 100..(batch + 1) * 100;
        let lines: Vec<_> = keys.clone().map(add).collect();
        write(&mut file, &mut queue, &lines);
        write(&mut file, &mut queue, &[Line::End(keys.skip(1).collect())]);
    }
    let lines = fs::read_to_string(&path).unwrap().lines().count();
    assert!(lines < 2 * DEAD_LINES, "{lines}");
    assert_eq!(QueueFile::open(&path).unwrap().queue, queue);
}

/// On Windows a file that is open cannot be replaced.
#[test]
fn the_file_is_closed_before_it_is_replaced() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("queue.jsonl");
    let opened = QueueFile::open(&path).unwrap();
    let (mut file, mut queue) = (opened.file.unwrap(), opened.queue);
    write(&mut file, &mut queue, &[add(0)]);
    fs::remove_dir_all(&folder).unwrap();
    file.rewrite(&queue).unwrap_err();
    assert!(file.file.is_none());
    // The next line brings all of them.
    fs::create_dir(&folder).unwrap();
    write(&mut file, &mut queue, &[add(1)]);
    assert_eq!(QueueFile::open(&path).unwrap().queue, queue);
}
