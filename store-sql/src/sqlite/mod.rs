//! SQLite: one file, one writer, several readers.
//!
//! All that is SQLite's own is in this folder: the pragmas in `open`, transactions and savepoints in `writer`, how drafts
//! are inserted in `insert`, and in `dialect` what the shared statements say otherwise than for Postgres.

mod append;
mod backup;
mod dialect;
mod insert;
mod lock;
mod open;
mod place;
#[cfg(test)]
mod plans;
#[path = "../statements/mod.rs"]
mod statements;
mod writer;

use async_trait::async_trait;
use chat_model::{
    AppendError, Appended, Beginning, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery,
    FoundRoom, Intake, LastSeen, Lease, Leases, MemberFact, Message, Moving, Name, OwnRooms, Page, Place, Prefix,
    Profile, Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Submission,
    Timestamp, UserId, UserRoom, Window,
};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, SqliteTransaction, pool::PoolConnection};

use self::{
    append::Append,
    statements::{
        Single,
        erase::Redact,
        facts, intake,
        last_seen::{self, ForgetSeen, Seen},
        leases::{self, SetLease},
        lists, pages,
        rooms::{self, Hide, SetProfile, SetRead, Sweep},
        words,
    },
    writer::{Work, Writer},
};
pub use self::{backup::BackupError, open::SqliteOptions, writer::Commits};
use crate::error::not_executed;

type Db = Sqlite;
type Connection = SqliteConnection;
type ThisStore = SqliteStore;

/// A [`Store`] in an SQLite database file.
///
/// All changes go through one writer, which commits what waits for it, of whatever rooms, in one transaction, and
/// answers when the disk has it. Reads go through a pool of connections of their own, and see what was committed when
/// they began.
///
/// In tests with tokio's paused time (`start_paused = true`) the clock jumps to the next time-out while the database works on
/// its own thread, so that sqlx's pool and the engine give up on it at once. Hold the clock with a blocking task while
/// the store is in use: `store-sql/tests/paused_time.rs` shows how.
pub struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("commits", &self.commits()).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// What was committed since the store was opened, and in how many transactions.
    pub fn commits(&self) -> Commits {
        self.writer.commits()
    }

    /// Refuses further changes, finishes those that wait, then further reads, and closes the file: the write-ahead log
    /// is moved into it and removed, unless another process uses it.
    ///
    /// A store that is dropped instead finishes in the background, if its runtime lives on.
    ///
    /// # Cancel safety
    /// If it is dropped, the store closes nevertheless, without anyone knowing when.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.readers.acquire().await.map_err(not_executed)
    }

    /// A transaction in which all that is read is of one moment.
    async fn moment(&self) -> Result<SqliteTransaction<'static>, StoreError> {
        self.readers.begin().await.map_err(not_executed)
    }

    /// Hands a message in with whatever else is done in this transaction: once that is committed, the engine sends it (see
    /// [`Intake`]). It takes no place in a log, and nobody waits for it. One that was handed in already under its id stays as
    /// it is.
    ///
    /// The connection is the host's own, to the same database; call `Chat::nudge` after the commit.
    ///
    /// ```no_run
    /// # async fn order(
    /// #     pool: &sqlx::Pool<sqlx::Sqlite>, chat: chat_core::Chat, message: chat_model::Submission,
    /// # ) -> Result<(), sqlx::Error> {
    /// let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    /// sqlx::query("INSERT INTO orders (item) VALUES ('tea')").execute(&mut *transaction).await?;
    /// store_sql::SqliteStore::hand_in(&mut transaction, &message).await?;
    /// transaction.commit().await?;
    /// chat.nudge();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database's, which the host's transaction has met.
    pub async fn hand_in(connection: &mut SqliteConnection, submission: &Submission) -> Result<(), sqlx::Error> {
        intake::hand_in(connection, submission).await
    }

    /// Reads what is of one moment.
    async fn reading<T>(
        &self,
        read: impl AsyncFnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        read(&mut *self.moment().await?).await
    }

    async fn change<W: Work>(&self, work: W) -> Result<W::Done, W::Error> {
        self.writer.submit(work).await
    }

    async fn single<S: Single>(&self, single: S) -> Result<S::Done, S::Error> {
        self.writer.submit(single).await
    }

    async fn sweep(&self, room: &RoomId) -> Result<(), StoreError> {
        while !self.writer.submit(Sweep { room: room.clone() }).await? {}
        Ok(())
    }

    /// Removes what interrupted deletions left.
    async fn sweep_all(&self) -> Result<(), StoreError> {
        let rooms = rooms::unswept(&mut *self.reader().await?).await?;
        for room in rooms {
            self.sweep(&room).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.begin(room, epoch, meta, &Beginning::default()).await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        lists::room(&mut *self.reader().await?, room).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.change(Hide { room: room.clone(), at: None }).await?;
        self.sweep(room).await
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        let is_gone = self.change(Hide { room: room.clone(), at: Some(at) }).await?;
        if is_gone {
            self.sweep(room).await?;
        }
        Ok(is_gone)
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        self.writer.submit(Append::new(room, epoch, expected, drafts)?).await
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        pages::page(&mut *self.moment().await?, room, window).await
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        pages::page(&mut *self.moment().await?, room, window).await
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        pages::pins(&mut *self.moment().await?, room, before, limit).await
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        pages::edits(&mut *self.moment().await?, room, (message, after), limit).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        facts::facts(&mut *self.moment().await?, room, query).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        lists::heads(&mut *self.reader().await?, rooms).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.writer.submit(Redact { room: room.clone(), seq }).await
    }

    fn leases(&self) -> Option<&dyn Leases> {
        Some(self)
    }

    fn retention(&self) -> Option<&dyn Retention> {
        Some(self)
    }

    fn intake(&self) -> Option<&dyn Intake> {
        Some(self)
    }

    fn last_seen(&self) -> Option<&dyn LastSeen> {
        Some(self)
    }

    fn moving(&self) -> Option<&dyn Moving> {
        Some(self)
    }
}

#[async_trait]
impl Directory for SqliteStore {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        lists::facts_by_user(&mut *self.moment().await?, lists::MEMBERS, room, after, limit).await
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        lists::restricted(&mut *self.moment().await?, room, (restriction, at), after, limit).await
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        lists::rooms_of_kind(&mut *self.reader().await?, kind, by_guests, after, limit).await
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        words::find_rooms(&mut *self.moment().await?, prefix, after, limit).await
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        lists::rooms(&mut *self.reader().await?, after, limit).await
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        self.reading(async |c: &mut Connection| lists::rooms_of(c, user, page, limit).await).await
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        lists::others(&mut *self.reader().await?, user, rooms).await
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        lists::blocks(&mut *self.reader().await?, user, after, limit).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        self.writer.submit(SetRead { room: room.clone(), user: user.clone(), seq }).await
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.reading(async |c: &mut Connection| lists::reads(c, room, users).await).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        lists::profiles(&mut *self.reader().await?, users).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.writer.submit(SetProfile { user: user.clone(), name: name.cloned() }).await
    }
}

#[async_trait]
impl LastSeen for SqliteStore {
    async fn seen(&self, users: &[(UserId, Timestamp)]) -> Result<(), StoreError> {
        self.writer.submit(Seen(users.to_vec())).await
    }

    async fn when_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        last_seen::last_seen(&mut *self.reader().await?, users).await
    }

    async fn forget_seen(&self, user: &UserId) -> Result<(), StoreError> {
        self.writer.submit(ForgetSeen(user.clone())).await
    }
}

#[async_trait]
impl Leases for SqliteStore {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        let (room, user, life) = (room.clone(), user.clone(), Some(lease.incarnation));
        self.writer.submit(SetLease { room, user, since, node: lease.node, life }).await
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        let (room, user) = (room.clone(), user.clone());
        self.writer.submit(SetLease { room, user, since, node, life: None }).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        leases::stale(&mut *self.reader().await?, current, limit).await
    }
}
