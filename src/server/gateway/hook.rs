//! The door for gateways: `POST /hooks/gateway/{name}`, verified by signature, answered with what came of it.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    domain::error::Error as Shown,
    server::{gateway, state::AppState},
};

/// Hears a gateway. A callback that was heard before is answered like the first time, so that nobody calls for ever.
pub async fn receive(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let services = &state.services;
    let header = gateway::find(services, &name).map_or("", |gateway| gateway.signature_header());
    let signature = headers.get(header).and_then(|signature| signature.to_str().ok()).unwrap_or_default();
    match gateway::hear(services, &name, signature, &body).await {
        Ok(outcome) => Json(json!({ "outcome": outcome.code() })).into_response(),
        Err(error) => {
            let shown = Shown::from(error);
            let status = StatusCode::from_u16(shown.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(shown)).into_response()
        }
    }
}
