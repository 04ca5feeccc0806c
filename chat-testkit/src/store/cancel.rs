//! Futures that are dropped: what was asked happens or does not, and the log stays whole.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use chat_core::{AppendError, Body, CreateError, Entry, Role, RoomKind, Seq, Store, StoreError, Window};
use tokio::task::yield_now;

use super::{
    fixture::{claim, epoch, meta, name, room_id, user, users},
    scribe::{Retries, Scribe, named},
};

/// How often a future is polled, at most, before it is dropped.
const POLLS: usize = 12;

/// Polls a future so often and drops it; `None` if it did not end.
async fn drop_after<T>(polls: usize, mut future: Pin<Box<impl Future<Output = T> + ?Sized>>) -> Option<T> {
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(answer) = polled {
            return Some(answer);
        }
        yield_now().await;
    }
    None
}

/// An append that is dropped is settled like one of unknown outcome: by appending the same again at the same place.
pub async fn a_dropped_append_is_settled_by_its_place(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    for (polls, joining) in users(POLLS).iter().enumerate() {
        let join = scribe.draft(joining, Body::Joined { role: Role::Member, guest: false, invite: None });
        let drafts = [
            named(join, &name("A name")),
            scribe.claimed(joining, "hello", claim("c", polls as u8)),
            scribe.message(joining, "more"),
        ];
        let (expected, room) = (scribe.head(), scribe.room.clone());
        let _ = drop_after(polls, store.append(&room, scribe.epoch, expected, &drafts)).await;
        let (mut rest, mut retries) = (&drafts[..], Retries::default());
        while !rest.is_empty() {
            let known = scribe.head();
            let count = match store.append(&room, scribe.epoch, known, rest).await {
                Ok(appended) => appended.count,
                Err(AppendError::Conflict { head, .. }) => (head - known) as usize,
                Err(AppendError::Store(StoreError::NotExecuted { .. })) => {
                    retries.again().await;
                    0
                }
                Err(other) => panic!("{other:?}"),
            };
            let found = scribe.entries(Window::after(known, rest.len())).await.items;
            assert!(count <= rest.len() && count <= found.len(), "{count} of {} drafts", rest.len());
            for (draft, found) in rest[..count].iter().zip(found) {
                assert_eq!(found, Entry::from_draft(draft, scribe.head() + 1));
                scribe.log.push(found);
            }
            rest = &rest[count..];
        }
        scribe.check().await;
    }
    assert_eq!(store.members(&scribe.room, None, 100).await.expect("members").len(), POLLS);
}

/// A room whose making was dropped exists as it was to be, or can still be made.
pub async fn a_dropped_creation_is_settled_by_its_epoch(store: Arc<dyn Store>) {
    for polls in 0..POLLS {
        let (room, first, second) = (room_id(&format!("room-{polls}")), epoch(1), epoch(2));
        let info = meta(RoomKind::Public);
        let _ = drop_after(polls, store.create_room(&room, first, &info)).await;
        let mut retries = Retries::default();
        let made = loop {
            match store.create_room(&room, second, &info).await {
                Ok(()) => break second,
                Err(CreateError::Exists) => break first,
                Err(CreateError::Store(StoreError::NotExecuted { .. })) => retries.again().await,
                Err(other) => panic!("{other:?}"),
            }
        };
        let record = store.room(&room).await.expect("a room").expect("the room just made");
        assert_eq!((record.epoch, record.head, record.meta), (made, 0, info));
    }
}

/// Reads that are dropped leave nothing behind: those after them answer.
pub async fn dropped_reads_leave_nothing_behind(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    scribe.fill(&user("ann"), 3, "hello").await;
    for _ in 0..20 {
        for polls in 0..4 {
            let window = Window::after(0, 10);
            let _ = drop_after(polls, store.entries(&scribe.room, window)).await;
            let _ = drop_after(polls, store.messages(&scribe.room, window)).await;
            let _ = drop_after(polls, store.set_read(&scribe.room, &user("ann"), polls as Seq)).await;
        }
    }
    scribe.check().await;
}
