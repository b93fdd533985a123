//! The gate that every request of the demo passes: it records, holds, and lets
//! the script of [`Faults`] spoil what goes in and what comes out.
//!
//! Both listeners put it before their handlers. It knows no endpoint: that a
//! path is a [`Step`] is told to it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Body as _, Frame, SizeHint};

use super::connection::{Manner, Peer};
use super::faults::{Faults, Moment};
use super::misbehaviour::{Misbehaviour, Step};
use super::seen::{Entry, Log, Side};
use super::spoil;

/// What the gate of one listener works with.
#[derive(Clone)]
pub(super) struct Gate {
    /// Names the step that a request is, if scripts can name it.
    pub(super) step_of: fn(&Method, &str) -> Option<Step>,
    /// Whose listener it is.
    pub(super) side: Side,
    /// Where requests are recorded.
    pub(super) log: Arc<Log>,
    /// The script.
    pub(super) faults: Faults,
}

/// The middleware.
pub(super) async fn pass(
    State(gate): State<Gate>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    peer.go_on(Manner::Well);
    let entry = gate.log.enter(&request, peer.number, gate.side);
    request.extensions_mut().insert(Arc::clone(&entry));
    let Some(step) = (gate.step_of)(request.method(), request.uri().path()) else {
        return next.run(metered(request, entry, Pace::Free)).await;
    };
    gate.faults.wait_while_held(step, Moment::Arrived).await;
    let what = gate.faults.take(step);
    if matches!(what, Some(Misbehaviour::Stall { .. })) && request.body().is_end_stream() {
        gate.faults.wait_for_release(step).await;
    }
    let pace = match &what {
        Some(Misbehaviour::Stall { after_bytes }) => Pace::Stall {
            after_bytes: *after_bytes,
            step,
            faults: gate.faults.clone(),
        },
        Some(Misbehaviour::SlowBody { pause_ms }) => Pace::Slow(Duration::from_millis(*pause_ms)),
        _ => Pace::Free,
    };
    let request = metered(request, entry, pace);
    let Some(what) = what else {
        let answer = next.run(request).await;
        gate.faults.wait_while_held(step, Moment::Answering).await;
        return answer;
    };
    let answer = carry_out(&what, request, next).await;
    gate.faults.wait_while_held(step, Moment::Answering).await;
    spoil::answer(what, answer, &peer).await
}

/// Runs the real handler, unless the misbehaviour is to refuse.
async fn carry_out(what: &Misbehaviour, mut request: Request, next: Next) -> Response {
    match what {
        Misbehaviour::ResetAfter { bytes } => {
            read_up_to(request.into_body(), *bytes).await;
            Response::default()
        }
        Misbehaviour::EarlyStatusThenReset { code } => spoil::early_status(*code),
        other => {
            if let Some(answer) = spoil::refusal(other) {
                read_up_to(request.into_body(), u64::MAX).await;
                return answer;
            }
            // The store's handlers do some of it themselves.
            request.extensions_mut().insert(what.clone());
            next.run(request).await
        }
    }
}

/// The next piece of a body; `None` at its end.
pub(super) async fn next_piece(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        match frame?.map(Frame::into_data) {
            Ok(Ok(data)) => return Some(Ok(data)),
            // Trailers are no content.
            Ok(Err(_trailers)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Reads a body until it ends or this many bytes have come; keeps nothing.
async fn read_up_to(mut body: Body, bytes: u64) {
    let mut left = bytes;
    while left > 0 {
        let Some(Ok(piece)) = next_piece(&mut body).await else {
            return;
        };
        left = left.saturating_sub(piece.len() as u64);
    }
}

fn metered(request: Request, entry: Arc<Entry>, pace: Pace) -> Request {
    request.map(|body| {
        Body::new(Metered {
            body,
            entry,
            wait: pace.first_wait(),
            pace,
        })
    })
}

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How a body is read.
enum Pace {
    Free,
    Slow(Duration),
    Stall {
        after_bytes: u64,
        step: Step,
        faults: Faults,
    },
}

impl Pace {
    fn first_wait(&self) -> Option<Wait> {
        match self {
            Self::Stall {
                after_bytes: 0,
                step,
                faults,
            } => Some(stalled(*step, faults.clone())),
            _ => None,
        }
    }

    /// What to wait for once `sum` bytes were read.
    fn next_wait(&mut self, sum: u64) -> Option<Wait> {
        match self {
            Self::Free => None,
            Self::Slow(pause) => Some(Box::pin(tokio::time::sleep(*pause))),
            Self::Stall { after_bytes, .. } if sum < *after_bytes || *after_bytes == 0 => None,
            Self::Stall { step, faults, .. } => {
                let wait = stalled(*step, faults.clone());
                *self = Self::Free;
                Some(wait)
            }
        }
    }
}

fn stalled(step: Step, faults: Faults) -> Wait {
    Box::pin(async move { faults.wait_for_release(step).await })
}

/// A request body that is counted and, by order, read slowly or not on.
struct Metered {
    body: Body,
    entry: Arc<Entry>,
    pace: Pace,
    wait: Option<Wait>,
}

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(data) = frame
            .as_ref()
            .and_then(|read| read.as_ref().ok()?.data_ref())
        {
            let sum = self.entry.count(data.len() as u64);
            self.wait = self.pace.next_wait(sum);
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
