//! The end of a run: nothing fails any more, time passes, and all must be as it should be.

use chat_core::{Call, Cursor, Op, RoomId, Store, Window, limits};

use super::{
    link::{Kind, Pace},
    node::caller,
    oracle::What,
    stage::{Device, Stage},
};
use crate::{BusFaults, Faults};

/// Longer than anything that is still under way may take: the longest pause there is, and what follows it.
const CALM_MS: u64 = limits::LEASE_PAUSE_MS + 15_000;

impl Stage {
    /// Lets everything come to rest, and looks at what came of it.
    pub(super) async fn settle(&mut self) {
        self.calm().await;
        self.site.world.check(|oracle| oracle.check_converged());
        if !self.site.world.has_failed() {
            self.probe().await;
            self.come_back().await;
        }
        self.site.world.check(|oracle| oracle.check_converged());
        self.site.world.check(|oracle| oracle.check_orders());
        if self.site.world.has_failed() {
            return;
        }
        self.check_store().await;
        for device in 0..self.devices.len() {
            self.hang_up(device);
        }
        self.pass(CALM_MS).await;
        self.site.world.check(|oracle| oracle.check_guests());
    }

    async fn calm(&mut self) {
        self.site.world.note("all is well from now on");
        self.site.store.set_faults(Faults::default());
        self.site.world.oracle(|oracle| oracle.nodes_hear = !self.plan.silent_end);
        self.site.bus.set_faults(if self.plan.silent_end { BusFaults::outage() } else { BusFaults::default() });
        for node in 0..self.nodes.len() {
            self.restart(node);
        }
        for device in 0..self.devices.len() {
            self.shift(device, Pace::Fast);
        }
        self.pass(CALM_MS).await;
    }

    fn standing_rooms(&self) -> Vec<RoomId> {
        let rooms = self.rooms.iter();
        rooms
            .filter(|room| self.site.world.oracle(|o| o.rooms.get(*room).is_some_and(|past| !past.deleted)))
            .cloned()
            .collect()
    }

    /// On each node somebody new joins every room, sees who is there, and reads the log from its beginning.
    async fn probe(&mut self) {
        let who = caller("probe", true);
        for node in 0..self.nodes.len() {
            self.devices.push(Device { caller: Some(who.clone()), name: who.name.clone(), link: None });
            let device = self.devices.len() - 1;
            self.connect(device, node, Kind::Typed, true);
            for room in self.standing_rooms() {
                let order = self.order(device, &room, Op::Join, None);
                let call = Call::Join { room: room.clone(), username: None, guest_token: None, client_id: None };
                self.ask(device, call, What::Probe, Some(order));
            }
            self.pass(1_000).await;
            for room in self.standing_rooms() {
                let start = self.site.world.oracle(|oracle| {
                    oracle.rooms.get(&room).map(|past| super::heard::Place { epoch: past.epoch, seq: 0 })
                });
                let from = start.map(|at| Cursor { epoch: at.epoch, seq: at.seq });
                self.ask(device, Call::Subscribe { room: room.clone(), from }, What::Subscribe(start), None);
            }
        }
        self.pass(2_000).await;
    }

    /// Everybody comes back and resumes from where they stand.
    async fn come_back(&mut self) {
        for device in 0..self.devices.len() {
            if self.link(device).is_none() {
                let node = self.dice.below(self.nodes.len());
                self.connect(device, node, Kind::Direct, true);
                self.greet(device, true);
            }
        }
        self.pass(3_000).await;
    }

    /// The store holds what it has told the oracle, and nothing else.
    async fn check_store(&self) {
        for room in self.standing_rooms() {
            let (mut after, head) = self
                .site
                .world
                .oracle(|oracle| oracle.rooms.get(&room).map_or((0, 0), |past| (past.oldest - 1, past.head())));
            while after < head {
                let page = match self.site.store.entries(&room, Window::after(after, 200)).await {
                    Ok(page) if !page.items.is_empty() => page,
                    other => return self.site.world.fail(format!("{room} above {after}: {other:?}")),
                };
                for entry in page.items {
                    after += 1;
                    let known = self.site.world.oracle(|oracle| {
                        let draft = oracle.rooms.get(&room)?.entry(after)?;
                        Some(draft.draft_id)
                    });
                    if entry.seq != after || known != Some(entry.draft_id) {
                        return self.site.world.fail(format!("{room} #{after}: the store holds {entry:?}"));
                    }
                }
                if page.head != head {
                    return self.site.world.fail(format!("{room}: the store's head is {}, not {head}", page.head));
                }
            }
        }
    }
}
