//! Removing the beginning of a log.
//!
//! First the room's document says where the log begins, and from then on every answer begins there. Then what lies below
//! is made stubs, batch by batch. The document says from which seq on that is still to be done, so that whoever comes next
//! can do it. Every step may be repeated.

use chat_model::{RoomId, Seq, StoreError};
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use crate::{
    database::{Change, Database, ENTRIES, Query, ROOMS},
    documents::{RoomDocument, room, seq, stored},
    project::Log,
    rooms::{self, SWEEP},
};

/// Gives up all before this entry; where the log begins now.
pub(crate) async fn truncate(db: &Database, room: &RoomId, oldest: Seq) -> Result<Seq, StoreError> {
    let document = rooms::live(db, room).await?;
    let (head, begins) = (document.place()?.1, document.oldest()?);
    // What is on its way must get there.
    let wanted = oldest.min(head.saturating_add(1));
    if wanted > begins {
        let to = doc! { "$max": { "oldest": stored(wanted) }, "$min": { "uncleaned": stored(begins) } };
        db.update(ROOMS, vec![Change::one(Log::of(db, room, &document)?.of_room(), to)]).await?;
    }
    clean(db, room).await
}

/// Makes stubs of all that lies below the log's beginning. Says where that is.
async fn clean(db: &Database, room: &RoomId) -> Result<Seq, StoreError> {
    loop {
        let document = rooms::live(db, room).await?;
        if !clean_some(db, room, &document).await? {
            return document.oldest();
        }
    }
}

/// Makes stubs of some of what this document says is to be cleaned; whether there was any.
pub(crate) async fn clean_some(db: &Database, room: &RoomId, document: &RoomDocument) -> Result<bool, StoreError> {
    let Some(from) = document.uncleaned else { return Ok(false) };
    let (log, oldest) = (Log::of(db, room, document)?, document.oldest()?);
    let next = oldest.min(seq(from)?.saturating_add(SWEEP as u64));
    let some = log.entries(doc! { "$gte": from, "$lt": stored(next) });
    db.update(ENTRIES, vec![Change::one(some, stub()).all()]).await?;
    // Where others have moved either in the meantime, they or the next attempt know better.
    let mut of = log.of_room();
    of.extend(doc! { "oldest": stored(oldest), "uncleaned": from });
    let done = if next < oldest {
        doc! { "$set": { "uncleaned": stored(next) } }
    } else {
        doc! { "$unset": { "uncleaned": "" } }
    };
    db.update(ROOMS, vec![Change::one(of, done)]).await?;
    Ok(true)
}

/// What makes a stub of an entry: of what was written nothing stays. Its place and its claim stay taken; its kind keeps it
/// in the index of messages, where a question that met the log before it was truncated has to meet it.
fn stub() -> Bson {
    const KEPT: [&str; 11] =
        ["room", "epoch", "seq", "at", "sender", "client_id", "digest", "draft_id", "told", "after", "body.kind"];
    let kept: Document = KEPT.iter().map(|field| ((*field).to_owned(), Bson::Int32(1))).collect();
    Bson::Array(vec![doc! { "$project": kept }.into(), doc! { "$set": { "truncated": true } }.into()])
}

/// Batches cleaned when a store is opened, which is not to wait for long. Nobody needs the rest to be done: answers do not hold
/// it, and rooms that are opened or truncated go on with it.
const AT_OPENING: usize = 64;

/// Does some of what interrupted truncations left undone.
pub(crate) async fn clean_at_opening(db: &Database) -> Result<(), StoreError> {
    #[derive(Deserialize)]
    struct Uncleaned {
        #[serde(rename = "_id")]
        id: String,
    }
    let of = rooms::is_live(doc! { "uncleaned": { "$exists": true } });
    let query = Query::of(of).fields(doc! { "_id": 1 }).limit(AT_OPENING).index("uncleaned");
    let found: Vec<Uncleaned> = db.find(ROOMS, query).await?;
    let mut left = AT_OPENING;
    for Uncleaned { id } in found {
        let room = room(&id)?;
        while left > 0
            && let Some(document) = rooms::find(db, &room).await?
            && clean_some(db, &room, &document).await?
        {
            left -= 1;
        }
    }
    Ok(())
}
