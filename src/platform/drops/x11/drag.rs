//! What becomes of a drag: what it brings is asked for while it hovers, fetched
//! when it is dropped, and its source is told how that ended.

use std::time::Instant;

use x11rb::errors::ConnectionError;
use x11rb::protocol::xproto::{
    Atom, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Timestamp, Window,
};

use super::Listener;
use super::proxy::{Trouble, alive, file_name, offered_types};
use super::transfer::{Progress, Transfer};
use crate::model::Hovered;
use crate::platform::drops::DropEvent;
use crate::platform::drops::gather::{Came, Found, Gather, Kind, Step};
use crate::platform::drops::patience::Patience;

/// A drag between its first message and its last.
pub(super) struct Drag {
    pub(super) number: u64,
    pub(super) source: Window,
    /// What the source calls our window. Chromium names the proxy here, and
    /// wants to see the same in our answers.
    pub(super) target: Window,
    pub(super) offers: Vec<(Kind, Atom)>,
    pub(super) gather: Gather,
    pub(super) transfer: Option<Transfer>,
    /// With its source, for what is on its way; anew at the drop.
    pub(super) patience: Patience,
    /// The server's time of its last message.
    pub(super) time: Timestamp,
    pub(super) dropped: bool,
}

impl Listener {
    /// A drag comes over the window.
    pub(super) fn enter(
        &mut self,
        target: Window,
        source: Window,
        told: (bool, [Atom; 3]),
    ) -> Result<(), Trouble> {
        self.leave()?;
        // The end of a source that crashes is told by its window's end. Who has
        // ended by now would never be told of again.
        if !self.listens_to(source)? {
            return Ok(());
        }
        let types = offered_types(&self.conn, &self.atoms, source, told)?;
        let name = if types.contains(&self.atoms.XdndDirectSave0) {
            file_name(&self.conn, &self.atoms, source)?
        } else {
            None
        };
        let offered = self.forms.iter().filter(|(_, atom)| types.contains(atom));
        // Bytes of which nobody says what file they are would be no use.
        let offered = offered.filter(|(kind, _)| *kind != Kind::File || name.is_some());
        let offers: Vec<_> = offered.copied().collect();
        let kinds = offers.iter().map(|(kind, _)| *kind).collect();
        let gather = Gather::new(kinds, self.own_host.clone()).named(name.unwrap_or_default());
        self.drags += 1;
        let what = gather.first_look().unwrap_or(Hovered::Unusable);
        self.outlet.entered(self.drags, what);
        self.drag = Some(Drag {
            number: self.drags,
            source,
            target,
            offers,
            gather,
            transfer: None,
            patience: Patience::new(Instant::now()),
            time: x11rb::CURRENT_TIME,
            dropped: false,
        });
        Ok(())
    }

    /// Asks to be told of a source's end; whether it is there.
    fn listens_to(&self, source: Window) -> Result<bool, ConnectionError> {
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        let cookie = self.conn.change_window_attributes(source, &aux)?;
        Ok(alive(cookie.check())?.is_some())
    }

    fn listen_no_more(&self, source: Window) -> Result<(), ConnectionError> {
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::NO_EVENT);
        self.conn.change_window_attributes(source, &aux)?;
        Ok(())
    }

    /// The pointer moved; the source waits for our word. `place` is on the screen.
    ///
    /// The list is asked for before that word is given: with it the source is
    /// free to send the next place, and Qt refuses whoever asks with the time of
    /// an earlier one (`QXcbDrag::handleSelectionRequest` of Qt 5 and 6).
    pub(super) fn position(&mut self, place: u32) -> Result<(), Trouble> {
        let Some(drag) = &self.drag else {
            return Ok(());
        };
        let (source, target) = (drag.source, drag.target);
        let takes = !drag.offers.is_empty();
        if takes {
            self.go_on()?;
        }
        let action = if takes { self.atoms.XdndActionCopy } else { 0 };
        let answer = [target, u32::from(takes), 0, 0, action];
        self.send(source, self.atoms.XdndStatus, answer)?;
        if takes { self.moved(place) } else { Ok(()) }
    }

    /// Tells the window where the pointer is.
    fn moved(&self, place: u32) -> Result<(), Trouble> {
        let [high_x, low_x, high_y, low_y] = place.to_be_bytes();
        let x = i16::from_be_bytes([high_x, low_x]);
        let y = i16::from_be_bytes([high_y, low_y]);
        let cookie = self
            .conn
            .translate_coordinates(self.root, self.window, x, y)?;
        if let Some(inside) = alive(cookie.reply())? {
            self.outlet.tell(DropEvent::Moved {
                x: inside.dst_x.into(),
                y: inside.dst_y.into(),
                scaled: false,
            });
        }
        Ok(())
    }

    /// The drag ends here. Who has dropped waits for the word that it is over.
    pub(super) fn leave(&mut self) -> Result<(), Trouble> {
        let Some(drag) = self.drag.take() else {
            return Ok(());
        };
        if drag.dropped {
            let answer = [drag.target, 0, 0, 0, 0];
            self.send(drag.source, self.atoms.XdndFinished, answer)?;
        }
        self.listen_no_more(drag.source)?;
        if let Some(transfer) = drag.transfer {
            transfer.end(&self.conn)?;
        }
        if drag.dropped {
            self.outlet.dropped(Found::Nothing);
        } else {
            self.outlet.tell(DropEvent::Left);
        }
        Ok(())
    }

    pub(super) fn drop(&mut self) -> Result<(), Trouble> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        if drag.offers.is_empty() {
            let (source, answer) = (drag.source, [drag.target, 0, 0, 0, 0]);
            self.send(source, self.atoms.XdndFinished, answer)?;
            return self.leave();
        }
        drag.dropped = true;
        // A list that is on its way already has its time anew.
        drag.patience = Patience::new(Instant::now());
        let under_way = drag.transfer.as_ref().map(|transfer| transfer.kind);
        drag.gather.dropped(under_way);
        self.go_on()?;
        if self.drag.is_some() {
            self.outlet.tell(DropEvent::Released);
        }
        Ok(())
    }

    pub(super) fn progressed(&mut self, progress: Progress) -> Result<(), Trouble> {
        match progress {
            Progress::GoesOn => Ok(()),
            Progress::Ended(came) => self.transfer_ended(came),
        }
    }

    /// The source was waited for long enough. After the drop it is asked for
    /// nothing more.
    pub(super) fn give_up_waiting(&mut self) -> Result<(), Trouble> {
        if let Some(drag) = self.drag.as_mut().filter(|drag| drag.dropped) {
            drag.gather.give_up();
        }
        self.transfer_ended(Came::Nothing)
    }

    fn transfer_ended(&mut self, came: Came) -> Result<(), Trouble> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        let Some(transfer) = drag.transfer.take() else {
            return Ok(());
        };
        let kind = transfer.kind;
        transfer.end(&self.conn)?;
        drag.gather.take(kind, came);
        if kind == Kind::List && !drag.dropped {
            self.outlet.weigh(drag.number, &drag.gather);
        }
        self.go_on()
    }

    /// Fetches what is to be fetched now, or finishes the drop.
    fn go_on(&mut self) -> Result<(), Trouble> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        if drag.transfer.is_some() {
            return Ok(());
        }
        let kind = if drag.dropped {
            match drag.gather.next() {
                Step::Fetch(kind) => kind,
                Step::Done(found) => return self.finish(found),
            }
        } else if let Some(kind) = drag.gather.early() {
            kind
        } else {
            return Ok(());
        };
        let Some(offer) = drag.offers.iter().find(|(offers, _)| *offers == kind) else {
            drag.gather.take(kind, Came::Nothing);
            return Ok(());
        };
        if !drag.dropped {
            drag.patience = Patience::new(Instant::now());
        }
        let (conn, atoms) = (&self.conn, &self.atoms);
        drag.transfer = Some(Transfer::start(conn, atoms, self.root, *offer, drag.time)?);
        Ok(())
    }

    /// Says to the source and to the window how it ended.
    fn finish(&mut self, found: Found) -> Result<(), Trouble> {
        let Some(drag) = self.drag.take() else {
            return Ok(());
        };
        let took = found.is_something();
        let action = if took { self.atoms.XdndActionCopy } else { 0 };
        let answer = [drag.target, u32::from(took), action, 0, 0];
        self.send(drag.source, self.atoms.XdndFinished, answer)?;
        self.listen_no_more(drag.source)?;
        self.outlet.dropped(found);
        Ok(())
    }
}
