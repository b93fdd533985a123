//! One form of a drag on its way to us: asked for as a selection, in parts
//! (INCR) where it is over 256 KiB.
//!
//! Each transfer has a window of its own as its address, so that a late answer
//! to an abandoned one can never be taken for another.

use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, Timestamp, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::proxy::{Atoms, Trouble, alive};
use crate::platform::drops::BYTES_MAX;
use crate::platform::drops::gather::{Came, Kind};
use crate::platform::drops::patience::Patience;

/// A transfer under way.
pub(super) struct Transfer {
    pub(super) kind: Kind,
    pub(super) window: Window,
    bytes: Vec<u8>,
    in_parts: bool,
}

/// How far a transfer is.
pub(super) enum Progress {
    /// More has to come.
    GoesOn,
    /// All is there, or nothing will come.
    Ended(Came),
}

/// A look at the property in which the source puts its answer.
enum Read {
    /// Its type and content.
    Value(Atom, Vec<u8>),
    /// Nothing is in it.
    Empty,
    /// More than is taken is in it.
    TooLarge,
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
        patience: &mut Patience,
    ) -> Result<Progress, Trouble> {
        if property == x11rb::NONE {
            patience.heard(0, Instant::now());
            return Ok(Progress::Ended(Came::Nothing));
        }
        Ok(match self.read(conn, atoms, patience)? {
            Read::Value(kind, _) if kind == atoms.INCR => {
                self.in_parts = true;
                Progress::GoesOn
            }
            Read::Value(_, bytes) => Progress::Ended(Came::Whole(bytes)),
            Read::Empty => Progress::Ended(Came::Nothing),
            Read::TooLarge => Progress::Ended(Came::TooLarge),
        })
    }

    /// A part came; an empty one is the last.
    pub(super) fn part(
        &mut self,
        conn: &RustConnection,
        atoms: &Atoms,
        patience: &mut Patience,
    ) -> Result<Progress, Trouble> {
        if !self.in_parts {
            return Ok(Progress::GoesOn);
        }
        Ok(match self.read(conn, atoms, patience)? {
            // Two parts were written before the first was read, and came with it.
            Read::Empty => Progress::GoesOn,
            Read::Value(_, part) if part.is_empty() => {
                Progress::Ended(Came::Whole(std::mem::take(&mut self.bytes)))
            }
            Read::Value(_, part) if self.bytes.len() + part.len() <= BYTES_MAX => {
                self.bytes.extend_from_slice(&part);
                Progress::GoesOn
            }
            Read::Value(..) | Read::TooLarge => Progress::Ended(Came::TooLarge),
        })
    }

    /// Reads the property and deletes it, which is how the next part is asked for.
    fn read(
        &mut self,
        conn: &RustConnection,
        atoms: &Atoms,
        patience: &mut Patience,
    ) -> Result<Read, Trouble> {
        let longest = u32::try_from(BYTES_MAX / 4).unwrap_or(u32::MAX);
        let (window, property) = (self.window, atoms.ONES_DROP_DATA);
        let cookie = conn.get_property(true, window, property, AtomEnum::ANY, 0, longest)?;
        let Some(reply) = alive(cookie.reply())? else {
            return Ok(Read::Empty);
        };
        if reply.type_ == x11rb::NONE {
            return Ok(Read::Empty);
        }
        patience.heard(reply.value.len(), Instant::now());
        // What does not fit is not deleted either.
        Ok(if reply.bytes_after > 0 {
            Read::TooLarge
        } else {
            Read::Value(reply.type_, reply.value)
        })
    }

    /// Ends it, whether it was complete or not: a source that still sends
    /// finds its address gone.
    pub(super) fn end(self, conn: &RustConnection) -> Result<(), Trouble> {
        conn.destroy_window(self.window)?;
        Ok(())
    }
}
