//! The registry of the rooms that are open on this node. It owns and supervises their hosts.

use std::{panic::AssertUnwindSafe, sync::Arc};

use dashmap::DashMap;
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use crate::{
    Code, Refusal, RoomId,
    host::{Host, Mail, ReplySink, RequestInfo, Sink, Task, Unopened},
    node::Node,
};

/// The hosts, by room. A room that is being opened is an empty cell, for which others wait. No shard of the map is locked across
/// an await.
pub(crate) struct Registry {
    node: Arc<Node>,
    rooms: DashMap<RoomId, Arc<Cell>>,
    /// The places for hosts. One is taken before a room is loaded.
    places: Arc<Semaphore>,
}

type Cell = OnceCell<Arc<Host>>;

/// A task that opens a room, or waits until another task has opened it. The last of these tasks removes a cell that stayed empty.
/// No earlier one may: a host that was opened in a removed cell would be the room's second host.
struct Opening<'a> {
    registry: &'a Registry,
    room: &'a RoomId,
    cell: Arc<Cell>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if self.cell.initialized() {
            return;
        }
        let mine = std::mem::take(&mut self.cell);
        self.registry.rooms.remove_if(self.room, move |_, cell| {
            let is_mine = Arc::ptr_eq(cell, &mine);
            // Cells are cloned and dropped only under the shard's lock, which is held here, so the count is exact.
            drop(mine);
            is_mine && !cell.initialized() && Arc::strong_count(cell) == 1
        });
    }
}

impl Registry {
    pub(crate) fn new(node: Arc<Node>) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(node.limits.open_rooms.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { node, rooms: DashMap::new(), places })
    }

    /// The host of a room. The room is opened if it is not.
    pub(crate) async fn open(self: &Arc<Self>, room: &RoomId) -> Result<Arc<Host>, Refusal> {
        if self.node.is_draining() {
            return Err(Refusal::new(Code::ShuttingDown, "the server is going away; nothing was done"));
        }
        let (opening, mut opened) = (self.opening(room), None);
        let init = async || {
            let (host, task, place) = self.load(room).await?;
            opened = Some((task, place));
            Ok::<_, Refusal>(host)
        };
        let host = opening.cell.get_or_try_init(init).await?.clone();
        // The host runs only now that it is in the map: a host that ends at once must be found there to be removed.
        if let Some((task, place)) = opened {
            self.node.tasks.spawn(self.clone().look_after(host.clone(), task, place));
            self.subscribe_noted(&host);
        }
        Ok(host)
    }

    /// Subscribes the sessions that are noted for a room which is open now.
    pub(crate) fn subscribe_noted(&self, host: &Arc<Host>) {
        let sessions = &self.node.sessions;
        // Mail that comes back refuses its request when it is dropped.
        drop(sessions.noted.ask(&host.room, |asked| {
            // A session that is not found has ended, and its note ends with it.
            let live = sessions.get(asked.session)?;
            let (caller, from, place) = (live.caller()?, Some(asked.cursor), asked.place.clone());
            let mut sink = ReplySink::noted(live.outlet.clone(), asked);
            sink.about(RequestInfo { undecided: Some(place), ..RequestInfo::of(&caller, "subscribe") });
            host.try_send(Box::new(Mail::Subscribe { caller, from, sink: Sink::Reply(Box::new(sink)) })).err()
        }));
    }

    fn opening<'a>(&'a self, room: &'a RoomId) -> Opening<'a> {
        let known = self.rooms.get(room).map(|cell| cell.clone());
        let cell = known.unwrap_or_else(|| self.rooms.entry(room.clone()).or_default().clone());
        Opening { registry: self, room, cell }
    }

    /// Loads a room, if there is a place for another host.
    async fn load(&self, room: &RoomId) -> Result<(Arc<Host>, Task, OwnedSemaphorePermit), Refusal> {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return Err(Refusal::new(Code::Busy, "as many rooms are open as may be; nothing was done"));
        };
        let (host, task) = Host::open(&self.node, room).await?;
        Ok((host, task, place))
    }

    /// Runs a host until it ends or panics, and then hands its unread mail on, in order and before any other mail.
    fn look_after(
        self: Arc<Self>,
        host: Arc<Host>,
        mut task: Task,
        place: OwnedSemaphorePermit,
    ) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            // The other nodes are asked only now, because their answers go to the host in the map.
            self.node.peers.ask(&host.room);
            let has_failed = AssertUnwindSafe(task.run()).catch_unwind().await.is_err();
            if has_failed {
                tracing::error!(room = %host.room, "a room's host panicked; its subscribers are told to resume");
            }
            let unopened = AssertUnwindSafe(task.close(has_failed)).catch_unwind().await.unwrap_or_default();
            drop(place);
            if unopened.is_empty() || !self.hand_on(&host, unopened).await {
                self.remove(&host);
            }
            host.gone();
        })
    }

    /// Opens the next host of a room and gives it the mail that the last host left unread. Until it has all of that, nobody else
    /// finds the new host, so that later mail comes after. `false` if there is no next host.
    async fn hand_on(self: &Arc<Self>, last: &Host, unopened: Unopened) -> bool {
        let (next, task, place) = match self.load(&last.room).await {
            Ok(loaded) => loaded,
            Err(refusal) => {
                unopened.into_iter().for_each(|mail| mail.refuse(&refusal));
                return false;
            }
        };
        let busy = Refusal::new(Code::Busy, "the room has too much to do; nothing was done");
        for mail in unopened {
            if let Err(mail) = next.try_send(mail) {
                mail.refuse(&busy);
            }
        }
        match self.rooms.get_mut(&last.room) {
            Some(mut cell) => *cell = Arc::new(Cell::new_with(Some(next.clone()))),
            None => return false,
        }
        self.node.tasks.spawn(self.clone().look_after(next.clone(), task, place));
        self.subscribe_noted(&next);
        true
    }

    /// Sends mail to a room's host, or to the next host if that one is closing. If the room cannot be opened, the mail's sender is
    /// refused.
    pub(crate) async fn post(self: &Arc<Self>, room: &RoomId, mail: Mail) -> Result<Arc<Host>, Refusal> {
        let mut mail = Box::new(mail);
        loop {
            let host = match self.open(room).await {
                Ok(host) => host,
                Err(refusal) => {
                    mail.refuse(&refusal);
                    return Err(refusal);
                }
            };
            let closing = host.clone();
            let gone = closing.wait_until_gone();
            match host.send(mail).await {
                Ok(()) => return Ok(host),
                Err(returned) => mail = returned,
            }
            if self.known(room).is_some_and(|known| Arc::ptr_eq(&known, &host)) {
                gone.await;
            }
        }
    }

    /// Sends mail to a room's host, or to the next host if that one is closing. The mail comes back if the room is not open.
    pub(crate) async fn post_if_open(&self, room: &RoomId, mail: Box<Mail>) -> Result<(), Box<Mail>> {
        let mut mail = mail;
        while let Some(host) = self.known(room) {
            let gone = host.wait_until_gone();
            match host.send(mail).await {
                Ok(()) => return Ok(()),
                Err(returned) => mail = returned,
            }
            if self.known(room).is_some_and(|known| Arc::ptr_eq(&known, &host)) {
                gone.await;
            }
        }
        Err(mail)
    }

    /// Sends mail to a room's host without waiting. The mail comes back if the room is not open, or the mailbox is full.
    pub(crate) fn try_post(&self, room: &RoomId, mail: Box<Mail>) -> Result<Arc<Host>, Box<Mail>> {
        match self.known(room) {
            Some(host) => host.try_send(mail).map(|()| host),
            None => Err(mail),
        }
    }

    /// The host of a room, if it is open.
    pub(crate) fn known(&self, room: &RoomId) -> Option<Arc<Host>> {
        self.rooms.get(room).and_then(|cell| cell.get().cloned())
    }

    fn remove(&self, host: &Arc<Host>) {
        self.rooms.remove_if(&host.room, |_, cell| cell.get().is_some_and(|known| Arc::ptr_eq(known, host)));
    }

    /// All open hosts, by room id.
    pub(crate) fn hosts(&self) -> Vec<Arc<Host>> {
        let mut hosts: Vec<_> = self.rooms.iter().filter_map(|cell| cell.get().cloned()).collect();
        hosts.sort_by(|a, b| a.room.cmp(&b.room));
        hosts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lease, Limits, MemoryStore, RolePolicy, SystemEnvironment, node, peers::Peers};

    #[tokio::test]
    async fn the_last_of_those_who_open_a_room_in_vain_takes_its_cell_away_and_nobody_before() {
        let node = Node::new(node::Parts {
            store: Arc::new(MemoryStore::new()),
            policy: Arc::new(RolePolicy),
            limits: Limits::default(),
            environment: Arc::new(SystemEnvironment),
            lease: Lease { node: 0, incarnation: 1 },
            peers: Peers::new(Lease { node: 0, incarnation: 1 }, false).0,
            backplane: None,
            observations: Arc::default(),
        });
        let (registry, room) = (Registry::new(node), RoomId::parse("r").unwrap());
        let (one, other) = (registry.opening(&room), registry.opening(&room));
        drop(one);
        assert!(Arc::ptr_eq(&registry.opening(&room).cell, &other.cell), "who comes now waits with the other one");
        drop(other);
        assert!(registry.rooms.is_empty());
    }
}
