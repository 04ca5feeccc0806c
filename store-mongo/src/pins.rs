//! Pins that an older version noted: it did so without saying which entry pinned a message, when, and in whose name.

use chat_model::StoreError;
use mongodb::bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use serde::Deserialize;

use crate::{
    database::{Change, Database, ENTRIES, Query},
    rooms::SWEEP,
};

#[derive(Deserialize)]
struct Pinned {
    #[serde(rename = "_id")]
    id: ObjectId,
    room: String,
    epoch: i64,
    seq: i64,
}

#[derive(Deserialize)]
struct PinnedBy {
    seq: i64,
    sender: String,
    at: DateTime,
}

/// Notes the rest of them, from the entries that pinned the messages.
pub(crate) async fn note_all(db: &Database) -> Result<(), StoreError> {
    loop {
        let of = doc! { "state.pinned": true, "state.pin": { "$exists": false } };
        let query = Query::of(of).fields(doc! { "room": 1, "epoch": 1, "seq": 1 }).limit(SWEEP).index("pins");
        let pinned: Vec<Pinned> = db.find(ENTRIES, query).await?;
        if pinned.is_empty() {
            return Ok(());
        }
        let mut changes = Vec::with_capacity(pinned.len());
        for Pinned { id, room, epoch, seq } in pinned {
            let of = doc! { "room": room, "epoch": epoch, "body.target": seq, "body.kind": "pinned" };
            let query = Query::of(of).sort(doc! { "seq": -1 }).index("targets");
            let by: Option<PinnedBy> = db.find_one(ENTRIES, query).await?;
            let of = doc! { "_id": id, "state.pinned": true, "state.pin": { "$exists": false } };
            changes.push(Change::one(of, noted(by)));
        }
        db.update(ENTRIES, changes).await?;
    }
}

/// Whoever read the message before finds that it was changed.
fn noted(by: Option<PinnedBy>) -> Document {
    let pin = match by {
        Some(PinnedBy { seq, sender, at }) => doc! { "seq": seq, "by": sender, "at": at },
        // Of a pin there is always the entry.
        None => return doc! { "$unset": { "state.pinned": "" }, "$inc": { "rev": Bson::Int64(1) } },
    };
    doc! { "$set": { "state.pin": pin }, "$inc": { "rev": Bson::Int64(1) } }
}
