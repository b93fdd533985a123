//! One form of a drag on its way to us: asked for as a selection, in parts
//! (INCR) where it is over 256 KiB.
//!
//! Each transfer has a window of its own as its address, so that a late answer
//! to an abandoned one can never be taken for another.

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, Timestamp, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::proxy::{Atoms, Trouble, alive};
use crate::platform::drops::gather::Kind;

/// A source that says nothing for so long is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// No list, picture or text is larger than this.
const BYTES_MAX: usize = 64 << 20;

/// A transfer under way.
pub(super) struct Transfer {
    pub(super) kind: Kind,
    pub(super) window: Window,
    /// When it is given up.
    pub(super) until: Instant,
    bytes: Vec<u8>,
    in_parts: bool,
}

/// How far a transfer is.
pub(super) enum Progress {
    /// More has to come.
    GoesOn,
    /// All is there, or nothing will come.
    Ended(Option<Vec<u8>>),
}

impl Transfer {
    /// Asks the source for one form.
    pub(super) fn start(
        conn: &RustConnection,
        atoms: &Atoms,
        root: Window,
        (kind, target): (Kind, Atom),
        time: Timestamp,
    ) -> Result<Self, Trouble> {
        let window = conn.generate_id()?;
        let wants = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        let (depth, class) = (x11rb::COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_ONLY);
        conn.create_window(depth, window, root, -10, -10, 1, 1, 0, class, 0, &wants)?;
        conn.convert_selection(
            window,
            atoms.XdndSelection,
            target,
            atoms.ONES_DROP_DATA,
            time,
        )?;
        Ok(Self {
            kind,
            window,
            until: Instant::now() + PATIENCE,
            bytes: Vec::new(),
            in_parts: false,
        })
    }

    /// The source answered: with all of it, with the word that it comes in
    /// parts, or with nothing.
    pub(super) fn answered(
        &mut self,
        conn: &RustConnection,
        atoms: &Atoms,
        property: Atom,
    ) -> Result<Progress, Trouble> {
        if property == x11rb::NONE {
            return Ok(Progress::Ended(None));
        }
        let Some((kind, bytes)) = self.read(conn, atoms)? else {
            return Ok(Progress::Ended(None));
        };
        if kind != atoms.INCR {
            return Ok(Progress::Ended(Some(bytes)));
        }
        self.in_parts = true;
        Ok(Progress::GoesOn)
    }

    /// A part came; an empty one is the last.
    pub(super) fn part(
        &mut self,
        conn: &RustConnection,
        atoms: &Atoms,
    ) -> Result<Progress, Trouble> {
        if !self.in_parts {
            return Ok(Progress::GoesOn);
        }
        match self.read(conn, atoms)? {
            None => Ok(Progress::Ended(None)),
            Some((_, part)) if part.is_empty() => {
                Ok(Progress::Ended(Some(std::mem::take(&mut self.bytes))))
            }
            Some((_, part)) if self.bytes.len() + part.len() > BYTES_MAX => {
                Ok(Progress::Ended(None))
            }
            Some((_, part)) => {
                self.bytes.extend_from_slice(&part);
                Ok(Progress::GoesOn)
            }
        }
    }

    /// Reads the property and deletes it, which is how the next part is asked for.
    fn read(
        &mut self,
        conn: &RustConnection,
        atoms: &Atoms,
    ) -> Result<Option<(Atom, Vec<u8>)>, Trouble> {
        self.until = Instant::now() + PATIENCE;
        let longest = u32::try_from(BYTES_MAX / 4).unwrap_or(u32::MAX);
        let (window, property) = (self.window, atoms.ONES_DROP_DATA);
        let cookie = conn.get_property(true, window, property, AtomEnum::ANY, 0, longest)?;
        let reply = alive(cookie.reply())?;
        // What does not fit is not deleted either, and no file list is so long.
        let whole = reply.filter(|reply| reply.bytes_after == 0);
        Ok(whole.map(|reply| (reply.type_, reply.value)))
    }

    /// Ends it, whether it was complete or not: a source that still sends
    /// finds its address gone.
    pub(super) fn end(self, conn: &RustConnection) -> Result<(), Trouble> {
        conn.destroy_window(self.window)?;
        Ok(())
    }
}
