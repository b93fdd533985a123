//! Drops on Wayland: a `wl_data_device` of our own on winit's connection.
//!
//! winit 0.30 has none, so no drop is taken twice. One thread owns the device
//! and its event queue.

mod drag;
mod foreign;
mod listen;
mod probe;

use std::error::Error;
use std::ffi::c_void;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::ptr::NonNull;
use std::time::Instant;

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
use drag::Drag;

pub(in crate::platform) use probe::takes_drops;

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
        listener.give_up();
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
    /// Offers whose use is not known yet.
    fresh: Vec<Fresh>,
    drag: Option<Drag>,
    drags: u64,
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
            let pipe = drag.map(|(_, transfer)| transfer.pipe.as_fd());
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
            // First, or a pipe that always has a byte would never be given up.
            if until.is_some_and(|until| Instant::now() >= until) {
                self.give_up_waiting();
            } else if ready.get(1) == Some(&true) {
                self.read();
            }
        }
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

/// A full socket is no error: it goes on with the next round.
fn pass(result: Result<(), WaylandError>) -> Result<(), WaylandError> {
    match result {
        Err(WaylandError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        other => other,
    }
}
