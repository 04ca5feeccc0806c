//! Two nodes with much to write in one room: neither keeps the other out, even if its way to the store is ten times as long.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{
    Caller, Chat, ClientId, Command, MemoryStore, Name, NewRoom, Op, Post, RoomId, SeededEnvironment, Store, Timestamp,
    UserId,
};
use chat_testkit::{Faults, FaultyStore};
use tokio::{task::JoinSet, time::Instant};

/// Who talks on each node, one command at a time.
const TALKERS: usize = 8;
/// For how long, in virtual time.
const LONG: Duration = Duration::from_secs(30);

fn ann() -> Caller {
    Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap())
}

/// A node that waits up to so many milliseconds before each call of the store, and again before its answer.
fn node(store: Arc<dyn Store>, number: u32, longest: u64) -> Chat {
    let store = FaultyStore::new(store, Arc::new(SeededEnvironment::new(u64::from(number), Timestamp(0))));
    let mut faults = Faults::default();
    (faults.delay, faults.delay_answer, faults.longest) = (1_000, 1_000, Duration::from_millis(longest));
    store.set_faults(faults);
    Chat::builder().store(store).node(number).build()
}

/// Talks until the time is over. How many commands were acked; none is refused.
async fn talk(chat: Chat, room: RoomId, name: String, end: Instant, acked: Arc<AtomicU64>) {
    let mut number = 0;
    while Instant::now() < end {
        number += 1;
        let client_id = ClientId::parse(format!("{name}-{number}")).ok();
        let answer = chat.command(&ann(), &room, Command { client_id, op: Op::Send(Post::text("x")) }).await;
        answer.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        acked.fetch_add(1, Ordering::Relaxed);
    }
}

/// Commands that two nodes acked whose ways to the store are at most so long.
async fn acked(longest: [u64; 2]) -> [u64; 2] {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let chats = [node(store.clone(), 1, longest[0]), node(store, 2, longest[1])];
    let new = NewRoom::public(Name::parse("Room").unwrap());
    let room = chats[0].create_room(&ann(), new).await.unwrap().room;
    let acked: [Arc<AtomicU64>; 2] = Default::default();
    let (mut talking, end) = (JoinSet::new(), Instant::now() + LONG);
    for talker in 0..TALKERS {
        for (at, chat) in chats.iter().enumerate() {
            let name = format!("{at}-{talker}");
            talking.spawn(talk(chat.clone(), room.clone(), name, end, acked[at].clone()));
        }
    }
    talking.join_all().await;
    acked.map(|count| count.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn each_node_gets_its_turn() {
    for longest in [[2, 2], [2, 7], [2, 20]] {
        let acked = acked(longest).await;
        println!("{longest:?} ms: {acked:?} acked");
        assert!(acked[1] >= LONG.as_secs(), "{longest:?} ms: {acked:?} acked");
        if longest[0] == longest[1] {
            assert!(2 * acked[0] > acked[1] && 2 * acked[1] > acked[0], "{acked:?}");
        }
    }
}
