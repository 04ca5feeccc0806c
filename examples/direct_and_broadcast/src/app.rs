//! What all handlers share.

use std::sync::Arc;

use adapter_axum::{Adapter, Refused};
use axum::{Json, extract::FromRef, http::StatusCode};
use chat_accounts::Accounts;
use chat_core::{Code, Refusal, Store, UserId};
use serde::de::DeserializeOwned;
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) adapter: Adapter,
    pub(crate) accounts: Accounts,
    /// For how far another user has read.
    pub(crate) store: Arc<dyn Store>,
}

impl FromRef<App> for Adapter {
    fn from_ref(app: &App) -> Self {
        app.adapter.clone()
    }
}

pub(crate) type Answer = Result<(StatusCode, Json<Value>), Refused>;

pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::new(Code::BadJson, format!("the body is no JSON: {error}")))?;
    serde_json::from_value(value).map_err(|error| Refusal::field("body", format!("is not what is asked for: {error}")))
}

/// A user's id, as a client says it. What cannot be one is nobody's.
pub(crate) fn user_id(text: &str) -> Result<UserId, Refusal> {
    UserId::parse(text).map_err(|_| Refusal::new(Code::UserNotFound, "there is no such user"))
}
