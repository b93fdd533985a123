//! What the demo server saw: one entry a request, for tests to look at.
//!
//! The gate opens an entry when a request's head arrives, counts its body into
//! it, and the form reader adds what it found. All of it before the answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Bytes of the body that were read.
    pub body_bytes: u64,
    /// What the store found in the form, if it was one.
    pub part: Option<FormSeen>,
    /// Number of the TCP connection, counted from 1 over both listeners.
    pub connection: u64,
    /// Whether it came to the store's listener, by whatever name.
    pub to_store: bool,
}

impl Seen {
    /// The first header of this name (lower case), if any.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Which listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Ones,
    Store,
}

/// A form as the store read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormSeen {
    /// Names of the fields, in order.
    pub fields: Vec<String>,
    /// Name of the file as Go reads it; empty if there was none.
    pub file_name: String,
    /// Bytes of the file.
    pub file_bytes: u64,
}

/// All requests, in order of arrival.
#[derive(Default)]
pub(super) struct Log(Mutex<Vec<Arc<Entry>>>);

/// One request under way; shared with whoever reads its body.
pub(super) struct Entry {
    seen: Seen,
    body_bytes: AtomicU64,
    part: Mutex<Option<FormSeen>>,
}

impl Log {
    /// Opens an entry for a request whose head has arrived.
    pub(super) fn enter(&self, request: &Request, connection: u64, side: Side) -> Arc<Entry> {
        let headers = request.headers().iter().map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), text)
        });
        let seen = Seen {
            method: request.method().to_string(),
            path: request.uri().to_string(),
            headers: headers.collect(),
            body_bytes: 0,
            part: None,
            connection,
            to_store: side == Side::Store,
        };
        let entry = Arc::new(Entry {
            seen,
            body_bytes: AtomicU64::new(0),
            part: Mutex::default(),
        });
        self.entries().push(Arc::clone(&entry));
        entry
    }

    /// All that was seen so far.
    pub(super) fn all(&self) -> Vec<Seen> {
        self.entries().iter().map(|entry| entry.seen()).collect()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Counts bytes of the body; gives the new sum.
    pub(super) fn count(&self, bytes: u64) -> u64 {
        self.body_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    /// Changes what is known about the form.
    pub(super) fn form(&self, change: impl FnOnce(&mut FormSeen)) {
        let mut part = self.part.lock().unwrap_or_else(PoisonError::into_inner);
        change(part.get_or_insert_default());
    }

    fn seen(&self) -> Seen {
        Seen {
            body_bytes: self.body_bytes.load(Ordering::Relaxed),
            part: self
                .part
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            ..self.seen.clone()
        }
    }
}
