//! What clients say and are told over Socket.IO.

use adapter_socketio::{Client, Emit, Namespace};
use chat_core::{Body, Code, Event, Refusal, RoomId, Who};
use chat_wire::TimeText;
use example_hosting::room_id;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::rooms::{guest, view};

/// The table. A client is nobody until it says under which name it joins a room.
pub(crate) fn events() -> Namespace {
    Namespace::new(async |_| Ok(None)).on("join-room", join).on("send-message", send).on("leave-room", leave).tell(tell)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    room_id: String,
    username: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    room_id: String,
    username: Option<String>,
    message: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Leave {
    room_id: Option<String>,
    username: Option<String>,
}

async fn join(client: Client, Join { room_id: id, username }: Join) -> Result<Value, Refusal> {
    let (caller, room) = (guest(&username)?, room_id(&id)?);
    client.identify(caller).map_err(|_| another_name())?;
    client.join(&room).await?;
    client.set_current(Some(room.clone()));
    Ok(json!({ "success": true, "room": view(client.chat(), &room).await? }))
}

async fn send(client: Client, Message { room_id: id, username, message }: Message) -> Result<Value, Refusal> {
    let room = joined(&client, Some(id), username)?;
    let receipt = client.send(&room, message).await?;
    Ok(json!({ "success": true, "timestamp": TimeText(receipt.at) }))
}

/// Whoever has the room open elsewhere stays in it there.
async fn leave(client: Client, said: Option<Leave>) -> Result<Value, Refusal> {
    let Leave { room_id: id, username } = said.unwrap_or_default();
    let room = joined(&client, id, username)?;
    let is_last = client.chat().sessions_of(&client.caller()?.user).len() < 2;
    if is_last {
        client.leave(&room).await?;
    } else {
        client.unsubscribe(&room).await?;
    }
    client.set_current(None);
    Ok(json!({ "success": true }))
}

/// The room that the client means, if it is in it under the name it says.
fn joined(client: &Client, room: Option<String>, username: Option<String>) -> Result<RoomId, Refusal> {
    let room = match room {
        Some(id) => room_id(&id)?,
        None => client.current().ok_or_else(Refusal::not_a_member)?,
    };
    if !client.is_in(&room) {
        return Err(Refusal::not_a_member());
    }
    let user = client.caller()?.user;
    match username.map(|username| guest(&username)).transpose()? {
        Some(said) if said.user != user => Err(another_name()),
        _ => Ok(room),
    }
}

fn another_name() -> Refusal {
    Refusal::new(Code::UsernameTaken, "you have joined under another name on this connection")
}

fn tell(event: &Event) -> Option<Emit> {
    let notice = |name: &str, room: &RoomId, who: &Who| {
        Emit::new(name, &json!({ "roomId": room, "username": who.shown() })).but(&who.user)
    };
    match event {
        Event::Entry { room, entry, sender, subject, .. } => match &entry.body {
            Body::Message(post) => {
                let (seq, username, at) = (entry.seq, sender.shown(), TimeText(entry.at));
                let message = json!({
                    "roomId": room, "seq": seq, "username": username, "message": post.text, "timestamp": at,
                });
                Some(Emit::new("send-message", &message))
            }
            Body::Joined { .. } => Some(notice("join-room", room, sender)),
            Body::Left { .. } => Some(notice("leave-room", room, sender)),
            Body::Kicked { .. } | Body::Banned { .. } => Some(notice("leave-room", room, subject.as_ref()?)),
            _ => None,
        },
        Event::MembersChanged { room, joined, left, .. } => {
            let came = joined.iter().map(|who| notice("join-room", room, who));
            Emit::all(came.chain(left.iter().map(|who| notice("leave-room", room, who))))
        }
        _ => None,
    }
}
