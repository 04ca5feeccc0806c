//! `/api/rooms`: making rooms, and looking into them.

use adapter_axum::{BoundedBody, Refused, client_address};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::Extensions,
    routing::{get, post},
};
use chat_core::{
    Body, Caller, Chat, Code, Message, Name, NewRoom, Refusal, RoomId, UserId, Who, Window, limits::MAX_PAGE,
};
use chat_wire::TimeText;
use example_hosting::{host, parse, room_id};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) fn routes() -> Router<Chat> {
    Router::new().route("/create", post(create)).route("/join", post(join)).route("/{room}", get(read))
}

/// Whoever goes by this name. A name is the same user in every tab, and after every reload.
pub(crate) fn guest(username: &str) -> Result<Caller, Refusal> {
    let name = Name::parse(username).map_err(|invalid| Refusal::field("username", invalid.to_string()))?;
    let digest = Sha256::digest(name.folded());
    let hex: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    let user = UserId::parse(format!("g-{hex}")).map_err(|_| Refusal::field("username", "makes no user"))?;
    Ok(Caller::guest(user, name))
}

fn name(text: &str) -> Result<Name, Refusal> {
    Name::parse(text).map_err(|_| Refusal::new(Code::Internal, "what has no name cannot be made"))
}

async fn create(State(chat): State<Chat>, extensions: Extensions, BoundedBody(body): BoundedBody) -> Answer {
    let said = if body.is_empty() { Value::Null } else { parse::<Value>(&body)? };
    let creator = match said.get("username") {
        None | Some(Value::Null) => guest("Somebody")?,
        Some(username) => guest(username.as_str().ok_or_else(|| Refusal::field("username", "is no text"))?)?,
    };
    let room = NewRoom::public(name("Room")?);
    let room = chat.create_room(&creator.at(client_address(&extensions)), room).await?.room;
    Ok(Json(json!({ "roomId": room })))
}

async fn join(State(chat): State<Chat>, BoundedBody(body): BoundedBody) -> Answer {
    let said: Value = parse(&body)?;
    let text = |field: &'static str| match said.get(field) {
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(Refusal::field(field, "is no text")),
        None => Err(Refusal::field(field, "is missing")),
    };
    guest(text("username")?)?;
    let room = room_id(text("roomId")?)?;
    Ok(Json(json!({ "success": true, "room": view(&chat, &room).await? })))
}

async fn read(State(chat): State<Chat>, Path(room): Path<String>) -> Answer {
    Ok(Json(view(&chat, &room_id(&room)?).await?))
}

type Answer = Result<Json<Value>, Refused>;

/// A room as it is told: who is there, and what was said last.
pub(crate) async fn view(chat: &Chat, room: &RoomId) -> Result<Value, Refusal> {
    let host = host()?;
    chat.room(&host, room).await?;
    let (members, _) = chat.members(&host, room, None, MAX_PAGE).await?;
    let history = chat.history(&host, room, Window::last(None, MAX_PAGE)).await?;
    let users: Vec<_> = members.iter().map(|member| member.who.shown()).collect();
    let messages: Vec<_> = history.messages.iter().filter_map(message).collect();
    Ok(json!({ "roomId": room, "users": users, "messages": messages }))
}

fn message((message, sender): &(Message, Who)) -> Option<Value> {
    let Body::Message(post) = &message.entry.body else { return None };
    let (seq, at) = (message.entry.seq, TimeText(message.entry.at));
    Some(json!({ "seq": seq, "username": sender.shown(), "message": post.text, "timestamp": at }))
}
