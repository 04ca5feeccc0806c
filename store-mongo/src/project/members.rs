//! What entries change of members.

use std::collections::{BTreeMap, BTreeSet};

use chat_model::{Body, MemberFact, StoreError, UserId, limits::ROSTER};
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use super::Log;
use crate::{
    database::{Change, Database, MEMBERS, Query},
    documents::{Landed, LeaseDocument, MemberDocument, document, user},
};

/// Applies to each user's document the entries about them that are not in it yet.
pub(super) async fn project(log: Log<'_>, landed: &[Landed]) -> Result<(), StoreError> {
    let about = |landed: &Landed| landed.entry.body.subject(&landed.entry.sender).cloned();
    let users: BTreeSet<UserId> = landed.iter().filter_map(about).collect();
    if users.is_empty() {
        return Ok(());
    }
    let mut tries = log.db.tries();
    loop {
        let mut known: BTreeMap<UserId, Known> = BTreeMap::new();
        for document in self::documents(log.db, log.room.as_str(), users.iter()).await? {
            known.insert(user(&document.user)?, Known::of(document)?);
        }
        let mut changes = Vec::new();
        for user in &users {
            let mut known = known.remove(user).unwrap_or_else(|| Known::nothing(user));
            if known.apply(landed) {
                changes.push(known.change(log)?);
            }
        }
        let wanted = changes.len() as u64;
        if log.db.update(MEMBERS, changes).await? == wanted {
            return Ok(());
        }
        tries.again().await?;
    }
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

/// What is known of a user.
struct Known {
    fact: MemberFact,
    leases: Vec<LeaseDocument>,
    rev: i64,
}

impl Known {
    fn of(document: MemberDocument) -> Result<Self, StoreError> {
        Ok(Self { fact: document.fact()?, rev: document.rev, leases: document.leases })
    }

    fn nothing(user: &UserId) -> Self {
        Self { fact: MemberFact::unknown(user.clone()), leases: Vec::new(), rev: 0 }
    }

    /// Whether any of the entries was news.
    fn apply(&mut self, landed: &[Landed]) -> bool {
        let mut changed = false;
        for Landed { entry, lease, .. } in landed {
            if entry.seq <= self.fact.as_of || entry.body.subject(&entry.sender) != Some(&self.fact.user) {
                continue;
            }
            changed = true;
            self.fact.apply(entry.seq, &entry.body, lease.is_some());
            // A membership that began has the lease that came with it, and one that ended has none.
            let membership = self.fact.membership.as_ref();
            if membership.is_none_or(|membership| membership.since == entry.seq) {
                self.leases = lease.iter().copied().collect();
            }
        }
        changed
    }

    fn change(self, log: Log<'_>) -> Result<Change, StoreError> {
        let of = doc! { "room": log.room.as_str(), "user": self.fact.user.as_str(), "rev": self.rev };
        let to = document(&MemberDocument::new(log.room, &self.fact, self.leases, self.rev + 1))?;
        let change = Change::one(of, to);
        Ok(if self.rev == 0 { change.or_insert() } else { change })
    }
}

/// Whether a membership begins or ends with this.
pub(super) fn comes_or_goes(body: &Body) -> bool {
    matches!(body, Body::Joined { .. } | Body::Left { .. } | Body::Kicked { .. } | Body::Banned { .. })
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

/// Members among those of whom this holds.
pub(crate) fn is_member(mut filter: Document) -> Document {
    filter.insert("role", doc! { "$exists": true });
    filter
}
