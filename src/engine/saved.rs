//! The actor's side that is about the queue on disk: what happens to jobs is
//! noted as it is told to the face, and what an earlier run left open is
//! offered, looked at, and queued again.
//!
//! A file of an earlier run goes on only as the same file (size, time, and by
//! its check the etag). If its content is on the task by now, it got there in
//! the last moment of that run, and it is skipped without a question.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::actor::Actor;
use super::report::{FoundFile, Report, Run};
use crate::api::Fingerprint;
use crate::journal::{self, Entry, Journal, Keeps, KeptPart, KeptParts, Key, Known, Note, Told};
use crate::model::{
    Attached, Event, Job, JobId, JobState, LeftOut, LeftOutReason, Receipt, Unfinished,
};

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
}

/// A file of an earlier run, for its new job.
#[derive(Clone)]
pub(super) struct Earlier {
    pub(super) key: Key,
    pub(super) entry: Arc<Entry>,
}

/// What became of a file since an earlier run checked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// No earlier run did.
    NotChecked,
    /// It has the same content, and was new to its task then.
    Same,
    /// It has another content.
    Changed,
}

/// What is on disk, seen from the actor.
#[derive(Default)]
pub(super) struct Saved {
    journal: Option<Journal>,
    /// What the last run left open, until the person decides.
    offered: Vec<Earlier>,
    /// The server of the last sign-in: jobs are for its tasks.
    server: Option<String>,
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
            Told::Loaded(entries) => {
                let earlier = |(key, entry)| Earlier {
                    key,
                    entry: Arc::new(entry),
                };
                self.saved.offered = entries.into_iter().map(earlier).collect();
                self.offer();
            }
        }
    }

    /// Somebody signed in: what is open there can go on.
    pub(super) fn signed_in_to(&mut self, server: &str) {
        self.saved.server = Some(server.to_owned());
        self.offer();
    }

    /// Offers what the last run left open for this server.
    fn offer(&mut self) {
        if !self.session.is_in() || self.saved.offered.is_empty() {
            return;
        }
        let unfinished = |earlier: &&Earlier| self.is_for_here(&earlier.entry);
        let files: Vec<_> = self
            .saved
            .offered
            .iter()
            .filter(unfinished)
            .map(|earlier| Unfinished {
                name: earlier.entry.name.clone(),
                size_bytes: earlier.entry.size_bytes,
                task: earlier.entry.task.clone(),
            })
            .collect();
        self.tell(Event::Unfinished(files));
    }

    fn is_for_here(&self, entry: &Entry) -> bool {
        entry.server.is_none() || entry.server == self.saved.server
    }

    /// Takes what is offered out of the offer.
    fn take_offered(&mut self) -> Vec<Earlier> {
        if !self.session.is_in() {
            return Vec::new();
        }
        let offered = std::mem::take(&mut self.saved.offered);
        let (here, elsewhere) = offered
            .into_iter()
            .partition(|earlier| self.is_for_here(&earlier.entry));
        self.saved.offered = elsewhere;
        self.tell(Event::Unfinished(Vec::new()));
        here
    }

    /// The person wants the files of the last run to go on.
    pub(super) fn continue_earlier(&mut self) {
        let earlier = self.take_offered();
        let reports = self.reporter();
        self.scan_begins();
        tokio::task::spawn_blocking(move || {
            let (mut same, mut left_out) = (Vec::new(), Vec::new());
            for earlier in earlier {
                match look(&earlier.entry) {
                    Ok(()) => same.push(earlier),
                    Err(reason) => left_out.push((earlier, reason)),
                }
            }
            reports.send(Report::LookedAt { same, left_out }).ok();
            reports.send(Report::ScanEnded).ok();
        });
    }

    /// The person does not want them.
    pub(super) fn forget_earlier(&mut self) {
        let gone = self.take_offered();
        let keys = gone.iter().map(|earlier| earlier.key).collect();
        self.note(Note::Dropped(keys));
    }

    /// Makes rows of the files that are as they were.
    pub(super) fn add_earlier(
        &mut self,
        same: Vec<Earlier>,
        left_out: Vec<(Earlier, LeftOutReason)>,
    ) {
        let dropped = left_out.iter().map(|(earlier, _)| earlier.key).collect();
        self.note(Note::Dropped(dropped));
        let left_out = left_out.into_iter().map(|(earlier, reason)| LeftOut {
            path: earlier.entry.path.clone(),
            reason,
        });
        let mut jobs = Vec::with_capacity(same.len());
        for earlier in same {
            let entry = &earlier.entry;
            let file = FoundFile {
                path: entry.path.clone(),
                name: entry.name.clone(),
                size_bytes: entry.size_bytes,
            };
            let task = entry.task.clone().map(Arc::new);
            if let Some(task) = &task {
                self.lists.entry(task.id.clone()).or_default();
            }
            let description = entry.description.as_str().into();
            let job = self.new_job(file, task.as_ref(), &description);
            self.note(Note::Adopted(job.id, earlier.key));
            if let Some(work) = self.work.get_mut(&job.id) {
                work.parts.clone_from(&earlier.entry.parts);
                work.earlier.clone_from(&earlier.entry.known);
            }
            jobs.push(job);
        }
        self.add_rows(jobs, left_out.collect());
    }

    /// What became of a file since an earlier run checked it.
    pub(super) fn since_earlier(&mut self, id: JobId, print: &Fingerprint) -> Since {
        let earlier = self.work.get_mut(&id).and_then(|work| work.earlier.take());
        match earlier {
            None => Since::NotChecked,
            Some(known) if known.etag == print.etag => Since::Same,
            Some(_) => Since::Changed,
        }
    }

    /// Reads the history for a face.
    pub(super) fn ask_history(&mut self) {
        let Some(Keeping { folder, .. }) = self.config.keeping.clone() else {
            return self.tell(Event::History(Ok(Vec::new())));
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

    /// A check found a file new to its task.
    pub(super) fn note_known(&self, id: JobId, print: &Fingerprint) {
        let known = Known {
            etag: print.etag.clone(),
            modified: print.modified,
        };
        self.note(Note::Known(id, known));
    }

    /// A store began an upload in parts.
    pub(super) fn parts_began(&mut self, run: Run, parts: KeptParts) {
        if let Some(work) = self.current(run) {
            work.parts = Some(parts.clone());
            self.note(Note::Parts(run.job, parts));
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
                server: self.saved.server.clone(),
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
        let (Some(task), Some(server)) = (&job.task, &self.saved.server) else {
            return;
        };
        self.note(Note::Attached(Box::new(Attached {
            at: SystemTime::now(),
            path: job.path.clone(),
            name: job.name.clone(),
            size_bytes: job.size_bytes,
            server: server.clone(),
            task: task.as_ref().clone(),
            etag: receipt.hash.clone(),
            resource: receipt.resource.clone(),
            verified: receipt.verified,
        })));
    }

    fn entry(&self, job: &Job) -> Entry {
        Entry {
            path: job.path.clone(),
            name: job.name.clone(),
            description: job.description.to_string(),
            size_bytes: job.size_bytes,
            // Without a task it may go to any server.
            server: self.saved.server.clone().filter(|_| job.task.is_some()),
            task: job.task.as_deref().cloned(),
            known: None,
            parts: None,
        }
    }

    fn note(&self, note: Note) {
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

/// Whether a file still is what it was, as far as that shows without reading.
fn look(entry: &Entry) -> Result<(), LeftOutReason> {
    let metadata = metadata(&entry.path)?;
    let modified = entry.known.as_ref().and_then(|known| known.modified);
    let same_time = modified.is_none() || metadata.modified().ok() == modified;
    if metadata.is_file() && metadata.len() == entry.size_bytes && same_time {
        Ok(())
    } else {
        Err(LeftOutReason::ChangedSince)
    }
}

fn metadata(path: &Path) -> Result<std::fs::Metadata, LeftOutReason> {
    std::fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LeftOutReason::Missing,
        _ => LeftOutReason::NotReadable,
    })
}
