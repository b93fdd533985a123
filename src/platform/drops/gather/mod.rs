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
mod tests;
