//! What a store has of a file in parts, held against the file: it may have changed
//! since they were sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::upload::Try;
use crate::api::{PartPlan, SentPart, part_matches};
use crate::journal::{KeptPart, KeptParts};

impl Try {
    /// Forgets sent parts that the file does not have any more.
    pub(super) async fn recheck(&self, plans: &[PartPlan], kept: &mut KeptParts) {
        let (path, plans) = (self.job.path.clone(), plans.to_vec());
        let (sent, moved) = (std::mem::take(&mut kept.sent), self.moved.clone());
        // Whoever waits for it may go away, and the reading is to end then.
        let wanted = Wanted::default();
        let is_wanted = wanted.0.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let same = |part: &KeptPart| {
                let plan = plans.iter().find(|plan| plan.number == part.number)?;
                let matches = part_matches(&path, plan, &sent_part(part), &moved).ok()?;
                matches.then_some(plan.bytes)
            };
            let mut good = Vec::with_capacity(sent.len());
            for part in sent {
                if !is_wanted.load(Ordering::Relaxed) {
                    break;
                }
                if let Some(bytes) = same(&part) {
                    moved.count(bytes);
                    good.push(part);
                }
            }
            good
        });
        kept.sent = looked.await.unwrap_or_default();
        drop(wanted);
    }
}

/// Says "not any more" when it is dropped.
struct Wanted(Arc<AtomicBool>);

impl Default for Wanted {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

pub(super) fn kept_part(part: SentPart) -> KeptPart {
    KeptPart {
        number: part.number,
        etag: part.etag,
        md5: part.md5,
    }
}

pub(super) fn sent_part(part: &KeptPart) -> SentPart {
    SentPart {
        number: part.number,
        etag: part.etag.clone(),
        md5: part.md5.clone(),
    }
}
