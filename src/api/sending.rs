//! A request that carries a file, sent so that its connection closes soon after
//! nobody waits for the answer any more.
//!
//! Dropping the library's own future is not enough: it then wants to send what it
//! holds before it closes, and a store that takes nothing never lets it (seen in
//! hyper 1.12: `poll_shutdown` flushes first). Its body has to end with an error,
//! which closes at once; see `body::Claim`. So the sending goes on in a task of its
//! own until that has happened.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use tokio::sync::oneshot;

use super::error::{ApiError, Fault};
use super::http::from_reqwest;
use crate::model::Step;

/// How long the end of a body may take to close its connection. What was all out
/// has no end to hear of, and is dropped then.
const LINGER: Duration = Duration::from_secs(1);

/// Sends a request and waits for the head of its answer. `limit` is what an error
/// says of how long it took. The caller drops its claim on the body after this.
pub(super) async fn send(
    request: RequestBuilder,
    step: Step,
    limit: Duration,
) -> Result<Response, ApiError> {
    let (_guard, given_up) = oneshot::channel::<()>();
    let sending = tokio::spawn(async move {
        let sending = request.send();
        tokio::pin!(sending);
        tokio::select! {
            answer = &mut sending => return Some(answer),
            // The other end was dropped; nothing is ever sent.
            _ = given_up => {}
        }
        tokio::time::timeout(LINGER, sending).await.ok()
    });
    match sending.await {
        Ok(Some(answer)) => answer.map_err(|error| from_reqwest(step, error, limit)),
        // Only with a runtime that ends.
        _ => Err(ApiError::new(step, Fault::Broken)),
    }
}
