//! Logs are truncated as the host says, and whoever comes from before their beginning is told.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{
    Caller, Chat, Environment, Keep, Limits, MemoryStore, Name, NewRoom, Post, RoomId, RoomRecord, Seq, Store,
    Timestamp, UserId, Window,
};

/// A wall clock that is set.
#[derive(Default)]
struct Wall(AtomicI64, AtomicU64);

impl Environment for Wall {
    fn wall(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    fn random(&self) -> u128 {
        u128::from(self.1.fetch_add(1, Ordering::Relaxed) + 1) << 64 | 7
    }
}

struct Bed {
    store: Arc<MemoryStore>,
    wall: Arc<Wall>,
    chat: Chat,
    ann: Caller,
}

impl Bed {
    fn new(keep: impl Fn(&RoomRecord) -> Keep + Send + Sync + 'static) -> Self {
        let (store, wall) = (Arc::new(MemoryStore::new()), Arc::new(Wall::default()));
        let mut limits = Limits::default();
        limits.retention_ms = 1_000;
        let chat = Chat::builder().store(store.clone()).environment(wall.clone()).limits(limits).keep(keep);
        let ann = Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap());
        Self { store, wall, chat: chat.build(), ann }
    }

    async fn room(&self, name: &str) -> RoomId {
        let new = NewRoom { room: Some(RoomId::parse(name).unwrap()), ..NewRoom::public(Name::parse(name).unwrap()) };
        self.chat.create_room(&self.ann, new).await.unwrap().room
    }

    async fn post(&self, room: &RoomId, messages: usize) {
        for n in 0..messages {
            self.chat.command(&self.ann, room, Post::text(format!("{n}")).into()).await.unwrap();
        }
    }

    /// With which entry a log begins, after the next look at it.
    async fn oldest(&self, room: &RoomId) -> Seq {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        self.store.entries(room, Window::last(None, 1)).await.unwrap().oldest
    }
}

#[tokio::test(start_paused = true)]
async fn so_many_entries_are_kept_as_are_wanted_of_each_room() {
    let bed = Bed::new(|record| match record.room.as_str() {
        "short" => Keep::all().entries(10),
        "none" => Keep::all().entries(0),
        _ => Keep::all(),
    });
    let (short, none, whole) = (bed.room("short").await, bed.room("none").await, bed.room("whole").await);
    for room in [&short, &none, &whole] {
        bed.post(room, 500).await;
    }
    assert_eq!(bed.oldest(&whole).await, 1);
    assert_eq!(bed.oldest(&none).await, 502);
    assert_eq!(bed.oldest(&short).await, 492);
    bed.post(&short, 3).await;
    assert_eq!(bed.oldest(&short).await, 495);
    let history = bed.chat.history(&bed.ann, &short, Window::last(None, 100)).await.unwrap();
    assert_eq!((history.messages.len(), history.messages[0].0.entry.seq), (10, 495));
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_is_wanted_goes() {
    let bed = Bed::new(|_| Keep::all().age(Duration::from_secs(60)));
    let room = bed.room("talk").await;
    bed.post(&room, 450).await;
    assert_eq!(bed.oldest(&room).await, 1);
    bed.wall.0.store(60_000, Ordering::Relaxed);
    bed.post(&room, 5).await;
    assert_eq!(bed.oldest(&room).await, 1, "sixty seconds are not more than sixty seconds");
    bed.wall.0.store(60_001, Ordering::Relaxed);
    assert_eq!(bed.oldest(&room).await, 452);
    bed.wall.0.store(30_000, Ordering::Relaxed);
    assert_eq!(bed.oldest(&room).await, 452, "a clock that goes back brings nothing back");
    bed.wall.0.store(i64::MAX, Ordering::Relaxed);
    assert_eq!(bed.oldest(&room).await, 457, "nothing is left");
    bed.wall.0.store(0, Ordering::Relaxed);
    bed.post(&room, 1).await;
    assert_eq!(bed.oldest(&room).await, 457);
    assert_eq!(bed.chat.history(&bed.ann, &room, Window::last(None, 9)).await.unwrap().messages.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_a_time_to_come_goes_with_what_was_written_after_it() {
    const AHEAD: i64 = 1_000_000;
    let bed = Bed::new(|_| Keep::all().age(Duration::from_secs(60)));
    let at = async |room: &RoomId, ms: i64, messages: usize| {
        bed.wall.0.store(ms, Ordering::Relaxed);
        bed.post(room, messages).await;
    };
    // It begins with the entry of its making, seq 1.
    bed.wall.0.store(AHEAD, Ordering::Relaxed);
    let (begun, amid, last) = (bed.room("begun").await, bed.room("amid").await, bed.room("last").await);
    at(&begun, AHEAD, 450).await;
    at(&begun, 0, 5).await;
    at(&amid, 0, 5).await;
    at(&amid, AHEAD, 3).await;
    at(&amid, 60_000, 5).await;
    at(&last, 0, 5).await;
    at(&last, AHEAD, 3).await;
    bed.wall.0.store(60_001, Ordering::Relaxed);
    assert_eq!(bed.oldest(&begun).await, 457, "it is as old as what follows");
    assert_eq!(bed.oldest(&amid).await, 7, "it may be as young as what follows");
    assert_eq!(bed.oldest(&last).await, 7, "nothing follows");
    at(&last, 70_000, 1).await;
    bed.wall.0.store(130_001, Ordering::Relaxed);
    assert_eq!(bed.oldest(&last).await, 11, "it goes when what follows does");
    assert_eq!(bed.oldest(&amid).await, 15);
}
