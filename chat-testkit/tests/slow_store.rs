//! A client that asks without end of a store that is slow is still served, and slows nobody: in virtual time.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{
    Call, Caller, Chat, Code, Limits, MemoryStore, Name, NewRoom, Post, Reply, Request, RoomId, SeededEnvironment,
    Text, Timestamp, UserId, Window,
};
use chat_testkit::{Faults, FaultyStore};
use chat_wire::{JsonCodec, ServerFrame};
use tokio::time::Instant;

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name).unwrap(), Name::parse(name).unwrap())
}

async fn talk(chat: &Chat, owner: &Caller) -> RoomId {
    chat.create_room(owner, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room
}

/// What a client of one session hears, and how late.
#[derive(Default)]
struct Heard {
    pongs: AtomicU64,
    messages: AtomicU64,
    histories: AtomicU64,
}

#[tokio::test(start_paused = true)]
async fn history_questions_without_end_hold_back_neither_pings_nor_messages_nor_others() {
    let environment = Arc::new(SeededEnvironment::new(3, Timestamp(0)));
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), environment.clone()));
    let mut limits = Limits::default();
    limits.requests_per_second = None;
    let chat = Chat::builder().store(store.clone()).environment(environment).limits(limits).build();
    let (ann, bob) = (user("ann"), user("bob"));
    let (asked, busy) = (talk(&chat, &ann).await, talk(&chat, &bob).await);
    let (requests, mut outgoing) = chat.connect(&chat.wire(JsonCodec), Some(ann.clone()));
    for room in [&asked, &busy] {
        let join = Call::Join { room: room.clone(), username: None, guest_token: None, invite: None, client_id: None };
        requests.call(join).await.unwrap();
    }
    let heard = Arc::new(Heard::default());
    let listener = tokio::spawn({
        let heard = heard.clone();
        async move {
            while let Ok(frames) = outgoing.next().await {
                frames.iter().for_each(|frame| count(&heard, frame));
            }
        }
    });
    store.set_faults(Faults { delay: 1_000, longest: Duration::from_millis(100), ..Faults::default() });
    let questions = tokio::spawn({
        let (requests, room) = (requests.clone(), asked.clone());
        async move {
            loop {
                let call = Call::History { room: room.clone(), window: Window::last(None, 50) };
                requests.submit(Request { re: None, call }).await;
            }
        }
    });
    let start = Instant::now();
    for n in 0..20 {
        // Another user's message is acked in the time that the store takes, and not behind the questions.
        let before = Instant::now();
        chat.send(&bob, &busy, Post::text(format!("{n}"))).await.unwrap();
        assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
        // What needs no store is answered though questions wait.
        assert!(requests.call(Call::Ping).await.is_ok());
        heard.pongs.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(heard.messages.load(Ordering::Relaxed), n + 1, "told at once");
    }
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(heard.histories.load(Ordering::Relaxed) > 3, "the questions are answered, too");
    questions.abort();
    listener.abort();
}

/// Has a guest join over a session of their own: how long that took, and their token.
async fn join(chat: &Chat, room: &RoomId, name: Option<&str>, guest_token: Option<Text>) -> (Duration, Option<Text>) {
    let (requests, _outgoing) = chat.connect(&chat.wire(JsonCodec), None);
    let (start, username) = (Instant::now(), name.map(|name| Name::parse(name).unwrap()));
    let call = Call::Join { room: room.clone(), username, guest_token, invite: None, client_id: None };
    let Ok(Reply::Joined(joined)) = requests.call(call).await else { panic!("nobody joined") };
    (start.elapsed(), joined.guest_token)
}

#[tokio::test(start_paused = true)]
async fn a_guest_who_was_just_made_is_not_looked_up() {
    const CALL: Duration = Duration::from_millis(1);
    let environment = Arc::new(SeededEnvironment::new(3, Timestamp(0)));
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), environment.clone()));
    let chat = Chat::builder().store(store.clone()).environment(environment).guests(true).build();
    let (one, other) = (talk(&chat, &user("ann")).await, talk(&chat, &user("ann")).await);
    for room in [&one, &other] {
        // The first who joins has the room ask for its first members.
        join(&chat, room, Some("First"), None).await;
    }
    store.set_faults(Faults { delay_answer: 1_000, longest: CALL, ..Faults::default() });
    let (took, token) = join(&chat, &one, Some("Newcomer"), None).await;
    assert_eq!(took, CALL, "the join is appended, and nothing is asked before");
    let (took, _) = join(&chat, &other, None, token).await;
    assert_eq!(took, 2 * CALL, "a guest with a token may be known: that is asked before");
}

#[tokio::test(start_paused = true)]
async fn rooms_that_are_opened_together_are_no_more_than_may_be_open() {
    const OPEN: usize = 3;
    let environment = Arc::new(SeededEnvironment::new(3, Timestamp(0)));
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), environment.clone()));
    let ann = user("ann");
    let before = Chat::builder().store(store.clone()).build();
    let mut rooms = Vec::new();
    for _ in 0..3 * OPEN {
        rooms.push(talk(&before, &ann).await);
    }
    let mut limits = Limits::default();
    (limits.open_rooms, limits.idle_room_ms) = (OPEN, 10_000);
    let chat = Chat::builder().store(store.clone()).environment(environment).limits(limits).build();
    store.set_faults(Faults { delay_answer: 1_000, longest: Duration::from_millis(5), ..Faults::default() });
    for _ in 0..2 {
        let asked = rooms.iter().map(|room| {
            let (chat, ann, room) = (chat.clone(), ann.clone(), room.clone());
            tokio::spawn(async move { chat.call(&ann, Call::Online { room }).await.map(drop) })
        });
        let mut answers = Vec::new();
        for asked in Vec::from_iter(asked) {
            answers.push(asked.await.unwrap().map_err(|refusal| refusal.code));
        }
        let busy = answers.iter().filter(|answer| **answer == Err(Code::Busy)).count();
        assert_eq!((answers.iter().filter(|answer| answer.is_ok()).count(), busy), (OPEN, 2 * OPEN), "{answers:?}");
        // Those that were open are closed, and their places are free.
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

fn count(heard: &Heard, frame: &[u8]) {
    match ServerFrame::parse(frame) {
        Ok(ServerFrame::NewMessage(_)) => heard.messages.fetch_add(1, Ordering::Relaxed),
        Ok(ServerFrame::History { .. }) => heard.histories.fetch_add(1, Ordering::Relaxed),
        _ => 0,
    };
}

#[tokio::test(start_paused = true)]
async fn a_room_is_read_while_nobody_knows_whether_a_message_was_written() {
    let environment = Arc::new(SeededEnvironment::new(3, Timestamp(0)));
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), environment.clone()));
    let (ann, bob) = (user("ann"), user("bob"));
    let before = Chat::builder().store(store.clone()).build();
    let room = talk(&before, &ann).await;
    let join = Call::Join { room: room.clone(), username: None, guest_token: None, invite: None, client_id: None };
    before.call(&bob, join).await.unwrap();
    before.send(&ann, &room, Post::text("first")).await.unwrap();
    let chat = Chat::builder().store(store.clone()).environment(environment).build();
    // Each write is lost with its answer; reads come through.
    store.set_faults(Faults { lose_call: 1_000, ..Faults::default() });
    let sent = tokio::spawn({
        let (chat, ann, room) = (chat.clone(), ann.clone(), room.clone());
        async move { chat.send(&ann, &room, Post::text("second")).await.map_err(|refusal| refusal.code) }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let read = async |who: &Caller| {
        let start = Instant::now();
        let history = chat.history(who, &room, Window::last(None, 10)).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        history.messages.len()
    };
    // Somebody whom this engine has not seen, and a session that comes.
    assert_eq!(read(&bob).await, 1);
    let (requests, _outgoing) = chat.connect(&chat.wire(JsonCodec), Some(bob.clone()));
    let start = Instant::now();
    requests.call(Call::Subscribe { room: room.clone(), from: None }).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    // Who has sent reads once their message is answered.
    assert_eq!(sent.await.unwrap(), Err(Code::OutcomeUnknown));
    assert_eq!(read(&ann).await, 1);
    store.set_faults(Faults::default());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(read(&bob).await, 2, "it is written after all");
}
