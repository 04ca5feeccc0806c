//! Rooms, members and heads, as lists.

use chat_model::{
    Epoch, MemberFact, Restriction, RoomId, RoomKind, RoomRecord, Seq, StoreError, Timestamp, UserId, limits::MAX_PAGE,
};
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use crate::{
    database::{Database, MEMBERS, Query, ROOMS},
    documents::{HeadDocument, MemberDocument, RoomDocument, date, stored},
    facts::names_of,
    project::{Log, is_there, members::is_member, settle_from},
    retention, rooms,
};

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

pub(crate) async fn rooms_of_kind(
    db: &Database,
    kind: RoomKind,
    by_guests: bool,
    after: Option<&RoomId>,
    limit: usize,
) -> Result<Vec<RoomRecord>, StoreError> {
    if !kind.is_joinable() {
        return Ok(Vec::new());
    }
    let by_guest = if by_guests { Bson::Boolean(true) } else { Bson::Null };
    let after = after.map_or("", RoomId::as_str);
    let of = doc! { "kind": rooms::kind(kind), "by_guest": by_guest, "_id": { "$gt": after } };
    listed(db, Query::of(of).index("listed"), limit).await
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
    facts_by_user(db, room, (is_member(doc! {}), "members"), after, limit).await
}

pub(crate) async fn restricted(
    db: &Database,
    room: &RoomId,
    (restriction, at): (Restriction, Timestamp),
    after: Option<&UserId>,
    limit: usize,
) -> Result<Vec<MemberFact>, StoreError> {
    let which = match restriction {
        Restriction::Ban => (doc! { "banned": true }, "banned"),
        Restriction::Mute => (doc! { "muted_until": { "$gt": date(at) } }, "muted"),
    };
    facts_by_user(db, room, which, after, limit).await
}

/// Facts of those of a room's users who are in an index and of whom this holds, by user id. Of one moment.
async fn facts_by_user(
    db: &Database,
    room: &RoomId,
    (which, index): (Document, &'static str),
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
        let mut filter = doc! { "room": room.as_str(), "user": { "$gt": after } };
        filter.extend(which.clone());
        let query = Query::of(filter).sort(doc! { "user": 1 }).limit(limit).index(index);
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

pub(crate) async fn others(
    db: &Database,
    user: &UserId,
    rooms: &[RoomId],
) -> Result<Vec<(RoomId, UserId)>, StoreError> {
    #[derive(Deserialize)]
    struct Other {
        room: String,
        user: String,
    }
    let ids: Vec<&str> = rooms.iter().map(RoomId::as_str).collect();
    let of = is_member(doc! { "room": { "$in": ids }, "user": { "$ne": user.as_str() } });
    let query = Query::of(of).fields(doc! { "room": 1, "user": 1 }).index("members");
    let found: Vec<Other> = db.find(MEMBERS, query).await?;
    let read = |other: &Other| Ok((crate::documents::room(&other.room)?, crate::documents::user(&other.user)?));
    found.iter().map(read).collect()
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
