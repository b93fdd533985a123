//! The ways in which ONES says no.
//!
//! The general body is documented (ONES API, auth page); which `errcode` an
//! endpoint uses mostly is not, and then inferred from the documented types.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A status and its body. ONES uses its own numbers as real HTTP statuses
/// (documented: `http_status_code=813`).
pub(super) struct Refusal {
    status: u16,
    body: Value,
}

impl Refusal {
    /// The general body: `errcode` is `Type.Reason`.
    fn new(status: u16, kind: &str, reason: &str) -> Self {
        let errcode = format!("{kind}.{reason}");
        let body = json!({ "code": status, "errcode": errcode, "type": kind, "reason": reason });
        Self { status, body }
    }

    /// The same, where a model was at fault: `errcode` is `Type.Model`.
    fn of_model(status: u16, kind: &str, model: &str) -> Self {
        let errcode = format!("{kind}.{model}");
        let body = json!({ "code": status, "errcode": errcode, "type": kind, "model": model });
        Self { status, body }
    }

    /// 401 with the documented body.
    pub(super) fn invalid_token() -> Self {
        Self::new(401, "AuthFailure", "InvalidToken")
    }

    /// 401: documented status; `retry_count` was seen in a client.
    pub(super) fn wrong_password() -> Self {
        let mut refusal = Self::new(401, "AuthFailure", "InvalidPassword");
        if let Some(members) = refusal.body.as_object_mut() {
            members.insert("retry_count".to_owned(), 1.into());
        }
        refusal
    }

    /// 630: documented status; the body is inferred.
    pub(super) fn not_registered() -> Self {
        Self::of_model(630, "NotFound", "User")
    }

    /// 400: documented type; for JSON that cannot be read.
    pub(super) fn malformed(what: &str) -> Self {
        Self::of_model(400, "Malformed", what)
    }

    /// 801: documented status and type.
    pub(super) fn invalid_parameter(field: &str) -> Self {
        Self::of_model(801, "InvalidParameter", field)
    }

    /// 400: documented status of the list calls.
    pub(super) fn bad_query(field: &str) -> Self {
        Self::of_model(400, "InvalidParameter", field)
    }

    /// 403: documented status and type; for teams that are not the user's.
    pub(super) fn no_access(model: &str) -> Self {
        Self::of_model(403, "AccessDenied", model)
    }

    /// 403: documented type; for tasks that the user may only look at.
    pub(super) fn not_permitted(model: &str) -> Self {
        Self::of_model(403, "PermissionDenied", model)
    }

    /// 404: documented status and type.
    pub(super) fn not_found(model: &str) -> Self {
        Self::of_model(404, "NotFound", model)
    }

    /// 610: documented status, "task uuid not found".
    pub(super) fn no_such_task_uuid() -> Self {
        Self::of_model(610, "NotFound", "Task")
    }

    /// 404 of a server that does not know the endpoint at all.
    pub(super) fn no_such_path() -> Self {
        Self {
            status: 404,
            body: Value::Null,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.body.is_null() {
            return (status, "404 page not found\n").into_response();
        }
        (status, Json(self.body)).into_response()
    }
}
