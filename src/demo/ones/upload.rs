//! Step one of an upload: ask for a token (documented: ONES API, resource page
//! and upload example).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::resources::temporary_url;
use super::tasks::check_team;
use super::{Refusal, SignedIn};
use crate::demo::mime;
use crate::demo::token::{Policy, Whose};
use crate::demo::world::{Access, Content, Task, USER, World, now_us};

/// Longest name, in characters (documented: `[0,255)`).
const NAME_LIMIT: usize = 254;
/// Longest description, in characters (documented: `[0,64)`).
const DESCRIPTION_LIMIT: usize = 63;

/// The documented fields that matter here. No size: ONES does not ask for it.
#[derive(Deserialize)]
struct UploadRequest {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    hash: String,
    ref_type: String,
    ref_id: String,
    #[serde(default)]
    description: String,
}

/// `POST team/…/res/attachments/upload`.
pub(super) async fn step_one(
    State(world): State<Arc<World>>,
    _signed_in: SignedIn,
    Path(team): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    check_team(&world, &team)?;
    let request: UploadRequest =
        serde_json::from_slice(&body).map_err(|_error| Refusal::malformed("JSON"))?;
    let task = checked(&team, &request)?;
    let resource = world.announce(task.uuid, &request.name, &request.description);
    let known = world.blob_bytes(&request.hash);
    if let Some(size_bytes) = known.filter(|_| world.options.takes_hash) {
        return Ok(Json(known_content(&world, &resource, &request, size_bytes)));
    }
    Ok(Json(ticket(&world, &team, &resource)))
}

fn checked(team: &str, request: &UploadRequest) -> Result<&'static Task, Refusal> {
    if request.kind != "attachment" {
        return Err(Refusal::invalid_parameter("Type"));
    }
    if request.ref_type != "task" {
        return Err(Refusal::invalid_parameter("RefType"));
    }
    if !(1..=NAME_LIMIT).contains(&request.name.chars().count()) {
        return Err(Refusal::invalid_parameter("Name"));
    }
    if request.description.chars().count() > DESCRIPTION_LIMIT {
        return Err(Refusal::invalid_parameter("Description"));
    }
    if !matches!(request.hash.len(), 0 | 28) {
        return Err(Refusal::invalid_parameter("Hash"));
    }
    // Numbers name tasks in look-ups only; `ref_id` is an ID (documented).
    let task = World::task(team, &request.ref_id).filter(|task| task.uuid == request.ref_id);
    let task = task.ok_or_else(Refusal::no_such_task_uuid)?;
    if task.access == Access::Full {
        Ok(task)
    } else {
        Err(Refusal::not_permitted("Task"))
    }
}

/// The content is here: attached at once, no second step (documented).
fn known_content(world: &World, resource: &str, request: &UploadRequest, size_bytes: u64) -> Value {
    let mime = mime::of(&[], &request.name);
    let content = Content {
        hash: request.hash.clone(),
        mime: mime.to_owned(),
        size_bytes,
        create_time_us: 0,
    };
    world.attach(resource, None, content);
    json!({
        "need_upload": false,
        "resource_uuid": resource,
        "file": {
            "url": temporary_url(world, &request.hash),
            "hash": request.hash,
            "name": request.name,
            "size": size_bytes,
            "mime": mime,
        },
    })
}

fn ticket(world: &World, team: &str, resource: &str) -> Value {
    let now_secs = u64::try_from(now_us() / 1_000_000).unwrap_or(0);
    let whose = Whose {
        user: USER,
        team,
        resource,
    };
    let policy = Policy::new(
        now_secs.saturating_add(world.options.token_life_secs),
        world.options.size_limit_bytes,
        format!("{}/res/uploadcallback", world.base_url()),
        &whose,
    );
    json!({
        "need_upload": true,
        "base_url": world.base_url(),
        "upload_url": world.store_url,
        "token": policy.sign(),
        "resource_uuid": resource,
        "size_limit": world.options.size_limit_bytes,
    })
}
