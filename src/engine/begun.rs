//! An upload in parts that a store has begun, and what a failed call of it means.
//!
//! Used by `parts` alone, which decides what follows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Url;

use super::upload::Stop;
use super::way::unless_left_behind;
use crate::api::{
    ApiError, Fault, Fingerprint, Moved, OpenUpload, PartParcel, PartPlan, SentPart, Store,
    is_kodo_host,
};
use crate::journal::KeptParts;
use crate::model::{Secret, Step};

/// An upload that the store will forget sooner than this is not gone on with.
const LIFE_MARGIN_SECS: u64 = 3600;

/// How sending in parts ended, if not in a verdict.
pub(super) enum PartsStop {
    /// The store has forgotten the upload.
    Gone(ApiError),
    /// The store refuses this way of sending.
    Refused(ApiError),
    Other(Stop),
}

impl From<Stop> for PartsStop {
    fn from(stop: Stop) -> Self {
        Self::Other(stop)
    }
}

impl From<ApiError> for PartsStop {
    fn from(error: ApiError) -> Self {
        if error.is_upload_gone() {
            Self::Gone(error)
        } else if is_refusal(&error) {
            Self::Refused(error)
        } else {
            Self::Other(error.into())
        }
    }
}

/// A begun upload with all that its calls need, shared by the parts.
pub(super) struct Begun {
    pub(super) store: Store,
    pub(super) url: Url,
    pub(super) token: Secret,
    pub(super) bucket: String,
    pub(super) upload_id: String,
    pub(super) path: PathBuf,
    pub(super) expected: Fingerprint,
    pub(super) moved: Arc<Moved>,
}

impl Begun {
    pub(super) fn open(&self) -> OpenUpload<'_> {
        OpenUpload {
            upload_url: &self.url,
            token: &self.token,
            bucket: &self.bucket,
            upload_id: &self.upload_id,
        }
    }

    /// Sends one part; once more at once if the connection broke, which a kept
    /// one may do that went stale.
    pub(super) async fn send(&self, plan: PartPlan) -> Result<SentPart, ApiError> {
        match self.send_once(plan).await {
            Err(error) if error.fault == Fault::Broken && !error.is_damaged() => {
                self.send_once(plan).await
            }
            other => other,
        }
    }

    async fn send_once(&self, plan: PartPlan) -> Result<SentPart, ApiError> {
        let parcel = PartParcel {
            path: &self.path,
            expected: &self.expected,
            plan,
            moved: &self.moved,
        };
        let open = self.open();
        let sending = self.store.send_part(&open, &parcel);
        let store = |called| self.store.routes(&self.url, called);
        unless_left_behind(Step::SendFile, store, || false, sending).await
    }
}

/// What a failed call means. A store of its own kind may answer a way of sending
/// that it does not know with anything; before one of Kodo's it is something in
/// between that does.
pub(super) fn stop_of(error: ApiError, url: &Url) -> PartsStop {
    match error.fault {
        Fault::NotJson | Fault::TooLong | Fault::Redirect if !is_kodo_host(url) => {
            PartsStop::Refused(error)
        }
        _ => error.into(),
    }
}

/// The same of a call that names an upload: 612 says "not there", and what is
/// not there is the upload (inferred; its text differs between versions).
pub(super) fn stop_of_begun(error: ApiError, url: &Url) -> PartsStop {
    if error.fault == Fault::Status && error.status == Some(612) {
        return PartsStop::Gone(error);
    }
    stop_of(error, url)
}

/// A final "no" that is perhaps about this way of sending: the form will show.
/// Not: a permit that ran out (401), a file that is too large (413), an upload
/// that is gone (612, 701).
fn is_refusal(error: &ApiError) -> bool {
    error.fault == Fault::Status
        && !error.is_transient()
        && !error.is_upload_gone()
        && !matches!(error.status, Some(401 | 413))
}

/// Whether what was begun in an earlier try, or by an earlier run, can be gone on with.
pub(super) fn is_usable(kept: &KeptParts, store: &str, bucket: &str) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_secs = now.map_or(0, |since| since.as_secs());
    let lives = |until: u64| until > now_secs + LIFE_MARGIN_SECS;
    kept.store == store && kept.bucket == bucket && kept.expires_at.is_none_or(lives)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_that_ends_soon_or_lies_elsewhere_is_not_gone_on_with() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let secs = now.as_secs();
        let (store, bucket) = ("https://up.qbox.me", "b-1");
        for (kept_in, expires_at, want) in [
            ((store, bucket), None, true),
            ((store, bucket), Some(secs + LIFE_MARGIN_SECS + 60), true),
            ((store, bucket), Some(secs + LIFE_MARGIN_SECS - 60), false),
            ((store, bucket), Some(secs.saturating_sub(1)), false),
            ((store, bucket), Some(0), false),
            (("https://up.qbox.me:444", bucket), None, false),
            ((store, "b-2"), None, false),
        ] {
            let kept = KeptParts {
                store: kept_in.0.to_owned(),
                bucket: kept_in.1.to_owned(),
                upload_id: "68ab".to_owned(),
                expires_at,
                sent: Vec::new(),
            };
            assert_eq!(is_usable(&kept, store, bucket), want, "{kept:?}");
        }
    }
}
