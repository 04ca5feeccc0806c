//! A user's rooms, and how much of them is unread.

use std::sync::Arc;

use chat_core::{Body, Post, Role, Seq, Store, UserId, UserRoom, limits::MAX_PAGE};

use super::{
    fixture::{epoch, ids, meta, room_id, user},
    scribe::Scribe,
};

async fn list(store: &Arc<dyn Store>, user: &UserId, after: Option<&str>, limit: usize) -> Vec<UserRoom> {
    let after = after.map(room_id);
    store.rooms_of(user, after.as_ref(), limit).await.expect("rooms")
}

fn names(rooms: Vec<UserRoom>) -> Vec<String> {
    rooms.into_iter().map(|room| room.record.room.to_string()).collect()
}

/// What the store says of one room: read, unread, mentions.
async fn counts(scribe: &Scribe, user: &UserId) -> (Seq, u64, u64) {
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
        let mut scribe = Scribe::open_kind(&store, id, chat_core::RoomKind::Private).await;
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
        store.create_room(&room_id(id), epoch(5), &meta(chat_core::RoomKind::Private)).await.expect("a new room");
        store.append(&room_id(id), epoch(5), 0, std::slice::from_ref(&join)).await.expect("a join");
    }
    for limit in [MAX_PAGE, MAX_PAGE + 1, usize::MAX] {
        let mut all = names(list(&store, &ann, Some("a-room"), limit).await);
        assert_eq!(all.len(), MAX_PAGE, "with limit {limit}");
        all.extend(names(list(&store, &ann, Some(&ids[MAX_PAGE - 1]), limit).await));
        assert_eq!(all, ids);
    }
}

/// Unread are others' messages above the read cursor and above one's own joining, deleted ones too, nothing else.
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
    scribe.add(&bob, Body::Deleted { target: joined + 1 }).await;
    scribe.erase(joined + 1);
    assert_eq!(counts(&scribe, &ann).await, (0, 3, 0), "a deleted message is one");
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
    };
    scribe.join(&ann).await;
    scribe.join(&bob).await;
    let first = scribe.add(&bob, message(&[&ann, &bob])).await;
    let second = scribe.add(&bob, message(&[&bob])).await;
    scribe.add(&ann, message(&[&ann])).await;
    let third = scribe.add(&bob, message(&[&user("Ann"), &user("anna"), &user("an")])).await;
    assert_eq!(counts(&scribe, &ann).await, (0, 3, 1));
    assert_eq!(counts(&scribe, &bob).await, (0, 1, 0), "one's own are not unread");
    for (body, mentions) in [
        (edit(second, &[&ann]), 2),
        (edit(first, &[]), 1),
        (edit(third, &[&bob, &ann]), 2),
        (edit(first, &[&ann]), 3),
        (Body::Deleted { target: first }, 2),
        (edit(second, &[&user("cat")]), 1),
        (edit(second, &[&ann]), 2),
    ] {
        let what = format!("{body:?}");
        scribe.add(&bob, body).await;
        assert_eq!(counts(&scribe, &ann).await, (0, 3, mentions), "after {what}");
    }
    store.redact(&scribe.room, second).await.expect("a redaction");
    assert_eq!(counts(&scribe, &ann).await, (0, 3, 1), "after a redaction");
    store.set_read(&scribe.room, &ann, third).await.expect("a read cursor");
    assert_eq!(counts(&scribe, &ann).await, (third, 0, 0));
}
