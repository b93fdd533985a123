//! The window's own drop receiver on X11 and Wayland.
//!
//! winit 0.30 loses a whole drop for one odd entry, takes no list over 256 KiB
//! and hears nothing on Wayland. So a thread of our own receives drags there,
//! and the window takes what it tells with [`Receiver::try_next`] when a frame
//! has time. On other systems winit's drops are good and nothing is started.

#[cfg(all(unix, not(target_os = "macos")))]
mod gather;
#[cfg(all(unix, not(target_os = "macos")))]
mod outlet;
#[cfg(all(unix, not(target_os = "macos")))]
mod patience;
#[cfg(all(unix, not(target_os = "macos")))]
mod thread;
#[cfg(all(unix, not(target_os = "macos")))]
mod uri_list;
#[cfg(all(unix, not(target_os = "macos")))]
mod wayland;
#[cfg(all(unix, not(target_os = "macos")))]
mod whole;
#[cfg(all(unix, not(target_os = "macos")))]
mod x11;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, mpsc};

use winit::raw_window_handle::{HasDisplayHandle, HasWindowHandle};

#[cfg(all(unix, not(target_os = "macos")))]
pub use uri_list::{Entry, parse_uri_list};

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use wayland::takes_drops as compositor_takes_drops;

use crate::model::{Hovered, LeftOut};

/// Called after each event, from the receiver's thread. Must not block.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The most that is taken for one form of a drag: a list, a picture, a text.
#[cfg(all(unix, not(target_os = "macos")))]
const BYTES_MAX: usize = 64 << 20;

/// One thing that happened to a drag.
#[derive(Debug, Clone, PartialEq)]
pub enum DropEvent {
    /// Something came over the window.
    Entered(Hover),
    /// More is known of it. To be ignored unless that drag still hovers.
    Known(Hover),
    /// Where the pointer is, in pixels of the window (X11) or in units that are
    /// scaled already (Wayland).
    Moved {
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// Whether they are scaled already.
        scaled: bool,
    },
    /// It went away without a drop.
    Left,
    /// It was dropped, and its source has to hand it over still.
    Released,
    /// It was dropped, and is all there.
    Dropped {
        /// Files and folders, byte for byte as they were named.
        paths: Vec<PathBuf>,
        /// What came along and is no file of this computer.
        left_out: Vec<LeftOut>,
    },
    /// It was dropped, but did not come.
    Failed(Failure),
    /// The clipboard's text, as it was asked for.
    Pasted(String),
    /// Drags from some programs go around the receiver, to winit's own drops.
    Bypassed,
    /// The receiver came to an unexpected end.
    Stopped {
        /// Whether winit's own drops arrive all the same.
        stock_drops: bool,
    },
}

/// Why a drop did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Its source handed nothing over, or not in time.
    NothingCame,
    /// Its source broke off before the end.
    CutOff,
    /// It is more than 64 MiB, as no list of files is.
    TooLarge,
}

/// A drag over the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    /// Which drag, counted from the start of the receiver.
    pub drag: u64,
    /// What it brings.
    pub what: Hovered,
    /// Some of its names, the first ones.
    pub names: Vec<String>,
}

/// Why there is no receiver of our own.
#[derive(Debug)]
pub struct StartError {
    /// For the log.
    pub cause: String,
    /// Whether winit's own drops arrive all the same.
    pub stock_drops: bool,
}

/// The receiver's handle. Dropping it ends its thread.
pub struct Receiver {
    events: mpsc::Receiver<DropEvent>,
    lasting: Arc<OnceLock<PathBuf>>,
    #[cfg(all(unix, not(target_os = "macos")))]
    _thread: Option<thread::Running>,
    /// After the thread, which listens to it.
    #[cfg(all(unix, not(target_os = "macos")))]
    paste: Option<wayland::Paste>,
}

impl Receiver {
    /// The next event, if there is one. Never blocks.
    #[must_use]
    pub fn try_next(&self) -> Option<DropEvent> {
        self.events.try_recv().ok()
    }

    /// Asks for the clipboard's text, which comes as an event. `false` if it has
    /// to be asked for elsewhere: the receiver knows of none.
    #[must_use]
    pub fn paste(&self) -> bool {
        #[cfg(all(unix, not(target_os = "macos")))]
        let asked = self.paste.as_ref().is_some_and(wayland::Paste::ask);
        #[cfg(not(all(unix, not(target_os = "macos"))))]
        let asked = false;
        asked
    }

    /// From now on, pictures and texts that are dropped without a file are put
    /// into this folder, each in one of its own, and stay there. Before, they
    /// end with the receiver.
    pub fn keep_in(&self, folder: PathBuf) {
        // The first word counts.
        self.lasting.set(folder).ok();
    }

    /// A handle whose drags are played by the caller.
    #[must_use]
    pub fn scripted() -> (Self, mpsc::Sender<DropEvent>) {
        let (script, events) = mpsc::channel();
        let receiver = Self {
            events,
            lasting: Arc::default(),
            #[cfg(all(unix, not(target_os = "macos")))]
            _thread: None,
            #[cfg(all(unix, not(target_os = "macos")))]
            paste: None,
        };
        (receiver, script)
    }
}

/// Starts the receiver for a window; `None` where the system needs none.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn start(
    window: &(impl HasWindowHandle + HasDisplayHandle),
    wake: Wake,
) -> Result<Option<Receiver>, StartError> {
    use winit::raw_window_handle::{RawDisplayHandle, RawWindowHandle};

    let (sender, events) = mpsc::channel();
    let lasting = Arc::default();
    let outlet = outlet::Outlet::new(sender, wake, Arc::clone(&lasting));
    let handles = (
        window.window_handle().map(|handle| handle.as_raw()),
        window.display_handle().map(|handle| handle.as_raw()),
    );
    let id_of = |number: u64| u32::try_from(number).map_err(Into::into);
    let mut paste = None;
    let (started, stock_drops) = match handles {
        (Ok(RawWindowHandle::Xlib(handle)), _) => (
            id_of(handle.window).and_then(|id| x11::start(id, outlet)),
            true,
        ),
        (Ok(RawWindowHandle::Xcb(handle)), _) => (x11::start(handle.window.get(), outlet), true),
        (Ok(RawWindowHandle::Wayland(handle)), Ok(RawDisplayHandle::Wayland(display))) => {
            let started = wayland::start(display.display, handle.surface, outlet);
            let thread = started.map(|(thread, asks)| {
                paste = Some(asks);
                thread
            });
            (thread, false)
        }
        _ => (Err("this kind of window is not known".into()), false),
    };
    let thread = started.map_err(
        |cause: Box<dyn std::error::Error + Send + Sync>| StartError {
            cause: cause.to_string(),
            stock_drops,
        },
    )?;
    Ok(Some(Receiver {
        events,
        lasting,
        _thread: Some(thread),
        paste,
    }))
}

/// Starts the receiver for a window; `None` where the system needs none.
#[cfg(any(windows, target_os = "macos"))]
pub fn start(
    _window: &(impl HasWindowHandle + HasDisplayHandle),
    _wake: Wake,
) -> Result<Option<Receiver>, StartError> {
    Ok(None)
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use std::num::NonZeroU32;

    use winit::raw_window_handle::{
        DisplayHandle, HandleError, RawWindowHandle, WindowHandle, XcbWindowHandle,
    };

    use super::*;

    /// A window of this kind that is not there.
    struct Gone(Option<RawWindowHandle>);

    impl HasWindowHandle for Gone {
        #[expect(unsafe_code, reason = "a window that no code looks at")]
        fn window_handle(&self) -> Result<WindowHandle<'_>, HandleError> {
            let handle = self.0.ok_or(HandleError::Unavailable)?;
            // Safety: it is a number, not a pointer.
            Ok(unsafe { WindowHandle::borrow_raw(handle) })
        }
    }

    impl HasDisplayHandle for Gone {
        fn display_handle(&self) -> Result<DisplayHandle<'_>, HandleError> {
            Err(HandleError::Unavailable)
        }
    }

    #[test]
    fn a_start_that_fails_says_whether_winits_drops_arrive() {
        let number = NonZeroU32::MAX;
        let x11 = RawWindowHandle::Xcb(XcbWindowHandle::new(number));
        for (window, want) in [(Gone(Some(x11)), true), (Gone(None), false)] {
            let Err(error) = start(&window, Arc::new(|| {})) else {
                panic!("there is no such window");
            };
            assert_eq!(error.stock_drops, want, "{}", error.cause);
        }
    }
}
