//! What the wire said when it did not say yes.
//!
//! Stays below the engine, which logs it once and translates it for people.

use std::fmt;

use crate::model::Step;

/// A failed call.
#[derive(Debug)]
pub struct ApiError {
    /// Which call.
    pub step: Step,
    /// What kind of failure.
    pub fault: Fault,
    /// The host that was called, where no answer came from it.
    pub host: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The server's code: `errcode` of ONES, the inner `err_code` of Kodo.
    pub code: Option<String>,
    /// The server's text, cleaned and cut.
    pub text: Option<String>,
    /// `X-Reqid`.
    pub request_id: Option<String>,
    /// `X-Log`.
    pub store_log: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after_secs: Option<u64>,
    /// The library's error. Its address was taken out: it may hold a token.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// DNS or TCP: no connection came about.
    Connect,
    /// TLS: the host could not prove who it is.
    Certificate,
    /// The other side speaks no TLS, or none that is safe.
    NoTls,
    /// A store's name leads into the local machine or network.
    UnsafeAddress,
    /// The connection broke after it had come about, or bytes arrived damaged
    /// (the source then is a [`Damaged`]).
    Broken,
    /// No answer, or no movement, in time.
    TimedOut {
        /// The limit that ran out.
        after_secs: u64,
    },
    /// An answer with a status that is no success.
    Status,
    /// A redirect; never followed. The text holds the host.
    Redirect,
    /// An answer that is not the JSON that was asked for.
    NotJson,
    /// An answer over the cap.
    TooLong,
    /// The local file could not be read, or changed while it was read.
    File(std::io::ErrorKind),
    /// The file is not the one that was checked before.
    FileChanged,
    /// The request could not be made.
    Request,
}

/// The store named other bytes than were sent: damaged on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the part arrived damaged")
    }
}

impl std::error::Error for Damaged {}

impl ApiError {
    /// A failure without an answer.
    #[must_use]
    pub fn new(step: Step, fault: Fault) -> Self {
        Self {
            step,
            fault,
            host: String::new(),
            status: None,
            code: None,
            text: None,
            request_id: None,
            store_log: None,
            retry_after_secs: None,
            source: None,
        }
    }

    /// Whether the store no longer knows an upload in parts: what was sent of
    /// it is lost, and the upload has to begin anew.
    ///
    /// Source: 612 "no such uploadId" is documented for an unknown or expired
    /// upload (Qiniu 6366), 701 for one that is invalid, expired or at another
    /// host (Qiniu 3928). 612 alone can also mean another thing that is missing.
    #[must_use]
    pub fn is_upload_gone(&self) -> bool {
        let text = self.text.as_deref().unwrap_or_default();
        self.step == Step::SendFile
            && self.fault == Fault::Status
            && match self.status {
                Some(701) => true,
                Some(612) => text.to_ascii_lowercase().contains("no such uploadid"),
                _ => false,
            }
    }

    /// Whether the store's answer to a part named other bytes than were sent.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        matches!(&self.source, Some(source) if source.is::<Damaged>())
    }

    /// Whether the same call may succeed by itself a little later.
    ///
    /// The list of statuses follows Qiniu's own clients (5xx but 501 and 579)
    /// and, for 408 and 429, HTTP.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.fault {
            Fault::Connect | Fault::Broken | Fault::TimedOut { .. } => true,
            Fault::Status => self
                .status
                .is_some_and(|status| matches!(status, 408 | 429) || is_server_trouble(status)),
            Fault::Certificate
            | Fault::NoTls
            | Fault::UnsafeAddress
            | Fault::Redirect
            | Fault::NotJson
            | Fault::TooLong
            | Fault::File(_)
            | Fault::FileChanged
            | Fault::Request => false,
        }
    }
}

/// 5xx that may pass: not 501 (not implemented), not 579 (stored, callback
/// failed: repeating it blindly would store twice).
fn is_server_trouble(status: u16) -> bool {
    (500..600).contains(&status) && status != 501 && status != 579
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.step.code(), self.fault)?;
        if let Some(status) = self.status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(code) = &self.code {
            write!(f, ", {code}")?;
        }
        if let Some(text) = &self.text {
            write!(f, ", {text:?}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

/// The error of a file that another program keeps to itself has no kind of its
/// own on Windows; here it gets the one that means just this.
pub(super) fn told(error: std::io::Error) -> std::io::Error {
    // ERROR_SHARING_VIOLATION (opening) and ERROR_LOCK_VIOLATION (reading).
    if cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33)) {
        return std::io::ErrorKind::ResourceBusy.into();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_statuses_are_worth_another_try() {
        let retried: Vec<u16> = (100..=999)
            .filter(|status| {
                let mut error = ApiError::new(Step::SendFile, Fault::Status);
                error.status = Some(*status);
                error.is_transient()
            })
            .collect();
        let want: Vec<u16> = [408, 429]
            .into_iter()
            .chain((500..600).filter(|status| *status != 501 && *status != 579))
            .collect();
        assert_eq!(retried, want);
    }

    #[test]
    fn when_an_upload_in_parts_is_gone() {
        for (step, status, text, want) in [
            (Step::SendFile, 612, "no such uploadId", true),
            (Step::SendFile, 612, "No such uploadid.", true),
            (Step::SendFile, 701, "", true),
            (Step::SendFile, 612, "no such file or directory", false),
            (Step::SendFile, 612, "", false),
            (Step::SendFile, 400, "no such uploadId", false),
            (Step::SendFile, 401, "", false),
            (Step::AskForUpload, 701, "", false),
        ] {
            let mut error = ApiError::new(step, Fault::Status);
            error.status = Some(status);
            error.text = Some(text.to_owned());
            assert_eq!(error.is_upload_gone(), want, "{status} {text}");
        }
    }
}
