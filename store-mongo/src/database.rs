//! Every command the store gives: in which promise a write is made, what a read may see, and how long to wait.
//!
//! Writes are given as commands of their own and not through the driver's methods: a reply then says, statement by
//! statement, what was done, in one form for all of them, and nothing is sent a second time behind the store's back.

mod identity;

use std::{future::Future, sync::Arc, time::Duration};

use chat_model::{StoreError, limits::MAX_PAGE};
use futures_util::TryStreamExt as _;
use mongodb::{
    Client, Collection, Cursor,
    bson::{Bson, Document, doc},
    options::Hint,
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout};

pub(crate) use self::identity::Identity;
use crate::error::{self, Failed, TimedOut};

pub(crate) const ROOMS: &str = "rooms";
pub(crate) const ENTRIES: &str = "entries";
pub(crate) const MEMBERS: &str = "members";
pub(crate) const READS: &str = "reads";
pub(crate) const USERS: &str = "users";
pub(crate) const INTAKE: &str = "intake";
/// The words by which public rooms are found.
pub(crate) const ROOM_WORDS: &str = "room_words";
pub(crate) const SCHEMA: &str = "schema";
#[cfg(feature = "accounts")]
pub(crate) const ACCOUNTS: &str = "accounts";
#[cfg(feature = "accounts")]
pub(crate) const REVOCATIONS: &str = "revocations";
#[cfg(feature = "accounts")]
pub(crate) const PASSES: &str = "passes";
#[cfg(feature = "accounts")]
pub(crate) const WORDS: &str = "words";

/// All of them.
#[cfg(feature = "accounts")]
pub(crate) const COLLECTIONS: &[&str] =
    &[ROOMS, ENTRIES, MEMBERS, READS, USERS, INTAKE, ROOM_WORDS, SCHEMA, ACCOUNTS, REVOCATIONS, PASSES, WORDS];
#[cfg(not(feature = "accounts"))]
pub(crate) const COLLECTIONS: &[&str] = &[ROOMS, ENTRIES, MEMBERS, READS, USERS, INTAKE, ROOM_WORDS, SCHEMA];

/// The code of an error that says: there is one already.
const DUPLICATE: i64 = 11000;

/// A connection to one database.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) client: Client,
    pub(crate) database: mongodb::Database,
    /// The write concern.
    pub(crate) promise: Arc<Document>,
    /// How long one command may take.
    pub(crate) patience: Duration,
    /// Which database it is.
    pub(crate) identity: Arc<Identity>,
}

/// What can be read out of a document.
pub(crate) trait Stored: DeserializeOwned + Unpin + Send + Sync + 'static {}

impl<T: DeserializeOwned + Unpin + Send + Sync + 'static> Stored for T {}

/// What to read.
pub(crate) struct Query {
    pub(crate) filter: Document,
    /// The fields wanted; all of them if none is named.
    pub(crate) fields: Document,
    pub(crate) sort: Document,
    /// At most so many; 0 sets no limit.
    pub(crate) limit: usize,
    /// The index, where the server might choose another one.
    pub(crate) index: Option<&'static str>,
    /// How many come in one reply.
    pub(crate) batch: u32,
}

impl Query {
    pub(crate) fn of(filter: Document) -> Self {
        // Whole lists in one reply: they are bounded by the store's own limits.
        Self { filter, fields: Document::new(), sort: Document::new(), limit: 0, index: None, batch: 2_000 }
    }

    pub(crate) fn fields(self, fields: Document) -> Self {
        Self { fields, ..self }
    }

    pub(crate) fn sort(self, sort: Document) -> Self {
        Self { sort, ..self }
    }

    pub(crate) fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    pub(crate) fn index(self, index: &'static str) -> Self {
        Self { index: Some(index), ..self }
    }

    pub(crate) fn batch(self, batch: u32) -> Self {
        Self { batch, ..self }
    }

    async fn open<T: Stored>(self, from: &Collection<T>, time: Duration) -> mongodb::error::Result<Cursor<T>> {
        let mut find = from.find(self.filter).max_time(time).batch_size(self.batch);
        if !self.fields.is_empty() {
            find = find.projection(self.fields);
        }
        if !self.sort.is_empty() {
            find = find.sort(self.sort);
        }
        if self.limit > 0 {
            find = find.limit(i64::try_from(self.limit).unwrap_or(i64::MAX));
        }
        if let Some(index) = self.index {
            find = find.hint(Hint::Name(index.to_owned()));
        }
        find.await
    }
}

/// One statement of an update.
pub(crate) struct Change {
    pub(crate) of: Document,
    /// Operators, or stages of a pipeline, or the whole new document.
    pub(crate) to: Bson,
    /// Whether it is put in where there is none.
    pub(crate) or_insert: bool,
    /// Whether all that match are changed, or one.
    pub(crate) all: bool,
}

impl Change {
    pub(crate) fn one(of: Document, to: impl Into<Bson>) -> Self {
        Self { of, to: to.into(), or_insert: false, all: false }
    }

    pub(crate) fn or_insert(self) -> Self {
        Self { or_insert: true, ..self }
    }

    pub(crate) fn all(self) -> Self {
        Self { all: true, ..self }
    }
}

/// What an ordered insert did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inserted {
    /// How many went in, from the first. Where it is fewer than all, the next one's place or claim is taken.
    pub(crate) count: usize,
}

impl Database {
    pub(crate) async fn find_one<T: Stored>(&self, from: &str, query: Query) -> Result<Option<T>, StoreError> {
        Ok(self.find(from, query.limit(1)).await?.pop())
    }

    /// As many as are wanted, and fit a page.
    pub(crate) async fn page<T: Stored>(&self, from: &str, query: Query, wanted: usize) -> Result<Vec<T>, StoreError> {
        match wanted.min(MAX_PAGE) {
            // To the server it would mean all.
            0 => Ok(Vec::new()),
            limit => self.find(from, query.limit(limit)).await,
        }
    }

    pub(crate) async fn find<T: Stored>(&self, from: &str, query: Query) -> Result<Vec<T>, StoreError> {
        self.be_sure().await?;
        let (collection, time) = (self.database.collection(from), self.patience);
        let read = async move { query.open(&collection, time).await?.try_collect().await };
        self.read(read).await
    }

    /// Gathers what is read, document by document, for as long as `take` goes on.
    pub(crate) async fn gather<T: Stored, A: Send + 'static>(
        &self,
        from: &str,
        query: Query,
        mut gathered: A,
        take: impl Fn(&mut A, T) -> bool + Send + 'static,
    ) -> Result<A, StoreError> {
        self.be_sure().await?;
        let (collection, time) = (self.database.collection(from), self.patience);
        let read = async move {
            let mut cursor = query.open(&collection, time).await?;
            while let Some(document) = cursor.try_next().await? {
                if !take(&mut gathered, document) {
                    break;
                }
            }
            Ok(gathered)
        };
        self.read(read).await
    }

    /// All that a pipeline yields.
    pub(crate) async fn aggregate<T: Stored>(&self, from: &str, pipeline: Vec<Document>) -> Result<Vec<T>, StoreError> {
        self.be_sure().await?;
        let (collection, time) = (self.database.collection::<Document>(from), self.patience);
        let read = async move {
            let found = collection.aggregate(pipeline).max_time(time).batch_size(2_000).with_type::<T>().await?;
            found.try_collect().await
        };
        self.read(read).await
    }

    /// Waits for a read. A database that was put back from a copy may lack indexes, so the server fails reads that name one: where it
    /// fails a read, the database is looked at.
    async fn read<T: Send + 'static>(
        &self,
        read: impl Future<Output = mongodb::error::Result<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        match in_time(self.patience, read).await? {
            Err(error) if error::is_failure(&error) => {
                self.look().await?;
                Err(error::of_read(error))
            }
            read => read.map_err(error::of_read),
        }
    }

    /// Puts documents in, in this order, until one is refused because there is one like it.
    pub(crate) async fn insert(&self, into: &str, documents: Vec<Document>) -> Result<Inserted, StoreError> {
        let wanted = documents.len();
        let documents: Vec<Bson> = documents.into_iter().map(Bson::Document).collect();
        let reply = self.write(doc! { "insert": into, "documents": documents, "ordered": true }).await?;
        let count = usize::try_from(number(&reply, "n")).unwrap_or(0);
        match failures(&reply).next() {
            Some(failed) if failed.code != DUPLICATE && count == 0 => return Err(error::of_failure(failed)),
            Some(failed) if failed.code != DUPLICATE => return Err(error::unknown(failed)),
            Some(_) if count < wanted => {}
            None if count == wanted => {}
            _ => return Err(error::unknown(format!("{count} of {wanted} documents were put in"))),
        }
        durable(&reply)?;
        Ok(Inserted { count })
    }

    /// Makes changes, in any order; how many documents were found to be changed, or put in. One that should be put in
    /// but is there already is not counted, and nor is one that is not found.
    pub(crate) async fn update(&self, on: &str, changes: Vec<Change>) -> Result<u64, StoreError> {
        if changes.is_empty() {
            return Ok(0);
        }
        let statement = |change: Change| {
            let Change { of, to, or_insert, all } = change;
            Bson::Document(doc! { "q": of, "u": to, "upsert": or_insert, "multi": all })
        };
        let updates: Vec<Bson> = changes.into_iter().map(statement).collect();
        let reply = self.write(doc! { "update": on, "updates": updates, "ordered": false }).await?;
        let count = number(&reply, "n").unsigned_abs();
        if let Some(failed) = failures(&reply).find(|failed| failed.code != DUPLICATE) {
            return Err(if count == 0 { error::of_failure(failed) } else { error::unknown(failed) });
        }
        durable(&reply)?;
        Ok(count)
    }

    /// Removes all that match; how many there were.
    pub(crate) async fn delete(&self, from: &str, of: Document) -> Result<u64, StoreError> {
        let reply = self.write(doc! { "delete": from, "deletes": [{ "q": of, "limit": 0 }] }).await?;
        if let Some(failed) = failures(&reply).next() {
            return Err(error::unknown(failed));
        }
        durable(&reply)?;
        Ok(number(&reply, "n").unsigned_abs())
    }

    /// Changes one document, and tells what it was. `None` where it is not found, or would have what is another's.
    #[cfg(feature = "accounts")]
    pub(crate) async fn change<T: Stored>(
        &self,
        on: &str,
        of: Document,
        to: impl Into<Bson>,
        fields: Document,
    ) -> Result<Option<T>, StoreError> {
        // The server does not compare the collections of this command.
        self.look().await?;
        let command = doc! { "findAndModify": on, "query": of, "update": to.into(), "fields": fields };
        let reply = match self.promised(command).await? {
            Err(error) if error::is_command_failure(&error, DUPLICATE) => return Ok(None),
            reply => reply.map_err(error::of_write)?,
        };
        durable(&reply)?;
        match reply.get("value") {
            Some(Bson::Document(was)) => {
                mongodb::bson::deserialize_from_document(was.clone()).map(Some).map_err(error::corrupt)
            }
            _ => Ok(None),
        }
    }

    /// Gives a command that writes into a collection, if that is the one that was opened.
    async fn write(&self, mut command: Document) -> Result<Document, StoreError> {
        self.guard(&mut command).await?;
        self.promised(command).await?.map_err(error::of_write)
    }

    /// Gives a command that writes. Where no reply came in time, nothing is known of it.
    async fn promised(&self, mut command: Document) -> Result<mongodb::error::Result<Document>, StoreError> {
        command.insert("writeConcern", self.promise.as_ref().clone());
        self.command(command).await.map_err(error::after_a_change)
    }

    /// Any other command.
    pub(crate) async fn command(&self, command: Document) -> Result<mongodb::error::Result<Document>, StoreError> {
        self.command_within(self.patience, command).await
    }

    /// Any other command, for which to wait so long.
    pub(crate) async fn command_within(
        &self,
        limit: Duration,
        command: Document,
    ) -> Result<mongodb::error::Result<Document>, StoreError> {
        let database = self.database.clone();
        in_time(limit, async move { database.run_command(command).await }).await
    }

    /// For what is tried again while others change the same.
    pub(crate) fn tries(&self) -> Tries {
        Tries { until: Instant::now() + self.patience, pause: Duration::from_millis(1) }
    }
}

/// Waits for a command, but not for ever, as a server may not answer at all. It runs in a task of its own, because
/// the driver's futures may not be dropped half done: later ones could then hang.
async fn in_time<T: Send + 'static>(
    limit: Duration,
    command: impl Future<Output = T> + Send + 'static,
) -> Result<T, StoreError> {
    match timeout(limit, tokio::spawn(command)).await {
        Ok(done) => done.map_err(error::not_executed),
        Err(_) => Err(error::not_executed(TimedOut)),
    }
}

/// Attempts, ever less often, within a time.
pub(crate) struct Tries {
    until: Instant,
    pause: Duration,
}

impl Tries {
    const LONGEST: Duration = Duration::from_millis(40);

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// When there was time enough.
    pub(crate) async fn again(&mut self) -> Result<(), StoreError> {
        if Instant::now() >= self.until {
            return Err(error::not_executed("others kept changing it"));
        }
        sleep(self.pause).await;
        self.pause = (2 * self.pause).min(Self::LONGEST);
        Ok(())
    }
}

/// A number of a reply, whatever its type.
pub(crate) fn number(reply: &Document, field: &str) -> i64 {
    match reply.get(field) {
        Some(Bson::Int32(number)) => i64::from(*number),
        Some(Bson::Int64(number)) => *number,
        Some(Bson::Double(number)) => *number as i64,
        _ => 0,
    }
}

/// What a reply says of the statements that failed.
fn failures(reply: &Document) -> impl Iterator<Item = Failed> + '_ {
    reply.get_array("writeErrors").into_iter().flatten().filter_map(Bson::as_document).map(failed)
}

fn failed(reply: &Document) -> Failed {
    let message = reply.get_str("errmsg").unwrap_or_default().to_owned();
    Failed { code: number(reply, "code"), message }
}

/// Whether what was done is as safe as it was to be: if not, nothing is known of it.
fn durable(reply: &Document) -> Result<(), StoreError> {
    match reply.get_document("writeConcernError") {
        Ok(error) => Err(error::unknown(failed(error))),
        Err(_) => Ok(()),
    }
}
