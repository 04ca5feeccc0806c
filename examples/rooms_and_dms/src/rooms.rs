//! `/api/chatrooms`: making rooms, and listing them.

use adapter_axum::{BoundedBody, CallerOf};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::get,
};
use chat_core::{
    Body, Caller, Chat, Message, Name, NewRoom, Refusal, RoomId, RoomRecord, Seq, Who, Window, limits::MAX_PAGE,
};
use chat_wire::TimeText;
use example_hosting::{Answer, App, host, parse, room_id};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(list).post(create)).route("/{room}/messages", get(messages))
}

#[derive(Deserialize)]
pub(crate) struct New {
    name: String,
}

pub(crate) async fn make(chat: &Chat, caller: &Caller, New { name }: New) -> Result<RoomRecord, Refusal> {
    let name = Name::parse(name).map_err(|invalid| Refusal::field("name", invalid.to_string()))?;
    chat.create_room(caller, NewRoom::public(name)).await
}

async fn create(State(app): State<App>, CallerOf(caller): CallerOf, BoundedBody(body): BoundedBody) -> Answer {
    let chat = app.chat();
    let record = make(chat, &caller, parse(&body)?).await?;
    Ok((StatusCode::CREATED, Json(view(chat, &record).await?)))
}

/// A room as it is told. Of its participants, the first two hundred are named.
pub(crate) async fn view(chat: &Chat, record: &RoomRecord) -> Result<Value, Refusal> {
    let (members, count) = chat.members(&host()?, &record.room, None, MAX_PAGE).await?;
    let participants: Vec<_> = members.iter().map(|member| member.who.shown()).collect();
    let created_at = TimeText(record.meta.created_at);
    Ok(json!({
        "roomId": record.room, "name": record.meta.name, "participants": participants, "participantCount": count,
        "createdAt": created_at,
    }))
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

/// A page of rooms, by their ids.
async fn list(State(app): State<App>, CallerOf(caller): CallerOf, Query(After { after }): Query<After>) -> Answer {
    let after = after.as_deref().map(room_id).transpose()?;
    let chat = app.chat();
    let mut rooms = Vec::new();
    for record in &chat.public_rooms(&caller, after.as_ref(), MAX_PAGE).await? {
        rooms.push(view(chat, record).await?);
    }
    Ok((StatusCode::OK, Json(json!(rooms))))
}

#[derive(Deserialize)]
pub(crate) struct Page {
    pub(crate) before: Option<Seq>,
}

/// The last messages of a room, or those before one, as its members read them.
async fn messages(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(room): Path<String>,
    Query(Page { before }): Query<Page>,
) -> Answer {
    let room = room_id(&room)?;
    let messages = history(app.chat(), &caller, &room, before).await?;
    Ok((StatusCode::OK, Json(json!({ "roomId": room, "messages": messages }))))
}

pub(crate) async fn history(
    chat: &Chat,
    caller: &Caller,
    room: &RoomId,
    before: Option<Seq>,
) -> Result<Vec<Value>, Refusal> {
    let history = chat.history(caller, room, Window::last(before, MAX_PAGE)).await?;
    Ok(history.messages.iter().filter_map(|message| told(room, message)).collect())
}

fn told(room: &RoomId, (message, sender): &(Message, Who)) -> Option<Value> {
    let Body::Message(post) = &message.entry.body else { return None };
    let (seq, timestamp) = (message.entry.seq, TimeText(message.entry.at));
    Some(json!({ "roomId": room, "seq": seq, "sender": sender.shown(), "message": post.text, "timestamp": timestamp }))
}
