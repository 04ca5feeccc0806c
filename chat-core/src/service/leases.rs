//! Leases on guests' memberships: what the store is to have of each, one thing after another, however often it fails.

use std::time::Duration;

use dashmap::{DashMap, Entry};

use super::Service;
use crate::{Caller, Code, Command, Op, RoomId, Seq, StoreError, UserId};

type Key = (RoomId, UserId);

/// What a membership's lease is to come to.
enum Wish {
    /// This node holds the membership that began at this seq.
    Hold(Seq),
    /// This node no longer does, and the guest leaves if no other does.
    TakeOut(Caller, Seq),
}

/// For each guest whom a worker is busy with, the newest wish, unless the worker has taken it.
#[derive(Default)]
pub(crate) struct Leases(DashMap<Key, Option<Wish>>);

impl Leases {
    /// Whether there was no worker for it.
    fn wish(&self, key: Key, wish: Wish) -> bool {
        self.0.insert(key, Some(wish)).is_none()
    }

    /// Takes the wish; where there is none, the worker is done.
    fn take(&self, key: &Key) -> Option<Wish> {
        let Entry::Occupied(mut place) = self.0.entry(key.clone()) else { return None };
        let wish = place.get_mut().take();
        if wish.is_none() {
            place.remove();
        }
        wish
    }

    fn has_newer(&self, key: &Key) -> bool {
        self.0.get(key).is_some_and(|wish| wish.is_some())
    }
}

impl Service {
    /// A guest has come: the membership that began at `since` is held.
    pub(super) fn wish_to_hold(&self, room: RoomId, user: UserId, since: Seq) {
        self.wish((room, user), Wish::Hold(since));
    }

    /// A guest is gone from this node: the membership that began at `since` is released, and ends unless it is held.
    pub(super) fn wish_to_take_out(&self, room: RoomId, guest: Caller, since: Seq) {
        self.wish((room, guest.user.clone()), Wish::TakeOut(guest, since));
    }

    fn wish(&self, key: Key, wish: Wish) {
        if self.leases.wish(key.clone(), wish) {
            let Some(service) = self.me.upgrade() else { return };
            self.node.tasks.spawn(async move {
                while let Some(wish) = service.leases.take(&key) {
                    service.fulfil(&key, &wish).await;
                }
            });
        }
    }

    /// Tries until it is done, or something else is wanted.
    async fn fulfil(&self, key: &Key, wish: &Wish) {
        while !self.try_once(key, wish).await && !self.node.is_draining() && !self.leases.has_newer(key) {
            tokio::time::sleep(Duration::from_millis(self.node.limits.retry_ms)).await;
        }
    }

    /// Whether it is done, or never can be. The lease is released before the leave is asked for: of nodes that let go
    /// at one time, the last finds that nobody holds the membership.
    async fn try_once(&self, (room, user): &Key, wish: &Wish) -> bool {
        // Without leases a room takes in no guests, so that there is none to be held or taken out.
        let Some(leases) = self.node.store.leases() else { return true };
        let lease = self.node.lease;
        let (stored, guest) = match wish {
            Wish::Hold(since) => (leases.hold_lease(room, user, *since, lease).await, None),
            Wish::TakeOut(guest, since) => (leases.release_lease(room, user, *since, lease.node).await, Some(guest)),
        };
        if let Err(error) = stored {
            tracing::warn!(%room, %user, %error, "a guest's lease could not be changed");
            return matches!(error, StoreError::NoSuchRoom);
        }
        let Some(guest) = guest else { return true };
        let leave = Command { client_id: None, op: Op::Leave };
        let Err(refusal) = self.submit(guest.clone(), room, leave).await else { return true };
        tracing::warn!(%room, %user, %refusal, "a guest who is gone could not be taken out");
        !matches!(refusal.code, Code::StoreUnavailable | Code::OutcomeUnknown | Code::Busy)
    }
}
