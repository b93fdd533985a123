//! The ONES side of the demo: the classic API under `/project/api/project`.
//!
//! Written from the vendor's documentation, never from our client's structs.
//! Handlers answer from the [`World`]; what goes wrong on purpose is the gate's.

mod refusal;
mod resources;
mod sign_in;
mod tasks;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::routing::{get, post};

use super::misbehaviour::Step;
use super::world::{USER, World};
use refusal::Refusal;
pub(super) use resources::temporary_url;

/// All routes of the ONES side.
pub(super) fn routes(world: Arc<World>) -> Router {
    let team = Router::new()
        .route("/task/{task}/info", get(tasks::info))
        .route("/task/{task}/attachments", get(tasks::attachments))
        .route("/res/attachment/{uuid}", get(resources::one))
        .route("/res/attachments", get(resources::many))
        .route("/res/attachments/delete", post(resources::delete))
        .route("/res/attachment/update/{uuid}", post(resources::update))
        .route("/res/attachments/upload", post(upload::step_one));
    let base = Router::new()
        .route("/auth/login", post(sign_in::login))
        .route("/auth/v2/login", post(sign_in::login))
        .route("/auth/token_info", get(sign_in::token_info))
        .route("/auth/logout", get(sign_in::logout))
        .route("/users/me", get(sign_in::me))
        .nest("/team/{team}", team);
    Router::new()
        .nest("/project/api/project", base)
        // Older documentation has this one outside the team.
        .route(
            "/project/api/project/res/attachments",
            get(resources::many_anywhere),
        )
        .fallback(async || Refusal::no_such_path())
        .with_state(world)
}

/// The step that a request of this side is.
pub(super) fn step_of(method: &Method, path: &str) -> Option<Step> {
    let path = path.strip_prefix("/project/api/project/")?;
    let pieces: Vec<&str> = path.split('/').collect();
    let post = method == Method::POST;
    match pieces.as_slice() {
        ["auth", "login"] | ["auth", "v2", "login"] => Some(Step::Login),
        ["auth", "token_info"] | ["users", "me"] => Some(Step::TokenInfo),
        ["team", _, "task", _, "info"] => Some(Step::TaskInfo),
        ["team", _, "task", _, "attachments"] => Some(Step::List),
        ["team", _, "res", "attachments", "upload"] if post => Some(Step::StepOne),
        ["team", _, "res", "attachments", "delete"] => Some(Step::Change),
        ["team", _, "res", "attachment", "update", _] => Some(Step::Change),
        ["team", _, "res", "attachment", _] | [.., "res", "attachments"] => Some(Step::Attachment),
        _ => None,
    }
}

/// Proof that a request carries the credentials of somebody signed in
/// (documented: ONES API, auth page). Refuses with 401 otherwise.
struct SignedIn {
    token: String,
}

impl FromRequestParts<Arc<World>> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &Arc<World>) -> Result<Self, Refusal> {
        let header = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        match (header("ones-user-id"), header("ones-auth-token")) {
            (Some(USER), Some(token)) if world.knows_token(token) => Ok(Self {
                token: token.to_owned(),
            }),
            _ => Err(Refusal::invalid_token()),
        }
    }
}
