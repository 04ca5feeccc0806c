//! Direct rooms: opened by whoever writes first, and told to the other user.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
mod wire;

use chat_core::{
    Body, Call, Caller, Chat, ClientId, Code, Command, Entry, Limits, MemoryStore, Name, NewRoom, Notice, Op, OwnRooms,
    People, Post, Refusal, Reply, RoomId, RoomKind, Store as _, UserId, UserRoom, Window, async_trait,
};
use std::{sync::Arc, time::Duration};
use wire::{Client, Lines, lines};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

/// Ann, Bob and Cid, whoever has been here, and every guest.
struct Three;

#[async_trait]
impl People for Three {
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        let is_known = user.is_guest() || ["ann", "bob", "cid"].contains(&user.as_str());
        Ok(is_known.then(|| Name::parse(user.as_str().to_uppercase()).unwrap()))
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
    // Lists of one's own rooms say who the other one is.
    for (caller, other) in [(&ann, ("bob", "BOB")), (&bob, ("ann", "ann"))] {
        chat.create_room(caller, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap();
        let (rooms, _) = chat.my_rooms(caller, &OwnRooms::all(), 10).await.unwrap();
        let direct = |own: &UserRoom| own.record.meta.kind == RoomKind::Direct;
        let peers: Vec<_> = rooms.iter().map(|own| (direct(own), own.peer.as_ref())).collect();
        assert!(peers.iter().all(|(is_direct, peer)| *is_direct == peer.is_some()), "{peers:?}");
        let peer = peers.iter().find_map(|(_, peer)| *peer).unwrap();
        assert_eq!((peer.user.as_str(), peer.shown().to_string().as_str()), other);
    }
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

/// All that one of the two may try in their direct room.
fn tries(message: u64) -> Vec<Op> {
    let emoji = || "👍".into();
    vec![
        Op::Send(Post::text("x")),
        Op::Edit { target: message, text: "x".into(), mentions: Vec::new(), mentions_room: false },
        Op::React { target: message, emoji: emoji() },
        Op::Unreact { target: message, emoji: emoji() },
        Op::Pin { target: message },
        Op::Unpin { target: message },
    ]
}

#[tokio::test(start_paused = true)]
async fn whoever_blocks_the_other_neither_writes_until_it_is_lifted() {
    let store = Arc::new(MemoryStore::new());
    let chat = Chat::builder().store(store.clone()).people(Three).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let (room, sent) = chat.send_direct(&ann, &bob.user, Post::text("hello")).await.unwrap();
    let before = entries(&store, &room).await;
    chat.block(&ann, &bob.user).await.unwrap();
    chat.block(&ann, &bob.user).await.unwrap();
    chat.block(&bob, &ann.user).await.unwrap();
    let blocked = async |times: &str| {
        for (caller, other) in [(&ann, &bob), (&bob, &ann)] {
            for op in tries(sent.seq) {
                let name = op.name();
                let refused = chat.command(caller, &room, Command { client_id: None, op }).await.unwrap_err();
                assert_eq!(refused.code, Code::Blocked, "{name} by {} {times}", caller.user);
            }
            let typing = chat.call(caller, Call::Typing { room: room.clone() }).await.unwrap_err();
            assert_eq!(typing.code, Code::Blocked);
            for call in [open(other.user.as_str()), message(other.user.as_str(), "new", "x")] {
                assert_eq!(chat.call(caller, call).await.unwrap_err().code, Code::Blocked, "{times}");
            }
            // They read on, and take back what is theirs.
            chat.history(caller, &room, Window::last(None, 10)).await.unwrap();
        }
    };
    blocked("while both block").await;
    let retry = chat.command(
        &ann,
        &room,
        Command { client_id: Some(ClientId::parse("d").unwrap()), op: Op::Delete { target: sent.seq } },
    );
    retry.await.unwrap();
    chat.unblock(&ann, &bob.user).await.unwrap();
    assert_eq!(chat.blocks(&ann, None, 10).await.unwrap(), []);
    blocked("while the other one still blocks").await;
    chat.unblock(&bob, &ann.user).await.unwrap();
    chat.unblock(&bob, &ann.user).await.unwrap();
    chat.send_direct(&bob, &ann.user, Post::text("again")).await.unwrap();
    // Each said once, to the one who blocks alone.
    let log = entries(&store, &room).await;
    assert_eq!(log.len() - before.len(), 6, "{log:?}");
    let said = |of: &Caller, other: &Caller| {
        let user = other.user.clone();
        let (store, of) = (store.clone(), of.user.to_string());
        async move {
            let mut notices = opened(&store, &of).await;
            notices.retain(|notice| !matches!(notice, Notice::DirectOpened { .. }));
            assert_eq!(notices, [Notice::Blocked { user: user.clone() }, Notice::Unblocked { user }], "{of}");
        }
    };
    said(&ann, &bob).await;
    said(&bob, &ann).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_holds_before_anything_was_written_and_nobody_is_told_but_who_blocks() {
    let chat = Chat::builder().people(Three).build();
    let wire = chat.wire(Lines);
    let (ann, bob) = (user("ann"), user("bob"));
    let mut clients = Vec::new();
    for caller in [&ann, &bob] {
        let mut client = Client::connect(&chat, &wire, Some(caller.clone()));
        client.ask(Call::Hello { token: None, protocol: 1, resume: Vec::new() }).await;
        client.until("welcome").await;
        clients.push(client);
    }
    chat.block(&ann, &bob.user).await.unwrap();
    clients[0].until("#1 after 0: ann Notice").await;
    for (caller, other) in [(&ann, "bob"), (&bob, "ann")] {
        assert_eq!(chat.call(caller, message(other, "c", "x")).await.unwrap_err().code, Code::Blocked);
        assert_eq!(chat.call(caller, open(other)).await.unwrap_err().code, Code::Blocked);
    }
    let blocks = chat.blocks(&ann, None, 10).await.unwrap();
    assert_eq!(blocks.iter().map(|who| who.user.as_str()).collect::<Vec<_>>(), ["bob"]);
    assert_eq!(chat.blocks(&bob, None, 10).await.unwrap(), []);
    clients[1].ask(Call::Ping).await;
    let heard = lines(clients[1].next().await.unwrap());
    assert_eq!(heard, ["Pong"], "who is blocked is told nothing");
    assert_eq!(chat.block(&ann, &ann.user).await.unwrap_err().code, Code::InvalidField);
    assert_eq!(chat.block(&ann, &user("eve").user).await.unwrap_err().code, Code::UserNotFound);
    chat.unblock(&ann, &user("eve").user).await.unwrap();
    chat.unblock(&ann, &bob.user).await.unwrap();
    chat.send_direct(&bob, &ann.user, Post::text("hello")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_invitations_by_whom_they_block() {
    let store = Arc::new(MemoryStore::new());
    let chat = Chat::builder().store(store.clone()).people(Three).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let invite = async |by: &Caller, name: &str| {
        let new = NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse(name).unwrap()) };
        let room = chat.create_room(by, new).await.unwrap().room;
        let op = Op::Invite { user: ann.user.clone() };
        chat.command(by, &room, Command { client_id: None, op }).await.unwrap();
        room
    };
    // Whoever has written somewhere has an inbox.
    chat.send_direct(&ann, &user("cid").user, Post::text("hello")).await.unwrap();
    chat.block(&ann, &bob.user).await.unwrap();
    chat.block(&user("cid"), &ann.user).await.unwrap();
    let unwanted = invite(&bob, "Unwanted").await;
    let wanted = invite(&user("cid"), "Wanted").await;
    chat.unblock(&ann, &bob.user).await.unwrap();
    let again = invite(&bob, "Again").await;
    // Notices are written beside what they tell of. All are by now.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let told = opened(&store, "ann").await;
    let rooms: Vec<_> = told
        .iter()
        .filter_map(|notice| if let Notice::Invited { room, .. } = notice { Some(room) } else { None })
        .collect();
    assert_eq!((rooms.len(), rooms.contains(&&wanted), rooms.contains(&&again)), (2, true, true), "{told:?}");
    // The invitation itself holds.
    let join = Command { client_id: None, op: Op::Join };
    chat.command(&ann, &unwanted, join).await.unwrap();
}

/// What another node wrote before a block stays; nothing comes after it, though that node has not heard of it.
#[tokio::test(start_paused = true)]
async fn a_block_holds_on_a_node_that_has_not_heard_of_it() {
    let store = Arc::new(MemoryStore::new());
    let node = |number| Chat::builder().store(store.clone()).people(Three).node(number).build();
    let (here, there) = (node(1), node(2));
    let (ann, bob) = (user("ann"), user("bob"));
    let (room, _) = there.send_direct(&bob, &ann.user, Post::text("hello")).await.unwrap();
    here.block(&ann, &bob.user).await.unwrap();
    let head = entries(&store, &room).await.len();
    assert_eq!(there.send(&bob, &room, Post::text("more")).await.unwrap_err().code, Code::Blocked);
    assert_eq!(entries(&store, &room).await.len(), head);
    here.unblock(&ann, &bob.user).await.unwrap();
    let (sent, blocked) = tokio::join!(there.send(&bob, &room, Post::text("x")), here.block(&ann, &bob.user));
    blocked.unwrap();
    let log = entries(&store, &room).await;
    let at = |seq: u64| log.iter().position(|entry| entry.seq == seq);
    let block = log.iter().rposition(|entry| matches!(entry.body, Body::Blocked { .. }));
    assert!(sent.is_err() || at(sent.unwrap().seq) < block, "{log:?}");
}
