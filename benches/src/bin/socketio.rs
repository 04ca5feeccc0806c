//! The engine over Socket.IO, with the events of the basic exchange and rooms in memory: `ours-socketio` of `bench`.
//!
//! `cargo run --release -p chat-benches --bin socketio -- --port 3000`

use std::net::{Ipv4Addr, SocketAddr};

use adapter_axum::OriginCheck;
use adapter_socketio::{Client, Emit, Namespace, SocketIo};
use axum::{Router, serve::ListenerExt as _};
use chat_benches::{Failure, process::raise_open_files};
use chat_core::{Body, Caller, Chat, Code, Event, Limits, Name, NewRoom, Refusal, RoomId, UserId};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

/// A Socket.IO server on 127.0.0.1.
#[derive(Debug, Parser)]
#[command(name = "socketio")]
struct Options {
    /// The port.
    #[arg(long)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Options { port } = Options::parse();
    raise_open_files();
    let chat = Chat::builder().limits(without_rates()).build();
    let events = Namespace::new(async |_| Ok(None)).on("join-room", join).on("send-message", send).tell(tell);
    let app: Router = SocketIo::new(chat).strangers(None).namespace("/", events).routes(OriginCheck::new([""; 0]));
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(4096)?.tap_io(|stream| {
        // A connection that cannot have it works without.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// As `chat-server --limits off` has them.
fn without_rates() -> Limits {
    let mut limits = Limits::default();
    (limits.requests_per_second, limits.strangers_per_second) = (None, None);
    (limits.guests_per_minute, limits.guest_sessions, limits.guest_rooms_per_day) = (None, None, None);
    limits
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    username: String,
    room_id: RoomId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    room_id: RoomId,
    message: String,
}

/// Whoever comes first makes the room.
async fn join(client: Client, Join { username, room_id }: Join) -> Result<Value, Refusal> {
    let name = Name::parse(username).map_err(|invalid| Refusal::field("username", invalid.to_string()))?;
    let user = UserId::parse(format!("g-{}", name.folded()));
    let caller = Caller::guest(user.map_err(|_| Refusal::field("username", "makes no user"))?, name.clone());
    match client.chat().create_room(&caller, NewRoom::public(name).with_id(room_id.clone())).await {
        Err(refusal) if refusal.code != Code::RoomExists => return Err(refusal),
        _ => client.identify(caller)?,
    }
    client.join(&room_id).await?;
    client.emit("joined", &json!({ "roomId": room_id }));
    Ok(Value::Null)
}

async fn send(client: Client, Message { room_id, message }: Message) -> Result<Value, Refusal> {
    client.send(&room_id, message).await.map(|_| Value::Null)
}

fn tell(event: &Event) -> Option<Emit> {
    let Event::Entry { room, entry, sender, .. } = event else { return None };
    let Body::Message(post) = &entry.body else { return None };
    let (sender, at) = (sender.shown(), entry.at.0);
    Some(Emit::new("new-message", &json!({ "roomId": room, "sender": sender, "message": post.text, "timestamp": at })))
}
