//! A drag source that speaks the protocol by hand, to play what no toolkit
//! does: a source that never answers, one that dies, one that names the proxy.

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask,
    ImageFormat, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::session::until;

/// What a source gets to see.
#[derive(Debug, PartialEq)]
pub enum Seen {
    /// `XdndStatus`: the window it names, and whether it accepts.
    Status(Window, bool),
    /// `XdndFinished`: the window it names, and whether it was taken.
    Finished(Window, bool),
    /// It was asked for its content.
    Asked,
}

/// A source, and the window it drags to.
pub struct Wire {
    conn: RustConnection,
    source: Window,
    pub toplevel: Window,
    pub proxy: Window,
    /// Where answers to `Asked` go.
    asked: Option<(Window, Atom, Atom)>,
}

impl Wire {
    /// A source on this display that knows the window's proxy.
    pub fn new(display: &str, toplevel: &str) -> Self {
        let toplevel: Window = toplevel.parse().unwrap();
        let (conn, _) = RustConnection::connect(Some(display)).unwrap();
        let source = conn.generate_id().unwrap();
        let aux = CreateWindowAux::new();
        let root = conn.setup().roots[0].root;
        let (depth, class) = (x11rb::COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_ONLY);
        conn.create_window(depth, source, root, 0, 0, 1, 1, 0, class, 0, &aux)
            .unwrap();
        let mut wire = Self {
            conn,
            source,
            toplevel,
            proxy: 0,
            asked: None,
        };
        wire.proxy = until("the proxy", || wire.proxy_of(toplevel));
        assert_eq!(wire.proxy_of(wire.proxy), Some(wire.proxy));
        let selection = wire.atom("XdndSelection");
        wire.conn
            .set_selection_owner(source, selection, x11rb::CURRENT_TIME)
            .unwrap();
        wire
    }

    fn atom(&self, name: &str) -> Atom {
        let cookie = self.conn.intern_atom(false, name.as_bytes()).unwrap();
        cookie.reply().unwrap().atom
    }

    fn proxy_of(&self, window: Window) -> Option<Window> {
        let (name, kind) = (self.atom("XdndProxy"), AtomEnum::WINDOW);
        let cookie = self.conn.get_property(false, window, name, kind, 0, 1);
        let reply = cookie.unwrap().reply().unwrap();
        reply.value32()?.next()
    }

    fn send(&self, name: &str, target: Window, data: [u32; 5]) {
        let message = ClientMessageEvent::new(32, target, self.atom(name), data);
        self.conn
            .send_event(false, self.proxy, EventMask::NO_EVENT, message)
            .unwrap();
        self.conn.flush().unwrap();
    }

    pub fn enter(&self, kind: &str) {
        self.enter_as(self.source, kind);
    }

    /// The same in another window's name.
    pub fn enter_as(&self, source: Window, kind: &str) {
        let data = [source, 5 << 24, self.atom(kind), 0, 0];
        self.send("XdndEnter", self.toplevel, data);
    }

    /// At 1060, 500, the window's middle; `target` is the window that the message names.
    pub fn position(&self, target: Window) {
        let place = 0x0424_01f4;
        let action = self.atom("XdndActionCopy");
        self.send("XdndPosition", target, [self.source, 0, place, 0, action]);
    }

    /// Comes over the window with a list. It must be asked for before the
    /// window answers the position: with the answer Qt sends the next one, and
    /// then refuses a question that bears the time of the last.
    pub fn hover(&mut self) {
        self.enter("text/uri-list");
        self.position(self.toplevel);
        assert_eq!(self.next(), Seen::Asked);
        assert_eq!(self.next(), Seen::Status(self.toplevel, true));
    }

    /// Ends the connection of the window's receiver, as an X server that runs
    /// out of memory does.
    pub fn kill_receiver(&self) {
        let cookie = self.conn.kill_client(self.proxy).unwrap();
        cookie.check().unwrap();
    }

    pub fn leave(&self) {
        self.send("XdndLeave", self.toplevel, [self.source, 0, 0, 0, 0]);
    }

    pub fn drop_it(&self) {
        self.send("XdndDrop", self.toplevel, [self.source, 0, 0, 0, 0]);
    }

    /// The end of its drop.
    pub fn finished(&self, taken: bool) -> Seen {
        Seen::Finished(self.toplevel, taken)
    }

    /// Says that nothing will be given for the last question.
    pub fn refuse(&self) {
        let (window, _, target) = self.asked.unwrap();
        self.notify(window, x11rb::NONE, target);
    }

    /// Waits for the end of a drop that is not answered. Its list is asked for
    /// once more if the first question was given up before the drop.
    pub fn end(&mut self) -> Seen {
        loop {
            match self.next() {
                Seen::Asked => {}
                seen => return seen,
            }
        }
    }

    /// Waits for the window's next word.
    pub fn next(&mut self) -> Seen {
        until("a word of the window", || self.heard())
    }

    /// The window's next word, if it is there.
    fn heard(&mut self) -> Option<Seen> {
        while let Some(event) = self.conn.poll_for_event().unwrap() {
            if let Some(seen) = self.read(&event) {
                return Some(seen);
            }
        }
        None
    }

    fn read(&mut self, event: &Event) -> Option<Seen> {
        match event {
            Event::ClientMessage(message) => {
                let [window, yes, ..] = message.data.as_data32();
                let yes = yes & 1 == 1;
                if message.type_ == self.atom("XdndStatus") {
                    Some(Seen::Status(window, yes))
                } else {
                    assert_eq!(message.type_, self.atom("XdndFinished"));
                    Some(Seen::Finished(window, yes))
                }
            }
            Event::SelectionRequest(asked) => {
                self.asked = Some((asked.requestor, asked.property, asked.target));
                Some(Seen::Asked)
            }
            _ => None,
        }
    }

    /// Answers the last question with these bytes.
    pub fn give(&self, bytes: &[u8]) {
        let (window, property, target) = self.asked.unwrap();
        self.conn
            .change_property8(PropMode::REPLACE, window, property, target, bytes)
            .unwrap();
        self.notify(window, property, target);
    }

    /// Begins an answer in parts.
    pub fn give_in_parts(&self) {
        let (window, property, target) = self.asked.unwrap();
        let incr = self.atom("INCR");
        self.conn
            .change_property32(PropMode::REPLACE, window, property, incr, &[1])
            .unwrap();
        self.notify(window, property, target);
    }

    /// Gives one more part, as soon as the one before was taken.
    pub fn part(&self, bytes: &[u8]) {
        let (window, property, target) = self.asked.unwrap();
        self.until_taken(window, property);
        self.conn
            .change_property8(PropMode::REPLACE, window, property, target, bytes)
            .unwrap();
        self.conn.flush().unwrap();
    }

    fn until_taken(&self, window: Window, property: Atom) {
        until("the last part is taken", || {
            let cookie = self
                .conn
                .get_property(false, window, property, AtomEnum::ANY, 0, 0);
            (cookie.unwrap().reply().unwrap().type_ == x11rb::NONE).then_some(())
        });
    }

    /// Trickles parts of a byte each, one after the other as they are taken, until
    /// the window has a word.
    pub fn trickle(&mut self) -> Seen {
        let (window, property, target) = self.asked.unwrap();
        until("the trickle ends", || {
            for _ in 0..20 {
                let mode = PropMode::APPEND;
                let given = self
                    .conn
                    .change_property8(mode, window, property, target, b"#");
                // Its address goes when it is given up.
                given.unwrap().check().ok();
            }
            self.heard()
        })
    }

    /// Gives two parts at once, before the first is taken.
    pub fn two_parts(&self, first: &[u8], second: &[u8]) {
        let (window, property, target) = self.asked.unwrap();
        self.until_taken(window, property);
        let append = |bytes| {
            self.conn
                .change_property8(PropMode::APPEND, window, property, target, bytes)
                .unwrap()
        };
        // The server is nobody else's in between.
        self.conn.grab_server().unwrap();
        append(first);
        append(second);
        self.conn.ungrab_server().unwrap();
        self.conn.flush().unwrap();
    }

    fn notify(&self, window: Window, property: Atom, target: Atom) {
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: x11rb::CURRENT_TIME,
            requestor: window,
            selection: self.atom("XdndSelection"),
            target,
            property,
        };
        self.conn
            .send_event(false, window, EventMask::NO_EVENT, answer)
            .unwrap();
        self.conn.flush().unwrap();
    }

    /// A piece of the window's margin, where nothing but the overlay is drawn.
    pub fn pixels(&self) -> Vec<u8> {
        let format = ImageFormat::Z_PIXMAP;
        let cookie = self.conn.get_image(format, self.toplevel, 0, 30, 4, 1, !0);
        cookie.unwrap().reply().unwrap().data
    }

    /// How long it takes until the window looks like this.
    pub fn time_until(&self, looks: &[u8]) -> Duration {
        let start = Instant::now();
        until("the window looks as before", || {
            (self.pixels() == looks).then(|| start.elapsed())
        })
    }
}
