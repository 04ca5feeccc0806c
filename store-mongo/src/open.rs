//! Opening a database: whether it can be used, its indexes, and what was left undone.

use std::{sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use mongodb::{
    Client,
    bson::{Document, doc},
    options::{ClientOptions, ConnectionString, ReadConcern},
};
use serde::Deserialize;

use crate::{
    MongoOptions, MongoStore,
    database::{Change, Database, ENTRIES, INTAKE, Identity, MEMBERS, Query, READS, ROOM_WORDS, ROOMS, SCHEMA, number},
    error::OpenError,
    pins, retention, rooms,
    seen::Seen,
};

/// The form of the collections: a newer one is refused.
const SCHEMA_VERSION: i64 = 3;
/// The first form in which rooms say when something was last written in them.
const WITH_ACTIVITY: i64 = 2;
/// The first form in which rooms say whether a guest has made them.
const WITH_GUESTS: i64 = 3;

/// How long a collection's indexes may take that are not there yet: they are made of all its documents, and by one store after the
/// other where several open a database.
const MAKING: Duration = Duration::from_secs(60 * 60);

/// The wire version of MongoDB 6.0.
const MONGODB_6: i64 = 17;

impl MongoStore {
    /// Opens a database on the server or servers of this URL, and makes its indexes if they are not there.
    ///
    /// # Errors
    /// [`OpenError`] when the URL is none, the server cannot be reached or is older than MongoDB 6, or a newer version
    /// of this crate wrote the database.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub async fn open(url: impl AsRef<str>, options: MongoOptions) -> Result<Self, OpenError> {
        let mut client = ClientOptions::parse(url.as_ref()).await.map_err(|_| OpenError::Url)?;
        options.apply(&mut client);
        let name = options.database.clone().or_else(|| client.default_database.clone());
        let name = name.unwrap_or_else(|| "chat".into());
        let hello = Self::connect(client.clone(), &options, "admin")?.hello().await?;
        if number(&hello, "maxWireVersion") < MONGODB_6 {
            return Err(OpenError::OldServer);
        }
        // A server on its own has no majority to read from; what it shows is in its journal once a write is answered.
        let is_alone = !hello.contains_key("setName") && hello.get_str("msg").ok() != Some("isdbgrid");
        if is_alone {
            client.read_concern = Some(ReadConcern::local());
        }
        let db = Self::connect(client, &options, &name)?;
        let version = db.check_schema().await?;
        db.make_indexes().await?;
        db.settle().await?;
        if version.is_none_or(|version| version < WITH_ACTIVITY) {
            rooms::note_activity(&db).await?;
        }
        if version.is_some_and(|version| version < WITH_GUESTS) {
            rooms::note_guests(&db).await?;
        }
        db.note_schema().await?;
        rooms::sweep_all(&db).await?;
        retention::clean_at_opening(&db).await?;
        pins::note_all(&db).await?;
        #[cfg(feature = "accounts")]
        {
            crate::accounts::keep_words(&db).await?;
            crate::accounts::keep_looks(&db).await?;
        }
        Ok(Self { db, seen: Seen::default(), has_transactions: !is_alone })
    }

    /// Whether this could be the URL of a database. Nobody is asked.
    ///
    /// # Errors
    /// [`OpenError::Url`] if it is none.
    pub fn check_url(url: impl AsRef<str>) -> Result<(), OpenError> {
        ConnectionString::parse(url).map(drop).map_err(|_| OpenError::Url)
    }

    fn connect(client: ClientOptions, options: &MongoOptions, database: &str) -> Result<Database, OpenError> {
        let client = Client::with_options(client).map_err(|_| OpenError::Url)?;
        let database = client.database(database);
        let (promise, identity) = (Arc::new(options.promise()), Arc::new(Identity::new()));
        Ok(Database { client, database, promise, patience: options.command_timeout, identity })
    }
}

#[derive(Deserialize)]
struct Schema {
    version: i64,
}

impl Database {
    async fn hello(&self) -> Result<Document, OpenError> {
        self.command(doc! { "hello": 1 }).await?.map_err(refused)
    }

    /// The version of the database; `None` if it is new.
    async fn check_schema(&self) -> Result<Option<i64>, OpenError> {
        let schema: Option<Schema> = self.find_one(SCHEMA, Query::of(doc! { "_id": "chat" })).await?;
        match schema {
            Some(Schema { version }) if version > SCHEMA_VERSION => {
                Err(OpenError::NewerSchema { found: version, known: SCHEMA_VERSION })
            }
            schema => Ok(schema.map(|schema| schema.version)),
        }
    }

    /// The version, once all that belongs to it is there. Nothing is counted where another store noted it first.
    async fn note_schema(&self) -> Result<(), OpenError> {
        let note = Change::one(doc! { "_id": "chat" }, doc! { "$max": { "version": SCHEMA_VERSION } });
        self.update(SCHEMA, vec![note.or_insert()]).await?;
        self.check_schema().await.map(drop)
    }

    async fn make_indexes(&self) -> Result<(), OpenError> {
        let made = indexes().into_iter().map(|(collection, indexes)| {
            let command = doc! {
                "createIndexes": collection,
                "indexes": indexes,
                "writeConcern": self.promise.as_ref().clone(),
            };
            async { self.command_within(MAKING, command).await?.map_err(refused) }
        });
        try_join_all(made).await.map(drop)
    }
}

fn refused(error: mongodb::error::Error) -> OpenError {
    OpenError::Database { source: error.into() }
}

fn plain(name: &str, key: Document) -> Document {
    doc! { "name": name, "key": key }
}

fn unique(name: &str, key: Document) -> Document {
    doc! { "name": name, "key": key, "unique": true }
}

/// Of some documents alone.
fn some(mut index: Document, of: Document) -> Document {
    index.insert("partialFilterExpression", of);
    index
}

fn with(field: &str) -> Document {
    doc! { field: { "$exists": true } }
}

/// All indexes, by collection. Ids are compared by their bytes: that is what an index without a collation does.
fn indexes() -> Vec<(&'static str, Vec<Document>)> {
    let entries = vec![
        unique("log", doc! { "room": 1, "epoch": 1, "seq": 1 }),
        some(unique("claims", doc! { "room": 1, "epoch": 1, "sender": 1, "client_id": 1 }), with("client_id")),
        // What follows the seq is there so that messages are counted without looking at them. Earlier versions have an index
        // `history` in its place, which stays: their nodes may go on beside this one.
        some(
            plain(
                "messages",
                doc! { "room": 1, "epoch": 1, "seq": -1, "sender": 1, "body.kind": 1, "state.deleted_at": 1 },
            ),
            doc! { "body.kind": "message" },
        ),
        some(
            plain("mentions", doc! { "room": 1, "epoch": 1, "mentioned": 1, "seq": -1, "sender": 1 }),
            with("mentioned"),
        ),
        some(plain("pins", doc! { "room": 1, "epoch": 1, "state.pin.seq": -1 }), with("state.pinned")),
        some(plain("targets", doc! { "room": 1, "epoch": 1, "body.target": 1, "seq": 1 }), with("body.target")),
    ];
    let members = vec![
        unique("users", doc! { "room": 1, "user": 1 }),
        some(plain("members", doc! { "room": 1, "user": -1 }), with("role")),
        some(plain("roster", doc! { "room": 1, "since": 1, "user": 1 }), with("role")),
        // Members who are no guests have no such field. The names of roles are in the order of roles.
        some(plain("seniors", doc! { "room": 1, "guest": 1, "role": -1, "since": 1 }), with("role")),
        some(plain("memberships", doc! { "user": 1, "room": 1 }), with("role")),
        some(plain("leases", doc! { "leases.node": 1, "leases.life": 1 }), with("leases")),
        some(plain("banned", doc! { "room": 1, "banned": 1, "user": 1 }), doc! { "banned": true }),
        some(plain("muted", doc! { "room": 1, "user": 1, "muted_until": 1 }), with("muted_until")),
        some(plain("blocks", doc! { "user": 1, "blocks": 1 }), with("blocks")),
        some(plain("unheld", doc! { "held": 1 }), doc! { "held": false }),
    ];
    let rooms = vec![
        plain("listed", doc! { "kind": 1, "by_guest": 1, "_id": 1 }),
        some(plain("words", doc! { "words": 1 }), doc! { "kind": "public" }),
        some(plain("unswept", doc! { "unswept": 1 }), doc! { "unswept": true }),
        some(plain("deleted", doc! { "deleted": 1, "_id": 1 }), doc! { "deleted": true }),
        some(plain("uncleaned", doc! { "uncleaned": 1 }), with("uncleaned")),
    ];
    let reads = vec![unique("users", doc! { "room": 1, "user": 1 })];
    let words = vec![
        plain("places", doc! { "rank": 1, "text": 1, "room": 1, "shared": 1 }),
        unique("rooms", doc! { "room": 1, "rank": 1, "text": 1 }),
    ];
    let intake = vec![plain("waiting", doc! { "waiting": 1, "_id": 1 })];
    let mut all = vec![
        (ENTRIES, entries),
        (MEMBERS, members),
        (ROOMS, rooms),
        (READS, reads),
        (INTAKE, intake),
        (ROOM_WORDS, words),
    ];
    all.extend(of_accounts());
    all
}

#[cfg(not(feature = "accounts"))]
fn of_accounts() -> [(&'static str, Vec<Document>); 0] {
    []
}

#[cfg(feature = "accounts")]
fn of_accounts() -> [(&'static str, Vec<Document>); 3] {
    let accounts = vec![
        some(unique("usernames", doc! { "username_key": 1 }), with("username_key")),
        some(unique("emails", doc! { "email_key": 1 }), with("email_key")),
        some(unique("identities", doc! { "identity": 1 }), with("identity")),
        some(unique("looks", doc! { "looks": 1 }), with("looks")),
        some(plain("alike", doc! { "alike": 1 }), with("alike")),
        plain("looks_form", doc! { "looks_form": 1 }),
        plain("devices", doc! { "devices.id": 1 }),
        plain("words", doc! { "words": 1 }),
        plain("expiring_devices", doc! { "devices.expires": 1 }),
        some(plain("links", doc! { "link.secret": 1 }), with("link.secret")),
        some(plain("expiring_links", doc! { "link.expires": 1 }), with("link.expires")),
        some(plain("uncounted", doc! { "uncounted": 1 }), with("uncounted")),
        some(plain("unfinished", doc! { "unfinished": 1, "_id": 1 }), doc! { "unfinished": true }),
        some(plain("administrators", doc! { "admin": 1 }), doc! { "admin": true }),
        // A place of a pass is taken by one account.
        some(unique("places", doc! { "pass.id": 1, "pass.place": 1 }), with("pass")),
    ];
    let passes = vec![unique("secrets", doc! { "secret": 1 }), plain("expiring", doc! { "expires": 1 })];
    let words = vec![
        plain("places", doc! { "rank": 1, "text": 1, "user": 1, "shared": 1 }),
        unique("users", doc! { "user": 1, "rank": 1, "text": 1 }),
    ];
    [(crate::database::ACCOUNTS, accounts), (crate::database::PASSES, passes), (crate::database::WORDS, words)]
}

#[cfg(test)]
mod tests {
    use super::indexes;
    use crate::database::COLLECTIONS;

    #[test]
    fn the_database_is_known_by_every_collection_that_has_indexes() {
        for (collection, _) in indexes() {
            assert!(COLLECTIONS.contains(&collection), "{collection}");
        }
    }
}
