//! Direct rooms: opened by whoever writes first, and told to the other user.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
mod wire;

use chat_core::{
    Body, Call, Caller, Chat, ClientId, Code, Command, Entry, Limits, MemoryStore, Name, Notice, Op, People, Post,
    Refusal, Reply, RoomId, Store as _, UserId, Window, async_trait,
};
use std::sync::Arc;
use wire::{Client, Lines, lines};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

/// Ann, Bob and Cid, whoever has been here.
struct Three;

#[async_trait]
impl People for Three {
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        Ok(["ann", "bob", "cid"].contains(&user.as_str()).then(|| Name::parse(user.as_str().to_uppercase()).unwrap()))
    }
}

fn message(to: &str, client_id: &str, text: &str) -> Call {
    let client_id = Some(ClientId::parse(client_id).unwrap());
    Call::DirectMessage { user: user(to).user, client_id, post: Post::text(text) }
}

fn open(with: &str) -> Call {
    Call::Direct { user: user(with).user }
}

async fn entries(store: &MemoryStore, room: &RoomId) -> Vec<Entry> {
    store.entries(room, Window::after(0, 100)).await.map(|page| page.items).unwrap_or_default()
}

async fn opened(store: &MemoryStore, of: &str) -> Vec<Notice> {
    let entries = entries(store, &RoomId::inbox(&user(of).user)).await;
    entries
        .into_iter()
        .filter_map(|entry| if let Body::Notice(notice) = entry.body { Some(notice) } else { None })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_message_opens_the_room_once_and_a_retry_gets_the_first_answer() {
    let store = Arc::new(MemoryStore::new());
    let chat = Chat::builder().store(store.clone()).people(Three).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let mut acks = Vec::new();
    for _ in 0..2 {
        let answers = [chat.call(&ann, message("bob", "c", "hello")), chat.call(&ann, message("bob", "c", "hello"))];
        for answer in futures_util::future::join_all(answers).await {
            let Reply::Committed { op: "send", room, receipt, .. } = answer.unwrap() else { panic!("no ack") };
            assert_eq!(room, RoomId::direct(&ann.user, &bob.user));
            acks.push(receipt);
        }
    }
    assert!(acks.iter().all(|ack| *ack == acks[0]), "{acks:?}");
    let room = RoomId::direct(&ann.user, &bob.user);
    let kinds: Vec<_> = entries(&store, &room).await.into_iter().map(|entry| (entry.sender, entry.body)).collect();
    let is_join = |body: &Body| matches!(body, Body::Joined { .. });
    assert!(matches!(&kinds[..], [(_, a), (_, b), (_, Body::Message(_))] if is_join(a) && is_join(b)), "{kinds:?}");
    assert_eq!(opened(&store, "bob").await, [Notice::DirectOpened { room: room.clone(), by: ann.user.clone() }]);
    assert_eq!(opened(&store, "ann").await, []);
    let reused = chat.call(&ann, message("bob", "c", "another")).await.unwrap_err();
    assert_eq!(reused.code, Code::ClientIdReused);
    // Under the name that the host's people have, though he has said nothing yet.
    let (members, _) = chat.members(&ann, &room, None, 10).await.unwrap();
    assert_eq!(members.iter().map(|member| member.who.shown()).collect::<Vec<_>>(), ["ann", "BOB"]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_answered_although_the_client_sends_too_much() {
    let mut limits = Limits::default();
    (limits.requests_per_second, limits.request_burst) = (Some(1), 1);
    let chat = Chat::builder().people(Three).limits(limits).build();
    let mut client = Client::connect(&chat, &chat.wire(Lines), Some(user("ann")));
    client.ask(message("bob", "c", "hello")).await;
    client.until("committed send 3 c").await;
    client.ask(message("bob", "c", "hello")).await;
    client.until("committed send 3 c").await;
    client.ask(message("cid", "c", "hello")).await;
    client.until("refused rate-limited").await;
    let room = RoomId::direct(&user("ann").user, &user("cid").user);
    assert_eq!(chat.room(&user("ann"), &room).await.unwrap_err().code, Code::RoomNotFound, "it opened nothing");
}

#[tokio::test(start_paused = true)]
async fn both_are_subscribed_where_they_are_and_messages_come_in_their_order() {
    let chat = Chat::builder().people(Three).build();
    let wire = chat.wire(Lines);
    let mut bob = Client::connect(&chat, &wire, Some(user("bob")));
    bob.ask(Call::Hello { token: None, protocol: 1, resume: Vec::new() }).await;
    bob.until("welcome").await;
    let mut ann = Client::connect(&chat, &wire, Some(user("ann")));
    for n in 0..20 {
        ann.ask(message("bob", &format!("c-{n}"), &n.to_string())).await;
    }
    let mut heard = Vec::new();
    while heard.last().is_none_or(|line: &String| !line.contains("Message 19")) {
        heard.extend(lines(bob.next().await.unwrap()));
    }
    assert!(heard.iter().any(|line| line.starts_with("Subscribed")), "{heard:?}");
    heard.retain(|line| line.contains("Message"));
    let in_order: Vec<_> = (0..20).map(|n| format!("#{} after {}: ann Message {n}", n + 3, n + 2)).collect();
    assert_eq!(heard, in_order);
    ann.until("committed send 22 c-19").await;
}

#[tokio::test(start_paused = true)]
async fn it_is_said_whether_the_room_is_new_and_whom_there_is_not() {
    let chat = Chat::builder().people(Three).guests(true).build();
    let (ann, bob) = (user("ann"), user("bob"));
    for (caller, with, new) in [(&ann, "bob", true), (&ann, "bob", false), (&bob, "ann", false)] {
        let Reply::Direct { is_new, .. } = chat.call(caller, open(with)).await.unwrap() else { panic!("no room") };
        assert_eq!(is_new, new, "{} {with}", caller.user);
    }
    let (guest, _) = chat.guest(Name::parse("Gus").unwrap()).unwrap();
    let room = chat.create_room(&ann, chat_core::NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    chat.command(&guest, &room, Command { client_id: None, op: Op::Join }).await.unwrap();
    for call in [
        |user: UserId| Call::Direct { user },
        |user| Call::DirectMessage { user, client_id: None, post: Post::text("x") },
    ] {
        let refused = |caller: &Caller, user: &UserId| {
            let (chat, caller, call) = (chat.clone(), caller.clone(), call(user.clone()));
            async move { chat.call(&caller, call).await.unwrap_err() }
        };
        assert_eq!(refused(&ann, &user("eve").user).await.code, Code::UserNotFound);
        assert_eq!(refused(&ann, &guest.user).await.code, Code::UserNotFound);
        assert_eq!(refused(&guest, &ann.user).await.code, Code::Forbidden);
        let own = refused(&ann, &ann.user).await;
        assert_eq!((own.code, own.field.as_deref()), (Code::InvalidField, Some("userId")));
    }
}

#[tokio::test(start_paused = true)]
async fn both_pin_in_a_direct_room() {
    let chat = Chat::builder().people(Three).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let (room, sent) = chat.send_direct(&ann, &bob.user, Post::text("hello")).await.unwrap();
    let command = |op| Command { client_id: None, op };
    chat.command(&bob, &room, command(Op::Pin { target: sent.seq })).await.unwrap();
    chat.command(&ann, &room, command(Op::Unpin { target: sent.seq })).await.unwrap();
    let eve = chat.command(&user("eve").administrator(), &room, command(Op::Pin { target: sent.seq })).await;
    assert_eq!(eve.unwrap_err().code, Code::RoomNotFound);
}
