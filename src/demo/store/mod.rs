//! The store side of the demo: Kodo's form upload on a port of its own.
//!
//! A second port, because real stores are other hosts, and tests must see that
//! nothing meant for ONES goes there. Written from Kodo's documentation and from
//! requests of its official clients, never from our own client.

mod disposition;
mod form;
mod reply;
mod verdict;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::routing::post;

use super::faults::Step;
use super::world::World;
use reply::Reply;

/// All routes of the store side.
pub(super) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/", post(form::upload))
        .fallback(async || Reply::refuse(404, "document not found"))
        // The upload policy sets the limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(world)
}

/// The step that a request of this side is.
pub(super) fn step_of(method: &Method, path: &str) -> Option<Step> {
    (path == "/" && method == Method::POST).then_some(Step::Form)
}
