//! Links kept and found, and what has expired removed.

use chat_accounts::{Link, SecretHash};
use chat_model::{StoreError, Timestamp};
use mongodb::bson::{DateTime, Document, doc};
use serde::Deserialize;

use super::{
    changes::of_user,
    documents::{LinkDocument, binary},
    passes,
};
use crate::{
    database::{ACCOUNTS, Change, Database, Query},
    documents::{date, document, time, user},
    rooms::SWEEP,
};

/// Keeps a link. One of a user who has no account is of no use, and is not kept.
pub(super) async fn create(db: &Database, link: &Link) -> Result<(), StoreError> {
    let stored = document(&LinkDocument { secret: binary(&link.secret), expires: date(link.expires) })?;
    let change = Change::one(of_user(&link.user), doc! { "$set": { "link": stored } });
    db.update(ACCOUNTS, vec![change]).await.map(drop)
}

pub(super) async fn with_secret(db: &Database, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
    #[derive(Deserialize)]
    struct Found {
        #[serde(rename = "_id")]
        user: String,
        link: LinkDocument,
    }
    let query = Query::of(doc! { "link.secret": binary(secret) }).fields(doc! { "link": 1 }).index("links");
    let Some(found) = db.find_one::<Found>(ACCOUNTS, query).await? else { return Ok(None) };
    Ok(Some(Link { secret: *secret, user: user(&found.user)?, expires: time(found.link.expires) }))
}

/// Removes what has expired. Two that sweep at one time may count a device both.
pub(super) async fn sweep(db: &Database, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let limit = limit.min(SWEEP);
    let links = sweep_links(db, now, limit).await?;
    let devices = sweep_devices(db, now, limit - links.min(limit)).await?;
    Ok(links + devices + passes::sweep(db, now, limit.saturating_sub(links + devices)).await?)
}

async fn sweep_links(db: &Database, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    if limit == 0 {
        return Ok(0);
    }
    let expired = doc! { "$lte": date(now) };
    let query = Query::of(doc! { "link.expires": expired.clone() }).fields(doc! { "_id": 1 });
    let found: Vec<Document> = db.find(ACCOUNTS, query.index("expiring_links").limit(limit)).await?;
    let users: Vec<&str> = found.iter().filter_map(|found| found.get_str("_id").ok()).collect();
    if users.is_empty() {
        return Ok(0);
    }
    let of = doc! { "_id": { "$in": users }, "link.expires": expired };
    let removed = db.update(ACCOUNTS, vec![Change::one(of, doc! { "$unset": { "link": "" } }).all()]).await?;
    Ok(usize::try_from(removed).unwrap_or(limit))
}

async fn sweep_devices(db: &Database, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    #[derive(Deserialize)]
    struct Found {
        #[serde(rename = "_id")]
        user: String,
        devices: Vec<Expiring>,
    }
    #[derive(Deserialize)]
    struct Expiring {
        id: String,
        expires: DateTime,
    }
    if limit == 0 {
        return Ok(0);
    }
    let expired = doc! { "$lte": date(now) };
    let query = Query::of(doc! { "devices.expires": expired.clone() }).index("expiring_devices").limit(limit);
    let found: Vec<Found> = db.find(ACCOUNTS, query.fields(doc! { "devices.id": 1, "devices.expires": 1 })).await?;
    let (mut changes, mut removed) = (Vec::new(), 0);
    for Found { user, devices } in found {
        let gone = devices.into_iter().filter(|device| device.expires <= date(now)).take(limit - removed);
        let ids: Vec<String> = gone.map(|device| device.id).collect();
        removed += ids.len();
        // One that was refreshed since stays.
        let pull = doc! { "$pull": { "devices": { "id": { "$in": ids }, "expires": expired.clone() } } };
        changes.push(Change::one(doc! { "_id": user }, pull));
    }
    db.update(ACCOUNTS, changes).await?;
    Ok(removed)
}
