//! Passes. The uses of one are *places*, numbered from 0: an account that is made by a pass takes one of them, which an index
//! sees to. So that an account is made and a use is spent is one insert of one document.

use std::collections::BTreeSet;

use chat_accounts::{Pass, PassId, SecretHash};
use chat_model::{StoreError, Timestamp, UserId, limits::MAX_PASSES};
use mongodb::bson::{Binary, DateTime, Document, doc};
use serde::{Deserialize, Serialize};

use super::documents::{binary, hash};
use crate::{
    database::{ACCOUNTS, Change, Database, PASSES, Query},
    documents::{date, document, time, user},
    error::corrupt,
};

#[derive(Serialize, Deserialize)]
struct PassDocument {
    #[serde(rename = "_id")]
    id: String,
    secret: Binary,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    creator: Option<String>,
    created_at: DateTime,
    expires: DateTime,
    /// How many places it has.
    uses: i64,
    /// Places of accounts that were removed.
    #[serde(default)]
    spent: BTreeSet<i64>,
}

/// The place of an account.
#[derive(Deserialize)]
struct Placed {
    pass: Place,
}

#[derive(Deserialize)]
struct Place {
    id: String,
    place: i64,
}

impl PassDocument {
    async fn free(&self, db: &Database) -> Result<Vec<i64>, StoreError> {
        let query = Query::of(doc! { "pass.id": &self.id }).fields(doc! { "pass": 1 }).index("places");
        let taken: Vec<Placed> = db.find(ACCOUNTS, query).await?;
        let taken: BTreeSet<i64> = taken.into_iter().map(|placed| placed.pass.place).collect();
        Ok((0..self.uses).filter(|place| !taken.contains(place) && !self.spent.contains(place)).collect())
    }

    async fn pass(self, db: &Database) -> Result<Pass, StoreError> {
        let uses = self.free(db).await?.len();
        Ok(Pass {
            id: PassId::parse(&self.id).ok_or_else(|| corrupt("the pass's id is none"))?,
            secret: hash(self.secret)?,
            creator: self.creator.as_deref().map(user).transpose()?,
            created_at: time(self.created_at),
            expires: time(self.expires),
            uses: u32::try_from(uses).map_err(corrupt)?,
        })
    }
}

pub(super) async fn create(db: &Database, pass: &Pass) -> Result<(), StoreError> {
    let kept = PassDocument {
        id: pass.id.to_string(),
        secret: binary(&pass.secret),
        creator: pass.creator.as_ref().map(UserId::to_string),
        created_at: date(pass.created_at),
        expires: date(pass.expires),
        uses: pass.uses.into(),
        spent: BTreeSet::new(),
    };
    match db.insert(PASSES, vec![document(&kept)?]).await?.count {
        0 => Err(corrupt("there is such a pass already")),
        _ => Ok(()),
    }
}

async fn found(db: &Database, secret: &SecretHash) -> Result<Option<PassDocument>, StoreError> {
    db.find_one(PASSES, Query::of(doc! { "secret": binary(secret) }).index("secrets")).await
}

pub(super) async fn with_secret(db: &Database, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
    match found(db, secret).await? {
        Some(found) => found.pass(db).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn all(db: &Database) -> Result<Vec<Pass>, StoreError> {
    let query = Query::of(Document::new()).sort(doc! { "expires": -1 }).index("expiring").limit(MAX_PASSES);
    let mut passes = Vec::new();
    for found in db.find::<PassDocument>(PASSES, query).await? {
        passes.push(found.pass(db).await?);
    }
    Ok(passes)
}

pub(super) async fn remove(db: &Database, pass: PassId) -> Result<bool, StoreError> {
    Ok(db.delete(PASSES, doc! { "_id": pass.to_string() }).await? == 1)
}

/// A free place of the pass with this secret, if it has one now; another one for other users, so that few want the same.
pub(super) async fn free_place(
    db: &Database,
    secret: &SecretHash,
    now: Timestamp,
    of: &UserId,
) -> Result<Option<Document>, StoreError> {
    let pass = found(db, secret).await?.filter(|pass| pass.expires > date(now));
    let Some(pass) = pass else { return Ok(None) };
    let free = pass.free(db).await?;
    let sum: usize = of.as_str().bytes().map(usize::from).sum();
    let place = free.get(sum % free.len().max(1));
    Ok(place.map(|place| doc! { "id": pass.id, "place": *place }))
}

/// Notes that the place of a user's account is not to come free. It has no place twice, so this may be done twice.
pub(super) async fn spend_place(db: &Database, user: &UserId) -> Result<(), StoreError> {
    let of = doc! { "_id": user.as_str(), "pass": { "$exists": true } };
    let placed: Option<Placed> = db.find_one(ACCOUNTS, Query::of(of).fields(doc! { "pass": 1 })).await?;
    let Some(Placed { pass }) = placed else { return Ok(()) };
    let spent = Change::one(doc! { "_id": pass.id }, doc! { "$addToSet": { "spent": pass.place } });
    db.update(PASSES, vec![spent]).await.map(drop)
}

pub(super) async fn sweep(db: &Database, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    if limit == 0 {
        return Ok(0);
    }
    let query = Query::of(doc! { "expires": { "$lte": date(now) } }).fields(doc! { "_id": 1 }).index("expiring");
    let found: Vec<Document> = db.find(PASSES, query.limit(limit)).await?;
    let ids: Vec<&str> = found.iter().filter_map(|found| found.get_str("_id").ok()).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let removed = db.delete(PASSES, doc! { "_id": { "$in": ids } }).await?;
    Ok(usize::try_from(removed).unwrap_or(limit))
}
