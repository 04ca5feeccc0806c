//! Read cursors: forward only, and not beyond what there is.

use std::sync::Arc;

use chat_core::{OwnRooms, Seq, Store};

use super::{
    fixture::{user, users},
    scribe::Scribe,
};

async fn set(scribe: &Scribe, user: &chat_core::UserId, seq: Seq) -> Seq {
    scribe.store.set_read(&scribe.room, user, seq).await.expect("a read cursor")
}

/// A cursor goes forward to what it is set to, at most to the head, never back, and answers where it stands.
pub async fn a_read_cursor_goes_forward_only(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    assert_eq!((set(&scribe, &ann, 0).await, set(&scribe, &ann, 5).await), (0, 0), "in an empty room");
    scribe.fill(&ann, 10, "hello").await;
    for (to, stands) in [(0, 0), (3, 3), (2, 3), (0, 3), (3, 3), (7, 7), (11, 10), (1, 10), (u64::MAX, 10)] {
        assert_eq!(set(&scribe, &ann, to).await, stands, "set to {to}");
    }
    scribe.fill(&ann, 5, "hello").await;
    for (to, stands) in [(0, 10), (i64::MAX as u64, 15), (u64::MAX, 15)] {
        assert_eq!(set(&scribe, &ann, to).await, stands, "set to {to}");
    }
    scribe.check().await;
}

/// A cursor is one user's in one room.
pub async fn read_cursors_are_apart(store: Arc<dyn Store>) {
    let mut here = Scribe::open(&store, "here").await;
    let mut there = Scribe::open(&store, "there").await;
    for scribe in [&mut here, &mut there] {
        scribe.fill(&user("bob"), 5, "hello").await;
    }
    set(&here, &user("ann"), 4).await;
    for (scribe, name, stands) in [(&here, "ann", 4), (&here, "Ann", 0), (&here, "bob", 0), (&there, "ann", 0)] {
        assert_eq!(set(scribe, &user(name), 0).await, stands, "{name} in {}", scribe.room);
    }
}

/// Members and others have cursors, and keep them when they leave.
pub async fn a_read_cursor_outlives_membership(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    scribe.fill(&user("bob"), 3, "hello").await;
    assert_eq!(set(&scribe, &ann, 2).await, 2, "of one who is no member");
    scribe.join(&ann).await;
    assert_eq!(set(&scribe, &ann, 1).await, 2, "of a new member");
    assert_eq!(store.rooms_of(&ann, &OwnRooms::all(), 1).await.expect("rooms")[0].read, 2);
    assert_eq!(set(&scribe, &ann, 4).await, 4);
    scribe.leave(&ann).await;
    assert_eq!(set(&scribe, &ann, 0).await, 4, "of one who left");
    scribe.join(&ann).await;
    assert_eq!(store.rooms_of(&ann, &OwnRooms::all(), 1).await.expect("rooms")[0].read, 4);
}

/// Set by many at one time, a cursor ends at the farthest.
pub async fn of_many_reads_the_farthest_stays(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    scribe.fill(&user("bob"), 40, "hello").await;
    let readers = users(1);
    let tasks = (1..=40u64).map(|n| {
        let (store, room, user) = (Arc::clone(&store), scribe.room.clone(), readers[0].clone());
        let to = (n * 17) % 41;
        tokio::spawn(async move { (to, store.set_read(&room, &user, to).await) })
    });
    for answer in futures_util::future::join_all(tasks).await {
        let (to, stands) = answer.expect("a reader");
        assert!(stands.expect("a read cursor") >= to, "never behind {to}");
    }
    assert_eq!(set(&scribe, &readers[0], 0).await, 40);
}

/// Where the cursors of some users stand is read without moving them: of members and others, of many at once, in this room.
pub async fn where_read_cursors_stand_is_known(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let mut other = Scribe::open(&store, "other").await;
    for scribe in [&mut scribe, &mut other] {
        scribe.fill(&user("bob"), 5, "hello").await;
    }
    let reads = async |users: &[chat_core::UserId]| {
        let mut reads = store.reads(&scribe.room, users).await.expect("read cursors");
        reads.sort();
        reads
    };
    let (ann, bob) = (user("ann"), user("bob"));
    assert_eq!(reads(&[ann.clone(), bob.clone()]).await, []);
    assert_eq!(reads(&[]).await, []);
    set(&scribe, &ann, 2).await;
    set(&scribe, &bob, 0).await;
    set(&other, &bob, 3).await;
    assert_eq!(reads(&[user("Ann"), bob.clone(), ann.clone(), user("an")]).await, [(ann.clone(), 2)]);
    set(&scribe, &bob, 5).await;
    assert_eq!(reads(&[bob.clone(), ann.clone()]).await, [(ann.clone(), 2), (bob.clone(), 5)]);
    assert_eq!(reads(std::slice::from_ref(&bob)).await, [(bob, 5)]);
    let many = users(1_000);
    for (n, user) in many.iter().enumerate().step_by(100) {
        set(&scribe, user, 1 + n as Seq % 5).await;
    }
    let found = reads(&many).await;
    assert_eq!((found.len(), found.iter().all(|(_, seq)| *seq == 1)), (10, true), "{found:?}");
    let nowhere = store.reads(&super::fixture::room_id("nowhere"), &[ann]).await;
    assert!(matches!(nowhere, Err(chat_core::StoreError::NoSuchRoom)), "{nowhere:?}");
}
