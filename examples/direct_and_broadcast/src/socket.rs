//! What clients say and are told over Socket.IO.

use adapter_socketio::{Client, Emit, Namespace};
use chat_accounts::Accounts;
use chat_core::{Body, Call, Event, OwnRooms, Refusal, Reply, RoomId, RoomKind, UserRoom, limits::MAX_PAGE};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    messages::{ALL, Place, is_direct, post},
    users::user_id,
};

/// The table.
pub(crate) fn events(accounts: Accounts) -> Namespace {
    Namespace::by_token()
        .connected(listen)
        .on("sendMessage", move |client, said| send(client, said, accounts.clone()))
        .follow(is_direct)
        .tell(tell)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    receiver_id: String,
    message: String,
}

/// Broadcasts and direct messages come without being asked for.
async fn listen(client: Client) -> Result<(), Refusal> {
    let (caller, mut page) = (client.caller()?, Some(OwnRooms::all()));
    while let Some(this) = page {
        let (rooms, next) = client.chat().my_rooms(&caller, &this, MAX_PAGE).await?;
        // Announcements are a room of everybody's.
        let told = |own: &&UserRoom| matches!(own.record.meta.kind, RoomKind::Direct | RoomKind::Announcement);
        for own in rooms.iter().filter(told) {
            client.subscribe(&own.record.room).await?;
        }
        page = next;
    }
    Ok(())
}

async fn send(client: Client, said: Said, accounts: Accounts) -> Result<Value, Refusal> {
    let Said { receiver_id, message } = said;
    if receiver_id.is_empty() {
        return Err(Refusal::field("receiverId", "is missing"));
    }
    let post = post(message, &receiver_id)?;
    let call = if receiver_id == ALL {
        Call::Broadcast { client_id: None, post: post.clone() }
    } else {
        let user = accounts.console().user(&user_id(&receiver_id)?).await?.user;
        Call::DirectMessage { user, client_id: None, post: post.clone() }
    };
    let Reply::Committed { room, receipt, .. } = client.call(call).await? else { return Err(Refusal::unanswered()) };
    let mut told = Place::of(&room, &receipt).told(&client.caller()?.user, &post, false);
    told["success"] = json!(true);
    Ok(told)
}

fn tell(event: &Event) -> Option<Emit> {
    let Event::Entry { room, entry, sender, .. } = event else { return None };
    let Body::Message(post) = &entry.body else { return None };
    let told = Place { room, seq: entry.seq, at: entry.at }.told(&sender.user, post, false);
    if *room == RoomId::announcements() {
        return Some(Emit::new("broadcastMessage", &told));
    }
    // The one is for its receiver; the other one is also for what else its sender has connected.
    let private = Emit::new("privateMessage", &told).but(&sender.user);
    Emit::all([private, Emit::new("receiveMessage", &told)])
}
