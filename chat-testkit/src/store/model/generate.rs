//! What is done at random: operations that make sense in a room as the model knows it.

use chat_core::{
    Body, Claim, Digest, Draft, Entry, Epoch, InviteKey, Lease, Leaving, MemberFact, Message, Name, Post, Role,
    RoomChange, RoomId, RoomKind, Seq, Timestamp, UserId, Window,
};
use uuid::Uuid;

use super::{
    super::fixture::{TEXTS, client, key, room_id, user},
    around,
    room::Room,
};
use crate::dice::Dice;

const USERS: [&str; 6] = ["ann", "Ann", "ann-", "bob", "cat", "a-n"];
const ROOMS: [&str; 4] = ["room", "Room", "room.", "room-2"];

pub(super) struct Generator {
    pub(super) dice: Dice,
    /// Whether entries of unknown kinds are among what is done.
    unknown: bool,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), unknown: true }
    }

    pub(super) fn of_known_kinds(seed: u64) -> Self {
        Self { unknown: false, ..Self::new(seed) }
    }

    pub(super) fn users() -> Vec<UserId> {
        USERS.iter().filter_map(|name| UserId::parse(name).ok()).collect()
    }

    pub(super) fn rooms() -> Vec<RoomId> {
        ROOMS.iter().map(|name| room_id(name)).collect()
    }

    pub(super) fn user(&self) -> UserId {
        self.dice.pick(&Self::users()).cloned().unwrap_or_else(|| user("ann"))
    }

    pub(super) fn room(&self) -> RoomId {
        self.dice.pick(&Self::rooms()).cloned().unwrap_or_else(|| room_id("room"))
    }

    pub(super) fn room_kind(&self) -> RoomKind {
        if self.dice.chance(700) { RoomKind::Public } else { RoomKind::Private }
    }

    fn text(&self) -> &'static str {
        self.dice.pick(TEXTS).copied().unwrap_or("text")
    }

    pub(super) fn name(&self) -> Name {
        Name::stored(self.text()).or_else(|_| Name::parse("a name")).expect("a name")
    }

    pub(super) fn lease(&self) -> Lease {
        Lease { node: self.dice.below(2) as u32, incarnation: self.dice.below(3) as u64 }
    }

    /// A seq, of an entry or of none.
    pub(super) fn seq(&self, room: &Room) -> Seq {
        if self.dice.chance(20) { u64::MAX } else { around(room.head(), self.dice.below(usize::MAX)) }
    }

    pub(super) fn window(&self, room: &Room) -> Window {
        let bound = || self.dice.chance(600).then(|| self.seq(room));
        let (after, before) = (bound(), bound());
        Window { after, before, limit: self.dice.below(8) * self.dice.below(8) }
    }

    /// Where to append: mostly at the head.
    pub(super) fn place(&self, room: &Room) -> (Epoch, Seq) {
        let epoch = if self.dice.chance(20) { Epoch::from_random(u64::MAX) } else { room.epoch };
        (epoch, if self.dice.chance(60) { self.seq(room) } else { room.head() })
    }

    /// Some drafts, each of which makes sense after those before it.
    pub(super) fn drafts(&self, room: &Room) -> Vec<Draft> {
        let mut then = room.clone();
        let mut drafts: Vec<Draft> = Vec::new();
        for _ in 0..self.dice.below(6) {
            let draft = self.draft(&then);
            then.push(&draft);
            drafts.push(draft);
        }
        drafts
    }

    fn draft(&self, room: &Room) -> Draft {
        let (sender, body) = self.body(room);
        let claim = self.dice.chance(500).then(|| Claim {
            client_id: client(if self.dice.chance(100) { "again" } else { self.text() }),
            digest: Digest([self.dice.below(256) as u8; 32]),
        });
        Draft {
            draft_id: Uuid::from_u128(self.dice.random()),
            at: Timestamp(self.dice.random() as i64),
            sender,
            claim: claim.filter(|claim| claim.client_id.as_str() == "again" || self.is_new(room, claim)),
            told: self.dice.chance(800),
            after: room.log.last().map_or(0, Entry::last_told),
            lease: (matches!(body, Body::Joined { guest: true, .. }) && self.dice.chance(800)).then(|| self.lease()),
            body,
            name: self.dice.chance(200).then(|| self.name()),
        }
    }

    /// Whether a claim is new, or is made again on purpose.
    fn is_new(&self, room: &Room, claim: &Claim) -> bool {
        room.claims().keys().all(|(_, client_id)| *client_id != claim.client_id) || self.dice.chance(50)
    }

    /// Who does what.
    fn body(&self, room: &Room) -> (UserId, Body) {
        let sender = self.user();
        let fact = room.fact(&sender, &Default::default());
        let mut history = room.history();
        history.retain(|message| message.state.deleted_at.is_none());
        let message = self.dice.pick(&history);
        let body = match (self.dice.below(10), message) {
            (0..3, Some(message)) => self.about_message(message),
            (3..6, _) => self.about_oneself(&fact),
            (6, _) => self.about_another(&sender, room),
            (7, _) if self.dice.chance(300) => Body::Unchanged,
            _ => Body::Message(self.post(room)),
        };
        (sender, body)
    }

    fn post(&self, room: &Room) -> Post {
        Post {
            text: self.text().into(),
            reply_to: self.dice.chance(200).then(|| self.seq(room)),
            mentions: self.mentions(),
            mentions_room: self.dice.chance(200),
            attachments: Vec::new(),
            data: self.dice.chance(200).then(|| self.text().into()),
            expires_at: self.dice.chance(200).then(|| Timestamp(self.dice.random() as i64)),
        }
    }

    fn mentions(&self) -> Vec<UserId> {
        let mut users = Self::users();
        users.retain(|_| self.dice.chance(250));
        users
    }

    fn about_message(&self, message: &Message) -> Body {
        let target = message.entry.seq;
        let emoji = || (*self.dice.pick(&["👍", "👍🏽", "🐙"]).unwrap_or(&"👍")).into();
        match self.dice.below(10) {
            0 => Body::Deleted { target },
            1..4 => Body::Edited {
                target,
                text: self.text().into(),
                mentions: self.mentions(),
                mentions_room: self.dice.chance(200),
            },
            4..7 => Body::Reacted { target, emoji: emoji() },
            7 => Body::Unreacted { target, emoji: emoji() },
            8 => Body::Pinned { target },
            _ => Body::Unpinned { target },
        }
    }

    fn about_oneself(&self, fact: &MemberFact) -> Body {
        match &fact.membership {
            Some(membership) if membership.guest => Body::Left { why: Leaving::Gone },
            Some(_) => Body::Left { why: Leaving::Left },
            None if fact.banned && self.unknown => Body::Unknown,
            None if fact.banned => Body::Unbanned { user: fact.user.clone() },
            None => {
                let invite = self.dice.chance(400).then(|| self.invite());
                Body::Joined { role: self.role(), guest: self.dice.chance(500), invite }
            }
        }
    }

    fn about_another(&self, sender: &UserId, room: &Room) -> Body {
        let user = self.user();
        let fact = room.fact(&user, &Default::default());
        let is_member = fact.membership.is_some();
        let reason = self.dice.chance(500).then(|| self.text().into());
        match self.dice.below(9) {
            6 if user == *sender => Body::Unchanged,
            6 if fact.blocked => Body::Unblocked { user },
            6 => Body::Blocked { user },
            7 => Body::InviteMade {
                key: self.invite(),
                salt: self.text().into(),
                expires: self.dice.chance(500).then(|| Timestamp(self.dice.below(2_000) as i64)),
                uses: self.dice.chance(700).then(|| 1 + self.dice.below(3) as u32),
            },
            8 => Body::InviteRevoked { key: self.invite() },
            0 => Body::Muted { user, until: self.dice.chance(700).then(|| Timestamp(self.dice.random() as i64)) },
            1 => Body::from(RoomChange {
                name: self.dice.chance(700).then(|| self.name()),
                topic: self
                    .dice
                    .chance(400)
                    .then(|| if self.dice.chance(300) { "".into() } else { self.text().into() }),
                archived: self.dice.chance(300).then(|| self.dice.chance(500)),
                slow_mode_ms: self.dice.chance(200).then(|| *self.dice.pick(&[0, 1, u32::MAX]).unwrap_or(&0)),
            }),
            2 if is_member => Body::Kicked { user, reason },
            2 => Body::Invited { user },
            3 if fact.banned => Body::Unbanned { user },
            3 => Body::Banned { user, was_member: is_member, reason },
            _ if is_member => Body::RoleChanged { user, role: self.role() },
            _ => Body::Invited { user },
        }
    }

    fn invite(&self) -> InviteKey {
        key(self.dice.below(4) as u8)
    }

    fn role(&self) -> Role {
        *self.dice.pick(&[Role::Member, Role::Moderator, Role::Owner]).unwrap_or(&Role::Member)
    }
}
