//! Expected heads: who does not know the log does not write to it.

use std::sync::Arc;

use chat_core::{AppendError, Body, Draft, Epoch, OwnRooms, Role, RoomChange, Seq, Store};

use super::{
    fixture::{claim, epoch, name, profile_names, user},
    scribe::{Scribe, named},
};

/// Asserts that the append is a conflict that names the log's epoch and head, and changes nothing.
pub(super) async fn is_conflict(scribe: &Scribe, with: Epoch, expected: Seq, drafts: &[Draft]) {
    match scribe.store.append(&scribe.room, with, expected, drafts).await {
        Err(AppendError::Conflict { epoch, head }) => {
            assert_eq!((epoch, head), (scribe.epoch, scribe.head()), "the log's epoch and head");
        }
        other => panic!("expected {expected} of epoch {with}, where it is {} : {other:?}", scribe.head()),
    }
    scribe.check().await;
}

/// Any head but the log's is a conflict: a lower one, a higher one, one far beyond.
pub async fn another_head_is_a_conflict(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    for head in 0..4 {
        let drafts = [scribe.message(&ann, "too"), scribe.message(&ann, "late")];
        for wrong in [0, 1, 2, 3, 4, 5, 100, i64::MAX as u64, u64::MAX].into_iter().filter(|wrong| *wrong != head) {
            is_conflict(&scribe, scribe.epoch, wrong, &drafts).await;
        }
        scribe.post(&ann, "on time").await;
    }
}

/// Another epoch is a conflict whatever the head.
pub async fn another_epoch_is_a_conflict(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    for _ in 0..2 {
        let draft = [scribe.message(&ann, "in another life")];
        for other in [1, scribe.epoch.number() + 1, (1 << 53) - 1] {
            for expected in [0, scribe.head(), scribe.head() + 1] {
                is_conflict(&scribe, epoch(other), expected, &draft).await;
            }
        }
        scribe.post(&ann, "in this life").await;
    }
}

/// A refused append leaves nothing of its drafts: no member, name, claim, message state or room name.
pub async fn a_conflict_changes_nothing(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let (ann, bob) = (user("ann"), user("bob"));
    scribe.post(&ann, "a message").await;
    let join = scribe.draft(&bob, Body::Joined { role: Role::Member, guest: false, invite: None });
    let drafts = [
        named(Draft { claim: Some(claim("c", 1)), ..join }, &name("Bob")),
        scribe.draft(&bob, Body::Deleted { target: 1 }),
        scribe.draft(&bob, Body::from(RoomChange::name(name("Bob's")))),
        scribe.draft(&bob, Body::Unknown),
    ];
    for wrong in [0, 2] {
        is_conflict(&scribe, scribe.epoch, wrong, &drafts).await;
    }
    let before = scribe.record().await;
    assert_eq!((before.meta.name, before.has_unknown, before.members), (name("A room"), false, 0));
    assert_eq!(scribe.fact(&bob).await, chat_core::MemberFact::unknown(bob.clone()));
    assert_eq!(profile_names(&*store, std::slice::from_ref(&bob)).await, []);
    assert_eq!(store.rooms_of(&bob, &OwnRooms::all(), 10).await.expect("rooms"), []);
    scribe.write(&drafts[..1]).await;
    scribe.check().await;
}

/// A retry after its first try landed is a conflict before it is a duplicate, and what landed is found by draft id.
pub async fn a_conflict_comes_before_a_duplicate(store: Arc<dyn Store>) {
    let mut scribe = Scribe::open(&store, "log").await;
    let ann = user("ann");
    let drafts = [scribe.claimed(&ann, "once", claim("c-1", 1)), scribe.claimed(&ann, "only", claim("c-2", 2))];
    scribe.write(&drafts).await;
    is_conflict(&scribe, scribe.epoch, 0, &drafts).await;
    let found = scribe.read_log().await;
    assert!(found.iter().map(|entry| entry.draft_id).eq(drafts.iter().map(|draft| draft.draft_id)));
}
