//! What is on a task: its list of attachments, newest first.

use std::collections::HashSet;

use reqwest::Method;

use super::error::ApiError;
use super::ones::Ones;
use super::wire;
use crate::model::{Step, Task};

/// Attachments asked for at once; documented maximum.
const PAGE: usize = 100;
/// Of a task with more attachments than fit on these the newest are known only.
const PAGES_MAX: usize = 20;

/// An attachment in a task's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its resource ID.
    pub resource: String,
    /// Its name.
    pub name: String,
    /// Kodo etag; empty where the server does not say it.
    pub hash: String,
    /// Size in bytes, where the server says it.
    pub size_bytes: Option<u64>,
    /// Microseconds since 1970.
    pub added_us: Option<i64>,
}

impl From<wire::AttachmentAnswer> for Attachment {
    fn from(item: wire::AttachmentAnswer) -> Self {
        Self {
            resource: item.uuid,
            name: item.name,
            hash: item.hash,
            size_bytes: item.size,
            added_us: item.create_time,
        }
    }
}

impl Ones {
    /// The task's attachments, newest first.
    pub async fn attachments(&self, task: &Task) -> Result<Vec<Attachment>, ApiError> {
        let mut pages = Pages::of(self, task);
        let mut found = Vec::new();
        while let Some(page) = pages.next().await? {
            found.extend(page);
        }
        Ok(found)
    }

    /// The newest attachment of the task that `wanted` takes. Asks no further
    /// once it is found: what has just been attached is on the first page.
    pub async fn find_attachment(
        &self,
        task: &Task,
        wanted: impl Fn(&Attachment) -> bool,
    ) -> Result<Option<Attachment>, ApiError> {
        let mut pages = Pages::of(self, task);
        while let Some(page) = pages.next().await? {
            if let Some(found) = page.into_iter().find(&wanted) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// `GET team/…/task/…/attachments`, page by page, newest first (documented).
struct Pages<'a> {
    ones: &'a Ones,
    task: &'a Task,
    /// Resources that were seen.
    known: HashSet<String>,
    /// Of the oldest that was seen.
    max_us: Option<i64>,
    left: usize,
}

impl<'a> Pages<'a> {
    fn of(ones: &'a Ones, task: &'a Task) -> Self {
        Self {
            ones,
            task,
            known: HashSet::new(),
            max_us: None,
            left: PAGES_MAX,
        }
    }

    /// What the next page has that no page before it had; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<Attachment>>, ApiError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let step = Step::ListAttachments;
        let older = self.max_us.map(|max| format!("&max={max}"));
        let path = format!(
            "team/{}/task/{}/attachments?since=0&count={PAGE}{}",
            self.task.team,
            self.task.id,
            older.unwrap_or_default()
        );
        let request = self.ones.request(Method::GET, &path, step)?;
        let page: wire::AttachmentsAnswer = self.ones.call(step, request).await?.json(step)?;
        // `max` is inclusive, so a page starts with what the last one ended with.
        let mut items = page.attachments;
        items.retain(|item| self.known.insert(item.uuid.clone()));
        self.max_us = items.last().and_then(|item| item.create_time);
        if !page.has_next || self.max_us.is_none() {
            self.left = 0;
        }
        self.fill_hashes(&mut items).await?;
        Ok(Some(items.into_iter().map(Attachment::from).collect()))
    }

    /// Where the list leaves the hashes out, they are asked for by
    /// `GET res/attachments?ids=` (documented).
    async fn fill_hashes(&self, items: &mut [wire::AttachmentAnswer]) -> Result<(), ApiError> {
        let step = Step::ListAttachments;
        let bare = items.iter().filter(|item| item.hash.is_empty());
        let ids: Vec<&str> = bare.map(|item| item.uuid.as_str()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let path = format!(
            "team/{}/res/attachments?ids={}",
            self.task.team,
            ids.join(",")
        );
        let request = self.ones.request(Method::GET, &path, step)?;
        let full: wire::AttachmentsAnswer = self.ones.call(step, request).await?.json(step)?;
        for item in items.iter_mut().filter(|item| item.hash.is_empty()) {
            if let Some(known) = full.attachments.iter().find(|k| k.uuid == item.uuid) {
                item.hash.clone_from(&known.hash);
                item.size = item.size.or(known.size);
            }
        }
        Ok(())
    }
}
