//! Drives the engine from the command line to the end of one run.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Exit;
use super::arguments::OnDuplicate;
use super::entry::{complain, interrupt_flag};
use super::report::{Ending, Reporter};
use crate::engine::{Config, Engine};
use crate::model::{
    Board, Command, ErrorKind, Event, Existing, JobId, JobState, KeyringState, SignIn, Task,
    UploadError,
};

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
pub(super) struct Run<'a> {
    pub(super) engine: Engine,
    pub(super) board: Board,
    pub(super) wish: Wish,
    reporter: &'a Reporter,
    /// The team's ID, where the environment names one.
    team: Option<String>,
    /// Rows that were found to be copies of rows on their way, and of what.
    pub(super) copies: Vec<(JobId, Existing)>,
    /// All paths were looked at, and folders walked.
    walked: bool,
    interrupted: bool,
    signed_out: bool,
}

/// Starts an engine and drives it to the end of one run.
pub(super) fn run(config: Config, wish: Wish, reporter: &Reporter) -> Exit {
    // First of all, so that an interrupt always has its last word.
    let stop = interrupt_flag();
    let team = match &config.sign_in {
        Some(SignIn::Token { team, .. }) => team.clone(),
        _ => None,
    };
    let engine = match Engine::start(config) {
        Ok(engine) => engine,
        Err(error) => {
            complain(&error.to_string());
            let reason = NoStart::Task(ErrorKind::Unexpected.into());
            return not_started(&reason, &wish.paths, reporter);
        }
    };
    let run = Run {
        engine,
        board: Board::default(),
        wish,
        reporter,
        team,
        copies: Vec::new(),
        walked: false,
        interrupted: false,
        signed_out: false,
    };
    run.drive(&stop)
}

/// Why a run did not start.
pub(super) enum NoStart {
    SignIn(UploadError),
    Task(UploadError),
    Interrupted,
}

impl NoStart {
    fn error(&self) -> Option<&UploadError> {
        match self {
            Self::SignIn(error) | Self::Task(error) => Some(error),
            Self::Interrupted => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::SignIn(error) if error.kind.may_pass() => Exit::SomeFailed,
            Self::SignIn(_) => Exit::SignInNeeded,
            Self::Task(error) => match error.kind {
                ErrorKind::NotATask { .. } => Exit::WrongUse,
                ErrorKind::SignInEnded => Exit::SignInNeeded,
                _ => Exit::SomeFailed,
            },
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

/// Ends a run before any of its paths was looked at.
pub(super) fn not_started(reason: &NoStart, paths: &[PathBuf], reporter: &Reporter) -> Exit {
    if let Some(error) = reason.error() {
        reporter.complain(error);
    }
    reporter.end(&Board::default(), paths, reason.error());
    reason.exit()
}

impl Run<'_> {
    fn drive(mut self, stop: &AtomicBool) -> Exit {
        let task = match self.prepare(stop) {
            Ok(task) => task,
            Err(reason) => return not_started(&reason, &self.wish.paths, self.reporter),
        };
        self.engine.send(Command::Add {
            paths: self.wish.paths.clone(),
            task: Some(task),
            description: self.wish.description.clone(),
        });
        while !self.is_over() {
            if stop.load(Ordering::Relaxed) {
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
        let mut keyring = None;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(NoStart::Interrupted);
            }
            match self.engine.next_within(LOOK) {
                Some(Event::SignedIn(_)) => {
                    let text = self.wish.task.clone();
                    self.engine.send(Command::FindTask { text });
                }
                Some(Event::Keyring(KeyringState::Failed(_, fault))) => keyring = Some(fault),
                Some(Event::SignInNeeded | Event::SignedOut(None)) => {
                    return Err(NoStart::SignIn(ErrorKind::NoSignIn { keyring }.into()));
                }
                // The window would ask.
                Some(Event::ChooseTeam(_)) => {
                    let kind = match self.team.clone() {
                        Some(team) => ErrorKind::TeamUnknown { team },
                        None => ErrorKind::TeamNeeded,
                    };
                    return Err(NoStart::SignIn(kind.into()));
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

    pub(super) fn take(&mut self, event: &Event) {
        self.board.apply(event);
        match event {
            Event::JobsAdded { jobs, left_out } => {
                for job in jobs {
                    self.reporter.added(job);
                }
                for left in left_out {
                    self.reporter.ended(&Ending::LeftOut(left));
                }
            }
            Event::Scanning(scanning) => self.walked = !scanning,
            Event::JobChanged { id, .. } => self.changed(*id),
            Event::SignedOut(Some(_)) => self.signed_out = true,
            // Comes some times a second while something moves: often enough for
            // a bar, whose sums take a pass over all rows.
            Event::Progress(_) => self.reporter.progress(&self.board),
            _ => {}
        }
    }

    fn changed(&mut self, id: JobId) {
        let Some(job) = self.board.job(id) else {
            return;
        };
        self.reporter.changed(job);
        if job.state.is_settled() {
            self.reporter.ended(&Ending::Job(job));
            self.decide_copies_of(id);
        } else if let JobState::Duplicate(existing) = &job.state {
            if existing.is_unconfirmed() {
                // Nobody is there to look at the task, and "skipped" would be
                // read as "it is there".
                self.settle_unconfirmed(id);
            } else {
                self.decide(id);
            }
        }
    }

    fn is_over(&self) -> bool {
        let waits_for_sign_in = || self.signed_out && self.board.totals().active == 0;
        self.walked && (self.board.open() == 0 || waits_for_sign_in())
    }

    /// Stops everything, and lets what may be attached already find out.
    fn interrupt(&mut self) {
        self.interrupted = true;
        self.engine.send(Command::Pause);
        let until = Instant::now() + LAST_WORD;
        let mut paused = false;
        while !(paused && self.board.open() == 0) && Instant::now() < until {
            let Some(event) = self.engine.next_within(LOOK) else {
                continue;
            };
            match event {
                // From here on nothing starts any more.
                Event::Paused(_) => {
                    paused = true;
                    let jobs = self.board.ids(|state| !state.is_settled());
                    self.engine.send(Command::Cancel { jobs });
                }
                // So the walk, which goes on, finds nothing that needs telling.
                Event::JobsAdded { .. } | Event::Scanning(_) if paused => {}
                event => self.take(&event),
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
        self.reporter.end(&self.board, &self.not_walked(), None);
        if self.wish.table {
            self.reporter.table(&self.board);
        }
        let left_out = self.board.left_out();
        if self.interrupted {
            Exit::Interrupted
        } else if self.signed_out {
            Exit::SignInNeeded
        } else if self.board.totals().failed > 0
            || left_out.iter().any(|left| left.reason.is_fault())
        {
            Exit::SomeFailed
        } else {
            Exit::Fine
        }
    }

    /// The paths that came in and were not looked at to their end. They are
    /// walked in order: those before the last one that was told of are done,
    /// and this one, if it is a folder, may hold more.
    fn not_walked(&self) -> Vec<PathBuf> {
        if self.walked {
            return Vec::new();
        }
        let jobs = self.board.jobs().iter().map(|job| &job.path);
        let left_out = self.board.left_out().iter().map(|left| &left.path);
        let holds = |told: &PathBuf| {
            let paths = &self.wish.paths;
            paths.iter().rposition(|path| told.starts_with(path))
        };
        let last = [jobs.clone().next_back(), left_out.clone().next_back()];
        let reached = last.into_iter().flatten().filter_map(holds).max();
        let told: HashSet<_> = jobs.chain(left_out).collect();
        let rest = self.wish.paths.iter().skip(reached.unwrap_or(0));
        rest.filter(|path| !told.contains(path)).cloned().collect()
    }
}
