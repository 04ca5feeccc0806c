//! A stranger cannot tell by the time of an answer whether a room is private, deleted or none. Time is virtual.
#![allow(clippy::unwrap_used, missing_docs)]

mod wire;

use chat_core::{
    Call, Caller, Chat, ClientId, Code, Command, Cursor, Epoch, InviteCode, Limits, Name, NewRoom, Op, Post, Resume,
    RoomId, RoomKind, UserId, Window, limits,
};
use tokio::time::Instant;
use wire::{Client, Lines};

/// A room that no host has opened, one whose members talk, one that was deleted, and none.
const ROOMS: [&str; 4] = ["closed", "open", "deleted", "none"];

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

fn id(room: &str) -> RoomId {
    RoomId::parse(room).unwrap()
}

async fn chat() -> Chat {
    rooms_of(Chat::builder().build()).await
}

async fn rooms_of(chat: Chat) -> Chat {
    let ann = user("ann");
    for room in &ROOMS[..3] {
        let new = NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse(room).unwrap()).with_id(id(room)) };
        chat.create_room(&ann, new).await.unwrap();
    }
    chat.send(&ann, &id("open"), Post::text("hello")).await.unwrap();
    chat.delete_room(&ann, &id("deleted")).await.unwrap();
    chat
}

fn calls(room: &str) -> Vec<Call> {
    let room = id(room);
    vec![
        Call::Room { room: room.clone() },
        Call::History { room: room.clone(), window: Window::last(None, 10) },
        Call::Members { room: room.clone(), after: None, limit: 10 },
        Call::Online { room: room.clone() },
        Call::Typing { room: room.clone() },
        Call::DeleteRoom { room: room.clone() },
        wire::join(&room),
    ]
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_in_this_process_is_told_after_a_fixed_time() {
    let (chat, eve) = (chat().await, user("eve"));
    for room in ROOMS {
        for call in calls(room) {
            let (asked, name) = (Instant::now(), call.name());
            let refusal = chat.call(&eve, call).await.unwrap_err();
            assert_eq!(refusal.code, Code::RoomNotFound, "{name} in {room}");
            assert_eq!(asked.elapsed().as_millis(), u128::from(limits::NOT_FOUND_MS), "{name} in {room}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_told_after_a_fixed_time_and_may_ask_on_meanwhile() {
    let chat = chat().await;
    let wire = chat.wire(Lines);
    let mut eve = Client::connect(&chat, &wire, Some(user("eve")));
    for room in ROOMS {
        for call in [wire::join(&id(room)), Call::Subscribe { room: id(room), from: None }] {
            let asked = Instant::now();
            eve.ask(call).await;
            eve.ask(Call::Ping).await;
            eve.until("Pong").await;
            assert_eq!(asked.elapsed().as_millis(), 0, "{room}");
            assert_eq!(eve.until("refused").await, "refused room-not-found", "{room}");
            assert_eq!(asked.elapsed().as_millis(), u128::from(limits::NOT_FOUND_MS), "{room}");
        }
    }
}

/// Rooms of this `hello`, each from its first entry on.
fn hello(rooms: &[&str]) -> Call {
    let cursor = Cursor { epoch: Epoch::from_random(1), seq: 0 };
    let resume = rooms.iter().map(|room| Resume { room: id(room), cursor }).collect();
    Call::Hello { token: None, protocol: 1, resume }
}

#[tokio::test(start_paused = true)]
async fn a_client_who_resumes_is_told_after_a_fixed_time_and_once_of_each_room() {
    let chat = chat().await;
    let wire = chat.wire(Lines);
    for room in ROOMS {
        let mut eve = Client::connect(&chat, &wire, Some(user("eve")));
        let asked = Instant::now();
        eve.ask(hello(&[room; limits::MAX_RESUME])).await;
        let welcome = eve.until("welcome").await;
        assert_eq!(welcome.matches("RoomNotFound").count(), 1, "{room}");
        assert_eq!(asked.elapsed().as_millis(), u128::from(limits::NOT_FOUND_MS), "{room}");
    }
    let (mut ann, asked) = (Client::connect(&chat, &wire, Some(user("ann"))), Instant::now());
    ann.ask(hello(&["closed", "open"])).await;
    assert_eq!(ann.until("welcome").await.matches("Reset").count(), 2);
    assert_eq!(asked.elapsed().as_millis(), 0);
}

/// A room that is there looks whether it knows the client id of what is refused.
#[tokio::test(start_paused = true)]
async fn above_the_rate_nobody_is_told_either() {
    let mut limits = Limits::default();
    (limits.requests_per_second, limits.request_burst) = (Some(1), 1);
    let chat = rooms_of(Chat::builder().limits(limits).build()).await;
    let wire = chat.wire(Lines);
    let key = |room: &str| InviteCode::new(id(room), [7; 16]).key();
    for (n, room) in ROOMS.into_iter().enumerate() {
        let client_id = || Some(ClientId::parse("c1").unwrap());
        let join =
            |invite| Call::Join { room: id(room), username: None, guest_token: None, invite, client_id: client_id() };
        let send = Command { client_id: client_id(), op: Op::Send(Post::text("hello")) };
        let send = Call::Command { room: id(room), command: send, username: None };
        for (m, call) in [join(None), join(Some(key(room))), send].into_iter().enumerate() {
            let mut eve = Client::connect(&chat, &wire, Some(user(&format!("eve-{n}-{m}"))));
            eve.ask(Call::Ping).await;
            eve.until("Pong").await;
            let asked = Instant::now();
            eve.ask(call).await;
            assert_eq!(eve.until("refused").await, "refused rate-limited", "{room}");
            assert_eq!(asked.elapsed().as_millis(), u128::from(limits::NOT_FOUND_MS), "{room}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn those_who_may_know_of_a_room_are_answered_at_once() {
    let (chat, ann, asked) = (chat().await, user("ann"), Instant::now());
    chat.room(&ann, &id("closed")).await.unwrap();
    chat.history(&ann, &id("open"), Window::last(None, 10)).await.unwrap();
    Client::joined(&chat, &chat.wire(Lines), ann, &id("closed")).await;
    assert_eq!(asked.elapsed().as_millis(), 0);
}
