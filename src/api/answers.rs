//! What answers say, read apart from the calls that ask for them.
//!
//! For whoever has an answer's bytes and no server: the fuzz targets, which
//! hold every rule about answers against bytes that no server would send. Goes
//! the way that a call's answer goes.

use super::answer::Answer;
use super::attachments::Attachment;
use super::error::ApiError;
use super::ones::{Account, UploadTicket, account_of, ticket_of};
use super::parts::SentPart;
use super::resumable::{Session, check_part, session_of};
use super::wire;
use crate::model::{Secret, Step};

/// A success of the ONES server.
#[derive(Debug)]
pub enum OnesAnswer {
    /// Of a sign-in.
    Account(Account),
    /// Of a look-up: the task's ID and number.
    Task(String, Option<u64>),
    /// One page of a task's list, and whether more follow.
    Attachments(Vec<Attachment>, bool),
    /// Of step 1.
    Ticket(UploadTicket),
}

/// Reads the answer to this step, with the status it came with. A step that is
/// no call to ONES is read like step 1.
pub fn read_ones_answer(step: Step, status: u16, body: &[u8]) -> Result<OnesAnswer, ApiError> {
    let answer = Answer::of_bytes(status, body);
    Ok(match step {
        Step::SignIn => OnesAnswer::Account(account_of(answer.json(step)?, Secret::default())?),
        Step::FindTask => {
            let task: wire::TaskAnswer = answer.json(step)?;
            OnesAnswer::Task(task.uuid, task.number)
        }
        Step::ListAttachments => {
            let page: wire::AttachmentsAnswer = answer.json(step)?;
            let items = page.attachments.into_iter().map(Attachment::from);
            OnesAnswer::Attachments(items.collect(), page.has_next)
        }
        Step::AskForUpload | Step::SendFile => {
            OnesAnswer::Ticket(ticket_of(&answer, answer.json(step)?)?)
        }
    })
}

/// Reads the answer to the beginning of an upload in parts.
pub fn read_begun(status: u16, body: &[u8]) -> Result<Session, ApiError> {
    session_of(&Answer::of_bytes(status, body))
}

/// Reads the answer to this part: an error unless the store has it.
pub fn read_part_answer(status: u16, body: &[u8], sent: &SentPart) -> Result<(), ApiError> {
    check_part(&Answer::of_bytes(status, body), sent)
}
