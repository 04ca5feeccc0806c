//! Moving rooms from one store to another.

use async_trait::async_trait;
use chat_model::{
    Beginning, CreateError, Epoch, MemberFact, Moving, Profile, RoomId, RoomMeta, Seq, StoreError, Stub, UserId,
    limits::MAX_PAGE,
};
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use crate::{
    MongoStore,
    database::{Change, Database, ENTRIES, MEMBERS, Query, READS, ROOMS},
    documents::{ClaimDocument, MemberDocument, document, room, seq, stored, stub_document, user},
    error::unknown,
    project::{Log, members},
    rooms,
};

/// Seqs among which one question looks for stubs: most entries are claimed, but not all need be.
const STRIDE: Seq = 10_000;

async fn deleted_rooms(db: &Database, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomId>, StoreError> {
    #[derive(Deserialize)]
    struct Deleted {
        #[serde(rename = "_id")]
        id: String,
    }
    let of = doc! { "deleted": true, "_id": { "$gt": after.map_or("", RoomId::as_str) } };
    let query = Query::of(of).fields(doc! { "_id": 1 }).sort(doc! { "_id": 1 }).index("deleted");
    let found: Vec<Deleted> = db.page(ROOMS, query, limit).await?;
    found.iter().map(|deleted| room(&deleted.id)).collect()
}

/// What is kept by user in a room, by id from above `after`.
fn by_user(room: &RoomId, after: Option<&UserId>) -> Query {
    let of = doc! { "room": room.as_str(), "user": { "$gt": after.map_or("", UserId::as_str) } };
    Query::of(of).sort(doc! { "user": 1 }).index("users")
}

async fn stubs(db: &Database, room: &RoomId, after: Seq, limit: usize) -> Result<Vec<Stub>, StoreError> {
    let document = rooms::live(db, room).await?;
    let (log, oldest) = (Log::of(db, room, &document)?, document.oldest()?);
    let (mut stubs, mut from) = (Vec::new(), after.saturating_add(1));
    while from < oldest && stubs.len() < limit {
        let next = oldest.min(from.saturating_add(STRIDE));
        let mut of = log.entries(doc! { "$gte": stored(from), "$lt": stored(next) });
        of.insert("client_id", doc! { "$exists": true });
        let fields = doc! { "sender": 1, "client_id": 1, "digest": 1, "seq": 1, "at": 1 };
        let query = Query::of(of).fields(fields).sort(doc! { "seq": 1 }).index("log");
        let found: Vec<ClaimDocument> = db.page(ENTRIES, query, limit - stubs.len()).await?;
        for claim in found {
            stubs.push(claim.stub()?);
        }
        from = next;
    }
    Ok(stubs)
}

async fn restore(db: &Database, room: &RoomId, facts: &[MemberFact], stubs: &[Stub]) -> Result<(), StoreError> {
    let log = Log::of(db, room, &rooms::live(db, room).await?)?;
    let members = facts.iter().map(|fact| {
        let mut fact = fact.clone();
        fact.membership.iter_mut().for_each(|membership| membership.held = false);
        document(&MemberDocument::new(room, &fact, Vec::new(), 1))
    });
    put(db, MEMBERS, members.collect::<Result<_, _>>()?).await?;
    put(db, ENTRIES, stubs.iter().map(|stub| stub_document(room, log.kept, stub)).collect()).await?;
    // Members who are in the facts came by no entry that is appended, which would put them among the first.
    let first = doc! { "$set": { "roster": members::roster(log).await? } };
    db.update(ROOMS, vec![Change::one(log.of_room(), first)]).await.map(drop)
}

/// Puts in what is not there.
async fn put(db: &Database, into: &str, documents: Vec<Document>) -> Result<(), StoreError> {
    let wanted = documents.len();
    if wanted > 0 && db.insert(into, documents).await?.count < wanted {
        return Err(unknown("some of it is there already"));
    }
    Ok(())
}

/// One change, which entries have no part in: they stay under the epoch they were stored with.
async fn renew(db: &Database, room: &RoomId, epoch: Epoch) -> Result<(), StoreError> {
    let kept = doc! { "$ifNull": ["$kept", "$epoch"] };
    let another = vec![doc! { "$set": { "kept": kept, "epoch": stored(epoch.number()) } }];
    let of = rooms::is_live(doc! { "_id": room.as_str() });
    let found = db.update(ROOMS, vec![Change::one(of, another)]).await?;
    if found == 1 { Ok(()) } else { Err(StoreError::NoSuchRoom) }
}

#[async_trait]
impl Moving for MongoStore {
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>, StoreError> {
        rooms::users(&self.db, after, limit).await
    }

    async fn deleted_rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomId>, StoreError> {
        deleted_rooms(&self.db, after, limit).await
    }

    async fn named(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<MemberFact>, StoreError> {
        rooms::live(&self.db, room).await?;
        let found: Vec<MemberDocument> = self.db.page(MEMBERS, by_user(room, after), limit).await?;
        found.iter().map(MemberDocument::fact).collect()
    }

    async fn stubs(&self, room: &RoomId, after: Seq, limit: usize) -> Result<Vec<Stub>, StoreError> {
        stubs(&self.db, room, after, limit.min(MAX_PAGE)).await
    }

    async fn read_cursors(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, Seq)>, StoreError> {
        #[derive(Deserialize)]
        struct Read {
            user: String,
            seq: i64,
        }
        rooms::live(&self.db, room).await?;
        // None is 0: only a cursor that moves is stored.
        let found: Vec<Read> = self.db.page(READS, by_user(room, after), limit).await?;
        found.into_iter().map(|read| Ok((user(&read.user)?, seq(read.seq)?))).collect()
    }

    async fn begin(
        &self,
        room: &RoomId,
        epoch: Epoch,
        meta: &RoomMeta,
        beginning: &Beginning,
    ) -> Result<(), CreateError> {
        rooms::create(&self.db, room, epoch, meta, beginning).await
    }

    async fn restore(&self, room: &RoomId, facts: &[MemberFact], stubs: &[Stub]) -> Result<(), StoreError> {
        restore(&self.db, room, facts, stubs).await
    }

    async fn renew(&self, room: &RoomId, epoch: Epoch) -> Result<(), StoreError> {
        self.seen.forget(room);
        renew(&self.db, room, epoch).await
    }
}
