//! One fault case: two files, of which the first meets the fault.

use ones_drop::demo::{Effort, Fault, Misbehaviour, Options, Step};
use ones_drop::engine::{Config, Patience};
use ones_drop::model::{ErrorKind, Event, JobState, Receipt};

use super::{Bench, error, quick_config, receipt, wait_until};

/// The file at fault: 300,000 bytes, so that more than one buffer is sent.
pub const BYTES: usize = 300_000;

/// One fault case: two files, of which the first meets the fault.
pub struct Case {
    bench: Bench,
    /// Of the first file.
    bytes: usize,
    /// Upload tokens that no form follows.
    unused_tickets: usize,
}

/// The demo has one thread: while it wrote 40 MB to a slow disk, nothing would move.
fn in_memory() -> Options {
    Options {
        effort: Effort::Hashes,
        ..Options::default()
    }
}

impl Case {
    pub fn new() -> Self {
        Self::with(quick_config(), in_memory())
    }

    pub fn patient(patience: Patience) -> Self {
        let config = Config {
            patience,
            ..quick_config()
        };
        Self::with(config, in_memory())
    }

    pub fn with(mut config: Config, options: Options) -> Self {
        // One at a time, so that the fault meets the first file.
        config.settings.parallel = 1;
        // Forms only: by the other file's answer the store shows that it may know
        // parts, and the next try of a large one would send none.
        config.settings.in_parts = false;
        Self {
            bench: Bench::with(options, config),
            bytes: BYTES,
            unused_tickets: 0,
        }
    }

    /// Each form has an upload token of its own; so many tokens have no form.
    pub fn unused_tickets(self, unused_tickets: usize) -> Self {
        Self {
            unused_tickets,
            ..self
        }
    }

    /// With a file at fault of this size: sockets swallow a few megabytes before
    /// their other end reads a byte.
    pub fn sized(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    pub fn fault(self, at: Step, what: Misbehaviour, times: u32) -> Self {
        self.bench.server.faults().push(Fault { at, what, times });
        self
    }

    #[track_caller]
    fn assert_requests(bench: &Bench, forms: usize, unused_tickets: usize) {
        assert_eq!(bench.forms(), forms, "forms sent in all");
        let tickets = forms + unused_tickets;
        assert_eq!(bench.tickets(), tickets, "upload tokens asked for in all");
    }

    /// Runs both files to their end; the second one must have arrived.
    #[track_caller]
    pub fn run(mut self) -> (JobState, Bench) {
        let at_fault = self.bench.file("a.bin", &vec![5; self.bytes]);
        // As long as the first, or it would not wait for that one's check: the
        // fault is for the first.
        let other = match self.bench.server.faults().pending() {
            0 => self.bench.file("b.log", b"the other file"),
            _ => self.bench.file("b.log", &vec![6; BYTES]),
        };
        if self.bytes > BYTES {
            // Large files are sent beside small ones: the fault is for this one.
            self.bench.add(&[&at_fault]);
            let met = || self.bench.server.faults().pending() == 0;
            wait_until("the file meets its fault", met);
            self.bench.add(&[&other]);
        } else {
            self.bench.add(&[&at_fault, &other]);
        }
        self.bench.until_settled(2);
        let states: Vec<_> = self
            .bench
            .board
            .jobs()
            .iter()
            .map(|job| job.state.clone())
            .collect();
        assert!(receipt(&states[1]).verified, "the other file goes on");
        let task = self.bench.server.account().task.clone();
        let attached = self.bench.board.totals().attached;
        let listed = self.bench.server.attachments(&task);
        let intact = listed.iter().filter(|item| item.hash.len() == 28).count();
        assert!(attached <= intact, "never attached without ONES listing it");
        self.bench.assert_no_byte_counted_twice();
        // What is larger than sockets hold cannot move in silence.
        let told = self.bench.told_bytes(0);
        assert!(self.bytes == BYTES || !told.is_empty(), "progress was told");
        (states[0].clone(), self.bench)
    }

    /// The file arrives in the end, after so many forms were sent for both.
    #[track_caller]
    pub fn arrives(self, forms: usize) -> Receipt {
        self.arrives_with(forms).0
    }

    /// The same, after it was told that nothing came for so long.
    #[track_caller]
    pub fn arrives_after_silence(self, after_secs: u64, forms: usize) {
        let (_, bench) = self.arrives_with(forms);
        let silent = |event: &Event| match event {
            Event::JobChanged {
                state: JobState::Waiting(pause),
                ..
            } => pause.error.kind == ErrorKind::TimedOut { after_secs },
            _ => false,
        };
        assert!(bench.events.iter().any(silent), "{:?}", bench.history(0));
    }

    #[track_caller]
    fn arrives_with(self, forms: usize) -> (Receipt, Bench) {
        let unused = self.unused_tickets;
        let (state, bench) = self.run();
        let receipt = receipt(&state).clone();
        assert!(receipt.verified);
        Self::assert_requests(&bench, forms, unused);
        let task = bench.server.account().task.clone();
        assert_eq!(bench.server.attachments(&task).len(), 2, "each file once");
        (receipt, bench)
    }

    /// The file fails like this, after so many forms; then the trouble is over and
    /// another file arrives.
    #[track_caller]
    pub fn never_arrives(mut self, want: &ErrorKind, forms: usize) {
        let path = self.bench.file("a.bin", &vec![5; BYTES]);
        assert_eq!(error(&self.bench.attach(&[&path])[0]), want);
        Self::assert_requests(&self.bench, forms, self.unused_tickets);
        self.bench.server.faults().clear();
        self.bench.goes_on();
        let task = self.bench.server.account().task.clone();
        assert_eq!(self.bench.server.attachments(&task).len(), 1);
    }

    /// The file fails like this, after so many forms for both.
    #[track_caller]
    pub fn fails(self, want: &ErrorKind, forms: usize) -> Bench {
        let unused = self.unused_tickets;
        let (state, bench) = self.run();
        let JobState::Failed(error) = &state else {
            panic!("did not fail: {state:?}");
        };
        assert_eq!(&error.kind, want);
        Self::assert_requests(&bench, forms, unused);
        bench
    }
}

/// An answer that is refused unread.
pub fn status(code: u16, body: &str) -> Misbehaviour {
    Misbehaviour::Status {
        code,
        headers: Vec::new(),
        body: body.to_owned(),
    }
}
