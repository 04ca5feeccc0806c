//! What is pinned in a room.

use std::sync::Arc;

use chat_core::{
    Body, FactsQuery, Message, Post, Seq, Store,
    limits::{MAX_PAGE_BYTES, MAX_TEXT_BYTES},
};

use super::{fixture::user, scribe::Scribe};

/// The pins that the scribe's copy says there are, the last pinned first.
fn expected(scribe: &Scribe) -> Vec<Message> {
    let mut pins = scribe.history();
    pins.retain(|message| message.state.pinned.is_some());
    pins.sort_by_key(|message| std::cmp::Reverse(pin(message)));
    pins
}

fn pin(message: &Message) -> Seq {
    message.state.pinned.as_ref().map_or(0, |pin| pin.seq)
}

async fn check(scribe: &Scribe) {
    let expected = expected(scribe);
    let listed = async |before, limit| scribe.store.pins(&scribe.room, before, limit).await.expect("pins");
    assert_eq!(listed(None, usize::MAX).await, expected);
    assert_eq!(listed(None, 2).await, expected.iter().take(2).cloned().collect::<Vec<_>>());
    assert_eq!(listed(None, 0).await, []);
    for (n, message) in expected.iter().enumerate() {
        assert_eq!(listed(Some(pin(message)), usize::MAX).await, expected[n + 1..], "below {}", pin(message));
    }
    for pins in [false, true] {
        let facts = scribe.facts(&FactsQuery { pins, ..FactsQuery::default() }).await;
        assert_eq!(facts.pins, if pins { expected.len() as u64 } else { 0 });
    }
}

/// Pinned messages are listed in the opposite order of their pins, and counted; what is unpinned or deleted is not.
pub async fn what_is_pinned_is_listed(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    check(&scribe).await;
    for n in 0..5 {
        scribe.post(&ann, &format!("message {n}")).await;
    }
    for target in [4, 2, 5, 1] {
        scribe.add(&bob, Body::Pinned { target }).await;
        check(&scribe).await;
    }
    scribe
        .add(&ann, Body::Edited { target: 2, text: "edited".into(), mentions: Vec::new(), mentions_room: false })
        .await;
    scribe.add(&ann, Body::Reacted { target: 5, emoji: "👍".into() }).await;
    check(&scribe).await;
    // A message that is pinned again is the last one.
    scribe.write_all(&ann, [Body::Unpinned { target: 4 }, Body::Pinned { target: 4 }]).await;
    scribe.add(&bob, Body::Unpinned { target: 1 }).await;
    check(&scribe).await;
    scribe.add(&ann, Body::Deleted { target: 5 }).await;
    scribe.erase(5);
    check(&scribe).await;
    // What was written is gone, and the pin stays.
    store.redact(&scribe.room, 2).await.expect("a redaction");
    scribe.erase(2);
    check(&scribe).await;
    assert_eq!(expected(&scribe).len(), 2);
    let another = Scribe::open(&store, "another").await;
    check(&another).await;
}

/// A page of pins is bounded in bytes, and the next one goes on from there.
pub async fn a_page_of_pins_is_bounded_in_bytes(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let text = "x".repeat(MAX_TEXT_BYTES);
    for target in 1..=20 {
        let post = Body::Message(Post { data: Some(text.as_str().into()), ..Post::text(text.as_str()) });
        scribe.add(&ann, post).await;
        assert_eq!(scribe.head(), target);
    }
    scribe.write_all(&ann, (1..=20).map(|target| Body::Pinned { target })).await;
    let mut pins: Vec<Message> = Vec::new();
    while pins.len() < 20 {
        let page = store.pins(&scribe.room, pins.last().map(pin), usize::MAX).await.expect("pins");
        let bytes: usize = page.iter().map(Message::bytes).sum();
        assert!(!page.is_empty() && bytes <= MAX_PAGE_BYTES, "{} pins have {bytes} bytes", page.len());
        pins.extend(page);
    }
    assert_eq!(pins, expected(&scribe));
}
