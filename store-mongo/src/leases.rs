//! Which nodes hold guests' memberships.

use std::collections::BTreeSet;

use chat_model::{Lease, RoomId, Seq, StoreError, UserId, limits::MAX_PAGE};
use mongodb::bson::{Document, doc};

use crate::{
    database::{Change, Database, MEMBERS, Query, ROOMS},
    documents::{LeaseDocument, MemberDocument, document, room, user},
    project::members::documents,
    rooms,
};

/// Has a life of a node hold the guest's membership that began at `since`, or no life of it.
pub(crate) async fn set(
    db: &Database,
    room: &RoomId,
    user: &UserId,
    since: Seq,
    node: u32,
    life: Option<LeaseDocument>,
) -> Result<(), StoreError> {
    rooms::live(db, room).await?;
    let mut tries = db.tries();
    loop {
        let Some(known) = documents(db, room.as_str(), [user].into_iter()).await?.pop() else { return Ok(()) };
        if known.guest_since()? != Some(since) {
            return Ok(());
        }
        let mut leases = known.leases.clone();
        leases.retain(|lease| lease.node != i64::from(node));
        leases.extend(life);
        if leases == known.leases {
            return Ok(());
        }
        let mut fact = known.fact()?;
        if let Some(membership) = &mut fact.membership {
            membership.held = !leases.is_empty();
        }
        let of = doc! { "room": room.as_str(), "user": user.as_str(), "rev": known.rev };
        let to = document(&MemberDocument::new(room, &fact, leases, known.rev + 1))?;
        if db.update(MEMBERS, vec![Change::one(of, to)]).await? == 1 {
            return Ok(());
        }
        tries.again().await?;
    }
}

/// Memberships that an earlier life of this lease's node holds, or that nobody holds.
pub(crate) async fn stale(
    db: &Database,
    current: Lease,
    limit: usize,
) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
    let limit = limit.min(MAX_PAGE);
    if limit == 0 {
        return Ok(Vec::new());
    }
    let LeaseDocument { node, life } = current.into();
    let earlier = doc! { "leases": { "$elemMatch": { "node": node, "life": { "$ne": life } } } };
    loop {
        let mut found: Vec<MemberDocument> = Vec::new();
        for (of, index) in [(earlier.clone(), "leases"), (doc! { "held": false }, "unheld")] {
            if found.len() < limit {
                let query = Query::of(of).limit(limit - found.len()).index(index);
                found.extend(db.find::<MemberDocument>(MEMBERS, query).await?);
            }
        }
        let rooms: BTreeSet<&str> = found.iter().map(|found| found.room.as_str()).collect();
        let gone = gone(db, &rooms).await?;
        if gone.is_empty() {
            let place = |found: MemberDocument| {
                let Some(since) = found.guest_since()? else { return Ok(None) };
                Ok(Some((room(&found.room)?, user(&found.user)?, since)))
            };
            return found.into_iter().filter_map(|found| place(found).transpose()).collect();
        }
        // Nobody takes guests out of what is no room: they would be found for ever.
        for room in gone {
            rooms::sweep(db, &room).await?;
        }
    }
}

/// Finds which of the rooms do not exist.
async fn gone(db: &Database, rooms: &BTreeSet<&str>) -> Result<Vec<String>, StoreError> {
    let query = rooms::is_live(doc! { "_id": { "$in": Vec::from_iter(rooms) } });
    let live: Vec<Document> = db.find(ROOMS, Query::of(query).fields(doc! { "_id": 1 })).await?;
    let live: BTreeSet<&str> = live.iter().filter_map(|live| live.get_str("_id").ok()).collect();
    Ok(rooms.difference(&live).map(|room| (*room).to_owned()).collect())
}
