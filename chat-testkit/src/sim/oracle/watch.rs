//! Where guests are, and since when: whoever is there, or was until just now, is not taken out.

use std::collections::{BTreeMap, BTreeSet};

use chat_core::{Body, Draft, Leaving, RoomId, UserId};

use super::{Link, Oracle, What};

/// Where each guest is or was, in each room, by node. It ends with the membership.
pub(super) type Watch = BTreeMap<(RoomId, UserId), BTreeMap<usize, Stay>>;

/// A guest's stay in a room on one node: one or more subscriptions, with pauses within the grace period.
#[derive(Debug)]
pub(super) struct Stay {
    /// 0 where the node held the membership from its beginning.
    since: u64,
    links: BTreeSet<usize>,
    /// When the last subscription ended.
    ended: u64,
}

impl Oracle {
    /// A subscription begins, or goes on after all.
    pub(super) fn arrive(&mut self, link: usize, room: &RoomId) {
        let (now, grace) = (self.now, self.grace_ms);
        let Link { node, user, streams, attached, .. } = &self.links[link];
        // What a client reads after the server has let go of it says nothing of where it is.
        let Some(user) = user.as_ref().filter(|user| *attached && user.is_guest()) else { return };
        let (Some(past), Some(stream)) = (self.rooms.get(room), streams.get(room)) else { return };
        let mut waiting = self.asks.iter().filter(|ask| ask.link == link && !ask.answered);
        let unsubscribes = waiting.any(|ask| matches!(&ask.what, What::Unsubscribe(of) if of == room));
        if unsubscribes || past.revoked_after(user, stream.head).is_some() {
            return;
        }
        // Who has just joined here is held from the first moment.
        let joined = past
            .joined(user)
            .filter(|(draft, at)| draft.lease.is_some_and(|lease| lease.node as usize == *node) && now < at + grace);
        let stays = self.watch.entry((room.clone(), user.clone())).or_default();
        let since = if joined.is_some() && !stays.contains_key(node) { 0 } else { now };
        let stay = stays.entry(*node).or_insert(Stay { since, links: BTreeSet::new(), ended: now });
        if stay.links.is_empty() && now >= stay.ended + grace {
            stay.since = now;
        }
        stay.links.insert(link);
    }

    /// A subscription ends, or the server knows that it does.
    pub(super) fn depart(&mut self, link: usize, room: &RoomId) {
        let Some(user) = self.links[link].user.clone() else { return };
        let stays = self.watch.get_mut(&(room.clone(), user));
        if let Some(stay) = stays.and_then(|stays| stays.get_mut(&self.links[link].node))
            && stay.links.remove(&link)
            && stay.links.is_empty()
        {
            stay.ended = self.now;
        }
    }

    /// A guest is taken out only when they have been gone from every node for the grace period. A stay counts once it
    /// has lasted so long that its node surely holds the membership. One who makes way, for a guest who joins by the next of
    /// these drafts, has not been gone for so long.
    pub(super) fn check_gone(&mut self, room: &RoomId, drafts: &[Draft]) -> Result<(), String> {
        let Some((draft, rest)) = drafts.split_first() else { return Ok(()) };
        if !matches!(draft.body, Body::Left { why: Leaving::Gone }) {
            return Ok(());
        }
        self.report.guests_gone += 1;
        let guest = &draft.sender;
        let makes_way = self.makes_way(draft, rest);
        self.report.guests_made_way += u64::from(makes_way);
        let stays = self.watch.get(&(room.clone(), guest.clone())).into_iter().flatten();
        for (node, stay) in stays.filter(|(_, stay)| stay.since == 0 || self.now > stay.since + self.slack_ms) {
            if !stay.links.is_empty() {
                return Err(format!("{room}: {guest} is there on node {node} and was taken out as gone"));
            }
            if !makes_way && self.now + 2 < stay.ended + self.grace_ms {
                return Err(format!("{room}: {guest} was on node {node} and taken out within the grace period"));
            }
        }
        Ok(())
    }

    /// Whether the guest of this leave goes by the same name as the guest who joins next.
    fn makes_way(&self, leave: &Draft, rest: &[Draft]) -> bool {
        let is_leave = |draft: &&Draft| matches!(draft.body, Body::Left { why: Leaving::Gone });
        let next = rest.iter().find(|draft| !is_leave(draft));
        let Some(join) = next.filter(|draft| matches!(draft.body, Body::Joined { guest: true, .. })) else {
            return false;
        };
        let (of_join, of_leave) = (join.name.as_ref().or(self.names.get(&join.sender)), self.names.get(&leave.sender));
        of_leave.is_some_and(|name| of_join.is_some_and(|other| other.folded() == name.folded()))
    }
}
