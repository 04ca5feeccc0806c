//! The course of a run: what happens next, and next, until all is over.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chat_core::{
    Call, Environment as _, HistoryVisibility, Name, NewRoom, RoomId, RoomKind, SeededEnvironment, Window,
};

use super::{
    Config,
    link::{Kind, Pace},
    node::{Site, caller},
    oracle::{Oracle, What},
    plan::Plan,
    stage::{Device, Stage},
    store::Shelf,
    world::World,
};
use crate::{Bus, BusFaults, Faults, FaultyStore, dice::Dice};

/// Stalls of the store last at most so long, and reach beyond a command's deadline.
const STALL_MS: u32 = 2_500;
/// What is older than this may be removed by retention: every node has read it.
const RETAINED_MS: u64 = 15_000;

impl Stage {
    /// Sets up nodes, users, devices and rooms.
    pub(super) async fn set(seed: u64, config: &Config) -> Self {
        let source = SeededEnvironment::new(seed, chat_core::Timestamp(0));
        let fork = || Dice::new(source.random() as u64);
        let seeded = || Arc::new(SeededEnvironment::new(source.random() as u64, chat_core::Timestamp(0)));
        let plan = Plan::draw(&fork(), config);
        let mut users: Vec<_> = (0..plan.users).map(|n| caller(&format!("u{n}"), false)).collect();
        users.push(caller("admin", true));
        let users: std::collections::BTreeMap<_, _> = users.into_iter().map(|who| (who.user.clone(), who)).collect();
        let admins: BTreeSet<_> =
            [caller("admin", true).user, caller("probe", true).user, caller("mourner", true).user].into();
        let grace = plan.limits.grace_ms;
        let world = World::new(Oracle::new(grace, grace + 3 * u64::from(STALL_MS), admins), config.live);
        world.note(format_args!("{plan:?}"));
        let site = Site {
            store: Arc::new(FaultyStore::new(Arc::new(Shelf::new(world.clone())), seeded())),
            bus: Bus::new(seeded()),
            limits: plan.limits.clone(),
            users,
            dice: fork(),
            world,
        };
        let mut stage = Self::new(site, plan, fork());
        stage.furnish().await;
        stage
    }

    async fn furnish(&mut self) {
        let users: Vec<_> = self.site.users.values().cloned().collect();
        for who in &users {
            for _ in 0..1 + self.dice.below(2) {
                self.devices.push(Device { caller: Some(who.clone()), name: who.name.clone(), link: None });
            }
        }
        for guest in 0..self.plan.guests {
            let name = Name::parse(format!("Guest {}", guest % 4)).expect("a guest's name is plain");
            self.devices.push(Device { caller: None, name, link: None });
        }
        let kinds = [
            (RoomKind::Public, HistoryVisibility::Everything),
            (RoomKind::Public, HistoryVisibility::SinceJoin),
            (RoomKind::Private, HistoryVisibility::Everything),
            (RoomKind::Announcement, HistoryVisibility::Everything),
        ];
        for (n, (kind, history)) in kinds.into_iter().enumerate().take(self.plan.rooms) {
            let room = RoomId::parse(format!("r{n}")).expect("a room's id is plain");
            let new = NewRoom { room: Some(room.clone()), name: users[0].name.clone(), kind, history, slow_mode_ms: 0 };
            let creator = if kind == RoomKind::Announcement { &users[0] } else { &users[1 + n % (users.len() - 1)] };
            if let Some(node) = &self.nodes[0]
                && let Err(refusal) = node.chat.create_room(creator, new).await
            {
                self.site.world.fail(format!("{room} could not be made: {refusal}"));
            }
            self.rooms.push(room);
        }
    }

    /// Does so many things, one after another.
    pub(super) async fn play(&mut self) {
        for _ in 0..self.plan.steps {
            if self.site.world.has_failed() {
                return;
            }
            self.step().await;
            let ms = match self.dice.below(20) {
                0..12 => self.dice.below(20),
                12..19 => self.dice.below(200),
                _ => self.dice.below(2_500),
            };
            self.pass(ms as u64).await;
        }
    }

    async fn step(&mut self) {
        let device = self.dice.below(self.devices.len());
        match self.dice.below(1_000) {
            0..60 => self.change_trouble(),
            60..80 => self.change_weather(),
            80..90 => self.jump(self.dice.below(200_000) as i64 - 100_000),
            90..125 => self.strike().await,
            125..175 => self.leave(device),
            175..215 => self.shift(device, [Pace::Fast, Pace::Slow, Pace::Never][self.dice.below(3)]),
            215..280 => self.retry(),
            280..330 => self.burst(device),
            330..336 => self.mob(),
            336..342 => self.hog(device),
            342..350 => self.retain(),
            350..360 => self.babble(device),
            360..362 => self.demolish().await,
            _ => self.carry_on(device),
        }
    }

    /// A device connects, or does something on its connection.
    fn carry_on(&mut self, device: usize) {
        if self.link(device).is_some() {
            return self.act(device);
        }
        let alive = self.alive();
        let Some(node) = self.dice.pick(&alive).copied() else { return };
        let kind = [Kind::Typed, Kind::Direct, Kind::Direct, Kind::Fed][self.dice.below(4)];
        let known = self.dice.chance(700);
        if self.connect(device, node, kind, known).is_some() {
            self.greet(device, known);
        }
    }

    fn leave(&mut self, device: usize) {
        if self.link(device).is_none() {
            return;
        }
        if self.dice.chance(500) { self.hang_up(device) } else { self.vanish(device) }
    }

    /// Many things at once, without waiting for answers.
    fn burst(&mut self, device: usize) {
        for _ in 0..2 + self.dice.below(12) {
            if self.link(device).is_some() {
                self.act(device);
            }
        }
    }

    /// Somebody asks again for what they had no answer to, or for what they had: on any device of theirs.
    fn retry(&mut self) {
        let orders: Vec<usize> = self.site.world.oracle(|oracle| {
            let named = oracle.orders.iter().enumerate().filter(|(_, order)| order.client_id.is_some());
            let all: Vec<_> = named.filter(|(_, order)| order.tries > 0).map(|(at, _)| at).collect();
            all.into_iter().rev().take(40).collect()
        });
        let Some(order) = self.dice.pick(&orders).copied() else { return };
        let owner = self.site.world.oracle(|oracle| oracle.orders[order].device);
        let user = self.user(owner);
        let theirs: Vec<usize> = (0..self.devices.len())
            .filter(|device| *device == owner || (user.is_some() && self.user(*device) == user))
            .filter(|device| self.link(*device).is_some())
            .collect();
        if let Some(device) = self.dice.pick(&theirs).copied() {
            self.give(device, order);
        }
    }

    /// Many guests come in at one time.
    fn mob(&mut self) {
        let alive = self.alive();
        let Some(node) = self.dice.pick(&alive).copied() else { return };
        let room = self.rooms[0].clone();
        for n in 0..14 {
            let name = Name::parse(format!("Mob {n} {}", self.devices.len())).expect("a guest's name is plain");
            self.devices.push(Device { caller: None, name, link: None });
            let device = self.devices.len() - 1;
            let kind = [Kind::Typed, Kind::Direct][self.dice.below(2)];
            if self.connect(device, node, kind, false).is_some() {
                self.join(device, &room);
            }
        }
    }

    /// A device asks for much and reads nothing of it.
    fn hog(&mut self, device: usize) {
        if self.link(device).is_none() {
            return;
        }
        self.shift(device, Pace::Never);
        let room = self.room();
        for _ in 0..40 {
            let window = Window::last(None, 200);
            self.ask(device, Call::History { room: room.clone(), window }, What::Question, None);
        }
    }

    /// A node dies, drains or comes back.
    async fn strike(&mut self) {
        let node = self.dice.below(self.nodes.len());
        if self.nodes[node].is_none() {
            return self.restart(node);
        }
        if !self.plan.crashes {
            return;
        }
        if self.dice.chance(750) {
            self.crash(node);
        } else {
            self.drain(node).await;
        }
        if self.dice.chance(300) {
            self.restart(node);
        }
    }

    fn change_trouble(&mut self) {
        let longest = Duration::from_millis(u64::from([3, 40, STALL_MS][self.dice.below(3)]));
        let bad = [0, 0, 30, 150, 500];
        let one = || if self.plan.troubled { bad[self.dice.below(bad.len())] } else { 0 };
        let delay = if longest.as_millis() > 100 { one() / 5 } else { 500 };
        let faults = Faults {
            refuse: one(),
            lose_answer: one(),
            lose_call: one(),
            land_late: one(),
            cut: one(),
            delay,
            delay_answer: delay,
            longest,
        };
        self.site.world.note(format_args!("{faults:?}"));
        self.site.store.set_faults(faults);
    }

    fn change_weather(&mut self) {
        if self.plan.lossy {
            let lose = [0, 300, 1_000][self.dice.below(3)];
            let longest = Duration::from_millis([3, 20, 600][self.dice.below(3)]);
            let faults = BusFaults { lose, double: 200, delay: 500, longest };
            self.site.world.note(format_args!("{faults:?}"));
            self.site.bus.set_faults(faults);
        }
    }

    /// Retention removes what is old.
    fn retain(&mut self) {
        let room = self.room();
        self.site.world.with(|state| {
            if let Some(oldest) = state.oracle.retain(&room, RETAINED_MS) {
                state.note(format_args!("what is below {oldest} is removed from {room}"));
            }
        });
    }

    /// A room is deleted, if it is one of several.
    async fn demolish(&mut self) {
        if self.rooms.len() < 2 || self.plan.rooms != self.rooms.len() {
            return;
        }
        let alive = self.alive();
        let (Some(node), Some(room)) = (self.dice.pick(&alive).copied(), self.rooms.pop()) else { return };
        let deleted = match &self.nodes[node] {
            Some(node) => node.chat.delete_room(&caller("admin", true), &room).await,
            None => Ok(()),
        };
        self.site.world.note(format_args!("{room} deleted: {deleted:?}"));
        if !self.site.world.oracle(|oracle| oracle.rooms.get(&room).is_some_and(|past| past.deleted)) {
            self.rooms.push(room);
        }
    }
}
