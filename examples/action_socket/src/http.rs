//! The five paths.

use adapter_axum::{Adapter, BoundedBody, CallerOf, Refused, Stranger};
use axum::{
    Json, Router,
    extract::{FromRef, FromRequest, Path, Request, State},
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use chat_core::{Caller, Code, Command, Name, NewRoom, Op, Refusal, RoomId, Window};
use chat_wire::view::{HistoryMessage, HistoryPage};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::users::{COOKIE, LOGIN_SECONDS, Users};

/// Rooms and messages that are listed at most.
const LISTED: usize = 1_000;
/// How many of them the engine gives at one time.
const PAGE: usize = 200;

#[derive(Clone)]
struct App {
    adapter: Adapter,
    users: Users,
}

impl FromRef<App> for Adapter {
    fn from_ref(app: &App) -> Self {
        app.adapter.clone()
    }
}

pub(crate) fn routes(adapter: Adapter, users: Users) -> Router {
    Router::new()
        .route("/api/login", post(log_in))
        .route("/api/create-room", post(create_room))
        .route("/api/rooms", get(rooms))
        .route("/api/join-room", post(join_room))
        .route("/api/chat-history/{roomId}", get(history))
        .layer(adapter.origin_check())
        .fallback(async || Refused::no_such_path())
        .method_not_allowed_fallback(async || Refused::no_such_method())
        .with_state(App { adapter, users })
}

async fn log_in(State(app): State<App>, from: Stranger, body: Fields) -> Result<impl IntoResponse, Refused> {
    let token = app.users.log_in(body.text("username")?, body.text("password")?, from.address).await?;
    let cookie = format!("{COOKIE}={token}; Path=/; Max-Age={LOGIN_SECONDS}; HttpOnly; SameSite=Strict");
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "status": "success", "token": token }))))
}

async fn create_room(State(app): State<App>, CallerOf(caller): CallerOf, body: Fields) -> Result<Json<Value>, Refused> {
    let name = body.text("roomName")?;
    is_own(&caller, body.text("creator")?)?;
    let name = Name::parse(name).map_err(|invalid| Refusal::field("roomName", invalid.to_string()))?;
    let id = RoomId::parse(format!("room_{}", Uuid::now_v7().simple()));
    let id = id.map_err(|invalid| Refusal::new(Code::Internal, invalid.to_string()))?;
    let room = app.adapter.chat().create_room(&caller, NewRoom::public(name).with_id(id)).await?;
    Ok(Json(json!({ "status": "success", "roomId": room.room })))
}

async fn rooms(State(app): State<App>, CallerOf(caller): CallerOf) -> Result<Json<Value>, Refused> {
    let mut rooms = Vec::new();
    loop {
        let after = rooms.last().map(|room: &chat_core::RoomRecord| room.room.clone());
        let page = app.adapter.chat().public_rooms(&caller, after.as_ref(), PAGE).await?;
        let is_last = page.is_empty();
        rooms.extend(page);
        if is_last || rooms.len() >= LISTED {
            break;
        }
    }
    let shown = |room: &chat_core::RoomRecord| json!({ "roomId": room.room, "roomName": room.meta.name });
    Ok(Json(rooms.iter().map(shown).collect()))
}

async fn join_room(State(app): State<App>, CallerOf(caller): CallerOf, body: Fields) -> Result<Json<Value>, Refused> {
    let room = room_id(body.text("roomId")?)?;
    is_own(&caller, body.text("username")?)?;
    let chat = app.adapter.chat();
    chat.command(&caller, &room, Command { op: Op::Join, client_id: None }).await?;
    let name = chat.room(&caller, &room).await?.meta.name;
    Ok(Json(json!({ "status": "success", "message": format!("Joined room {name}") })))
}

/// What was said last, oldest first.
async fn history(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(room): Path<String>,
) -> Result<Json<Value>, Refused> {
    let room = room_id(&room)?;
    let mut messages: Vec<HistoryMessage> = Vec::new();
    while messages.len() < LISTED {
        let before = messages.first().map(|message| message.seq);
        let page = app.adapter.chat().history(&caller, &room, Window { before, after: None, limit: PAGE }).await?;
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
    Ok(Json(json!({ "roomId": room, "messages": messages })))
}

/// Whether a name that a request says is that of whoever sends it.
fn is_own(caller: &Caller, name: &str) -> Result<(), Refusal> {
    let is_own = caller.name.as_str() == name;
    if is_own { Ok(()) } else { Err(Refusal::new(Code::Forbidden, "this is another user's name")) }
}

fn room_id(text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text).map_err(|invalid| Refusal::field("roomId", invalid.to_string()))
}

/// The fields of a JSON object.
struct Fields(Map<String, Value>);

impl Fields {
    fn text(&self, field: &'static str) -> Result<&str, Refusal> {
        match self.0.get(field) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Refusal::field(field, "must be a string")),
            None => Err(Refusal::field(field, "is missing")),
        }
    }
}

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let BoundedBody(body) = BoundedBody::from_request(request, state).await?;
        let read = serde_json::from_slice(&body);
        Ok(Self(read.map_err(|error| Refusal::new(Code::BadJson, format!("the body is no JSON object: {error}")))?))
    }
}
