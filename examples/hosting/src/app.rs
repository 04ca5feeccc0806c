//! What handlers share: the engine, accounts, and how requests are read and answered.

use std::sync::Arc;

use adapter_axum::{Adapter, Refused};
use axum::{Json, extract::FromRef, http::StatusCode};
use chat_accounts::Accounts;
use chat_core::{Call, Caller, Chat, Code, Name, Refusal, Reply, RoomId, Store, UserId};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What the handlers of an application share whose users log in.
#[derive(Clone)]
pub struct App {
    /// The engine, for axum's extractors.
    pub adapter: Adapter,
    /// The users.
    pub accounts: Accounts,
    /// Where rooms are kept.
    pub store: Arc<dyn Store>,
}

impl App {
    /// The engine.
    pub fn chat(&self) -> &Chat {
        self.adapter.chat()
    }
}

impl FromRef<App> for Adapter {
    fn from_ref(app: &App) -> Self {
        app.adapter.clone()
    }
}

/// What a handler answers: JSON, or a refusal.
pub type Answer = Result<(StatusCode, Json<Value>), Refused>;

/// A request's body as this type.
///
/// # Errors
/// [`Code::BadJson`] for a body that is no JSON, and [`Code::InvalidField`] for JSON that is not of the type.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::new(Code::BadJson, format!("the body is no JSON: {error}")))?;
    serde_json::from_value(value).map_err(|error| Refusal::field("body", format!("is not what is asked for: {error}")))
}

/// A room's id as a client says it. A text that cannot be an id, and the id of a room of the engine's own, are those of no room.
///
/// # Errors
/// [`Code::InvalidField`] for an empty text, and [`Code::RoomNotFound`].
pub fn room_id(text: &str) -> Result<RoomId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::field("roomId", "is missing"));
    }
    let room = RoomId::parse(text).map_err(|_| Refusal::room_not_found())?;
    if room.is_reserved() { Err(Refusal::room_not_found()) } else { Ok(room) }
}

/// The application itself, which looks into rooms for users who are not in them.
///
/// # Errors
/// None that happens: its name is one.
pub fn host() -> Result<Caller, Refusal> {
    let user = UserId::parse("host").ok().zip(Name::parse("Host").ok());
    let (user, name) = user.ok_or_else(|| Refusal::new(Code::Internal, "the host has no name"))?;
    Ok(Caller::new(user, name).administrator())
}

/// The names of the users who are in a room at the moment.
///
/// # Errors
/// As those of [`Chat::call`].
pub async fn active(chat: &Chat, room: &RoomId) -> Result<Vec<String>, Refusal> {
    match chat.call(&host()?, Call::Online { room: room.clone() }).await? {
        Reply::Online { online, .. } => Ok(online.iter().map(|who| who.shown().to_owned()).collect()),
        _ => Ok(Vec::new()),
    }
}
