//! Whether a compositor is there, before a window is opened on it.

use std::sync::mpsc;
use std::time::Duration;

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::{Event, WlRegistry};
use wayland_client::{Connection, Dispatch, QueueHandle};

/// Whether the compositor answers within this time, and has what a receiver
/// needs. Asks on a thread, for a compositor that hangs answers nothing.
pub(in crate::platform) fn takes_drops(limit: Duration) -> bool {
    let (tell, told) = mpsc::channel();
    let thread = std::thread::Builder::new().name("ones-drop-probe".into());
    let spawned = thread.spawn(move || tell.send(has_devices()).ok());
    spawned.is_ok() && told.recv_timeout(limit).unwrap_or(false)
}

fn has_devices() -> bool {
    let Ok(conn) = Connection::connect_to_env() else {
        return false;
    };
    let Ok((globals, _queue)) = registry_queue_init::<Probe>(&conn) else {
        return false;
    };
    globals.contents().with_list(|list| {
        let has = |interface: &str, version| {
            let mut all = list.iter();
            all.any(|global| global.interface == interface && global.version >= version)
        };
        has("wl_seat", 1) && has("wl_data_device_manager", 3)
    })
}

struct Probe;

impl Dispatch<WlRegistry, GlobalListContents> for Probe {
    fn event(
        _probe: &mut Self,
        _registry: &WlRegistry,
        _event: Event,
        _data: &GlobalListContents,
        _conn: &Connection,
        _queue: &QueueHandle<Self>,
    ) {
    }
}
