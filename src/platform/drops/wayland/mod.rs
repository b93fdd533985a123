//! Drops on Wayland: a `wl_data_device` of our own on winit's connection.
//!
//! winit 0.30 has none, so no drop is taken twice. One thread owns the device
//! and its event queue.

mod foreign;
mod listen;
mod probe;

use std::error::Error;
use std::ffi::c_void;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use rustix::pipe::{PipeFlags, pipe_with};
use wayland_client::backend::WaylandError;
use wayland_client::globals::registry_queue_init;
use wayland_client::protocol::wl_data_device::WlDataDevice;
use wayland_client::protocol::wl_data_device_manager::{DndAction, WlDataDeviceManager};
use wayland_client::protocol::wl_data_offer::WlDataOffer;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, EventQueue};

use super::DropEvent;
use super::gather::{Found, Gather, Kind, Step, usable};
use super::outlet::Outlet;
use super::thread::{Running, Stop};

pub(in crate::platform) use probe::takes_drops;

/// A source that says nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// No list, picture or text is larger than this.
const BYTES_MAX: usize = 64 << 20;

/// The connection is of no more use.
type Trouble = Box<dyn Error + Send + Sync>;

/// Binds a data device of our own, and starts the thread that listens to it.
pub(super) fn start(
    display: NonNull<c_void>,
    surface: NonNull<c_void>,
    outlet: Outlet,
) -> Result<Running, Trouble> {
    let conn = foreign::connection(display);
    let (globals, mut queue) = registry_queue_init::<Listener>(&conn)?;
    let handle = queue.handle();
    let seat: WlSeat = globals.bind(&handle, 1..=5, ())?;
    // Version 3 brought the word by which a source knows that it is done.
    let manager: WlDataDeviceManager = globals.bind(&handle, 3..=3, ())?;
    let device = manager.get_data_device(&seat, &handle, ());
    let mut listener = Listener {
        conn,
        device,
        surface: surface.as_ptr() as usize,
        own_host: rustix::system::uname().nodename().to_bytes().to_owned(),
        outlet,
        fresh: Vec::new(),
        drag: None,
        drags: 0,
    };
    Ok(Running::start(move |stop| {
        if let Err(error) = listener.run(&mut queue, stop) {
            tracing::warn!(%error, "the drop receiver stopped");
            let stock_drops = false;
            listener.outlet.tell(DropEvent::Stopped { stock_drops });
        }
        listener.device.release();
        listener.conn.flush().ok();
    })?)
}

/// One data device, and the drag over our window.
struct Listener {
    conn: Connection,
    device: WlDataDevice,
    /// The address of winit's surface.
    surface: usize,
    own_host: Vec<u8>,
    outlet: Outlet,
    /// Offers whose use is not known yet, and their MIME types.
    fresh: Vec<(WlDataOffer, Vec<String>)>,
    drag: Option<Drag>,
    drags: u64,
}

/// A drag between its coming and its end.
struct Drag {
    number: u64,
    offer: WlDataOffer,
    forms: Vec<(Kind, &'static str)>,
    gather: Gather,
    transfer: Option<Transfer>,
    /// What the compositor settled on.
    action: DndAction,
    dropped: bool,
}

/// One form on its way through a pipe.
struct Transfer {
    kind: Kind,
    pipe: File,
    bytes: Vec<u8>,
    until: Instant,
}

impl Listener {
    fn run(&mut self, queue: &mut EventQueue<Self>, stop: &Stop) -> Result<(), Trouble> {
        loop {
            queue.dispatch_pending(self)?;
            self.flush()?;
            let Some(guard) = queue.prepare_read() else {
                continue;
            };
            let transfer = self.drag.as_ref().and_then(|drag| drag.transfer.as_ref());
            let until = transfer.map(|transfer| transfer.until);
            let pipe = transfer.map(|transfer| transfer.pipe.as_fd());
            let any: Vec<_> = std::iter::once(guard.connection_fd()).chain(pipe).collect();
            let Some(ready) = stop.wait(&any, until)? else {
                return Ok(());
            };
            // Only with something to read: winit's thread may wait to read as
            // well, and reading without need would wait for it.
            if ready.first() == Some(&true) {
                pass(guard.read().map(drop))?;
            } else {
                drop(guard);
            }
            if ready.get(1) == Some(&true) {
                self.read()?;
            } else if until.is_some_and(|until| Instant::now() >= until) {
                self.transfer_ended(None)?;
            }
        }
    }

    fn flush(&self) -> Result<(), WaylandError> {
        pass(self.conn.flush())
    }

    /// A drag came over one of the surfaces of this connection.
    fn enter(&mut self, serial: u32, surface: usize, (x, y): (f64, f64), offer: WlDataOffer) {
        // A drop that is still on its way must not end in silence.
        self.give_up();
        let at = self.fresh.iter().position(|(fresh, _)| *fresh == offer);
        let types = at.map_or_else(Vec::new, |at| self.fresh.swap_remove(at).1);
        // Title bar and frame are surfaces of their own. They take nothing, but
        // the offer lives on until the drag leaves: some compositors take its
        // early end for the end of the whole drag.
        let is_window = surface == self.surface;
        let forms = if is_window {
            usable(&types)
        } else {
            Vec::new()
        };
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
        if let Some(what) = gather.first_look() {
            self.outlet.entered(self.drags, what);
        }
        self.drag = Some(Drag {
            number: self.drags,
            offer,
            forms,
            gather,
            transfer: None,
            action: DndAction::None,
            dropped: false,
        });
        self.moved(x, y);
    }

    fn moved(&self, x: f64, y: f64) {
        let taken = self
            .drag
            .as_ref()
            .is_some_and(|drag| !drag.forms.is_empty());
        if taken {
            let scaled = true;
            self.outlet.tell(DropEvent::Moved { x, y, scaled });
        }
    }

    /// The drag went away. After a drop that means nothing: its content may
    /// still be on its way.
    fn leave(&mut self) {
        if self.drag.as_ref().is_some_and(|drag| !drag.dropped) {
            self.give_up();
        }
    }

    /// Lets the drag go, and what is still on its way.
    fn give_up(&mut self) {
        let Some(drag) = self.drag.take() else {
            return;
        };
        // Without a word that it was taken, its source learns that it was not.
        drag.offer.destroy();
        if drag.dropped {
            self.outlet.dropped(Found::Nothing);
        } else if !drag.forms.is_empty() {
            self.outlet.tell(DropEvent::Left);
        }
    }

    fn dropped(&mut self) -> io::Result<()> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        if drag.forms.is_empty() {
            self.leave();
            return Ok(());
        }
        drag.dropped = true;
        if let Some(transfer) = &mut drag.transfer {
            transfer.until = Instant::now() + PATIENCE;
        } else {
            let kinds: Vec<_> = drag.forms.iter().map(|(kind, _)| *kind).collect();
            drag.gather.dropped(&kinds);
        }
        self.go_on()
    }

    /// Takes what is in the pipe.
    fn read(&mut self) -> io::Result<()> {
        let transfer = self.drag.as_mut().and_then(|drag| drag.transfer.as_mut());
        let Some(transfer) = transfer else {
            return Ok(());
        };
        let mut part = vec![0; 64 << 10];
        match transfer.pipe.read(&mut part) {
            Ok(0) => {
                let bytes = std::mem::take(&mut transfer.bytes);
                self.transfer_ended(Some(bytes))
            }
            Ok(count) if transfer.bytes.len() + count > BYTES_MAX => self.transfer_ended(None),
            Ok(count) => {
                transfer.until = Instant::now() + PATIENCE;
                transfer.bytes.extend(part.into_iter().take(count));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(_) => self.transfer_ended(None),
        }
    }

    fn transfer_ended(&mut self, bytes: Option<Vec<u8>>) -> io::Result<()> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        let Some(transfer) = drag.transfer.take() else {
            return Ok(());
        };
        drag.gather.take(transfer.kind, bytes);
        if transfer.kind == Kind::List && !drag.dropped {
            self.outlet.weigh(drag.number, &drag.gather);
        }
        self.go_on()
    }

    /// Fetches what is to be fetched now, or finishes the drop.
    fn go_on(&mut self) -> io::Result<()> {
        let Some(drag) = &mut self.drag else {
            return Ok(());
        };
        if drag.transfer.is_some() {
            return Ok(());
        }
        let kind = if drag.dropped {
            match drag.gather.next() {
                Step::Fetch(kind) => kind,
                Step::Done(found) => {
                    self.finish(found);
                    return Ok(());
                }
            }
        } else if let Some(kind) = drag.gather.early() {
            kind
        } else {
            return Ok(());
        };
        let Some((_, name)) = drag.forms.iter().find(|(form, _)| *form == kind) else {
            drag.gather.take(kind, None);
            return Ok(());
        };
        let (pipe, theirs) = pipe_with(PipeFlags::CLOEXEC)?;
        drag.offer.receive((*name).to_owned(), theirs.as_fd());
        drag.transfer = Some(Transfer {
            kind,
            pipe: pipe.into(),
            bytes: Vec::new(),
            until: Instant::now() + PATIENCE,
        });
        // Our copy of their end has to stay open until it is sent, and has to
        // be closed after it, or the end of the data would never be seen.
        pass(self.conn.flush()).map_err(io::Error::other)
    }

    /// Says to the source and to the window how it ended.
    fn finish(&mut self, found: Found) {
        let Some(drag) = self.drag.take() else {
            return;
        };
        // Without an action the word would be a protocol error, and end winit's
        // connection with ours.
        let settled = drag.action != DndAction::None;
        if settled && found != Found::Nothing {
            drag.offer.finish();
        }
        drag.offer.destroy();
        self.outlet.dropped(found);
    }
}

/// A full socket is no error: it goes on with the next round.
fn pass(result: Result<(), WaylandError>) -> Result<(), WaylandError> {
    match result {
        Err(WaylandError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        other => other,
    }
}
