//! Run with `cargo run -p adapter-socketio --example talk`: rooms for Socket.IO clients, in memory. A client says who it is by
//! `auth: { name }`, then `join { room }`, `send { room, text }`, `leave { room }`, and is told `message`, `joined` and `left`.

use std::{env, error::Error};

use adapter_axum::{OriginCheck, ServeOptions, serve};
use adapter_socketio::{Client, Emit, Hello, Namespace, SocketIo};
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::post,
};
use chat_core::{Body, Caller, Chat, CloseReason, Code, Event, Limits, Name, NewRoom, Refusal, RoomId, UserId, Window};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct In {
    room: String,
}

#[derive(Deserialize)]
struct Say {
    room: String,
    text: String,
}

fn room(text: &str) -> Result<RoomId, Refusal> {
    RoomId::parse(text).map_err(|invalid| Refusal::field("room", invalid.to_string()))
}

async fn identify(hello: Hello) -> Result<Option<Caller>, Refusal> {
    let name = hello.text("name").ok_or_else(|| Refusal::unauthorized("say your name"))?;
    let (name, user) = (Name::parse(name).ok(), UserId::parse(name.to_lowercase()).ok());
    let (user, name) = user.zip(name).ok_or_else(|| Refusal::field("name", "is none"))?;
    Ok(Some(Caller::new(user, name)))
}

/// The room is made by whoever comes first; who comes is told what was said before.
async fn join(client: Client, In { room: id }: In) -> Result<Value, Refusal> {
    let room = room(&id)?;
    let name = Name::parse(&id).map_err(|invalid| Refusal::field("room", invalid.to_string()))?;
    match client.chat().create_room(&client.caller()?, NewRoom::public(name).with_id(room.clone())).await {
        Err(refusal) if refusal.code != Code::RoomExists => return Err(refusal),
        _ => {}
    }
    let joined = client.join(&room).await?;
    let history = client.chat().history(&client.caller()?, &room, Window::last(Some(joined.at.seq + 1), 50)).await?;
    let texts = history.messages.iter().filter_map(|(message, _)| match &message.entry.body {
        Body::Message(post) => Some(post.text.clone()),
        _ => None,
    });
    client.emit("history", &json!({ "room": room, "texts": texts.collect::<Vec<_>>() }));
    Ok(json!({ "seq": joined.receipt.seq }))
}

async fn send(client: Client, Say { room: id, text }: Say) -> Result<Value, Refusal> {
    let receipt = client.send(&room(&id)?, text).await?;
    Ok(json!({ "seq": receipt.seq }))
}

async fn leave(client: Client, In { room: id }: In) -> Result<(), Refusal> {
    client.leave(&room(&id)?).await.map(drop)
}

async fn fail(_: Client, (): ()) -> Result<(), Refusal> {
    panic!("this handler fails, for a test");
}

fn tell(event: &Event) -> Option<Emit> {
    match event {
        Event::Entry { room, entry, sender, .. } => {
            let who = json!({ "room": room, "name": sender.shown() });
            match &entry.body {
                Body::Message(post) => {
                    let message = json!({ "room": room, "from": sender.shown(), "text": post.text, "seq": entry.seq });
                    Some(Emit::new("message", &message))
                }
                Body::Joined { .. } => Some(Emit::new("joined", &who).but(&sender.user).then_refresh()),
                Body::Left { .. } => Some(Emit::new("left", &who).but(&sender.user).then_refresh()),
                _ => None,
            }
        }
        Event::PresenceChanged { room, who, .. } => {
            Some(Emit::new("presence", &json!({ "room": room, "name": who.shown() })).then_refresh())
        }
        _ => None,
    }
}

async fn who(client: Client, room: RoomId) -> Result<(), Refusal> {
    let chat_core::Reply::Online { count, .. } = client.call(chat_core::Call::Online { room: room.clone() }).await?
    else {
        return Ok(());
    };
    client.emit("online", &json!({ "room": room, "count": count }));
    Ok(())
}

fn table() -> Namespace {
    Namespace::new(identify)
        .on("join", join)
        .on("send", send)
        .on("leave", leave)
        .on("fail", fail)
        .tell(tell)
        .refresh(who)
}

/// For tests: ends a user's sessions.
async fn end(State(chat): State<Chat>, Path((user, reason)): Path<(String, String)>) -> Json<usize> {
    let reason = if reason == "revoked" { CloseReason::Revoked } else { CloseReason::GoingAway };
    Json(UserId::parse(user).map_or(0, |user| chat.end_sessions(&user, reason)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut limits = Limits::default();
    limits.grace_ms = 300;
    let chat = Chat::builder().limits(limits).build();
    let socketio = SocketIo::new(chat.clone()).namespace("/", table()).namespace("/other", table());
    let app = Router::new()
        .route("/end/{user}/{reason}", post(end))
        .with_state(chat.clone())
        .merge(socketio.routes(OriginCheck::new([""; 0])));
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("talk is ready at http://{}", listener.local_addr()?);
    let mut stop = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let stopped = async {
        stop.recv().await;
    };
    serve(listener, app, ServeOptions::default().draining(chat), stopped).await;
    Ok(())
}
