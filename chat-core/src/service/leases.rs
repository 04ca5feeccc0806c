//! Leases on guests' memberships: what the store is to be told of each guest. One worker tells it, however often the store
//! fails.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;

use super::Service;
use crate::{Caller, Code, Command, Op, RoomId, Seq, StoreError, UserId, limits};

type Key = (RoomId, UserId);

/// What a membership's lease is to come to.
enum Wish {
    /// This node holds the membership that began at this seq.
    Hold(Seq),
    /// This node no longer does, and the guest leaves if no other does.
    TakeOut(Caller, Seq),
}

/// The wishes that wait: the newest for each guest.
#[derive(Default)]
pub(crate) struct Leases(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    wishes: HashMap<Key, Wish>,
    /// The guests in the order in which they came, each once.
    order: VecDeque<Key>,
    has_worker: bool,
}

impl Leases {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a wish, in place of an older one of the same guest. `true` if there is no worker for it yet.
    fn add(&self, key: Key, wish: Wish) -> bool {
        let mut waiting = self.waiting();
        if waiting.wishes.insert(key.clone(), wish).is_none() {
            waiting.order.push_back(key);
        }
        !std::mem::replace(&mut waiting.has_worker, true)
    }

    /// Takes the wishes that are told next. Without any, the worker is done.
    fn take(&self) -> Vec<(Key, Wish)> {
        let mut guard = self.waiting();
        let Waiting { wishes, order, has_worker } = &mut *guard;
        let count = order.len().min(limits::LEASE_CALLS);
        *has_worker = count > 0;
        order.drain(..count).filter_map(|key| wishes.remove_entry(&key)).collect()
    }

    /// Puts wishes back that were not fulfilled, behind all others, unless there is a newer one of the same guest. Returns
    /// how many wait now.
    fn put_back(&self, failed: Vec<(Key, Wish)>) -> usize {
        let mut guard = self.waiting();
        let Waiting { wishes, order, .. } = &mut *guard;
        for (key, wish) in failed {
            if let Entry::Vacant(place) = wishes.entry(key) {
                order.push_back(place.key().clone());
                place.insert(wish);
            }
        }
        order.len()
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
        if self.leases.add(key, wish)
            && let Some(service) = self.me.upgrade()
        {
            self.node.tasks.spawn(async move { service.fulfil_wishes().await });
        }
    }

    /// Fulfils all wishes, so many at a time. While none succeeds, it pauses for ever longer, though not long where a guest is to be
    /// held; a draining node tries each once more.
    async fn fulfil_wishes(&self) {
        let mut pause_ms = self.node.limits.retry_ms;
        let mut is_failing = false;
        loop {
            let wishes = self.leases.take();
            let count = wishes.len();
            if count == 0 {
                return;
            }
            let tried = wishes.into_iter().map(|(key, wish)| async move {
                let done = self.try_once(&key, &wish).await;
                done.err().map(|why| (why, (key, wish)))
            });
            let (whys, failed): (Vec<_>, Vec<_>) = join_all(tried).await.into_iter().flatten().unzip();
            is_failing &= !failed.is_empty();
            if failed.len() < count {
                pause_ms = self.node.limits.retry_ms;
            }
            let Some(why) = whys.first() else { continue };
            if self.node.is_draining() {
                continue;
            }
            // A guest who is here, and is not held, may be taken out by another node.
            let holds = failed.iter().any(|(_, wish)| matches!(wish, Wish::Hold(_)));
            let longest_ms = if holds { limits::HOLD_PAUSE_MS } else { limits::LEASE_PAUSE_MS };
            let waiting = self.leases.put_back(failed);
            if !std::mem::replace(&mut is_failing, true) {
                tracing::warn!(waiting, error = %why, "guests' leases cannot be changed; they wait until they can");
            }
            self.pause(pause_ms.min(longest_ms)).await;
            pause_ms = (2 * pause_ms).min(limits::LEASE_PAUSE_MS);
        }
    }

    /// Waits for between half of `ms` and all of it, so that nodes do not come back to the store at one time. It ends early
    /// when the node drains.
    async fn pause(&self, ms: u64) {
        let ms = ms - (self.node.environment.random() as u64) % (ms / 2 + 1);
        let end = self.node.moment().after(ms);
        while self.node.moment() < end && !self.node.is_draining() {
            let step = end.since(self.node.moment()).min(self.node.limits.retry_ms.max(1));
            tokio::time::sleep(Duration::from_millis(step)).await;
        }
    }

    /// Whether it is done, or never can be; otherwise why not. The lease is released before the leave is asked for: of nodes
    /// that let go at one time, the last finds that nobody holds the membership.
    async fn try_once(&self, (room, user): &Key, wish: &Wish) -> Result<(), String> {
        // Without leases a room takes in no guests, so that there is none to be held or taken out.
        let Some(leases) = self.node.store.leases() else { return Ok(()) };
        let (limit, lease) = (Duration::from_millis(self.node.limits.command_ms), self.node.lease);
        let stored = async {
            match wish {
                Wish::Hold(since) => leases.hold_lease(room, user, *since, lease).await,
                Wish::TakeOut(_, since) => leases.release_lease(room, user, *since, lease.node).await,
            }
        };
        match tokio::time::timeout(limit, stored).await {
            Ok(Ok(())) => {}
            Ok(Err(StoreError::NoSuchRoom)) => return Ok(()),
            Ok(Err(error)) => return Err(error.to_string()),
            Err(elapsed) => return Err(elapsed.to_string()),
        }
        let Wish::TakeOut(guest, _) = wish else { return Ok(()) };
        let leave = Command { client_id: None, op: Op::Leave };
        let Err(refusal) = self.submit(guest.clone(), room, leave).await else { return Ok(()) };
        if matches!(refusal.code, Code::StoreUnavailable | Code::OutcomeUnknown | Code::Busy) {
            return Err(refusal.to_string());
        }
        tracing::warn!(%room, %user, %refusal, "a guest who is gone could not be taken out");
        Ok(())
    }
}
