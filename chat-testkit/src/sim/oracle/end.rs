//! What must be so at the end, when nothing fails any more and time has passed.

use std::collections::BTreeSet;

use chat_core::{RoomId, UserId};

use super::{Link, Oracle};
use crate::sim::heard::HeardJoined;

impl Oracle {
    /// Every client that listens has all there is, and was answered.
    pub(in crate::sim) fn check_converged(&self) -> Result<(), String> {
        for (index, link) in self.links.iter().enumerate().filter(|(_, link)| link.open) {
            for (room, stream) in link.streams.iter().filter(|(_, stream)| stream.active) {
                let Some(past) = self.rooms.get(room) else { continue };
                if past.deleted {
                    return Err(format!("connection {index} was not told that {room} is gone"));
                }
                let revoked = link.user.as_ref().and_then(|user| past.revoked_after(user, stream.head));
                let told = revoked.map_or(past.model().told(), |revoked| past.told_at(revoked));
                if stream.at.seq < told {
                    let (node, at) = (link.node, stream.at.seq);
                    return Err(format!("connection {index} to node {node} stands at {at} of {room}, not at {told}"));
                }
            }
        }
        self.check_farewells()?;
        let waits = |ask: &&super::Ask| !ask.answered && self.links[ask.link].open;
        match self.asks.iter().find(waits) {
            Some(ask) => Err(format!("never answered: {ask:?}")),
            None => Ok(()),
        }
    }

    /// Who a room of a node must show as online: all there are on any node, if nodes hear each other.
    pub(super) fn subscribed(&self, node: usize, room: &RoomId) -> BTreeSet<UserId> {
        let hears = |link: &&Link| self.nodes_hear || link.node == node;
        let there = self.links.iter().filter(hears).filter(|link| self.is_subscribed(link, room));
        there.filter_map(|link| link.user.clone()).collect()
    }

    /// Whether a client gets what happens in a room. A leave that is told in a batch ends that without a word.
    pub(super) fn is_subscribed(&self, link: &Link, room: &RoomId) -> bool {
        let (Some(user), Some(past)) = (link.user.as_ref(), self.rooms.get(room)) else { return false };
        let active = link.streams.get(room).filter(|stream| link.open && stream.active);
        active.is_some_and(|stream| past.revoked_after(user, stream.head).is_none())
    }

    /// The open connections of a user.
    pub(in crate::sim) fn links_of(&self, user: &UserId) -> Vec<usize> {
        let is_theirs = |link: &Link| link.open && link.user.as_ref() == Some(user);
        (0..self.links.len()).filter(|link| is_theirs(&self.links[*link])).collect()
    }

    /// These connections were ended on node 0: so they are on all nodes that heard of it, and on no others.
    pub(in crate::sim) fn check_ended(&self, links: &[usize]) -> Result<(), String> {
        let is_wrong = |link: &&usize| self.links[**link].open == (self.nodes_hear || self.links[**link].node == 0);
        match links.iter().find(is_wrong) {
            Some(link) => Err(format!("connection {link} is open: {}", self.links[*link].open)),
            None => Ok(()),
        }
    }

    /// These connections have begun since then, and nobody has ended them.
    pub(in crate::sim) fn check_open(&self, links: &[usize]) -> Result<(), String> {
        match links.iter().find(|link| !self.links[**link].open) {
            Some(link) => Err(format!("connection {link} was ended by what was told before it began")),
            None => Ok(()),
        }
    }

    /// Of two guests of one name, the first has come in and the second has not.
    pub(in crate::sim) fn check_twins(&self, guests: [Option<usize>; 2], room: &RoomId) -> Result<(), String> {
        let is_in = |link: Option<usize>| link.is_some_and(|link| self.is_subscribed(&self.links[link], room));
        match guests.map(is_in) {
            [true, false] => Ok(()),
            are_in => Err(format!("{room}: of two guests of one name these came in: {are_in:?}")),
        }
    }

    /// What somebody sees who joins at the end: all who are there, and nobody else.
    pub(super) fn check_presence(&self, node: usize, joined: &HeardJoined) -> Result<(), String> {
        let mut expected = self.subscribed(node, &joined.room);
        expected.insert(joined.user.clone());
        let online: BTreeSet<_> = joined.online.iter().cloned().collect();
        if joined.online_count != expected.len() as u64 || !online.is_subset(&expected) {
            let room = &joined.room;
            return Err(format!("node {node} shows {online:?} online in {room}, and there are {expected:?}"));
        }
        Ok(())
    }

    /// Guests are members while they are there, and not a moment longer than the grace period.
    pub(in crate::sim) fn check_guests(&self) -> Result<(), String> {
        for (room, past) in self.rooms.iter().filter(|(_, past)| !past.deleted) {
            for (guest, _) in past.model().members().filter(|(user, _)| user.is_guest()) {
                let theirs = self.links.iter().filter(|link| link.user.as_ref() == Some(guest));
                if !theirs.into_iter().any(|link| self.is_subscribed(link, room)) {
                    return Err(format!("the guest {guest} is gone and still a member of {room}"));
                }
            }
        }
        Ok(())
    }
}
