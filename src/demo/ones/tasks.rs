//! Tasks and the lists of what is attached to them (documented: ONES API, task
//! and resource pages).

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, SignedIn, resources};
use crate::demo::world::{Task, USER, World};

/// Largest page of a list (documented).
const PAGE: usize = 100;

/// `GET team/…/task/{ID or number}/info`.
pub(super) async fn info(
    State(world): State<Arc<World>>,
    _signed_in: SignedIn,
    Path((team, key)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    if !world.options.lookup {
        return Err(Refusal::no_such_path());
    }
    check_team(&world, &team)?;
    let task = World::task(&team, &key).ok_or_else(|| Refusal::not_found("Task"))?;
    Ok(Json(described(&world, task)))
}

/// Times are microseconds and both ends count; the answer is newest first and
/// `has_next` tells of older ones (documented).
#[derive(Deserialize)]
pub(super) struct Page {
    since: Option<i64>,
    max: Option<i64>,
    count: Option<usize>,
}

/// `GET team/…/task/…/attachments?since&max&count`.
pub(super) async fn attachments(
    State(world): State<Arc<World>>,
    _signed_in: SignedIn,
    Path((team, key)): Path<(String, String)>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Ok(Query(page)) = page else {
        return Err(Refusal::bad_query("Query"));
    };
    let count = page.count.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&count) {
        return Err(Refusal::bad_query("Count"));
    }
    check_team(&world, &team)?;
    let task = World::task(&team, &key).ok_or_else(|| Refusal::not_found("Task"))?;
    let (since, max) = (page.since.unwrap_or(0), page.max.unwrap_or(i64::MAX));
    let time_us = since..=max;
    let mut found = world.page(task.uuid, time_us.clone(), count.saturating_add(1));
    if world.options.lists_announced {
        let announced = world.announced(task.uuid).into_iter();
        let announced = announced.filter(|resource| time_us.contains(&resource.create_time_us));
        found.splice(0..0, announced);
    }
    let has_next = found.len() > count;
    found.truncate(count);
    let listed: Vec<Value> = found
        .iter()
        .map(|attachment| resources::listed(&world, &team, task, attachment))
        .collect();
    Ok(Json(
        json!({ "count": listed.len(), "attachments": listed, "has_next": has_next }),
    ))
}

/// Whether the user is in this team.
pub(super) fn check_team(world: &World, uuid: &str) -> Result<(), Refusal> {
    let mut teams = world.teams().iter();
    if teams.any(|team| team.uuid == uuid) {
        Ok(())
    } else {
        Err(Refusal::no_access("Team"))
    }
}

fn described(world: &World, task: &Task) -> Value {
    json!({
        "uuid": task.uuid,
        "owner": USER,
        "assign": USER,
        "summary": task.title,
        "desc": "",
        "desc_rich": "",
        "number": task.number,
        "team_uuid": task.team,
        "project_uuid": "6ZpgEzkkGqoO3Rmc",
        "issue_type_uuid": "LqCmJcvQ",
        "status_uuid": "4HfKoazf",
        "parent_uuid": "",
        "priority": "D6pEzkk1",
        "create_time": 1_700_000_000_000_000_i64,
        "server_update_stamp": 1_700_000_000_000_000_i64,
        "status": 1,
        "watchers": [USER],
        "attachment_count": world.attachments(task.uuid).len(),
    })
}
