//! Messages that mention everybody in a room, as a host sees them.
#![allow(clippy::unwrap_used, missing_docs)]

use async_trait::async_trait;
use chat_core::{
    Call, Caller, Chat, Code, Command, Name, NewRoom, Op, OwnRooms, People, Post, Refusal, Reply, Role, RoomId, Seq,
    UserId, Window,
};

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

fn to_all() -> Post {
    Post { mentions_room: true, ..Post::text("@room") }
}

async fn done(chat: &Chat, caller: &Caller, room: &RoomId, op: Op) -> Result<Seq, Code> {
    let done = chat.command(caller, room, Command { client_id: None, op }).await;
    done.map(|receipt| receipt.seq).map_err(|refusal: Refusal| refusal.code)
}

fn edit(target: Seq, mentions_room: bool) -> Op {
    Op::Edit { target, text: "@room".into(), mentions: Vec::new(), mentions_room }
}

/// What is unread of a user's only room, and how much of it mentions them.
async fn counts(chat: &Chat, caller: &Caller) -> (u64, u64) {
    let (rooms, _) = chat.my_rooms(caller, &OwnRooms::latest(), 9).await.unwrap();
    assert_eq!(rooms.len(), 1);
    (rooms[0].unread, rooms[0].mentions)
}

#[tokio::test]
async fn moderators_mention_everybody_and_members_do_not() {
    let (chat, ann, bob, cat) = (Chat::builder().build(), user("ann"), user("bob"), user("cat"));
    let new = NewRoom::public(Name::parse("Talk").unwrap());
    let talk = chat.create_room(&ann, new).await.unwrap().room;
    for caller in [&bob, &cat] {
        done(&chat, caller, &talk, Op::Join).await.unwrap();
    }
    assert_eq!(done(&chat, &bob, &talk, Op::Send(to_all())).await, Err(Code::Forbidden));
    done(&chat, &ann, &talk, Op::Send(to_all())).await.unwrap();
    assert_eq!((counts(&chat, &bob).await, counts(&chat, &ann).await), ((1, 1), (0, 0)));

    let role = |role| Op::SetRole { user: bob.user.clone(), role };
    done(&chat, &ann, &talk, role(Role::Moderator)).await.unwrap();
    let theirs = done(&chat, &bob, &talk, Op::Send(to_all())).await.unwrap();
    assert_eq!((counts(&chat, &bob).await, counts(&chat, &cat).await), ((1, 1), (2, 2)));
    done(&chat, &ann, &talk, role(Role::Member)).await.unwrap();
    assert_eq!(done(&chat, &bob, &talk, edit(theirs, true)).await, Err(Code::Forbidden));
    done(&chat, &bob, &talk, edit(theirs, false)).await.unwrap();
    assert_eq!(counts(&chat, &cat).await, (2, 1));
    let edits = Call::Edits { room: talk.clone(), message: theirs, after: 0, limit: 9 };
    let Ok(Reply::Edits { versions, .. }) = chat.call(&ann, edits).await else { panic!() };
    assert_eq!(versions.iter().map(|version| version.mentions_room).collect::<Vec<_>>(), [true, false]);
    let history = chat.history(&cat, &talk, Window::last(None, 9)).await.unwrap();
    let told: Vec<bool> = history.messages.iter().map(|(message, _)| message.mentions().includes(&cat.user)).collect();
    assert_eq!(told, [true, false]);
}

/// Whoever is asked for is a user.
struct Anybody;

#[async_trait]
impl People for Anybody {
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(Name::parse(user.as_str()).ok())
    }
}

#[tokio::test]
async fn in_direct_rooms_nobody_mentions_everybody_and_in_announcements_administrators_do() {
    let (chat, ann, bob) = (Chat::builder().announcements(true).people(Anybody).build(), user("ann"), user("bob"));
    let root = user("root").administrator();
    chat.broadcast(&root, to_all()).await.unwrap();
    assert_eq!(counts(&chat, &ann).await, (1, 1));
    let announcements = RoomId::announcements();
    assert_eq!(done(&chat, &ann, &announcements, Op::Send(to_all())).await, Err(Code::Forbidden));
    assert_eq!(counts(&chat, &root).await, (0, 0));

    let direct = chat.direct(&ann, &bob.user).await.unwrap().room;
    for caller in [&ann, &bob] {
        assert_eq!(done(&chat, caller, &direct, Op::Send(to_all())).await, Err(Code::Forbidden));
    }
    let message = done(&chat, &ann, &direct, Op::Send(Post::text("hi"))).await.unwrap();
    assert_eq!(done(&chat, &ann, &direct, edit(message, true)).await, Err(Code::Forbidden));
    done(&chat, &ann, &direct, edit(message, false)).await.unwrap();
}
