//! What entries change of members.

use std::collections::BTreeMap;

use chat_model::{
    MemberFact, StoreError, UserId,
    limits::{ROSTER, SENIORS},
    plan::{MemberChange, Plan},
};
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use super::Log;
use crate::{
    database::{Change, Database, MEMBERS, Query},
    documents::{LeaseDocument, MemberDocument, document, user},
};

/// Changes the documents of the plan's users in which its entries are not yet.
pub(super) async fn project(log: Log<'_>, plan: &Plan<'_>) -> Result<(), StoreError> {
    if plan.users().len() == 0 {
        return Ok(());
    }
    let mut tries = log.db.tries();
    loop {
        let mut known: BTreeMap<UserId, MemberDocument> = BTreeMap::new();
        for document in documents(log.db, log.room.as_str(), plan.users()).await? {
            known.insert(user(&document.user)?, document);
        }
        let mut changes = Vec::new();
        for user in plan.users() {
            let (fact, leases, rev) = match known.remove(user) {
                Some(document) => (document.fact()?, document.leases, document.rev),
                None => (MemberFact::unknown(user.clone()), Vec::new(), 0),
            };
            if let Some(change) = plan.member(fact) {
                changes.push(save(log, change, leases, rev)?);
            }
        }
        let wanted = changes.len() as u64;
        if log.db.update(MEMBERS, changes).await? == wanted {
            return Ok(());
        }
        tries.again().await?;
    }
}

/// Stores what becomes of a user whose document had these leases, if nobody else has changed it since it was read.
fn save(log: Log<'_>, change: MemberChange, leases: Vec<LeaseDocument>, rev: i64) -> Result<Change, StoreError> {
    let MemberChange { fact, is_released, lease } = change;
    let mut leases = if is_released { Vec::new() } else { leases };
    leases.extend(lease.map(LeaseDocument::from));
    let of = doc! { "room": log.room.as_str(), "user": fact.user.as_str(), "rev": rev };
    let change = Change::one(of, document(&MemberDocument::new(log.room, &fact, leases, rev + 1))?);
    Ok(if rev == 0 { change.or_insert() } else { change })
}

/// The documents of those of these users that the log names.
pub(crate) async fn documents(
    db: &Database,
    room: &str,
    users: impl Iterator<Item = &UserId>,
) -> Result<Vec<MemberDocument>, StoreError> {
    let users: Vec<&str> = users.map(UserId::as_str).collect();
    if users.is_empty() {
        return Ok(Vec::new());
    }
    db.find(MEMBERS, Query::of(doc! { "room": room, "user": { "$in": users } })).await
}

/// The first members by the seq at which they joined.
pub(crate) async fn roster(log: Log<'_>) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct User {
        user: String,
    }
    let query = Query::of(is_member(doc! { "room": log.room.as_str() }))
        .fields(doc! { "user": 1 })
        .sort(doc! { "since": 1 })
        .limit(ROSTER)
        .index("roster");
    let users: Vec<User> = log.db.find(MEMBERS, query).await?;
    Ok(users.into_iter().map(|user| user.user).collect())
}

/// The first of the members by rank, whatever is on its way.
pub(crate) async fn seniors(log: Log<'_>) -> Result<Vec<MemberDocument>, StoreError> {
    let query = Query::of(is_member(doc! { "room": log.room.as_str(), "guest": Bson::Null }))
        .sort(doc! { "role": -1, "since": 1 })
        .limit(SENIORS)
        .index("seniors");
    log.db.find(MEMBERS, query).await
}

/// Members among those of whom this holds.
pub(crate) fn is_member(mut filter: Document) -> Document {
    filter.insert("role", doc! { "$exists": true });
    filter
}
