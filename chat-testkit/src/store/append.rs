//! Appends: entries take the next places and keep all they were given.

use std::sync::Arc;

use chat_core::{
    Body, Draft, Leaving, Notice, Post, Role, RoomChange, Store, Timestamp, UserId, Window,
    limits::{MAX_ATTACHMENTS, MAX_BATCH, MAX_DATA_BYTES, MAX_MENTIONS, MAX_PAGE, MAX_TEXT_BYTES},
};
use uuid::Uuid;

use super::{
    fixture::{TEXTS, UNTIDY, attachment, claim, key, name, room_id, user, users},
    scribe::Scribe,
};

/// Entries get the seqs 1, 2, 3 … in the order of the drafts, over any number of appends.
pub async fn entries_take_the_next_places(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    for size in [1, 1, 3, 2, 1] {
        let drafts: Vec<Draft> = (0..size).map(|n| scribe.message(&ann, &format!("{size}.{n}"))).collect();
        scribe.write(&drafts).await;
        let heads = store.heads(std::slice::from_ref(&scribe.room)).await.expect("heads");
        assert_eq!(heads, [(scribe.room.clone(), scribe.epoch, scribe.head())]);
    }
    let log = scribe.read_log().await;
    assert!(log.iter().map(|entry| entry.seq).eq(1..=8), "gapless");
    scribe.check().await;
}

/// The largest batch a room host makes goes in, in its order.
pub async fn a_large_batch_keeps_its_order(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let mut drafts = Vec::new();
    for n in 0..MAX_BATCH {
        drafts.push(scribe.claimed(&ann, &format!("message {n}"), claim(&format!("c-{n}"), n as u8)));
    }
    scribe.write(&drafts).await;
    scribe.check().await;
}

/// A message as large as the limits allow comes back whole.
pub async fn the_largest_message_comes_back(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let longest = |n: usize| format!("{n:02}{}", "x".repeat(62));
    let post = Post {
        text: "🐙".repeat(MAX_TEXT_BYTES / 4).into(),
        reply_to: Some(1),
        mentions: (0..MAX_MENTIONS).map(|n| user(&longest(n))).collect(),
        mentions_room: true,
        attachments: (0..MAX_ATTACHMENTS).map(|n| attachment(&longest(n))).collect(),
        data: Some(format!("\"{}\"", "\\".repeat(MAX_DATA_BYTES - 2)).into()),
        expires_at: Some(Timestamp(i64::MAX)),
    };
    let sender = user(&longest(0));
    scribe.add(&sender, Body::Message(post)).await;
    let edit = Body::Edited {
        target: 1,
        text: "\"".repeat(MAX_TEXT_BYTES).into(),
        mentions: users(MAX_MENTIONS),
        mentions_room: false,
    };
    scribe.add(&sender, edit).await;
    scribe.check().await;
}

/// Every kind of entry comes back as it was written, with each of its fields there or not.
pub async fn every_kind_of_entry_comes_back(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.post(&ann, "a message").await;
    scribe.post(&ann, "another, deleted soon").await;
    scribe.join(&ann).await;
    for body in message_bodies() {
        scribe.add(&ann, body).await;
    }
    scribe.erase(2);
    for body in member_bodies(&bob) {
        let sender = if body.subject(&bob) == Some(&bob) && body.subject(&ann) == Some(&ann) { &bob } else { &ann };
        scribe.add(sender, body).await;
    }
    scribe.check().await;
}

/// What happens to the messages at 1 and 2, and what says nothing of members.
fn message_bodies() -> Vec<Body> {
    let (bob, room) = (user("bob"), room_id("r"));
    vec![
        Body::Edited { target: 1, text: "edited".into(), mentions: Vec::new(), mentions_room: false },
        Body::Edited {
            target: 1,
            text: "again".into(),
            mentions: vec![bob.clone(), user("cat")],
            mentions_room: false,
        },
        Body::Reacted { target: 1, emoji: "👍🏽".into() },
        Body::Unreacted { target: 1, emoji: "👍🏽".into() },
        Body::Pinned { target: 1 },
        Body::Unpinned { target: 1 },
        Body::Deleted { target: 2 },
        Body::from(RoomChange::name(name("Renamed"))),
        Body::InviteMade { key: key(1), salt: "$salt".into(), expires: None, uses: None },
        Body::InviteMade { key: key(2), salt: "".into(), expires: Some(Timestamp(i64::MAX)), uses: Some(u32::MAX) },
        Body::InviteRevoked { key: key(1) },
        Body::InviteRevoked { key: key(3) },
        Body::Unchanged,
        Body::Notice(Notice::Invited { room: room.clone(), by: bob.clone() }),
        Body::Notice(Notice::Removed { room: room.clone(), by: bob.clone(), banned: true }),
        Body::Notice(Notice::Removed { room: room.clone(), by: bob.clone(), banned: false }),
        Body::Notice(Notice::DirectOpened { room, by: bob.clone() }),
        Body::Notice(Notice::Blocked { user: bob.clone() }),
        Body::Notice(Notice::Unblocked { user: bob }),
        Body::Message(Post { reply_to: Some(1), ..Post::text("a reply") }),
        Body::Message(Post { mentions: vec![user("z"), user("a")], ..Post::text("@z @a") }),
        Body::Message(Post { attachments: vec![attachment("z"), attachment("a")], ..Post::text("two files") }),
        Body::Message(Post { data: Some("{\"b\": 1.0,\"a\":[ ],\"a\":1e400}".into()), ..Post::text("with data") }),
        Body::Message(Post { data: Some(" not JSON ".into()), ..Post::text("raw") }),
    ]
}

/// What happens to a user, in an order that makes sense.
fn member_bodies(bob: &UserId) -> Vec<Body> {
    let user = || bob.clone();
    let join = |role, guest| Body::Joined { role, guest, invite: None };
    let reason = || Some("said \"%_'".into());
    let mut bodies = vec![
        Body::Invited { user: user() },
        join(Role::Member, false),
        Body::Left { why: Leaving::Left },
        join(Role::Member, true),
        Body::Left { why: Leaving::Gone },
        join(Role::Owner, false),
        Body::Kicked { user: user(), reason: None },
        join(Role::Moderator, false),
        Body::Kicked { user: user(), reason: reason() },
        Body::Banned { user: user(), was_member: false, reason: None },
        Body::Unbanned { user: user() },
        join(Role::Member, false),
    ];
    for role in [Role::Moderator, Role::Owner, Role::Member] {
        bodies.push(Body::RoleChanged { user: user(), role });
    }
    for until in [Some(Timestamp(0)), Some(Timestamp(i64::MIN)), Some(Timestamp(i64::MAX)), None] {
        bodies.push(Body::Muted { user: user(), until });
    }
    bodies.extend([Body::Blocked { user: user() }, Body::Unblocked { user: user() }]);
    bodies.push(Body::Banned { user: user(), was_member: true, reason: reason() });
    bodies
}

/// Texts are data, byte by byte: nothing in them is syntax, and no normal form or white space is changed.
pub async fn texts_come_back_byte_by_byte(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, target) = (user("ann"), 1);
    scribe.post(&ann, "a message").await;
    let mut drafts = Vec::new();
    for &text in TEXTS.iter().chain(UNTIDY) {
        let post = Post { data: Some(text.into()), ..Post::text(text) };
        drafts.push(scribe.draft(&ann, Body::Message(post)));
        drafts.push(
            scribe.draft(&ann, Body::Edited { target, text: text.into(), mentions: Vec::new(), mentions_room: false }),
        );
        drafts.push(scribe.draft(&ann, Body::Reacted { target, emoji: text.into() }));
        drafts
            .push(scribe.draft(&ann, Body::Banned { user: user("bob"), was_member: false, reason: Some(text.into()) }));
    }
    for batch in drafts.chunks(MAX_BATCH) {
        scribe.write(batch).await;
    }
    scribe.check().await;
}

/// Timestamps are kept as they are, however far back or ahead, and order nothing.
pub async fn times_are_kept_and_order_nothing(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let mut drafts = Vec::new();
    for at in [5, i64::MAX, i64::MIN, 0, -1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, 1_700_000_000_123] {
        let draft = scribe.message(&ann, "when?");
        drafts.push(Draft { at: Timestamp(at), ..draft });
    }
    scribe.write(&drafts).await;
    scribe.check().await;
}

/// Draft ids come back as they were given, whatever their bits.
pub async fn draft_ids_are_kept(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let mut drafts = Vec::new();
    for bits in [u128::MAX, 1, 1 << 127, u128::from(u64::MAX), 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210] {
        let draft = scribe.message(&ann, "who?");
        drafts.push(Draft { draft_id: Uuid::from_u128(bits), ..draft });
    }
    scribe.write(&drafts).await;
    scribe.check().await;
}

/// `told` and `after` are the caller's, and the record's `told` follows from the last entry's.
pub async fn told_and_after_are_the_callers(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let steps = [(false, 0, 0), (true, 0, 2), (false, 2, 2), (false, 2, 2), (true, 2, 5)];
    for (user, (told, after, last_told)) in users(5).iter().zip(steps) {
        let draft = scribe.draft(user, Body::Joined { role: Role::Member, guest: false, invite: None });
        scribe.write(&[Draft { told, after, ..draft }]).await;
        assert_eq!(scribe.record().await.told, last_told, "at {}", scribe.head());
    }
    scribe.check().await;
}

/// An append of nothing compares epoch and head, and changes nothing.
pub async fn an_append_of_nothing_only_compares(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    for head in 0..3 {
        let appended = store.append(&scribe.room, scribe.epoch, head, &[]).await;
        assert_eq!(appended.expect("nothing at the head").count, 0);
        for wrong in [head + 1, u64::MAX] {
            super::conflict::is_conflict(&scribe, scribe.epoch, wrong, &[]).await;
        }
        scribe.post(&user("ann"), "one more").await;
    }
    assert_eq!(scribe.entries(Window::after(0, MAX_PAGE)).await.items, scribe.log);
}
