//! What the default policy and the rooms' own rules let each user do.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_core::{Chat, Code, Command, Identity, Name, NewRoom, Op, Post, RoomId, RoomKind, Seq, UserId, Window};

fn user(name: &str) -> Identity {
    Identity::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn admin() -> Identity {
    let mut admin = user("root");
    admin.admin = true;
    admin
}

async fn room(chat: &Chat, creator: &Identity, kind: RoomKind) -> RoomId {
    let new = NewRoom { kind, ..NewRoom::public(Name::parse("Talk").unwrap()) };
    chat.create_room(creator, new).await.unwrap().room
}

async fn done(chat: &Chat, who: &Identity, room: &RoomId, op: Op) -> Result<Seq, Code> {
    let receipt = chat.command(who, room, Command { client_id: None, op }).await;
    receipt.map(|receipt| receipt.seq).map_err(|refusal| refusal.code)
}

fn ban(user: &Identity) -> Op {
    Op::Ban { user: user.user.clone(), reason: None }
}

#[tokio::test]
async fn the_banned_are_out_of_an_announcement_room_and_the_muted_do_not_react() {
    let (chat, bob, eve) = (Chat::builder().build(), user("bob"), user("eve"));
    let news = room(&chat, &admin(), RoomKind::Announcement).await;
    let post = chat.command(&admin(), &news, Post::text("Hear!").into()).await.unwrap().seq;
    let react = || Op::React { target: post, emoji: "👍".into() };
    let mute = |until| Op::Mute { user: bob.user.clone(), until };
    let muted = done(&chat, &admin(), &news, mute(Some(chat_core::Timestamp(i64::MAX)))).await;
    assert_eq!(muted, done(&chat, &admin(), &news, mute(Some(chat_core::Timestamp(i64::MAX)))).await);
    assert_eq!(done(&chat, &bob, &news, react()).await, Err(Code::Muted));
    done(&chat, &admin(), &news, mute(None)).await.unwrap();
    done(&chat, &bob, &news, react()).await.unwrap();
    done(&chat, &eve, &news, react()).await.unwrap();
    done(&chat, &admin(), &news, ban(&eve)).await.unwrap();
    let unreact = Op::Unreact { target: post, emoji: "👍".into() };
    for op in [unreact, react(), Op::Join] {
        assert_eq!(done(&chat, &eve, &news, op).await, Err(Code::Banned));
    }
    assert_eq!(chat.history(&eve, &news, Window::last(None, 9)).await.unwrap_err().code, Code::Banned);
    assert_eq!(chat.history(&bob, &news, Window::last(None, 9)).await.unwrap().messages.len(), 1);
}
