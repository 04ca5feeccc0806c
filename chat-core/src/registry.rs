//! The registry: which rooms are open on this node.

use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::OnceCell;

use crate::{
    Refusal, RoomId,
    engine::Engine,
    host::{Host, Mail},
};

/// Sharded; no shard is locked across an await. A room that is being opened is a cell others wait for.
#[derive(Default)]
pub(crate) struct Registry {
    rooms: DashMap<RoomId, Arc<Cell>>,
}

type Cell = OnceCell<Arc<Host>>;

/// Somebody who opens a room, or waits for those who do. The last of them, whether refused or gone, takes an empty cell
/// away; nobody before, for a host that is opened in a cell nobody finds would be one of two.
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
            // An empty cell is shared and let go under its shard's lock only, which is held here: the count is exact.
            drop(mine);
            is_mine && !cell.initialized() && Arc::strong_count(cell) == 1
        });
    }
}

impl Registry {
    /// The host of a room, opened if it was not.
    pub(crate) async fn open(&self, engine: &Arc<Engine>, room: &RoomId) -> Result<Arc<Host>, Refusal> {
        if engine.is_draining() {
            return Err(Refusal::new(crate::Code::ShuttingDown, "the server is going away; nothing was done"));
        }
        let opening = self.opening(room);
        opening.cell.get_or_try_init(|| Host::open(engine, room)).await.cloned()
    }

    fn opening<'a>(&'a self, room: &'a RoomId) -> Opening<'a> {
        let known = self.rooms.get(room).map(|cell| cell.clone());
        let cell = known.unwrap_or_else(|| self.rooms.entry(room.clone()).or_default().clone());
        Opening { registry: self, room, cell }
    }

    /// Sends mail to a room's host, to the next one if it is just closing. Without one, who asked is refused.
    pub(crate) async fn post(&self, engine: &Arc<Engine>, room: &RoomId, mail: Mail) -> Result<Arc<Host>, Refusal> {
        let mut mail = Box::new(mail);
        loop {
            let host = match self.open(engine, room).await {
                Ok(host) => host,
                Err(refusal) => {
                    mail.refuse(&refusal);
                    return Err(refusal);
                }
            };
            match host.send(mail).await {
                Ok(()) => return Ok(host),
                Err(returned) => {
                    mail = returned;
                    self.remove(&host);
                }
            }
        }
    }

    /// The host of a room, if it is open.
    pub(crate) fn known(&self, room: &RoomId) -> Option<Arc<Host>> {
        self.rooms.get(room).and_then(|cell| cell.get().cloned())
    }

    pub(crate) fn remove(&self, host: &Arc<Host>) {
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

    #[test]
    fn the_last_of_those_who_open_a_room_in_vain_takes_its_cell_away_and_nobody_before() {
        let (registry, room) = (Registry::default(), RoomId::parse("r").unwrap());
        let (one, other) = (registry.opening(&room), registry.opening(&room));
        drop(one);
        assert!(Arc::ptr_eq(&registry.opening(&room).cell, &other.cell), "who comes now waits with the other one");
        drop(other);
        assert!(registry.rooms.is_empty());
    }
}
