//! The store side of the demo: Kodo's uploads on a port of its own.
//!
//! A second port, because real stores are other hosts, and tests must see that
//! nothing meant for ONES goes there. Written from Kodo's documentation and from
//! requests of its official clients, never from our own client.

mod counted;
mod disposition;
mod form;
mod incoming;
mod reply;
mod resumable;
mod uploads;
mod verdict;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::routing::{post, put};

use super::misbehaviour::Step;
use super::world::World;
use reply::Reply;
use uploads::Uploads;

/// What the store's handlers work on.
struct Store {
    world: Arc<World>,
    uploads: Uploads,
}

/// All routes of the store side.
pub(super) fn routes(world: Arc<World>) -> Router {
    let uploads = Router::new()
        .route("/", post(resumable::initiate))
        .route(
            "/{id}",
            post(resumable::complete)
                .get(resumable::list)
                .delete(resumable::abort),
        )
        .route("/{id}/{number}", put(resumable::part));
    Router::new()
        .route("/", post(form::upload))
        .nest("/buckets/{bucket}/objects/{key}/uploads", uploads)
        .fallback(async || Reply::refuse(404, "document not found"))
        // The upload policy sets the limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(Store {
            world,
            uploads: Uploads::default(),
        }))
}

/// The step that a request of this side is.
pub(super) fn step_of(method: &Method, path: &str) -> Option<Step> {
    let pieces: Vec<&str> = path.split('/').collect();
    match (method.as_str(), pieces.as_slice()) {
        ("POST", ["", ""]) => Some(Step::Form),
        ("POST", ["", "buckets", _, "objects", _, "uploads"]) => Some(Step::InitiateParts),
        ("PUT", ["", "buckets", _, "objects", _, "uploads", _, _]) => Some(Step::Part),
        ("POST", ["", "buckets", _, "objects", _, "uploads", _]) => Some(Step::Complete),
        _ => None,
    }
}
