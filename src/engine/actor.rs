//! The one owner of jobs and sign-in.
//!
//! A loop over commands (from the face) and reports (from tasks). Nothing in
//! it waits: whatever takes time is a task that reports back. The rest of the
//! actor stands in the rooms that `engine` names, each with what it is about.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::check::ListCell;
use super::claims::Claims;
use super::clients::Clients;
use super::keyring::Keyring;
use super::preferences::start_saving;
use super::queue::SendQueue;
use super::report::{Report, Run};
use super::saved::Saved;
use super::session::Session;
use super::tries::Trying;
use super::work::Work;
use super::{Config, Outbox, intake};
use crate::model::{Board, Command, ErrorKind, Event, JobId, Settings, UploadError};
use crate::worker::Worker;

/// How often progress is told while something moves: a bar still runs, and where
/// the window is painted without a graphics card it takes about 5 %
/// of a core (`cargo bench --bench compare -- window`).
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Runs until the face is gone.
pub(super) async fn run(
    config: Config,
    mut inbox: mpsc::UnboundedReceiver<Command>,
    outbox: Outbox,
) {
    let clients = match Clients::new(config.patience.calls, &config.names) {
        Ok(clients) => clients,
        Err(error) => {
            tracing::error!(%error, "no HTTP client can be made");
            let mut told = UploadError::new(ErrorKind::Unexpected);
            told.details.cause = Some(error.to_string());
            return outbox.tell(Event::SignInFailed(told));
        }
    };
    let (reports, mut from_tasks) = mpsc::unbounded_channel();
    let mut actor = Actor::new(config, clients, outbox, reports);
    actor.open_journal();
    actor.restore();
    let mut tick = tokio::time::interval(PROGRESS_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let moving = actor.is_moving();
        tokio::select! {
            command = inbox.recv() => match command {
                Some(command) => actor.obey(command),
                None => break,
            },
            // The actor holds a sender itself, so this never ends.
            Some(report) = from_tasks.recv() => actor.hear(report),
            _ = tick.tick(), if moving => actor.tell_progress(),
        }
        actor.pump();
    }
    actor.stop.cancel();
}

/// The engine's state.
pub(super) struct Actor {
    pub(super) config: Config,
    pub(super) settings: Settings,
    /// Where settings go to be saved, if they are.
    pub(super) saving: Option<Worker<Settings>>,
    pub(super) clients: Clients,
    pub(super) outbox: Outbox,
    pub(super) reports: mpsc::UnboundedSender<Report>,
    pub(super) session: Session,
    pub(super) keyring: Keyring,
    pub(super) saved: Saved,
    /// The same fold that the faces run.
    pub(super) board: Board,
    /// What the engine alone knows of each job. Boxed, as half of the table is
    /// empty after it grew.
    pub(super) work: HashMap<JobId, Box<Work>>,
    pub(super) to_check: VecDeque<JobId>,
    pub(super) to_send: SendQueue,
    /// Tries that run.
    pub(super) trying: HashMap<Run, Trying>,
    /// Jobs whose check runs.
    pub(super) checking: Vec<JobId>,
    /// Those of them that do not go on, and their folders.
    pub(super) hanging: HashMap<JobId, Option<PathBuf>>,
    /// Jobs to check in those folders.
    pub(super) behind_hanging: Vec<JobId>,
    /// Checked jobs that are new to their task and wait for earlier ones.
    pub(super) fresh: BTreeSet<JobId>,
    /// Which jobs have a content, by etag.
    pub(super) contents: HashMap<String, Vec<JobId>>,
    /// Rows with copies that rely on them.
    pub(super) copies: HashMap<JobId, Vec<JobId>>,
    /// The current list of each task, by task ID.
    pub(super) lists: HashMap<String, ListCell>,
    /// Which attachments of this run are whose.
    pub(super) claims: Claims,
    pub(super) last_id: u64,
    pub(super) scans: usize,
    pub(super) paused: bool,
    /// Set while the ONES server cannot be reached: ends the look-out for it.
    pub(super) offline: Option<CancellationToken>,
    /// Cancelled when the program ends; every job's token is a child of it.
    pub(super) stop: CancellationToken,
}

impl Actor {
    fn new(
        config: Config,
        clients: Clients,
        outbox: Outbox,
        reports: mpsc::UnboundedSender<Report>,
    ) -> Self {
        let keyring = Keyring::new(config.vault.clone(), config.patience, reports.clone());
        let saving = config.settings_file.clone();
        Self {
            settings: config.settings.clone(),
            saving: saving.and_then(|file| start_saving(file, config.settings.clone())),
            config,
            clients,
            outbox,
            reports,
            session: Session::default(),
            keyring,
            saved: Saved::default(),
            board: Board::default(),
            work: HashMap::new(),
            to_check: VecDeque::new(),
            to_send: SendQueue::default(),
            trying: HashMap::new(),
            checking: Vec::new(),
            hanging: HashMap::new(),
            behind_hanging: Vec::new(),
            fresh: BTreeSet::new(),
            contents: HashMap::new(),
            copies: HashMap::new(),
            lists: HashMap::new(),
            claims: Claims::default(),
            last_id: 0,
            scans: 0,
            paused: false,
            offline: None,
            stop: CancellationToken::new(),
        }
    }

    /// Carries out one wish.
    fn obey(&mut self, command: Command) {
        match command {
            Command::SignIn { with, keep } => self.sign_in(with, keep),
            Command::ChooseTeam { team } => self.choose_team(&team),
            Command::SignOut => self.sign_out(),
            Command::SaveSignIn => self.save_sign_in(),
            Command::FindTask { text } => self.find_task(text),
            Command::Add {
                paths,
                task,
                description,
            } => self.add(intake::Drop {
                paths,
                server: task.as_ref().and(self.saved.server.clone()),
                task,
                description: description.into(),
            }),
            Command::LeaveOut(left_out) => self.tell(Event::JobsAdded {
                jobs: Vec::new(),
                left_out,
            }),
            Command::Assign { task, description } => self.assign(&task, &description.into()),
            Command::Decide { jobs, choice } => self.decide(&jobs, choice),
            Command::Cancel { jobs } => self.cancel(&jobs),
            Command::Retry { jobs } => self.retry(&jobs),
            Command::AllowPlainStore { store } => self.allow_plain_store(&store),
            Command::Remove { jobs } => self.remove(&jobs),
            Command::Pause => self.set_paused(true),
            Command::Resume => self.set_paused(false),
            Command::Continue => self.continue_earlier(),
            Command::Forget => self.forget_earlier(),
            Command::AskHistory => self.ask_history(),
            Command::ClearHistory => self.clear_history(),
            Command::Configure(settings) => self.configure(settings),
        }
    }

    /// Takes in what a task says.
    fn hear(&mut self, report: Report) {
        match report {
            Report::Found {
                files,
                left_out,
                goal,
                description,
            } => self.add_found(files, left_out, &goal, &description),
            Report::ScanEnded => self.scan_ended(),
            Report::LookedAt(files, then) => self.looked_at(files, then),
            Report::History(history) => self.tell(Event::History(history)),
            Report::Journal(told) => self.journal_told(told),
            Report::Parts(run, parts) => self.parts_began(run, parts),
            Report::Part(run, part) => self.part_arrived(run, part),
            Report::PartsGivenUp(run) => self.parts_given_up(run),
            Report::CheckHangs(run) => self.check_hangs(run),
            Report::Checked(run, checked) => self.checked(run, *checked),
            Report::Moved(run, state) => self.moved_on(run, state),
            Report::InDoubt(run, doubt) => self.doubts(run, doubt),
            Report::Asked(run) => self.asked(run),
            Report::Tried(run, tried) => self.tried(run, *tried),
            Report::GoesTo(run, store) => self.goes_to_store(run, store),
            Report::StoreProved { store, knows_parts } => self.learn_store(store, knows_parts),
            Report::RetryNow(run) => self.retry_now(run),
            Report::Reachable => self.reachable(),
            Report::SizeLimit { team, bytes } => self.learn_limit(team, bytes),
            Report::Loaded(loaded) => self.loaded(loaded),
            Report::Keyring(state) => self.tell(Event::Keyring(state)),
            Report::SignedIn {
                attempt,
                ones,
                result,
                team,
                keep,
            } => self.signed_in(attempt, *ones, result, (team, keep)),
            Report::TaskLookedUp {
                session,
                text,
                result,
            } => self.task_looked_up(session, text, result),
        }
    }

    /// Tells the face, notes it on disk, and folds the event into the engine's
    /// own board.
    pub(super) fn tell(&mut self, event: Event) {
        self.note_event(&event);
        self.board.apply(&event);
        self.outbox.tell(event);
    }

    /// Whether a file is being read or sent.
    fn is_moving(&self) -> bool {
        self.to_send.is_busy() || !self.checking.is_empty()
    }

    fn tell_progress(&mut self) {
        let mut moved: Vec<_> = self
            .work
            .iter()
            .filter(|(_, work)| work.busy)
            .map(|(id, work)| (*id, work.moved_bytes()))
            .collect();
        moved.sort_unstable();
        self.outbox.tell_progress(moved);
    }

    fn set_paused(&mut self, paused: bool) {
        if self.paused != paused {
            self.paused = paused;
            self.tell(Event::Paused(paused));
        }
    }

    /// A handle for a task that reports back.
    pub(super) fn reporter(&self) -> mpsc::UnboundedSender<Report> {
        self.reports.clone()
    }

    /// Starts a blocking intake.
    fn add(&mut self, drop: intake::Drop) {
        if let Some(task) = &drop.task {
            self.fresh_list(&task.id);
        }
        self.scan_begins();
        let reports = self.reporter();
        tokio::task::spawn_blocking(move || intake::take(&drop, &reports));
    }

    pub(super) fn scan_begins(&mut self) {
        self.scans += 1;
        if self.scans == 1 {
            self.tell(Event::Scanning(true));
        }
    }

    pub(super) fn scan_ended(&mut self) {
        self.scans = self.scans.saturating_sub(1);
        if self.scans == 0 {
            self.tell(Event::Scanning(false));
        }
    }

    /// The next jobs of this task ask for its list anew.
    pub(super) fn fresh_list(&mut self, task: &str) {
        self.lists.insert(task.to_owned(), Arc::default());
    }
}
