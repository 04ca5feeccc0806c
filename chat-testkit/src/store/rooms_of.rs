//! A user's rooms, and how much of them is unread.

use std::sync::Arc;

use chat_core::{
    Activity, Body, Name, OwnRooms, Post, Preview, Role, RoomKind, RoomMeta, Seq, Store, Timestamp, UserId, UserRoom,
    limits::{MAX_PAGE, PREVIEW_BYTES},
};

use super::{
    fixture::{epoch, ids, meta, room_id, user},
    scribe::Scribe,
};

async fn list(store: &Arc<dyn Store>, user: &UserId, after: Option<&str>, limit: usize) -> Vec<UserRoom> {
    store.rooms_of(user, &OwnRooms::ById(after.map(room_id)), limit).await.expect("rooms")
}

fn names(rooms: Vec<UserRoom>) -> Vec<String> {
    rooms.into_iter().map(|room| room.record.room.to_string()).collect()
}

/// What the store says of one room: read, unread, mentions.
pub(super) async fn counts(scribe: &Scribe, user: &UserId) -> (Seq, u64, u64) {
    let rooms = list(&scribe.store, user, None, 10).await;
    let room = rooms.iter().find(|room| room.record.room == scribe.room).expect("a room of theirs");
    (room.read, room.unread, room.mentions)
}

/// A user's rooms are those they are a member of now, by the bytes of their ids, with the record and the role.
pub async fn a_users_rooms_are_listed_by_id(store: Arc<dyn Store>) {
    let (ann, bob) = (user("ann"), user("bob"));
    let ids = ids();
    let mut scribes = Vec::new();
    for id in ids.iter().rev() {
        let mut scribe = Scribe::open_kind(&store, id, RoomKind::Private).await;
        scribe.join(&bob).await;
        scribe.add(&ann, Body::Joined { role: Role::Moderator, guest: false, invite: None }).await;
        scribes.push(scribe);
    }
    assert_eq!(names(list(&store, &ann, None, MAX_PAGE).await), ids);
    assert_eq!(names(list(&store, &ann, None, 0).await), [""; 0]);
    for (n, id) in ids.iter().enumerate() {
        let next: Vec<String> = ids[n + 1..].iter().take(3).cloned().collect();
        assert_eq!(names(list(&store, &ann, Some(id), 3).await), next, "after {id}");
    }
    assert_eq!(names(list(&store, &ann, Some("ZZZ-no-such-room"), 2).await), ["_", "_0"]);
    for other in ["Ann", "an", "ann-", "cat"] {
        assert_eq!(list(&store, &user(other), None, 10).await, [], "rooms of {other}");
    }
    let room = &list(&store, &ann, None, 1).await[0];
    let scribe = scribes.last_mut().expect("a scribe");
    assert_eq!((&room.record, room.role), (&scribe.record().await, Role::Moderator));
    scribe.add(&bob, Body::RoleChanged { user: ann.clone(), role: Role::Owner }).await;
    let room = &list(&store, &ann, None, 1).await[0];
    assert_eq!((&room.record, room.role), (&scribe.record().await, Role::Owner));
}

/// The ids of all of a user's rooms by activity, so many in a page.
async fn latest(store: &Arc<dyn Store>, user: &UserId, limit: usize) -> Vec<String> {
    let (mut all, mut page) = (Vec::new(), OwnRooms::latest());
    loop {
        let rooms = store.rooms_of(user, &page, limit).await.expect("rooms");
        assert!(rooms.len() <= limit, "{} rooms of {limit}", rooms.len());
        let Some(last) = rooms.last() else { return names(all) };
        page = page.after(last.activity());
        all.extend(rooms);
    }
}

/// By activity the room of the last message comes first, whatever else happened anywhere, and of equals the lower id; a room
/// without messages stands where it was made. Pages follow each other without a hole, and nothing comes twice.
pub async fn the_room_of_the_last_message_comes_first(store: Arc<dyn Store>) {
    let (ann, bob) = (user("ann"), user("bob"));
    let mut scribes = Vec::new();
    for (id, created_at) in [("a", 500), ("b", 100), ("c", 100), ("d", -100), ("e", 900), ("not-anns", 999)] {
        let meta = RoomMeta { created_at: Timestamp(created_at), ..meta(RoomKind::Private) };
        let mut scribe = Scribe::open_as(&store, id, &meta).await;
        scribe.join(if id == "not-anns" { &bob } else { &ann }).await;
        scribes.push(scribe);
    }
    let all = async |expected: [&str; 5]| {
        for limit in [1, 2, 3, 5, 6, MAX_PAGE] {
            assert_eq!(latest(&store, &ann, limit).await, expected, "{limit} at a time");
        }
    };
    all(["e", "a", "b", "c", "d"]).await;
    let mut write = async |room: usize, at: i64, body: Body| {
        let draft = scribes[room].draft(&bob, body);
        scribes[room].write(&[chat_core::Draft { at: Timestamp(at), ..draft }]).await;
    };
    let message = || Body::Message(Post::text("hello"));
    write(3, 700, message()).await;
    all(["e", "d", "a", "b", "c"]).await;
    // Two at one time, and one by a clock that was set back.
    write(2, 900, message()).await;
    write(4, -5, message()).await;
    all(["c", "d", "a", "b", "e"]).await;
    write(1, 900, message()).await;
    all(["b", "c", "d", "a", "e"]).await;
    // What is no message moves nothing.
    write(0, 5_000, Body::Edited { target: 1, text: "x".into(), mentions: Vec::new(), mentions_room: false }).await;
    write(3, 5_000, Body::Reacted { target: 2, emoji: "👍".into() }).await;
    write(2, 5_000, Body::Deleted { target: 2 }).await;
    write(4, 5_000, Body::Joined { role: Role::Member, guest: false, invite: None }).await;
    all(["b", "c", "d", "a", "e"]).await;
    let records = store.rooms(None, 10).await.expect("rooms");
    let at: Vec<i64> = records.iter().map(|record| record.active_at.0).collect();
    assert_eq!(at, [500, 900, 900, 700, -5, 999]);
    // A page begins behind a place, whether a room stands there or not.
    for (at, room, expected) in [(900, "bb", "c"), (899, "z", "d"), (i64::MIN, "z", ""), (i64::MAX, "z", "b")] {
        let page = OwnRooms::ByActivity(Some(Activity { at: Timestamp(at), room: room_id(room) }));
        let first = store.rooms_of(&ann, &page, 1).await.expect("rooms");
        assert_eq!(names(first).concat(), expected, "behind {at} {room}");
    }
}

/// Each room comes with its last message as it now stands and its sender's name, cut; without one where it has none, or none
/// any more.
pub async fn each_room_comes_with_its_last_message(store: Arc<dyn Store>) {
    let (ann, bob) = (user("ann"), user("bob"));
    let mut scribe = Scribe::open(&store, "log").await;
    let mut quiet = Scribe::open(&store, "quiet").await;
    let joined = scribe.join(&ann).await;
    quiet.join(&ann).await;
    let last = async || {
        let rooms = store.rooms_of(&ann, &OwnRooms::latest(), 10).await.expect("rooms");
        assert!(rooms.iter().all(|room| room.since == joined), "{rooms:?}");
        let quiet = rooms.iter().find(|room| room.record.room.as_str() == "quiet").expect("a room of theirs");
        assert_eq!(quiet.last, None);
        rooms.into_iter().find(|room| room.record.room.as_str() == "log").expect("a room of theirs").last
    };
    assert_eq!(last().await, None);
    let first = scribe.post(&bob, "first").await;
    let shown = last().await.expect("a last message");
    let at = scribe.log[first as usize - 1].at;
    let expected = Preview {
        seq: first,
        at,
        sender: chat_core::Who { user: bob.clone(), name: None },
        text: "first".into(),
        is_cut: false,
        edited_at: None,
        deleted_at: None,
    };
    assert_eq!(shown, expected);
    let name = Name::stored("Bob").expect("a name");
    store.set_profile(&bob, Some(&name)).await.expect("a profile");
    let second = scribe.post(&bob, &"é".repeat(PREVIEW_BYTES)).await;
    scribe.add(&ann, Body::Reacted { target: second, emoji: "👍".into() }).await;
    scribe.leave(&bob).await;
    let shown = last().await.expect("a last message");
    assert_eq!((shown.seq, shown.is_cut, shown.text.len()), (second, true, PREVIEW_BYTES));
    assert_eq!(shown.sender.name, Some(name));
    scribe
        .add(&bob, Body::Edited { target: second, text: "edited".into(), mentions: Vec::new(), mentions_room: false })
        .await;
    let shown = last().await.expect("a last message");
    assert_eq!((&*shown.text, shown.edited_at.is_some(), shown.is_cut), ("edited", true, false));
    scribe.add(&bob, Body::Deleted { target: second }).await;
    let shown = last().await.expect("a tombstone");
    assert_eq!((shown.seq, &*shown.text, shown.deleted_at.is_some()), (second, "", true));
    if let Some(retention) = store.retention() {
        retention.truncate(&scribe.room, second + 1).await.expect("a truncation");
        assert_eq!(last().await, None, "it is gone");
        assert_eq!(scribe.record().await.active_at, scribe.log[second as usize - 1].at, "the place stays");
    }
}

/// Rooms one left, was kicked or banned from, or that were deleted, are one's no more; rejoined ones are.
pub async fn rooms_left_are_not_listed(store: Arc<dyn Store>) {
    let (ann, bob) = (user("ann"), user("bob"));
    let mut scribes = Vec::new();
    for id in ["banned", "deleted", "invited", "kicked", "left", "rejoined", "stayed"] {
        let mut scribe = Scribe::open(&store, id).await;
        scribe.join(&bob).await;
        if id == "invited" {
            scribe.add(&bob, Body::Invited { user: ann.clone() }).await;
        } else {
            scribe.join(&ann).await;
        }
        scribes.push(scribe);
    }
    scribes[0].add(&bob, Body::Banned { user: ann.clone(), was_member: true, reason: None }).await;
    store.delete_room(&scribes[1].room).await.expect("a deletion");
    scribes[3].add(&bob, Body::Kicked { user: ann.clone(), reason: None }).await;
    scribes[4].leave(&ann).await;
    scribes[5].leave(&ann).await;
    scribes[5].join(&ann).await;
    assert_eq!(names(list(&store, &ann, None, 10).await), ["rejoined", "stayed"]);
    assert_eq!(list(&store, &bob, None, 10).await.len(), 6);
}

/// A list gives at most [`MAX_PAGE`] rooms, and the rest from there.
pub async fn long_lists_of_ones_rooms_come_in_pages(store: Arc<dyn Store>) {
    let ann = user("ann");
    let ids: Vec<String> = (0..MAX_PAGE + 5).map(|n| format!("room-{n:04}")).collect();
    let mut joined = Scribe::open(&store, "a-room").await;
    joined.join(&ann).await;
    let join = joined.draft(&ann, Body::Joined { role: Role::Member, guest: false, invite: None });
    for id in &ids {
        store.create_room(&room_id(id), epoch(5), &meta(RoomKind::Private)).await.expect("a new room");
        store.append(&room_id(id), epoch(5), 0, std::slice::from_ref(&join)).await.expect("a join");
    }
    for limit in [MAX_PAGE, MAX_PAGE + 1, usize::MAX] {
        let mut all = names(list(&store, &ann, Some("a-room"), limit).await);
        assert_eq!(all.len(), MAX_PAGE, "with limit {limit}");
        all.extend(names(list(&store, &ann, Some(&ids[MAX_PAGE - 1]), limit).await));
        assert_eq!(all, ids);
    }
}

/// Unread are others' messages above the read cursor and above one's own joining, and nothing else.
pub async fn unread_counts_others_messages_above_the_cursor(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.join(&bob).await;
    scribe.fill(&bob, 5, "before ann came").await;
    let joined = scribe.join(&ann).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 0, 0));
    for n in 0..3 {
        scribe.post(&bob, "bob's").await;
        let anns = scribe.post(&ann, "ann's own").await;
        scribe.add(&bob, Body::Reacted { target: anns, emoji: "👍".into() }).await;
        assert_eq!(counts(&scribe, &ann).await, (0, n + 1, 0));
    }
    for (read, unread) in [(joined, 3), (joined + 1, 2), (joined + 2, 2), (joined + 4, 1), (scribe.head(), 0)] {
        store.set_read(&scribe.room, &ann, read).await.expect("a read cursor");
        assert_eq!(counts(&scribe, &ann).await, (read, unread, 0));
    }
    assert_eq!(counts(&scribe, &bob).await, (0, 3, 0), "ann's, from where bob joined");
    scribe.post(&bob, "one more").await;
    scribe.leave(&ann).await;
    scribe.post(&bob, "while ann is away").await;
    scribe.join(&ann).await;
    scribe.post(&bob, "ann is back").await;
    assert_eq!(counts(&scribe, &ann).await.1, 1, "what was missed while away is not unread");
    scribe.check().await;
}

/// A message that was deleted is not unread, whoever deleted it, wherever the read cursor stands, and whether it was deleted
/// together with other things or alone.
pub async fn deleted_messages_are_not_unread(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.join(&bob).await;
    scribe.join(&ann).await;
    let message = || Body::Message(Post { mentions: vec![user("ann")], ..Post::text("@ann") });
    let delete = |target| Body::Deleted { target };
    // 3 to 8.
    scribe.write_all(&bob, (0..6).map(|_| message())).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 6, 6));
    scribe.add(&bob, delete(3)).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 5, 5), "deleted by its sender");
    scribe.add(&ann, delete(5)).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 4, 4), "deleted by somebody else");
    scribe.write_all(&bob, [delete(6), delete(7), Body::Reacted { target: 8, emoji: "👍".into() }]).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 2, 2), "two deleted at once");
    // 14 and 15.
    scribe.write_all(&bob, [message(), delete(14)]).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 2, 2), "written and deleted at once");
    // What comes late, of a message that is gone, does not bring it back.
    let late = Body::Edited { target: 14, text: "late".into(), mentions: Vec::new(), mentions_room: false };
    scribe.write_all(&bob, [late, Body::Reacted { target: 14, emoji: "👍".into() }, Body::Pinned { target: 7 }]).await;
    assert_eq!(counts(&scribe, &ann).await.1, 2, "deleted for good");
    // 4 and 8 are left.
    for (read, unread) in [(3, 2), (4, 1), (6, 1), (7, 1), (8, 0), (15, 0)] {
        store.set_read(&scribe.room, &ann, read).await.expect("a read cursor");
        assert_eq!(counts(&scribe, &ann).await, (read, unread, unread), "read up to {read}");
    }
    let read = scribe.post(&bob, "read, and then deleted").await;
    let unread = scribe.post(&bob, "unread").await;
    store.set_read(&scribe.room, &ann, read).await.expect("a read cursor");
    scribe.add(&bob, delete(read)).await;
    assert_eq!(counts(&scribe, &ann).await, (read, 1, 0), "what was read counts for nothing");
    scribe.add(&bob, delete(unread)).await;
    assert_eq!(counts(&scribe, &ann).await, (read, 0, 0));
    let mut other = Scribe::open(&store, "other").await;
    other.join(&ann).await;
    other.write_all(&bob, (0..3).map(|_| message())).await;
    scribe.write_all(&bob, [message(), message()]).await;
    other.add(&bob, delete(2)).await;
    assert_eq!(
        (counts(&other, &ann).await, counts(&scribe, &ann).await),
        ((0, 2, 2), (read, 2, 2)),
        "of its room alone"
    );
    if let Some(retention) = store.retention() {
        retention.truncate(&other.room, 3).await.expect("a truncation");
        other.add(&bob, delete(4)).await;
        assert_eq!(counts(&other, &ann).await, (0, 1, 1), "what is gone was deleted before");
    }
}

/// Mentions are counted as the unread messages now stand: edits change them, erasure and deletion end them.
pub async fn mentions_are_counted_as_messages_now_stand(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let message = |users: &[&UserId]| {
        Body::Message(Post { mentions: users.iter().map(|user| (*user).clone()).collect(), ..Post::text("@") })
    };
    let edit = |target, users: &[&UserId]| Body::Edited {
        target,
        text: "@".into(),
        mentions: users.iter().map(|user| (*user).clone()).collect(),
        mentions_room: false,
    };
    scribe.join(&ann).await;
    scribe.join(&bob).await;
    let first = scribe.add(&bob, message(&[&ann, &bob])).await;
    let second = scribe.add(&bob, message(&[&bob])).await;
    scribe.add(&ann, message(&[&ann])).await;
    let third = scribe.add(&bob, message(&[&user("Ann"), &user("anna"), &user("an")])).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 3, 1));
    assert_eq!(counts(&scribe, &bob).await, (0, 1, 0), "one's own are not unread");
    for (body, unread, mentions) in [
        (edit(second, &[&ann]), 3, 2),
        (edit(first, &[]), 3, 1),
        (edit(third, &[&bob, &ann]), 3, 2),
        (edit(first, &[&ann]), 3, 3),
        (Body::Deleted { target: first }, 2, 2),
        (edit(second, &[&user("cat")]), 2, 1),
        (edit(second, &[&ann]), 2, 2),
    ] {
        let what = format!("{body:?}");
        scribe.add(&bob, body).await;
        assert_eq!(counts(&scribe, &ann).await, (0, unread, mentions), "after {what}");
    }
    store.redact(&scribe.room, second).await.expect("a redaction");
    assert_eq!(counts(&scribe, &ann).await, (0, 2, 1), "after a redaction");
    store.set_read(&scribe.room, &ann, third).await.expect("a read cursor");
    assert_eq!(counts(&scribe, &ann).await, (third, 0, 0));
}
