//! The stage of a run: nodes, devices and the wires between them, and everything one can do to them.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use bytes::Bytes;
use chat_core::{Call, Caller, ClientId, Command, Name, Op, Request, RequestId, RoomId};
use tokio::sync::mpsc;

use super::{
    link::{self, Kind, Pace, Running, Wired},
    node::{Node, Site},
    oracle::{Order, What},
    pipe::Pipe,
    plan::Plan,
};
use crate::dice::Dice;

/// Everything there is.
pub(super) struct Stage {
    pub(super) site: Site,
    pub(super) plan: Plan,
    pub(super) dice: Dice,
    pub(super) nodes: Vec<Option<Node>>,
    pub(super) devices: Vec<Device>,
    pub(super) rooms: Vec<RoomId>,
    /// What runs each connection, by its number.
    running: Vec<Running>,
    /// By how much the clocks on the wall are wrong.
    wall_off_ms: i64,
}

/// A program in somebody's hands: it connects, and comes back.
pub(super) struct Device {
    /// Who it says it is; a guest has nothing but a name.
    pub(super) caller: Option<Caller>,
    pub(super) name: Name,
    /// Its connection, if it has one it still listens to.
    pub(super) link: Option<usize>,
}

impl Stage {
    pub(super) fn new(site: Site, plan: Plan, dice: Dice) -> Self {
        let nodes = (0..plan.nodes).map(|node| Some(Node::start(&site, node))).collect();
        let (devices, rooms, running) = (Vec::new(), Vec::new(), Vec::new());
        Self { site, plan, dice, nodes, devices, rooms, running, wall_off_ms: 0 }
    }

    /// Lets virtual time pass, and the clocks on the wall with it.
    pub(super) async fn pass(&mut self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        let now = self.site.world.with(|state| state.now) as i64;
        let wall = chat_core::Timestamp(super::node::EPOCH_MS + now + self.wall_off_ms);
        self.nodes.iter().flatten().for_each(|node| node.set_wall(wall));
    }

    pub(super) fn jump(&mut self, ms: i64) {
        self.wall_off_ms = ms;
        self.site.world.note(format_args!("the clocks are wrong by {ms} ms"));
    }

    /// The device's connection, if it is open.
    pub(super) fn link(&self, device: usize) -> Option<usize> {
        let link = self.devices[device].link?;
        self.site.world.oracle(|oracle| oracle.links[link].open).then_some(link)
    }

    /// Whether a device's connection does not know yet who it is.
    pub(super) fn is_nobody(&self, device: usize) -> bool {
        self.link(device).is_some_and(|link| self.site.world.oracle(|oracle| oracle.links[link].user.is_none()))
    }

    pub(super) fn alive(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| self.nodes[*node].is_some()).collect()
    }

    /// Connects a device to a node.
    pub(super) fn connect(&mut self, device: usize, node: usize, kind: Kind, known: bool) -> Option<usize> {
        let world = self.site.world.clone();
        let Some(host) = &self.nodes[node] else { return None };
        let caller = self.devices[device].caller.clone().filter(|_| known);
        let user = caller.as_ref().map(|caller| caller.user.clone());
        let wire = &host.wires[device % 2];
        let (pipe, (requests, inbox)) = (Pipe::new(self.plan.capacity, self.dice.clone()), mpsc::unbounded_channel());
        let taken = Arc::new(AtomicU64::new(0));
        let wired = match kind {
            Kind::Typed => Wired::Typed { requests, taken: taken.clone() },
            _ => Wired::Pipe(pipe.clone()),
        };
        let number = world.oracle(|oracle| oracle.connect(node, device, user, wired));
        world.note(format_args!("c{number:<3} device {device} to node {node}, {kind:?}, known {known}"));
        let running = match kind {
            Kind::Typed => link::typed(&world, number, host.chat.connect(wire, caller), inbox, taken),
            _ => link::piped(&world, number, &host.chat, (wire, caller), &pipe, kind == Kind::Direct),
        };
        self.running.push(running);
        self.devices[device].link = Some(number);
        Some(number)
    }

    /// A device hangs up.
    pub(super) fn hang_up(&mut self, device: usize) {
        let Some(link) = self.devices[device].link.take() else { return };
        self.site.world.note(format_args!("c{link:<3} hangs up"));
        self.cut(link);
        if let Wired::Pipe(pipe) = self.wired(link) {
            pipe.hang_up();
            self.site.world.oracle(|oracle| oracle.hung_up(link));
        }
    }

    /// A device is gone without a word; its server notices after a while.
    pub(super) fn vanish(&mut self, device: usize) {
        let Some(link) = self.devices[device].link.take() else { return };
        self.site.world.note(format_args!("c{link:<3} vanishes"));
        self.cut(link);
        if let Wired::Pipe(pipe) = self.wired(link) {
            let after = Duration::from_millis(self.dice.below(3_000) as u64);
            let world = self.site.world.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                pipe.hang_up();
                world.oracle(|oracle| oracle.hung_up(link));
            });
        }
    }

    /// The client's side ends. A typed connection ends with it, a pipe's when its server notices.
    fn cut(&mut self, link: usize) {
        self.running[link].client.abort();
        let typed = matches!(self.wired(link), Wired::Typed { .. });
        self.site.world.oracle(|oracle| {
            oracle.links[link].open = false;
            if typed {
                oracle.detach(link);
            }
        });
    }

    fn wired(&self, link: usize) -> Wired {
        self.site.world.oracle(|oracle| oracle.links[link].wired.clone())
    }

    /// A node dies, and with it all its connections.
    pub(super) fn crash(&mut self, node: usize) {
        let Some(host) = self.nodes[node].take() else { return };
        self.site.world.note(format_args!("node {node} dies"));
        self.site.world.oracle(|oracle| oracle.report.crashes += 1);
        host.die();
        self.let_go(node);
    }

    /// A node goes away in good order.
    pub(super) async fn drain(&mut self, node: usize) {
        let Some(host) = self.nodes[node].take() else { return };
        self.site.world.note(format_args!("node {node} drains"));
        self.site.world.oracle(|oracle| oracle.report.drains += 1);
        let cut_off = host.drain(Duration::from_millis(1_500)).await;
        self.site.world.note(format_args!("node {node} has drained; {cut_off} connections were cut off"));
        self.let_go(node);
    }

    fn let_go(&mut self, node: usize) {
        let running = &self.running;
        self.site.world.oracle(|oracle| {
            let there = (0..oracle.links.len()).filter(|link| oracle.links[*link].node == node).collect::<Vec<_>>();
            for link in there {
                if oracle.links[link].open || oracle.links[link].attached {
                    running[link].client.abort();
                    running[link].server.iter().for_each(|server| server.abort());
                    oracle.links[link].open = false;
                    oracle.detach(link);
                }
            }
        });
    }

    pub(super) fn restart(&mut self, node: usize) {
        if self.nodes[node].is_none() {
            self.site.world.note(format_args!("node {node} starts"));
            self.nodes[node] = Some(Node::start(&self.site, node));
        }
    }

    pub(super) fn shift(&mut self, device: usize, pace: Pace) {
        let Some(link) = self.link(device) else { return };
        self.site.world.note(format_args!("c{link:<3} reads {pace:?}"));
        self.running[link].gear.shift(pace);
        self.site.world.oracle(|oracle| {
            let now = oracle.now;
            let link = &mut oracle.links[link];
            link.reading_since = (pace == Pace::Fast).then(|| link.reading_since.unwrap_or(now));
        });
    }

    /// A device asks something on its connection. Returns the number its answer will name.
    pub(super) fn ask(&mut self, device: usize, call: Call, what: What, order: Option<usize>) -> Option<u64> {
        let link = self.link(device)?;
        let number = self.site.world.oracle(|oracle| oracle.ask(link, what, order));
        self.site.world.note(format_args!("c{link:<3} > {number} {}", brief(&call)));
        let request = Request { re: Some(RequestId(number.to_string().into())), call };
        match self.wired(link) {
            Wired::Typed { requests, .. } => drop(requests.send(request)),
            Wired::Pipe(pipe) => {
                self.site.world.with(|state| state.requests.insert(number, request));
                pipe.say(Bytes::from(number.to_string()));
            }
        }
        Some(number)
    }

    /// A device sends what is no request.
    pub(super) fn babble(&mut self, device: usize) {
        let Some(link) = self.link(device) else { return };
        if let Wired::Pipe(pipe) = self.wired(link) {
            pipe.say(Bytes::from_static(b"\xFF{"));
        }
    }

    /// A new order of a device, not yet asked for.
    pub(super) fn order(&mut self, device: usize, room: &RoomId, op: Op, client_id: Option<ClientId>) -> usize {
        let user = self.user(device);
        self.site.world.oracle(|oracle| {
            let order = Order { device, user, room: room.clone(), op, client_id, tries: 0, refusals: 0, acked: None };
            oracle.orders.push(order);
            oracle.orders.len() - 1
        })
    }

    /// Asks for an order on a device's connection.
    pub(super) fn give(&mut self, device: usize, order: usize) -> Option<u64> {
        let (room, op, client_id) = self.site.world.oracle(|oracle| {
            let order = &oracle.orders[order];
            (order.room.clone(), order.op.clone(), order.client_id.clone())
        });
        if op == Op::Join {
            let (username, guest_token) = self.introduction(device);
            let call = Call::Join { room, username, guest_token, invite: None, client_id };
            return self.ask(device, call, What::Join, Some(order));
        }
        let call = Call::Command { room, command: Command { client_id, op }, username: None };
        self.ask(device, call, What::Command, Some(order))
    }

    /// What a guest says of itself when it joins; others are known.
    fn introduction(&self, device: usize) -> (Option<Name>, Option<chat_core::Text>) {
        let known = self.devices[device].caller.is_some();
        let token = self.site.world.oracle(|oracle| oracle.tokens.get(&device).map(|token| token.as_str().into()));
        ((!known).then(|| self.devices[device].name.clone()), token.filter(|_| !known))
    }

    /// Who a device belongs to, as far as that is known.
    pub(super) fn user(&self, device: usize) -> Option<chat_core::UserId> {
        let caller = self.devices[device].caller.as_ref().map(|caller| caller.user.clone());
        caller.or_else(|| {
            let orders = |oracle: &mut super::oracle::Oracle| oracle.guest_of(device);
            self.site.world.oracle(orders)
        })
    }
}

/// A request, short enough to be read.
fn brief(call: &Call) -> String {
    let text = format!("{call:?}");
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
