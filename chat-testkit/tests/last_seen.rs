//! When users were last connected, on a store that fails and for nodes that die.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{sync::Arc, time::Duration};

use chat_core::{
    Caller, Chat, Command, MemoryStore, Name, NewRoom, Op, RoomId, SeededEnvironment, Store, Timestamp, UserId,
};
use chat_testkit::{Faults, FaultyStore};
use tokio::time::sleep;

const MINUTE: i64 = 60_000;

fn user(id: &str) -> Caller {
    Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap())
}

struct Stage {
    store: Arc<FaultyStore>,
    clock: Arc<SeededEnvironment>,
    chat: Chat,
    room: RoomId,
}

impl Stage {
    async fn new() -> Self {
        let clock = Arc::new(SeededEnvironment::new(7, Timestamp(MINUTE)));
        let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), clock.clone()));
        let chat = Chat::builder().store(store.clone()).environment(clock.clone()).build();
        let room = chat.create_room(&user("ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
        chat.command(&user("bob"), &room, Command { client_id: None, op: Op::Join }).await.unwrap();
        Self { store, clock, chat, room }
    }

    async fn visit(&self, caller: &Caller) {
        let (requests, events) = self.chat.session(caller.clone());
        requests.subscribe(&self.room, None).await.unwrap();
        drop((requests, events));
    }

    /// In minutes.
    async fn stored(&self, of: &Caller) -> Option<i64> {
        let power = Store::last_seen(&*self.store).unwrap();
        let seen = power.when_seen(std::slice::from_ref(&of.user)).await.unwrap();
        seen.first().map(|(_, at)| at.0 / MINUTE)
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_written_is_written_later_and_undoes_nothing() {
    let (stage, ann, bob) = (Stage::new().await, user("ann"), user("bob"));
    stage.visit(&ann).await;
    stage.visit(&bob).await;
    stage.store.set_faults(Faults::outage());
    sleep(Duration::from_secs(15)).await;
    let refused = stage.store.counts().refuse;
    assert!(refused > 0, "it was tried");
    stage.store.set_faults(Faults::default());
    stage.clock.set_wall(Timestamp(3 * MINUTE));
    stage.visit(&ann).await;
    sleep(Duration::from_secs(15)).await;
    assert_eq!((stage.stored(&ann).await, stage.stored(&bob).await), (Some(3), Some(1)));
}
