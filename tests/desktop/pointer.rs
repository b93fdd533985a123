//! The test's hand on the desktop's pointer, and its eye on single places.

use std::time::Duration;

use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::{Desktop, until};

impl Desktop {
    /// Drags from one place of the screen to another, in steps as a hand does.
    /// What is to be picked up may not be there yet, so it is tried again until
    /// a drag has begun.
    pub fn drag(&self, from: (i32, i32), to: (i32, i32)) {
        let (conn, _) = RustConnection::connect(Some(&self.display)).unwrap();
        let name = conn.intern_atom(false, b"XdndSelection").unwrap();
        let selection = name.reply().unwrap().atom;
        // The last drag's source may own it still.
        conn.set_selection_owner(x11rb::NONE, selection, x11rb::CURRENT_TIME)
            .unwrap();
        let begun = || {
            let owner = conn.get_selection_owner(selection).unwrap();
            owner.reply().unwrap().owner != x11rb::NONE
        };
        until("the drag begins", || {
            self.press(from);
            for step in (4..=100).step_by(4) {
                let (x, y) = (from.0 + step, from.1 + step / 2);
                self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
                if begun() {
                    return Some(());
                }
            }
            self.drop_here();
            // Or it would be a double click.
            std::thread::sleep(Duration::from_millis(500));
            None
        });
        self.glide(from, to);
    }

    /// Presses the button at a place.
    pub fn press(&self, (x, y): (i32, i32)) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        self.xdotool(&["mousedown", "1"]);
    }

    /// Moves the pointer in steps.
    pub fn glide(&self, from: (i32, i32), to: (i32, i32)) {
        for step in 1..=20 {
            let x = from.0 + (to.0 - from.0) * step / 20;
            let y = from.1 + (to.1 - from.1) * step / 20;
            self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        }
    }

    pub fn drop_here(&self) {
        self.xdotool(&["mouseup", "1"]);
    }

    /// Waits until a place of the screen has this color, as in `srgb(1,2,3)`.
    pub fn until_painted(&self, place: (i32, i32), color: &str) {
        until(color, || self.paint(place).contains(color).then_some(()));
    }

    /// What a place of the screen is painted with.
    pub fn paint(&self, (x, y): (i32, i32)) -> String {
        let spot = format!("1x1+{x}+{y}");
        let mut import = self.command("import");
        import.args(["-window", "root", "-crop", &spot, "-depth", "8", "txt:"]);
        self.run(&mut import)
    }
}
