//! How entries come to count: what they change beside the log is changed, and then the room's head goes over them.
//!
//! An entry that is stored above the room's head is on its way: it keeps its place, nobody is shown it, and nothing can
//! get in behind it. Whoever meets one can do what is left to be done, as each step may be repeated: documents carry the
//! seq up to which entries are in them, and how often they were changed, and are only changed from what was read. The
//! last step is one change of the room's document, from the head that was read. With it all counts at once.

pub(crate) mod members;
mod names;
pub(crate) mod states;

use chat_model::{Epoch, RoomChange, RoomId, Seq, StoreError, limits::MAX_BATCH, plan::Plan};
use futures_util::try_join;
use mongodb::bson::{Bson, Document, doc, serialize_to_bson};
use tokio::time::{Duration, sleep};

pub(crate) use self::states::erase_changes;
use crate::{
    database::{Change, Database, ENTRIES, Query, ROOMS},
    documents::{EntryDocument, Landed, RoomDocument, date, stored},
    error::not_executed,
    rooms,
};

/// How long an entry that is on its way is left to the one who brought it.
const COURTESY: Duration = Duration::from_millis(4);

/// Where a log is.
#[derive(Clone, Copy)]
pub(crate) struct Log<'a> {
    pub(crate) db: &'a Database,
    pub(crate) room: &'a RoomId,
    pub(crate) epoch: Epoch,
    /// The epoch under which its entries are stored: the one that its room had first.
    pub(crate) kept: Epoch,
}

impl<'a> Log<'a> {
    /// The log of a room that is as this document says.
    pub(crate) fn of(db: &'a Database, room: &'a RoomId, document: &RoomDocument) -> Result<Self, StoreError> {
        Ok(Self { db, room, epoch: document.place()?.0, kept: document.kept()? })
    }

    /// Its room, as long as that has this log.
    pub(crate) fn of_room(&self) -> Document {
        doc! { "_id": self.room.as_str(), "epoch": stored(self.epoch.number()) }
    }

    /// Its entries with this seq, or with seqs of which this holds.
    pub(crate) fn entries(&self, seq: impl Into<Bson>) -> Document {
        doc! { "room": self.room.as_str(), "epoch": stored(self.kept.number()), "seq": seq.into() }
    }
}

/// Has the plan's entries count, which are in the log right above `from`. False if the head stood elsewhere: then they may
/// count already, or some of them.
///
/// `all` says that nothing else is in the log above them.
pub(crate) async fn project(log: Log<'_>, from: Seq, plan: &Plan<'_>, all: bool) -> Result<bool, StoreError> {
    if plan.count == 0 {
        return Ok(true);
    }
    try_join!(members::project(log, plan), states::project(log, plan), names::project(log, plan))?;
    let mut set = doc! { "head": stored(plan.head), "told": plan.told.cast_signed() };
    if let Some((seq, at)) = plan.last_message {
        set.extend(doc! { "active_at": date(at), "last_message": stored(seq) });
    }
    let RoomChange { name, topic, archived, slow_mode_ms } = &plan.room;
    set.extend(name.iter().map(|name| ("name".to_owned(), name.as_str().into())));
    set.extend(topic.iter().map(|topic| ("topic".to_owned(), (&**topic).into())));
    set.extend(slow_mode_ms.iter().map(|ms| ("slow_mode_ms".to_owned(), i64::from(*ms).into())));
    set.extend(archived.iter().map(|archived| ("archived".to_owned(), (*archived).into())));
    if plan.changes_invites() {
        let document = rooms::live(log.db, log.room).await?;
        // Of another head, what is read may have the entries in it already, and is not written.
        if document.place()? != (log.epoch, from) {
            return Ok(false);
        }
        let mut invites = document.invites;
        plan.invites(&mut invites);
        set.insert("invites", serialize_to_bson(&invites).map_err(not_executed)?);
    }
    if plan.roster_changes {
        let roster = members::roster(log).await?;
        // A user who left by a later entry would be missing.
        if !all && is_there(log, plan.head.saturating_add(1)).await? {
            return Ok(false);
        }
        set.insert("roster", roster);
    }
    let (mut to, mut by) = (doc! { "$set": set }, Document::new());
    if plan.member_delta != 0 {
        by.insert("members", plan.member_delta);
    }
    if name.is_some() || topic.is_some() || archived.is_some() {
        by.insert("changes", 1_i64);
        to.insert("$unset", doc! { "words": "" });
    }
    if !by.is_empty() {
        to.insert("$inc", by);
    }
    if plan.format > 1 {
        to.insert("$max", doc! { "format": i64::from(plan.format) });
    }
    let mut of = log.of_room();
    of.insert("head", stored(from));
    Ok(log.db.update(ROOMS, vec![Change::one(of, to)]).await? == 1)
}

/// The room, once nothing that was on its way when this began still is.
pub(crate) async fn settle(db: &Database, room: &RoomId) -> Result<RoomDocument, StoreError> {
    let mut tries = db.tries();
    loop {
        let document = rooms::live(db, room).await?;
        let (log, head) = (Log::of(db, room, &document)?, document.place()?.1);
        match above(log, head).await? {
            Some(landed) if landed.is_empty() => return Ok(document),
            Some(landed) if project(log, head, &Plan::of(landed.iter().map(Landed::step)), false).await? => {}
            _ => tries.again().await?,
        }
    }
}

/// The same for a room that stood at `head` when something on its way was met: who brought it may yet finish.
pub(crate) async fn settle_from(db: &Database, room: &RoomId, head: Seq) -> Result<RoomDocument, StoreError> {
    sleep(COURTESY).await;
    let document = rooms::live(db, room).await?;
    if document.place()?.1 > head { Ok(document) } else { settle(db, room).await }
}

/// Whether there is an entry of this seq, counting or not.
pub(crate) async fn is_there(log: Log<'_>, seq: Seq) -> Result<bool, StoreError> {
    let query = Query::of(log.entries(stored(seq))).fields(doc! { "_id": 1 });
    Ok(log.db.find_one::<Document>(ENTRIES, query).await?.is_some())
}

/// Entries that are on their way; `None` if the head has moved on and what was above it was truncated already.
async fn above(log: Log<'_>, head: Seq) -> Result<Option<Vec<Landed>>, StoreError> {
    let query = Query::of(log.entries(doc! { "$gt": stored(head) })).sort(doc! { "seq": 1 }).limit(MAX_BATCH);
    let documents: Vec<EntryDocument> = log.db.find(ENTRIES, query).await?;
    let mut landed = Vec::with_capacity(documents.len());
    for (document, seq) in documents.into_iter().zip(head.saturating_add(1)..) {
        if document.truncated {
            return Ok(None);
        }
        if document.is_newer() {
            // Nobody here knows what else it changes.
            return Err(not_executed("an entry that a newer version wrote is on its way"));
        }
        if document.seq != stored(seq) {
            break;
        }
        landed.push(Landed::try_from(document)?);
    }
    Ok(Some(landed))
}
