//! Signing in and out (documented: ONES API, auth page).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, SignedIn};
use crate::demo::world::{Team, USER, World};

/// The demo user's telephone number, in the documented form.
const PHONE: &str = "+8613800138000";
/// When everything in the demo was made, in microseconds since 1970.
const CREATE_TIME_US: i64 = 1_700_000_000_000_000;
const ORGANIZATION: &str = "Og5sT2uV";

/// `password` is plain text; one of `email` and `phone` is needed, and `email`
/// wins if both are there (documented). `captcha` was seen in clients.
#[derive(Deserialize)]
struct LoginRequest {
    email: Option<String>,
    phone: Option<String>,
    password: String,
}

type LoginAnswer = ([(HeaderName, String); 2], Json<Value>);

/// `POST auth/login`, `POST auth/v2/login`.
pub(super) async fn login(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<LoginAnswer, Refusal> {
    let request: LoginRequest =
        serde_json::from_slice(&body).map_err(|_error| Refusal::malformed("JSON"))?;
    let account = &world.account;
    let known = match (&request.email, &request.phone) {
        (Some(email), _) if !email.is_empty() => email.eq_ignore_ascii_case(&account.email),
        (_, Some(phone)) if !phone.is_empty() => phone == PHONE,
        _ => return Err(Refusal::invalid_parameter("Email")),
    };
    let printable = request.password.bytes().all(|byte| byte.is_ascii_graphic());
    if !printable || !(8..=32).contains(&request.password.len()) {
        return Err(Refusal::invalid_parameter("Password"));
    }
    if !known {
        return Err(Refusal::not_registered());
    }
    if request.password != account.password {
        return Err(Refusal::wrong_password());
    }
    let token = world.sign_in();
    // Some clients read the credentials from the headers only.
    let headers = [
        (HeaderName::from_static("ones-user-id"), USER.to_owned()),
        (HeaderName::from_static("ones-auth-token"), token.clone()),
    ];
    Ok((headers, Json(identity(&world, &token))))
}

/// `GET auth/token_info`: the same body as a login's.
pub(super) async fn token_info(
    State(world): State<Arc<World>>,
    signed_in: SignedIn,
) -> Json<Value> {
    Json(identity(&world, &signed_in.token))
}

/// `GET users/me` (documented: ONES API, readme and user page).
pub(super) async fn me(State(world): State<Arc<World>>, _signed_in: SignedIn) -> Json<Value> {
    Json(json!({
        "uuid": USER,
        "email": world.account.email,
        "name": "Demo User",
        "name_pinyin": "Demo User",
        "title": "",
        "avatar": "",
        "phone": PHONE,
        "create_time": CREATE_TIME_US,
        "access_time": CREATE_TIME_US,
        "status": 1,
        "org_uuid": ORGANIZATION,
    }))
}

/// `GET auth/logout`: `null`, and the token is dead.
pub(super) async fn logout(
    State(world): State<Arc<World>>,
    signed_in: SignedIn,
) -> Json<Option<()>> {
    world.forget_token(&signed_in.token);
    Json(None)
}

fn identity(world: &World, token: &str) -> Value {
    json!({
        "user": {
            "uuid": USER,
            "email": world.account.email,
            "name": "Demo User",
            "name_pinyin": "Demo User",
            "title": "",
            "avatar": "",
            "phone": PHONE,
            "create_time": CREATE_TIME_US,
            "status": 1,
            "channel": "u6ZpgEzkk7flUZ6X5J7pqNlQclsWmkTU",
            "token": token,
            "license_types": [1, 2, 3, 4, 5],
            "imported_jira_user": false,
            "is_init_password": false,
            "language": "en",
        },
        "teams": world.teams().iter().map(team).collect::<Vec<Value>>(),
        "org": {
            "uuid": ORGANIZATION,
            "name": "Demo Company",
            "org_type": 0,
            "style_hash": "7acb764ba7bbe3137a0ad6ee9ca45cc7",
            "favicon": "",
            "notifications": [],
            "status": 1,
            "visibility": true,
        },
    })
}

fn team(team: &Team) -> Value {
    json!({
        "uuid": team.uuid,
        "status": 1,
        "name": team.name,
        "owner": USER,
        "logo": "",
        "cover_url": "",
        "domain": "",
        "create_time": CREATE_TIME_US,
        "expire_time": -1,
        "type": "pro",
        "config": { "sprint": { "alias": "" } },
        "member_count": 6,
        "org_uuid": ORGANIZATION,
        "workdays": ["Mon", "Tue", "Wed", "Thu", "Fri"],
        "workhours": 800_000,
        "workhours_unit": "hour",
    })
}
