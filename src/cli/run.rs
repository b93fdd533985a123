//! Drives the engine from the command line to the end of one run.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Exit;
use super::arguments::OnDuplicate;
use super::entry::{complain, interrupt_flag};
use super::report::{Ending, Reporter};
use crate::engine::{Config, Engine};
use crate::model::{
    Board, Command, ErrorKind, Event, ExistingPlace, JobId, JobState, Task, Totals, UploadError,
};
use crate::words::Words;

/// How often an interrupt is looked for.
const LOOK: Duration = Duration::from_millis(100);
/// After an interrupt, uploads that may have been attached get this long to
/// find out.
const LAST_WORD: Duration = Duration::from_secs(6);

/// What one run is to do.
pub(super) struct Wish {
    pub(super) task: String,
    pub(super) description: String,
    pub(super) on_duplicate: OnDuplicate,
    pub(super) paths: Vec<PathBuf>,
    /// Whether all rows are printed once more at the end.
    pub(super) table: bool,
}

/// One run, from sign-in to summary.
#[expect(clippy::struct_excessive_bools, reason = "four facts, each on its own")]
struct Run<'a> {
    engine: Engine,
    board: Board,
    wish: Wish,
    reporter: &'a Reporter,
    words: Words,
    scanning: bool,
    added: bool,
    interrupted: bool,
    signed_out: bool,
}

/// Starts an engine and drives it to the end of one run.
pub(super) fn run(config: Config, wish: Wish, reporter: &Reporter, words: Words) -> Exit {
    let engine = match Engine::start(config) {
        Ok(engine) => engine,
        Err(error) => {
            complain(&error.to_string());
            return Exit::SomeFailed;
        }
    };
    let run = Run {
        engine,
        board: Board::default(),
        wish,
        reporter,
        words,
        scanning: false,
        added: false,
        interrupted: false,
        signed_out: false,
    };
    run.drive(&interrupt_flag())
}

/// Why a run did not start.
enum NoStart {
    SignIn(UploadError),
    Task(UploadError),
    Interrupted,
}

impl Run<'_> {
    fn drive(mut self, stop: &AtomicBool) -> Exit {
        let task = match self.prepare(stop) {
            Ok(task) => task,
            Err(reason) => return self.not_started(&reason),
        };
        self.engine.send(Command::Add {
            paths: self.wish.paths.clone(),
            task: Some(task),
            description: self.wish.description.clone(),
        });
        self.scanning = true;
        while !self.is_over() {
            if stop.load(Ordering::Relaxed) && !self.interrupted {
                self.interrupt();
                break;
            }
            if let Some(event) = self.engine.next_within(LOOK) {
                self.take(&event);
            }
        }
        self.finish()
    }

    /// Waits for the sign-in, then for the task.
    fn prepare(&mut self, stop: &AtomicBool) -> Result<Arc<Task>, NoStart> {
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(NoStart::Interrupted);
            }
            match self.engine.next_within(LOOK) {
                Some(Event::SignedIn(_)) => {
                    let text = self.wish.task.clone();
                    self.engine.send(Command::FindTask { text });
                }
                Some(Event::SignInNeeded | Event::SignedOut(None)) => {
                    return Err(NoStart::SignIn(ErrorKind::SignInNeeded.into()));
                }
                // Several teams and none named: the window would ask.
                Some(Event::ChooseTeam(_)) => {
                    return Err(NoStart::SignIn(ErrorKind::TeamNeeded.into()));
                }
                Some(Event::SignInFailed(error) | Event::SignedOut(Some(error))) => {
                    return Err(NoStart::SignIn(error));
                }
                Some(Event::TaskFound { task, .. }) => return Ok(task),
                Some(Event::TaskNotFound { error, .. }) => return Err(NoStart::Task(error)),
                _ => {}
            }
        }
    }

    fn not_started(self, reason: &NoStart) -> Exit {
        let (error, exit) = match reason {
            NoStart::SignIn(error) if error.kind.may_pass() => (error, Exit::SomeFailed),
            NoStart::SignIn(error) => (error, Exit::SignInNeeded),
            NoStart::Task(error) if matches!(error.kind, ErrorKind::NotATask { .. }) => {
                (error, Exit::WrongUse)
            }
            NoStart::Task(error) => (error, Exit::SomeFailed),
            NoStart::Interrupted => return Exit::Interrupted,
        };
        complain(&self.words.say.error(error, "").joined());
        for path in &self.wish.paths {
            self.reporter.ended(&Ending::NotStarted(path, error));
        }
        let totals = Totals {
            jobs: self.wish.paths.len(),
            failed: self.wish.paths.len(),
            ..self.board.totals()
        };
        self.reporter.summary(&totals, 0);
        exit
    }

    fn take(&mut self, event: &Event) {
        self.board.apply(event);
        match event {
            Event::JobsAdded { jobs, left_out } => {
                self.added = true;
                for job in jobs {
                    self.reporter.added(job);
                }
                for left in left_out {
                    self.reporter.ended(&Ending::LeftOut(left));
                }
            }
            Event::Scanning(scanning) => self.scanning = *scanning,
            Event::JobChanged { id, .. } => self.changed(*id),
            Event::SignedOut(Some(_)) => self.signed_out = true,
            _ => {}
        }
        self.reporter.progress(&self.board);
    }

    fn changed(&mut self, id: JobId) {
        let Some(job) = self.board.job(id) else {
            return;
        };
        self.reporter.changed(job);
        if job.state.is_settled() {
            self.reporter.ended(&Ending::Job(job));
        } else if let JobState::Duplicate(existing) = &job.state {
            if existing.place == ExistingPlace::Unconfirmed {
                // Nobody is there to look at the task, and "skipped" would be
                // read as "it is there".
                let id = job.id;
                self.settle_unconfirmed(id);
            } else {
                self.engine.send(Command::Decide {
                    jobs: vec![id],
                    choice: self.wish.on_duplicate.choice(),
                });
            }
        }
    }

    fn settle_unconfirmed(&mut self, id: JobId) {
        let event = Event::JobChanged {
            id,
            state: JobState::Failed(ErrorKind::NotConfirmed.into()),
        };
        self.take(&event);
    }

    fn is_over(&self) -> bool {
        let totals = self.board.totals();
        let waits_for_sign_in = self.signed_out && totals.active == 0;
        self.added_or_left_out() && !self.scanning && (totals.settled() || waits_for_sign_in)
    }

    fn added_or_left_out(&self) -> bool {
        self.added || !self.board.left_out().is_empty()
    }

    /// Stops everything, and lets what may be attached already find out.
    fn interrupt(&mut self) {
        self.interrupted = true;
        let open = self.board.ids(|state| !state.is_settled());
        self.engine.send(Command::Cancel { jobs: open });
        let until = std::time::Instant::now() + LAST_WORD;
        while !self.board.totals().settled() && std::time::Instant::now() < until {
            if let Some(event) = self.engine.next_within(LOOK) {
                self.take(&event);
            }
        }
    }

    fn finish(mut self) -> Exit {
        if self.signed_out && !self.interrupted {
            for id in self.board.ids(|state| !state.is_settled()) {
                let state = JobState::Failed(ErrorKind::SignInEnded.into());
                self.take(&Event::JobChanged { id, state });
            }
        }
        for job in self
            .board
            .jobs()
            .iter()
            .filter(|job| !job.state.is_settled())
        {
            self.reporter.ended(&Ending::Job(job));
        }
        let totals = self.board.totals();
        let left_out = self.board.left_out();
        self.reporter.summary(&totals, left_out.len());
        if self.wish.table {
            self.reporter.table(&self.board);
        }
        if self.interrupted {
            Exit::Interrupted
        } else if self.signed_out {
            Exit::SignInNeeded
        } else if totals.failed > 0 || left_out.iter().any(|left| left.reason.is_fault()) {
            Exit::SomeFailed
        } else {
            Exit::Fine
        }
    }
}
