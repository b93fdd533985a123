//! Which of the offered forms of a drag are fetched, in which order, and what
//! they come to. Pure: X11 and Wayland bring the bytes.

use super::uri_list::{Entry, parse_addresses, parse_uri_list};
use super::whole::{Png, ends_within_a_line, png};
use crate::model::Hovered;

/// The forms that we can use, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `text/uri-list`.
    List,
    /// The content of a file that lies nowhere yet, as of a picture in a page.
    File,
    /// `image/png`.
    Png,
    /// Text in UTF-8.
    Text,
}

/// MIME types (and an older X11 name) of each form, the best first.
pub(super) const NAMES: [(Kind, &str); 5] = [
    (Kind::List, "text/uri-list"),
    (Kind::Png, "image/png"),
    (Kind::Text, "text/plain;charset=utf-8"),
    (Kind::Text, "UTF8_STRING"),
    (Kind::Text, "text/plain"),
];

/// Of the types that a source offers by name, those that we can use, the best
/// first.
pub(super) fn usable(types: &[String]) -> Vec<(Kind, &'static str)> {
    let is_offered = |(_, name): &(Kind, &str)| types.iter().any(|offered| offered == name);
    NAMES.into_iter().filter(is_offered).collect()
}

/// What was dropped, in the end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Files, and whatever else stood in their list.
    Entries(Vec<Entry>),
    /// A file's name, as its source gave it, and its bytes.
    File(String, Vec<u8>),
    /// A picture's bytes.
    Png(Vec<u8>),
    /// A text's bytes.
    Text(Vec<u8>),
    /// Nothing came.
    Nothing,
    /// It was more than is taken.
    TooLarge,
    /// It broke off before its end.
    CutOff,
}

impl Found {
    /// Whether there is something to keep.
    pub(super) fn is_something(&self) -> bool {
        match self {
            Self::Entries(_) | Self::File(..) | Self::Png(_) | Self::Text(_) => true,
            Self::Nothing | Self::TooLarge | Self::CutOff => false,
        }
    }
}

/// What came for one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    /// All of it.
    Whole(Vec<u8>),
    /// What was in a pipe up to its end, which is all that a pipe tells: a
    /// source that dies ends it, too.
    Piped(Vec<u8>),
    /// Nothing: it was refused, or given up.
    Nothing,
    /// More than is taken.
    TooLarge,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask the source for this form.
    Fetch(Kind),
    /// It is all there.
    Done(Found),
}

/// One drag's forms and what has come of them.
#[derive(Debug)]
pub(super) struct Gather {
    waiting: Vec<Kind>,
    /// A list is offered.
    has_list: bool,
    /// The question for the list was put before the drop, and its answer has not
    /// come: if it is none, it is put once more.
    asks_again: bool,
    /// A list that may be the start of one; it has to come once more alike.
    doubtful: Option<Vec<u8>>,
    /// Why something that was given is not taken.
    lost: Option<Found>,
    list: Option<Vec<Entry>>,
    /// The name of the file that comes as content.
    name: String,
    file: Option<Vec<u8>>,
    png: Option<Vec<u8>>,
    text: Option<Vec<u8>>,
    own_host: Vec<u8>,
}

impl Gather {
    /// A drag that offers these forms.
    pub(super) fn new(mut offered: Vec<Kind>, own_host: Vec<u8>) -> Self {
        offered.sort_unstable();
        offered.dedup();
        Self {
            has_list: offered.contains(&Kind::List),
            waiting: offered,
            asks_again: false,
            doubtful: None,
            lost: None,
            list: None,
            name: String::new(),
            file: None,
            png: None,
            text: None,
            own_host,
        }
    }

    /// The same, with the name of the file that comes as content.
    pub(super) fn named(mut self, name: String) -> Self {
        self.name = name;
        self
    }

    /// What hovers, before anything was fetched.
    pub(super) fn first_look(&self) -> Option<Hovered> {
        self.waiting.first().map(|kind| match kind {
            Kind::List | Kind::File => Hovered::Unknown,
            Kind::Png => Hovered::Picture,
            Kind::Text => Hovered::Text,
        })
    }

    /// The form to fetch before the drop: the list, for its count and size.
    pub(super) fn early(&self) -> Option<Kind> {
        self.waiting
            .first()
            .copied()
            .filter(|kind| *kind == Kind::List)
    }

    /// What to do once it was dropped. A list with a file in it is the drop; a
    /// picture beside web addresses only is the picture itself.
    pub(super) fn next(&mut self) -> Step {
        let has_file = |entries: &Vec<Entry>| {
            let is_file = |entry: &Entry| matches!(entry, Entry::Local(_));
            entries.iter().any(is_file)
        };
        if self.list.as_ref().is_some_and(has_file) {
            return self.done();
        }
        let has_list = self.list.as_ref().is_some_and(|list| !list.is_empty());
        match self.waiting.first() {
            Some(Kind::Png | Kind::Text) if self.file.is_some() => self.done(),
            // Beside addresses the text is only their copy.
            Some(Kind::Text) if has_list || self.png.is_some() => self.done(),
            Some(kind) => Step::Fetch(*kind),
            None => self.done(),
        }
    }

    /// Takes what came for a form.
    pub(super) fn take(&mut self, kind: Kind, came: Came) {
        self.waiting.retain(|waits| *waits != kind);
        let asks_again = kind == Kind::List && std::mem::take(&mut self.asks_again);
        match came {
            Came::Whole(bytes) => self.keep(kind, bytes),
            Came::Piped(bytes) if kind == Kind::List => self.keep_if_sure(bytes),
            Came::Piped(bytes) => self.keep(kind, bytes),
            Came::Nothing => {
                if kind == Kind::List && self.doubtful.take().is_some() {
                    self.lost = Some(Found::CutOff);
                }
            }
            Came::TooLarge => self.lost = Some(Found::TooLarge),
        }
        if asks_again {
            self.ask_for_list();
        }
    }

    /// A list that ends within a line may be the start of one whose source died.
    /// Programs exist that write none after the last, so it is asked for once
    /// more: a source that lives gives the same.
    fn keep_if_sure(&mut self, bytes: Vec<u8>) {
        match self.doubtful.take() {
            Some(first) if first == bytes => self.keep(Kind::List, bytes),
            Some(_) => self.lost = Some(Found::CutOff),
            None if ends_within_a_line(&bytes) => {
                self.doubtful = Some(bytes);
                self.waiting.insert(0, Kind::List);
            }
            None => self.keep(Kind::List, bytes),
        }
    }

    fn keep(&mut self, kind: Kind, mut bytes: Vec<u8>) {
        match kind {
            Kind::List => {
                let entries = parse_uri_list(&bytes, &self.own_host);
                // A refusal is an empty pipe on Wayland.
                self.list = Some(entries).filter(|entries| !entries.is_empty());
            }
            Kind::File if bytes.is_empty() => {}
            Kind::File => self.file = Some(bytes),
            Kind::Png => match png(&bytes) {
                Png::Whole => self.png = Some(bytes),
                Png::CutOff => self.lost = Some(Found::CutOff),
                Png::Other => {}
            },
            Kind::Text => {
                while bytes.last() == Some(&0) {
                    bytes.pop();
                }
                match parse_addresses(&bytes, &self.own_host) {
                    Some(entries) => self.list = Some(entries),
                    None if bytes.trim_ascii().is_empty() => {}
                    None => self.text = Some(bytes),
                }
            }
        }
    }

    /// It was dropped, while this form was on its way. A list that did not come
    /// while hovering is asked for again: some sources give it only after the
    /// drop.
    pub(super) fn dropped(&mut self, under_way: Option<Kind>) {
        if under_way == Some(Kind::List) {
            self.asks_again = self.doubtful.is_none();
        } else {
            self.ask_for_list();
        }
    }

    fn ask_for_list(&mut self) {
        let lacks = self.list.is_none() && !self.waiting.contains(&Kind::List);
        if lacks && self.has_list {
            self.waiting.insert(0, Kind::List);
        }
    }

    /// Its source is given up: what has come by now is all.
    pub(super) fn give_up(&mut self) {
        self.waiting.clear();
        self.asks_again = false;
    }

    /// The entries, as soon as they are known.
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        self.list.as_deref()
    }

    /// Whether there is more than a list of addresses: the thing itself.
    pub(super) fn offers_content(&self) -> bool {
        let is_content = |kind: &Kind| matches!(kind, Kind::File | Kind::Png);
        self.waiting.iter().any(is_content)
    }

    fn done(&mut self) -> Step {
        let is_file = |entry: &Entry| matches!(entry, Entry::Local(_));
        let list = self.list.take().filter(|list| !list.is_empty());
        let found = match (list, self.file.take(), self.png.take(), self.text.take()) {
            (Some(list), ..) if list.iter().any(is_file) => Found::Entries(list),
            (_, Some(file), ..) => Found::File(std::mem::take(&mut self.name), file),
            (_, None, Some(png), _) => Found::Png(png),
            (Some(list), ..) => Found::Entries(list),
            (None, None, None, Some(text)) => Found::Text(text),
            (None, None, None, None) => self.lost.take().unwrap_or(Found::Nothing),
        };
        Step::Done(found)
    }
}

#[cfg(test)]
mod tests {
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
}
