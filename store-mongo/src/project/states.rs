//! What entries change of messages: their states, whom they mention, and what deletion erases.

use std::{collections::BTreeSet, ops::RangeInclusive};

use chat_model::{Body, Mentioned, MessageFact, MessageState, Post, Seq, StoreError, limits::MAX_PINS, plan::Plan};
use mongodb::bson::{Document, doc};

use super::Log;
use crate::{
    database::{Change, ENTRIES, Query},
    documents::{StateDocument, body_document, seq, state_document, stored},
};

/// Changes the documents of the plan's targets in which its entries are not yet, and erases what deletions erase.
pub(super) async fn project(log: Log<'_>, plan: &Plan<'_>) -> Result<(), StoreError> {
    if plan.targets().len() == 0 {
        return Ok(());
    }
    let mut tries = log.db.tries();
    let messages = loop {
        let (mut changes, mut messages) = (Vec::new(), BTreeSet::new());
        for document in documents(log, plan.targets()).await? {
            if !document.truncated {
                messages.insert(seq(document.seq)?);
                changes.extend(change(log, document, plan)?);
            }
        }
        let wanted = changes.len() as u64;
        if log.db.update(ENTRIES, changes).await? == wanted {
            break messages;
        }
        tries.again().await?;
    };
    for deletion in plan.deletions.iter().filter(|deletion| messages.contains(&deletion.target)) {
        erase_changes(log, deletion.target, deletion.by).await?;
    }
    Ok(())
}

/// What is known of those of these that are messages, or were before they were truncated.
pub(crate) async fn documents(log: Log<'_>, seqs: impl Iterator<Item = Seq>) -> Result<Vec<StateDocument>, StoreError> {
    let seqs: Vec<i64> = seqs.map(stored).collect();
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = log.entries(doc! { "$in": seqs });
    filter.insert("body.kind", "message");
    let query = Query::of(filter).fields(doc! { "seq": 1, "sender": 1, "state": 1, "rev": 1, "truncated": 1 });
    log.db.find(ENTRIES, query).await
}

/// The messages between these that are pinned: what is in the index `pins`.
pub(crate) fn pinned(log: Log<'_>, seqs: RangeInclusive<Seq>) -> Document {
    let mut of = log.entries(doc! { "$gte": stored(*seqs.start()), "$lte": stored(*seqs.end()) });
    of.insert("state.pinned", doc! { "$exists": true });
    of
}

/// How many of them there are, counted no further than there may be.
pub(crate) async fn pins(log: Log<'_>, seqs: RangeInclusive<Seq>) -> Result<u64, StoreError> {
    let query = Query::of(pinned(log, seqs)).fields(doc! { "_id": 1 }).limit(MAX_PINS).index("pins");
    let found: Vec<Document> = log.db.find(ENTRIES, query).await?;
    Ok(found.len() as u64)
}

/// What the plan changes of this message, if it changes anything.
fn change(log: Log<'_>, document: StateDocument, plan: &Plan<'_>) -> Result<Option<Change>, StoreError> {
    let rev = document.rev;
    let MessageFact { seq, mut state, .. } = document.fact()?;
    if !plan.message(seq, &mut state) {
        return Ok(None);
    }
    let is_deleted = state.deleted_at.is_some();
    save(log, (seq, rev), &state, is_deleted).map(Some)
}

/// Stores what a message came to, if nobody else has changed it since it was read or truncated it, and perhaps erases it.
pub(crate) fn save(
    log: Log<'_>,
    (seq, rev): (Seq, i64),
    state: &MessageState,
    erase: bool,
) -> Result<Change, StoreError> {
    let mut of = log.entries(stored(seq));
    of.insert("truncated", doc! { "$exists": false });
    if rev == 0 {
        of.insert("rev", doc! { "$exists": false });
    } else {
        of.insert("rev", rev);
    }
    let mut set = doc! { "rev": rev + 1 };
    if *state != MessageState::default() {
        set.insert("state", state_document(state)?);
    }
    if erase {
        set.insert("body", body_document(&Body::Message(Post::default()))?);
    }
    let mut to = Document::new();
    match &state.edit {
        Some(edit) if !Mentioned::from(edit).is_nobody() => {
            set.insert("mentioned", Vec::from_iter(Mentioned::from(edit).keys()));
        }
        None if !erase => {}
        _ => drop(to.insert("$unset", doc! { "mentioned": "" })),
    }
    to.insert("$set", set);
    Ok(Change::one(of, to))
}

/// Erases what entries below `until` wrote that changed this message, which is what [`Body::erase`] erases in them.
pub(crate) async fn erase_changes(log: Log<'_>, message: Seq, until: Seq) -> Result<(), StoreError> {
    let of = |kinds: &[&str]| {
        let mut of = log.entries(doc! { "$lt": stored(until) });
        of.insert("body.target", stored(message));
        of.insert("body.kind", doc! { "$in": kinds });
        of
    };
    let edits = doc! { "$set": { "body.text": "" }, "$unset": { "body.mentions": "", "body.mentions_room": "" } };
    let reactions = doc! { "$set": { "body.emoji": "" } };
    let changes =
        vec![Change::one(of(&["edited"]), edits).all(), Change::one(of(&["reacted", "unreacted"]), reactions).all()];
    log.db.update(ENTRIES, changes).await.map(drop)
}
