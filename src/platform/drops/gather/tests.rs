//! What is asked of a drag, in which order, and what is made of the answers.

use proptest::prelude::*;

use super::*;

fn came(bytes: Option<Vec<u8>>) -> Came {
    bytes.map_or(Came::Nothing, Came::Whole)
}

fn piped(bytes: &[u8]) -> Came {
    Came::Piped(bytes.to_vec())
}

/// Plays a source that gives these forms, and nothing for `None`.
#[track_caller]
fn check(gives: &[(Kind, Option<&[u8]>)], want: &Found) {
    let offered: Vec<Kind> = gives.iter().map(|(kind, _)| *kind).collect();
    let mut gather = Gather::new(offered, b"desk".to_vec()).named("cat.gif".into());
    for _ in 0..10 {
        match gather.next() {
            Step::Fetch(kind) => {
                let (_, bytes) = gives.iter().find(|(gives, _)| *gives == kind).unwrap();
                gather.take(kind, came(bytes.map(<[u8]>::to_vec)));
            }
            Step::Done(found) => return assert_eq!(&found, want),
        }
    }
    panic!("it never ends");
}

/// A picture of no chunk but the last.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82";
const LINK: &[u8] = b"https://h/cat.png\r\n";

#[test]
fn files_come_before_pictures_and_pictures_before_links() {
    let file = || Found::Entries(vec![Entry::Local("/a".into())]);
    let link = || Found::Entries(vec![Entry::Remote("https://h/cat.png".into())]);
    let png = || Found::Png(PNG.to_vec());
    let (list, picture, text) = (Kind::List, Kind::Png, Kind::Text);
    check(&[(list, Some(b"file:///a"))], &file());
    check(&[(picture, Some(PNG)), (list, Some(b"file:///a"))], &file());
    check(&[(list, Some(LINK)), (picture, Some(PNG))], &png());
    check(&[(list, Some(LINK)), (picture, Some(b"GIF8"))], &link());
    check(&[(list, Some(LINK)), (picture, None)], &link());
    check(&[(list, Some(LINK)), (text, Some(b"words"))], &link());
    check(
        &[(list, None), (picture, Some(PNG)), (text, Some(b"x"))],
        &png(),
    );
    check(
        &[(list, Some(b"")), (text, Some(b"x"))],
        &Found::Text(b"x".to_vec()),
    );
}

#[test]
fn a_text_of_addresses_is_a_list_and_another_text_a_text() {
    check(
        &[(Kind::Text, Some(b"https://h/x\0"))],
        &Found::Entries(vec![Entry::Remote("https://h/x".into())]),
    );
    check(
        &[(Kind::Text, Some(b"a log\n"))],
        &Found::Text(b"a log\n".to_vec()),
    );
    check(&[(Kind::Text, Some(b" \n"))], &Found::Nothing);
    check(&[(Kind::Text, None), (Kind::List, None)], &Found::Nothing);
    let file = Found::File("cat.gif".into(), b"GIF8".to_vec());
    check(
        &[(Kind::Text, Some(LINK)), (Kind::File, Some(b"GIF8"))],
        &file,
    );
    check(
        &[(Kind::List, Some(LINK)), (Kind::File, Some(b"GIF8"))],
        &file,
    );
    check(&[], &Found::Nothing);
}

/// A source that is asked for a list before the drop and gives this.
#[track_caller]
fn asked_early(early: Came) -> Gather {
    let mut gather = Gather::new(vec![Kind::List], Vec::new());
    assert_eq!(gather.early(), Some(Kind::List));
    gather.take(Kind::List, early);
    gather
}

#[test]
fn a_list_that_did_not_come_early_is_asked_for_again() {
    // On Wayland a refusal is a pipe that ends at once.
    for early in [Came::Nothing, piped(b""), piped(b"\r\n")] {
        let mut gather = asked_early(early);
        assert_eq!(gather.early(), None);
        gather.dropped(None);
        assert_eq!(gather.next(), Step::Fetch(Kind::List));
        gather.take(Kind::List, piped(b"file:///a"));
        assert!(matches!(gather.next(), Step::Done(Found::Entries(_))));
    }
}

#[test]
fn a_list_that_is_refused_only_after_the_drop_is_asked_for_again() {
    let mut gather = Gather::new(vec![Kind::List], Vec::new());
    assert_eq!(gather.early(), Some(Kind::List));
    gather.dropped(Some(Kind::List));
    gather.take(Kind::List, Came::Nothing);
    assert_eq!(gather.next(), Step::Fetch(Kind::List));
    // Once.
    gather.take(Kind::List, Came::Nothing);
    assert_eq!(gather.next(), Step::Done(Found::Nothing));
}

#[test]
fn a_source_that_is_given_up_is_asked_for_nothing_more() {
    let mut gather = Gather::new(vec![Kind::List, Kind::Text], Vec::new());
    gather.dropped(Some(Kind::List));
    gather.give_up();
    gather.take(Kind::List, Came::Nothing);
    assert_eq!(gather.next(), Step::Done(Found::Nothing));
}

#[test]
fn a_list_that_ends_within_a_line_has_to_come_twice() {
    let cut = b"file:///a\r\nfile:///tmp/b";
    for (second, want) in [
        (piped(cut), true),
        (piped(b"file:///a\r\nfile:///tmp/b.txt\r\n"), false),
        (piped(b""), false),
        (Came::Nothing, false),
    ] {
        let mut gather = asked_early(piped(cut));
        assert_eq!(gather.next(), Step::Fetch(Kind::List));
        gather.take(Kind::List, second);
        let Step::Done(found) = gather.next() else {
            panic!("more is asked for");
        };
        assert_eq!(matches!(found, Found::Entries(_)), want);
        assert_eq!(found == Found::CutOff, !want);
    }
}

#[test]
fn half_a_picture_and_what_is_too_large_have_their_own_ends() {
    let half = Some(&PNG[..PNG.len() - 1]);
    check(&[(Kind::Png, half)], &Found::CutOff);
    let text = Found::Text(b"x".to_vec());
    check(&[(Kind::Png, half), (Kind::Text, Some(b"x"))], &text);
    let mut gather = Gather::new(vec![Kind::List], Vec::new());
    gather.take(Kind::List, Came::TooLarge);
    assert_eq!(gather.next(), Step::Done(Found::TooLarge));
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::List, Kind::File, Kind::Png, Kind::Text])
}

/// What a source may give for a form: anything, nothing, or what is right.
fn given() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        Just(None),
        Just(Some(b"file:///tmp/a\r\nhttps://h/b\r\n".to_vec())),
        Just(Some(PNG.to_vec())),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_offer_comes_to_an_end_and_no_file_is_lost(
        offered in prop::collection::vec(kind(), 0..8),
        gives in prop::collection::vec((kind(), given()), 0..5),
        early in given(),
    ) {
        let mut gather = Gather::new(offered.clone(), b"desk".to_vec());
        let mut list = None;
        if let Some(kind) = gather.early() {
            list.clone_from(&early);
            gather.take(kind, came(early));
            gather.dropped(None);
        }
        let mut fetched = Vec::new();
        let found = loop {
            match gather.next() {
                Step::Done(found) => break found,
                Step::Fetch(kind) => {
                    prop_assert!(offered.contains(&kind), "only what is offered");
                    prop_assert!(!fetched.contains(&kind), "once each");
                    fetched.push(kind);
                    let bytes = gives.iter().find(|(gives, _)| *gives == kind);
                    let bytes = bytes.and_then(|(_, bytes)| bytes.clone());
                    if kind == Kind::List {
                        list.clone_from(&bytes);
                    }
                    gather.take(kind, came(bytes));
                }
            }
        };
        let entries = list.map(|bytes| parse_uri_list(&bytes, b"desk")).unwrap_or_default();
        if entries.iter().any(|entry| matches!(entry, Entry::Local(_))) {
            prop_assert_eq!(found, Found::Entries(entries));
        }
    }
}
