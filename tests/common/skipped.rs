//! How a test says that it cannot run here.

use std::io::Write as _;

/// Says why a test is skipped, past the harness's capture, so that CI sees it
/// and fails.
#[allow(clippy::explicit_write, reason = "the macro's text is captured")]
pub(crate) fn skipped(reason: &str) {
    // The harness may have written the start of a line, `test name ... `.
    writeln!(std::io::stderr(), "\nskipped: {reason}").ok();
}
