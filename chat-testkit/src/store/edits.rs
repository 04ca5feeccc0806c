//! What messages said before they were edited.

use std::sync::Arc;

use chat_core::{Body, Entry, Store, StoreError, UserId};

use super::{
    fixture::{room_id, user},
    scribe::Scribe,
};

/// A message is known edit by edit, in pages, and nothing of any other message; erased texts are gone.
pub async fn what_a_message_said_before_is_known(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let join = scribe.join(&ann).await;
    let (message, other) = (scribe.post(&ann, "first").await, scribe.post(&ann, "other").await);
    let edit = |target, text: &str, mentions: &[&UserId]| Body::Edited {
        target,
        text: text.into(),
        mentions: mentions.iter().map(|user| (*user).clone()).collect(),
        mentions_room: false,
    };
    let mut seqs = Vec::new();
    for n in 0..5 {
        seqs.push(scribe.add(&ann, edit(message, &format!("edit {n}"), &[&bob])).await);
        scribe.add(&ann, edit(other, "else", &[])).await;
        scribe.add(&bob, Body::Reacted { target: message, emoji: "👍".into() }).await;
        scribe.add(&bob, Body::Pinned { target: message }).await;
    }
    // Nothing that is no message was edited.
    scribe.add(&ann, edit(join, "a join", &[])).await;
    let edits = async |message, after, limit| store.edits(&scribe.room, message, after, limit).await.expect("edits");
    let known: Vec<Entry> = seqs.iter().map(|seq| scribe.log[*seq as usize - 1].clone()).collect();
    assert_eq!(edits(message, 0, usize::MAX).await, known);
    assert_eq!(edits(message, 0, 2).await, known[..2]);
    assert_eq!(edits(message, seqs[1], 2).await, known[2..4]);
    assert_eq!(edits(message, seqs[4], 9).await, []);
    assert_eq!(edits(message, 0, 0).await, []);
    assert_eq!((edits(other, 0, 9).await.len(), edits(join, 0, 9).await, edits(999, 0, 9).await), (5, vec![], vec![]));
    let nowhere = store.edits(&room_id("nowhere"), message, 0, 9).await;
    assert!(matches!(nowhere, Err(StoreError::NoSuchRoom)), "{nowhere:?}");
    store.redact(&scribe.room, message).await.expect("a redaction");
    let erased = edits(message, 0, 9).await;
    assert_eq!(erased.len(), 5);
    assert!(erased.iter().all(|entry| entry.body == edit(message, "", &[])), "{erased:?}");
}
