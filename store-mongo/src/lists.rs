//! Rooms, members, heads, and what is unread, as lists.

use std::collections::BTreeMap;

use chat_model::{
    Epoch, MemberFact, RoomId, RoomKind, RoomRecord, Seq, StoreError, UserId, UserRoom,
    limits::{MAX_PAGE, MAX_UNREAD},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream, try_join};
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use crate::{
    database::{Database, ENTRIES, MEMBERS, Query, ROOMS},
    documents::{HeadDocument, MemberDocument, RoomDocument, room, stored},
    facts::names_of,
    project::{
        Log, is_there,
        members::{documents, is_member},
        settle_from,
    },
    retention, rooms,
};

/// Rooms in which unread messages are counted at one time.
const COUNTS: usize = 8;

/// The room. Who asks for one is about to use it, so that what an append left on its way is finished first,
/// and of what a truncation left undone a batch is done.
pub(crate) async fn room_record(db: &Database, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
    let Some(mut document) = rooms::find(db, room).await? else { return Ok(None) };
    let head = document.place()?.1;
    if is_there(Log::of(db, room, &document)?, head.saturating_add(1)).await? {
        document = match settle_from(db, room, head).await {
            Err(StoreError::NoSuchRoom) => return Ok(None),
            settled => settled?,
        };
    }
    if let Err(error) = retention::clean_some(db, room, &document).await {
        // Nothing that is asked for waits for it.
        tracing::warn!(%room, error = &error as &dyn std::error::Error, "truncated entries could not be removed");
    }
    document.try_into().map(Some)
}

pub(crate) async fn public_rooms(
    db: &Database,
    after: Option<&RoomId>,
    limit: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    let after = after.map_or("", RoomId::as_str);
    let query = Query::of(doc! { "kind": kind(RoomKind::Public), "_id": { "$gt": after } }).index("kinds");
    listed(db, query, limit).await
}

pub(crate) async fn all_rooms(
    db: &Database,
    after: Option<&RoomId>,
    limit: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    let after = after.map_or("", RoomId::as_str);
    listed(db, Query::of(rooms::is_live(doc! { "_id": { "$gt": after } })).index("_id_"), limit).await
}

async fn listed(db: &Database, query: Query, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
    let limit = limit.min(MAX_PAGE);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let query = query.fields(rooms::without_roster()).sort(doc! { "_id": 1 }).limit(limit);
    let found: Vec<RoomDocument> = db.find(ROOMS, query).await?;
    found.into_iter().map(RoomRecord::try_from).collect()
}

/// A kind as it is stored.
fn kind(kind: RoomKind) -> Bson {
    mongodb::bson::serialize_to_bson(&kind).unwrap_or(Bson::Null)
}

pub(crate) async fn heads(db: &Database, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
    let ids: Vec<&str> = rooms.iter().map(RoomId::as_str).collect();
    let query = Query::of(rooms::is_live(doc! { "_id": { "$in": ids } })).fields(doc! { "epoch": 1, "head": 1 });
    let found: Vec<HeadDocument> = db.find(ROOMS, query).await?;
    found.iter().map(HeadDocument::read).collect()
}

pub(crate) async fn members(
    db: &Database,
    room: &RoomId,
    after: Option<&UserId>,
    limit: usize,
) -> Result<Vec<MemberFact>, StoreError> {
    let (mut tries, limit) = (db.tries(), limit.min(MAX_PAGE));
    loop {
        let head = rooms::live(db, room).await?.place()?.1;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let after = after.map_or("", UserId::as_str);
        let query = Query::of(is_member(doc! { "room": room.as_str(), "user": { "$gt": after } }))
            .sort(doc! { "user": 1 })
            .limit(limit)
            .index("members");
        let found: Vec<MemberDocument> = db.find(MEMBERS, query).await?;
        if found.iter().any(|member| member.as_of > stored(head)) {
            settle_from(db, room, head).await?;
            tries.again().await?;
            continue;
        }
        let names = names_of(db, found.iter().map(|member| member.user.as_str()).collect()).await?;
        let named = |member: MemberDocument| {
            let fact = member.fact()?;
            Ok(MemberFact { name: names.get(&fact.user).cloned(), ..fact })
        };
        return found.into_iter().map(named).collect();
    }
}

pub(crate) async fn blocks(
    db: &Database,
    user: &UserId,
    after: Option<&UserId>,
    limit: usize,
) -> Result<Vec<UserId>, StoreError> {
    #[derive(Deserialize)]
    struct Blocks {
        blocks: String,
    }
    let of = doc! { "user": user.as_str(), "blocks": { "$gt": after.map_or("", UserId::as_str) } };
    let query = Query::of(of).fields(doc! { "blocks": 1 }).sort(doc! { "blocks": 1 }).index("blocks");
    let found: Vec<Blocks> = db.page(MEMBERS, query, limit).await?;
    found.iter().map(|found| crate::documents::user(&found.blocks)).collect()
}

#[derive(Deserialize)]
struct RoomOf {
    room: String,
}

pub(crate) async fn rooms_of(
    db: &Database,
    user: &UserId,
    after: Option<&RoomId>,
    limit: usize,
) -> Result<Vec<UserRoom>, StoreError> {
    let limit = limit.min(MAX_PAGE);
    let mut last = after.map_or("", RoomId::as_str).to_owned();
    let mut listed: Vec<UserRoom> = Vec::new();
    while listed.len() < limit {
        let wanted = limit - listed.len();
        let query = Query::of(is_member(doc! { "user": user.as_str(), "room": { "$gt": last.as_str() } }))
            .fields(doc! { "room": 1 })
            .sort(doc! { "room": 1 })
            .limit(wanted)
            .index("memberships");
        let found: Vec<RoomOf> = db.find(MEMBERS, query).await?;
        let ids: Vec<&str> = found.iter().map(|found| found.room.as_str()).collect();
        listed.extend(these_rooms_of(db, user, &ids).await?);
        match found.last() {
            // Some may have turned out to be no rooms of theirs.
            Some(found) if ids.len() == wanted => last.clone_from(&found.room),
            _ => break,
        }
    }
    Ok(listed)
}

/// Finds which of these rooms exist and have the user as a member, in this order.
async fn these_rooms_of(db: &Database, user: &UserId, ids: &[&str]) -> Result<Vec<UserRoom>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = Query::of(rooms::is_live(doc! { "_id": { "$in": ids } })).fields(rooms::without_roster());
    let records: Vec<RoomDocument> = db.find(ROOMS, query).await?;
    // The memberships are read after the rooms: then each shows whether it is that of the same moment.
    let query = Query::of(doc! { "user": user.as_str(), "room": { "$in": ids } });
    let (theirs, reads) = try_join!(db.find::<MemberDocument>(MEMBERS, query), rooms::reads(db, user, ids))?;
    let mut records: BTreeMap<String, RoomDocument> =
        records.into_iter().map(|record| (record.id.clone(), record)).collect();
    let mut theirs: BTreeMap<String, MemberDocument> =
        theirs.into_iter().map(|member| (member.room.clone(), member)).collect();
    let mut rooms = Vec::new();
    for id in ids {
        if let (Some(record), Some(member)) = (records.remove(*id), theirs.remove(*id)) {
            rooms.push(user_room(db, user, record, member, reads.get(*id).copied().unwrap_or(0)));
        }
    }
    let rooms: Vec<Option<UserRoom>> = stream::iter(rooms).buffered(COUNTS).try_collect().await?;
    Ok(rooms.into_iter().flatten().collect())
}

/// The room as it is to a member.
async fn user_room(
    db: &Database,
    user: &UserId,
    mut record: RoomDocument,
    mut member: MemberDocument,
    read: Seq,
) -> Result<Option<UserRoom>, StoreError> {
    let id = room(&record.id)?;
    let mut tries = db.tries();
    while member.as_of > record.head {
        record = match settle_from(db, &id, record.place()?.1).await {
            Err(StoreError::NoSuchRoom) => return Ok(None),
            settled => settled?,
        };
        let Some(now) = documents(db, id.as_str(), [user].into_iter()).await?.pop() else { return Ok(None) };
        member = now;
        tries.again().await?;
    }
    let Some(membership) = member.fact()?.membership else { return Ok(None) };
    let head = record.place()?.1;
    let above = read.max(membership.since).max(record.oldest()?.saturating_sub(1));
    let (unread, mentions) = unread(Log::of(db, &id, &record)?, user, above, head).await?;
    Ok(Some(UserRoom { record: record.try_into()?, role: membership.role, read, unread, mentions }))
}

/// Others' messages above a seq, and those of them that mention the user, as far back as has to be counted.
async fn unread(log: Log<'_>, user: &UserId, above: Seq, head: Seq) -> Result<(u64, u64), StoreError> {
    if above >= head {
        return Ok((0, 0));
    }
    let range = log.entries(doc! { "$gt": stored(above), "$lte": stored(head) });
    let (mut messages, mut mentioning) = (range.clone(), range);
    messages.insert("body.kind", "message");
    mentioning.insert("mentioned", user.as_str());
    let count = |of: Document, index| {
        let others = vec![
            doc! { "$match": of },
            doc! { "$sort": { "seq": -1 } },
            doc! { "$limit": stored(MAX_UNREAD as u64) },
            doc! { "$match": { "sender": { "$ne": user.as_str() } } },
            doc! { "$count": "count" },
        ];
        log.db.count(ENTRIES, others, index)
    };
    try_join!(count(messages, "history"), count(mentioning, "mentions"))
}
