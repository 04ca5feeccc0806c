//! What clients say and are told over Socket.IO. A client is in one room at a time.

use adapter_socketio::{Client, Emit, Namespace};
use chat_core::{Body, Event, Refusal, RoomId};
use chat_wire::TimeText;
use example_hosting::{active, room_id};
use serde::Deserialize;
use serde_json::{Value, json};

/// The table.
pub(crate) fn events() -> Namespace {
    Namespace::by_token().on("joinRoom", join).on("sendMessage", send).tell(tell).refresh(list)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    room_id: String,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

async fn join(client: Client, Join { room_id: id }: Join) -> Result<Value, Refusal> {
    let room = room_id(&id)?;
    client.join(&room).await?;
    if let Some(previous) = client.current().filter(|previous| *previous != room) {
        client.unsubscribe(&previous).await?;
    }
    client.set_current(Some(room.clone()));
    Ok(json!({ "success": true, "roomId": room, "activeUsers": active(client.chat(), &room).await? }))
}

async fn send(client: Client, Message { message }: Message) -> Result<Value, Refusal> {
    let room = client.current().ok_or_else(Refusal::not_a_member)?;
    let receipt = client.send(&room, message).await?;
    Ok(json!({ "success": true, "timestamp": TimeText(receipt.at) }))
}

fn tell(event: &Event) -> Option<Emit> {
    match event {
        Event::Entry { entry, sender, .. } => match &entry.body {
            Body::Message(post) => {
                let message = json!({ "user": sender.shown(), "message": post.text, "timestamp": TimeText(entry.at) });
                Some(Emit::new("receiveMessage", &message))
            }
            Body::Joined { .. } | Body::Left { .. } => Some(Emit::refresh()),
            _ => None,
        },
        Event::PresenceChanged { .. } | Event::MembersChanged { .. } => Some(Emit::refresh()),
        _ => None,
    }
}

/// Tells who is in the room.
async fn list(client: Client, room: RoomId) -> Result<(), Refusal> {
    let users = active(client.chat(), &room).await?;
    client.emit("activeUsers", &json!({ "roomId": room, "users": users }));
    Ok(())
}
