//! Announcements: what administrators tell everybody.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
mod wire;

use std::{sync::Arc, time::Duration};

use chat_core::{
    Body, Call, Caller, Chat, ClientId, Code, Cursor, Environment, MemoryStore, Name, NewRoom, OwnRooms, Post, Reply,
    Resume, RoomId, SeededEnvironment, Seq, Store as _, SystemEnvironment, Timestamp, UserId, UserRoom, Window, limits,
};
use wire::{Client, Lines};

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn admin() -> Caller {
    user("root").administrator()
}

fn chat() -> Chat {
    Chat::builder().guests(true).announcements(true).build()
}

fn room() -> RoomId {
    RoomId::announcements()
}

/// The ids of all of a user's rooms, so many in a page.
async fn listed(chat: &Chat, caller: &Caller, list: OwnRooms, limit: usize) -> Vec<String> {
    let (mut listed, mut page) = (Vec::new(), Some(list));
    while let Some(this) = page {
        let (rooms, next) = chat.my_rooms(caller, &this, limit).await.unwrap();
        assert!(rooms.len() <= limit, "{limit}");
        listed.extend(rooms.iter().map(|own| own.record.room.to_string()));
        page = next;
    }
    listed
}

async fn own(chat: &Chat, caller: &Caller) -> UserRoom {
    let (rooms, _) = chat.my_rooms(caller, &OwnRooms::latest(), 10).await.unwrap();
    rooms.into_iter().find(|own| own.record.room == room()).expect("announcements are everybody's")
}

#[tokio::test(start_paused = true)]
async fn administrators_tell_everybody_and_a_retry_tells_nobody_twice() {
    let chat = chat();
    let (ann, (guest, _)) = (user("ann"), chat.guest(Name::parse("Gus").unwrap()).unwrap());
    let mut client = Client::connect(&chat, &chat.wire(Lines), Some(guest.clone()));
    client.ask(Call::Subscribe { room: room(), from: None }).await;
    client.until("Subscribed").await;
    let call = |text: &str| Call::Broadcast { client_id: ClientId::parse("c").ok(), post: Post::text(text) };
    let mut acks = Vec::new();
    for _ in 0..2 {
        let Reply::Committed { op: "send", receipt, .. } = chat.call(&admin(), call("hello")).await.unwrap() else {
            panic!("no ack")
        };
        acks.push(receipt);
    }
    assert_eq!(acks[0], acks[1]);
    client.until("#1 after 0: root Message hello").await;
    for caller in [&ann, &guest] {
        let own = own(&chat, caller).await;
        assert_eq!((own.unread, own.read), (1, 0), "{}", caller.user);
        assert_eq!(chat.broadcast(caller, Post::text("x")).await.unwrap_err().code, Code::Forbidden);
    }
    assert_eq!(own(&chat, &admin()).await.unread, 0, "one's own");
    chat.mark_read(&ann, &room(), 1).await.unwrap();
    chat.broadcast(&admin(), Post { mentions: vec![ann.user.clone()], ..Post::text("@ann") }).await.unwrap();
    let own = own(&chat, &ann).await;
    assert_eq!((own.read, own.unread, own.mentions), (1, 1, 1));
    assert_eq!(chat.delete_room(&admin(), &room()).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn who_says_hello_or_joins_is_told_without_asking_and_presence_is_not() {
    let chat = chat();
    let (ann, wire) = (user("ann"), chat.wire(Lines));
    let talk = NewRoom::public(Name::parse("Talk").unwrap()).with_id(RoomId::parse("talk").unwrap());
    chat.create_room(&ann, talk).await.unwrap();
    let hello = |resume| Call::Hello { protocol: 1, token: None, resume };
    let mut greeter = Client::connect(&chat, &wire, Some(ann.clone()));
    greeter.ask(hello(Vec::new())).await;
    let subscribed = greeter.until("Subscribed").await;
    assert!(subscribed.contains("\"announcements\""), "{subscribed}");
    let (guest, _) = chat.guest(Name::parse("Gus").unwrap()).unwrap();
    let mut joiner = Client::connect(&chat, &wire, Some(guest));
    joiner.ask(wire::join(&RoomId::parse("talk").unwrap())).await;
    let mut told = Vec::new();
    while !told.iter().any(|line: &String| line.starts_with("Subscribed")) {
        told.extend(wire::lines(joiner.next().await.unwrap()));
    }
    assert!(told[0].starts_with("joined"), "the answer comes first: {told:?}");
    chat.broadcast(&admin(), Post::text("hello")).await.unwrap();
    for client in [&mut greeter, &mut joiner] {
        client.until("#1 after 0: root Message hello").await;
    }
    let Reply::Online { count, .. } = chat.call(&ann, Call::Online { room: room() }).await.unwrap() else { panic!() };
    assert_eq!(count, 0, "everybody is there, and nobody is told so");

    // A client that does not want to hear of it is not subscribed by its next join.
    joiner.ask(Call::Unsubscribe { room: room() }).await;
    joiner.until("Unsubscribed").await;
    joiner.ask(wire::join(&RoomId::parse("talk").unwrap())).await;
    joiner.until("joined").await;
    chat.broadcast(&admin(), Post::text("unheard")).await.unwrap();
    // One that comes back with a cursor is told what it missed, and each once.
    let epoch = chat.room(&ann, &room()).await.unwrap().epoch;
    let mut back = Client::connect(&chat, &wire, Some(ann));
    back.ask(hello(vec![Resume { room: room(), cursor: Cursor { epoch, seq: 1 } }])).await;
    back.until("#2 after 1: root Message unheard").await;
    chat.broadcast(&admin(), Post::text("last")).await.unwrap();
    let mut heard = Vec::new();
    while !heard.iter().any(|line: &String| line.starts_with("#3 after 2")) {
        heard.extend(wire::lines(back.next().await.unwrap()));
    }
    assert!(!heard.iter().any(|line| line.starts_with("#2") || line.contains("Presence")), "{heard:?}");
    let mut unheard = Vec::new();
    joiner.ask(Call::Online { room: RoomId::parse("talk").unwrap() }).await;
    while !unheard.iter().any(|line: &String| line.starts_with("Online")) {
        unheard.extend(wire::lines(joiner.next().await.unwrap()));
    }
    assert!(!unheard.iter().any(|line| line.contains("unheard") || line.contains("last")), "{unheard:?}");
}

#[tokio::test(start_paused = true)]
async fn the_room_is_there_from_the_start_and_in_its_place_in_every_list() {
    let (clock, mut now) = (Arc::new(SeededEnvironment::new(1, Timestamp(1))), 2);
    let chat = Chat::builder().announcements(true).environment(clock.clone()).build();
    let ann = user("ann");
    let mut ids = vec!["announcements", "zoo", "aaa"];
    for id in &ids[1..] {
        let new = NewRoom::public(Name::parse("Talk").unwrap()).with_id(RoomId::parse(id).unwrap());
        chat.create_room(&ann, new).await.unwrap();
    }
    ids.sort_unstable();
    for limit in 1..5 {
        assert_eq!(listed(&chat, &ann, OwnRooms::all(), limit).await, ids, "{limit} at a time");
    }
    // By activity it stands where its last message has its place.
    clock.set_wall(Timestamp(2));
    chat.broadcast(&admin(), Post::text("hello")).await.unwrap();
    let (zoo, aaa) = (RoomId::parse("zoo").unwrap(), RoomId::parse("aaa").unwrap());
    for (said, expected) in [(&zoo, ["zoo", "announcements", "aaa"]), (&aaa, ["aaa", "zoo", "announcements"])] {
        now += 1;
        clock.set_wall(Timestamp(now));
        chat.send(&ann, said, Post::text("hello")).await.unwrap();
        for limit in 1..5 {
            assert_eq!(listed(&chat, &ann, OwnRooms::latest(), limit).await, expected, "{limit} at a time");
        }
    }
    assert_eq!(chat.room(&ann, &room()).await.unwrap().meta.name.as_str(), "Announcements");
    let taken = NewRoom::public(Name::parse("x").unwrap()).with_id(room());
    assert_eq!(chat.create_room(&ann, taken).await.unwrap_err().code, Code::InvalidField);

    let without = Chat::builder().build();
    assert_eq!(without.my_rooms(&ann, &OwnRooms::latest(), 10).await.unwrap(), (Vec::new(), None));
    assert_eq!(without.broadcast(&admin(), Post::text("x")).await.unwrap_err().code, Code::RoomNotFound);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_neither_shown_nor_counted() {
    let store = Arc::new(MemoryStore::new());
    let chat = Chat::builder().store(store.clone()).announcements(true).build();
    let now = SystemEnvironment.wall();
    let over = || Post { expires_at: Some(now), ..Post::text("over") };
    let lasting = || Post { expires_at: Some(Timestamp(now.0 + 3_600_000)), ..Post::text("lasting") };
    for post in [over(), lasting(), over(), Post::text("for ever")] {
        chat.broadcast(&admin(), post).await.unwrap();
    }
    let ann = user("ann");
    let shown = async |window| {
        let history = chat.history(&ann, &room(), window).await.unwrap();
        history.messages.iter().map(|(message, _)| message.entry.seq).collect::<Vec<Seq>>()
    };
    assert_eq!(shown(Window::last(None, 10)).await, [2, 4]);
    let listed = own(&chat, &ann).await;
    assert_eq!((listed.unread, listed.last.map(|last| last.text)), (2, Some("for ever".into())));
    // A page of what is over alone is not the end.
    for _ in 0..5 {
        chat.broadcast(&admin(), over()).await.unwrap();
    }
    assert_eq!(shown(Window::last(None, 2)).await, [4]);
    assert_eq!(shown(Window::after(0, 1)).await, [2]);
    assert_eq!(shown(Window::after(4, 1)).await, [0; 0]);
    assert_eq!(store.room(&room()).await.unwrap().unwrap().head, 9);
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_deleted_and_those_who_see_it_are_told() {
    const HOUR: i64 = 3_600_000;
    let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(SeededEnvironment::new(1, Timestamp(0))));
    let chat = Chat::builder().store(store.clone()).environment(clock.clone()).announcements(true).build();
    let until = |hour: i64| Post { expires_at: Some(Timestamp(hour * HOUR)), ..Post::text("until") };
    for post in [until(1), Post::text("for ever"), until(3), until(2)] {
        chat.broadcast(&admin(), post).await.unwrap();
    }
    let mut ann = Client::connect(&chat, &chat.wire(Lines), Some(user("ann")));
    ann.ask(Call::Subscribe { room: room(), from: None }).await;
    ann.until("Subscribed").await;
    let texts = async || {
        let entries = store.entries(&room(), Window::after(0, 4)).await.unwrap().items;
        let text = |body: &Body| if let Body::Message(post) = body { post.text.to_string() } else { panic!() };
        entries.iter().map(|entry| text(&entry.body)).collect::<Vec<_>>()
    };
    for (hour, told, expected) in [
        (1, "#5 after 4: root Deleted", ["", "for ever", "until", "until"]),
        (2, "#6 after 5: root Deleted", ["", "for ever", "until", ""]),
        (3, "#7 after 6: root Deleted", ["", "for ever", "", ""]),
    ] {
        clock.set_wall(Timestamp(hour * HOUR));
        assert_eq!(ann.until("#").await, told, "hour {hour}");
        assert_eq!(texts().await, expected, "hour {hour}");
    }
    let shown = chat.history(&user("ann"), &room(), Window::last(None, 10)).await.unwrap();
    assert_eq!(shown.messages.iter().map(|(message, _)| message.entry.seq).collect::<Vec<_>>(), [2]);
    // Nothing is deleted twice.
    tokio::time::sleep(Duration::from_millis(3 * limits::EXPIRY_SWEEP_MS)).await;
    assert_eq!(store.room(&room()).await.unwrap().unwrap().head, 7);
}
