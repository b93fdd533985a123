//! The actor's side that is about what an earlier run left open: it is looked
//! at, offered, and queued again if the person wants that.
//!
//! A file of an earlier run goes on only as the same file (size, time, and by
//! its check the etag). If its content is on the task by now, it got there in
//! the last moment of that run, and it is skipped without a question.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::actor::Actor;
use super::look::Looker;
use super::report::{FoundFile, Goal, Report};
use crate::api::Fingerprint;
use crate::journal::{Entry, Key, Note};
use crate::model::{Event, Job, JobId, LeftOut, LeftOutReason, ServerAddress, Unfinished};

/// A file of an earlier run.
#[derive(Clone)]
pub(super) struct Earlier {
    pub(super) key: Key,
    pub(super) entry: Arc<Entry>,
    /// Why it cannot go on, by the last look at it.
    pub(super) amiss: Option<LeftOutReason>,
}

/// Files of an earlier run, until the person decides.
#[derive(Default)]
pub(super) struct Offer {
    files: Vec<Earlier>,
    looker: Looker,
}

/// What files are looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Offer,
    GoOn,
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

impl Actor {
    /// The queue of an earlier run was read.
    pub(super) fn earlier_loaded(&mut self, entries: Vec<(Key, Entry)>) {
        let earlier = |(key, entry)| Earlier {
            key,
            entry: Arc::new(entry),
            amiss: None,
        };
        self.look_at(entries.into_iter().map(earlier).collect(), Then::Offer);
    }

    fn look_at(&self, files: Vec<Earlier>, then: Then) {
        let looker = self.saved.earlier.looker.clone();
        let reports = self.reporter();
        let silence = self.config.patience.folders;
        tokio::spawn(async move {
            let files = looker.look_at(files, silence).await;
            reports.send(Report::LookedAt(files, then)).ok();
        });
    }

    /// Files of an earlier run were looked at.
    pub(super) fn looked_at(&mut self, files: Vec<Earlier>, then: Then) {
        match then {
            Then::Offer => self.saved.earlier.files.extend(files),
            Then::GoOn => {
                let silent = |one: &Earlier| one.amiss == Some(LeftOutReason::NoAnswer);
                let (silent, seen): (Vec<_>, Vec<_>) = files.into_iter().partition(silent);
                self.add_earlier(seen);
                self.scan_ended();
                // Neither lost nor waited for: the person may try them again.
                if silent.is_empty() {
                    return;
                }
                self.saved.earlier.files.extend(silent);
            }
        }
        self.offer();
    }

    /// Offers what the last run left open for this server.
    pub(super) fn offer(&mut self) {
        let offered = &self.saved.earlier.files;
        if !self.session.is_in() || offered.is_empty() {
            return;
        }
        let files: Vec<_> = offered
            .iter()
            .filter(|earlier| self.is_for_here(&earlier.entry))
            .map(|earlier| Unfinished {
                name: earlier.entry.name.clone(),
                size_bytes: earlier.entry.last_seen().0,
                task: earlier.entry.task.clone(),
                amiss: earlier.amiss,
            })
            .collect();
        self.tell(Event::Unfinished(files));
    }

    fn is_for_here(&self, entry: &Entry) -> bool {
        let here = self.saved.server.as_ref().map(ToString::to_string);
        entry.server.is_none() || entry.server == here
    }

    /// Takes what is offered out of the offer.
    fn take_offered(&mut self) -> Vec<Earlier> {
        if !self.session.is_in() {
            return Vec::new();
        }
        let offered = std::mem::take(&mut self.saved.earlier.files);
        let (here, elsewhere) = offered
            .into_iter()
            .partition(|earlier| self.is_for_here(&earlier.entry));
        self.saved.earlier.files = elsewhere;
        self.tell(Event::Unfinished(Vec::new()));
        here
    }

    /// The person wants the files of the last run to go on. The offer may have
    /// stood for hours, so they are looked at once more.
    pub(super) fn continue_earlier(&mut self) {
        let files = self.take_offered();
        self.scan_begins();
        self.look_at(files, Then::GoOn);
    }

    /// The person does not want them.
    pub(super) fn forget_earlier(&mut self) {
        let gone = self.take_offered();
        let keys = gone.iter().map(|earlier| earlier.key).collect();
        self.note(Note::Dropped(keys));
    }

    /// Makes rows of the files that are as they were; says why of the others.
    fn add_earlier(&mut self, files: Vec<Earlier>) {
        let (mut jobs, mut left_out, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
        // A list of earlier in this run may lack what was attached since.
        let tasks = files.iter().filter_map(|one| one.entry.task.as_ref());
        for task in tasks.map(|task| &task.id).collect::<BTreeSet<_>>() {
            self.fresh_list(task);
        }
        for earlier in files {
            if let Some(reason) = earlier.amiss {
                dropped.push(earlier.key);
                let path = earlier.entry.path.clone();
                left_out.push(LeftOut { path, reason });
            } else {
                jobs.push(self.adopt(&earlier));
            }
        }
        self.note(Note::Dropped(dropped));
        self.add_rows(jobs, left_out);
    }

    fn adopt(&mut self, earlier: &Earlier) -> Job {
        let entry = &earlier.entry;
        let (size_bytes, modified) = entry.last_seen();
        let file = FoundFile {
            path: entry.path.clone(),
            name: entry.name.clone(),
            size_bytes,
            modified,
        };
        // An older version may have noted a task without its server.
        let of_entry = entry.server.as_deref().and_then(ServerAddress::parse);
        let server = of_entry.or_else(|| self.saved.server.clone());
        let goal = Goal {
            // Without a task it is for whoever chooses one.
            server: entry.task.as_ref().and(server),
            task: entry.task.clone().map(Arc::new),
        };
        let description = entry.description.as_str().into();
        let job = self.new_job(file, &goal, &description);
        self.note(Note::Adopted(job.id, earlier.key));
        if let Some(work) = self.work.get_mut(&job.id) {
            work.parts.clone_from(&entry.parts);
            work.earlier.clone_from(&entry.known);
        }
        job
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
}
