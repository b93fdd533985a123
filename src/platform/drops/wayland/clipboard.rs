//! The clipboard's text, for a program of which only this data device hears.
//!
//! mutter tells a program's newest data device alone what the clipboard holds
//! (measured with 43.8). That is ours, so the window toolkit's, which is older,
//! never hears of it, and a paste has to come from here.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use wayland_client::Connection;
use wayland_client::protocol::wl_data_offer::WlDataOffer;

use super::{Fresh, receive};
use crate::platform::drops::patience::Patience;

/// Forms of a text, the best first.
const FORMS: [&str; 3] = ["text/plain;charset=utf-8", "UTF8_STRING", "text/plain"];
/// Nobody pastes more into a field. What is longer is not taken.
const BYTES_MAX: usize = 1 << 20;

/// The window's side: asks for the text.
pub(in crate::platform::drops) struct Paste {
    bell: UnixStream,
    holds_text: Arc<AtomicBool>,
}

impl Paste {
    /// Asks for the text, which comes as an event; `false` if there is none here.
    pub(in crate::platform::drops) fn ask(&self) -> bool {
        let holds_text = self.holds_text.load(Ordering::Relaxed);
        if holds_text {
            // A full bell rings already.
            (&self.bell).write_all(b"!").ok();
        }
        holds_text
    }
}

/// The receiver's side.
pub(super) struct Clipboard {
    bell: UnixStream,
    holds_text: Arc<AtomicBool>,
    /// What it holds, and the form in which that is a text.
    held: Option<(WlDataOffer, Option<&'static str>)>,
    /// On its way.
    coming: Option<Coming>,
}

struct Coming {
    pipe: File,
    bytes: Vec<u8>,
    patience: Patience,
}

impl Clipboard {
    pub(super) fn new() -> io::Result<(Self, Paste)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        theirs.set_nonblocking(true)?;
        let holds_text = Arc::new(AtomicBool::new(false));
        let paste = Paste {
            bell: theirs,
            holds_text: Arc::clone(&holds_text),
        };
        let clipboard = Self {
            bell: ours,
            holds_text,
            held: None,
            coming: None,
        };
        Ok((clipboard, paste))
    }

    /// It holds something else now.
    pub(super) fn holds(&mut self, now: Option<Fresh>) {
        if let Some((before, _)) = self.held.take() {
            before.destroy();
        }
        self.held = now.map(|fresh| {
            let is_offered = |form: &&str| fresh.types.iter().any(|offered| offered == form);
            (fresh.offer, FORMS.into_iter().find(is_offered))
        });
        let is_text = matches!(self.held, Some((_, Some(_))));
        self.holds_text.store(is_text, Ordering::Relaxed);
    }

    pub(super) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    pub(super) fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.coming.as_ref().map(|coming| coming.pipe.as_fd())
    }

    /// When a source that says nothing is given up.
    pub(super) fn until(&self) -> Option<Instant> {
        self.coming.as_ref().map(|coming| coming.patience.end())
    }

    /// The bell rang: fetches the text, unless it is on its way already.
    pub(super) fn rung(&mut self, conn: &Connection) {
        // Rings while it is on its way ask for nothing more.
        let mut rings = [0; 64];
        while matches!(self.bell.read(&mut rings), Ok(1..)) {}
        if self.coming.is_none()
            && let Some((offer, Some(form))) = &self.held
        {
            match receive(conn, offer, form) {
                Ok(pipe) => {
                    self.coming = Some(Coming {
                        pipe,
                        bytes: Vec::new(),
                        patience: Patience::new(Instant::now()),
                    });
                }
                Err(error) => tracing::warn!(%error, "nothing can be pasted"),
            }
        }
    }

    /// Takes what is in the pipe, and gives the text when it is whole.
    pub(super) fn read(&mut self) -> Option<String> {
        let coming = self.coming.as_mut()?;
        let mut part = vec![0; 64 << 10];
        match coming.pipe.read(&mut part) {
            Ok(0) => {
                let whole = self.coming.take()?;
                return Some(String::from_utf8_lossy(&whole.bytes).into_owned());
            }
            Ok(count) if coming.bytes.len() + count <= BYTES_MAX => {
                coming.patience.heard(count, Instant::now());
                coming.bytes.extend(part.into_iter().take(count));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => self.coming = None,
        }
        None
    }

    /// Gives a source up that was silent for too long.
    pub(super) fn give_up_if_late(&mut self) {
        if self.until().is_some_and(|until| Instant::now() >= until) {
            self.coming = None;
        }
    }
}
