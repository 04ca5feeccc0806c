//! What becomes of requests that are lost, and of sessions that ask for too much.

use std::time::Duration;

use super::*;
use crate::{Call, Chat, Codec, NewRoom, Post, UserId, limits};

struct Codes;

impl Codec for Codes {
    fn decode(&self, _: &[u8]) -> Result<Request, (Option<RequestId>, Refusal)> {
        Err((None, Refusal::field("all", "is not read in this test")))
    }

    fn encode(&self, event: &Event<'_>, frame: &mut Vec<u8>) {
        let code = match event {
            Event::Refused { refusal, .. } => refusal.code.as_str(),
            Event::Subscribed { .. } => "subscribed",
            Event::Welcome { .. } => "welcome",
            _ => "other",
        };
        frame.extend_from_slice(code.as_bytes());
    }
}

/// A client who sends nothing and reads nothing.
struct Stuck;

impl crate::Transport for Stuck {
    async fn recv(&mut self) -> crate::Received {
        std::future::pending().await
    }

    async fn send(&mut self, _: &[Bytes]) -> std::io::Result<()> {
        std::future::pending().await
    }

    async fn close(&mut self, _: CloseReason) {
        std::future::pending().await
    }
}

fn ann() -> Caller {
    Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap())
}

fn connection() -> Connection {
    let chat = Chat::builder().build();
    chat.connect(&chat.wire(Codes), Some(ann()))
}

async fn next(connection: &mut Connection) -> String {
    let frames = tokio::time::timeout(Duration::from_secs(1), connection.next()).await.expect("an answer").unwrap();
    String::from_utf8(frames.concat()).unwrap()
}

fn command(connection: &Connection) -> Mail {
    let (caller, command) = (ann(), Command::from(Post::text("hello")));
    let sink = connection.sink(Asker::nameless(None, &caller, "send"));
    Mail::Command { caller, command, refused: None, attach: false, newcomer: false, by_engine: false, sink }
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_mail_is_lost_is_answered_and_no_longer_in_flight() {
    let mut connection = connection();
    for _ in 0..limits::MAX_IN_FLIGHT {
        drop(command(&connection));
        assert_eq!(next(&mut connection).await, "outcome-unknown");
    }
    assert!(connection.outlet.takes_requests());
}

#[tokio::test(start_paused = true)]
async fn mail_that_a_closed_host_forwards_in_vain_is_refused() {
    let mut connection = connection();
    let gone = RoomId::parse("gone").unwrap();
    for _ in 0..limits::MAX_IN_FLIGHT {
        let mail = command(&connection);
        connection.engine.clone().forward(gone.clone(), Box::new(mail));
        assert_eq!(next(&mut connection).await, "room-not-found");
    }
    assert!(connection.outlet.takes_requests());
}

#[tokio::test(start_paused = true)]
async fn only_rooms_one_is_subscribed_to_take_a_place() {
    let mut limits = crate::Limits::default();
    limits.requests_per_second = None;
    let chat = Chat::builder().limits(limits).build();
    let mut connection = chat.connect(&chat.wire(Codes), Some(ann()));
    let bob = Caller::new(UserId::parse("bob").unwrap(), Name::parse("Bob").unwrap());
    let new = |n: usize| private().with_id(RoomId::parse(format!("r{n}")).unwrap());
    for n in 0..limits::MAX_SUBSCRIPTIONS {
        chat.create_room(&bob, new(n)).await.unwrap();
        assert_ne!(subscribe(&mut connection, n).await, "subscribed");
    }
    // None of these took a place; every one of these does.
    for n in 0..=limits::MAX_SUBSCRIPTIONS {
        chat.create_room(&ann(), new(1_000 + n)).await.unwrap();
        let answer = subscribe(&mut connection, 1_000 + n).await;
        let is_last = n == limits::MAX_SUBSCRIPTIONS;
        assert_eq!(answer, if is_last { "too-many-subscriptions" } else { "subscribed" }, "{n}");
    }
    assert_eq!(subscribe(&mut connection, 1_000).await, "subscribed");
}

fn private() -> NewRoom {
    NewRoom { kind: crate::RoomKind::Private, ..NewRoom::public(Name::parse("Room").unwrap()) }
}

async fn subscribe(connection: &mut Connection, n: usize) -> String {
    let room = RoomId::parse(format!("r{n}")).unwrap();
    connection.request(Request { re: None, call: Call::Subscribe { room, from: None } }).await;
    next(connection).await
}

#[tokio::test(start_paused = true)]
async fn a_hello_that_is_dropped_half_way_holds_nothing_back() {
    let mut connection = connection();
    let hello = Request { re: None, call: Call::Hello { token: None, protocol: 1, resume: Vec::new() } };
    // The first poll begins to resume the inbox, whose host answers later.
    assert!(futures_util::FutureExt::now_or_never(connection.request(hello)).is_none());
    connection.request(Request { re: None, call: Call::Ping }).await;
    assert_eq!(next(&mut connection).await, "other");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_counts_as_one() {
    let mut limits = crate::Limits::default();
    (limits.requests_per_second, limits.request_burst) = (Some(1), 2);
    let chat = Chat::builder().limits(limits).build();
    let mut connection = chat.connect(&chat.wire(Codes), Some(ann()));
    for expected in ["invalid-field", "invalid-field", "rate-limited"] {
        assert!(connection.receive(crate::Received::Message("nonsense".into())).await.is_none());
        assert_eq!(next(&mut connection).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_not_gone_by_the_deadline_is_cut_off() {
    let chat = Chat::builder().build();
    let served = tokio::spawn(chat.serve(&chat.wire(Codes), Some(ann()), Stuck));
    assert_eq!(chat.shutdown(Duration::from_millis(100)).await, 1);
    let ended = tokio::time::timeout(Duration::from_millis(1), served).await;
    assert!(ended.is_ok_and(|served| served.is_ok()));
    assert_eq!(chat.connections(), 0);
}
