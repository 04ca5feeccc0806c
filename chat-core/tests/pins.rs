//! What is pinned in a room: listed for all who may read, and bounded.
#![allow(clippy::unwrap_used, missing_docs)]

use chat_core::{
    Call, Caller, Chat, Code, Command, HistoryVisibility, Name, NewRoom, Op, Post, Refusal, Reply, Role, RoomId,
    RoomKind, Seq, UserId, limits,
};
use futures_util::future::join_all;

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

async fn room(chat: &Chat, creator: &Caller, kind: RoomKind, history: HistoryVisibility) -> RoomId {
    let new = NewRoom { kind, history, ..NewRoom::public(Name::parse("Talk").unwrap()) };
    chat.create_room(creator, new).await.unwrap().room
}

async fn ask(chat: &Chat, caller: &Caller, room: &RoomId, op: Op) -> Result<Seq, Refusal> {
    Ok(chat.command(caller, room, Command { client_id: None, op }).await?.seq)
}

async fn done(chat: &Chat, caller: &Caller, room: &RoomId, op: Op) -> Seq {
    ask(chat, caller, room, op).await.unwrap()
}

async fn say(chat: &Chat, caller: &Caller, room: &RoomId) -> Seq {
    done(chat, caller, room, Op::Send(Post::text("hello"))).await
}

/// The pinned messages with those who pinned them, page by page.
async fn pins(chat: &Chat, caller: &Caller, room: &RoomId, limit: usize) -> Result<Vec<(Seq, String)>, Code> {
    let (mut listed, mut before) = (Vec::new(), None);
    loop {
        let call = Call::Pins { room: room.clone(), before, limit };
        let page = match chat.call(caller, call).await {
            Ok(Reply::Pins { pins, .. }) => pins,
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => return Err(refusal.code),
        };
        let Some(last) = page.last() else { return Ok(listed) };
        assert!(page.len() <= limit);
        before = Some(last.seq);
        listed.extend(page.into_iter().map(|pin| (pin.message.entry.seq, pin.by.user.to_string())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_has_a_bounded_number_of_pins() {
    let (chat, ann) = (Chat::builder().build(), user("ann"));
    let room = room(&chat, &ann, RoomKind::Public, HistoryVisibility::Everything).await;
    let mut messages = Vec::new();
    for _ in 0..limits::MAX_PINS + 2 {
        messages.push(say(&chat, &ann, &room).await);
    }
    let pin = |target: Seq| ask(&chat, &ann, &room, Op::Pin { target });
    // They are judged together, and those that come first are taken.
    let answers = join_all(messages.iter().map(|message| pin(*message))).await;
    let refused: Vec<Code> = answers.into_iter().filter_map(Result::err).map(|refusal| refusal.code).collect();
    assert_eq!(refused, [Code::TooManyPins, Code::TooManyPins]);
    let pinned = pins(&chat, &ann, &room, 200).await.unwrap();
    assert_eq!(pinned.len(), limits::MAX_PINS);
    pin(pinned[0].0).await.unwrap();
    let left: Vec<Seq> = messages.iter().copied().filter(|seq| pinned.iter().all(|(at, _)| at != seq)).collect();
    // Whatever takes a pin away gives its place back.
    done(&chat, &ann, &room, Op::Unpin { target: pinned[3].0 }).await;
    pin(left[0]).await.unwrap();
    assert_eq!(pin(left[1]).await.unwrap_err().code, Code::TooManyPins);
    done(&chat, &ann, &room, Op::Delete { target: pinned[5].0 }).await;
    pin(left[1]).await.unwrap();
    assert_eq!(pins(&chat, &ann, &room, 200).await.unwrap().len(), limits::MAX_PINS);
}

#[tokio::test(start_paused = true)]
async fn who_may_read_sees_what_is_pinned_and_by_whom() {
    let chat = Chat::builder().build();
    let (ann, bob, cid) = (user("ann"), user("bob"), user("cid"));
    let room = room(&chat, &ann, RoomKind::Public, HistoryVisibility::Everything).await;
    for caller in [&bob, &cid] {
        done(&chat, caller, &room, Op::Join).await;
    }
    done(&chat, &ann, &room, Op::SetRole { user: bob.user.clone(), role: Role::Moderator }).await;
    let messages = [say(&chat, &cid, &room).await, say(&chat, &ann, &room).await, say(&chat, &cid, &room).await];
    for (caller, target) in [(&bob, messages[2]), (&ann, messages[0]), (&bob, messages[1])] {
        done(&chat, caller, &room, Op::Pin { target }).await;
    }
    let expected =
        [(messages[1], "bob"), (messages[0], "ann"), (messages[2], "bob")].map(|(at, by)| (at, by.to_owned()));
    for limit in [1, 2, 200] {
        assert_eq!(pins(&chat, &cid, &room, limit).await.unwrap(), expected);
    }
    assert_eq!(pins(&chat, &user("root").administrator(), &room, 9).await.unwrap(), expected);
    done(&chat, &cid, &room, Op::Delete { target: messages[0] }).await;
    assert_eq!(pins(&chat, &cid, &room, 9).await.unwrap(), [expected[0].clone(), expected[2].clone()]);
    assert_eq!(pins(&chat, &user("eve"), &room, 9).await, Err(Code::NotAMember));
}

#[tokio::test(start_paused = true)]
async fn strangers_learn_nothing_of_a_private_room_and_newcomers_nothing_of_what_was_before() {
    let chat = Chat::builder().build();
    let (ann, bob) = (user("ann"), user("bob"));
    let room = room(&chat, &ann, RoomKind::Private, HistoryVisibility::SinceJoin).await;
    let early = [say(&chat, &ann, &room).await, say(&chat, &ann, &room).await];
    done(&chat, &ann, &room, Op::Invite { user: bob.user.clone() }).await;
    done(&chat, &bob, &room, Op::Join).await;
    let late = say(&chat, &ann, &room).await;
    // The first pages hold nothing that bob may see.
    for target in [late, early[0], early[1]] {
        done(&chat, &ann, &room, Op::Pin { target }).await;
    }
    assert_eq!(pins(&chat, &bob, &room, 1).await.unwrap(), [(late, "ann".to_owned())]);
    assert_eq!(pins(&chat, &ann, &room, 1).await.unwrap().len(), 3);
    assert_eq!(pins(&chat, &user("eve"), &room, 9).await, Err(Code::RoomNotFound));
    done(&chat, &ann, &room, Op::Kick { user: bob.user.clone(), reason: None }).await;
    assert!(pins(&chat, &bob, &room, 9).await.is_err());
}
