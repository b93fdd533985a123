//! Drops on X11, through `XdndProxy`.
//!
//! A window of ours is named as the proxy of winit's window, so drag sources
//! send it all their messages; winit sees none of them and no drop is taken
//! twice. A source that knows no proxies goes on to winit: under Xwayland that
//! are all programs of the Wayland desktop, because the compositor speaks for
//! them and writes to the window itself (seen with sway 1.7, and in the sources
//! of wlroots, `xwm_dnd_send_event`, and mutter, `xdnd_send_enter`). The window
//! says so. One thread owns the connection and everything here.

mod drag;
mod proxy;
mod transfer;

use std::io;
use std::os::fd::AsFd as _;
use std::time::Instant;

use x11rb::connection::Connection as _;
use x11rb::errors::ConnectionError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, ClientMessageEvent, ConnectionExt as _, EventMask, Property, Window,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::DropEvent;
use super::gather::{Kind, NAMES};
use super::outlet::Outlet;
use super::patience::Patience;
use super::thread::{Running, Stop};
use drag::Drag;
use proxy::{Atoms, Trouble, is_xwayland, make_proxy, unname_proxy};
use transfer::Transfer;

/// How browsers offer a picture of a page: its bytes, and its name in the
/// property of the direct save protocol.
const CONTENT: (Kind, &str) = (Kind::File, "application/octet-stream");

/// Events that are heard before the thread's end and the source's time are
/// looked at again: a program that floods us must not keep us from either.
const HEARD_AT_ONCE: usize = 64;

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
    // Before the window has a proxy: whatever fails after that leaves it with a
    // dead one, and with no drops at all.
    let bypassed = is_xwayland(&conn, root)?;
    make_proxy(&conn, &atoms, root, window)?;
    if bypassed {
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
    let running = Running::start(move |stop| {
        if let Err(error) = listener.run(stop) {
            tracing::warn!(%error, "the drop receiver stopped");
            let stock_drops = unname_proxy(&listener.atoms, window).is_ok();
            listener.outlet.tell(DropEvent::Stopped { stock_drops });
        }
    });
    if running.is_err() {
        unname_proxy(&atoms, window)?;
    }
    Ok(running?)
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

impl Listener {
    fn run(&mut self, stop: &Stop) -> Result<(), Trouble> {
        let mut heard = 0;
        loop {
            // Sending may take events in, so it comes before the look for them.
            self.conn.flush()?;
            if heard < HEARD_AT_ONCE
                && let Some(event) = self.conn.poll_for_event()?
            {
                self.hear(&event)?;
                heard += 1;
                continue;
            }
            let flooded = std::mem::take(&mut heard) == HEARD_AT_ONCE;
            let drag = self.drag.as_ref().filter(|drag| drag.transfer.is_some());
            let until = drag.map(|drag| drag.patience.end());
            if until.is_some_and(|until| Instant::now() >= until) {
                self.give_up_waiting()?;
                continue;
            }
            // With events at hand there is nothing to wait for but the end.
            let until = if flooded { Some(Instant::now()) } else { until };
            if !self.wait(stop, until)? {
                // Who has dropped waits for a word.
                self.leave()?;
                // The window may live on for a moment, without a proxy.
                self.conn
                    .delete_property(self.window, self.atoms.XdndProxy)?;
                // A flush would not do: the server throws away what it has not
                // read when a connection ends with events unread (seen in Xvfb).
                self.conn.sync()?;
                return Ok(());
            }
        }
    }

    fn wait(&self, stop: &Stop, until: Option<Instant>) -> io::Result<bool> {
        let woken = stop.wait(&[Some(self.conn.stream().as_fd())], until)?;
        Ok(woken.is_some())
    }

    fn hear(&mut self, event: &Event) -> Result<(), Trouble> {
        match event {
            Event::ClientMessage(message) if message.format == 32 => self.message(message),
            Event::SelectionNotify(answer) => {
                let (conn, atoms) = (&self.conn, &self.atoms);
                let Some((transfer, patience)) = awaited(&mut self.drag, answer.requestor) else {
                    return Ok(());
                };
                let progress = transfer.answered(conn, atoms, answer.property, patience)?;
                self.progressed(progress)
            }
            Event::PropertyNotify(change)
                if change.state == Property::NEW_VALUE
                    && change.atom == self.atoms.ONES_DROP_DATA =>
            {
                let (conn, atoms) = (&self.conn, &self.atoms);
                let Some((transfer, patience)) = awaited(&mut self.drag, change.window) else {
                    return Ok(());
                };
                let progress = transfer.part(conn, atoms, patience)?;
                self.progressed(progress)
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

    fn send(&self, to: Window, kind: Atom, data: [u32; 5]) -> Result<(), ConnectionError> {
        let message = ClientMessageEvent::new(32, to, kind, data);
        self.conn
            .send_event(false, to, EventMask::NO_EVENT, message)?;
        Ok(())
    }
}

/// The transfer that this window is the address of, and the patience with it.
fn awaited(drag: &mut Option<Drag>, window: Window) -> Option<(&mut Transfer, &mut Patience)> {
    let drag = drag.as_mut()?;
    let transfer = drag.transfer.as_mut();
    let transfer = transfer.filter(|transfer| transfer.window == window)?;
    Some((transfer, &mut drag.patience))
}
