//! The window's frames without a screen: everything but what a graphics card does.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, Shape,
    TouchPhase, Vec2,
};
use ones_drop::engine::Engine;
use ones_drop::model::{self, Job, JobId, JobState};
use ones_drop::platform::drops::{DropEvent, Receiver};
use ones_drop::ui::{App, AppOptions};

use crate::cost::median;
use crate::engine::{LIMIT, MANY, engine_of, millis};
use crate::files::{make_files, scratch};
use crate::goals::Goals;
use crate::identity::identity;
use crate::server::{Scheme, Server};

/// Frames that are drawn while something changes.
const SCROLLED: u32 = 1000;
/// A screen shows one in 16 ms; looked at more often, so that rows are not late
/// by that.
const PAUSE: Duration = Duration::from_millis(4);

/// A window without a screen.
struct Window {
    app: App,
    ctx: Context,
    start: Instant,
}

impl Window {
    fn new(app: App) -> Self {
        Self {
            app,
            ctx: Context::default(),
            start: Instant::now(),
        }
    }

    /// One frame: events in, layout, triangles. Gives the time it took, and what
    /// would be painted.
    fn frame(&mut self, events: Vec<Event>) -> (Duration, Vec<ClippedShape>) {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(560.0, 680.0))),
            time: Some(self.start.elapsed().as_secs_f64()),
            events,
            ..RawInput::default()
        };
        let start = Instant::now();
        let mut output = self.ctx.run_ui(input, |ui| {
            self.app.think(ui.ctx());
            self.app.paint(ui);
        });
        let shapes = std::mem::take(&mut output.shapes);
        let painted = shapes.clone();
        let scale = output.pixels_per_point;
        std::hint::black_box(self.ctx.tessellate(shapes, scale));
        let took = start.elapsed();
        output.drop_without_applying_deltas();
        (took, painted)
    }

    /// Draws until this text is to be read. Gives the longest frame.
    fn until(&mut self, text: &str) -> Duration {
        let (start, mut longest) = (Instant::now(), Duration::ZERO);
        loop {
            let (took, painted) = self.frame(Vec::new());
            longest = longest.max(took);
            if painted.iter().any(|shape| says(&shape.shape, text)) {
                return longest;
            }
            assert!(start.elapsed() < LIMIT, "never shown: {text}");
            std::thread::sleep(PAUSE);
        }
    }
}

fn says(shape: &Shape, text: &str) -> bool {
    match shape {
        Shape::Text(shape) => shape.galley.text().contains(text),
        Shape::Vec(shapes) => shapes.iter().any(|shape| says(shape, text)),
        _ => false,
    }
}

/// 10,000 files at once, as a drop brings them, while the first are sent already:
/// when the window shows all rows, and how long its longest frame was.
pub(crate) fn drop_of_many(runs: usize, goals: &mut Goals) {
    let folder = scratch();
    let files = make_files(folder.path(), &MANY);
    let (mut shown, mut longest) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let server = Server::start(folder.path(), Scheme::Http);
        let (receiver, drags) = Receiver::scripted();
        let options = AppOptions {
            first_task: Some(server.demo.account().task.clone()),
            ..AppOptions::default()
        };
        let engine = engine_of(&server.demo.account().server, &server, None);
        let mut window = Window::new(App::new(engine, options).receiving_with(receiver));
        window.until("#1024");
        let paths: Vec<PathBuf> = files.clone();
        let start = Instant::now();
        let left_out = Vec::new();
        drags.send(DropEvent::Dropped { paths, left_out }).unwrap();
        longest.push(window.until("All 10,000"));
        shown.push(start.elapsed());
    }
    let shown = millis(median(shown.into_iter()));
    let longest = millis(median(longest.into_iter()));
    println!(
        "\nDrop of {}: all rows after {shown:.0} ms, longest hold-up of a frame {longest:.1} ms",
        MANY.name
    );
    goals.note("P18 rows", shown);
    goals.note("P18 frame", longest);
}

/// 10,000 rows, of which three move, while somebody scrolls: how long a frame
/// takes, but for one in a hundred.
pub(crate) fn scrolling(goals: &mut Goals) {
    let (engine, script) = Engine::scripted();
    let mut window = Window::new(App::new(engine, AppOptions::default()));
    let tell = |event| script.events.send(event).unwrap();
    tell(model::Event::SignedIn(identity()));
    tell(model::Event::JobsAdded {
        jobs: (1..=MANY.count as u64).map(job).collect(),
        left_out: Vec::new(),
    });
    window.until("All 10,000");
    let over_the_list = Event::PointerMoved(Pos2::new(280.0, 500.0));
    window.frame(vec![over_the_list]);
    let mut took: Vec<Duration> = (0..SCROLLED)
        .map(|frame| {
            let moved = |id| (JobId(id), u64::from(frame) * 1000);
            tell(model::Event::Progress((1..=MOVING).map(moved).collect()));
            window.frame(vec![wheel(frame)]).0
        })
        .collect();
    took.sort_unstable();
    let at = |percent: usize| millis(took[(took.len() - 1) * percent / 100]);
    let (middle, late) = (at(50), at(99));
    println!(
        "\n10,000 rows, scrolled: a frame takes {middle:.2} ms, 99 of 100 at most {late:.2} ms"
    );
    goals.note("P17", late);
}

/// Rows that move.
const MOVING: u64 = 3;

fn job(id: u64) -> Job {
    let state = if id <= MOVING {
        JobState::Sending
    } else {
        JobState::Queued
    };
    Job {
        id: JobId(id),
        task: None,
        path: format!("/tmp/screenshot {id}.png").into(),
        name: format!("screenshot {id}.png"),
        description: "".into(),
        size_bytes: 42_991_616,
        moved_bytes: 0,
        store: None,
        state,
    }
}

/// A turn of the wheel: down for a hundred frames, then up again.
fn wheel(frame: u32) -> Event {
    let down = (frame / 100).is_multiple_of(2);
    Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: Vec2::new(0.0, if down { -200.0 } else { 200.0 }),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    }
}
