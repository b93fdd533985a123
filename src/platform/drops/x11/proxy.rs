//! The proxy window, and what is shared by all that talk to the X server.

use std::error::Error;

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// The version of the drag and drop protocol that we speak.
const XDND_VERSION: u32 = 5;

/// More forms than this no source offers.
const TYPES_MAX: u32 = 1024;

/// Bytes of a file's name that are read.
const NAME_MAX: u32 = 1024;

x11rb::atom_manager! {
    /// The names that the protocol uses.
    pub(super) Atoms: AtomsCookie {
        XdndAware,
        XdndProxy,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndLeave,
        XdndDrop,
        XdndFinished,
        XdndSelection,
        XdndTypeList,
        XdndActionCopy,
        XdndDirectSave0,
        INCR,
        ONES_DROP_DATA,
    }
}

/// The connection is of no more use.
pub(super) type Trouble = Box<dyn Error + Send + Sync>;

/// An answer, or `None` where the other window is gone: that ends its drag, not
/// the receiver.
pub(super) fn alive<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ConnectionError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(error)) => Err(error),
    }
}

/// Makes a window and names it as the proxy of this one.
pub(super) fn make_proxy(
    conn: &RustConnection,
    atoms: &Atoms,
    root: Window,
    window: Window,
) -> Result<(), ReplyOrIdError> {
    let proxy = conn.generate_id()?;
    let aux = CreateWindowAux::new().override_redirect(1);
    let (depth, class) = (x11rb::COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_ONLY);
    conn.create_window(depth, proxy, root, -10, -10, 1, 1, 0, class, 0, &aux)?
        .check()?;
    let set = |on, property, kind, value| {
        let value = [value];
        conn.change_property32(PropMode::REPLACE, on, property, kind, &value)
    };
    let (atom, id) = (AtomEnum::ATOM, AtomEnum::WINDOW);
    set(proxy, atoms.XdndAware, atom, XDND_VERSION)?.check()?;
    // That it names itself proves to sources that it is alive.
    set(proxy, atoms.XdndProxy, id, proxy)?.check()?;
    set(window, atoms.XdndProxy, id, proxy)?.check()?;
    Ok(())
}

/// Takes the proxy's name away over a new connection. GTK 3 finds no drop at all
/// at a window whose proxy is dead (seen: it never gets to winit).
pub(super) fn unname_proxy(atoms: &Atoms, window: Window) -> Result<(), Trouble> {
    let (conn, _) = RustConnection::connect(None)?;
    conn.delete_property(window, atoms.XdndProxy)?.check()?;
    Ok(())
}

/// Whether the X server is a guest on a Wayland desktop. It says so since
/// Xwayland 23.1; before, the names of its screens do.
pub(super) fn is_xwayland(conn: &RustConnection, root: Window) -> Result<bool, ConnectionError> {
    let answer = alive(conn.query_extension(b"XWAYLAND")?.reply())?;
    if answer.is_some_and(|extension| extension.present) {
        return Ok(true);
    }
    if conn
        .extension_information(randr::X11_EXTENSION_NAME)?
        .is_none()
    {
        return Ok(false);
    }
    let cookie = conn.randr_get_screen_resources_current(root)?;
    let Some(screens) = alive(cookie.reply())? else {
        return Ok(false);
    };
    for output in screens.outputs {
        let cookie = conn.randr_get_output_info(output, screens.config_timestamp)?;
        let screen = alive(cookie.reply())?;
        if screen.is_some_and(|screen| screen.name.starts_with(b"XWAYLAND")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The forms that a source offers: up to three stand in its first message, more
/// in a property of its window.
pub(super) fn offered_types(
    conn: &RustConnection,
    atoms: &Atoms,
    source: Window,
    (more, few): (bool, [Atom; 3]),
) -> Result<Vec<Atom>, ConnectionError> {
    if !more {
        return Ok(few.to_vec());
    }
    let (list, kind) = (atoms.XdndTypeList, AtomEnum::ATOM);
    let cookie = conn.get_property(false, source, list, kind, 0, TYPES_MAX)?;
    let reply = alive(cookie.reply())?;
    let values = reply.and_then(|reply| Some(reply.value32()?.collect()));
    Ok(values.unwrap_or_default())
}

/// The name of the file that a source would save for us.
pub(super) fn file_name(
    conn: &RustConnection,
    atoms: &Atoms,
    source: Window,
) -> Result<Option<String>, ConnectionError> {
    let (property, kind) = (atoms.XdndDirectSave0, AtomEnum::ANY);
    let cookie = conn.get_property(false, source, property, kind, 0, NAME_MAX / 4)?;
    let reply = alive(cookie.reply())?;
    let name = reply.map(|reply| String::from_utf8_lossy(&reply.value).into_owned());
    Ok(name.filter(|name| !name.is_empty()))
}
