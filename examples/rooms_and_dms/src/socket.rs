//! What clients say and are told over Socket.IO.

use adapter_socketio::{Client, Emit, Namespace};
use chat_accounts::Accounts;
use chat_core::{
    Body, Call, DIRECT_PREFIX, Event, OwnRooms, Presence, Refusal, Reply, RoomId, RoomKind, Who, limits::MAX_PAGE,
};
use chat_wire::TimeText;
use example_hosting::{active, room_id};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    private,
    rooms::{New, history, make, view},
};

/// The table.
pub(crate) fn events(accounts: Accounts) -> Namespace {
    Namespace::by_token()
        .connected(private_rooms)
        .on("createRoom", create)
        .on("joinRoom", join)
        .on("leaveRoom", leave)
        .on("sendMessage", send)
        .on("privateMessage", move |client, said| send_private(client, said, accounts.clone()))
        .follow(is_private)
        .tell(tell)
        .refresh(list)
}

fn is_private(room: &RoomId) -> bool {
    room.as_str().starts_with(DIRECT_PREFIX)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct In {
    room_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    room_id: String,
    message: String,
}

#[derive(Deserialize)]
struct Private {
    to: String,
    message: String,
}

/// Private messages come without being asked for.
async fn private_rooms(client: Client) -> Result<(), Refusal> {
    let (caller, mut page) = (client.caller()?, Some(OwnRooms::all()));
    while let Some(this) = page {
        let (rooms, next) = client.chat().my_rooms(&caller, &this, MAX_PAGE).await?;
        for own in rooms.iter().filter(|own| own.record.meta.kind == RoomKind::Direct) {
            client.subscribe(&own.record.room).await?;
        }
        page = next;
    }
    Ok(())
}

async fn create(client: Client, new: New) -> Result<Value, Refusal> {
    let record = make(client.chat(), &client.caller()?, new).await?;
    enter(&client, &record.room).await?;
    view(client.chat(), &record).await
}

async fn join(client: Client, In { room_id: id }: In) -> Result<Value, Refusal> {
    let room = room_id(&id)?;
    enter(&client, &room).await?;
    Ok(json!({ "success": true, "roomId": room }))
}

/// Tells what was said before, and who is there.
async fn enter(client: &Client, room: &RoomId) -> Result<(), Refusal> {
    let joined = client.join(room).await?;
    let messages = history(client.chat(), &client.caller()?, room, Some(joined.at.seq + 1)).await?;
    client.emit("history", &json!({ "roomId": room, "messages": messages }));
    list(client.clone(), room.clone()).await
}

async fn leave(client: Client, In { room_id: id }: In) -> Result<Value, Refusal> {
    let room = entered(&client, &id)?;
    client.unsubscribe(&room).await?;
    Ok(json!({ "success": true, "roomId": room }))
}

fn entered(client: &Client, id: &str) -> Result<RoomId, Refusal> {
    let room = room_id(id)?;
    if client.is_in(&room) { Ok(room) } else { Err(Refusal::not_a_member()) }
}

async fn send(client: Client, Message { room_id: id, message }: Message) -> Result<Value, Refusal> {
    let room = entered(&client, &id)?;
    let receipt = client.send(&room, message).await?;
    Ok(json!({ "success": true, "timestamp": TimeText(receipt.at) }))
}

async fn send_private(client: Client, Private { to, message }: Private, accounts: Accounts) -> Result<Value, Refusal> {
    let to = private::user(&accounts, &to).await?;
    let post = private::post(message, &to)?;
    match client.call(Call::DirectMessage { user: to.user, client_id: None, post }).await? {
        Reply::Committed { receipt, .. } => Ok(json!({ "success": true, "timestamp": TimeText(receipt.at) })),
        _ => Err(Refusal::unanswered()),
    }
}

fn tell(event: &Event) -> Option<Emit> {
    let notice = |name: &str, room: &RoomId, who: &Who| {
        Emit::new(name, &json!({ "roomId": room, "username": who.shown() })).but(&who.user).then_refresh()
    };
    match event {
        Event::Entry { room, entry, sender, .. } => match &entry.body {
            Body::Message(post) if is_private(room) => {
                Some(Emit::new("privateMessage", &private::told(entry.seq, post, sender, entry.at)))
            }
            Body::Message(post) => {
                let (seq, sender, at) = (entry.seq, sender.shown(), TimeText(entry.at));
                let message = json!({
                    "roomId": room, "seq": seq, "sender": sender, "message": post.text, "timestamp": at,
                });
                Some(Emit::new("receiveMessage", &message))
            }
            _ if is_private(room) => None,
            Body::Joined { .. } => Some(notice("userJoined", room, sender)),
            Body::Left { .. } => Some(notice("userLeft", room, sender)),
            _ => None,
        },
        Event::PresenceChanged { room, who, presence, .. } if !is_private(room) => match presence {
            Presence::Online => Some(notice("userJoined", room, who)),
            Presence::Offline { .. } => Some(notice("userLeft", room, who)),
            Presence::Away => None,
        },
        Event::MembersChanged { room, joined, left, .. } if !is_private(room) => {
            let came = joined.iter().map(|who| notice("userJoined", room, who));
            Emit::all(came.chain(left.iter().map(|who| notice("userLeft", room, who))))
        }
        _ => None,
    }
}

/// Tells who is in the room.
async fn list(client: Client, room: RoomId) -> Result<(), Refusal> {
    let users = active(client.chat(), &room).await?;
    client.emit("activeUsers", &json!({ "roomId": room, "users": users }));
    Ok(())
}
