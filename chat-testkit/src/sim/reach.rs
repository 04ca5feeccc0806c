//! The store and the bus as one life of a node reaches them: not at all once that node has died.

use std::{future::Future, sync::Arc};

use async_trait::async_trait;
use chat_core::{
    AppendError, Appended, Backplane, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery,
    FoundRoom, Intake, LastSeen, Lease, Leases, MemberFact, Message, Moving, Name, NodeMessage, OwnRooms, Page, Place,
    Prefix, Profile, Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Timestamp,
    UserId, UserRoom, Window,
};
use tokio::sync::watch;

use crate::{BusNode, FaultyStore};

/// Whether a node is alive.
#[derive(Clone)]
pub(super) struct Life(pub(super) watch::Receiver<bool>);

impl Life {
    /// Does it, and never answers a node that has died.
    async fn lasts<T>(&self, operation: impl Future<Output = T>) -> T {
        let mut alive = self.0.clone();
        let ended = async { drop(alive.wait_for(|alive| !alive).await) };
        tokio::select! {
            biased;
            () = ended => std::future::pending().await,
            done = operation => done,
        }
    }
}

/// The way to the store.
pub(super) struct Reach {
    pub(super) store: Arc<FaultyStore>,
    pub(super) life: Life,
}

#[async_trait]
impl Store for Reach {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.life.lasts(self.store.create_room(room, epoch, meta)).await
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        self.life.lasts(self.store.append(room, epoch, expected, drafts)).await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        self.life.lasts(self.store.room(room)).await
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        self.life.lasts(self.store.delete_room_at(room, at)).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.life.lasts(self.store.delete_room(room)).await
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        self.life.lasts(self.store.entries(room, window)).await
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        self.life.lasts(self.store.messages(room, window)).await
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        self.life.lasts(self.store.pins(room, before, limit)).await
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.life.lasts(self.store.edits(room, message, after, limit)).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        self.life.lasts(self.store.facts(room, query)).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        self.life.lasts(self.store.heads(rooms)).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.life.lasts(self.store.redact(room, seq)).await
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
impl Directory for Reach {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.life.lasts(self.store.members(room, after, limit)).await
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.life.lasts(self.store.restricted(room, restriction, at, after, limit)).await
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        self.life.lasts(self.store.rooms_of_kind(kind, by_guests, after, limit)).await
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        self.life.lasts(self.store.find_rooms(prefix, after, limit)).await
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        self.life.lasts(self.store.rooms(after, limit)).await
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        self.life.lasts(self.store.rooms_of(user, page, limit)).await
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        self.life.lasts(self.store.others(user, rooms)).await
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.life.lasts(self.store.blocks(user, after, limit)).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        self.life.lasts(self.store.set_read(room, user, seq)).await
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.life.lasts(self.store.reads(room, users)).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.life.lasts(self.store.profiles(users)).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.life.lasts(self.store.set_profile(user, name)).await
    }
}

#[async_trait]
impl Leases for Reach {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        self.life.lasts(self.store.hold_lease(room, user, since, lease)).await
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        self.life.lasts(self.store.release_lease(room, user, since, node)).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        self.life.lasts(self.store.stale_leases(current, limit)).await
    }
}

/// The way to the bus.
pub(super) struct Stop {
    pub(super) node: BusNode,
    pub(super) life: Life,
}

#[async_trait]
impl Backplane for Stop {
    async fn publish(&self, message: NodeMessage) {
        self.life.lasts(self.node.publish(message)).await;
    }

    async fn follow(&self, room: &RoomId, follows: bool) {
        self.life.lasts(self.node.follow(room, follows)).await;
    }

    fn is_connected(&self) -> bool {
        self.node.is_connected()
    }

    async fn next(&self) -> NodeMessage {
        self.life.lasts(self.node.next()).await
    }
}
