//! What becomes of a drop that was taken: names, weights, files of its own.

use std::sync::mpsc;

use proptest::prelude::*;

use super::*;
use crate::platform::drops::gather::{Came, Kind};

fn outlet() -> (Outlet, mpsc::Receiver<DropEvent>) {
    let (sender, events) = mpsc::channel();
    let lasting = Arc::default();
    (Outlet::new(sender, Arc::new(|| {}), lasting), events)
}

fn next(events: &mpsc::Receiver<DropEvent>) -> DropEvent {
    events.recv_timeout(Duration::from_mins(1)).unwrap()
}

#[test]
fn count_comes_at_once_and_size_and_folders_after_it() {
    let top = tempfile::tempdir().unwrap();
    fs::write(top.path().join("a"), b"12345").unwrap();
    fs::write(top.path().join("b"), b"123").unwrap();
    fs::create_dir(top.path().join("folder")).unwrap();
    let top = top.path().to_str().unwrap();
    let items = |files, folders, bytes, elsewhere| Hovered::Items {
        files,
        folders,
        bytes,
        elsewhere,
    };
    for (list, first, second) in [
        (
            format!("file://{top}/a\nfile://{top}/b\nhttp://h/x"),
            items(2, 0, None, 1),
            items(2, 0, Some(8), 1),
        ),
        (
            format!("file://{top}/a\nfile://{top}/folder\nfile://{top}/gone"),
            items(3, 0, None, 0),
            items(2, 1, None, 0),
        ),
    ] {
        let (outlet, events) = outlet();
        let mut gather = Gather::new(vec![Kind::List], Vec::new());
        gather.take(Kind::List, Came::Whole(list.into_bytes()));
        outlet.weigh(7, &gather);
        for want in [first, second] {
            let DropEvent::Known(hover) = next(&events) else {
                panic!("not known");
            };
            assert_eq!((hover.drag, hover.what), (7, want));
            assert_eq!(hover.names.first().map(String::as_str), Some("a"));
        }
    }
}

/// A thread that hangs in a folder far away is played by the flag.
#[test]
fn only_one_thread_reads_sizes() {
    let (outlet, events) = outlet();
    let mut gather = Gather::new(vec![Kind::List], Vec::new());
    gather.take(Kind::List, Came::Whole(b"file:///a".to_vec()));
    outlet.weighs.store(true, Ordering::Release);
    outlet.weigh(1, &gather);
    outlet.weigh(2, &gather);
    let counted = || match next(&events) {
        DropEvent::Known(hover) => (hover.drag, hover.what),
        other => panic!("{other:?}"),
    };
    let one = |bytes| Hovered::Items {
        files: 1,
        folders: 0,
        bytes,
        elsewhere: 0,
    };
    assert_eq!([counted(), counted()], [(1, one(None)), (2, one(None))]);
    outlet.weighs.store(false, Ordering::Release);
    outlet.weigh(3, &gather);
    assert_eq!(
        [counted(), counted()],
        [(3, one(None)), (3, one(Some(0)))],
        "and each that ends makes room"
    );
    assert!(!outlet.weighs.load(Ordering::Acquire));
}

#[test]
fn a_picture_becomes_a_file_that_nobody_else_can_reach() {
    let (outlet, events) = outlet();
    outlet.dropped(Found::Png(b"png".to_vec()));
    outlet.dropped(Found::Text(b"words".to_vec()));
    let mut kept = Vec::new();
    for (ending, content) in [("png", "png"), ("txt", "words")] {
        let DropEvent::Dropped { paths, left_out } = next(&events) else {
            panic!("not dropped");
        };
        assert_eq!(left_out, []);
        assert_eq!(fs::read(&paths[0]).unwrap(), content.as_bytes());
        assert_eq!(paths[0].extension().unwrap(), ending);
        kept.extend(paths);
    }
    let folder = outlet.passing.get().unwrap().path().to_owned();
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    drop(outlet);
    assert!(!folder.exists() && !kept[0].exists());
}

#[test]
fn a_picture_lasts_where_it_is_wanted() {
    let (outlet, events) = outlet();
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("dropped");
    outlet.lasting.set(folder.clone()).unwrap();
    outlet.dropped(Found::Png(b"png".to_vec()));
    drop(outlet);
    let DropEvent::Dropped { paths, .. } = next(&events) else {
        panic!("not dropped");
    };
    let [path] = &paths[..] else {
        panic!("{paths:?}");
    };
    assert_eq!(fs::read(path).unwrap(), b"png");
    let place = path.parent().unwrap();
    assert_eq!(place.parent().unwrap(), folder);
    for (path, wanted) in [(&*folder, 0o700), (place, 0o700), (path, 0o600)] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, wanted, "{}", path.display());
    }
}

/// A slow disk may say late that the queue is saved.
#[test]
fn a_picture_that_came_before_the_queue_was_open_lasts_with_it() {
    let (outlet, events) = outlet();
    outlet.dropped(Found::Png(b"png".to_vec()));
    outlet.lasting.set("elsewhere".into()).unwrap();
    drop(outlet);
    let DropEvent::Dropped { paths, .. } = next(&events) else {
        panic!("not dropped");
    };
    assert_eq!(fs::read(&paths[0]).unwrap(), b"png");
    fs::remove_dir_all(paths[0].ancestors().nth(2).unwrap()).unwrap();
}

#[test]
fn a_name_from_elsewhere_leads_nowhere() {
    for (name, want) in [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\cat.png", "cat.png"),
        ("a\nb", "a_b"),
        ("截图.png", "截图.png"),
    ] {
        assert_eq!(safe_name(name), want);
    }
    for name in ["", "..", "x/..", " ", "/"] {
        assert!(safe_name(name).starts_with("file 2"), "{name}");
    }
    // Nothing but a dot is left of it once it is cut.
    let mostly_blank = format!(".{}x", " ".repeat(1000));
    assert!(safe_name(&mostly_blank).starts_with("file 2"));
    assert!(safe_name(&"中".repeat(1000)).len() < 255);
    let long = safe_name(&format!("{}.png", "中".repeat(1000)));
    assert_eq!(long, format!("{}.png", "中".repeat(NAME_MAX_CHARS - 4)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_is_fit_for_a_file(name in any::<String>(), ending in "[a-z0-9]{1,5}") {
        for name in [name.clone(), format!("{name}.{ending}"), name.repeat(40) + "." + &ending] {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe != "." && safe != "..");
            prop_assert!(safe.len() <= 255, "{} bytes", safe.len());
            prop_assert!(!safe.contains(|c: char| c == '/' || c == '\\' || c.is_control()));
            prop_assert_eq!(&safe_name(&safe), &safe, "fit once, fit for ever");
            if name.ends_with(&format!(".{ending}")) {
                prop_assert!(safe.ends_with(&format!(".{ending}")), "{safe:?}");
            }
        }
    }
}

#[test]
fn what_is_no_file_here_is_left_out_with_its_text() {
    let (outlet, events) = outlet();
    outlet.dropped(Found::Entries(vec![
        Entry::Remote("http://h/x".into()),
        Entry::Local("/a".into()),
        Entry::Bad("javascript:x".into()),
    ]));
    let left = |text: &str, reason| LeftOut {
        path: text.into(),
        reason,
    };
    let want = DropEvent::Dropped {
        paths: vec!["/a".into()],
        left_out: vec![
            left("http://h/x", LeftOutReason::Elsewhere),
            left("javascript:x", LeftOutReason::NotAnAddress),
        ],
    };
    assert_eq!(next(&events), want);
    for (found, failure) in [
        (Found::Nothing, Failure::NothingCame),
        (Found::CutOff, Failure::CutOff),
        (Found::TooLarge, Failure::TooLarge),
    ] {
        outlet.dropped(found);
        assert_eq!(next(&events), DropEvent::Failed(failure));
    }
}

#[test]
fn content_that_cannot_be_kept_is_left_out_by_name() {
    let (outlet, events) = outlet();
    let gone = tempfile::tempdir().unwrap();
    fs::remove_dir(gone.path()).unwrap();
    outlet.passing.set(gone).unwrap();
    outlet.dropped(Found::File("cat.png".into(), b"cat".to_vec()));
    let want = DropEvent::Dropped {
        paths: Vec::new(),
        left_out: vec![LeftOut {
            path: "cat.png".into(),
            reason: LeftOutReason::NotKept,
        }],
    };
    assert_eq!(next(&events), want);
}
