//! The end of a run: nothing fails any more, time passes, and all must be as it should be.

use std::time::Duration;

use chat_core::{Call, CloseReason, Cursor, Name, Op, RoomId, Store, Window, limits};

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
            self.probe("probe").await;
            self.come_back().await;
            self.send_away().await;
            self.twins().await;
            self.bury().await;
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
    async fn probe(&mut self, who: &str) {
        let who = caller(who, true);
        for node in self.alive() {
            self.devices.push(Device { caller: Some(who.clone()), name: who.name.clone(), link: None });
            let device = self.devices.len() - 1;
            self.connect(device, node, Kind::Typed, true);
            for room in self.standing_rooms() {
                let order = self.order(device, &room, Op::Join, None);
                let call =
                    Call::Join { room: room.clone(), username: None, guest_token: None, invite: None, client_id: None };
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

    /// Somebody's sessions are ended on one node, and with them those on all nodes that hear of it; late and doubled, as
    /// messages may be. Who comes back meanwhile stays.
    async fn send_away(&mut self) {
        let who = caller("admin", true).user;
        if !self.plan.silent_end {
            let longest = Duration::from_millis(600);
            self.site.bus.set_faults(BusFaults { double: 300, delay: 500, longest, ..BusFaults::default() });
        }
        let before = self.site.world.oracle(|oracle| oracle.links_of(&who));
        if let Some(node) = &self.nodes[0] {
            self.site.world.note(format_args!("node 0 ends the sessions of {who}"));
            node.chat.end_sessions(&who, CloseReason::Revoked);
        }
        self.pass(1_000).await;
        self.site.world.check(|oracle| oracle.check_ended(&before));
        let theirs = (0..self.devices.len()).filter(|device| self.user(*device).as_ref() == Some(&who));
        for device in theirs.filter(|device| self.link(*device).is_none()).collect::<Vec<_>>() {
            let node = self.dice.below(self.nodes.len());
            self.connect(device, node, Kind::Direct, true);
        }
        let after = self.site.world.oracle(|oracle| oracle.links_of(&who));
        // Longer than an errand is told.
        self.pass(u64::from(limits::ERRAND_TELLS) * self.site.limits.alive_ms).await;
        self.site.world.check(|oracle| oracle.check_open(&after));
        self.site.bus.set_faults(if self.plan.silent_end { BusFaults::outage() } else { BusFaults::default() });
    }

    /// A guest is nobody else's namesake, on whichever node each of them comes in.
    async fn twins(&mut self) {
        let (nodes, room) = (self.alive(), self.rooms[0].clone());
        if nodes.len() < 2 || self.plan.silent_end || !self.standing_rooms().contains(&room) {
            return;
        }
        for node in [nodes[0], nodes[1]] {
            let name = Name::parse("Twin").expect("a guest's name is plain");
            self.devices.push(Device { caller: None, name, link: None });
            let device = self.devices.len() - 1;
            self.connect(device, node, Kind::Typed, false);
            self.join(device, &room);
            self.pass(200).await;
        }
        let guests = [self.devices.len() - 2, self.devices.len() - 1].map(|device| self.link(device));
        self.site.world.check(|oracle| oracle.check_twins(guests, &room));
    }

    /// A node dies for good: before long nobody is shown as present any more who was on it.
    async fn bury(&mut self) {
        let Some(node) = self.alive().pop().filter(|node| *node > 0) else { return };
        self.crash(node);
        let limits = &self.site.limits;
        self.pass(limits.silence_ms + limits.alive_ms + limits.grace_ms + 500).await;
        self.probe("mourner").await;
        self.restart(node);
        self.pass(CALM_MS).await;
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
