//! Deletion of rooms, heads of many, and entries from the future.

use std::sync::Arc;

use chat_core::{
    Body, CreateError, Cursor, Epoch, OwnRooms, RoomId, RoomKind, Seq, Store, Window, limits::HEADS_PER_QUERY,
};

use super::{
    create::is_nowhere,
    fixture::{claim, epoch, meta, name, profile_names, room_id, user},
    scribe::{Scribe, named},
};

/// A deleted room is gone from everywhere; what is no room's, and the other rooms, stay.
pub async fn a_deleted_room_is_gone(store: Arc<dyn Store>) {
    let mut gone = Scribe::open(&store, "gone").await;
    let mut kept = Scribe::open(&store, "kept").await;
    let ann = user("ann");
    for scribe in [&mut gone, &mut kept] {
        let join = scribe.draft(&ann, Body::Joined { role: chat_core::Role::Owner, guest: false, invite: None });
        let message = scribe.claimed(&ann, "hello", claim("c", 1));
        let edit = scribe.draft(
            &ann,
            Body::Edited { target: 2, text: "hello!".into(), mentions: vec![ann.clone()], mentions_room: false },
        );
        scribe.write(&[named(join, &name("Ann")), message, edit]).await;
        store.set_read(&scribe.room, &ann, 2).await.expect("a read cursor");
    }
    store.delete_room(&gone.room).await.expect("a deletion");
    let late = gone.message(&ann, "too late");
    is_nowhere(&store, &gone.room, &[late]).await;
    let listed = store.rooms_of_kind(RoomKind::Public, false, None, 10).await.expect("public rooms");
    assert_eq!(listed.iter().map(|record| record.room.as_str()).collect::<Vec<_>>(), ["kept"]);
    let theirs = store.rooms_of(&ann, &OwnRooms::all(), 10).await.expect("rooms");
    assert_eq!(theirs.iter().map(|room| (room.record.room.as_str(), room.read)).collect::<Vec<_>>(), [("kept", 2)]);
    assert_eq!(profile_names(&*store, std::slice::from_ref(&ann)).await, [(ann, name("Ann"))]);
    kept.check().await;
}

/// The id of a deleted room is never free again, under any epoch, and deleting it again is no error.
pub async fn a_deleted_rooms_id_stays_reserved(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "gone").await;
    scribe.post(&user("ann"), "hello").await;
    for number in [scribe.epoch.number(), 99, 100] {
        store.delete_room(&scribe.room).await.expect("a deletion");
        for kind in [RoomKind::Public, RoomKind::Private] {
            let again = store.create_room(&scribe.room, epoch(number), &meta(kind)).await;
            assert!(matches!(again, Err(CreateError::Exists)), "{again:?}");
        }
        assert_eq!(store.room(&scribe.room).await.expect("an answer"), None);
    }
    Scribe::open(&store, "Gone").await;
}

/// Deleting what never was reserves nothing.
pub async fn deleting_what_never_was_reserves_nothing(store: Arc<dyn Store>) {
    store.delete_room(&room_id("not-yet")).await.expect("removing what does not exist is no error");
    let mut scribe = Scribe::open(&store, "not-yet").await;
    scribe.post(&user("ann"), "here we are").await;
    scribe.check().await;
}

/// A room is removed at the head that is named, and at no other; what is left of it is what a deletion leaves.
pub async fn a_room_is_removed_at_its_head_alone(store: Arc<dyn Store>) {
    let ann = user("ann");
    let mut scribe = Scribe::open(&store, "gone").await;
    let at = |scribe: &Scribe, seq| Cursor { epoch: scribe.epoch, seq };
    for head in 0..3_u64 {
        for seq in [head + 1, head.wrapping_sub(1), u64::MAX] {
            assert!(!store.delete_room_at(&scribe.room, at(&scribe, seq)).await.expect("an answer"), "{seq} at {head}");
        }
        let other = Cursor { epoch: epoch(999), seq: head };
        assert!(!store.delete_room_at(&scribe.room, other).await.expect("an answer"), "another epoch");
        scribe.check().await;
        scribe.post(&ann, "hello").await;
    }
    assert!(!store.delete_room_at(&room_id("never-was"), at(&scribe, 3)).await.expect("an answer"));
    assert!(store.delete_room_at(&scribe.room, at(&scribe, 3)).await.expect("an answer"));
    is_nowhere(&store, &scribe.room, &[scribe.clone().message(&ann, "too late")]).await;
    assert!(!store.delete_room_at(&scribe.room, at(&scribe, 3)).await.expect("an answer"), "it is gone");
    let again = store.create_room(&scribe.room, scribe.epoch, &meta(RoomKind::Public)).await;
    assert!(matches!(again, Err(CreateError::Exists)), "{again:?}");
    let empty = Scribe::open(&store, "empty").await;
    assert!(store.delete_room_at(&empty.room, at(&empty, 0)).await.expect("an answer"), "a log without entries");
}

/// Heads are told of those rooms that exist, however many are asked about.
pub async fn heads_are_told_of_rooms_that_exist(store: Arc<dyn Store>) {
    let mut expected: Vec<(RoomId, Epoch, Seq)> = Vec::new();
    for n in 0..5 {
        let mut scribe = Scribe::open(&store, &format!("room-{}", n * 200)).await;
        scribe.fill(&user("ann"), n, "hello").await;
        expected.push((scribe.room.clone(), scribe.epoch, n as Seq));
    }
    store.delete_room(&expected.remove(2).0).await.expect("a deletion");
    let asked: Vec<RoomId> = (0..HEADS_PER_QUERY).map(|n| room_id(&format!("room-{n}"))).collect();
    let mut heads = store.heads(&asked).await.expect("heads");
    heads.sort();
    expected.sort();
    assert_eq!(heads, expected);
    assert_eq!(store.heads(&[]).await.expect("heads"), []);
    assert_eq!(store.heads(&asked[1..3]).await.expect("heads"), []);
}

/// A log with an entry of an unknown kind says so, and can still be read.
pub async fn unknown_kinds_are_told(store: Arc<dyn Store>) {
    let mut newer = Scribe::open(&store, "newer").await;
    let mut known = Scribe::open(&store, "known").await;
    let ann = user("ann");
    for scribe in [&mut newer, &mut known] {
        scribe.join(&ann).await;
    }
    newer.add(&ann, Body::Unknown).await;
    newer.post(&ann, "after it").await;
    for (scribe, has_unknown) in [(&newer, true), (&known, false)] {
        assert_eq!(scribe.record().await.has_unknown, has_unknown, "{}", scribe.room);
        scribe.check().await;
    }
    let rooms = store.rooms_of_kind(RoomKind::Public, false, None, 10).await.expect("public rooms");
    assert_eq!(rooms.iter().map(|record| record.has_unknown).collect::<Vec<_>>(), [false, true]);
    let rooms = store.rooms_of(&ann, &OwnRooms::all(), 10).await.expect("rooms");
    assert_eq!(rooms.iter().map(|room| room.record.has_unknown).collect::<Vec<_>>(), [false, true]);
    assert_eq!(newer.entries(Window::after(1, 1)).await.items[0].body, Body::Unknown);
}
