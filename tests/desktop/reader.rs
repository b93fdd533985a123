//! What a screen reader sees of a window, and what can be done by a control's name.

use std::path::Path;
use std::process::{Child, Command};

use super::{Desktop, start_and_read};

impl Desktop {
    /// Talks to the accessibility tree; see `reach.py`.
    pub fn reach(&self, words: &[&str]) -> String {
        self.reach_in("ones", words)
    }

    /// The same in another program.
    pub fn reach_in(&self, program: &str, words: &[&str]) -> String {
        self.run(self.reacher(program).args(words))
    }

    fn reacher(&self, program: &str) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/desktop/reach.py");
        let mut python = self.command("/usr/bin/python3");
        python.env("REACH_PROGRAM", program).arg(script);
        python
    }

    /// Looks for what will be shown for some seconds only: a reader that is started
    /// when it is shown may come too late.
    pub fn watch(&self, name: &str) -> Watch {
        let (reader, ready) = start_and_read(self.reacher("ones").args(["watch", name]));
        assert_eq!(ready, "ready");
        Watch(reader)
    }

    /// Clicks a control by its accessible name, with the pointer.
    pub fn click(&self, name: &str) {
        self.click_in("ones", name);
    }

    /// The same in another program.
    pub fn click_in(&self, program: &str, name: &str) {
        let place = self.reach_in(program, &["where", name]);
        let mut numbers = place.split_whitespace();
        let (x, y) = (numbers.next().unwrap(), numbers.next().unwrap());
        self.xdotool(&["mousemove", x, y, "click", "1"]);
    }

    /// Replaces the text of a field.
    pub fn fill(&self, name: &str, text: &str) {
        self.click(name);
        self.xdotool(&["key", "ctrl+a"]);
        self.xdotool(&["type", "--delay", "5", text]);
    }
}

/// A reader that looks for something.
pub struct Watch(Child);

impl Watch {
    /// Waits until it has seen it.
    pub fn saw_it(mut self) {
        assert!(self.0.wait().unwrap().success());
    }
}
