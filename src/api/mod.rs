//! The wire and nothing else: requests, answers, streams.
//!
//! Two servers are spoken to and never mixed up: the ONES server ([`Ones`],
//! with the person's token) and a store that ONES names ([`Store`], with an
//! upload token only). Nothing here retries, waits for a person, or knows a
//! job; the engine does.

mod aligned;
mod answer;
mod answers;
mod attachments;
mod body;
mod error;
mod etag;
mod fingerprint;
mod form;
mod http;
mod kodo;
mod names;
mod ones;
mod parts;
mod policy;
mod pool;
mod reached;
mod reply;
mod resumable;
mod sending;
mod store;
mod tls;
mod upload_url;
mod way;
mod wire;

pub use answer::retry_after;
pub use answers::{OnesAnswer, read_begun, read_ones_answer, read_part_answer};
pub use attachments::Attachment;
pub use body::Moved;
pub use error::{ApiError, Damaged, Fault};
pub use etag::etag_of;
pub use fingerprint::{Fingerprint, hash_file};
pub use form::Form;
pub use http::{Http, Limits};
pub use kodo::is_kodo_host;
pub use names::{Found, LookUp, Names};
pub use ones::{Account, Grant, Ones, UploadRequest, UploadTicket};
pub use parts::{
    PART_BYTES, PARTS_MAX, PartParcel, PartPlan, SentPart, etag_of_parts, part_matches, plan,
};
pub use policy::{bucket_of, deadline_of};
pub use reply::{Reply, StoreAnswer, read_answer};
pub use resumable::{OpenUpload, Session};
pub use store::{Parcel, Store};
pub use upload_url::{UploadAddress, check_upload_url};
pub use way::{Route, is_ours};
