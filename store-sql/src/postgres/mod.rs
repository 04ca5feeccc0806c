//! Postgres: a pool of connections, each room's changes in the order of the locks on its row.
//!
//! All that is Postgres' own is in this folder: what a connection is set to in `options`, who has one and what becomes
//! of it in `connections`, which failures say what in `failure`, how drafts are inserted in `insert`, and in `dialect`
//! what the shared statements say otherwise than for SQLite.

mod append;
mod connections;
mod dialect;
mod failure;
mod identity;
mod insert;
mod open;
mod options;
#[path = "../statements/mod.rs"]
mod statements;

use async_trait::async_trait;
use chat_model::{
    AppendError, Appended, Beginning, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery,
    FoundRoom, Intake, LastSeen, Lease, Leases, MemberFact, Message, Moving, Name, OwnRooms, Page, Place, Prefix,
    Profile, Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Submission,
    Timestamp, UserId, UserRoom, Window,
};
use sqlx::{PgConnection, Postgres};

pub use self::options::PostgresOptions;
use self::{
    connections::{Connections, Work},
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
};

use crate::error::not_executed;

type Db = Postgres;
type Connection = PgConnection;
type ThisStore = PostgresStore;

/// A [`Store`] in a Postgres database (15 or later), which any number of stores may have open.
///
/// Each of their engines needs a number of its own (`Builder::node`).
///
/// ```no_run
/// use store_sql::{PostgresOptions, PostgresStore};
///
/// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::open("postgres://chat@db.example.org/chat", PostgresOptions::default()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # What it promises
/// - **Durability.** What is answered is on the server's disk: `synchronous_commit=on`, and a server with `fsync=off` is
///   refused. Where the server has synchronous standbys, they have it too.
/// - **One statement.** An append that changes nothing beside the log is one statement in one round trip. Appends to one
///   room take turns by a lock on the room's row; those to different rooms run side by side, and the server commits
///   together what comes together.
/// - **Bounded reads.** Every statement looks up by an index and walks it no further than a page, whether the server has
///   statistics of its tables or not: other plans are switched off for these connections. A user's rooms are the
///   exception, as with SQLite.
/// - **Honest errors.** A server that ends or loses the connection, or does not answer in time, while it may be committing
///   is an *outcome unknown*; whatever fails before that is *not executed*. Nothing is tried again behind the caller's back.
/// - **No connection in between.** A connection whose use was dropped or ran out of time is closed, and its transaction
///   rolled back by the server; it never goes back into the pool.
/// - **One database.** Where the database is another one than the one that was opened, as after it was dropped or put back from a
///   dump, everything is refused ([`StoreError::replaced`]) until the right one is back. The rooms of a copy get new epochs when it
///   is opened.
/// - **Erasure.** What is erased is overwritten by what is left of it, as Postgres does it: the old version of the row is
///   removed by the next vacuum, and stays in the write-ahead log and its archives for as long as these are kept.
///
/// # In operation
/// The role must own the database or be allowed to create tables in it: they are made and brought up to date when a store
/// is opened, by one of those that open it at one time. A database of a newer version is refused.
///
/// Connections are plain: this crate brings no TLS, and a URL with `sslmode=require` is refused. A proxy in front of the
/// server must give each client a session of its own, as settings and prepared statements belong to one (with PgBouncer:
/// `pool_mode=session`, and `options` among the parameters that it lets pass).
pub struct PostgresStore {
    connections: Connections,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Refuses further calls, lets those in progress finish, and closes all connections.
    ///
    /// # Cancel safety
    /// If it is dropped, the store closes nevertheless, without anyone knowing when.
    pub async fn close(&self) {
        self.connections.close().await;
    }

    /// Hands a message in with whatever else is done in this transaction: once that is committed, the engine sends it (see
    /// [`Intake`]). It takes no place in a log, and nobody waits for it. One that was handed in already under its id stays as
    /// it is.
    ///
    /// The connection is the host's own, to the same database; call `Chat::nudge` after the commit.
    ///
    /// ```no_run
    /// # async fn order(
    /// #     pool: &sqlx::Pool<sqlx::Postgres>, chat: chat_core::Chat, message: chat_model::Submission,
    /// # ) -> Result<(), sqlx::Error> {
    /// let mut transaction = pool.begin().await?;
    /// sqlx::query("INSERT INTO orders (item) VALUES ('tea')").execute(&mut *transaction).await?;
    /// store_sql::PostgresStore::hand_in(&mut transaction, &message).await?;
    /// transaction.commit().await?;
    /// chat.nudge();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The database's, which the host's transaction has met.
    pub async fn hand_in(connection: &mut PgConnection, submission: &Submission) -> Result<(), sqlx::Error> {
        intake::hand_in(connection, submission).await
    }

    /// Reads what is of one moment.
    async fn reading<T>(
        &self,
        read: impl AsyncFnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connections.moment(read).await
    }

    async fn change<W: Work>(&self, work: W) -> Result<W::Done, W::Error> {
        self.connections.work(&work).await
    }

    async fn single<S: Single>(&self, single: S) -> Result<S::Done, S::Error> {
        self.connections.single(&single).await
    }

    async fn sweep(&self, room: &RoomId) -> Result<(), StoreError> {
        while !self.connections.work(&Sweep { room: room.clone() }).await? {}
        Ok(())
    }

    /// Removes what interrupted deletions left. A room that another store sweeps too is swept by both in turn.
    async fn sweep_all(&self) -> Result<(), StoreError> {
        for room in self.connections.read(rooms::unswept).await? {
            self.sweep(&room).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.begin(room, epoch, meta, &Beginning::default()).await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        self.connections.read(async |c: &mut Connection| lists::room(c, room).await).await
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
        append::append(&self.connections, room, (epoch, expected), drafts).await
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        self.connections.moment(async |c: &mut Connection| pages::page(c, room, window).await).await
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        self.connections.moment(async |c: &mut Connection| pages::page(c, room, window).await).await
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        self.connections.moment(async |c: &mut Connection| pages::pins(c, room, before, limit).await).await
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let edits = async |c: &mut Connection| pages::edits(c, room, (message, after), limit).await;
        self.connections.moment(edits).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        self.connections.moment(async |c: &mut Connection| facts::facts(c, room, query).await).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        self.connections.read(async |c: &mut Connection| lists::heads(c, rooms).await).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.connections.work(&Redact { room: room.clone(), seq }).await
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
impl Directory for PostgresStore {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.connections
            .moment(async |c: &mut Connection| lists::facts_by_user(c, lists::MEMBERS, room, after, limit).await)
            .await
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.connections
            .moment(async |c: &mut Connection| lists::restricted(c, room, (restriction, at), after, limit).await)
            .await
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        self.connections
            .read(async |c: &mut Connection| lists::rooms_of_kind(c, kind, by_guests, after, limit).await)
            .await
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        self.reading(async |c: &mut Connection| words::find_rooms(c, prefix, after, limit).await).await
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        self.connections.read(async |c: &mut Connection| lists::rooms(c, after, limit).await).await
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        let sorted = async |c: &mut Connection| {
            // The one list that is not in an index's order: without a sort, all rooms there are would be walked.
            sqlx::query("SET LOCAL enable_sort = on").execute(&mut *c).await.map_err(not_executed)?;
            lists::rooms_of(c, user, page, limit).await
        };
        self.connections.moment(sorted).await
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        self.connections.read(async |c: &mut Connection| lists::others(c, user, rooms).await).await
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.connections.read(async |c: &mut Connection| lists::blocks(c, user, after, limit).await).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        self.connections.single(&SetRead { room: room.clone(), user: user.clone(), seq }).await
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.connections.moment(async |c: &mut Connection| lists::reads(c, room, users).await).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.connections.read(async |c: &mut Connection| lists::profiles(c, users).await).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.connections.single(&SetProfile { user: user.clone(), name: name.cloned() }).await
    }
}

#[async_trait]
impl LastSeen for PostgresStore {
    async fn seen(&self, users: &[(UserId, Timestamp)]) -> Result<(), StoreError> {
        self.connections.single(&Seen(users.to_vec())).await
    }

    async fn when_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        self.connections.read(async |c: &mut Connection| last_seen::last_seen(c, users).await).await
    }

    async fn forget_seen(&self, user: &UserId) -> Result<(), StoreError> {
        self.connections.single(&ForgetSeen(user.clone())).await
    }
}

#[async_trait]
impl Leases for PostgresStore {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        let (room, user, life) = (room.clone(), user.clone(), Some(lease.incarnation));
        self.connections.work(&SetLease { room, user, since, node: lease.node, life }).await
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        let (room, user) = (room.clone(), user.clone());
        self.connections.work(&SetLease { room, user, since, node, life: None }).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        self.connections.read(async |c: &mut Connection| leases::stale(c, current, limit).await).await
    }
}
