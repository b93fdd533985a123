//! winit's connection to the compositor, for a queue of our own.
#![allow(
    unsafe_code,
    reason = "winit gives its connection as a pointer and in no other way"
)]

use std::ffi::c_void;
use std::ptr::NonNull;

use wayland_backend::client::Backend;
use wayland_client::Connection;

/// The connection behind a `wl_display`, without owning it. The receiver, the
/// only one that calls this, ends before winit's event loop does (`App::on_exit`),
/// and with it the last use of the pointer.
pub(super) fn connection(display: NonNull<c_void>) -> Connection {
    // Safety: the pointer comes from winit's window, which is open, and is a
    // `wl_display`; that it stays valid is said above.
    let backend = unsafe { Backend::from_foreign_display(display.as_ptr().cast()) };
    Connection::from_backend(backend)
}
