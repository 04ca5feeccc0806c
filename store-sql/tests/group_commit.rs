//! One writer: what waits is committed together, and nobody pays for another's failure.
#![allow(clippy::unwrap_used, missing_docs)]

mod bed;

use bed::{Bed, claimed, draft, epoch, message};
use chat_core::{AppendError, Body, Seq, Store, StoreError, Window};
use futures_util::{FutureExt as _, future::join_all};

#[tokio::test]
async fn appends_that_wait_are_one_transaction_whatever_their_rooms() {
    let bed = Bed::new().await;
    let mut rooms = Vec::new();
    for n in 0..64 {
        rooms.push(bed.room(&format!("room-{n}")).await);
    }
    let before = bed.store.commits();
    let drafts: Vec<_> = (1..=8).map(|seq| message("u", seq, "hello")).collect();
    // On one thread all are queued before the writer's task runs.
    let answers = join_all(rooms.iter().map(|room| bed.store.append(room, epoch(), 0, &drafts))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().count == 8));
    let after = bed.store.commits();
    assert_eq!((after.transactions - before.transactions, after.changes - before.changes), (1, 64));
    for (room, _, head) in bed.store.heads(&rooms).await.unwrap() {
        assert_eq!(head, 8, "{room}");
    }
}

#[tokio::test]
async fn without_group_commit_every_append_is_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let options = store_sql::SqliteOptions::default().group_commit(false);
    let store = store_sql::SqliteStore::open(bed::file(folder.path()), options).await.unwrap();
    let rooms: Vec<_> = (0..5).map(|n| bed::room(&format!("room-{n}"))).collect();
    for room in &rooms {
        store.create_room(room, epoch(), &bed::meta(chat_core::RoomKind::Public)).await.unwrap();
    }
    let before = store.commits().transactions;
    let drafts = [message("u", 1, "hello")];
    join_all(rooms.iter().map(|room| store.append(room, epoch(), 0, &drafts))).await;
    assert_eq!(store.commits().transactions - before, 5);
}

#[tokio::test]
async fn a_refused_append_does_not_spoil_its_neighbours() {
    let bed = Bed::new().await;
    let (a, b, c) = (bed.room("a").await, bed.room("b").await, bed.room("c").await);
    bed.store.append(&c, epoch(), 0, &[claimed(message("u", 1, "first"), "c-1")]).await.unwrap();
    let (one, two) = ([message("u", 1, "one")], [message("u", 2, "two")]);
    let retry = [message("u", 2, "second"), claimed(message("u", 3, "first"), "c-1")];
    let nowhere_room = bed::room("nowhere");
    let before = bed.store.commits().transactions;
    let (first, conflict, gap, duplicate, nowhere, last) = tokio::join!(
        bed.store.append(&a, epoch(), 0, &one),
        bed.store.append(&a, epoch(), 0, &one),
        bed.store.append(&b, epoch(), 1, &two),
        bed.store.append(&c, epoch(), 1, &retry),
        bed.store.append(&nowhere_room, epoch(), 0, &one),
        bed.store.append(&a, epoch(), 1, &two),
    );
    assert_eq!(bed.store.commits().transactions - before, 1);
    assert_eq!((first.unwrap().count, last.unwrap().count), (1, 1));
    assert!(matches!(conflict, Err(AppendError::Conflict { head: 1, .. })), "{conflict:?}");
    assert!(matches!(gap, Err(AppendError::Conflict { head: 0, .. })), "{gap:?}");
    assert!(matches!(nowhere, Err(AppendError::Store(StoreError::NoSuchRoom))), "{nowhere:?}");
    let Err(AppendError::Duplicate(found)) = duplicate else { panic!("{duplicate:?}") };
    assert_eq!((found.len(), found[0].receipt.seq), (1, 1));
    for (room, seqs) in [(&a, vec![1, 2]), (&b, vec![]), (&c, vec![1])] {
        let page = bed.store.entries(room, Window::after(0, 10)).await.unwrap();
        assert_eq!(page.items.iter().map(|entry| entry.seq).collect::<Vec<Seq>>(), seqs, "{room}");
        assert_eq!(page.head, seqs.len() as Seq);
    }
}

#[tokio::test]
async fn an_append_nobody_waits_for_any_more_is_done_all_the_same() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let drafts = [message("u", 1, "one")];
    // Polled once, it is queued; then it is dropped.
    assert!(bed.store.append(&room, epoch(), 0, &drafts).now_or_never().is_none());
    bed.store.append(&room, epoch(), 1, &[message("u", 2, "two")]).await.unwrap();
    assert_eq!(bed.store.entries(&room, Window::after(0, 10)).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn a_large_batch_and_a_long_queue_are_cut_not_lost() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let drafts: Vec<_> = (1..=300).map(|seq| message("u", seq, "hello")).collect();
    let first = bed.store.append(&room, epoch(), 0, &drafts).await.unwrap().count;
    assert_eq!(first, chat_core::limits::MAX_BATCH);
    let rest = bed.store.append(&room, epoch(), first as Seq, &drafts[first..]).await.unwrap().count;
    assert_eq!(first + rest, 300);
    let mut seqs = Vec::new();
    while let Some(entry) = bed.store.entries(&room, Window::after(seqs.len() as Seq, 200)).await.unwrap().items.last()
    {
        seqs.extend(seqs.len() as Seq + 1..=entry.seq);
    }
    assert_eq!(seqs.len(), 300);
}

#[tokio::test]
async fn a_known_claim_is_named_even_behind_one_that_comes_twice() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    bed.store.append(&room, epoch(), 0, &[claimed(message("u", 1, "one"), "known")]).await.unwrap();
    let again = ["new", "new", "known"];
    let drafts: Vec<_> = (2..).zip(again).map(|(seq, id)| claimed(message("u", seq, "more"), id)).collect();
    let refused = bed.store.append(&room, epoch(), 1, &drafts).await;
    assert!(matches!(&refused, Err(AppendError::Duplicate(found)) if found.len() == 1), "{refused:?}");
    assert_eq!(bed.store.append(&room, epoch(), 1, &drafts[..2]).await.unwrap().count, 1);
}

#[tokio::test]
async fn an_append_above_the_head_leaves_nothing_there() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    bed.store.append(&room, epoch(), 1, &[message("u", 2, "too high")]).await.unwrap_err();
    bed.store.append(&room, epoch(), 0, &[message("u", 1, "one")]).await.unwrap();
    assert_eq!(bed.store.append(&room, epoch(), 1, &[message("u", 2, "two")]).await.unwrap().count, 1);
}

#[tokio::test]
async fn a_deletion_does_not_erase_what_follows_it_in_its_batch() {
    let bed = Bed::new().await;
    let room = bed.room("a").await;
    let reacted = |seq| draft("u", seq, Body::Reacted { target: 1, emoji: "\u{1F419}".into() });
    let drafts = [message("u", 1, "one"), reacted(2), draft("u", 3, Body::Deleted { target: 1 }), reacted(4)];
    bed.store.append(&room, epoch(), 0, &drafts).await.unwrap();
    let log = bed.store.entries(&room, Window::after(0, 9)).await.unwrap().items;
    assert_eq!(log.iter().map(|entry| entry.bytes()).collect::<Vec<_>>(), [0, 0, 0, 4]);
}
