//! `/api/rooms`: making rooms, listing them, and reading what was said.

use adapter_axum::{BoundedBody, CallerOf};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use chat_core::{
    Body, Command, Name, NewRoom, Op, OwnRooms, Refusal, RoomKind, RoomRecord, Seq, Window, limits::MAX_PAGE,
};
use chat_wire::TimeText;
use example_hosting::{Answer, App, active, host, parse, room_id};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(list).post(create))
        .route("/{room}/messages", get(messages))
        .route("/{room}/members", post(invite))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    name: String,
    is_private: Option<bool>,
}

async fn create(State(app): State<App>, CallerOf(caller): CallerOf, BoundedBody(body): BoundedBody) -> Answer {
    let New { name, is_private } = parse(&body)?;
    let name = Name::parse(name).map_err(|invalid| Refusal::field("name", invalid.to_string()))?;
    let kind = if is_private == Some(true) { RoomKind::Private } else { RoomKind::Public };
    let record = app.chat().create_room(&caller, NewRoom { kind, ..NewRoom::public(name) }).await?;
    Ok((StatusCode::CREATED, Json(view(&record, &[]))))
}

fn view(record: &RoomRecord, active: &[String]) -> Value {
    let is_private = record.meta.kind == RoomKind::Private;
    let created_at = TimeText(record.meta.created_at);
    json!({
        "roomId": record.room, "name": record.meta.name, "isPrivate": is_private, "createdAt": created_at,
        "activeUsers": active,
    })
}

/// Public rooms, and those of which the caller is a member.
async fn list(State(app): State<App>, CallerOf(caller): CallerOf) -> Answer {
    let chat = app.chat();
    let mut records = chat.public_rooms(&caller, None, MAX_PAGE).await?;
    let (own, _) = chat.my_rooms(&caller, &OwnRooms::latest(), MAX_PAGE).await?;
    let own = own.into_iter().map(|own| own.record);
    records.extend(own.filter(|record| record.meta.kind == RoomKind::Private));
    let mut rooms = Vec::with_capacity(records.len());
    for record in &records {
        rooms.push(view(record, &active(chat, &record.room).await?));
    }
    Ok((StatusCode::OK, Json(json!(rooms))))
}

#[derive(Deserialize)]
struct Page {
    before: Option<Seq>,
}

/// The last messages, or those before one. Public rooms are read by everybody, private ones by their members.
async fn messages(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(room): Path<String>,
    Query(Page { before }): Query<Page>,
) -> Answer {
    let (chat, room) = (app.chat(), room_id(&room)?);
    let is_public = chat.room(&caller, &room).await?.meta.kind == RoomKind::Public;
    let reader = if is_public { host()? } else { caller };
    let history = chat.history(&reader, &room, Window::last(before, MAX_PAGE)).await?;
    let messages = history.messages.iter().filter_map(|(message, sender)| {
        let Body::Message(post) = &message.entry.body else { return None };
        let (seq, timestamp) = (message.entry.seq, TimeText(message.entry.at));
        Some(json!({ "seq": seq, "user": sender.shown(), "message": post.text, "timestamp": timestamp }))
    });
    Ok((StatusCode::OK, Json(json!({ "roomId": room, "messages": messages.collect::<Vec<_>>() }))))
}

#[derive(Deserialize)]
struct Invitation {
    username: String,
}

/// Lets a user into a private room.
async fn invite(
    State(app): State<App>,
    CallerOf(caller): CallerOf,
    Path(room): Path<String>,
    BoundedBody(body): BoundedBody,
) -> Answer {
    let Invitation { username } = parse(&body)?;
    let room = room_id(&room)?;
    let user = app.accounts.console().named(&username).await?.user;
    app.chat().command(&caller, &room, Command { client_id: None, op: Op::Invite { user } }).await?;
    Ok((StatusCode::OK, Json(json!({ "roomId": room, "username": username }))))
}
