//! The number of revocations.
//!
//! It is in a document of its own, so devices are ended before it rises. A change that ends some puts a *mark* into the user's
//! document, and the process takes it out once the number has risen. A mark that stays is of a process that died:
//! the next one that asks for the number does what is left to be done. The number may rise twice for one end, which harms nobody.

use chat_accounts::Ends;
use chat_model::StoreError;
use mongodb::bson::{Document, doc, oid::ObjectId};
use serde::Deserialize;

use super::documents::device_id;
use crate::{
    database::{ACCOUNTS, Change, Database, Query, REVOCATIONS},
    documents::seq,
    rooms::SWEEP,
};

/// What a document was before devices were ended in it.
#[derive(Deserialize)]
pub(super) struct Before {
    #[serde(default)]
    pub(super) devices: Vec<Listed>,
    uncounted: Option<ObjectId>,
}

/// A device of which only the id is wanted.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
}

impl Before {
    pub(super) fn fields() -> Document {
        doc! { "devices.id": 1, "uncounted": 1 }
    }

    /// How many of the devices are ended.
    pub(super) fn ended(&self, ends: Ends) -> Result<usize, StoreError> {
        let mut ended = 0;
        for device in &self.devices {
            ended += usize::from(ends.contains(device_id(&device.id)?));
        }
        Ok(ended)
    }

    /// Has the number rise if any device was ended, now or by an author whose mark this one's replaced.
    pub(super) async fn settle(&self, db: &Database, mark: Mark, ended: usize) -> Result<(), StoreError> {
        if ended > 0 || self.uncounted.is_some() { mark.count(db).await } else { mark.take_out(db).await }
    }
}

/// A mark in a user's document.
pub(super) struct Mark {
    user: String,
    pub(super) id: ObjectId,
    /// Whether it is in what is left of a removed account.
    is_left: bool,
}

#[derive(Deserialize)]
struct Marked {
    #[serde(rename = "_id")]
    user: String,
    uncounted: ObjectId,
    /// What is left of a removed account has none.
    username_key: Option<String>,
}

impl From<Marked> for Mark {
    fn from(marked: Marked) -> Self {
        Self { user: marked.user, id: marked.uncounted, is_left: marked.username_key.is_none() }
    }
}

impl Mark {
    /// A new one, for the document of a user's account.
    pub(super) fn of_account(user: &str) -> Self {
        Self { user: user.to_owned(), id: ObjectId::new(), is_left: false }
    }

    /// A new one, for what is left of a user's account.
    pub(super) fn of_removed(user: &str) -> Self {
        Self { is_left: true, ..Self::of_account(user) }
    }

    /// Has the number rise, and takes the mark out.
    pub(super) async fn count(&self, db: &Database) -> Result<(), StoreError> {
        let rise = || Change::one(doc! { "_id": "chat" }, doc! { "$inc": { "count": 1_i64 } }).or_insert();
        let mut tries = db.tries();
        // Of two that put in the first, one is told that there is one already.
        while db.update(REVOCATIONS, vec![rise()]).await? == 0 {
            tries.again().await?;
        }
        self.take_out(db).await
    }

    /// Takes the mark out, unless another one has taken its place, and with it what is left of a removed account.
    async fn take_out(&self, db: &Database) -> Result<(), StoreError> {
        let of = doc! { "_id": &self.user, "uncounted": self.id, "username_key": { "$exists": !self.is_left } };
        if self.is_left {
            return db.delete(ACCOUNTS, of).await.map(drop);
        }
        let without = Change::one(of, doc! { "$unset": { "uncounted": "" } });
        db.update(ACCOUNTS, vec![without]).await.map(drop)
    }

    /// The mark in what is left of a user's removed account.
    pub(super) async fn left_of(db: &Database, user: &str) -> Result<Option<Self>, StoreError> {
        let of = doc! { "_id": user, "username_key": { "$exists": false }, "uncounted": { "$exists": true } };
        let found: Option<Marked> = db.find_one(ACCOUNTS, Query::of(of).fields(doc! { "uncounted": 1 })).await?;
        Ok(found.map(Self::from))
    }
}

pub(super) async fn number(db: &Database) -> Result<u64, StoreError> {
    #[derive(Deserialize)]
    struct Revocations {
        count: i64,
    }
    let query = Query::of(doc! { "uncounted": { "$exists": true } }).index("uncounted").limit(SWEEP);
    let marked: Vec<Marked> = db.find(ACCOUNTS, query.fields(doc! { "uncounted": 1, "username_key": 1 })).await?;
    for marked in marked {
        Mark::from(marked).count(db).await?;
    }
    let found: Option<Revocations> = db.find_one(REVOCATIONS, Query::of(doc! { "_id": "chat" })).await?;
    found.map_or(Ok(0), |found| seq(found.count))
}
