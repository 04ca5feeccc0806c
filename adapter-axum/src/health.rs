//! Whether the server lives, and whether it can be used.

use axum::{Json, extract::State};
use chat_core::{Code, Refusal};
use serde_json::{Value, json};

use crate::{Adapter, Refused};

/// The process answers.
pub(crate) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The store answers, and the server is not going away.
pub(crate) async fn ready(State(adapter): State<Adapter>) -> Result<Json<Value>, Refused> {
    if adapter.chat().is_draining() {
        return Err(Refusal::new(Code::ShuttingDown, "the server is going away").into());
    }
    match adapter.chat().check_store().await {
        Ok(()) => Ok(Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::warn!(%error, "the store does not answer");
            Err(Refusal::new(Code::StoreUnavailable, "the store does not answer").into())
        }
    }
}
