//! What the ONES server says to a sign-in, a look-up, a list, and step 1.
//!
//! The first byte chooses step and status, the rest is the answer's body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::api::{ApiError, Grant, OnesAnswer, read_ones_answer};
use ones_drop::model::Step;

const STEPS: [Step; 4] = [
    Step::SignIn,
    Step::FindTask,
    Step::ListAttachments,
    Step::AskForUpload,
];
const STATUSES: [u16; 6] = [200, 204, 302, 401, 500, 801];

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let choice = usize::from(*choice);
    let (step, status) = (STEPS[choice % 4], STATUSES[choice / 4 % 6]);
    match read_ones_answer(step, status, body) {
        Ok(answer) => check(&answer, status),
        Err(error) => check_words(&error),
    }
});

fn check(answer: &OnesAnswer, status: u16) {
    assert_eq!(status, 200, "a success by its status only");
    match answer {
        OnesAnswer::Account(account) => {
            assert!(!account.token.is_empty() && !account.person.id.is_empty());
        }
        OnesAnswer::Ticket(ticket) => {
            assert!(!ticket.resource.is_empty());
            assert_ne!(ticket.size_limit_bytes, Some(0));
            if let Grant::Send { token, .. } = &ticket.grant {
                // Printing must not give it away, unless the answer calls the
                // attachment by it.
                let token = token.reveal();
                assert!(
                    !format!("{ticket:?}").contains(token)
                        || token.len() < 20
                        || ticket.resource.contains(token)
                );
            }
        }
        OnesAnswer::Task(..) | OnesAnswer::Attachments(..) => {}
    }
}

/// What people are shown of an error is one short line.
fn check_words(error: &ApiError) {
    for text in [&error.code, &error.text].into_iter().flatten() {
        assert!(text.chars().count() <= 200 && !text.chars().any(char::is_control));
    }
    assert!(!error.to_string().is_empty());
}
