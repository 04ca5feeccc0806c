//! A node: what all rooms and sessions of one engine share, and the narrow way by which rooms ask for more.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};
use uuid::Uuid;

use crate::{
    Backplane, Caller, ClientId, Environment, Epoch, Lease, Limits, Moment, Name, Notice, Now, Policy, RoomId, Seq,
    Store, StoreError, UserId,
    environment::id_of,
    fanout::{Flushers, Unread},
    limits,
    observer::Observations,
    peers::Peers,
    sessions::Sessions,
    tasks::Tasks,
};

/// What all rooms and sessions of one engine share.
pub(crate) struct Node {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) limits: Limits,
    pub(crate) environment: Arc<dyn Environment>,
    /// By which this life of the node holds guests' memberships.
    pub(crate) lease: Lease,
    pub(crate) flushers: Arc<Flushers>,
    pub(crate) sessions: Sessions,
    /// What clients leave unread.
    pub(crate) unread: Arc<Unread>,
    pub(crate) tasks: Tasks,
    /// Turns to read a page of the store for a subscription that is behind.
    pub(crate) catch_ups: Semaphore,
    pub(crate) observations: Arc<Observations>,
    pub(crate) peers: Peers,
    /// The way to other nodes; `None` on a node that is alone.
    pub(crate) backplane: Option<Arc<dyn Backplane>>,
    duties: OnceLock<Weak<dyn Duties>>,
    started: Instant,
    draining: AtomicBool,
}

/// What a room's host asks of its engine that no store does for it. None of it waits.
pub(crate) trait Duties: Send + Sync {
    /// Writes to a user's inbox, once for each id.
    fn notify(&self, user: UserId, notice: Notice, id: Option<ClientId>);
    /// A guest has come: this node's lease holds the membership that began at `since`.
    fn hold_guest(&self, room: RoomId, user: UserId, since: Seq);
    /// A guest is gone from this node: the membership that began at `since` is released, and ends unless it is held.
    fn take_guest_out(&self, room: RoomId, guest: Caller, since: Seq);
}

/// What a node is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) limits: Limits,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) lease: Lease,
    pub(crate) peers: Peers,
    pub(crate) backplane: Option<Arc<dyn Backplane>>,
    pub(crate) observations: Arc<Observations>,
}

impl Node {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let keeps_seen = parts.store.last_seen().is_some();
        Arc::new(Self {
            store: parts.store,
            policy: parts.policy,
            environment: parts.environment,
            lease: parts.lease,
            flushers: Flushers::new(tokio::runtime::Handle::current().metrics().num_workers()),
            sessions: Sessions::new(&parts.limits, keeps_seen),
            unread: Unread::new(parts.limits.unread_bytes),
            limits: parts.limits,
            tasks: Tasks::default(),
            catch_ups: Semaphore::new(limits::CATCH_UPS),
            observations: parts.observations,
            peers: parts.peers,
            backplane: parts.backplane,
            duties: OnceLock::new(),
            started: Instant::now(),
            draining: AtomicBool::new(false),
        })
    }

    /// Sets the part of the engine that does what rooms ask for. It is asked for as long as it lives.
    pub(crate) fn serve_duties(&self, duties: Weak<dyn Duties>) {
        drop(self.duties.set(duties));
    }

    /// The part of the engine that does what rooms ask for; `None` once the engine is gone.
    pub(crate) fn duties(&self) -> Option<Arc<dyn Duties>> {
        self.duties.get().and_then(Weak::upgrade)
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn now(&self) -> Now {
        Now { wall: self.environment.wall(), moment: self.moment() }
    }

    pub(crate) fn instant(&self, moment: Moment) -> Instant {
        self.started + Duration::from_millis(moment.0)
    }

    /// A UUIDv7 (RFC 9562): sorted by time, so that an index over drafts grows at its end.
    pub(crate) fn new_id(&self) -> Uuid {
        id_of(&*self.environment)
    }

    pub(crate) fn new_epoch(&self) -> Epoch {
        Epoch::from_random(self.environment.random() as u64)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// The names of some users; a user without a name is not among them.
    pub(crate) async fn names(&self, mut users: Vec<UserId>) -> Result<HashMap<UserId, Name>, StoreError> {
        users.sort();
        users.dedup();
        let profiles = self.store.profiles(&users).await?;
        Ok(profiles.into_iter().map(|profile| (profile.user, profile.name)).collect())
    }
}
