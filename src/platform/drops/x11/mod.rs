//! Drops on X11, through `XdndProxy`.
//!
//! A window of ours is named as the proxy of winit's window, so drag sources
//! send it all their messages; winit sees none of them and no drop is taken
//! twice. A source that knows no proxies goes on to winit: under Xwayland that
//! are all programs of the Wayland desktop, because the compositor speaks for
//! them and writes to the window itself (seen with sway 1.7, and in the sources
//! of wlroots, `xwm_dnd_send_event`, and mutter, `xdnd_send_enter`). The window
//! says so. One thread owns the connection and everything here.

mod proxy;
mod transfer;

use std::io;
use std::os::fd::AsFd as _;
use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::errors::ConnectionError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask, Property,
    Timestamp, Window,
};
use x11rb::rust_connection::RustConnection;

use super::DropEvent;
use super::gather::{Found, Gather, Kind, NAMES, Step};
use super::outlet::Outlet;
use super::thread::{Running, Stop};
use proxy::{
    Atoms, Trouble, alive, file_name, is_xwayland, make_proxy, offered_types, unname_proxy,
};
use transfer::{PATIENCE, Progress, Transfer};

/// How browsers offer a picture of a page: its bytes, and its name in the
/// property of the direct save protocol.
const CONTENT: (Kind, &str) = (Kind::File, "application/octet-stream");

/// Makes a proxy for this window, and starts the thread that listens to it.
pub(super) fn start(window: Window, outlet: Outlet) -> Result<Running, Trouble> {
    let (conn, screen) = RustConnection::connect(None)?;
    let atoms = Atoms::new(&conn)?.reply()?;
    let screen = conn.setup().roots.get(screen).ok_or("no such screen")?;
    let root = screen.root;
    let mut forms = Vec::new();
    for (kind, name) in NAMES.into_iter().chain([CONTENT]) {
        let atom = conn.intern_atom(false, name.as_bytes())?.reply()?.atom;
        forms.push((kind, atom));
    }
    make_proxy(&conn, &atoms, root, window)?;
    if is_xwayland(&conn, root)? {
        outlet.tell(DropEvent::Bypassed);
    }
    let own_host = rustix::system::uname().nodename().to_bytes().to_owned();
    let mut listener = Listener {
        conn,
        atoms,
        forms,
        root,
        window,
        own_host,
        outlet,
        drag: None,
        drags: 0,
    };
    Ok(Running::start(move |stop| {
        if let Err(error) = listener.run(stop) {
            tracing::warn!(%error, "the drop receiver stopped");
            let stock_drops = unname_proxy(&listener.atoms, window).is_ok();
            listener.outlet.tell(DropEvent::Stopped { stock_drops });
        }
    })?)
}

/// One connection, and the drag over our window.
struct Listener {
    conn: RustConnection,
    atoms: Atoms,
    /// What we can use, the best first.
    forms: Vec<(Kind, Atom)>,
    root: Window,
    /// winit's.
    window: Window,
    own_host: Vec<u8>,
    outlet: Outlet,
    drag: Option<Drag>,
    drags: u64,
}

/// A drag between its first message and its last.
struct Drag {
    number: u64,
    source: Window,
    /// What the source calls our window. Chromium names the proxy here, and
    /// wants to see the same in our answers.
    target: Window,
    offers: Vec<(Kind, Atom)>,
    gather: Gather,
    transfer: Option<Transfer>,
    /// The server's time of its last message.
    time: Timestamp,
    dropped: bool,
}

impl Listener {
    fn run(&mut self, stop: &Stop) -> Result<(), Trouble> {
        loop {
            // Sending may take events in, so it comes before the look for them.
            self.conn.flush()?;
            if let Some(event) = self.conn.poll_for_event()? {
                self.hear(&event)?;
                continue;
            }
            let until = self.transfer().map(|transfer| transfer.until);
            if until.is_some_and(|until| Instant::now() >= until) {
                self.transfer_ended(None)?;
                continue;
            }
            if !self.wait(stop, until)? {
                // The window may live on for a moment, without a proxy.
                self.conn
                    .delete_property(self.window, self.atoms.XdndProxy)?;
                self.conn.flush()?;
                return Ok(());
            }
        }
    }

    fn wait(&self, stop: &Stop, until: Option<Instant>) -> io::Result<bool> {
        let woken = stop.wait(&[self.conn.stream().as_fd()], until)?;
        Ok(woken.is_some())
    }

    fn transfer(&self) -> Option<&Transfer> {
        self.drag.as_ref()?.transfer.as_ref()
    }

    fn hear(&mut self, event: &Event) -> Result<(), Trouble> {
        match event {
            Event::ClientMessage(message) if message.format == 32 => self.message(message),
            Event::SelectionNotify(answer) => {
                let (conn, atoms) = (&self.conn, &self.atoms);
                let transfer = self.drag.as_mut().and_then(|drag| drag.transfer.as_mut());
                match transfer.filter(|transfer| transfer.window == answer.requestor) {
                    Some(transfer) => {
                        let progress = transfer.answered(conn, atoms, answer.property)?;
                        self.progressed(progress)
                    }
                    None => Ok(()),
                }
            }
            Event::PropertyNotify(change) if change.state == Property::NEW_VALUE => {
                let (conn, atoms) = (&self.conn, &self.atoms);
                let transfer = self.drag.as_mut().and_then(|drag| drag.transfer.as_mut());
                match transfer.filter(|transfer| transfer.window == change.window) {
                    Some(transfer) if change.atom == atoms.ONES_DROP_DATA => {
                        let progress = transfer.part(conn, atoms)?;
                        self.progressed(progress)
                    }
                    _ => Ok(()),
                }
            }
            // A source that ended in the middle of its drag says no more.
            Event::DestroyNotify(gone) if self.is_source(gone.window) => self.leave(),
            // Errors of requests to windows that are gone, and what is not ours.
            _ => Ok(()),
        }
    }

    fn is_source(&self, window: Window) -> bool {
        let drag = self.drag.as_ref();
        drag.is_some_and(|drag| drag.source == window)
    }

    fn message(&mut self, message: &ClientMessageEvent) -> Result<(), Trouble> {
        let atoms = self.atoms;
        let [source, flags, third, fourth, fifth] = message.data.as_data32();
        if message.type_ == atoms.XdndEnter {
            let few = [third, fourth, fifth];
            return self.enter(message.window, source, (flags & 1 == 1, few));
        }
        if !self.is_source(source) {
            return Ok(());
        }
        match message.type_ {
            kind if kind == atoms.XdndPosition => {
                if let Some(drag) = &mut self.drag {
                    (drag.target, drag.time) = (message.window, fourth);
                }
                self.position(third)
            }
            kind if kind == atoms.XdndLeave => self.leave(),
            kind if kind == atoms.XdndDrop => {
                if let Some(drag) = &mut self.drag {
                    (drag.target, drag.time) = (message.window, third);
                }
                self.drop()
            }
            _ => Ok(()),
        }
    }

    /// A drag comes over the window.
    fn enter(
        &mut self,
        target: Window,
        source: Window,
        told: (bool, [Atom; 3]),
    ) -> Result<(), Trouble> {
        self.leave()?;
        let types = offered_types(&self.conn, &self.atoms, source, told)?;
        // The end of a source that crashes is told by its window's end.
        self.listen_to(source, EventMask::STRUCTURE_NOTIFY)?;
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
        if let Some(what) = gather.first_look() {
            self.outlet.entered(self.drags, what);
        }
        self.drag = Some(Drag {
            number: self.drags,
            source,
            target,
            offers,
            gather,
            transfer: None,
            time: x11rb::CURRENT_TIME,
            dropped: false,
        });
        Ok(())
    }

    fn listen_to(&self, source: Window, events: EventMask) -> Result<(), ConnectionError> {
        let aux = ChangeWindowAttributesAux::new().event_mask(events);
        self.conn.change_window_attributes(source, &aux)?;
        Ok(())
    }

    /// The pointer moved; the source waits for our word. `place` is on the screen.
    ///
    /// The list is asked for before that word is given: with it the source is
    /// free to send the next place, and Qt refuses whoever asks with the time of
    /// an earlier one (`QXcbDrag::handleSelectionRequest` of Qt 5 and 6).
    fn position(&mut self, place: u32) -> Result<(), Trouble> {
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
    fn leave(&mut self) -> Result<(), Trouble> {
        let Some(drag) = self.drag.take() else {
            return Ok(());
        };
        if drag.dropped {
            let answer = [drag.target, 0, 0, 0, 0];
            self.send(drag.source, self.atoms.XdndFinished, answer)?;
        }
        self.listen_to(drag.source, EventMask::NO_EVENT)?;
        if let Some(transfer) = drag.transfer {
            transfer.end(&self.conn)?;
        }
        if drag.dropped {
            self.outlet.dropped(Found::Nothing);
        } else if !drag.offers.is_empty() {
            self.outlet.tell(DropEvent::Left);
        }
        Ok(())
    }

    fn drop(&mut self) -> Result<(), Trouble> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        if drag.offers.is_empty() {
            let (source, answer) = (drag.source, [drag.target, 0, 0, 0, 0]);
            self.send(source, self.atoms.XdndFinished, answer)?;
            return self.leave();
        }
        drag.dropped = true;
        if let Some(transfer) = &mut drag.transfer {
            // The list is on its way already; its time starts anew.
            transfer.until = Instant::now() + PATIENCE;
        } else {
            let kinds: Vec<_> = drag.offers.iter().map(|(kind, _)| *kind).collect();
            drag.gather.dropped(&kinds);
        }
        self.go_on()
    }

    fn progressed(&mut self, progress: Progress) -> Result<(), Trouble> {
        match progress {
            Progress::GoesOn => Ok(()),
            Progress::Ended(bytes) => self.transfer_ended(bytes),
        }
    }

    fn transfer_ended(&mut self, bytes: Option<Vec<u8>>) -> Result<(), Trouble> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        let Some(transfer) = drag.transfer.take() else {
            return Ok(());
        };
        let kind = transfer.kind;
        transfer.end(&self.conn)?;
        drag.gather.take(kind, bytes);
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
            drag.gather.take(kind, None);
            return Ok(());
        };
        let (conn, atoms) = (&self.conn, &self.atoms);
        drag.transfer = Some(Transfer::start(conn, atoms, self.root, *offer, drag.time)?);
        Ok(())
    }

    /// Says to the source and to the window how it ended.
    fn finish(&mut self, found: Found) -> Result<(), Trouble> {
        let Some(drag) = self.drag.take() else {
            return Ok(());
        };
        let took = found != Found::Nothing;
        let action = if took { self.atoms.XdndActionCopy } else { 0 };
        let answer = [drag.target, u32::from(took), action, 0, 0];
        self.send(drag.source, self.atoms.XdndFinished, answer)?;
        self.listen_to(drag.source, EventMask::NO_EVENT)?;
        self.outlet.dropped(found);
        Ok(())
    }

    fn send(&self, to: Window, kind: Atom, data: [u32; 5]) -> Result<(), ConnectionError> {
        let message = ClientMessageEvent::new(32, to, kind, data);
        self.conn
            .send_event(false, to, EventMask::NO_EVENT, message)?;
        Ok(())
    }
}
