//! The same drags on native Wayland: sway without a screen, its pointer moved
//! by the protocol for virtual pointers.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::{wl_pointer, wl_registry, wl_seat};
use wayland_client::{Connection, Dispatch, EventQueue, QueueHandle, delegate_noop};
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

use crate::hand::{self, MIDDLE, NOWHERE, Source, list_of, offer_unseen};
use crate::session::{Desktop, until};
use crate::{many, until_stored};

#[path = "wayland/choice.rs"]
mod choice;
#[path = "wayland/faults.rs"]
mod faults;
#[path = "wayland/more.rs"]
mod more;
#[path = "wayland/xwayland.rs"]
mod xwayland;

/// The screen's size, as of the X desktop.
const SCREEN: (u32, u32) = (1400, 1000);
/// The left button's number.
const LEFT: u32 = 0x110;
/// A user that every system has: sway does not run as root.
const NOBODY: u32 = 65534;

const CONFIG: &str = r#"
default_border none
output HEADLESS-1 resolution 1400x1000
for_window [title="^ONES Drop$"] floating enable, resize set 560 680, move absolute position 780 100
for_window [title="^source$"] floating enable, resize set 200 150, move absolute position 10 40
"#;

/// A compositor and a hand in it.
struct Sway {
    desktop: Desktop,
    pointer: ZwlrVirtualPointerV1,
    queue: EventQueue<Nothing>,
    start: Instant,
    /// The socket that takes sway's commands.
    control: PathBuf,
    folder: tempfile::TempDir,
}

struct Nothing;

impl Sway {
    fn start() -> Option<Self> {
        let desktop = hand::start(&["sway", "setpriv"], &["Gtk 3"])?;
        Some(Self::start_in(desktop, "xwayland disable"))
    }

    /// Starts with a line of configuration more.
    fn start_in(mut desktop: Desktop, line: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        std::fs::write(&config, format!("{line}{CONFIG}")).unwrap();
        let control = folder.path().join("control");
        let mut command = as_nobody(folder.path());
        command
            .args(["sway", "-c"])
            .arg(&config)
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("SWAYSOCK", &control)
            .env("WLR_BACKENDS", "headless")
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env("WLR_RENDERER", "pixman");
        desktop.spawn(&mut command);
        let socket: PathBuf = folder.path().join("wayland-1");
        let stream = until("sway", || UnixStream::connect(&socket).ok());
        desktop.also = vec![
            ("WAYLAND_DISPLAY".into(), socket.to_str().unwrap().into()),
            ("GDK_BACKEND".into(), "wayland".into()),
        ];
        let conn = Connection::from_socket(stream).unwrap();
        let (globals, mut queue) = registry_queue_init::<Nothing>(&conn).unwrap();
        let handle = queue.handle();
        let manager: ZwlrVirtualPointerManagerV1 = globals.bind(&handle, 1..=2, ()).unwrap();
        let seat: wl_seat::WlSeat = globals.bind(&handle, 1..=5, ()).unwrap();
        let pointer = manager.create_virtual_pointer(Some(&seat), &handle, ());
        queue.roundtrip(&mut Nothing).unwrap();
        Self {
            desktop,
            pointer,
            queue,
            start: Instant::now(),
            control,
            folder,
        }
    }

    /// Opens the demo, which keeps what arrives in a folder.
    fn open_demo(&mut self) -> PathBuf {
        let stored = self.desktop.home.path().join("stored");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
        self.desktop
            .spawn(command.args(["demo", "--dir"]).arg(&stored));
        self.desktop.reach(&["wait", "#1024*"]);
        // It is no window of the X server that is there as well.
        assert_eq!(self.desktop.windows("^ONES Drop$"), Vec::<String>::new());
        stored
    }

    /// Gives the compositor a command.
    fn message(&self, words: &[&str]) -> String {
        let mut message = self.desktop.command("swaymsg");
        message.arg("-s").arg(&self.control).args(words);
        self.desktop.run(&mut message)
    }

    fn millis(&self) -> u32 {
        u32::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    fn go(&mut self, (x, y): (i32, i32)) {
        let (x, y) = (u32::try_from(x).unwrap(), u32::try_from(y).unwrap());
        let time = self.millis();
        self.pointer.motion_absolute(time, x, y, SCREEN.0, SCREEN.1);
        self.pointer.frame();
        self.queue.roundtrip(&mut Nothing).unwrap();
    }

    fn button(&mut self, state: wl_pointer::ButtonState) {
        self.pointer.button(self.millis(), LEFT, state);
        self.pointer.frame();
        self.queue.roundtrip(&mut Nothing).unwrap();
    }

    /// Moves until the source says a word, in a circle around its middle.
    fn stir(&mut self, source: &Source, word: &str) {
        let before = source.said().matches(word).count();
        let mut step = 0;
        until(word, || {
            step = (step + 4) % 60;
            self.go((80 + step, 100 + step / 2));
            (source.said().matches(word).count() > before).then_some(())
        });
    }

    fn hover(&mut self, source: &Source) {
        self.hover_at(source, MIDDLE);
    }

    /// Drags to a place, and moves there until the overlay is shown: a source
    /// says that its drag begins before sway knows of it.
    fn hover_at(&mut self, source: &Source, place: (i32, i32)) {
        self.hover_until(source, place, "Release*");
    }

    /// The same with another word in the overlay.
    fn hover_until(&mut self, source: &Source, place: (i32, i32), told: &str) {
        self.stir(source, "over");
        self.button(wl_pointer::ButtonState::Pressed);
        self.stir(source, "begin");
        self.glide(hand::SOURCE, place);
        let mut step = 0;
        until("the overlay", || {
            step = (step + 4) % 60;
            self.go((place.0 + step, place.1));
            let shown = self.desktop.reach(&["now", told]);
            (shown.trim() == "yes").then_some(())
        });
    }

    fn glide(&mut self, from: (i32, i32), to: (i32, i32)) {
        for step in 1..=20 {
            self.go((
                from.0 + (to.0 - from.0) * step / 20,
                from.1 + (to.1 - from.1) * step / 20,
            ));
        }
    }

    fn drop_here(&mut self) {
        self.button(wl_pointer::ButtonState::Released);
    }

    fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("ONES_DROP_PICTURES") {
            let mut grim = self.desktop.command("grim");
            grim.arg(Path::new(&folder).join(name)).status().ok();
        }
    }
}

/// A command line that runs as somebody who is not root.
fn as_nobody(folder: &Path) -> Command {
    if !is_root() {
        return Command::new("env");
    }
    for place in [folder.to_owned(), folder.join("config")] {
        std::os::unix::fs::chown(place, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut command = Command::new("setpriv");
    let (user, group) = (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"));
    command.args([user, group, "--clear-groups".into()]);
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

#[test]
fn wayland_brings_every_drop() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let stored = sway.open_demo();
    let folder = sway.desktop.home.path().join("odd");
    std::fs::create_dir(&folder).unwrap();
    let names: [&[u8]; 4] = [
        b"a b#%.txt",
        "截图 1.png".as_bytes(),
        b"bad\xff\xfe\nname.txt",
        "🚀.txt".as_bytes(),
    ];
    let paths = names.map(|name| {
        use std::os::unix::ffi::OsStrExt as _;
        folder.join(std::ffi::OsStr::from_bytes(name))
    });
    for (path, name) in paths.iter().zip(names) {
        std::fs::write(path, name).unwrap();
    }
    let mut list = list_of(&paths);
    list.extend(b"http://example.org/x\r\n");
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    sway.hover(&source);
    sway.desktop
        .reach(&["wait", "Release to attach 4 files (*"]);
    sway.picture("wayland-hover.png");
    // Away without a drop, and back.
    sway.glide(MIDDLE, NOWHERE);
    sway.desktop.reach(&["gone", "Release*"]);
    sway.glide(NOWHERE, MIDDLE);
    sway.desktop
        .reach(&["wait", "Release to attach 4 files (*"]);
    sway.drop_here();
    until_stored(&stored, &names);
    sway.desktop
        .reach(&["wait", "1 item was left out: 1 not on this computer"]);
    sway.picture("wayland-dropped.png");
    until("the source is told", || {
        source.said().contains("end 2").then_some(())
    });
    sway.desktop.end(source.id);

    let text = "ERROR 出错了\n".as_bytes();
    let form = ("text/plain;charset=utf-8", text);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[form]);
    sway.hover(&source);
    sway.desktop.reach(&["wait", "Release to attach the text"]);
    sway.drop_here();
    until_stored(&stored, &[&names[..], &[text]].concat());
}

#[test]
fn wayland_brings_ten_thousand_files() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let list = list_of(&many(&sway.desktop.home.path().join("many"), 10_000));
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    sway.desktop.spawn(&mut command);
    sway.desktop.reach(&["wait", "Sign in"]);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    sway.hover(&source);
    let told = "Release to add 10,000 files*, then sign in";
    sway.desktop.reach(&["wait", told]);
    sway.drop_here();
    sway.desktop
        .reach(&["wait", "10,000 files are waiting for you to sign in."]);
    sway.desktop.reach(&["gone", "Release*"]);
}

#[test]
fn a_wayland_window_closes_cleanly() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_ones-drop"));
    let program = sway.desktop.spawn(&mut command);
    sway.desktop.reach(&["wait", "Sign in"]);
    let list = list_of(&[PathBuf::from("/tmp/a.txt")]);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    // In the middle of a drag, when the receiver is busy.
    sway.hover(&source);
    sway.desktop.reach(&["wait", "Release*"]);
    sway.message(&[r#"[title="^ONES Drop$"] kill"#]);
    assert!(sway.desktop.ended(program).success());
}

#[test]
fn a_source_that_gives_nothing_is_said_on_wayland_too() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    // Chosen in so many words, for once.
    let chosen = ("ONES_DROP_BACKEND".into(), "wayland".into());
    sway.desktop.also.push(chosen);
    let stored = sway.open_demo();
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", b"")]);
    sway.hover(&source);
    // A drop before the window's word counts as none in Wayland.
    sway.desktop.reach(&["wait", "Release to attach it"]);
    sway.drop_here();
    sway.desktop.reach(&["wait", "*didn't hand anything over*"]);
    sway.desktop.end(source.id);
    // The connection has survived it.
    let file = sway.desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    let list = list_of(&[file]);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    sway.hover(&source);
    sway.desktop
        .reach(&["wait", "Release to attach 1 file (1 byte)"]);
    sway.drop_here();
    until_stored(&stored, &[b"a"]);
}

#[test]
fn a_drop_that_another_drag_overtakes_is_said_on_wayland_too() {
    let Some(mut sway) = Sway::start() else {
        return;
    };
    let stored = sway.open_demo();
    let form: (&str, &[u8]) = ("text/plain;charset=utf-8", b"never given");
    let stuck = offer_unseen(&mut sway.desktop, "gtk", &[form]);
    sway.hover(&stuck);
    sway.desktop.reach(&["wait", "Release to attach the text"]);
    // A text is asked for after the drop, when its source answers no more.
    sway.desktop
        .run(Command::new("kill").args(["-STOP", &stuck.id.to_string()]));
    sway.drop_here();
    let file = sway.desktop.home.path().join("a.txt");
    std::fs::write(&file, b"a").unwrap();
    let list = list_of(&[file]);
    let source = offer_unseen(&mut sway.desktop, "gtk", &[("text/uri-list", &list)]);
    sway.hover(&source);
    sway.desktop.reach(&["wait", "*didn't hand anything over*"]);
    sway.desktop
        .reach(&["wait", "Release to attach 1 file (1 byte)"]);
    sway.drop_here();
    until_stored(&stored, &[b"a"]);
}

impl Dispatch<wl_registry::WlRegistry, GlobalListContents> for Nothing {
    fn event(
        _: &mut Self,
        _: &wl_registry::WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Nothing: ignore ZwlrVirtualPointerManagerV1);
delegate_noop!(Nothing: ignore ZwlrVirtualPointerV1);
delegate_noop!(Nothing: ignore wl_seat::WlSeat);
