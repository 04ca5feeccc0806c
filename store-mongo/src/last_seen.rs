//! When users were last connected: kept with their names.

use chat_model::{StoreError, Timestamp, UserId};
use mongodb::bson::{DateTime, doc};
use serde::Deserialize;

use crate::{
    database::{Change, Database, Query, USERS},
    documents::{date, time, user},
};

#[derive(Deserialize)]
struct SeenDocument {
    #[serde(rename = "_id")]
    id: String,
    seen_at: DateTime,
}

/// Notes when users who have names were connected: of each the latest time stays.
pub(crate) async fn seen(db: &Database, users: &[(UserId, Timestamp)]) -> Result<(), StoreError> {
    let change = |(user, at): &(UserId, Timestamp)| {
        let of = doc! { "_id": user.as_str(), "name": { "$exists": true } };
        Change::one(of, doc! { "$max": { "seen_at": date(*at) } })
    };
    if users.is_empty() {
        return Ok(());
    }
    db.update(USERS, users.iter().map(change).collect()).await.map(drop)
}

pub(crate) async fn last_seen(db: &Database, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
    let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
    let of = doc! { "_id": { "$in": users }, "seen_at": { "$exists": true } };
    let found: Vec<SeenDocument> = db.find(USERS, Query::of(of).fields(doc! { "seen_at": 1 }).index("_id_")).await?;
    found.iter().map(|found| Ok((user(&found.id)?, time(found.seen_at)))).collect()
}

/// Erases when a user was last connected.
pub(crate) async fn forget(db: &Database, user: &UserId) -> Result<(), StoreError> {
    let erase = Change::one(doc! { "_id": user.as_str() }, doc! { "$unset": { "seen_at": "" } });
    db.update(USERS, vec![erase]).await.map(drop)
}
