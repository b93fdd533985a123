//! Calls that this machine left behind when it changed its network (F32).
//!
//! A connection from an address that the machine has no more is dead, and nobody says
//! so: the limit on silence would end it after a minute, which cannot be shorter for a
//! slow link (`watchdog`). So the system is asked whether the address is still there.
//! A line that was down and has its address back is another matter: its connections
//! go on by themselves (measured: 0.1 s after 3 s, 1.2 s after 12 s), and to break one
//! off could bring a file onto its task twice.

use std::pin::Pin;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::api::{ApiError, Fault, Route, is_ours};
use crate::model::Step;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// How long a server may take to answer from the new address.
const ANSWER: Duration = Duration::from_secs(2);

/// Runs a call; ends it as one whose connection broke, if this machine left that
/// behind and reaches the server from another address. `routes` tells how the server
/// is reached, as far as that is known by then.
pub(super) fn unless_left_behind<'a, T>(
    step: Step,
    routes: impl Fn() -> Vec<Route> + Send + Sync + 'a,
    call: impl Future<Output = Result<T, ApiError>> + Send + 'a,
) -> impl Future<Output = Result<T, ApiError>> {
    // Calls are large, and would make whatever waits for one as large.
    let mut call: Pin<Box<dyn Future<Output = _> + Send + 'a>> = Box::pin(call);
    async move {
        tokio::select! {
            // An answer that is there counts.
            biased;
            done = &mut call => done,
            () = is_left_behind(&routes) => Err(ApiError::new(step, Fault::Broken)),
        }
    }
}

/// Returns once this machine has none of the addresses any more from which the call
/// may have been made (a name can lead to several servers, by several ways), and
/// reaches the server all the same.
async fn is_left_behind(routes: &(dyn Fn() -> Vec<Route> + Send + Sync)) {
    let mut made = Vec::new();
    loop {
        if made.is_empty() {
            made = routes();
        } else if !made.iter().any(|route| is_ours(route.source)) && answers(&made).await {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A way through another network may be there and lead nowhere, as while a tunnel is
/// away that comes back with its address.
async fn answers(routes: &[Route]) -> bool {
    for route in routes {
        let connecting = tokio::time::timeout(ANSWER, TcpStream::connect(route.server));
        if matches!(connecting.await, Ok(Ok(_))) {
            return true;
        }
    }
    false
}
