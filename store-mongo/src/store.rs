//! The store itself: which question is answered where.

use async_trait::async_trait;
use chat_model::{
    AppendError, Appended, Beginning, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery,
    FoundRoom, Intake, LastSeen, Lease, Leases, MemberFact, Message, Moving, Name, OwnRooms, Page, Place, Prefix,
    Profile, Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Timestamp, UserId,
    UserRoom, Window,
};

use crate::{
    append, database::Database, erase, facts, last_seen, leases, lists, own_rooms, pages, retention, rooms, seen::Seen,
};

/// A [`Store`] in a MongoDB database, on a replica set or on a server of its own.
pub struct MongoStore {
    pub(crate) db: Database,
    pub(crate) seen: Seen,
    /// Whether the server takes transactions: one on its own does not.
    pub(crate) has_transactions: bool,
}

impl std::fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MongoStore").field("database", &self.db.database.name()).finish_non_exhaustive()
    }
}

impl MongoStore {
    /// Closes the connections. What is asked of the store afterwards is refused.
    ///
    /// # Cancel safety
    /// If it is dropped, some connections may stay open until the store is dropped, too.
    pub async fn close(&self) {
        self.db.client.clone().shutdown().immediate(true).await;
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        rooms::create(&self.db, room, epoch, meta, &Beginning::default()).await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        lists::room_record(&self.db, room).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.seen.forget(room);
        rooms::delete(&self.db, room).await
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        self.seen.forget(room);
        rooms::delete_at(&self.db, room, at).await
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        append::append(&self.db, &self.seen, room, (epoch, expected), drafts).await
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        pages::page(&self.db, room, window).await
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        pages::page(&self.db, room, window).await
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        pages::pins(&self.db, room, before, limit).await
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        pages::edits(&self.db, room, (message, after), limit).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        facts::facts(&self.db, room, query).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        lists::heads(&self.db, rooms).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        erase::redact(&self.db, room, seq).await
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
impl Directory for MongoStore {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        lists::members(&self.db, room, after, limit).await
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        lists::restricted(&self.db, room, (restriction, at), after, limit).await
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        lists::rooms_of_kind(&self.db, kind, by_guests, after, limit).await
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        crate::words::find_rooms(&self.db, prefix, after, limit).await
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        lists::all_rooms(&self.db, after, limit).await
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        own_rooms::rooms_of(&self.db, user, page, limit).await
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        lists::others(&self.db, user, rooms).await
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        lists::blocks(&self.db, user, after, limit).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        rooms::set_read(&self.db, room, user, seq).await
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        rooms::reads_of(&self.db, room, users).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        rooms::profiles(&self.db, users.iter().map(UserId::as_str).collect()).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        rooms::set_profile(&self.db, user, name).await
    }
}

#[async_trait]
impl LastSeen for MongoStore {
    async fn seen(&self, users: &[(UserId, Timestamp)]) -> Result<(), StoreError> {
        last_seen::seen(&self.db, users).await
    }

    async fn when_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        last_seen::last_seen(&self.db, users).await
    }

    async fn forget_seen(&self, user: &UserId) -> Result<(), StoreError> {
        last_seen::forget(&self.db, user).await
    }
}

#[async_trait]
impl Leases for MongoStore {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        leases::set(&self.db, room, user, since, lease.node, Some(lease.into())).await
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        leases::set(&self.db, room, user, since, node, None).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        leases::stale(&self.db, current, limit).await
    }
}

#[async_trait]
impl Retention for MongoStore {
    async fn truncate(&self, room: &RoomId, oldest: Seq) -> Result<Seq, StoreError> {
        retention::truncate(&self.db, room, oldest).await
    }
}
