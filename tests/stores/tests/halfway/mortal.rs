//! A store whose process dies before a write.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chat_accounts::{
    Account, AccountError, AccountStore, By, Device, DeviceId, Ends, Found, Link, Pass, PassId, Rotation, SecretHash,
};
use chat_core::{
    AppendError, Appended, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery, FoundRoom, Hides,
    Intake, LastSeen, Leases, MemberFact, Message, Moving, Name, OwnRooms, Page, Place, Prefix, Profile, Restriction,
    Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Timestamp, UserId, UserRoom, Window,
    async_trait,
};

/// A store of rooms and of accounts.
pub(crate) trait Whole: Store + AccountStore {}

impl<T: Store + AccountStore> Whole for T {}

pub(crate) struct Mortal {
    inner: Arc<dyn Whole>,
    /// How often it writes before it dies.
    writes: AtomicI64,
}

impl Mortal {
    pub(crate) fn new(inner: Arc<dyn Whole>, writes: i64) -> Self {
        Self { inner, writes: AtomicI64::new(writes) }
    }

    /// Nothing is ended in order, nothing is written any more, and nobody is told: as with `kill -9`.
    fn write(&self) -> &dyn Whole {
        if self.writes.fetch_sub(1, Ordering::SeqCst) <= 0 {
            std::process::abort();
        }
        &*self.inner
    }
}

#[async_trait]
impl Store for Mortal {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.write().create_room(room, epoch, meta).await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        self.inner.room(room).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.write().delete_room(room).await
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        self.write().delete_room_at(room, at).await
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        self.write().append(room, epoch, expected, drafts).await
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        self.inner.entries(room, window).await
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        self.inner.messages(room, window).await
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        self.inner.pins(room, before, limit).await
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.inner.edits(room, message, after, limit).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        self.inner.facts(room, query).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        self.inner.heads(rooms).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.write().redact(room, seq).await
    }

    fn leases(&self) -> Option<&dyn Leases> {
        self.inner.leases()
    }

    fn retention(&self) -> Option<&dyn Retention> {
        self.inner.retention()
    }

    fn intake(&self) -> Option<&dyn Intake> {
        self.inner.intake()
    }

    fn last_seen(&self) -> Option<&dyn LastSeen> {
        self.inner.last_seen()
    }

    fn moving(&self) -> Option<&dyn Moving> {
        self.inner.moving()
    }
}

#[async_trait]
impl Directory for Mortal {
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
        which: Restriction,
        now: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.inner.restricted(room, which, now, after, limit).await
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

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        self.inner.rooms_of_kind(kind, by_guests, after, limit).await
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
        self.write().set_read(room, user, seq).await
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.inner.reads(room, users).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.inner.profiles(users).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.write().set_profile(user, name).await
    }
}

#[async_trait]
impl AccountStore for Mortal {
    async fn create_account(&self, account: &Account) -> Result<(), AccountError> {
        self.write().create_account(account).await
    }

    async fn import_account(&self, account: &Account) -> Result<(), AccountError> {
        self.write().import_account(account).await
    }

    async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError> {
        self.write().register(account, pass, now).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        self.inner.has_admin().await
    }

    async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError> {
        self.inner.account(by).await
    }

    async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.inner.accounts(after, limit).await
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
        self.inner.hidden(users).await
    }

    async fn search(
        &self,
        prefix: &Prefix,
        after: Option<&Place<UserId>>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        self.inner.search(prefix, after, limit).await
    }

    async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError> {
        self.write().update_account(account, ends).await
    }

    async fn unfinished_deletions(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.inner.unfinished_deletions(after, limit).await
    }

    async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError> {
        self.write().finish_deletion(user).await
    }

    async fn remove_account(&self, user: &UserId) -> Result<(), StoreError> {
        self.write().remove_account(user).await
    }

    async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError> {
        self.write().create_device(device, revision).await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
        self.inner.device(device).await
    }

    async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError> {
        self.inner.devices(user).await
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError> {
        self.write().rotate(rotation).await
    }

    async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
        self.write().end_devices(user, ends).await
    }

    async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
        self.inner.living(devices).await
    }

    async fn revocations(&self) -> Result<u64, StoreError> {
        self.inner.revocations().await
    }

    async fn create_link(&self, link: &Link) -> Result<(), StoreError> {
        self.write().create_link(link).await
    }

    async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
        self.inner.link(secret).await
    }

    async fn create_pass(&self, pass: &Pass) -> Result<(), StoreError> {
        self.write().create_pass(pass).await
    }

    async fn pass(&self, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
        self.inner.pass(secret).await
    }

    async fn passes(&self) -> Result<Vec<Pass>, StoreError> {
        self.inner.passes().await
    }

    async fn remove_pass(&self, pass: PassId) -> Result<bool, StoreError> {
        self.write().remove_pass(pass).await
    }

    /// It removes what has expired, of which there is nothing here.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.inner.sweep(now, limit).await
    }
}
