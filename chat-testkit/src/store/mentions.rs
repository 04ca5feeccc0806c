//! Messages that mention everybody who is in a room.

use std::sync::Arc;

use chat_core::{Body, Post, Store, UserId};

use super::{fixture::user, rooms_of::counts, scribe::Scribe};

fn to_all(users: &[&UserId]) -> Body {
    let mentions = users.iter().map(|user| (*user).clone()).collect();
    Body::Message(Post { mentions, mentions_room: true, ..Post::text("@room") })
}

fn edit(target: u64, users: &[&UserId], mentions_room: bool) -> Body {
    let mentions = users.iter().map(|user| (*user).clone()).collect();
    Body::Edited { target, text: "@".into(), mentions, mentions_room }
}

/// A message that mentions the room is a mention of each member who has not read it, once, but not of its sender; of those who
/// joined later it is none.
pub async fn a_message_to_the_room_mentions_everybody_but_its_sender(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob, cat, guest) = (user("ann"), user("bob"), user("cat"), user("g-1"));
    scribe.join(&ann).await;
    scribe.join(&bob).await;
    scribe.join_guest(&guest, None).await;
    let first = scribe.add(&bob, to_all(&[])).await;
    scribe.post(&bob, "hello").await;
    let second = scribe.add(&bob, to_all(&[&ann, &bob])).await;
    scribe.add(&ann, to_all(&[])).await;
    scribe.join(&cat).await;
    for (user, expected) in [(&ann, (0, 3, 2)), (&bob, (0, 1, 1)), (&guest, (0, 4, 3)), (&cat, (0, 0, 0))] {
        assert_eq!(counts(&scribe, user).await, expected, "{user}");
    }
    store.set_read(&scribe.room, &ann, first).await.expect("a read cursor");
    assert_eq!(counts(&scribe, &ann).await, (first, 2, 1));
    store.set_read(&scribe.room, &ann, second).await.expect("a read cursor");
    assert_eq!(counts(&scribe, &ann).await, (second, 0, 0));
    // Another room's are its own.
    let mut other = Scribe::open(&store, "other").await;
    other.join(&ann).await;
    other.add(&bob, to_all(&[])).await;
    assert_eq!((counts(&other, &ann).await, counts(&scribe, &ann).await), ((0, 1, 1), (second, 0, 0)));
}

/// Whether a message mentions the room is what its last edit says; deletion, erasure and truncation end it.
pub async fn a_message_mentions_the_room_as_it_now_stands(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.join(&ann).await;
    scribe.join(&bob).await;
    let first = scribe.add(&bob, to_all(&[])).await;
    let second = scribe.post(&bob, "hello").await;
    assert_eq!(counts(&scribe, &ann).await, (0, 2, 1));
    for (body, unread, mentions) in [
        (edit(second, &[&ann], true), 2, 2),
        (edit(first, &[], false), 2, 1),
        (edit(second, &[&ann], false), 2, 1),
        (edit(second, &[], true), 2, 1),
        (edit(first, &[&bob], true), 2, 2),
        (Body::Reacted { target: first, emoji: "👍".into() }, 2, 2),
        (Body::Deleted { target: first }, 1, 1),
    ] {
        let what = format!("{body:?}");
        scribe.add(&bob, body).await;
        assert_eq!(counts(&scribe, &ann).await, (0, unread, mentions), "after {what}");
    }
    let third = scribe.add(&bob, to_all(&[])).await;
    let history = scribe.read_history().await;
    let mention: Vec<bool> = history.iter().map(|message| message.mentions().includes(&ann)).collect();
    assert_eq!(mention, [false, true, true]);
    store.redact(&scribe.room, second).await.expect("a redaction");
    assert_eq!(counts(&scribe, &ann).await, (0, 2, 1), "after a redaction");
    assert!(!scribe.read_history().await[1].mentions().includes(&ann));
    if let Some(retention) = store.retention() {
        retention.truncate(&scribe.room, third + 1).await.expect("a truncation");
        assert_eq!(counts(&scribe, &ann).await, (0, 0, 0), "after a truncation");
    }
}
