//! A user's rooms: in their order, with what is unread and the last message of each.
//!
//! However many rooms a page has, it takes a fixed number of questions, and one more for each chunk of memberships.

use std::collections::BTreeMap;

use chat_model::{
    Activity, Membership, Mentioned, Message, OwnRooms, Preview, RoomId, Seq, StoreError, UserId, UserRoom,
    limits::{MAX_PAGE, MAX_UNREAD},
};
use futures_util::try_join;
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use crate::{
    database::{Database, ENTRIES, MEMBERS, Query, ROOMS},
    documents::{EntryDocument, MemberDocument, RoomDocument, date, room, state, stored},
    facts::names_of,
    project::{
        members::{documents, is_member},
        settle_from,
    },
    rooms,
};

/// Rooms that one question is about. All of a user's rooms are looked at to find the latest of them.
const CHUNK: usize = 5_000;

pub(crate) async fn rooms_of(
    db: &Database,
    user: &UserId,
    page: &OwnRooms,
    limit: usize,
) -> Result<Vec<UserRoom>, StoreError> {
    let (limit, mut page) = (limit.min(MAX_PAGE), page.clone());
    let mut listed: Vec<UserRoom> = Vec::new();
    while listed.len() < limit {
        let wanted = limit - listed.len();
        let found = match &page {
            OwnRooms::ById(after) => by_id(db, user, after.as_ref(), wanted).await?,
            OwnRooms::ByActivity(after) => by_activity(db, user, after.as_ref(), wanted).await?,
        };
        let end = found.last().filter(|_| found.len() == wanted).map(RoomDocument::activity).transpose()?;
        listed.extend(own(db, user, found).await?);
        match end {
            // Some may have turned out to be no rooms of theirs.
            Some(end) => page = page.after(end),
            None => break,
        }
    }
    if matches!(page, OwnRooms::ByActivity(_)) {
        // A message that was on its way may have moved a room forwards.
        listed.sort_by_key(UserRoom::activity);
    }
    Ok(listed)
}

#[derive(Deserialize)]
struct RoomOf {
    room: String,
}

/// The first of the user's rooms above an id.
async fn by_id(
    db: &Database,
    user: &UserId,
    after: Option<&RoomId>,
    wanted: usize,
) -> Result<Vec<RoomDocument>, StoreError> {
    let above = after.map_or("", RoomId::as_str);
    let of = is_member(doc! { "user": user.as_str(), "room": { "$gt": above } });
    let query = Query::of(of).fields(doc! { "room": 1 }).sort(doc! { "room": 1 }).limit(wanted).index("memberships");
    let theirs: Vec<RoomOf> = db.find(MEMBERS, query).await?;
    let ids: Vec<&str> = theirs.iter().map(|of| of.room.as_str()).collect();
    let query = Query::of(rooms::is_live(doc! { "_id": { "$in": ids } })).fields(rooms::without_roster());
    db.find(ROOMS, query.sort(doc! { "_id": 1 })).await
}

/// The latest of the user's rooms behind a place. All their memberships are read: a message then changes one document of the
/// room, and none of each member.
async fn by_activity(
    db: &Database,
    user: &UserId,
    after: Option<&Activity>,
    wanted: usize,
) -> Result<Vec<RoomDocument>, StoreError> {
    let of = is_member(doc! { "user": user.as_str() });
    let theirs: Vec<RoomOf> = db.find(MEMBERS, Query::of(of).fields(doc! { "room": 1 }).index("memberships")).await?;
    let mut latest: Vec<RoomDocument> = Vec::new();
    for chunk in theirs.chunks(CHUNK) {
        let ids: Vec<&str> = chunk.iter().map(|of| of.room.as_str()).collect();
        let mut of = rooms::is_live(doc! { "_id": { "$in": ids } });
        if let Some(after) = after {
            let (at, id) = (date(after.at), after.room.as_str());
            let behind = vec![doc! { "active_at": { "$lt": at } }, doc! { "active_at": at, "_id": { "$gt": id } }];
            of.insert("$or", behind);
        }
        let query = Query::of(of).fields(rooms::without_roster()).sort(doc! { "active_at": -1, "_id": 1 });
        let found: Vec<RoomDocument> = db.find(ROOMS, query.limit(wanted)).await?;
        latest.extend(found);
        let mut placed =
            latest.into_iter().map(|room| Ok((room.activity()?, room))).collect::<Result<Vec<_>, StoreError>>()?;
        placed.sort_by(|(one, _), (other, _)| one.cmp(other));
        latest = placed.into_iter().map(|(_, room)| room).take(wanted).collect();
    }
    Ok(latest)
}

/// Those of these rooms that the user is a member of, in this order, as they are to them.
async fn own(db: &Database, user: &UserId, records: Vec<RoomDocument>) -> Result<Vec<UserRoom>, StoreError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    // The memberships are read after the rooms: then each shows whether it is that of the same moment.
    let query = Query::of(doc! { "user": user.as_str(), "room": { "$in": &ids } });
    let (theirs, reads) = try_join!(db.find::<MemberDocument>(MEMBERS, query), rooms::reads(db, user, &ids))?;
    let mut theirs: BTreeMap<String, MemberDocument> =
        theirs.into_iter().map(|member| (member.room.clone(), member)).collect();
    let (mut listed, mut unread, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        let Some(member) = theirs.remove(&record.id) else { continue };
        let Some((record, membership)) = of_one_moment(db, user, record, member).await? else { continue };
        let read = reads.get(&record.id).copied().unwrap_or(0);
        let above = read.max(membership.since).max(record.oldest()?.saturating_sub(1));
        unread.extend(Unread::of(&record, above)?);
        last.extend(Last::of(&record)?);
        let (role, since) = (membership.role, membership.since);
        listed.push(UserRoom {
            record: record.try_into()?,
            role,
            since,
            read,
            unread: 0,
            mentions: 0,
            peer: None,
            last: None,
        });
    }
    let (counts, mut last) = try_join!(count(db, user, &unread), last_messages(db, &last))?;
    for own in &mut listed {
        own.last = last.remove(own.record.room.as_str());
        if let Some(counted) = counts.get(own.record.room.as_str()) {
            (own.unread, own.mentions) = (counted.unread, counted.mentions);
        }
    }
    Ok(listed)
}

/// The room and the user's membership at one moment, if there is one.
async fn of_one_moment(
    db: &Database,
    user: &UserId,
    mut record: RoomDocument,
    mut member: MemberDocument,
) -> Result<Option<(RoomDocument, Membership)>, StoreError> {
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
    Ok(member.fact()?.membership.map(|membership| (record, membership)))
}

/// What may be unread in a room.
struct Unread {
    room: String,
    kept: i64,
    /// Only above this seq.
    above: Seq,
    /// Nothing above this one counts yet.
    head: i64,
}

impl Unread {
    fn of(record: &RoomDocument, above: Seq) -> Result<Option<Self>, StoreError> {
        let (kept, head) = (stored(record.kept()?.number()), record.head);
        Ok((stored(above) < head).then(|| Self { room: record.id.clone(), kept, above, head }))
    }

    /// The steps that find what others wrote in this range, no further back than has to be counted: of what `and` says, all that
    /// `counts`. Each goes along one index that has all they ask for.
    fn newest(&self, user: &UserId, and: (&str, &str), mut counts: Document) -> Vec<Document> {
        let range = doc! { "$gt": stored(self.above), "$lte": self.head };
        let mut of = doc! { "room": &self.room, "epoch": self.kept, "seq": range };
        of.insert(and.0, and.1);
        counts.insert("sender", doc! { "$ne": user.as_str() });
        vec![
            doc! { "$match": of },
            doc! { "$sort": { "seq": -1 } },
            doc! { "$limit": stored(MAX_UNREAD as u64) },
            doc! { "$match": counts },
        ]
    }

    /// The steps that count, as `name`, what the steps before them have found.
    fn counted(&self, name: &str) -> [Document; 2] {
        [doc! { "$count": name }, doc! { "$set": { "room": &self.room } }]
    }

    fn unread(&self, user: &UserId) -> Vec<Document> {
        // A deleted message mentions nobody.
        let mut steps = self.newest(user, ("body.kind", "message"), doc! { "state.deleted_at": null });
        steps.extend(self.counted("unread"));
        steps
    }

    /// A message may mention the user and everybody in the room: it counts once.
    fn mentions(&self, user: &UserId) -> Vec<Document> {
        let of = |key: &str| {
            let mut steps = self.newest(user, ("mentioned", key), doc! {});
            steps.push(doc! { "$project": { "_id": 0, "seq": 1 } });
            steps
        };
        let mut steps = of(user.as_str());
        steps.push(doc! { "$unionWith": { "coll": ENTRIES, "pipeline": of(Mentioned::EVERYBODY) } });
        steps.push(doc! { "$group": { "_id": "$seq" } });
        steps.push(doc! { "$limit": stored(MAX_UNREAD as u64) });
        steps.extend(self.counted("mentions"));
        steps
    }
}

#[derive(Deserialize)]
struct Count {
    room: String,
    #[serde(default)]
    unread: u64,
    #[serde(default)]
    mentions: u64,
}

/// What others wrote and nobody has read, and those of it that mention the user, by room: one question about all rooms.
async fn count(db: &Database, user: &UserId, rooms: &[Unread]) -> Result<BTreeMap<String, Count>, StoreError> {
    let mut pipeline: Vec<Document> = Vec::new();
    for room in rooms {
        for steps in [room.unread(user), room.mentions(user)] {
            if pipeline.is_empty() {
                pipeline = steps;
            } else {
                pipeline.push(doc! { "$unionWith": { "coll": ENTRIES, "pipeline": steps } });
            }
        }
    }
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    if pipeline.is_empty() {
        return Ok(counts);
    }
    for counted in db.aggregate::<Count>(ENTRIES, pipeline).await? {
        let of = Count { room: counted.room.clone(), unread: 0, mentions: 0 };
        let all = counts.entry(counted.room).or_insert(of);
        (all.unread, all.mentions) = (all.unread + counted.unread, all.mentions + counted.mentions);
    }
    Ok(counts)
}

/// Where a room's last message is, if it is there still.
struct Last {
    room: RoomId,
    kept: i64,
    seq: i64,
    head: Seq,
}

impl Last {
    fn of(record: &RoomDocument) -> Result<Option<Self>, StoreError> {
        let (kept, head) = (stored(record.kept()?.number()), record.place()?.1);
        let seq = record.last_message.filter(|seq| *seq >= stored(record.oldest().unwrap_or(1)));
        let room = room(&record.id)?;
        Ok(seq.map(|seq| Self { room, kept, seq, head }))
    }
}

/// The last messages that are asked for, cut one by one: whole, a page of them may have megabytes.
#[derive(Default)]
struct Previews {
    /// By room, with the last entry that is in each.
    found: Vec<(String, Preview, Seq)>,
    failed: Option<StoreError>,
}

impl Previews {
    fn take(&mut self, mut document: EntryDocument) -> bool {
        if document.truncated {
            return true;
        }
        let room = document.room.clone();
        let preview = state(document.state.take()).and_then(|state| {
            let as_of = state.as_of;
            Ok((Preview::of(&Message { entry: document.try_into()?, state }, None), as_of))
        });
        match preview {
            Ok((preview, as_of)) => self.found.push((room, preview, as_of)),
            Err(error) => self.failed = Some(error),
        }
        self.failed.is_none()
    }
}

/// The last messages of these rooms, with their senders' names.
async fn last_messages(db: &Database, rooms: &[Last]) -> Result<BTreeMap<String, Preview>, StoreError> {
    if rooms.is_empty() {
        return Ok(BTreeMap::new());
    }
    let each: Vec<Document> =
        rooms.iter().map(|last| doc! { "room": last.room.as_str(), "epoch": last.kept, "seq": last.seq }).collect();
    let previews = db.gather(ENTRIES, Query::of(doc! { "$or": each }), Previews::default(), Previews::take).await?;
    if let Some(error) = previews.failed {
        return Err(error);
    }
    let heads: BTreeMap<&str, &Last> = rooms.iter().map(|last| (last.room.as_str(), last)).collect();
    let senders = previews.found.iter().map(|(_, preview, _)| preview.sender.user.as_str()).collect();
    let names = names_of(db, senders).await?;
    let mut last = BTreeMap::new();
    for (id, mut preview, as_of) in previews.found {
        if let Some(Last { room, head, .. }) = heads.get(id.as_str()).filter(|last| as_of > last.head) {
            // An edit that is on its way is in it already: it counts before the message is shown.
            match settle_from(db, room, *head).await {
                Ok(_) | Err(StoreError::NoSuchRoom) => {}
                Err(error) => return Err(error),
            }
        }
        preview.sender.name = names.get(&preview.sender.user).cloned();
        last.insert(id, preview);
    }
    Ok(last)
}
