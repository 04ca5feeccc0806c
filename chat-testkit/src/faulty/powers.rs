//! The powers of the store beneath, with the same faults.

use async_trait::async_trait;
use chat_core::{
    Beginning, CreateError, Epoch, Intake, LastSeen, Lease, Leases, MemberFact, Moving, Profile, Retention, RoomId,
    RoomMeta, Seq, StoreError, Stub, Submission, Timestamp, UserId,
};
use uuid::Uuid;

use super::FaultyStore;

/// Nobody is given a power that the store beneath lacks.
fn lacking() -> StoreError {
    StoreError::NotExecuted { source: "the store beneath lacks the power".into() }
}

impl FaultyStore {
    fn held(&self) -> Result<&dyn Leases, StoreError> {
        self.inner.leases().ok_or_else(lacking)
    }

    fn retained(&self) -> Result<&dyn Retention, StoreError> {
        self.inner.retention().ok_or_else(lacking)
    }

    fn taken_in(&self) -> Result<&dyn Intake, StoreError> {
        self.inner.intake().ok_or_else(lacking)
    }

    fn seen_last(&self) -> Result<&dyn LastSeen, StoreError> {
        self.inner.last_seen().ok_or_else(lacking)
    }

    fn moved(&self) -> Result<&dyn Moving, StoreError> {
        self.inner.moving().ok_or_else(lacking)
    }
}

#[async_trait]
impl Leases for FaultyStore {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        self.write(self.held()?.hold_lease(room, user, since, lease)).await
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        self.write(self.held()?.release_lease(room, user, since, node)).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        self.read(self.held()?.stale_leases(current, limit)).await
    }
}

#[async_trait]
impl Retention for FaultyStore {
    async fn truncate(&self, room: &RoomId, oldest: Seq) -> Result<Seq, StoreError> {
        self.write(self.retained()?.truncate(room, oldest)).await
    }
}

#[async_trait]
impl Intake for FaultyStore {
    async fn waiting(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<Submission>, StoreError> {
        self.read(self.taken_in()?.waiting(after, limit)).await
    }

    async fn forget(&self, draft_id: Uuid) -> Result<(), StoreError> {
        self.write(self.taken_in()?.forget(draft_id)).await
    }

    async fn refuse(&self, draft_id: Uuid, code: &str) -> Result<(), StoreError> {
        self.write(self.taken_in()?.refuse(draft_id, code)).await
    }

    async fn refused(&self, after: Option<Uuid>, limit: usize) -> Result<Vec<(Submission, String)>, StoreError> {
        self.read(self.taken_in()?.refused(after, limit)).await
    }
}

#[async_trait]
impl LastSeen for FaultyStore {
    async fn seen(&self, users: &[(UserId, Timestamp)]) -> Result<(), StoreError> {
        self.write(self.seen_last()?.seen(users)).await
    }

    async fn when_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        self.read(self.seen_last()?.when_seen(users)).await
    }

    async fn forget_seen(&self, user: &UserId) -> Result<(), StoreError> {
        self.write(self.seen_last()?.forget_seen(user)).await
    }
}

#[async_trait]
impl Moving for FaultyStore {
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>, StoreError> {
        self.read(self.moved()?.users(after, limit)).await
    }

    async fn deleted_rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomId>, StoreError> {
        self.read(self.moved()?.deleted_rooms(after, limit)).await
    }

    async fn named(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<MemberFact>, StoreError> {
        self.read(self.moved()?.named(room, after, limit)).await
    }

    async fn stubs(&self, room: &RoomId, after: Seq, limit: usize) -> Result<Vec<Stub>, StoreError> {
        self.read(self.moved()?.stubs(room, after, limit)).await
    }

    async fn read_cursors(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.read(self.moved()?.read_cursors(room, after, limit)).await
    }

    async fn begin(
        &self,
        room: &RoomId,
        epoch: Epoch,
        meta: &RoomMeta,
        beginning: &Beginning,
    ) -> Result<(), CreateError> {
        self.write(self.moved()?.begin(room, epoch, meta, beginning)).await
    }

    async fn restore(&self, room: &RoomId, facts: &[MemberFact], stubs: &[Stub]) -> Result<(), StoreError> {
        self.write(self.moved()?.restore(room, facts, stubs)).await
    }

    async fn renew(&self, room: &RoomId, epoch: Epoch) -> Result<(), StoreError> {
        self.write(self.moved()?.renew(room, epoch)).await
    }
}
