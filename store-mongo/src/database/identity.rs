//! Which database this is: whether its collections are those that were opened.
//!
//! MongoDB gives each collection a UUID when it is made. One that is dropped and made anew, as by `mongorestore`, has another, and so
//! has a collection of another server. Every write says of which UUID its collection must be, and the server compares.

use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_model::{StoreError, limits::MAX_PAGE};
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;
use tokio::time::Instant;

use super::{COLLECTIONS, Change, Database, Query, ROOMS, SCHEMA};
use crate::error::{OpenError, REPLACED, corrupt, is_command_failure, is_failure, not_executed, replaced};

/// The database is looked at so often at most, where reads do not find out by themselves.
const LOOK: Duration = Duration::from_secs(1);
/// The code of an error that says: there is such a collection.
const EXISTS: i64 = 48;
/// Above all numbers of epochs but one.
const EPOCHS: i64 = (1 << 53) - 2;

/// The collections that were opened.
pub(crate) struct Identity {
    opened: OnceLock<Opened>,
    /// When this was made, and how many milliseconds later the database was last looked at.
    began: Instant,
    looked: AtomicU64,
    is_another: AtomicBool,
}

struct Opened {
    /// The UUID of each collection, by its name.
    places: HashMap<String, Bson>,
    /// Whether the server compares them at each write. One of MongoDB 6 does not as long as it is set to be compatible with MongoDB 5.
    is_compared: bool,
}

impl Identity {
    /// Of a database that is not opened yet.
    pub(crate) fn new() -> Self {
        let (looked, is_another) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { opened: OnceLock::new(), began: Instant::now(), looked, is_another }
    }

    /// Whether it is time to look at the database. Of those who ask at one time, one is to look.
    fn is_due(&self) -> bool {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let last = self.looked.load(Ordering::Relaxed);
        let is_over = now.saturating_sub(last) >= LOOK.as_millis() as u64;
        is_over && self.looked.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[derive(Deserialize)]
struct Schema {
    place: Option<Bson>,
}

impl Database {
    /// Learns which database this is. The rooms of a copy get new epochs: seqs that clients have seen may come to mean something else
    /// there.
    pub(crate) async fn settle(&self) -> Result<(), OpenError> {
        for collection in COLLECTIONS {
            let create = doc! { "create": collection, "writeConcern": self.promise.as_ref().clone() };
            match self.command(create).await? {
                Err(error) if !is_command_failure(&error, EXISTS) => {
                    return Err(OpenError::Database { source: error.into() });
                }
                _ => {}
            }
        }
        let places = self.places().await?;
        let place = places.get(ROOMS).cloned().ok_or_else(|| corrupt("a collection has no UUID"))?;
        let is_compared = self.compares(&places).await?;
        let schema: Option<Schema> = self.find_one(SCHEMA, Query::of(doc! { "_id": "chat" })).await?;
        let noted = schema.and_then(|schema| schema.place);
        if noted.as_ref().is_some_and(|noted| *noted != place) {
            self.renew_all().await?;
            tracing::warn!("the database was put back from a copy: its rooms have new epochs");
        }
        if noted.as_ref() != Some(&place) {
            let note = Change::one(doc! { "_id": "chat" }, doc! { "$set": { "place": place } });
            self.update(SCHEMA, vec![note.or_insert()]).await?;
        }
        // Set once: nobody else has this database yet.
        let _ = self.identity.opened.set(Opened { places, is_compared });
        Ok(())
    }

    /// Whether the server compares the UUID of a collection with the one that a command names.
    async fn compares(&self, places: &HashMap<String, Bson>) -> Result<bool, StoreError> {
        let Some(place) = places.get(SCHEMA) else { return Ok(false) };
        let asked = doc! { "find": SCHEMA, "filter": { "_id": "chat" }, "limit": 1, "collectionUUID": place.clone() };
        match self.command(asked).await? {
            Ok(_) => Ok(true),
            Err(error) if is_failure(&error) && !is_command_failure(&error, REPLACED) => {
                tracing::warn!(%error, "the server does not compare collections: it is looked at once a second instead");
                Ok(false)
            }
            Err(error) => Err(not_executed(error)),
        }
    }

    /// Gives all rooms new epochs. Entries stay under those they were stored with.
    async fn renew_all(&self) -> Result<(), StoreError> {
        let random = doc! { "$add": [1, { "$multiply": [{ "$rand": {} }, EPOCHS] }] };
        let epoch = doc! { "$toLong": { "$floor": random } };
        let another = vec![doc! { "$set": { "kept": { "$ifNull": ["$kept", "$epoch"] }, "epoch": epoch } }];
        let mut after = String::new();
        loop {
            // Those that were deleted have no epoch.
            let of = doc! { "_id": { "$gt": &after }, "epoch": { "$exists": true } };
            let query = Query::of(of).fields(doc! { "_id": 1 }).sort(doc! { "_id": 1 }).limit(MAX_PAGE);
            let found: Vec<Document> = self.find(ROOMS, query).await?;
            let ids: Vec<&str> = found.iter().filter_map(|room| room.get_str("_id").ok()).collect();
            let Some(last) = ids.last() else { return Ok(()) };
            let of = doc! { "_id": { "$in": &ids }, "epoch": { "$exists": true } };
            self.update(ROOMS, vec![Change::one(of, another.clone()).all()]).await?;
            after = (*last).to_owned();
        }
    }

    /// The UUIDs of the store's collections that there are, by name.
    async fn places(&self) -> Result<HashMap<String, Bson>, StoreError> {
        let names: Vec<&str> = COLLECTIONS.to_vec();
        let asked = doc! { "listCollections": 1, "filter": { "name": { "$in": names } } };
        let reply = self.command(asked).await?.map_err(not_executed)?;
        let found = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch")).map_err(corrupt)?;
        let place = |found: &Bson| {
            let found = found.as_document()?;
            let uuid = found.get_document("info").ok()?.get("uuid")?;
            Some((found.get_str("name").ok()?.to_owned(), uuid.clone()))
        };
        Ok(found.iter().filter_map(place).collect())
    }

    /// Names in a command that writes the UUID that its collection must have, for the server to compare.
    pub(crate) async fn guard(&self, command: &mut Document) -> Result<(), StoreError> {
        let Some(opened) = self.identity.opened.get() else { return Ok(()) };
        let collection = command.values().next().and_then(Bson::as_str);
        match collection.and_then(|collection| opened.places.get(collection)) {
            Some(place) if opened.is_compared => {
                command.insert("collectionUUID", place.clone());
                Ok(())
            }
            _ => self.be_sure().await,
        }
    }

    /// Looks at the database if it was not looked at lately, or was another one then.
    pub(crate) async fn be_sure(&self) -> Result<(), StoreError> {
        match self.identity.is_due() {
            true => self.look().await,
            false if self.identity.is_another.load(Ordering::Relaxed) => Err(not_executed(replaced())),
            false => Ok(()),
        }
    }

    /// Fails where the database is another one than the one that was opened.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        let Some(opened) = self.identity.opened.get() else { return Ok(()) };
        let is_another = self.places().await? != opened.places;
        if self.identity.is_another.swap(is_another, Ordering::Relaxed) != is_another {
            match is_another {
                true => tracing::error!(error = %replaced(), "the database cannot be used"),
                false => tracing::info!("the right database is back"),
            }
        }
        if is_another { Err(not_executed(replaced())) } else { Ok(()) }
    }
}
