//! Erasure: what was written goes, from the log and from the history; that it was written stays.

use std::sync::Arc;

use chat_core::{Body, Draft, Message, Post, RoomChange, Store};

use super::{
    fixture::{attachment, claim, user},
    scribe::Scribe,
};

/// A room with a message at 2 to which everything happened, and neighbours to which something did.
async fn busy(store: &Arc<dyn Store>) -> Scribe {
    let mut scribe = Scribe::open(store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    let post = Post {
        text: "a secret".into(),
        reply_to: Some(1),
        mentions: vec![bob.clone()],
        mentions_room: true,
        attachments: vec![attachment("file")],
        data: Some("{\"also\":\"secret\"}".into()),
        expires_at: Some(chat_core::Timestamp(7)),
    };
    scribe.post(&bob, "a neighbour").await;
    let draft = scribe.draft(&ann, Body::Message(post));
    scribe.write(&[Draft { claim: Some(claim("c-1", 1)), ..draft }]).await;
    scribe.post(&bob, "another neighbour").await;
    for target in [2, 1, 3] {
        let edit = scribe.draft(
            &ann,
            Body::Edited { target, text: "edited".into(), mentions: vec![bob.clone()], mentions_room: true },
        );
        scribe.write(&[Draft { claim: Some(claim(&format!("edit-{target}"), 2)), ..edit }]).await;
        scribe.add(&bob, Body::Reacted { target, emoji: "👍".into() }).await;
        scribe.add(&bob, Body::Reacted { target, emoji: "🐙".into() }).await;
        scribe.add(&bob, Body::Unreacted { target, emoji: "🐙".into() }).await;
        scribe.add(&bob, Body::Pinned { target }).await;
    }
    scribe
}

/// Deleting a message leaves a tombstone: its text, edits and reactions are gone from the log and the history.
pub async fn deleting_leaves_a_tombstone(store: Arc<dyn Store>) {
    let mut scribe = busy(&store).await;
    scribe.add(&user("bob"), Body::Deleted { target: 2 }).await;
    scribe.erase(2);
    scribe.check().await;
    let history = scribe.read_history().await;
    let tombstone: &Message = &history[1];
    assert!(tombstone.state.deleted_at.is_some() && tombstone.state.edit.is_none(), "{tombstone:?}");
    assert_eq!((tombstone.bytes(), tombstone.mentions().is_nobody()), (0, true));
    assert_eq!(tombstone.entry.claim, Some(claim("c-1", 1)));
}

/// Redacting a message erases the same without an entry, and leaves it undeleted, edited and pinned when it was.
pub async fn redacting_erases_without_a_trace_in_the_log(store: Arc<dyn Store>) {
    let mut scribe = busy(&store).await;
    let before = scribe.record().await;
    let mut state = scribe.state(2);
    for _ in 0..2 {
        store.redact(&scribe.room, 2).await.expect("a redaction");
        scribe.erase(2);
        scribe.check().await;
    }
    assert_eq!(scribe.record().await, before);
    state.erase();
    assert_eq!(scribe.read_history().await[1].state, state);
    assert!(state.pinned.is_some() && state.deleted_at.is_none() && state.edit.is_some());
}

/// Redacting what is no message, or not there, changes nothing.
pub async fn only_messages_are_redacted(store: Arc<dyn Store>) {
    let mut scribe = busy(&store).await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.add(&ann, Body::Banned { user: bob, was_member: false, reason: Some("a reason".into()) }).await;
    scribe.add(&ann, Body::from(RoomChange::name(super::fixture::name("Kept")))).await;
    for seq in (4..=scribe.head() + 2).chain([0, i64::MAX as u64, u64::MAX]) {
        store.redact(&scribe.room, seq).await.expect("redacting what is no message is no error");
    }
    scribe.check().await;
    assert_eq!(scribe.record().await.meta.name, super::fixture::name("Kept"));
}

/// What is written after a redaction is not touched by it.
pub async fn what_is_written_later_stays(store: Arc<dyn Store>) {
    let mut scribe = busy(&store).await;
    let (ann, bob) = (user("ann"), user("bob"));
    store.redact(&scribe.room, 2).await.expect("a redaction");
    scribe.erase(2);
    scribe.add(&bob, Body::Reacted { target: 2, emoji: "👍".into() }).await;
    scribe.check().await;
    scribe
        .add(
            &ann,
            Body::Edited { target: 2, text: "new words".into(), mentions: vec![ann.clone()], mentions_room: false },
        )
        .await;
    scribe.add(&ann, Body::Unpinned { target: 2 }).await;
    scribe.check().await;
    store.redact(&scribe.room, 2).await.expect("a redaction");
    scribe.erase(2);
    scribe.check().await;
}

/// A redacted message can still be deleted, and a deleted one redacted.
pub async fn redaction_and_deletion_go_together(store: Arc<dyn Store>) {
    let mut scribe = busy(&store).await;
    let ann = user("ann");
    for message in [1, 3] {
        if message == 1 {
            store.redact(&scribe.room, message).await.expect("a redaction");
        }
        scribe.add(&ann, Body::Deleted { target: message }).await;
        store.redact(&scribe.room, message).await.expect("a redaction");
        scribe.erase(message);
        scribe.check().await;
    }
}

/// A message of one room is erased; the one at the same place of another is not.
pub async fn erasure_keeps_to_its_room(store: Arc<dyn Store>) {
    let mut here = Scribe::open(&store, "here").await;
    let mut there = Scribe::open(&store, "there").await;
    for scribe in [&mut here, &mut there] {
        scribe.fill(&user("ann"), 2, "words").await;
        scribe
            .add(
                &user("ann"),
                Body::Edited { target: 1, text: "edited".into(), mentions: Vec::new(), mentions_room: false },
            )
            .await;
    }
    store.redact(&here.room, 1).await.expect("a redaction");
    here.erase(1);
    here.add(&user("ann"), Body::Deleted { target: 2 }).await;
    here.erase(2);
    here.check().await;
    there.check().await;
}
