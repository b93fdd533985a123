//! An answer of the store, with the headers that every genuine one has.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Value, json};

use crate::demo::world::now_us;

/// A status and a JSON body.
pub(super) struct Reply {
    status: u16,
    body: Value,
}

impl Reply {
    /// 200 with this body.
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// `{"error":"…"}` (documented: Kodo, error answers).
    pub(super) fn refuse(status: u16, error: &str) -> Self {
        Self {
            status,
            body: json!({ "error": error }),
        }
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Any status with any body.
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = [
            ("x-reqid", request_id()),
            ("x-log", "body:2;UP:3".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        (status, headers, Json(self.body)).into_response()
    }
}

/// Url-safe base64 of process number and time in nanoseconds, both little
/// endian, 12 bytes (inferred from public request ids).
pub(super) fn request_id() -> String {
    let mut bytes = std::process::id().to_le_bytes().to_vec();
    bytes.extend_from_slice(&now_us().saturating_mul(1000).to_le_bytes());
    URL_SAFE.encode(bytes)
}
