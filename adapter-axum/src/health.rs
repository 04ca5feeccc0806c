//! Whether the server lives, and whether it can be used.

use axum::{Json, extract::State};
use chat_core::{Code, Refusal};
use serde_json::{Value, json};

use crate::{Adapter, Refused};

/// The process answers.
pub(crate) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The store can be read and written, and the server is not going away.
pub(crate) async fn ready(State(adapter): State<Adapter>) -> Result<Json<Value>, Refused> {
    if adapter.chat().is_draining() {
        return Err(Refusal::new(Code::ShuttingDown, "the server is going away").into());
    }
    match adapter.0.readiness.flaw(adapter.chat()).await {
        None if adapter.chat().hears_nodes() => Ok(Json(json!({ "status": "ready" }))),
        // The server serves all the same: what happens on other nodes is in the store.
        None => Ok(Json(json!({ "status": "ready", "bus": "lost" }))),
        Some(flaw) => Err(Refusal::new(Code::StoreUnavailable, flaw).into()),
    }
}
