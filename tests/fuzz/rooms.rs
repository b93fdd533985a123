//! The rooms of the program that read what others wrote, for the targets.
//!
//! Their sources are taken as they are; see `README.md` for how a target is
//! added.

#[path = "../../src/api/mod.rs"]
pub mod api;
#[path = "../../src/journal/mod.rs"]
pub mod journal;
#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/worker.rs"]
pub mod worker;
/// Of the room `platform` only what reads: the rest knows the window.
#[cfg(unix)]
#[allow(dead_code, reason = "the receivers call the rest of it")]
#[path = "../../src/platform/drops"]
pub mod drops {
    mod gather;
    pub mod uri_list;
    mod whole;

    use gather::{Came, Found, Gather, Step, usable};
    use uri_list::{Entry, parse_uri_list};

    /// Plays a drag that offers these types and gives these bytes for whatever
    /// it is asked. It has to end, and to bring the files of its list.
    pub fn play(types: &[String], bytes: &[u8]) {
        let forms = usable(types);
        let kinds = forms.iter().map(|(kind, _)| *kind).collect();
        let mut gather = Gather::new(kinds, b"host".to_vec());
        let mut asked = Vec::new();
        let found = loop {
            match gather.next() {
                Step::Done(found) => break found,
                Step::Fetch(kind) => {
                    assert!(forms.iter().any(|(offered, _)| *offered == kind));
                    assert!(!asked.contains(&kind), "asked twice for {kind:?}");
                    asked.push(kind);
                    gather.take(kind, Came::Whole(bytes.to_vec()));
                }
            }
        };
        let is_file = |entry: &Entry| matches!(entry, Entry::Local(_));
        let list = parse_uri_list(bytes, b"host");
        if types.iter().any(|name| name == "text/uri-list") && list.iter().any(is_file) {
            assert_eq!(found, Found::Entries(list));
        }
    }
}
