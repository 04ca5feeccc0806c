//! What people do: one device, one thing at a time.

use chat_core::{
    Call, ClientId, Cursor, Name, Op, Post, Resume, Role, RoomChange, RoomId, Seq, Text, Timestamp, UserId, Window,
};

use super::{heard::Place, node, oracle::What, stage::Stage};

/// What a device may do, and how often each is done.
const DEEDS: [(usize, Deed); 24] = [
    (40, Deed::Send),
    (5, Deed::Edit),
    (4, Deed::Delete),
    (5, Deed::React),
    (3, Deed::Unreact),
    (2, Deed::Pin),
    (1, Deed::Unpin),
    (4, Deed::Kick),
    (2, Deed::Ban),
    (3, Deed::Unban),
    (2, Deed::Mute),
    (3, Deed::SetRole),
    (3, Deed::Invite),
    (1, Deed::Change),
    (3, Deed::Leave),
    (10, Deed::Join),
    (8, Deed::Subscribe),
    (4, Deed::Unsubscribe),
    (3, Deed::Typing),
    (3, Deed::Read),
    (2, Deed::Presence),
    (3, Deed::History),
    (2, Deed::Members),
    (1, Deed::Ping),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Send,
    Edit,
    Delete,
    React,
    Unreact,
    Pin,
    Unpin,
    Kick,
    Ban,
    Unban,
    Mute,
    SetRole,
    Invite,
    Change,
    Leave,
    Join,
    Subscribe,
    Unsubscribe,
    Typing,
    Read,
    Presence,
    History,
    Members,
    Ping,
}

impl Stage {
    /// A device says who it is and takes up what it had, or comes in as if it were new.
    pub(super) fn greet(&mut self, device: usize, known: bool) {
        let caller = self.devices[device].caller.clone();
        let token = match &caller {
            Some(caller) => (!known).then(|| Text::from(node::token(&caller.user))),
            None => self.site.world.oracle(|oracle| oracle.tokens.get(&device).map(|token| token.as_str().into())),
        };
        let room = self.room();
        if caller.is_none() && token.is_none() {
            return self.join(device, &room);
        }
        let cursors = self.site.world.oracle(|oracle| oracle.cursors_of(device));
        let resumed: Vec<_> = cursors.into_iter().map(|(room, at)| (room, self.maybe_wrong(at))).collect();
        let resume = resumed.iter().map(|(room, at)| Resume { room: room.clone(), cursor: cursor(*at) }).collect();
        self.ask(device, Call::Hello { token, protocol: 1, resume }, What::Hello(resumed.clone()), None);
        if resumed.is_empty() || self.dice.chance(100) {
            self.join(device, &room);
        }
    }

    /// Now and then a client has a cursor nobody gave it.
    fn maybe_wrong(&self, at: Place) -> Place {
        match self.dice.below(60) {
            0 => Place { seq: at.seq + 1_000, ..at },
            1 => Place { epoch: chat_core::Epoch::from_random(self.dice.random() as u64), ..at },
            2 => Place { seq: self.dice.below(at.seq as usize + 1) as Seq, ..at },
            _ => at,
        }
    }

    pub(super) fn room(&self) -> RoomId {
        // The first room is the liveliest.
        let at = self.dice.below(self.rooms.len()).min(self.dice.below(self.rooms.len()));
        self.rooms[at].clone()
    }

    pub(super) fn join(&mut self, device: usize, room: &RoomId) {
        let client_id = self.client_id(device);
        let order = self.order(device, room, Op::Join, client_id);
        self.give(device, order);
    }

    /// A name for a command: mostly a new one, sometimes none, now and then one that was used.
    fn client_id(&mut self, device: usize) -> Option<ClientId> {
        if self.dice.chance(300) {
            return None;
        }
        let used = self.site.world.oracle(|oracle| {
            let theirs = oracle.orders.iter().filter(|order| order.device == device);
            theirs.filter_map(|order| order.client_id.clone()).collect::<Vec<_>>()
        });
        match self.dice.pick(&used).filter(|_| self.dice.chance(30)) {
            Some(used) => Some(used.clone()),
            None => {
                let number = self.site.world.oracle(|oracle| oracle.orders.len());
                ClientId::parse(format!("d{device}-{number}")).ok()
            }
        }
    }

    /// A device does something.
    pub(super) fn act(&mut self, device: usize) {
        let room = self.room();
        if self.is_nobody(device) {
            // Who does not know who it is can only come in.
            return self.join(device, &room);
        }
        let all: usize = DEEDS.iter().map(|(weight, _)| weight).sum();
        let mut left = self.dice.below(all);
        let chosen = DEEDS.iter().find(|(weight, _)| {
            let found = left < *weight;
            left = left.saturating_sub(*weight);
            found
        });
        let Some((_, deed)) = chosen else { return };
        if self.ask_otherwise(device, &room, *deed) {
            return;
        }
        if let Some(op) = self.op(&room, *deed) {
            let client_id = self.client_id(device);
            let order = self.order(device, &room, op, client_id);
            self.give(device, order);
        }
    }

    /// Deeds that are no commands. `false` for one that is.
    fn ask_otherwise(&mut self, device: usize, room: &RoomId, deed: Deed) -> bool {
        let r = room.clone();
        let seq = self.any_seq(room);
        let (call, what) = match deed {
            Deed::Subscribe => {
                let at = self.site.world.oracle(|oracle| oracle.cursors.get(&(device, r.clone())).copied());
                let from = at.filter(|_| self.dice.chance(700)).map(|at| self.maybe_wrong(at));
                (Call::Subscribe { room: r, from: from.map(cursor) }, What::Subscribe(from))
            }
            Deed::Unsubscribe => (Call::Unsubscribe { room: r.clone() }, What::Unsubscribe(r)),
            Deed::Typing => (Call::Typing { room: r.clone() }, What::Typing(r)),
            Deed::Read => (Call::Read { room: r, seq }, What::Question),
            Deed::Presence => (Call::Presence { away: self.dice.chance(500) }, What::Question),
            Deed::History => {
                let after = self.dice.chance(400).then_some(seq);
                let window = Window { after, before: None, limit: 1 + self.dice.below(40) };
                (Call::History { room: r, window }, What::Question)
            }
            Deed::Members => (Call::Members { room: r, after: None, limit: 50 }, What::Question),
            Deed::Ping => (Call::Ping, What::Question),
            _ => return false,
        };
        self.ask(device, call, what, None);
        true
    }

    fn op(&mut self, room: &RoomId, deed: Deed) -> Option<Op> {
        let target = self.any_message(room);
        let emoji = Text::from(["👍", "🐙", "ok"][self.dice.below(3)]);
        let user = || self.somebody();
        Some(match deed {
            Deed::Send => {
                let reply_to = self.dice.chance(100).then_some(target);
                Op::Send(Post { reply_to, ..Post::text(self.text()) })
            }
            Deed::Edit => Op::Edit { target, text: self.text().into(), mentions: Vec::new(), mentions_room: false },
            Deed::Delete => Op::Delete { target },
            Deed::React => Op::React { target, emoji },
            Deed::Unreact => Op::Unreact { target, emoji },
            Deed::Pin => Op::Pin { target },
            Deed::Unpin => Op::Unpin { target },
            Deed::Kick => Op::Kick { user: user()?, reason: None },
            Deed::Ban => Op::Ban { user: user()?, reason: Some("because".into()) },
            Deed::Unban => Op::Unban { user: self.banned(room).or_else(|| self.somebody())? },
            Deed::Mute => {
                let until = self.dice.chance(700).then(|| Timestamp(node::EPOCH_MS + self.dice.below(60_000) as i64));
                Op::Mute { user: user()?, until }
            }
            Deed::SetRole => {
                let roles = [Role::Member, Role::Moderator, Role::Moderator, Role::Owner];
                Op::SetRole { user: user()?, role: roles[self.dice.below(4)] }
            }
            Deed::Invite => Op::Invite { user: user()? },
            Deed::Change => Op::Change(match self.dice.below(4) {
                0 => RoomChange::topic(["", "Rust", "Tea"][self.dice.below(3)]),
                // Mostly it is taken out of the archive, so that there is something to do there.
                1 => RoomChange::archived(self.dice.chance(200)),
                _ => RoomChange::name(Name::parse(format!("Room {}", self.dice.below(3))).ok()?),
            }),
            Deed::Leave => Op::Leave,
            Deed::Join => Op::Join,
            _ => return None,
        })
    }

    /// A text no other message has, mostly short.
    pub(super) fn text(&self) -> String {
        let number = self.site.world.oracle(|oracle| oracle.orders.len());
        let most = match (self.plan.large, self.dice.below(100)) {
            (true, 0..30) => 15_000,
            (_, 0..10) => 2_000,
            _ => 30,
        };
        // Control characters grow sixfold in JSON.
        let filler = if self.plan.large && self.dice.chance(200) { "\u{1}" } else { "." };
        format!("m{number}{}", filler.repeat(self.dice.below(most)))
    }

    fn any_seq(&self, room: &RoomId) -> Seq {
        let head = self.site.world.oracle(|oracle| oracle.rooms.get(room).map_or(0, |past| past.head()));
        self.dice.below(head as usize + 2) as Seq
    }

    /// A message of late, mostly.
    fn any_message(&self, room: &RoomId) -> Seq {
        let messages: Vec<Seq> = self.site.world.oracle(|oracle| {
            let past = oracle.rooms.get(room);
            past.map(|past| past.model().messages().rev().take(8).collect()).unwrap_or_default()
        });
        match self.dice.pick(&messages) {
            Some(message) if self.dice.chance(950) => *message,
            _ => self.any_seq(room),
        }
    }

    fn banned(&self, room: &RoomId) -> Option<UserId> {
        let banned =
            |user: &UserId| self.site.world.oracle(|o| o.rooms.get(room).is_some_and(|p| p.model().is_banned(user)));
        self.site.users.keys().find(|user| banned(user)).cloned()
    }

    /// A user, a guest now and then.
    fn somebody(&self) -> Option<UserId> {
        let users: Vec<UserId> = match self.dice.chance(250) {
            true => (0..self.devices.len()).filter_map(|device| self.user(device)).collect(),
            false => self.site.users.keys().cloned().collect(),
        };
        self.dice.pick(&users).cloned()
    }
}

fn cursor(at: Place) -> Cursor {
    Cursor { epoch: at.epoch, seq: at.seq }
}
