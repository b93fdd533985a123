//! Opens the native window.

use std::any::Any;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::{Context, ViewportBuilder};

use super::{App, AppOptions, Inboxes, clipboard, icons, theme};
use crate::engine::Engine;
use crate::model::Lack;
use crate::platform;
use crate::platform::drops::{self, Receiver, StartError};

/// Wakes the window from any thread.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Opens the window and returns when it is closed. `start` gets the closure
/// that wakes the window, and starts the engine with it; `instance` lets other
/// starts bring their files.
///
/// Fails with what the system lacks to open a window, where that is known.
pub fn run(
    start: impl FnOnce(Wake) -> io::Result<Engine>,
    options: AppOptions,
    instance: Option<platform::Instance>,
) -> Result<(), Option<Lack>> {
    let opened = Arc::new(AtomicBool::new(false));
    let open = opened.clone();
    let creator = move |creation: &eframe::CreationContext<'_>| {
        open.store(true, Ordering::Relaxed);
        let ctx = creation.egui_ctx.clone();
        let wake = waking(ctx);
        let inboxes = Inboxes {
            starts: instance.map(|instance| instance.serve(wake.clone())),
            lacks: Some(platform::look_for_lacks(wake.clone())),
            dark: Some(platform::watch_colours(wake.clone())),
        };
        let app = App::new(start(wake.clone())?, options).with_inboxes(inboxes);
        let app: Box<dyn eframe::App> = Box::new(receiving(app, creation, wake));
        Ok(app)
    };
    let window = || eframe::run_native("ones-drop", native_options(), Box::new(creator));
    match catch_until_open(&opened, window) {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => {
            tracing::debug!(%error, "the window did not open");
            Err(lack_behind(&error))
        }
        None => Err(None),
    }
}

/// Asks for one frame. A request without a delay asks for two (egui, so that a
/// layout may settle), one too many, again and again, while files move.
fn waking(ctx: Context) -> Wake {
    Arc::new(move || ctx.request_repaint_after(super::AT_ONCE))
}

/// The window with our own drop receiver, where the system needs one.
fn receiving(app: App, creation: &eframe::CreationContext<'_>, wake: Wake) -> App {
    received(app, drops::start(creation, wake))
}

fn received(app: App, started: Result<Option<Receiver>, StartError>) -> App {
    match started {
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
    }
}

fn native_options() -> eframe::NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_title("ONES Drop")
        // Must equal the name of the desktop entry, so that a dock knows us.
        .with_app_id("ones-drop")
        .with_inner_size(theme::WINDOW)
        .with_min_inner_size(theme::WINDOW_MIN)
        .with_icon(icons::of_program());
    eframe::NativeOptions {
        viewport,
        event_loop_builder: Some(Box::new(choose_backend)),
        clipboard_shortcuts: !clipboard::HEARS_KEYS,
        ..eframe::NativeOptions::default()
    }
}

/// Libraries below us panic where a part of the system is missing. Until the
/// window is open such a panic is one more way not to open, so it goes to the
/// log and gives `None`; later ones take their usual way.
fn catch_until_open<T>(opened: &Arc<AtomicBool>, window: impl FnOnce() -> T) -> Option<T> {
    let usual = panic::take_hook();
    let open = opened.clone();
    panic::set_hook(Box::new(move |info| {
        if open.load(Ordering::Relaxed) {
            usual(info);
        } else {
            tracing::debug!(%info, "the window did not open");
        }
    }));
    let caught = panic::catch_unwind(AssertUnwindSafe(window));
    caught.map_or_else(|panic| unopened(opened, panic), Some)
}

fn unopened<T>(opened: &AtomicBool, panic: Box<dyn Any + Send>) -> Option<T> {
    if opened.load(Ordering::Relaxed) {
        panic::resume_unwind(panic);
    }
    None
}

fn lack_behind(error: &eframe::Error) -> Option<Lack> {
    match error {
        eframe::Error::Glutin(_)
        | eframe::Error::NoGlutinConfigs(..)
        | eframe::Error::OpenGL(_) => Some(Lack::OpenGl),
        _ => None,
    }
}

/// X11 where files could not be dropped otherwise.
#[cfg(all(unix, not(target_os = "macos")))]
fn choose_backend(builder: &mut winit::event_loop::EventLoopBuilder<eframe::UserEvent>) {
    use winit::platform::x11::EventLoopBuilderExtX11 as _;
    if platform::prefers_x11() {
        builder.with_x11();
    }
}

/// There is only one backend.
#[cfg(any(windows, target_os = "macos"))]
fn choose_backend(_builder: &mut winit::event_loop::EventLoopBuilder<eframe::UserEvent>) {}

#[cfg(test)]
mod tests {
    use eframe::egui::RawInput;

    use super::*;
    use crate::model::{Event, JobId};

    #[test]
    fn progress_is_drawn_once_and_other_news_until_it_has_settled() {
        let ctx = Context::default();
        let wake = waking(ctx.clone());
        let (engine, script) = Engine::scripted();
        let mut app = App::new(engine, AppOptions::default());
        let mut frames = || {
            let mut frames = 0;
            while ctx.has_requested_repaint() {
                frames += 1;
                let output = ctx.run_ui(RawInput::default(), |ui| {
                    app.think(ui.ctx());
                    app.paint(ui);
                });
                output.drop_without_applying_deltas();
            }
            frames
        };
        frames(); // the first ones
        for (event, drawn) in [
            (Event::Progress(vec![(JobId(1), 5)]), 1),
            (Event::Paused(true), 2),
        ] {
            script.events.send(event).unwrap();
            wake();
            assert_eq!(frames(), drawn);
        }
    }

    #[test]
    fn a_receiver_that_did_not_start_leaves_what_winit_brings() {
        let started = |started| {
            let (engine, _script) = Engine::scripted();
            let app = received(App::new(engine, AppOptions::default()), started);
            let state = &app.state;
            (
                state.takes_drops,
                state.drops.limited,
                app.receiver.is_some(),
            )
        };
        let failed = |stock_drops| {
            let cause = "no X server".to_owned();
            Err(StartError { cause, stock_drops })
        };
        assert_eq!(started(failed(true)), (true, true, false));
        assert_eq!(started(failed(false)), (false, false, false));
        assert_eq!(started(Ok(None)), (true, false, false));
        let (receiver, _script) = Receiver::scripted();
        assert_eq!(started(Ok(Some(receiver))), (true, false, true));
    }

    #[test]
    fn a_panic_before_the_window_is_open_is_a_window_that_did_not_open() {
        let opened = Arc::new(AtomicBool::new(false));
        assert_eq!(catch_until_open(&opened, || 1), Some(1));
        let fails = || -> i32 { panic!("libxkbcommon-x11.so is missing") };
        assert_eq!(catch_until_open(&opened, fails), None);
        // The hook stays, and other tests' panics are to be seen.
        opened.store(true, Ordering::Relaxed);
    }
}
