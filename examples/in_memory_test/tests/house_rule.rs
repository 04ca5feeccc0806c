//! The house rule, as clients meet it; and what an engine in memory lets a host test besides.
#![allow(clippy::unwrap_used, missing_docs)]

mod client;

use chat_core::{Caller, Chat, Code, Command, Name, NewRoom, Post, RoomId, UserId, Window};
use chat_wire::{ClientAction, LeaveReason, ServerFrame};
use client::{Client, wire};
use example_in_memory_test::house_chat;

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

async fn room(chat: &Chat) -> RoomId {
    chat.create_room(&user("owner"), NewRoom::public(Name::parse("TechTalk").unwrap())).await.unwrap().room
}

fn join(room: &RoomId, username: Option<&str>) -> ClientAction {
    let username = username.map(|name| Name::parse(name).unwrap());
    ClientAction::Join { room_id: room.clone(), username, guest_token: None, client_id: None }
}

fn say(room: &RoomId, message: &str) -> ClientAction {
    ClientAction::SendMessage {
        room_id: room.clone(),
        message: message.into(),
        client_id: None,
        reply_to: None,
        mentions: Vec::new(),
        mentions_room: false,
        attachments: Vec::new(),
        data: None,
    }
}

fn joined(frame: &ServerFrame) -> Option<()> {
    matches!(frame, ServerFrame::Joined(_)).then_some(())
}

fn text(frame: &ServerFrame) -> Option<String> {
    match frame {
        ServerFrame::NewMessage(message) => Some(message.body.message.to_string()),
        _ => None,
    }
}

fn error(frame: &ServerFrame) -> Option<String> {
    match frame {
        ServerFrame::Error { error, .. } => Some(error.code.to_string()),
        _ => None,
    }
}

/// The rule alone, without clients: what an application does through [`Chat`] itself is judged, too.
#[tokio::test(start_paused = true)]
async fn the_application_itself_does_not_shout() {
    let chat = house_chat().build();
    let room = room(&chat).await;
    let say = |text: &str| Command::from(Post::text(text));
    let refused = chat.command(&user("owner"), &room, say("BE QUIET!")).await.unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
    chat.command(&user("owner"), &room, say("OK")).await.unwrap();
    let history = chat.history(&user("owner"), &room, Window::last(None, 10)).await.unwrap();
    assert_eq!(history.messages.len(), 1, "nothing of what was refused is left");
}

/// Two clients, as over a socket: who shouts is told so, and the other hears nothing of it.
#[tokio::test(start_paused = true)]
async fn a_shout_is_answered_with_an_error_and_heard_by_nobody() {
    let chat = house_chat().build();
    let (wire, room) = (wire(&chat), room(&chat).await);
    let mut ann = Client::connect(&chat, &wire, Some(user("ann")));
    let mut bob = Client::connect(&chat, &wire, Some(user("bob")));
    for client in [&mut ann, &mut bob] {
        client.send(join(&room, None)).await;
        client.until(joined).await;
    }
    ann.send(say(&room, "HELLO EVERYONE")).await;
    assert_eq!(ann.until(error).await, "forbidden");
    ann.send(say(&room, "Hello, everyone!")).await;
    assert_eq!(bob.until(text).await, "Hello, everyone!");
}

/// Virtual time: ten seconds of grace and all that happens in them pass in an instant.
#[tokio::test(start_paused = true)]
async fn a_guest_who_is_gone_leaves_after_the_grace_period() {
    let chat = house_chat().build();
    let (wire, room) = (wire(&chat), room(&chat).await);
    let mut ann = Client::connect(&chat, &wire, Some(user("ann")));
    ann.send(join(&room, None)).await;
    ann.until(joined).await;
    let mut guest = Client::connect(&chat, &wire, None);
    guest.send(join(&room, Some("Visitor"))).await;
    guest.until(joined).await;
    let start = tokio::time::Instant::now();
    drop(guest);
    let (name, reason) = ann
        .until(|frame| match frame {
            ServerFrame::UserLeft(left) => Some((left.user.username.to_string(), left.reason)),
            _ => None,
        })
        .await;
    assert_eq!((name.as_str(), reason), ("Visitor", LeaveReason::Gone));
    assert!(start.elapsed().as_secs() >= 10, "a reload within the grace period would not have been noticed");
}
