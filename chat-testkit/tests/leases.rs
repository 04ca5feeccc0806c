//! A store that fails while many guests are leaving is asked now and then, and not for each of them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{sync::Arc, time::Duration};

use chat_core::{
    Caller, Chat, Command, Limits, MemoryStore, Name, NewRoom, Op, SeededEnvironment, Store, Timestamp, UserId, limits,
};
use chat_testkit::{Faults, FaultyStore};

const GUESTS: u64 = 1_000;
/// How long the store fails: without a pause that grows, each guest would be tried 480 times in it.
const OUTAGE: Duration = Duration::from_secs(120);

#[tokio::test(start_paused = true)]
async fn guests_who_leave_in_an_outage_are_taken_out_after_it_and_the_store_is_hardly_asked_in_it() {
    let environment = Arc::new(SeededEnvironment::new(7, Timestamp(0)));
    let memory = Arc::new(MemoryStore::new());
    let store = Arc::new(FaultyStore::new(memory.clone(), environment.clone()));
    let mut limits = Limits::default();
    (limits.head_check_ms, limits.grace_ms) = (3_600_000, 10_000);
    let chat = Chat::builder().store(store.clone()).environment(environment).limits(limits).guests(true).build();
    let ann = Caller::new(UserId::parse("ann").unwrap(), Name::parse("Ann").unwrap());
    let room = chat.create_room(&ann, NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
    for n in 0..GUESTS {
        let (guest, _) = chat.guest(Name::parse(format!("guest {n}")).unwrap()).unwrap();
        chat.command(&guest, &room, Command { client_id: None, op: Op::Join }).await.unwrap();
    }
    let members = async || memory.room(&room).await.unwrap().unwrap().members;
    assert_eq!(members().await, GUESTS + 1);
    store.set_faults(Faults::outage());
    let before = store.counts().refuse;
    tokio::time::sleep(OUTAGE).await;
    let asked = store.counts().refuse - before;
    assert_eq!(members().await, GUESTS + 1, "nobody could be taken out");
    assert!((1..20 * limits::LEASE_CALLS as u64).contains(&asked), "{asked} calls");
    store.set_faults(Faults::default());
    tokio::time::sleep(Duration::from_millis(2 * limits::LEASE_PAUSE_MS)).await;
    assert_eq!(members().await, 1);
}
