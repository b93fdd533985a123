//! The actor's side that is about the queue on disk: what happens to jobs is
//! noted as it is told to the face. What an earlier run left there is the
//! matter of `earlier`.

use std::path::PathBuf;
use std::time::SystemTime;

use super::actor::Actor;
use super::earlier::Offer;
use super::report::{Report, Run};
use crate::journal::{self, Entry, Journal, Keeps, KeptPart, KeptParts, Known, Note, Told};
use crate::model::{Attached, Event, Job, JobId, JobState, Receipt, ServerAddress};

/// Which of the two files a face keeps, and where.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// The folder of both.
    pub folder: PathBuf,
    /// The queue as well, or the history alone.
    pub keeps: Keeps,
}

impl Keeping {
    /// In the folder of this person, if the system has one.
    #[must_use]
    pub fn for_this_person(keeps: Keeps) -> Option<Self> {
        let folder = journal::default_folder()?;
        Some(Self { folder, keeps })
    }

    /// Where a face puts what was dropped without a file, once it is told that
    /// the queue is saved. What the queue does not name is removed from there.
    #[must_use]
    pub fn dropped_folder(&self) -> PathBuf {
        journal::dropped_folder(&self.folder)
    }
}

/// What is on disk, seen from the actor.
#[derive(Default)]
pub(super) struct Saved {
    journal: Option<Journal>,
    pub(super) earlier: Offer,
    /// The server of the last sign-in: jobs are for its tasks.
    pub(super) server: Option<ServerAddress>,
}

impl Actor {
    /// Opens the queue on disk.
    pub(super) fn open_journal(&mut self) {
        let Some(Keeping { folder, keeps }) = self.config.keeping.clone() else {
            return;
        };
        let reports = self.reporter();
        let tell = move |told| {
            reports.send(Report::Journal(told)).ok();
        };
        match Journal::start(folder, keeps, tell) {
            Ok(journal) => self.saved.journal = Some(journal),
            Err(error) => self.tell(Event::Saving(crate::model::Saving::Failed(error.kind()))),
        }
    }

    /// The journal said something.
    pub(super) fn journal_told(&mut self, told: Told) {
        match told {
            Told::Saving(saving) => self.tell(Event::Saving(saving)),
            Told::Remembering(kept) => self.tell(Event::Remembering(kept)),
            Told::Loaded(entries) => self.earlier_loaded(entries),
        }
    }

    /// Somebody signed in: what is open there can go on.
    pub(super) fn signed_in_to(&mut self, server: &ServerAddress) {
        self.saved.server = Some(server.clone());
        self.offer();
    }

    /// Reads the history for a face.
    pub(super) fn ask_history(&mut self) {
        let Some(Keeping { folder, .. }) = self.config.keeping.clone() else {
            return self.tell(Event::History(Err(std::io::ErrorKind::Unsupported)));
        };
        let reports = self.reporter();
        tokio::task::spawn_blocking(move || {
            let read = journal::load_history(&folder, SystemTime::now());
            let history = read.map_err(|error| error.kind());
            reports.send(Report::History(history)).ok();
        });
    }

    /// Forgets the history.
    pub(super) fn clear_history(&mut self) {
        self.note(Note::HistoryCleared);
        self.tell(Event::History(Ok(Vec::new())));
    }

    /// A check found a file new to its task, and to this list.
    pub(super) fn note_known(&self, id: JobId) {
        let known = self.work.get(&id).and_then(|work| work.known.as_ref());
        if let Some((print, _)) = known {
            let known = Known {
                etag: print.etag.clone(),
                modified: print.modified,
                size_bytes: Some(print.size_bytes),
            };
            self.note(Note::Known(id, known));
        }
    }

    /// A store began an upload in parts.
    pub(super) fn parts_began(&mut self, run: Run, parts: KeptParts) {
        if let Some(work) = self.current(run) {
            work.parts = Some(parts.clone());
            self.note(Note::Parts(run.job, parts));
        }
    }

    /// The store was told to forget the parts: a retry begins anew.
    pub(super) fn parts_given_up(&mut self, run: Run) {
        if let Some(work) = self.current(run) {
            work.parts = None;
        }
    }

    /// The store has one more part.
    pub(super) fn part_arrived(&mut self, run: Run, part: KeptPart) {
        let Some(work) = self.current(run) else {
            return;
        };
        // It got further: the tries are counted anew.
        work.tries.came_forward();
        if let Some(kept) = &mut work.parts {
            kept.sent.push(part.clone());
            self.note(Note::Part(run.job, part));
        }
    }

    /// Notes what a face is about to be told. The board is still as before.
    pub(super) fn note_event(&self, event: &Event) {
        if self.saved.journal.is_none() {
            return;
        }
        match event {
            Event::JobsAdded { jobs, .. } => {
                for job in jobs {
                    self.note(Note::Added(job.id, Box::new(self.entry(job))));
                }
            }
            Event::JobAssigned {
                id,
                task,
                description,
            } => self.note(Note::Assigned {
                job: *id,
                server: self.server_of(*id),
                task: task.as_ref().clone(),
                description: description.to_string(),
            }),
            Event::JobChanged { id, state } => self.note_change(*id, state),
            Event::Removed(ids) => self.note(Note::Ended(ids.clone())),
            _ => {}
        }
    }

    fn note_change(&self, id: JobId, state: &JobState) {
        let Some(job) = self.board.job(id) else {
            return;
        };
        if need_not_go_on(state) {
            self.note(Note::Ended(vec![id]));
        } else if need_not_go_on(&job.state) {
            self.note(Note::Added(id, Box::new(self.entry(job)))); // a retry
        }
        if let JobState::Done(receipt) = state {
            self.note_attached(job, receipt);
        }
    }

    fn note_attached(&self, job: &Job, receipt: &Receipt) {
        let (Some(task), Some(server)) = (&job.task, self.server_of(job.id)) else {
            return;
        };
        let print = self.work.get(&job.id).and_then(|work| work.known.as_ref());
        self.note(Note::Attached(Box::new(Attached {
            at: SystemTime::now(),
            path: job.path.clone(),
            name: job.name.clone(),
            // What was attached, where the file grew after it was added.
            size_bytes: print.map_or(job.size_bytes, |(print, _)| print.size_bytes),
            server,
            task: task.as_ref().clone(),
            etag: receipt.hash.clone(),
            resource: receipt.resource.clone(),
            verified: receipt.verified,
        })));
    }

    /// The server of a job's task; of the last sign-in where nobody had signed
    /// in when the task was chosen.
    pub(super) fn server_of(&self, id: JobId) -> Option<String> {
        let of_job = self.work.get(&id).and_then(|work| work.server.as_ref());
        of_job
            .or(self.saved.server.as_ref())
            .map(ToString::to_string)
    }

    fn entry(&self, job: &Job) -> Entry {
        let work = self.work.get(&job.id);
        Entry {
            path: job.path.clone(),
            name: job.name.clone(),
            description: job.description.to_string(),
            size_bytes: job.size_bytes,
            modified: work.and_then(|work| work.modified),
            // Without a task it may go to any server.
            server: self.server_of(job.id).filter(|_| job.task.is_some()),
            task: job.task.as_deref().cloned(),
            known: work.and_then(|work| work.earlier.clone()),
            parts: work.and_then(|work| work.parts.clone()),
        }
    }

    pub(super) fn note(&self, note: Note) {
        if let Some(journal) = &self.saved.journal {
            journal.note(note);
        }
    }
}

/// Failed files are offered again at the next start: they are not attached,
/// and the person has not taken them out of the list.
fn need_not_go_on(state: &JobState) -> bool {
    matches!(
        state,
        JobState::Done(_) | JobState::Skipped(_) | JobState::Cancelled
    )
}
