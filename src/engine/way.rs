//! Calls that this machine left behind when it changed its network (F32).
//!
//! A connection from an address that the machine has no more is dead, and nobody says
//! so: the limit on silence would end it after a minute, which cannot be shorter for a
//! slow link (`watchdog`). So the system is asked whether the address is still there.
//!
//! To break off a connection that lives could bring a file onto its task twice. So all
//! addresses count from which the call may have been made, all have to be gone for
//! some time, and the server has to answer from another. A line that was down and has
//! its address back is another matter: its connections go on by themselves
//! (`tests/faults_link/away.rs`).

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::api::{ApiError, Fault, Ones, Route, is_ours};
use crate::model::Step;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// So many looks in a row find none of the addresses.
const LOOKS: u32 = 3;
/// The same for a call that may have been carried out already: its answer says more
/// than ONES' list, which may be late.
const LOOKS_WHEN_OUT: u32 = 15;
/// How long a server may take to answer from the new address.
const ANSWER: Duration = Duration::from_secs(2);

/// Runs a call; ends it as one whose connection broke, if this machine left that
/// behind. `routes` tells how the server is reached now and was when the call began, as
/// far as that is known; `is_out`, whether the server may carry the call out.
pub(super) fn unless_left_behind<'a, T>(
    step: Step,
    routes: impl Fn(Instant) -> Vec<Route> + Send + Sync + 'a,
    is_out: impl Fn() -> bool + Send + Sync + 'a,
    call: impl Future<Output = Result<T, ApiError>> + Send + 'a,
) -> impl Future<Output = Result<T, ApiError>> {
    let watched = watched(routes, is_out, call);
    async move {
        let left_behind = || Err(ApiError::new(step, Fault::Broken));
        watched.await.unwrap_or_else(left_behind)
    }
}

/// A call; `None` if this machine left it behind.
fn watched<'a, T>(
    routes: impl Fn(Instant) -> Vec<Route> + Send + Sync + 'a,
    is_out: impl Fn() -> bool + Send + Sync + 'a,
    call: impl Future<Output = T> + Send + 'a,
) -> impl Future<Output = Option<T>> {
    // Calls are large, and would make whatever waits for one as large.
    let mut call: Pin<Box<dyn Future<Output = _> + Send + 'a>> = Box::pin(call);
    async move {
        // Before it finds its connection.
        let called = Instant::now();
        tokio::select! {
            // An answer that is there counts.
            biased;
            done = &mut call => Some(done),
            () = is_left_behind(called, &routes, &is_out) => None,
        }
    }
}

/// A question of somebody who waits for the answer: asked once more, at once, where
/// this machine left it behind. Not where the connection broke: ONES may have counted
/// a wrong password.
pub(super) async fn ask<'a, T, F>(
    ones: &'a Ones,
    step: Step,
    question: impl Fn() -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>> + Send + 'a,
{
    let routes = |called| ones.routes(called);
    match watched(routes, || false, question()).await {
        Some(answered) => answered,
        None => unless_left_behind(step, routes, || false, question()).await,
    }
}

async fn is_left_behind(
    called: Instant,
    routes: &(dyn Fn(Instant) -> Vec<Route> + Send + Sync),
    is_out: &(dyn Fn() -> bool + Send + Sync),
) {
    // Most calls are over by then: a thousand small files are not to pay for this.
    tokio::time::sleep(LOOK).await;
    let mut made = BTreeSet::new();
    let mut gone = 0;
    loop {
        if made.is_empty() || has_one(&made) {
            gone = 0;
            made.extend(routes(called));
        } else {
            gone += 1;
            let enough = if is_out() { LOOKS_WHEN_OUT } else { LOOKS };
            if gone >= enough && answers(&made).await && !has_one(&made) {
                return;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn has_one(made: &BTreeSet<Route>) -> bool {
    made.iter().any(|route| is_ours(route.source))
}

/// A way through another network may be there and lead nowhere, as while a tunnel is
/// away that comes back with its address.
async fn answers(routes: &BTreeSet<Route>) -> bool {
    for route in routes {
        let connecting = tokio::time::timeout(ANSWER, TcpStream::connect(route.server));
        if matches!(connecting.await, Ok(Ok(_))) {
            return true;
        }
    }
    false
}
