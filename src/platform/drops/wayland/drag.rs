//! What becomes of a drag: what it brings is asked for while it hovers, fetched
//! when it is dropped, and its source is told how that ended.

use std::fs::File;
use std::io;
use std::time::Instant;

use wayland_client::protocol::wl_data_device_manager::DndAction;
use wayland_client::protocol::wl_data_offer::WlDataOffer;

use super::{Fresh, Listener, receive};
use crate::model::Hovered;
use crate::platform::drops::DropEvent;
use crate::platform::drops::gather::{Came, Found, Gather, Kind, Step, usable};
use crate::platform::drops::patience::Patience;

/// A drag between its coming and its end.
pub(super) struct Drag {
    number: u64,
    pub(super) offer: WlDataOffer,
    /// It is over the window, and not over its title bar or frame.
    is_inside: bool,
    forms: Vec<(Kind, &'static str)>,
    gather: Gather,
    pub(super) transfer: Option<Transfer>,
    /// With its source, for what is on its way; anew at the drop.
    pub(super) patience: Patience,
    /// What the compositor settled on.
    action: DndAction,
    /// The window was told that it would be no drop.
    refused: bool,
    dropped: bool,
}

/// One form on its way through a pipe.
pub(super) struct Transfer {
    kind: Kind,
    pub(super) pipe: File,
    pub(super) bytes: Vec<u8>,
}

impl Listener {
    /// A drag came over one of the surfaces of this connection.
    pub(super) fn enter(
        &mut self,
        serial: u32,
        surface: usize,
        (x, y): (f64, f64),
        offer: WlDataOffer,
    ) {
        // A drop that is still on its way must not end in silence.
        self.give_up();
        let fresh = self.take_fresh(&offer);
        // Title bar and frame are surfaces of their own. They take nothing, but
        // the offer lives on until the drag leaves: some compositors take its
        // early end for the end of the whole drag.
        let is_inside = surface == self.surface;
        let fresh = fresh.as_ref().filter(|_| is_inside);
        let forms = fresh.map_or_else(Vec::new, forms_of);
        offer.accept(serial, forms.first().map(|(_, name)| (*name).to_owned()));
        let action = if forms.is_empty() {
            DndAction::None
        } else {
            DndAction::Copy
        };
        offer.set_actions(action, action);
        let kinds = forms.iter().map(|(kind, _)| *kind).collect();
        let gather = Gather::new(kinds, self.own_host.clone());
        self.drags += 1;
        if is_inside {
            let what = gather.first_look().unwrap_or(Hovered::Unusable);
            self.outlet.entered(self.drags, what);
        }
        self.drag = Some(Drag {
            number: self.drags,
            offer,
            is_inside,
            forms,
            gather,
            transfer: None,
            patience: Patience::new(Instant::now()),
            action: DndAction::None,
            refused: false,
            dropped: false,
        });
        self.moved(x, y);
        self.go_on();
    }

    pub(super) fn moved(&self, x: f64, y: f64) {
        let drag = self.drag.as_ref();
        if drag.is_some_and(|drag| !drag.forms.is_empty()) {
            let scaled = true;
            self.outlet.tell(DropEvent::Moved { x, y, scaled });
        }
    }

    /// The compositor settled on an action, which may change with the keys that
    /// are held. With none, letting go is no drop.
    pub(super) fn settled(&mut self, offer: &WlDataOffer, action: DndAction) {
        let drag = self.drag.as_mut().filter(|drag| drag.offer == *offer);
        let Some(drag) = drag else {
            return;
        };
        let had_one = std::mem::replace(&mut drag.action, action) != DndAction::None;
        if drag.dropped || drag.forms.is_empty() {
            return;
        }
        if action == DndAction::None && had_one {
            drag.refused = true;
            self.outlet.known(drag.number, Hovered::Unusable);
        } else if action != DndAction::None && std::mem::take(&mut drag.refused) {
            let what = drag.gather.first_look().unwrap_or(Hovered::Unknown);
            self.outlet.known(drag.number, what);
            self.outlet.weigh(drag.number, &drag.gather);
        }
    }

    /// The drag went away. After a drop that means nothing: its content may
    /// still be on its way.
    pub(super) fn leave(&mut self) {
        if self.drag.as_ref().is_some_and(|drag| !drag.dropped) {
            self.give_up();
        }
    }

    /// Lets the drag go, and what is still on its way.
    pub(super) fn give_up(&mut self) {
        let Some(drag) = self.drag.take() else {
            return;
        };
        // Without a word that it was taken, its source learns that it was not.
        drag.offer.destroy();
        if drag.dropped {
            self.outlet.dropped(Found::Nothing);
        } else if drag.is_inside {
            self.outlet.tell(DropEvent::Left);
        }
    }

    pub(super) fn dropped(&mut self) {
        let Some(drag) = &mut self.drag else {
            return;
        };
        if drag.forms.is_empty() {
            self.leave();
            return;
        }
        drag.dropped = true;
        // A list that is on its way already has its time anew.
        drag.patience = Patience::new(Instant::now());
        let under_way = drag.transfer.as_ref().map(|transfer| transfer.kind);
        drag.gather.dropped(under_way);
        self.go_on();
        if self.drag.is_some() {
            self.outlet.tell(DropEvent::Released);
        }
    }

    /// The source was waited for long enough. After the drop it is asked for
    /// nothing more.
    pub(super) fn give_up_waiting(&mut self) {
        if let Some(drag) = self.drag.as_mut().filter(|drag| drag.dropped) {
            drag.gather.give_up();
        }
        self.transfer_ended(Came::Nothing);
    }

    pub(super) fn transfer_ended(&mut self, came: Came) {
        let Some(drag) = &mut self.drag else {
            return;
        };
        let Some(transfer) = drag.transfer.take() else {
            return;
        };
        drag.gather.take(transfer.kind, came);
        if transfer.kind == Kind::List && !drag.dropped {
            self.outlet.weigh(drag.number, &drag.gather);
        }
        self.go_on();
    }

    /// Fetches what is to be fetched now, or finishes the drop. A form that
    /// cannot be fetched, as where no more files can be opened, is one that did
    /// not come: the drag has an end all the same.
    fn go_on(&mut self) {
        while let Some(kind) = self.wanted() {
            let fetched = self.fetch(kind);
            let Some(drag) = &mut self.drag else {
                return;
            };
            match fetched {
                Ok(transfer) => drag.transfer = Some(transfer),
                Err(error) => {
                    tracing::warn!(%error, "a drag cannot be fetched");
                    drag.gather.take(kind, Came::Nothing);
                }
            }
        }
    }

    /// The form to fetch now. Finishes a drop that wants no more.
    fn wanted(&mut self) -> Option<Kind> {
        let drag = self.drag.as_mut()?;
        if drag.transfer.is_some() {
            return None;
        }
        if !drag.dropped {
            drag.patience = Patience::new(Instant::now());
            return drag.gather.early();
        }
        match drag.gather.next() {
            Step::Fetch(kind) => Some(kind),
            Step::Done(found) => {
                self.finish(found);
                None
            }
        }
    }

    fn fetch(&self, kind: Kind) -> io::Result<Transfer> {
        let drag = self.drag.as_ref();
        let name = drag.and_then(|drag| {
            let (_, name) = drag.forms.iter().find(|(form, _)| *form == kind)?;
            Some((&drag.offer, *name))
        });
        let (offer, name) = name.ok_or(io::ErrorKind::NotFound)?;
        Ok(Transfer {
            kind,
            pipe: receive(&self.conn, offer, name)?,
            bytes: Vec::new(),
        })
    }

    /// Says to the source and to the window how it ended.
    fn finish(&mut self, found: Found) {
        let Some(drag) = self.drag.take() else {
            return;
        };
        // Without an action the word would be a protocol error, and end winit's
        // connection with ours.
        let settled = drag.action != DndAction::None;
        if settled && found.is_something() {
            drag.offer.finish();
        }
        drag.offer.destroy();
        self.outlet.dropped(found);
    }
}

/// What can be used of an offer. Ours is to copy: a source that only lets its
/// files be moved would delete them after the drop.
fn forms_of(fresh: &Fresh) -> Vec<(Kind, &'static str)> {
    let copies = |actions: DndAction| actions.contains(DndAction::Copy);
    if fresh.actions.is_none_or(copies) {
        usable(&fresh.types)
    } else {
        Vec::new()
    }
}
