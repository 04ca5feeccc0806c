//! The five paths.

use adapter_axum::{BoundedBody, CallerOf};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chat_core::{Caller, Code, Command, Name, NewRoom, Op, Refusal, RoomId, RoomRecord, Window, limits::MAX_PAGE};
use chat_wire::view::{HistoryMessage, HistoryPage};
use example_hosting::{Answer, App, parse};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::login::log_in;

/// Rooms and messages that are listed at most.
const LISTED: usize = 1_000;

pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/api/login", post(log_in))
        .route("/api/create-room", post(create_room))
        .route("/api/rooms", get(rooms))
        .route("/api/join-room", post(join_room))
        .route("/api/chat-history/{roomId}", get(history))
        .layer(app.adapter.origin_check())
        .with_state(app)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    room_name: String,
    creator: String,
}

async fn create_room(State(app): State<App>, CallerOf(caller): CallerOf, BoundedBody(body): BoundedBody) -> Answer {
    let New { room_name, creator } = parse(&body)?;
    is_own(&caller, &creator)?;
    let name = Name::parse(room_name).map_err(|invalid| Refusal::field("roomName", invalid.to_string()))?;
    let id = RoomId::parse(format!("room_{}", Uuid::now_v7().simple()));
    let id = id.map_err(|invalid| Refusal::new(Code::Internal, invalid.to_string()))?;
    let room = app.chat().create_room(&caller, NewRoom::public(name).with_id(id)).await?;
    Ok((StatusCode::OK, Json(json!({ "status": "success", "roomId": room.room }))))
}

async fn rooms(State(app): State<App>, CallerOf(caller): CallerOf) -> Answer {
    let mut rooms = Vec::new();
    loop {
        let after = rooms.last().map(|room: &RoomRecord| room.room.clone());
        let page = app.chat().public_rooms(&caller, after.as_ref(), MAX_PAGE).await?;
        let is_last = page.is_empty();
        rooms.extend(page);
        if is_last || rooms.len() >= LISTED {
            break;
        }
    }
    let shown = |room: &RoomRecord| json!({ "roomId": room.room, "roomName": room.meta.name });
    Ok((StatusCode::OK, Json(rooms.iter().map(shown).collect())))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    room_id: String,
    username: String,
}

async fn join_room(State(app): State<App>, CallerOf(caller): CallerOf, BoundedBody(body): BoundedBody) -> Answer {
    let Join { room_id: id, username } = parse(&body)?;
    let room = room_id(&id)?;
    is_own(&caller, &username)?;
    let chat = app.chat();
    chat.command(&caller, &room, Command { op: Op::Join, client_id: None }).await?;
    let name = chat.room(&caller, &room).await?.meta.name;
    Ok((StatusCode::OK, Json(json!({ "status": "success", "message": format!("Joined room {name}") }))))
}

/// What was said last, oldest first.
async fn history(State(app): State<App>, CallerOf(caller): CallerOf, Path(room): Path<String>) -> Answer {
    let room = room_id(&room)?;
    let mut messages: Vec<HistoryMessage> = Vec::new();
    while messages.len() < LISTED {
        let before = messages.first().map(|message| message.seq);
        let page = app.chat().history(&caller, &room, Window { before, after: None, limit: MAX_PAGE }).await?;
        let mut page = HistoryPage::from(&page).messages;
        if page.is_empty() {
            break;
        }
        page.append(&mut messages);
        messages = page;
    }
    let shown =
        |it: &HistoryMessage| json!({ "sender": it.sender, "message": it.body.message, "timestamp": it.timestamp });
    let messages: Vec<Value> = messages.iter().filter(|it| it.deleted_at.is_none()).map(shown).collect();
    Ok((StatusCode::OK, Json(json!({ "roomId": room, "messages": messages }))))
}

/// Whether a name that a request says is that of whoever sends it.
fn is_own(caller: &Caller, name: &str) -> Result<(), Refusal> {
    let is_own = caller.name.as_str() == name;
    if is_own { Ok(()) } else { Err(Refusal::new(Code::Forbidden, "this is another user's name")) }
}

fn room_id(text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text).map_err(|invalid| Refusal::field("roomId", invalid.to_string()))
}
