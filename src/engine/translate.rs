//! From what the wire said to what a person is told, and the one log line.

use std::io;

use crate::api::{ApiError, Fault};
use crate::model::{Details, ErrorKind, Step, UploadError};

/// Logs a failed call and makes it an error for people. The size is that of
/// the file at hand, for the sentences that name it.
pub(super) fn translate(error: &ApiError, size_bytes: u64) -> UploadError {
    tracing::warn!(
        step = error.step.code(),
        status = error.status,
        code = error.code,
        request_id = error.request_id,
        store_log = error.store_log,
        cause = error.source.as_deref().map(chain),
        "a call failed: {:?}",
        error.fault
    );
    UploadError {
        kind: kind_of(error, size_bytes),
        details: Box::new(Details {
            step: Some(error.step),
            status: error.status,
            server_code: error.code.clone(),
            server_text: error.text.clone(),
            trace: error.into(),
            cause: error.source.as_deref().map(chain),
        }),
    }
}

/// Whether ONES refused the token itself.
pub(super) fn is_sign_in_ended(error: &ApiError) -> bool {
    error.step != Step::SendFile && error.fault == Fault::Status && error.status == Some(401)
}

fn kind_of(error: &ApiError, size_bytes: u64) -> ErrorKind {
    let host = || error.host.clone();
    match error.fault {
        Fault::Connect => ErrorKind::Unreachable { host: host() },
        Fault::Certificate => ErrorKind::Certificate { host: host() },
        Fault::UnsafeAddress => ErrorKind::UnsafeUploadAddress,
        Fault::Broken => ErrorKind::Interrupted { tries: 1 },
        Fault::TimedOut { after_secs } => ErrorKind::TimedOut { after_secs },
        Fault::Redirect => ErrorKind::Redirected {
            host: error.text.clone().unwrap_or_default(),
        },
        Fault::NotJson | Fault::TooLong | Fault::NoTls => ErrorKind::NotTheServer,
        Fault::File(kind) => kind_of_file(kind),
        Fault::FileChanged => ErrorKind::Changed,
        Fault::Request => ErrorKind::Unexpected,
        Fault::Status => match error.step {
            Step::SignIn => sign_in_refused(error),
            Step::SendFile => store_refused(error, size_bytes),
            Step::FindTask | Step::ListAttachments | Step::AskForUpload => ones_refused(error),
        },
    }
}

/// Statuses of `auth/login` (documented: ONES API, auth).
fn sign_in_refused(error: &ApiError) -> ErrorKind {
    match error.status {
        // 400 and 801, bad format: no account has such a name or password.
        Some(400 | 401 | 801) => ErrorKind::WrongPassword,
        Some(615 | 630) => ErrorKind::NoAccount,
        Some(813) => ErrorKind::AccountExpired,
        Some(814) => ErrorKind::NoTeam,
        Some(429 | 500..=599) => ErrorKind::ServerTrouble,
        status => ErrorKind::SignInRefused { status },
    }
}

/// Statuses of the other calls (documented: ONES API, status table).
fn ones_refused(error: &ApiError) -> ErrorKind {
    let code = error.code.as_deref().unwrap_or_default();
    match error.status {
        Some(401) => ErrorKind::SignInEnded,
        Some(403) if code.starts_with("LimitExceeded") => ErrorKind::Refused,
        Some(403 | 819) => ErrorKind::NotAllowed,
        Some(404 | 410 | 603 | 610) => ErrorKind::TaskNotFound,
        Some(429 | 500..=599) => ErrorKind::ServerTrouble,
        Some(_) => ErrorKind::Refused,
        None => ErrorKind::Unexpected,
    }
}

/// Statuses of the store (documented: Qiniu 3928, kb 1352).
///
/// A file over the policy's `fsizeLimit` is 413 by the policy's page (documented:
/// Qiniu 1206) and 403 by kb 1352. The text of that 403 is not documented; the two
/// words that it is known by here are inferred.
fn store_refused(error: &ApiError, size_bytes: u64) -> ErrorKind {
    let text = error.text.as_deref().unwrap_or_default();
    match error.status {
        Some(401) => ErrorKind::PermitExpired,
        Some(413) => ErrorKind::StoreTooLarge { size_bytes },
        Some(403) if text.contains("fsize") || text.contains("exceed") => {
            ErrorKind::StoreTooLarge { size_bytes }
        }
        Some(408 | 429) => ErrorKind::ServerTrouble,
        Some(501) => ErrorKind::StoreRefused,
        Some(500..=599) => ErrorKind::ServerTrouble,
        _ => ErrorKind::StoreRefused,
    }
}

/// A local file's fault.
pub(super) fn kind_of_file(kind: io::ErrorKind) -> ErrorKind {
    match kind {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ErrorKind::Missing,
        io::ErrorKind::PermissionDenied => ErrorKind::NotReadable,
        // Opened without waiting, a file that a share has lent out would block.
        io::ErrorKind::ResourceBusy | io::ErrorKind::WouldBlock => ErrorKind::InUse,
        // Our own signs: changed while it was read; no ordinary file any more.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ErrorKind::Changed,
        _ => ErrorKind::ReadFailed,
    }
}

fn chain(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    let first: &(dyn std::error::Error + 'static) = error;
    let causes = std::iter::successors(Some(first), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
