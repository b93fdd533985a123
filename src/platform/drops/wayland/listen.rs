//! The compositor's words, as the listener takes them.

use wayland_client::globals::GlobalListContents;
use wayland_client::protocol::wl_data_device::{self, EVT_DATA_OFFER_OPCODE, WlDataDevice};
use wayland_client::protocol::wl_data_device_manager::{self, WlDataDeviceManager};
use wayland_client::protocol::wl_data_offer::{self, WlDataOffer};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_seat::{self, WlSeat};
use wayland_client::{Connection, Dispatch, Proxy as _, QueueHandle, WEnum, event_created_child};

use super::{Fresh, Listener};

impl Dispatch<WlDataDevice, ()> for Listener {
    fn event(
        listener: &mut Self,
        _device: &WlDataDevice,
        event: wl_data_device::Event,
        _data: &(),
        _conn: &Connection,
        _queue: &QueueHandle<Self>,
    ) {
        use wl_data_device::Event;
        match event {
            Event::DataOffer { id } => listener.fresh.push(Fresh {
                offer: id,
                types: Vec::new(),
                actions: None,
            }),
            Event::Enter {
                serial,
                surface,
                x,
                y,
                id: Some(offer),
            } => {
                let surface = surface.id().as_ptr() as usize;
                listener.enter(serial, surface, (x, y), offer);
            }
            Event::Motion { x, y, .. } => listener.moved(x, y),
            Event::Leave => listener.leave(),
            Event::Drop => listener.dropped(),
            Event::Selection { id } => {
                let fresh = id.and_then(|offer| listener.take_fresh(&offer));
                listener.clipboard.holds(fresh);
            }
            _ => {}
        }
    }

    event_created_child!(Listener, WlDataDevice, [
        EVT_DATA_OFFER_OPCODE => (WlDataOffer, ()),
    ]);
}

impl Dispatch<WlDataOffer, ()> for Listener {
    fn event(
        listener: &mut Self,
        offer: &WlDataOffer,
        event: wl_data_offer::Event,
        _data: &(),
        _conn: &Connection,
        _queue: &QueueHandle<Self>,
    ) {
        let fresh = listener.fresh.iter_mut();
        let fresh = fresh.into_iter().find(|fresh| fresh.offer == *offer);
        match (event, fresh) {
            (wl_data_offer::Event::Offer { mime_type }, Some(fresh)) => {
                fresh.types.push(mime_type);
            }
            (
                wl_data_offer::Event::SourceActions {
                    source_actions: WEnum::Value(actions),
                },
                Some(fresh),
            ) => fresh.actions = Some(actions),
            (
                wl_data_offer::Event::Action {
                    dnd_action: WEnum::Value(action),
                },
                _,
            ) => listener.settled(offer, action),
            _ => {}
        }
    }
}

/// Objects whose events say nothing to us.
macro_rules! deaf_to {
    ($($object:ty, $event:ty, $data:ty;)*) => {$(
        impl Dispatch<$object, $data> for Listener {
            fn event(
                _listener: &mut Self,
                _object: &$object,
                _event: $event,
                _data: &$data,
                _conn: &Connection,
                _queue: &QueueHandle<Self>,
            ) {
            }
        }
    )*};
}

deaf_to! {
    WlRegistry, wl_registry::Event, GlobalListContents;
    WlSeat, wl_seat::Event, ();
    WlDataDeviceManager, wl_data_device_manager::Event, ();
}
