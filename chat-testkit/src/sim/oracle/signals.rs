//! Signals: what is told beside the logs. It goes to subscribers alone, is about people of the room, and is true.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{Body, RoomId, Seq, UserId};

use super::{Link, Oracle, What};
use crate::sim::heard::Heard;

/// What a client was told beside a room's log since its subscription began.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Who is there. Empty where a subscription may have missed something: signals go to those at the head.
    there: BTreeSet<UserId>,
    is_followed: bool,
    /// How many are there, as was told last, unless an entry has changed that since.
    count: Option<u64>,
    /// How far each user has read.
    reads: BTreeMap<UserId, Seq>,
}

impl Told {
    /// A subscription begins; `at_head` says whether it misses nothing.
    pub(super) fn begin(&mut self, at_head: bool) {
        *self = Self { is_followed: at_head, ..Self::default() };
    }

    /// What the client knows of who is there may be old from now on.
    pub(super) fn lose_sight(&mut self) {
        self.is_followed = false;
        self.there.clear();
        self.count = None;
    }

    /// A log tells that somebody is gone.
    pub(super) fn gone(&mut self, user: &UserId) {
        self.there.remove(user);
    }

    fn sees(&mut self, user: &UserId) {
        if self.is_followed {
            self.there.insert(user.clone());
        }
    }
}

impl Oracle {
    /// The store has set a read cursor.
    pub(in crate::sim) fn read_to(&mut self, room: &RoomId, user: &UserId, seq: Seq) {
        self.reads.entry((room.clone(), user.clone())).or_default().insert(seq);
    }

    /// A client is told a signal.
    pub(super) fn signalled(&mut self, link: usize, heard: &Heard) -> Result<(), String> {
        let (room, about) = match heard {
            Heard::Typing { room, user }
            | Heard::PresenceChanged { room, user, .. }
            | Heard::HasRead { room, user, .. } => (room, vec![user]),
            Heard::MembersChanged { room, joined, left, .. } => (room, joined.iter().chain(left).collect()),
            _ => return Ok(()),
        };
        self.report.signals += 1;
        let wrong = |why: String| Err(format!("{room}: {why}: {heard:?}"));
        if self.links[link].streams.get(room).is_none_or(|stream| !stream.active) {
            return wrong("a signal, and no subscription".to_owned());
        }
        if let Some(stranger) = about.into_iter().find(|user| !self.is_of_room(room, user)) {
            return wrong(format!("{stranger} was never of this room"));
        }
        match heard {
            Heard::Typing { room, user } if !self.has_typed(room, user) => wrong(format!("{user} never wrote there")),
            Heard::HasRead { room, user, seq } => self.has_read(link, room, user, *seq),
            Heard::PresenceChanged { room, user, presence, online } => {
                self.comes_or_goes(link, room, user, presence);
                self.told(link, room).count = Some(*online);
                Ok(())
            }
            Heard::MembersChanged { room, members, online, .. } => {
                self.counted(link, room, *members)?;
                self.told(link, room).count = Some(*online);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the user was one of those who may read the room, at any time.
    fn is_of_room(&self, room: &RoomId, user: &UserId) -> bool {
        self.admins.contains(user) || self.rooms.get(room).is_some_and(|past| past.was_reader(user))
    }

    /// Whether one of the user's devices has said that they write.
    fn has_typed(&self, room: &RoomId, user: &UserId) -> bool {
        let theirs = self.links.iter().filter(|link| link.user.as_ref() == Some(user));
        let devices: BTreeSet<usize> = theirs.map(|link| link.device).collect();
        self.asks.iter().any(|ask| {
            matches!(&ask.what, What::Typing(typed) if typed == room) && devices.contains(&self.links[ask.link].device)
        })
    }

    /// A read cursor that is told was set, and does not go back; between nodes it may be told late.
    fn has_read(&mut self, link: usize, room: &RoomId, user: &UserId, seq: Seq) -> Result<(), String> {
        let set = self.reads.get(&(room.clone(), user.clone()));
        if !set.is_some_and(|set| set.contains(&seq)) {
            return Err(format!("{room}: {user} is said to have read up to {seq}, and never has"));
        }
        let told = self.told(link, room);
        let before = told.reads.insert(user.clone(), seq);
        match before {
            Some(before) if before > seq && !self.has_many_nodes() => {
                Err(format!("{room}: {user} had read up to {before}, and now up to {seq}"))
            }
            _ => Ok(()),
        }
    }

    /// The answer to a join names some of those who are there.
    pub(super) fn sees(&mut self, link: usize, room: &RoomId, online: &[UserId]) {
        let told = self.told(link, room);
        online.iter().for_each(|user| told.sees(user));
    }

    /// The entry at this seq is told; it may be somebody's beginning or end.
    pub(super) fn told_entry(&mut self, link: usize, room: &RoomId, seq: Seq) {
        let entry = self.rooms.get(room).and_then(|past| past.entry(seq));
        let gone = entry.and_then(|draft| draft.body.revokes(&draft.sender).cloned());
        let has_joined = entry.is_some_and(|draft| matches!(draft.body, Body::Joined { .. }));
        let told = self.told(link, room);
        if has_joined || gone.is_some() {
            told.count = None;
        }
        if let Some(user) = gone {
            told.gone(&user);
        }
    }

    /// What a client was told beside a room's log.
    pub(super) fn told(&mut self, link: usize, room: &RoomId) -> &mut Told {
        self.links[link].told.entry(room.clone()).or_default()
    }

    fn has_many_nodes(&self) -> bool {
        self.links.iter().any(|link| link.node != self.links[0].node)
    }

    fn comes_or_goes(&mut self, link: usize, room: &RoomId, user: &UserId, presence: &str) {
        let told = self.told(link, room);
        match presence {
            "offline" => told.gone(user),
            _ => told.sees(user),
        }
    }

    /// There were so many members at a moment that the client has not passed. From now on it is told of some as counts.
    fn counted(&mut self, link: usize, room: &RoomId, members: u64) -> Result<(), String> {
        let from = self.links[link].streams.get(room).map_or(0, |stream| stream.at.seq);
        let past = self.rooms.get(room).ok_or_else(|| format!("{room} does not exist"))?;
        if !(from..=past.head()).any(|seq| past.members_at(seq) == Some(members)) {
            return Err(format!("{room}: there were no {members} members from {from} to {}", past.head()));
        }
        self.told(link, room).lose_sight();
        Ok(())
    }

    /// Whoever was told that somebody is there, and is not any more, was told that, too.
    pub(super) fn check_farewells(&self) -> Result<(), String> {
        // Whoever reads all that comes, and always has, is at the head.
        let reads = |link: &Link| link.open && link.reading_since == Some(link.began);
        for (index, link) in self.links.iter().enumerate().filter(|(_, link)| self.nodes_hear && reads(link)) {
            for (room, told) in link.told.iter().filter(|(room, _)| self.is_subscribed(link, room)) {
                let there = self.subscribed(link.node, room);
                if let Some(user) = told.there.difference(&there).next() {
                    return Err(format!("{room}: connection {index} was never told that {user} is gone"));
                }
                if let Some(count) = told.count.filter(|count| *count != there.len() as u64) {
                    return Err(format!("{room}: connection {index} was told of {count}, and there are {there:?}"));
                }
            }
        }
        Ok(())
    }
}
