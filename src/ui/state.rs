//! What the window knows: a fold of the engine's events, and what the person
//! has typed and opened. Painting reads it and pushes commands into it.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::announce::Announcer;
use super::dialog::Dialogs;
use super::drops::Drops;
use super::login::LoginForm;
use super::task_field::TaskField;
use crate::model::{
    Attached, Board, Command, Event, Filter, Hold, Identity, JobId, JobState, KeyringAct,
    KeyringState, Lack, LeftOutReason, Rate, Saving, Settings, Task, Team, Totals, UploadError,
};
use crate::words::{RowNumbers, Words, system_language, words};

/// Where the sign-in stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Session {
    /// The saved sign-in is being read or checked.
    Restoring,
    /// The form is shown; an attempt may be under way.
    Out,
    /// One of these is to be chosen.
    Choosing(Vec<Team>),
    /// Signed in.
    In(Identity),
}

/// What the history window shows.
pub(super) enum History {
    Reading,
    Read(Vec<Attached>),
    Failed(ErrorKind),
}

/// Everything the window knows.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that are independent of each other"
)]
pub(super) struct State {
    pub(super) words: Words,
    pub(super) settings: Settings,
    pub(super) board: Board,
    pub(super) totals: Totals,
    pub(super) session: Session,
    pub(super) login: LoginForm,
    pub(super) task: TaskField,
    pub(super) description: String,
    pub(super) keyring: Option<KeyringState>,
    pub(super) size_limit_bytes: Option<u64>,
    pub(super) paused: bool,
    /// The host that cannot be reached.
    pub(super) offline: Option<String>,
    pub(super) scanning: bool,
    /// Whether the queue is saved, where that was said.
    pub(super) saving: Option<Saving>,
    /// Why the history cannot be written.
    pub(super) forgetting: Option<std::io::ErrorKind>,
    /// Files that the last run left open.
    pub(super) unfinished: usize,
    /// How many of them cannot go on, and why.
    pub(super) amiss: Vec<(LeftOutReason, usize)>,
    /// The history, while it is shown.
    pub(super) history: Option<History>,
    pub(super) filter: Filter,
    /// The rows of the filter, by number.
    pub(super) shown: Vec<JobId>,
    pub(super) left_out_open: bool,
    /// What the system lacks, until each is dismissed.
    pub(super) lacks: Vec<Lack>,
    pub(super) details: Option<JobId>,
    pub(super) dialogs: Dialogs,
    pub(super) announcer: Announcer,
    pub(super) drops: Drops,
    /// Dropped files arrive here.
    pub(super) takes_drops: bool,
    /// The overlay was sent away, until the next drag.
    pub(super) overlay_closed: bool,
    /// The question before quitting is shown.
    pub(super) asks_to_quit: bool,
    /// The person answered it.
    pub(super) may_quit: bool,
    /// Rows go to more than one task, so each says which.
    pub(super) several_tasks: bool,
    rates: HashMap<JobId, Rate>,
    rate: Rate,
    outgoing: Vec<Command>,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            words: words(settings.language.unwrap_or_else(system_language)),
            login: LoginForm::new(&settings.server),
            settings,
            board: Board::default(),
            totals: Totals::default(),
            session: Session::Restoring,
            task: TaskField::default(),
            description: String::new(),
            keyring: None,
            size_limit_bytes: None,
            paused: false,
            offline: None,
            scanning: false,
            saving: None,
            forgetting: None,
            unfinished: 0,
            amiss: Vec::new(),
            history: None,
            filter: Filter::All,
            shown: Vec::new(),
            left_out_open: false,
            lacks: Vec::new(),
            details: None,
            dialogs: Dialogs::default(),
            announcer: Announcer::default(),
            drops: Drops::default(),
            takes_drops: true,
            overlay_closed: false,
            asks_to_quit: false,
            may_quit: false,
            several_tasks: false,
            rates: HashMap::new(),
            rate: Rate::default(),
            outgoing: Vec::new(),
        }
    }

    /// Asks something of the engine, after this frame.
    pub(super) fn send(&mut self, command: Command) {
        self.outgoing.push(command);
    }

    /// What was asked since the last call.
    pub(super) fn take_outgoing(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.outgoing)
    }

    /// Takes one event in.
    pub(super) fn apply(&mut self, event: Event) {
        self.board.apply(&event);
        match event {
            Event::Restoring => self.session = Session::Restoring,
            Event::SignInNeeded => self.sign_in_needed(),
            Event::SignedIn(identity) => self.signed_in(identity),
            Event::ChooseTeam(teams) => self.session = Session::Choosing(teams),
            Event::SignInFailed(error) => self.signed_out(Some(error)),
            Event::SignedOut(error) => self.signed_out(error),
            Event::Keyring(state) => self.keyring = Some(state),
            Event::TaskFound { text, task } => self.task.found(&text, task, &mut self.settings),
            Event::TaskNotFound { text, error } => self.task.not_found(&text, error),
            Event::Scanning(scanning) => self.scanning = scanning,
            Event::SizeLimit(bytes) => self.size_limit_bytes = Some(bytes),
            Event::Paused(paused) => self.paused = paused,
            Event::Offline(host) => self.offline = host,
            Event::Saving(saving) => self.saving = Some(saving),
            Event::Remembering(kept) => self.forgetting = kept.err(),
            Event::Unfinished(files) => {
                self.unfinished = files.len();
                self.amiss = LeftOutReason::counted(files.iter().filter_map(|file| file.amiss));
            }
            Event::History(history) => self.history_read(history),
            Event::JobsAdded { .. }
            | Event::JobChanged { .. }
            | Event::JobStore { .. }
            | Event::JobAssigned { .. }
            | Event::Progress(_)
            | Event::Removed(_) => {}
        }
    }

    /// An answer that comes after the history was closed opens nothing.
    fn history_read(&mut self, history: Result<Vec<Attached>, ErrorKind>) {
        if self.history.is_some() {
            self.history = Some(history.map_or_else(History::Failed, History::Read));
        }
    }

    fn signed_in(&mut self, identity: Identity) {
        let other_team = match &self.session {
            Session::In(before) => before.team != identity.team,
            _ => false,
        };
        if other_team {
            self.size_limit_bytes = None;
        }
        self.settings.server = identity.server.to_string();
        self.session = Session::In(identity);
        self.login.signed_in(&self.settings.server);
        // What stands in the field is looked up again: another person or team
        // may not see the same task.
        self.task.look_again();
    }

    /// Nothing is saved; the keyring has answered.
    fn sign_in_needed(&mut self) {
        self.session = Session::Out;
        self.keyring
            .take_if(|keyring| *keyring == KeyringState::Slow);
    }

    fn signed_out(&mut self, error: Option<UploadError>) {
        self.session = Session::Out;
        // A keyring that is not there is not there for the next sign-in either.
        self.keyring
            .take_if(|keyring| !matches!(keyring, KeyringState::Failed(KeyringAct::Read, _)));
        self.offline = None;
        self.size_limit_bytes = None;
        self.login.signed_out(error);
        self.task.forget();
    }

    /// Brings sums, rows and speeds up to date after a batch of events.
    pub(super) fn refresh(&mut self, now: Instant) {
        self.totals = self.board.totals();
        let some_task = self.board.jobs().iter().any(|job| job.task.is_some());
        self.several_tasks = some_task && self.common_task().is_none();
        let filter = self.filter;
        self.shown = self.board.ids(|state| filter.shows(state));
        let moving: Vec<_> = self
            .board
            .jobs()
            .iter()
            .filter(|job| job.state == JobState::Sending)
            .map(|job| (job.id, job.moved_bytes))
            .collect();
        self.rates
            .retain(|id, _| moving.iter().any(|(moves, _)| moves == id));
        for (id, moved_bytes) in moving {
            self.rates.entry(id).or_default().observe(now, moved_bytes);
        }
        if self.totals.active == 0 {
            self.rate = Rate::default();
        } else {
            self.rate.observe(now, self.totals.sent_bytes);
        }
    }

    /// Speed and time left of one row.
    pub(super) fn numbers(&self, id: JobId, left_bytes: u64) -> RowNumbers {
        let Some(rate) = self.rates.get(&id) else {
            return RowNumbers::default();
        };
        RowNumbers {
            bytes_per_sec: rate.bytes_per_sec(),
            time_left: rate.time_left(left_bytes),
        }
    }

    /// Time until everything is sent, while something moves.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let moves = |job: &crate::model::Job| {
            matches!(
                job.state,
                JobState::Checking | JobState::Asking | JobState::Sending | JobState::Confirming
            )
        };
        if !self.board.jobs().iter().any(moves) {
            return None;
        }
        let left = self.totals.bytes.saturating_sub(self.totals.sent_bytes);
        self.rate.time_left(left)
    }

    /// Who is signed in.
    pub(super) fn identity(&self) -> Option<&Identity> {
        match &self.session {
            Session::In(identity) => Some(identity),
            _ => None,
        }
    }

    /// The task that was found for what stands in the field.
    pub(super) fn confirmed_task(&self) -> Option<Arc<Task>> {
        self.task.confirmed()
    }

    /// Whether what is open is offered again at the next start.
    pub(super) fn is_saved(&self) -> bool {
        matches!(self.saving, Some(Saving::On | Saving::SetAside(_)))
    }

    /// Files that quitting now would break off, or lose.
    pub(super) fn would_lose(&self) -> usize {
        let totals = &self.totals;
        if self.is_saved() {
            totals.active
        } else {
            totals.active + totals.held + totals.duplicates
        }
    }

    /// Whether quitting now is asked about first: what a folder still holds is not
    /// even a row yet, nor is what has just been dropped.
    pub(super) fn quitting_costs(&self) -> bool {
        let is_drop = |command: &Command| matches!(command, Command::Add { .. });
        self.scanning || self.would_lose() > 0 || self.outgoing.iter().any(is_drop)
    }

    /// Opens the history; its lines come when they are read.
    pub(super) fn open_history(&mut self) {
        self.history = Some(History::Reading);
        self.send(Command::AskHistory);
    }

    /// Takes files from a drop, a dialog or the start.
    pub(super) fn add(&mut self, paths: Vec<std::path::PathBuf>) {
        if paths.is_empty() {
            return;
        }
        let task = self.identity().and(self.confirmed_task());
        let description = self.description.trim().to_owned();
        self.send(Command::Add {
            paths,
            task,
            description,
        });
    }

    /// Rows that wait for a task.
    pub(super) fn without_task(&self) -> usize {
        let held = |job: &&crate::model::Job| job.state == JobState::Held(Hold::Task);
        self.board.jobs().iter().filter(held).count()
    }

    /// The task that all rows go to, if it is one.
    pub(super) fn common_task(&self) -> Option<Arc<Task>> {
        let mut tasks = self.board.jobs().iter().filter_map(|job| job.task.as_ref());
        let first = tasks.next()?;
        let same = |task: &Arc<Task>| Arc::ptr_eq(task, first) || task == first;
        tasks.all(same).then(|| first.clone())
    }

    /// The task's page in the browser (form seen in public clients).
    pub(super) fn task_link(&self, task: &Task) -> Option<String> {
        let server = &self.identity()?.server;
        Some(format!(
            "{server}/project/#/team/{}/task/{}",
            task.team, task.id
        ))
    }
}
