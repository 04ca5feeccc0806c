//! How the rooms of a store in memory are moved.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dashmap::Entry as Place;

use super::{MemoryStore, room::Room};
use crate::{
    Beginning, CreateError, Epoch, MemberFact, Moving, Profile, RoomId, RoomMeta, Seq, StoreError, Stub, UserId,
    limits::MAX_PAGE,
};

#[async_trait]
impl Moving for MemoryStore {
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>, StoreError> {
        Ok(self.names.walk(after).take(limit.min(MAX_PAGE)).collect())
    }

    async fn deleted_rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomId>, StoreError> {
        Ok(self.deleted.walk(after.cloned()).take(limit.min(MAX_PAGE)).collect())
    }

    async fn named(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<MemberFact>, StoreError> {
        self.with(room, |log| log.named_after(after, limit.min(MAX_PAGE)))
    }

    async fn stubs(&self, room: &RoomId, after: Seq, limit: usize) -> Result<Vec<Stub>, StoreError> {
        self.with(room, |log| log.stubs_after(after, limit.min(MAX_PAGE)))
    }

    async fn read_cursors(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.with(room, |log| log.reads_after(after, limit.min(MAX_PAGE)))
    }

    async fn begin(
        &self,
        room: &RoomId,
        epoch: Epoch,
        meta: &RoomMeta,
        beginning: &Beginning,
    ) -> Result<(), CreateError> {
        let Place::Vacant(place) = self.rooms.entry(room.clone()) else { return Err(CreateError::Exists) };
        // Listed before anyone can delete it, so that no deleted room stays listed.
        self.all.insert(room.clone());
        if meta.kind.is_joinable() {
            self.of_kinds.insert((meta.kind, meta.is_guests(), Some(room.clone())));
        }
        self.words().insert(room, meta.words());
        place.insert(Arc::new(Mutex::new(Some(Box::new(Room::new(epoch, meta.clone(), beginning))))));
        Ok(())
    }

    async fn restore(&self, room: &RoomId, facts: &[MemberFact], stubs: &[Stub]) -> Result<(), StoreError> {
        self.with(room, |log| {
            log.restore(facts, stubs);
            for fact in facts.iter().filter(|fact| fact.membership.is_some()) {
                self.memberships.insert((fact.user.clone(), Some(room.clone())));
            }
            for (user, other) in log.blocks() {
                self.blocks.insert((user.clone(), Some(other.clone())));
            }
        })
    }

    async fn renew(&self, room: &RoomId, epoch: Epoch) -> Result<(), StoreError> {
        self.with(room, |log| log.epoch = epoch)
    }
}
