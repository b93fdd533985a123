//! A window, its played engine, and hands and eyes for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

pub(crate) use super::identity::identity;
use eframe::egui::{DroppedFile, Key, Modifiers, Vec2, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use ones_drop::engine::{Engine, Script};
use ones_drop::model::{
    Command, Event, How, Job, JobId, JobState, Language, Receipt, Settings, Task, Trace,
};
use ones_drop::platform::drops::{DropEvent, Receiver};
use ones_drop::ui::{App, AppOptions, Choose, Inboxes};

pub struct Bench {
    pub harness: Harness<'static, App>,
    script: Script,
}

/// A dropped file with a path of our choice.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody reads it".into())
    }
}

pub fn task() -> Arc<Task> {
    Arc::new(Task {
        id: "6ZpgEzkkFOLPsD5s".into(),
        team: "BDfDqJU7".into(),
        number: Some(1024),
        title: Some("Login page crashes on Safari 17".into()),
    })
}

pub fn job(id: u64, name: &str, state: JobState) -> Job {
    let held = matches!(state, JobState::Held(_));
    Job {
        id: JobId(id),
        task: (!held).then(task),
        path: format!("/tmp/{name}").into(),
        name: name.into(),
        description: "".into(),
        size_bytes: 42_991_616,
        moved_bytes: 0,
        store: None,
        state,
    }
}

pub fn receipt(how: How) -> Arc<Receipt> {
    Arc::new(Receipt {
        how,
        verified: true,
        hash: "Fqr0xh3cxeii2r7eDztILNmuqUNN".into(),
        resource: "Rs6wX3yZ".into(),
        trace: Trace::default(),
    })
}

impl Bench {
    pub fn new() -> Self {
        Self::sized(560.0, 680.0, Language::English)
    }

    pub fn sized(width: f32, height: f32, language: Language) -> Self {
        Self::choosing(width, height, language, |_| Vec::new())
    }

    /// A window on a system that brings no drops.
    pub fn without_drops() -> Self {
        Self::with_app(560.0, 680.0, Language::English, App::without_drops)
    }

    /// A window that hears of second starts and of what the system lacks.
    pub fn hearing(inboxes: Inboxes) -> Self {
        Self::with_app(560.0, 680.0, Language::English, |app| {
            app.with_inboxes(inboxes)
        })
    }

    /// A window whose drags are played by the test, signed in, with a task.
    pub fn with_drags() -> (Self, Sender<DropEvent>) {
        let (receiver, drags) = Receiver::scripted();
        let mut bench = Self::with_app(560.0, 680.0, Language::English, |app| {
            app.receiving_with(receiver)
        });
        bench.enter();
        (bench, drags)
    }

    /// A window whose receiver did not start.
    pub fn without_receiver() -> Self {
        Self::with_app(560.0, 680.0, Language::English, App::without_receiver)
    }

    /// A window whose file dialog is answered by the test.
    pub fn choosing(
        width: f32,
        height: f32,
        language: Language,
        chooser: impl Fn(Choose) -> Vec<PathBuf> + Send + Sync + 'static,
    ) -> Self {
        let chooser = Arc::new(chooser);
        Self::with_app(width, height, language, |app| app.choosing_with(chooser))
    }

    fn with_app(
        width: f32,
        height: f32,
        language: Language,
        change: impl FnOnce(App) -> App,
    ) -> Self {
        let (engine, script) = Engine::scripted();
        let options = AppOptions {
            settings: Settings {
                language: Some(language),
                ..Settings::default()
            },
            ..AppOptions::default()
        };
        let app = change(App::new(engine, options));
        let mut builder = Harness::builder().with_size(Vec2::new(width, height));
        if language == Language::Chinese {
            // The fonts that come with egui have no Chinese. In English every
            // missing glyph is a box that somebody would see.
            builder = builder.allow_missing_glyphs();
        }
        let mut harness = builder.build_ui_state(
            |ui, app: &mut App| {
                let ctx = ui.ctx().clone();
                app.think(&ctx);
                app.paint(ui);
            },
            app,
        );
        harness.run();
        Self { harness, script }
    }

    pub fn signed_in() -> Self {
        let mut bench = Self::new();
        bench.tell(Event::SignedIn(identity()));
        bench
    }

    /// Signed in, with a task that was found.
    pub fn with_task() -> Self {
        let mut bench = Self::new();
        bench.enter();
        bench
    }

    pub fn enter(&mut self) {
        self.tell(Event::SignedIn(identity()));
        self.harness
            .event(eframe::egui::Event::Paste("6ZpgEzkkFOLPsD5s".into()));
        self.harness.run();
        self.until_command();
        self.tell(Event::TaskFound {
            text: "6ZpgEzkkFOLPsD5s".into(),
            task: task(),
        });
    }

    /// Plays an event of the engine.
    pub fn tell(&mut self, event: Event) {
        self.script.events.send(event).unwrap();
        self.harness.run_ok();
        self.harness.step();
    }

    /// What the window asked for since the last call.
    pub fn commands(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Ok(command) = self.script.commands.try_recv() {
            commands.push(command);
        }
        commands
    }

    /// Steps until the window asks for something.
    pub fn until_command(&mut self) -> Command {
        let end = std::time::Instant::now() + std::time::Duration::from_mins(2);
        while std::time::Instant::now() < end {
            self.harness.step();
            if let Some(command) = self.commands().into_iter().next() {
                return command;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the window asked for nothing");
    }

    /// Clicks the middle of a control, which must lie inside the window.
    pub fn click(&mut self, name: &str) {
        let rect = self.shows_inside(name);
        self.harness.hover_at(rect.center());
        self.harness.step();
        self.harness.drag_at(rect.center());
        self.harness.step();
        self.harness.drop_at(rect.center());
        self.harness.run_ok();
    }

    pub fn type_into(&mut self, name: &str, text: &str) {
        self.click(name);
        self.field(name).type_text(text);
        self.harness.run_ok();
    }

    /// Types where the focus is.
    pub fn type_text(&mut self, text: &str) {
        let event = eframe::egui::Event::Text(text.to_owned());
        self.harness.input_mut().events.push(event);
        self.harness.run();
    }

    pub fn value(&self, name: &str) -> String {
        self.field(name).value().unwrap_or_default()
    }

    fn field<'a>(&'a self, name: &'a str) -> egui_kittest::Node<'a> {
        let roles = [
            eframe::egui::accesskit::Role::TextInput,
            eframe::egui::accesskit::Role::PasswordInput,
        ];
        self.harness
            .get_all_by_label(name)
            .find(|node| roles.contains(&node.accesskit_node().role()))
            .unwrap()
    }

    pub fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_ok();
    }

    pub fn drop_files(&mut self, paths: &[&str]) {
        self.hold_files(paths);
        self.harness.run_ok();
    }

    /// Drops files into the next frame.
    pub fn hold_files(&mut self, paths: &[&str]) {
        let files = paths.iter().map(|path| {
            let file: Arc<dyn DroppedFile + Send + Sync> = Arc::new(Dropped(path.into()));
            file
        });
        self.harness.input_mut().dropped_files = files.collect();
        self.hear();
    }

    /// Lets the window change what it hears, as the real one does before each
    /// frame.
    pub fn hear(&mut self) {
        let ctx = self.harness.ctx.clone();
        let mut input = std::mem::take(self.harness.input_mut());
        eframe::App::raw_input_hook(self.harness.state_mut(), &ctx, &mut input);
        *self.harness.input_mut() = input;
    }

    /// The person closes the window.
    pub fn ask_to_close(&mut self) {
        let root = self.harness.input_mut().viewports.entry(ViewportId::ROOT);
        root.or_default().events.push(ViewportEvent::Close);
        self.harness.step();
        self.harness.step();
    }
}
