//! Drops on Wayland: a `wl_data_device` of our own on winit's connection.
//!
//! winit 0.30 has none, so no drop is taken twice. One thread owns the device
//! and its event queue.

mod clipboard;
mod drag;
mod foreign;
mod listen;
mod probe;

use std::error::Error;
use std::ffi::c_void;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::ptr::NonNull;
use std::time::Instant;

use rustix::pipe::{PipeFlags, pipe_with};
use wayland_client::backend::WaylandError;
use wayland_client::globals::registry_queue_init;
use wayland_client::protocol::wl_data_device::WlDataDevice;
use wayland_client::protocol::wl_data_device_manager::{DndAction, WlDataDeviceManager};
use wayland_client::protocol::wl_data_offer::WlDataOffer;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, EventQueue};

use super::gather::Came;
use super::outlet::Outlet;
use super::thread::{Running, Stop};
use super::{BYTES_MAX, DropEvent};
use clipboard::Clipboard;
use drag::Drag;

pub(super) use clipboard::Paste;
pub(in crate::platform) use probe::takes_drops;

/// The connection is of no more use.
type Trouble = Box<dyn Error + Send + Sync>;

/// Binds a data device of our own, and starts the thread that listens to it.
pub(super) fn start(
    display: NonNull<c_void>,
    surface: NonNull<c_void>,
    outlet: Outlet,
) -> Result<(Running, Paste), Trouble> {
    let conn = foreign::connection(display);
    let (globals, mut queue) = registry_queue_init::<Listener>(&conn)?;
    let handle = queue.handle();
    let seat: WlSeat = globals.bind(&handle, 1..=5, ())?;
    // Version 3 brought the word by which a source knows that it is done.
    let manager: WlDataDeviceManager = globals.bind(&handle, 3..=3, ())?;
    let device = manager.get_data_device(&seat, &handle, ());
    let (clipboard, paste) = Clipboard::new()?;
    let mut listener = Listener {
        conn,
        device,
        surface: surface.as_ptr() as usize,
        own_host: rustix::system::uname().nodename().to_bytes().to_owned(),
        outlet,
        fresh: Vec::new(),
        drag: None,
        drags: 0,
        clipboard,
    };
    let running = Running::start(move |stop| {
        if let Err(error) = listener.run(&mut queue, stop) {
            tracing::warn!(%error, "the drop receiver stopped");
            let stock_drops = false;
            listener.outlet.tell(DropEvent::Stopped { stock_drops });
        }
        listener.give_up();
        listener.clipboard.holds(None);
        listener.device.release();
        listener.conn.flush().ok();
    })?;
    Ok((running, paste))
}

/// One data device, the drag over our window, and the clipboard.
struct Listener {
    conn: Connection,
    device: WlDataDevice,
    /// The address of winit's surface.
    surface: usize,
    own_host: Vec<u8>,
    outlet: Outlet,
    /// Offers whose use is not known yet.
    fresh: Vec<Fresh>,
    drag: Option<Drag>,
    drags: u64,
    clipboard: Clipboard,
}

/// What an offer says of itself before it is known what it is for.
struct Fresh {
    offer: WlDataOffer,
    /// MIME types.
    types: Vec<String>,
    /// What its source lets be done with it, if it said so.
    actions: Option<DndAction>,
}

impl Listener {
    fn run(&mut self, queue: &mut EventQueue<Self>, stop: &Stop) -> Result<(), Trouble> {
        loop {
            queue.dispatch_pending(self)?;
            self.flush()?;
            let Some(guard) = queue.prepare_read() else {
                continue;
            };
            let drag = self.drag.as_ref();
            let drag = drag.and_then(|drag| Some((drag, drag.transfer.as_ref()?)));
            let until = drag.map(|(drag, _)| drag.patience.end());
            let any = [
                Some(guard.connection_fd()),
                drag.map(|(_, transfer)| transfer.pipe.as_fd()),
                Some(self.clipboard.bell()),
                self.clipboard.pipe(),
            ];
            let both = until.into_iter().chain(self.clipboard.until());
            let Some(ready) = stop.wait(&any, both.min())? else {
                return Ok(());
            };
            // Only with something to read: winit's thread may wait to read as
            // well, and reading without need would wait for it.
            if ready.first() == Some(&true) {
                pass(guard.read().map(drop))?;
            } else {
                drop(guard);
            }
            // First, or a pipe that always has a byte would never be given up.
            if until.is_some_and(|until| Instant::now() >= until) {
                self.give_up_waiting();
            } else if ready.get(1) == Some(&true) {
                self.read();
            }
            self.clipboard.give_up_if_late();
            if ready.get(2) == Some(&true) {
                self.clipboard.rung(&self.conn);
            } else if ready.get(3) == Some(&true)
                && let Some(text) = self.clipboard.read()
            {
                self.outlet.tell(DropEvent::Pasted(text));
            }
        }
    }

    /// What an offer said of itself, once it is known what it is for.
    fn take_fresh(&mut self, offer: &WlDataOffer) -> Option<Fresh> {
        let at = self.fresh.iter().position(|fresh| fresh.offer == *offer)?;
        Some(self.fresh.swap_remove(at))
    }

    fn flush(&self) -> Result<(), WaylandError> {
        pass(self.conn.flush())
    }

    /// Takes what is in the pipe.
    fn read(&mut self) {
        let Some(drag) = &mut self.drag else {
            return;
        };
        let Some(transfer) = &mut drag.transfer else {
            return;
        };
        let mut part = vec![0; 64 << 10];
        match transfer.pipe.read(&mut part) {
            Ok(0) => {
                drag.patience.heard(0, Instant::now());
                let bytes = std::mem::take(&mut transfer.bytes);
                self.transfer_ended(Came::Piped(bytes));
            }
            Ok(count) if transfer.bytes.len() + count > BYTES_MAX => {
                self.transfer_ended(Came::TooLarge);
            }
            Ok(count) => {
                drag.patience.heard(count, Instant::now());
                transfer.bytes.extend(part.into_iter().take(count));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.transfer_ended(Came::Nothing),
        }
    }
}

/// Asks for one form of an offer, which comes through this pipe.
fn receive(conn: &Connection, offer: &WlDataOffer, form: &str) -> io::Result<File> {
    let (pipe, theirs) = pipe_with(PipeFlags::CLOEXEC)?;
    offer.receive(form.to_owned(), theirs.as_fd());
    // Our copy of their end has to stay open until it is sent, and has to
    // be closed after it, or the end of the data would never be seen.
    pass(conn.flush()).map_err(io::Error::other)?;
    Ok(pipe.into())
}

/// A full socket is no error: it goes on with the next round.
fn pass(result: Result<(), WaylandError>) -> Result<(), WaylandError> {
    match result {
        Err(WaylandError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        other => other,
    }
}
