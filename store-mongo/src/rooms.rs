//! Rooms made and removed, read cursors and profiles.

use std::collections::BTreeMap;

use chat_model::{
    Beginning, CreateError, Cursor, Epoch, GUEST_PREFIX, Name, Profile, RoomId, RoomKind, RoomMeta, Seq, StoreError,
    UserId,
};
use mongodb::bson::{Bson, DateTime, Document, doc};
use serde::Deserialize;

use crate::{
    database::{Change, Database, ENTRIES, MEMBERS, Query, READS, ROOM_WORDS, ROOMS, USERS},
    documents::{RoomDocument, document, name, seq, stored, user},
};

/// The fields of a room that everybody wants.
pub(crate) fn without_roster() -> Document {
    doc! { "roster": 0 }
}

/// Rooms that were not deleted, of those of which this holds.
pub(crate) fn is_live(mut filter: Document) -> Document {
    filter.insert("epoch", doc! { "$exists": true });
    filter
}

/// A room, if it exists.
pub(crate) async fn find(db: &Database, room: &RoomId) -> Result<Option<RoomDocument>, StoreError> {
    let query = Query::of(is_live(doc! { "_id": room.as_str() })).fields(without_roster());
    db.find_one(ROOMS, query).await
}

/// A room that is meant to exist.
pub(crate) async fn live(db: &Database, room: &RoomId) -> Result<RoomDocument, StoreError> {
    let Some(found) = find(db, room).await? else {
        // In another database there is none either.
        db.look().await?;
        return Err(StoreError::NoSuchRoom);
    };
    Ok(found)
}

pub(crate) async fn create(
    db: &Database,
    room: &RoomId,
    epoch: Epoch,
    meta: &RoomMeta,
    beginning: &Beginning,
) -> Result<(), CreateError> {
    let document = document(&RoomDocument::new(room, epoch, meta, beginning))?;
    let made = db.insert(ROOMS, vec![document]).await?;
    if made.count == 0 { Err(CreateError::Exists) } else { Ok(()) }
}

/// Removes a room from sight, and then what it held.
pub(crate) async fn delete(db: &Database, room: &RoomId) -> Result<(), StoreError> {
    hide(db, doc! { "_id": room.as_str() }).await?;
    let unswept = Query::of(doc! { "_id": room.as_str(), "unswept": true }).fields(doc! { "_id": 1 });
    match db.find_one::<Document>(ROOMS, unswept).await? {
        Some(_) => sweep(db, room.as_str()).await,
        None => Ok(()),
    }
}

/// The same, if its log ends here; whether it was removed.
pub(crate) async fn delete_at(db: &Database, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
    let of = doc! { "_id": room.as_str(), "epoch": stored(at.epoch.number()), "head": stored(at.seq) };
    let is_gone = hide(db, of).await?;
    if is_gone {
        sweep(db, room.as_str()).await?;
    }
    Ok(is_gone)
}

/// Removes a room of which this holds from sight; whether there is one.
async fn hide(db: &Database, of: Document) -> Result<bool, StoreError> {
    const FIELDS: [&str; 23] = [
        "epoch",
        "kept",
        "head",
        "told",
        "members",
        "format",
        "kind",
        "name",
        "topic",
        "archived",
        "invites",
        "slow_mode_ms",
        "history",
        "creator",
        "by_guest",
        "created_at",
        "active_at",
        "last_message",
        "roster",
        "oldest",
        "uncleaned",
        "changes",
        "words",
    ];
    let fields: Document = FIELDS.iter().map(|field| ((*field).to_owned(), Bson::from(""))).collect();
    let hide = doc! { "$set": { "unswept": true, "deleted": true }, "$unset": fields };
    let of = if of.contains_key("epoch") { of } else { is_live(of) };
    Ok(db.update(ROOMS, vec![Change::one(of, hide)]).await? == 1)
}

/// Documents removed or cleaned by one command: others wait no longer than it takes.
pub(crate) const SWEEP: usize = 1_000;

/// Removes what is left of a deleted room.
pub(crate) async fn sweep(db: &Database, room: &str) -> Result<(), StoreError> {
    for from in [ENTRIES, MEMBERS, READS, ROOM_WORDS] {
        loop {
            let query = Query::of(doc! { "room": room }).fields(doc! { "_id": 1 }).limit(SWEEP);
            let found: Vec<Document> = db.find(from, query).await?;
            let ids: Vec<Bson> = found.into_iter().filter_map(|mut found| found.remove("_id")).collect();
            if ids.is_empty() {
                break;
            }
            db.delete(from, doc! { "_id": { "$in": ids } }).await?;
        }
    }
    Ok(())
}

/// Removes what interrupted deletions left, and what arrived late in rooms deleted since the last time.
pub(crate) async fn sweep_all(db: &Database) -> Result<(), StoreError> {
    #[derive(Deserialize)]
    struct Unswept {
        #[serde(rename = "_id")]
        id: String,
    }
    loop {
        let query = Query::of(doc! { "unswept": true }).fields(doc! { "_id": 1 }).limit(SWEEP);
        let rooms: Vec<Unswept> = db.find(ROOMS, query).await?;
        if rooms.is_empty() {
            return Ok(());
        }
        for Unswept { id } in rooms {
            sweep(db, &id).await?;
            let done = Change::one(doc! { "_id": id }, doc! { "$unset": { "unswept": "" } });
            db.update(ROOMS, vec![done]).await?;
        }
    }
}

/// Notes of rooms that an older version made when something was last written in them.
pub(crate) async fn note_activity(db: &Database) -> Result<(), StoreError> {
    #[derive(Deserialize)]
    struct Message {
        seq: i64,
        at: DateTime,
    }
    loop {
        let of = is_live(doc! { "active_at": { "$exists": false } });
        let rooms: Vec<RoomDocument> = db.find(ROOMS, Query::of(of).fields(without_roster()).limit(SWEEP)).await?;
        if rooms.is_empty() {
            return Ok(());
        }
        let mut changes = Vec::with_capacity(rooms.len());
        for room in rooms {
            let of = doc! { "room": &room.id, "epoch": stored(room.kept()?.number()), "seq": { "$lte": room.head },
            "body.kind": "message" };
            let query = Query::of(of).fields(doc! { "seq": 1, "at": 1 }).sort(doc! { "seq": -1 }).index("messages");
            let last: Option<Message> = db.find_one(ENTRIES, query).await?;
            let set = match last {
                Some(Message { seq, at }) => doc! { "active_at": at, "last_message": seq },
                None => doc! { "active_at": room.created_at },
            };
            let of = doc! { "_id": room.id, "epoch": room.epoch, "active_at": { "$exists": false } };
            changes.push(Change::one(of, doc! { "$set": set }));
        }
        db.update(ROOMS, changes).await?;
    }
}

/// Notes which rooms were made by guests, where an older version made them.
pub(crate) async fn note_guests(db: &Database) -> Result<(), StoreError> {
    // All texts that begin so.
    let end = GUEST_PREFIX.replace('-', ".");
    let kinds = [RoomKind::Public, RoomKind::Private].map(kind);
    let of = doc! {
        "creator": { "$gte": GUEST_PREFIX, "$lt": end }, "kind": { "$in": kinds.as_slice() }, "by_guest": { "$exists": false },
    };
    let noted = Change::one(is_live(of), doc! { "$set": { "by_guest": true } }).all();
    db.update(ROOMS, vec![noted]).await.map(drop)
}

/// A kind as it is stored.
pub(crate) fn kind(kind: RoomKind) -> Bson {
    mongodb::bson::serialize_to_bson(&kind).unwrap_or(Bson::Null)
}

#[derive(Deserialize)]
struct ReadDocument {
    room: String,
    user: String,
    seq: i64,
}

/// Moves a read cursor.
pub(crate) async fn set_read(db: &Database, room: &RoomId, user: &UserId, to: Seq) -> Result<Seq, StoreError> {
    let head = live(db, room).await?.place()?.1;
    let of = doc! { "room": room.as_str(), "user": user.as_str() };
    let mut tries = db.tries();
    loop {
        if to > 0 && head > 0 {
            let forward = doc! { "$max": { "seq": stored(to.min(head)) } };
            // Of two that put in the first, one is told that there is one already.
            if db.update(READS, vec![Change::one(of.clone(), forward).or_insert()]).await? == 0 {
                tries.again().await?;
                continue;
            }
        }
        let read: Option<ReadDocument> = db.find_one(READS, Query::of(of)).await?;
        return read.map_or(Ok(0), |read| seq(read.seq));
    }
}

/// Where the read cursors of some users in a room stand.
pub(crate) async fn reads_of(db: &Database, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
    live(db, room).await?;
    let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
    let of = doc! { "room": room.as_str(), "user": { "$in": users }, "seq": { "$gt": 0 } };
    let reads: Vec<ReadDocument> = db.find(READS, Query::of(of)).await?;
    reads.into_iter().map(|read| Ok((user(&read.user)?, seq(read.seq)?))).collect()
}

/// Where a user's read cursors stand in these rooms; 0 where there is none.
pub(crate) async fn reads(db: &Database, user: &UserId, rooms: &[&str]) -> Result<BTreeMap<String, Seq>, StoreError> {
    let query = Query::of(doc! { "user": user.as_str(), "room": { "$in": rooms } });
    let reads: Vec<ReadDocument> = db.find(READS, query).await?;
    reads.into_iter().map(|read| Ok((read.room, seq(read.seq)?))).collect()
}

#[derive(Deserialize)]
struct UserDocument {
    #[serde(rename = "_id")]
    id: String,
    name: String,
}

impl UserDocument {
    fn profile(self) -> Result<Profile, StoreError> {
        Ok(Profile { user: user(&self.id)?, name: name(&self.name)? })
    }
}

/// The names of those of these users that have one.
pub(crate) async fn profiles(db: &Database, users: Vec<&str>) -> Result<Vec<Profile>, StoreError> {
    let query = Query::of(doc! { "_id": { "$in": users }, "name": { "$exists": true } });
    let found: Vec<UserDocument> = db.find(USERS, query).await?;
    found.into_iter().map(UserDocument::profile).collect()
}

/// All users who have a name, by id from above `after`.
pub(crate) async fn users(db: &Database, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>, StoreError> {
    let of = doc! { "_id": { "$gt": after.map_or("", UserId::as_str) }, "name": { "$exists": true } };
    let found: Vec<UserDocument> = db.page(USERS, Query::of(of).sort(doc! { "_id": 1 }), limit).await?;
    found.into_iter().map(UserDocument::profile).collect()
}

/// Sets a name, or erases it with when the user was last connected. The user's document stays: that it was changed is what late writers must see.
pub(crate) async fn set_profile(db: &Database, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
    let of = doc! { "_id": user.as_str() };
    let Some(name) = name else {
        let erase = doc! { "$unset": { "name": "", "seen_at": "" }, "$inc": { "rev": 1_i64 } };
        return db.update(USERS, vec![Change::one(of, erase)]).await.map(drop);
    };
    let set = doc! { "$set": { "name": name.as_str() }, "$inc": { "rev": 1_i64 } };
    let mut tries = db.tries();
    while db.update(USERS, vec![Change::one(of.clone(), set.clone()).or_insert()]).await? == 0 {
        tries.again().await?;
    }
    Ok(())
}
