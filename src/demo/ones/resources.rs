//! Attachments that are there: look at, describe, remove (documented: ONES API,
//! resource page).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::tasks::check_team;
use super::{Refusal, SignedIn};
use crate::demo::Stored;
use crate::demo::world::{Access, Resource, Task, USER, World, now_us};

/// Longest name or description that an update takes (documented).
const TEXT_LIMIT: usize = 64;

/// `GET team/…/res/attachment/{uuid}`.
pub(super) async fn one(
    State(world): State<Arc<World>>,
    _signed_in: SignedIn,
    Path((team, uuid)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    check_team(&world, &team)?;
    let stored = attached(&world, &uuid).ok_or_else(|| Refusal::not_found("Resource"))?;
    Ok(Json(described(&world, &stored)))
}

/// `?ids=a,b`.
#[derive(Deserialize)]
pub(super) struct Ids {
    ids: String,
}

/// `GET team/…/res/attachments?ids=`.
pub(super) async fn many(
    state: State<Arc<World>>,
    signed_in: SignedIn,
    Path(team): Path<String>,
    ids: Result<Query<Ids>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    check_team(&state.0, &team)?;
    many_anywhere(state, signed_in, ids).await
}

/// The same without a team.
pub(super) async fn many_anywhere(
    State(world): State<Arc<World>>,
    _signed_in: SignedIn,
    ids: Result<Query<Ids>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Ok(Query(Ids { ids })) = ids else {
        return Err(Refusal::bad_query("Ids"));
    };
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for uuid in ids.split(',').filter(|uuid| !uuid.is_empty()) {
        match attached(&world, uuid) {
            Some(stored) => found.push(described(&world, &stored)),
            None => errors.push(json!({ "uuid": uuid, "code": 404, "desc": "NotFound.Resource" })),
        }
    }
    Ok(Json(
        json!({ "count": found.len(), "attachments": found, "errors": errors }),
    ))
}

/// `POST team/…/res/attachments/delete`, a JSON array of IDs.
pub(super) async fn delete(
    State(world): State<Arc<World>>,
    _signed_in: SignedIn,
    Path(team): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    check_team(&world, &team)?;
    let uuids: Vec<String> =
        serde_json::from_slice(&body).map_err(|_error| Refusal::malformed("JSON"))?;
    for uuid in &uuids {
        check_change(&world, &team, uuid)?;
    }
    world.remove(&uuids);
    Ok(Json(json!({ "code": 200, "errcode": "OK", "type": "OK" })))
}

/// What an update may change.
#[derive(Deserialize)]
struct Update {
    name: Option<String>,
    description: Option<String>,
}

/// `POST team/…/res/attachment/update/{uuid}`.
pub(super) async fn update(
    State(world): State<Arc<World>>,
    _signed_in: SignedIn,
    Path((team, uuid)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    check_team(&world, &team)?;
    let update: Update =
        serde_json::from_slice(&body).map_err(|_error| Refusal::malformed("JSON"))?;
    let too_long = |text: &Option<String>| {
        text.as_ref()
            .is_some_and(|text| text.chars().count() > TEXT_LIMIT)
    };
    if too_long(&update.name) || update.name.as_deref() == Some("") {
        return Err(Refusal::invalid_parameter("Name"));
    }
    if too_long(&update.description) {
        return Err(Refusal::invalid_parameter("Description"));
    }
    check_change(&world, &team, &uuid)?;
    world.change(&uuid, |resource| {
        let Resource {
            name, description, ..
        } = resource;
        *name = update.name.unwrap_or_else(|| std::mem::take(name));
        *description = update
            .description
            .unwrap_or_else(|| std::mem::take(description));
    });
    Ok(Json(json!({ "code": 200, "errcode": "OK", "type": "OK" })))
}

/// An item of a task's list. The documentation names the list but not all of
/// an item's fields; these are the documented ones of a resource and those seen
/// in clients.
pub(super) fn listed(world: &World, team: &str, task: &Task, stored: &Stored) -> Value {
    let mut item = described(world, stored);
    let more = json!({
        "type": "attachment",
        "source": "page",
        "status": 1,
        "team_uuid": team,
        "owner_uuid": USER,
        "ref_type": "task",
        "ref_id": task.uuid,
        "description": stored.description,
        "create_time": stored.create_time_us,
        "image_width": 0,
        "image_height": 0,
    });
    if let (Some(item), Value::Object(more)) = (item.as_object_mut(), more) {
        item.extend(more);
    }
    item
}

/// `{uuid,name,hash,mime,size,url}` (documented).
pub(super) fn described(world: &World, stored: &Stored) -> Value {
    json!({
        "uuid": stored.resource,
        "name": stored.name,
        "hash": stored.hash,
        "mime": stored.mime,
        "size": stored.size,
        "url": temporary_url(world, &stored.hash),
    })
}

/// A download address of the documented shape. The demo serves no downloads.
pub(in crate::demo) fn temporary_url(world: &World, hash: &str) -> String {
    let expires = now_us() / 1_000_000 + 3600;
    format!(
        "{}/{hash}?e={expires}&token=demo:not-signed",
        world.base_url()
    )
}

fn attached(world: &World, uuid: &str) -> Option<Stored> {
    world.resource(uuid)?.stored()
}

fn check_change(world: &World, team: &str, uuid: &str) -> Result<(), Refusal> {
    let resource = world
        .resource(uuid)
        .ok_or_else(|| Refusal::not_permitted("Resource"))?;
    match World::task(team, &resource.task) {
        Some(task) if task.access == Access::Full => Ok(()),
        _ => Err(Refusal::not_permitted("Resource")),
    }
}
