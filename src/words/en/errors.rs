//! English for errors: what happened → what became of the file → what to do.

use super::super::ErrorText;
use super::super::format::{clean, limit, size};
use super::system::why_keyring;
use crate::model::{DESCRIPTION_MAX_CHARS, ErrorKind as K, NAME_MAX_CHARS, UploadError};

/// The sentence for an error about this file.
pub(super) fn text(error: &UploadError, name: &str) -> ErrorText {
    let about_file = !name.is_empty();
    let name = if about_file {
        clean(name, 120)
    } else {
        "The file".to_owned()
    };
    let (what, became, todo) = parts(&error.kind, &name);
    // A sign-in or a look-up has no file that anything could become of.
    let became = if about_file || says_more(&error.kind) {
        became
    } else {
        ""
    };
    let said = error.details.server_text.as_deref().map(str::trim);
    ErrorText {
        what,
        became: became.to_owned(),
        todo: todo.to_owned(),
        said: said
            .filter(|said| !said.is_empty())
            .map(|said| format!("The server said: {}", clean(said, 200)))
            .unwrap_or_default(),
    }
}

/// Whether the second sentence is true without a file, too.
fn says_more(kind: &K) -> bool {
    matches!(
        kind,
        K::NotAllowed
            | K::SignInEnded
            | K::PlainHttp { .. }
            | K::UnsafeUploadAddress
            | K::PlainStore { .. }
            | K::Redirected { .. }
    )
}

const SAFE: &str = "It was not attached; the file on this computer is untouched.";

#[expect(clippy::too_many_lines, reason = "one table, a line a kind")]
fn parts(kind: &K, name: &str) -> (String, &'static str, &'static str) {
    match kind {
        K::NotATask { text } => (
            format!("\"{}\" is not a task ID or link.", clean(text, 60)),
            "",
            "Copy the link from the task's page in ONES and paste it here.",
        ),
        K::OtherServer { server } => (
            format!("This link belongs to another server ({}).", clean(server, 60)),
            "",
            "Sign in there, or paste a link of this server.",
        ),
        K::OtherTeam { team } => (
            format!("This link belongs to another team ({}).", clean(team, 20)),
            "",
            "Switch to that team in the account menu.",
        ),
        K::TaskNotFound => (
            "No task with this ID in this team. It may have been deleted or moved.".into(),
            "",
            "Check the ID.",
        ),
        K::NotAllowed => (
            "You can't add files to this task.".into(),
            "Nothing was attached.",
            "Ask its owner or a team admin for access.",
        ),
        K::NoLookUp => (
            "This server can't look up tasks by number.".into(),
            "",
            "Paste the task's link or its 16-character ID.",
        ),
        K::BadAddress => (
            "This is not a server address.".into(),
            "",
            "Copy it from the browser, such as https://ones.example.com.",
        ),
        K::WrongPassword => (
            "That account and password don't match.".into(),
            "",
            "Check Caps Lock, or sign in with a user ID and token.",
        ),
        K::WrongToken => (
            "ONES doesn't accept this user ID and token.".into(),
            "",
            "Copy both again; a token ends when its password changes or its session signs out.",
        ),
        K::NoAccount => (
            "There is no such account on this server.".into(),
            "",
            "Check the address of the server and of the account.",
        ),
        K::AccountExpired => ("This account has expired.".into(), "", "A team admin can renew it."),
        K::NoTeam => (
            "This account isn't in any team yet, so there is nowhere to attach files.".into(),
            "",
            "Ask a team admin to invite it.",
        ),
        K::SignInRefused { status } => (
            match status {
                Some(status) => format!("ONES refused the sign-in (HTTP {status})."),
                None => "ONES refused the sign-in.".to_owned(),
            },
            "",
            "Try again later, or sign in with a user ID and token.",
        ),
        K::TeamUnknown { team } => (
            format!("This account is not in a team {}.", clean(team, 60)),
            "",
            "Set ONES_DROP_TEAM to the ID that follows /team/ in the address of a page of ONES.",
        ),
        K::TeamNeeded => (
            "It isn't clear which of this account's teams is meant.".into(),
            "",
            "Name one with ONES_DROP_TEAM, or choose it once in the window.",
        ),
        K::SignInEnded => (
            "Your sign-in has ended (password changed, signed out elsewhere, or removed from the team).".into(),
            "Files that were not attached yet keep waiting.",
            "Sign in again.",
        ),
        K::SignInNeeded => ("You are not signed in.".into(), "", "Sign in first."),
        K::NoSignIn { keyring } => (
            match keyring.as_ref().map(why_keyring) {
                Some(why) => format!("You are not signed in: {why}."),
                None => "You are not signed in.".to_owned(),
            },
            "",
            "Sign in once in the window, or set ONES_DROP_SERVER, ONES_DROP_TEAM, ONES_DROP_USER and ONES_DROP_TOKEN.",
        ),
        K::Environment { missing } => (
            format!("{missing} is missing or unreadable."),
            "",
            "Set all of ONES_DROP_SERVER, ONES_DROP_TEAM, ONES_DROP_USER and ONES_DROP_TOKEN, or none of them to use the keyring.",
        ),
        K::PlainHttp { server } => (
            format!("{} is not encrypted: anybody on the way can read the token.", clean(server, 200)),
            "Nothing was sent.",
            "Use https://, or add --plain-http to sign in anyway.",
        ),
        K::Unreachable { host } => (
            format!("Can't reach {}.", host_or(host, "the server")),
            SAFE,
            "Check the address, VPN or network.",
        ),
        K::Certificate { host } => (
            format!("{} uses a certificate this computer doesn't trust.", host_or(host, "The server")),
            SAFE,
            "Ask IT to install the certificate on this computer (a bare Linux needs the package ca-certificates).",
        ),
        K::TimedOut { after_secs } => (format!("Nothing moved for {after_secs} s."), SAFE, "Retry."),
        K::Interrupted { tries: 1 } => ("The connection dropped.".into(), SAFE, "Retry."),
        K::Interrupted { tries } => (
            format!("The connection dropped {tries} times."),
            SAFE,
            "Retry sends the file from its beginning.",
        ),
        K::TooLarge { size_bytes, limit_bytes } => (
            format!("{name} is {}. This team allows {} per file.", size(*size_bytes), limit(*limit_bytes)),
            "It was not sent.",
            "Make it smaller, or share a link instead.",
        ),
        K::Missing => (
            format!("{name} is no longer where it was."),
            "It was not attached.",
            "Put it back and retry, or drop it from its new place.",
        ),
        K::NotReadable => (
            format!("Can't read {name}: this account isn't allowed to open it."),
            "It was not attached.",
            "Change its permissions and retry.",
        ),
        K::InUse => (
            format!("{name} is open in another program."),
            "It was not attached.",
            "Close it there, then retry.",
        ),
        K::Changed => (
            format!("{name} changed after it was added, so the copy would not be what you added."),
            "It was stopped and not attached.",
            "Retry sends the new version.",
        ),
        K::ReadFailed => (
            format!("Reading {name} failed."),
            "It was not attached.",
            "Check the disk or network drive, then retry.",
        ),
        K::NameTooLong { chars } => (
            format!("The name has {chars} characters; ONES allows {NAME_MAX_CHARS}."),
            "It was not sent.",
            "Rename the file and drop it again.",
        ),
        K::DescriptionTooLong { chars } => (
            format!("{chars} of {DESCRIPTION_MAX_CHARS} characters."),
            "",
            "Shorten the description.",
        ),
        K::Refused => ("ONES refused the upload.".into(), SAFE, "The details say why."),
        K::UnsafeUploadAddress => (
            "ONES named an upload address that is not safe to use.".into(),
            "Nothing was sent.",
            "Tell your ONES admin; the details help.",
        ),
        K::PlainStore { store } => (
            format!("Unencrypted connection to the storage server ({}): others on the way could read or change {name}.", clean(store, 300)),
            "Nothing was sent.",
            "\"Send anyway\" is for all files to that server until you sign out, and for networks that you trust (command line: --plain-http).",
        ),
        K::StoreRefused => (format!("The storage server refused {name}."), SAFE, "The details say why."),
        K::StoreTooLarge { size_bytes } => (
            format!("The storage server refused {}.", size(*size_bytes)),
            "It was not attached.",
            "Its limit may be lower than the team's; make the file smaller.",
        ),
        K::PermitExpired => (
            "The upload permit was refused twice.".into(),
            SAFE,
            "Check this computer's clock, then retry.",
        ),
        K::ServerTrouble => ("The server had a problem.".into(), SAFE, "Retry in a while."),
        K::NotConfirmed => (
            format!("ONES didn't confirm that {name} arrived."),
            "It may or may not be on the task.",
            "Look at the task before you retry, so that it isn't attached twice.",
        ),
        K::OnesNotTold => (
            "The file arrived, but ONES didn't confirm it.".into(),
            "It may be missing on the task.",
            "Check the task before you retry, so that it isn't attached twice.",
        ),
        K::HashDiffers => (
            "The copy in ONES differs from the file here.".into(),
            "Don't rely on that copy.",
            "Retry sends it again.",
        ),
        K::Redirected { host } => (
            format!("The server sent us on to {}, which is never followed.", host_or(host, "another address")),
            "Nothing was sent there.",
            "Check the server address; a login page or proxy may be in between.",
        ),
        K::NotTheServer => (
            "The answer didn't come from ONES; a login page or proxy may be in between.".into(),
            "It was not attached.",
            "Open the server in a browser, then retry.",
        ),
        K::Unexpected => (
            "ONES answered in a way this version doesn't know.".into(),
            "It was not attached.",
            "Copy the details for whoever looks after ONES Drop.",
        ),
    }
}

fn host_or(host: &str, otherwise: &str) -> String {
    if host.is_empty() {
        otherwise.to_owned()
    } else {
        clean(host, 80)
    }
}
