//! The store itself: it tells the oracle what is committed, and has a retention.

use async_trait::async_trait;
use chat_core::{
    AppendError, Appended, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery, FoundRoom, Intake,
    LastSeen, Lease, Leases, MemberFact, MemoryStore, Message, Moving, Name, OwnRooms, Page, Place, Prefix, Profile,
    Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Timestamp, UserId,
    UserRoom, Window, limits,
};

use super::world::World;

/// A memory store that is watched.
pub(super) struct Shelf {
    inner: MemoryStore,
    world: World,
}

impl Shelf {
    pub(super) fn new(world: World) -> Self {
        Self { inner: MemoryStore::new(), world }
    }

    fn oldest(&self, room: &RoomId) -> Seq {
        self.world.oracle(|oracle| oracle.rooms.get(room).map_or(1, |past| past.oldest))
    }

    /// A page without what retention has removed.
    fn keep<T>(&self, room: &RoomId, page: Page<T>, seq: impl Fn(&T) -> Seq) -> Page<T> {
        let oldest = self.oldest(room);
        let items = page.items.into_iter().filter(|item| seq(item) >= oldest).collect();
        Page { oldest, items, ..page }
    }

    /// The same window, above what retention has removed.
    fn kept(&self, room: &RoomId, window: Window) -> Window {
        Window { after: window.after.map(|after| after.max(self.oldest(room) - 1)), ..window }
    }
}

#[async_trait]
impl Store for Shelf {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.inner.create_room(room, epoch, meta).await?;
        self.world.note(format_args!("made {room} {:?} {:?}", meta.kind, meta.history));
        self.world.oracle(|oracle| oracle.created(room, epoch, meta));
        Ok(())
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        // The memory store never waits: nothing comes between the commit and the oracle.
        let appended = self.inner.append(room, epoch, expected, drafts).await?;
        let committed = &drafts[..appended.count];
        for (seq, draft) in (expected + 1..).zip(committed) {
            self.world.note(format_args!("log  {room} #{seq} {} {:?}", draft.sender, draft.body));
        }
        self.world.check(|oracle| oracle.committed(room, expected, committed));
        Ok(appended)
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        self.inner.room(room).await
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        let is_gone = self.inner.delete_room_at(room, at).await?;
        if is_gone {
            self.world.note(format_args!("gone {room}"));
            self.world.oracle(|oracle| oracle.deleted(room));
        }
        Ok(is_gone)
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.inner.delete_room(room).await?;
        self.world.note(format_args!("gone {room}"));
        self.world.oracle(|oracle| oracle.deleted(room));
        Ok(())
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        let page = self.inner.entries(room, self.kept(room, window)).await?;
        Ok(self.keep(room, page, |entry| entry.seq))
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        let page = self.inner.messages(room, self.kept(room, window)).await?;
        Ok(self.keep(room, page, |message| message.entry.seq))
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        self.inner.pins(room, before, limit).await
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.inner.edits(room, message, after, limit).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        let asked = query.users.len().max(query.messages.len()).max(query.claims.len());
        if asked > limits::MAX_BATCH {
            self.world.fail(format!("facts are asked about {asked} users, messages or claims at once"));
        }
        self.inner.facts(room, query).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        self.inner.heads(rooms).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.inner.redact(room, seq).await
    }

    fn leases(&self) -> Option<&dyn Leases> {
        Some(self)
    }

    fn retention(&self) -> Option<&dyn Retention> {
        None
    }

    fn intake(&self) -> Option<&dyn Intake> {
        None
    }

    fn last_seen(&self) -> Option<&dyn LastSeen> {
        None
    }

    fn moving(&self) -> Option<&dyn Moving> {
        None
    }
}

#[async_trait]
impl Directory for Shelf {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.inner.members(room, after, limit).await
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.inner.restricted(room, restriction, at, after, limit).await
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        self.inner.rooms_of_kind(kind, by_guests, after, limit).await
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        self.inner.find_rooms(prefix, after, limit).await
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        self.inner.rooms(after, limit).await
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        self.inner.rooms_of(user, page, limit).await
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        self.inner.others(user, rooms).await
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.inner.blocks(user, after, limit).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        let set = self.inner.set_read(room, user, seq).await?;
        self.world.oracle(|oracle| oracle.read_to(room, user, set));
        Ok(set)
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.inner.reads(room, users).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.inner.profiles(users).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.inner.set_profile(user, name).await
    }
}

#[async_trait]
impl Leases for Shelf {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        self.world.note(format_args!("hold {room} {user} since #{since}: node {}", lease.node));
        self.inner.hold_lease(room, user, since, lease).await
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        self.world.note(format_args!("free {room} {user} since #{since}: node {node}"));
        self.inner.release_lease(room, user, since, node).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        self.inner.stale_leases(current, limit).await
    }
}
