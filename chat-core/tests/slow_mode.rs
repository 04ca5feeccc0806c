//! Slow mode: members wait between two messages.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use chat_core::{
    Caller, Chat, ClientId, Code, Command, Limits, MemoryStore, Name, NewRoom, Op, Post, Refusal, Role, RoomChange,
    RoomId, SeededEnvironment, Timestamp, UserId,
};
use futures_util::future::join_all;

const NOW: i64 = 1_800_000_000_000;

struct Place {
    store: Arc<MemoryStore>,
    clock: Arc<SeededEnvironment>,
    chat: Chat,
    room: RoomId,
}

impl Place {
    async fn new(slow_mode_ms: u32) -> Self {
        let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(SeededEnvironment::new(1, Timestamp(NOW))));
        let chat = node(&store, &clock);
        let new = NewRoom { slow_mode_ms, ..NewRoom::public(Name::parse("Talk").unwrap()) };
        let room = chat.create_room(&user("ann"), new).await.unwrap().room;
        let place = Self { store, clock, chat, room };
        for who in ["bob", "cat"] {
            place.done(who, Op::Join).await.unwrap();
        }
        place
    }

    async fn done(&self, who: &str, op: Op) -> Result<(), Refusal> {
        self.chat.command(&user(who), &self.room, Command { client_id: None, op }).await.map(drop)
    }

    async fn says(&self, who: &str) -> Result<(), Code> {
        self.done(who, Op::Send(Post::text("hello"))).await.map_err(|refusal| refusal.code)
    }

    fn at(&self, ms: i64) {
        self.clock.set_wall(Timestamp(NOW + ms));
    }
}

fn node(store: &Arc<MemoryStore>, clock: &Arc<SeededEnvironment>) -> Chat {
    let mut limits = Limits::default();
    limits.head_check_ms = 10;
    Chat::builder().store(store.clone()).environment(clock.clone()).limits(limits).build()
}

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

#[tokio::test]
async fn a_member_waits_between_two_messages_and_is_told_how_long() {
    let place = Place::new(5_000).await;
    place.says("bob").await.unwrap();
    place.at(3_500);
    let refused = place.done("bob", Op::Send(Post::text("again"))).await.unwrap_err();
    assert_eq!(refused.code, Code::SlowMode);
    assert_eq!(refused.details.as_deref(), Some(r#"{"retryAfterMs":1500,"retryAfterSeconds":2}"#));
    place.says("cat").await.expect("each waits for themselves");
    place.done("bob", Op::React { target: 4, emoji: "ok".into() }).await.expect("only messages wait");
    place.at(5_000);
    place.says("bob").await.unwrap();
    assert_eq!(place.says("bob").await, Err(Code::SlowMode));
}

#[tokio::test]
async fn moderators_owners_and_administrators_do_not_wait() {
    let place = Place::new(5_000).await;
    place.done("ann", Op::SetRole { user: user("cat").user, role: Role::Moderator }).await.unwrap();
    for who in ["ann", "ann", "cat", "cat"] {
        place.says(who).await.unwrap();
    }
    let root = user("bob").administrator();
    for _ in 0..2 {
        place.chat.command(&root, &place.room, Post::text("hello").into()).await.unwrap();
    }
    assert_eq!(place.says("bob").await, Err(Code::SlowMode));
}

#[tokio::test]
async fn of_messages_that_come_at_once_one_is_written_and_a_retry_is_that_one() {
    let place = Place::new(5_000).await;
    let answers = join_all((0..20).map(|_| place.says("bob"))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let id = Some(ClientId::parse("m-1").unwrap());
    let post = Command { client_id: id, op: Op::Send(Post::text("once")) };
    let sent = place.chat.command(&user("cat"), &place.room, post.clone()).await.unwrap();
    assert_eq!(place.chat.command(&user("cat"), &place.room, post).await.unwrap(), sent);
}

#[tokio::test]
async fn owners_turn_it_on_and_off_and_it_counts_from_then_on() {
    let place = Place::new(0).await;
    place.says("bob").await.unwrap();
    place.says("bob").await.unwrap();
    let slow = |ms| Op::Change(RoomChange::slow_mode(ms));
    assert_eq!(place.done("bob", slow(1_000)).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(place.done("ann", slow(21_600_001)).await.unwrap_err().field.as_deref(), Some("slowModeMs"));
    place.done("ann", slow(21_600_000)).await.unwrap();
    assert_eq!(place.chat.room(&user("bob"), &place.room).await.unwrap().meta.slow_mode_ms, 21_600_000);
    place.says("bob").await.unwrap();
    assert_eq!(place.says("bob").await, Err(Code::SlowMode));
    place.done("ann", slow(0)).await.unwrap();
    place.says("bob").await.unwrap();
    let new = NewRoom { slow_mode_ms: 21_600_001, ..NewRoom::public(Name::parse("Talk").unwrap()) };
    let refused = place.chat.create_room(&user("ann"), new).await.unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("slowModeMs"));
}

#[tokio::test]
async fn another_node_and_one_that_opens_the_room_later_know_who_wrote() {
    let place = Place::new(5_000).await;
    place.says("bob").await.unwrap();
    let other = node(&place.store, &place.clock);
    let says = async |who: &str| {
        let sent = other.command(&user(who), &place.room, Post::text("hello").into()).await;
        sent.map(drop).map_err(|refusal| refusal.code)
    };
    assert_eq!(says("bob").await, Err(Code::SlowMode), "it reads the end of the log when it opens the room");
    place.says("cat").await.unwrap();
    // What it tries to write is judged again above what the first one wrote.
    assert_eq!(says("cat").await, Err(Code::SlowMode));
}
