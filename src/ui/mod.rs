//! The window.
//!
//! `logic` takes the engine's events and carries out keys; `ui` paints what
//! `State` knows and pushes commands into it. Nothing here waits, locks, or
//! touches a file. Idle means zero repaints: the engine's `wake` asks for the
//! next frame.

mod announce;
mod clipboard;
mod controls;
mod details;
mod dialog;
mod drop_zone;
mod drops;
mod footer;
mod header;
mod history;
mod icons;
mod inbox;
mod job_list;
mod job_row;
mod keys;
mod login;
mod notices;
mod run;
mod state;
mod task_field;
mod theme;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{
    CentralPanel, Context, Frame, Key, Margin, Panel, RawInput, ScrollArea, Ui, ViewportCommand,
};

pub use dialog::{Choose, Chooser};
pub use inbox::Inboxes;
pub use run::{Wake, run};

use crate::engine::Engine;
use crate::model::{Event, Settings};
use crate::platform::drops::Receiver;
use state::State;

/// As a pause before a frame: none, and one frame. Without a pause egui draws two.
const AT_ONCE: Duration = Duration::from_nanos(1);

/// What a window is opened with.
#[derive(Debug, Clone, Default)]
pub struct AppOptions {
    /// Preferences as they were loaded.
    pub settings: Settings,
    /// Files to start with.
    pub first_paths: Vec<PathBuf>,
    /// A task to look up once somebody is signed in.
    pub first_task: Option<String>,
    /// Where what is dropped without a file lasts as long as the saved queue;
    /// `None` keeps it until the window closes.
    pub dropped_folder: Option<PathBuf>,
}

/// The window's program.
pub struct App {
    /// First, so that it closes before the engine ends: what a second start
    /// hands over must not fall into a window that is going.
    inboxes: Inboxes,
    engine: Engine,
    state: State,
    receiver: Option<Receiver>,
    /// Until the receiver may use it.
    dropped_folder: Option<PathBuf>,
    themed: bool,
}

impl App {
    /// A window on this engine. Needs no screen: tests drive it too.
    #[must_use]
    pub fn new(engine: Engine, options: AppOptions) -> Self {
        let mut state = State::new(options.settings);
        state.add(options.first_paths);
        if let Some(task) = options.first_task {
            state.task.set(&task);
        }
        Self {
            inboxes: Inboxes::default(),
            engine,
            state,
            receiver: None,
            dropped_folder: options.dropped_folder,
            themed: false,
        }
    }

    /// The same window with another way to choose files than the system's.
    #[must_use]
    pub fn choosing_with(mut self, chooser: Chooser) -> Self {
        self.state.dialogs.choose_with(chooser);
        self
    }

    /// The same window, hearing of second starts and of what the system lacks.
    #[must_use]
    pub fn with_inboxes(mut self, inboxes: Inboxes) -> Self {
        self.inboxes = inboxes;
        self
    }

    /// The same window where the system brings no dropped files: it says so
    /// instead of asking for them.
    #[must_use]
    pub fn without_drops(mut self) -> Self {
        self.state.takes_drops = false;
        self
    }

    /// The same window with a drop receiver beside winit's drops. A drag goes to
    /// one of the two, never to both.
    #[must_use]
    pub fn receiving_with(mut self, receiver: Receiver) -> Self {
        self.receiver = Some(receiver);
        self
    }

    /// The same window where a receiver was wanted and did not start: it says
    /// that winit's drops are all there is.
    #[must_use]
    pub fn without_receiver(mut self) -> Self {
        self.state.drops.limited = true;
        self
    }

    /// Everything but painting: events in, keys, drops, commands out.
    pub fn think(&mut self, ctx: &Context) {
        if !self.themed {
            theme::follow(ctx, false);
            theme::apply(ctx, self.state.settings.theme, self.state.words.language);
            self.themed = true;
        }
        let (mut told, mut settles) = (false, false);
        while let Some(event) = self.engine.try_next() {
            settles |= !matches!(event, Event::Progress(_));
            self.state.apply(event);
            told = true;
        }
        if told {
            self.state.refresh(Instant::now());
            self.let_drops_last();
        }
        if settles {
            // What came or went may find its size in one frame and its place in
            // the next.
            ctx.request_repaint_after(AT_ONCE);
        }
        keys::shortcuts(&mut self.state, ctx);
        task_field::take_stray_paste(&mut self.state, ctx);
        task_field::ask_when_due(&mut self.state, ctx);
        if let Some(paths) = self.state.dialogs.answer() {
            self.state.add(paths);
        }
        if let Some(receiver) = &self.receiver {
            while let Some(event) = receiver.try_next() {
                drops::take(&mut self.state, ctx, event);
            }
        }
        drops::add_stock(&mut self.state);
        self.inboxes.empty_into(&mut self.state, ctx);
        self.ask_before_quitting(ctx);
        self.send();
    }

    /// Paints the window.
    pub fn paint(&mut self, ui: &mut Ui) {
        let state = &mut self.state;
        // The question is over with its reason: a later drop does not ask it.
        state.asks_to_quit &= state.quitting_costs();
        let colors = theme::palette(ui);
        let band = Frame::new()
            .fill(colors.panel)
            .inner_margin(Margin::symmetric(16, 8));
        let plain = Frame::new()
            .fill(colors.window)
            .inner_margin(Margin::symmetric(16, 8));
        Panel::top("account").frame(band).show(ui, |ui| {
            announce::announce_ui(state, ui);
            header::header_ui(state, ui);
        });
        Panel::bottom("footer").frame(band).show(ui, |ui| {
            if state.asks_to_quit {
                quit_ui(state, ui);
            } else {
                footer::footer_ui(state, ui);
            }
        });
        if state.identity().is_some() {
            Panel::top("task")
                .frame(plain)
                .show(ui, |ui| task_field::task_ui(state, ui));
        }
        CentralPanel::default()
            .frame(plain)
            .show(ui, |ui| middle_ui(state, ui));
        let ctx = ui.ctx().clone();
        details::details_ui(state, &ctx);
        history::history_ui(state, &ctx);
        drop_zone::overlay_ui(state, &ctx);
        self.send();
    }

    fn send(&mut self) {
        for command in self.state.take_outgoing() {
            self.engine.send(command);
        }
    }

    /// Has what is dropped without a file put beside the queue. Only once that is
    /// ours: who holds it removes what it does not name.
    fn let_drops_last(&mut self) {
        if let Some(receiver) = &self.receiver
            && self.state.is_saved()
            && let Some(folder) = self.dropped_folder.take()
        {
            receiver.keep_in(folder);
        }
    }

    /// Closing the window while files are on their way asks first.
    fn ask_before_quitting(&mut self, ctx: &Context) {
        let wants_to_close = ctx.input(|input| input.viewport().close_requested());
        let may_close = self.state.may_quit || !self.state.quitting_costs();
        if wants_to_close && may_close {
            // What is handed over from here on goes to a window of its own.
            self.inboxes.starts = None;
            // What waits for a slow disk then waits unseen.
            ctx.send_viewport_cmd(ViewportCommand::Visible(false));
        } else if wants_to_close {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.state.asks_to_quit = true;
            // It may have been closed from a task bar while it was minimized.
            inbox::come_to_front(ctx);
        }
        if self.state.may_quit {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}

/// Between task and footer. In a short window all of it scrolls, so that the
/// list keeps room for a few rows whatever there is to say above it.
fn middle_ui(state: &mut State, ui: &mut Ui) {
    let height = ui.available_height();
    let area = ScrollArea::vertical().id_salt("middle").auto_shrink(false);
    area.show(ui, |ui| {
        notices::notices_ui(state, ui);
        let left = height - ui.min_rect().height();
        if state.identity().is_none() {
            login::login_ui(state, ui);
        } else if state.board.jobs().is_empty() {
            drop_zone::zone_ui(state, ui, left);
        } else {
            drop_zone::strip_ui(state, ui);
            job_list::list_ui(state, ui, height);
        }
    });
}

fn quit_ui(state: &mut State, ui: &mut Ui) {
    let count = state.would_lose();
    if count > 0 {
        ui.label(if state.is_saved() {
            state.words.say.quit_kept(count)
        } else {
            state.words.say.quit(count)
        });
    }
    if state.scanning {
        ui.label(state.words.labels.quit_scanning);
    }
    ui.horizontal(|ui| {
        let stays = controls::accent_ui(ui, state.words.labels.keep_going).clicked();
        // Escape closes a question; it never stops a transfer.
        if stays || ui.input(|input| input.key_pressed(Key::Escape)) {
            state.asks_to_quit = false;
        }
        if ui.button(state.words.labels.quit).clicked() {
            state.may_quit = true;
            ui.ctx().request_repaint();
        }
    });
}

impl eframe::App for App {
    fn raw_input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        clipboard::hear(self.receiver.as_ref(), ctx, input);
        drops::hear(&mut self.state, input);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        // Its thread uses winit's connection, which ends after this.
        self.receiver = None;
    }

    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.think(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.paint(ui);
    }
}
