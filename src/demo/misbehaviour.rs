//! What a server can do wrong, by name: one entry of a script ([`super::faults`]).

use serde_json::Value;

/// A request of the protocol that faults and holds can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `POST auth/login` and `auth/v2/login`.
    Login,
    /// `GET auth/token_info` and `users/me`.
    TokenInfo,
    /// `GET team/…/task/…/info`.
    TaskInfo,
    /// `GET team/…/task/…/attachments`.
    List,
    /// `GET team/…/res/attachment/…` and `res/attachments?ids=`.
    Attachment,
    /// `POST team/…/res/attachments/delete` and `res/attachment/update/…`.
    Change,
    /// `POST team/…/res/attachments/upload`: ask for an upload token.
    StepOne,
    /// `POST /` on the store: the form with the file.
    Form,
    /// `POST /buckets/…/uploads` on the store: begin a resumable upload.
    InitiateParts,
    /// `PUT /buckets/…/uploads/…/N` on the store.
    Part,
    /// `POST /buckets/…/uploads/…` on the store.
    Complete,
}

/// One way of going wrong. "Refused unread" below means: the body is taken
/// whole, nothing is stored, and the step's real handler never runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Misbehaviour {
    /// TCP reset once this many bytes of the request body were read; 0 = at once.
    ResetAfter {
        /// Bytes of the request body.
        bytes: u64,
    },
    /// The request is carried out (a file is stored and attached), then reset
    /// without an answer.
    ResetAfterBody,
    /// Stops reading the body there until [`super::Faults::release_stalled`]; a request
    /// without a body is stopped as it arrives.
    Stall {
        /// Bytes of the request body.
        after_bytes: u64,
    },
    /// Reads the body slowly.
    SlowBody {
        /// Pause before each piece that is read, in milliseconds.
        pause_ms: u64,
    },
    /// Refused unread, with this answer.
    Status {
        /// HTTP status, 100 to 999.
        code: u16,
        /// Headers of the answer.
        headers: Vec<(String, String)>,
        /// Body of the answer.
        body: String,
    },
    /// Answers before the body was read, then resets.
    EarlyStatusThenReset {
        /// HTTP status, 100 to 999.
        code: u16,
    },
    /// The right answer, head and body, one byte per 100 ms.
    DripAnswer,
    /// Refused unread, with a 200 of this size.
    HugeAnswer {
        /// Bytes of the answer's body.
        bytes: u64,
    },
    /// Carried out; the answer breaks off in its head or in its body.
    TruncateAnswer {
        /// Whether it already breaks off in the head.
        in_head: bool,
    },
    /// Stored damaged: answer and attachment list show another hash.
    BadHash,
    /// Carried out; the answer's size is one too many.
    WrongSize,
    /// Carried out; the answer has no hash.
    NoHash,
    /// Refused unread, with a 200 that is called JSON and is none.
    NotJson,
    /// Refused unread, with a 200 and a login page (a captive portal).
    Html,
    /// Refused unread, with a 200 without a body.
    Empty,
    /// Stored and attached, but answered with the second error body of the
    /// documented example (a plain object, inner code 614).
    Duplicate614Plain {
        /// HTTP status of that answer.
        status: u16,
    },
    /// Refused unread, sent elsewhere.
    Redirect {
        /// HTTP status, 301 to 308.
        code: u16,
        /// The new address.
        location: String,
    },
    /// Carried out and answered; then closed without `Connection: close`.
    CloseAfterAnswer,
    /// Carried out; the answer's body is replaced by this one.
    Json(Value),
    /// Carried out; the answer's status is this one.
    AnswerAs {
        /// HTTP status, 200 to 999.
        status: u16,
    },
    /// Carried out; these members replace the answer's own, `null` removes one.
    Patch(Value),
    /// Stored, answered with 579 and inner code 614, but not attached.
    StoredNotLinked614,
    /// Stored, answered with 579 and this inner code, but not attached.
    CallbackFailed {
        /// What the store got from the callback.
        inner_code: u16,
    },
}

/// A misbehaviour, the step it happens at, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Where.
    pub at: Step,
    /// What.
    pub what: Misbehaviour,
    /// For how many requests in a row.
    pub times: u32,
}

impl Fault {
    /// A fault that happens to the next request of a step.
    #[must_use]
    pub fn once(at: Step, what: Misbehaviour) -> Self {
        Self { at, what, times: 1 }
    }
}
