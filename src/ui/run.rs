//! Opens the native window.

use std::io;
use std::sync::Arc;

use eframe::egui::ViewportBuilder;

use super::{App, AppOptions, icons, theme};
use crate::engine::Engine;
use crate::platform::drops;

/// Opens the window and returns when it is closed. `start` gets the closure
/// that wakes the window, and starts the engine with it.
pub fn run(
    start: impl FnOnce(Arc<dyn Fn() + Send + Sync>) -> io::Result<Engine>,
    options: AppOptions,
) -> Result<(), eframe::Error> {
    let viewport = ViewportBuilder::default()
        .with_title("ONES Drop")
        // Must equal the name of the desktop entry, so that a dock knows us.
        .with_app_id("ones-drop")
        .with_inner_size(theme::WINDOW)
        .with_min_inner_size(theme::WINDOW_MIN)
        .with_icon(icons::of_program());
    let native = eframe::NativeOptions {
        viewport,
        event_loop_builder: Some(Box::new(choose_backend)),
        ..eframe::NativeOptions::default()
    };
    let creator = move |creation: &eframe::CreationContext<'_>| {
        let ctx = creation.egui_ctx.clone();
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || ctx.request_repaint());
        let app = App::new(start(wake.clone())?, options);
        let app: Box<dyn eframe::App> = Box::new(match drops::start(creation, wake) {
            Ok(Some(receiver)) => app.receiving_with(receiver),
            Ok(None) => app,
            Err(error) => {
                tracing::warn!(cause = error.cause, "no drop receiver");
                if error.stock_drops {
                    app.without_receiver()
                } else {
                    app.without_drops()
                }
            }
        });
        Ok(app)
    };
    eframe::run_native("ones-drop", native, Box::new(creator))
}

/// X11 where files could not be dropped otherwise.
#[cfg(all(unix, not(target_os = "macos")))]
fn choose_backend(builder: &mut winit::event_loop::EventLoopBuilder<eframe::UserEvent>) {
    use winit::platform::x11::EventLoopBuilderExtX11 as _;
    if crate::platform::prefers_x11() {
        builder.with_x11();
    }
}

/// There is only one backend.
#[cfg(any(windows, target_os = "macos"))]
fn choose_backend(_builder: &mut winit::event_loop::EventLoopBuilder<eframe::UserEvent>) {}
