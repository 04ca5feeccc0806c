//! Presence over nodes: what a room tells the others of its users, and what they tell it of theirs.
//!
//! A node tells of its users in parts, each of them whole and with a version, so that messages may be lost, doubled and
//! late: an older version of a part changes nothing, and the sum of all versions shows whether one is missing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Effect, Opening, Room};
use crate::{
    Lease, Moment, Now, UserId, limits,
    node::{NodePresence, PresencePart, PresenceVersion},
};

/// What a room tells other nodes of its presence, and what it knows of theirs.
#[derive(Debug)]
pub(super) struct Peers {
    own: Own,
    views: BTreeMap<Lease, View>,
    /// The nodes that have yet to say who is present on them, and until when that is waited for.
    awaited: (BTreeSet<Lease>, Moment),
}

/// What the others are told.
#[derive(Debug)]
struct Own {
    opening: u64,
    /// The version of each part that ever had a user.
    versions: BTreeMap<u8, u64>,
    /// When the parts that have changed are told.
    due: Option<Moment>,
    /// When the others were told of parts that had changed, last.
    told: Option<Moment>,
    /// The nodes that have to be told all parts again.
    asked_by: AskedBy,
}

/// Which nodes do not know all parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum AskedBy {
    #[default]
    Nobody,
    One(Lease),
    Several,
}

/// What another node has told of its users.
#[derive(Debug)]
struct View {
    opening: u64,
    parts: BTreeMap<u8, (u64, Vec<UserId>)>,
}

impl Peers {
    pub(super) fn new(Opening { number, others, until }: Opening) -> Self {
        let (versions, asked_by) = (BTreeMap::new(), AskedBy::Nobody);
        let own = Own { opening: number, versions, due: None, told: None, asked_by };
        Self { own, views: BTreeMap::new(), awaited: (others.into_iter().collect(), until) }
    }

    /// Whether the others have been told all there is.
    pub(super) fn is_told(&self) -> bool {
        self.own.due.is_none()
    }

    pub(super) fn due(&self) -> Option<Moment> {
        self.own.due
    }

    /// Until when nodes are waited for that have yet to say who is present on them.
    pub(super) fn waits_until(&self) -> Option<Moment> {
        let (nodes, until) = &self.awaited;
        (!nodes.is_empty()).then_some(*until)
    }

    /// How far presence is known, of each of the others.
    fn known(&self) -> Vec<PresenceVersion> {
        let known =
            |(node, view): (&Lease, &View)| PresenceVersion { node: *node, opening: view.opening, sum: view.sum() };
        self.views.iter().map(known).collect()
    }
}

impl View {
    fn sum(&self) -> u64 {
        self.parts.values().fold(0, |sum, (version, _)| sum.wrapping_add(*version))
    }
}

impl Own {
    fn sum(&self) -> u64 {
        self.versions.values().sum()
    }
}

impl Room {
    /// Another node tells of its users.
    pub(super) fn hear_presence(&mut self, presence: NodePresence, now: Now, effects: &mut Vec<Effect>) {
        let NodePresence { version: PresenceVersion { node, opening, sum }, parts, .. } = presence;
        let Some(peers) = &mut self.peers else { return };
        let (is_new, is_nobody) = (!peers.views.contains_key(&node), parts.is_empty() && sum == 0);
        if is_nobody || (is_new && peers.views.len() >= limits::PEERS) {
            // The node has told all its parts, or as many as this one keeps.
            peers.awaited.0.remove(&node);
        }
        if is_new && (is_nobody || peers.views.len() >= limits::PEERS) {
            return self.tell_known(effects);
        }
        let view = peers.views.entry(node).or_insert_with(|| View { opening, parts: BTreeMap::new() });
        if opening < view.opening {
            return;
        }
        if opening > view.opening {
            // The host there is another one: whoever was with the last one may be about to come back.
            let users = std::mem::take(&mut view.parts).into_values().flat_map(|(_, users)| users);
            self.presence.lose_node(node, users, now.moment.after(self.rules.limits.grace_ms));
            view.opening = opening;
        }
        let (mut gone, mut present) = (Vec::new(), Vec::new());
        for PresencePart { part, version, users } in parts {
            let (known, before) = view.parts.entry(part).or_default();
            if version <= *known {
                continue;
            }
            *known = version;
            gone.extend(std::mem::replace(before, users.iter().map(|there| there.user.clone()).collect()));
            present.extend(users);
        }
        if view.sum() >= sum {
            peers.awaited.0.remove(&node);
        }
        let still: HashSet<&UserId> = present.iter().map(|there| &there.user).collect();
        gone.retain(|user| !still.contains(user));
        for there in present {
            let change = self.presence.set_elsewhere(node, &there.user, Some(&there));
            self.tell_change(&there.user, change, now);
        }
        for user in gone {
            let change = self.presence.set_elsewhere(node, &user, None);
            self.tell_change(&user, change, now);
        }
        self.tell_known(effects);
    }

    /// The user's right to be here has ended, wherever they were. What other nodes have told may be newer than that, or older:
    /// it counts as not known, so that comparing has it told again.
    pub(super) fn revoke_presence(&mut self, user: &UserId, effects: &mut Vec<Effect>) {
        let was_elsewhere = self.presence.is_elsewhere(user);
        self.presence.remove(user);
        self.signals.forget(user);
        let Some(peers) = self.peers.as_mut().filter(|_| was_elsewhere) else { return };
        for (version, users) in peers.views.values_mut().flat_map(|view| view.parts.values_mut()) {
            if users.contains(user) {
                *version = 0;
            }
        }
        self.tell_known(effects);
    }

    /// Nothing is heard of a node since then.
    pub(super) fn lose_node(&mut self, node: Lease, since: Moment, effects: &mut Vec<Effect>) {
        let Some(peers) = &mut self.peers else { return };
        peers.awaited.0.remove(&node);
        let Some(view) = peers.views.remove(&node) else { return };
        let users = view.parts.into_values().flat_map(|(_, users)| users);
        self.presence.lose_node(node, users, since.after(self.rules.limits.grace_ms));
        self.tell_known(effects);
    }

    /// Whether nothing is answered yet, as other nodes have yet to say who is present on them.
    pub(super) fn waits_for_peers(&self) -> bool {
        self.peers.as_ref().is_some_and(|peers| peers.waits_until().is_some())
    }

    /// Waits no longer for what other nodes have not said by now.
    pub(super) fn stop_waiting(&mut self, now: Now) {
        if let Some(peers) = &mut self.peers
            && peers.waits_until().is_some_and(|until| until <= now.moment)
        {
            peers.awaited.0.clear();
        }
    }

    /// Another node does not know all of this node's presence: all of it is told again, once to all that ask at one time.
    pub(super) fn tell_all_presence(&mut self, to: Lease, at_once: bool, now: Now) {
        if let Some(peers) = &mut self.peers {
            peers.own.asked_by = match peers.own.asked_by {
                AskedBy::Nobody => AskedBy::One(to),
                AskedBy::One(node) if node == to => AskedBy::One(node),
                AskedBy::One(_) | AskedBy::Several => AskedBy::Several,
            };
            peers.own.due = if at_once { Some(now.moment) } else { peers.own.due };
        }
    }

    /// What has changed is told at once, with all that waits to be told: a guest's name may be free. Right after others were
    /// told of a change, it is told a moment later, with what changes until then: a part is told whole, however many leave.
    pub(super) fn hurry(&mut self, now: Now) {
        if let Some(peers) = self.peers.as_mut().filter(|_| self.presence.has_changed()) {
            let told = peers.own.told.map(|told| told.after(limits::HURRY_MS));
            let soon = now.moment.max(told.unwrap_or_default());
            peers.own.due = Some(peers.own.due.map_or(soon, |due| due.min(soon)));
        }
    }

    /// Sees to it that the others are told what has changed: soon, and together.
    pub(super) fn tell_peers(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let soon = now.moment.after(self.rules.limits.signal_ms);
        let Some(own) = self.peers.as_mut().map(|peers| &mut peers.own) else { return };
        let has_news = self.presence.has_changed() || own.asked_by != AskedBy::Nobody;
        if !has_news || *own.due.get_or_insert(soon) > now.moment {
            return;
        }
        let mut changed = BTreeMap::new();
        for part in self.presence.take_changed() {
            let version = own.versions.entry(part).or_default();
            *version += 1;
            changed.insert(part, *version);
        }
        own.due = None;
        own.told = if changed.is_empty() { own.told } else { Some(now.moment) };
        let (asked_by, all) = (std::mem::take(&mut own.asked_by), own.versions.clone());
        match asked_by {
            AskedBy::Nobody => self.tell_parts(&changed, None, effects),
            AskedBy::Several => self.tell_parts(&all, None, effects),
            AskedBy::One(node) => {
                if !changed.is_empty() {
                    self.tell_parts(&changed, None, effects);
                }
                self.tell_parts(&all, Some(node), effects);
            }
        }
        self.tell_known(effects);
    }

    /// Tells of some parts, in messages of a bounded number of users each; a part is in one message.
    fn tell_parts(&self, parts: &BTreeMap<u8, u64>, to: Option<Lease>, effects: &mut Vec<Effect>) {
        let Some(own) = self.peers.as_ref().map(|peers| &peers.own) else { return };
        let (mut told, mut count) = (Vec::new(), 0);
        let mut tell = |parts: &mut Vec<PresencePart>| {
            let parts = std::mem::take(parts);
            effects.push(Effect::TellPresence { opening: own.opening, sum: own.sum(), parts, to });
        };
        let mut users_of = self.presence.parts();
        for (part, version) in parts {
            let users = users_of.remove(part).unwrap_or_default();
            count += users.len();
            if count > limits::PRESENCE_USERS && !told.is_empty() {
                tell(&mut told);
                count = users.len();
            }
            told.push(PresencePart::new(*part, *version, users));
        }
        tell(&mut told);
    }

    /// What is known of presence is another thing now: nodes compare it.
    fn tell_known(&self, effects: &mut Vec<Effect>) {
        if let Some(peers) = &self.peers {
            let Own { opening, .. } = peers.own;
            effects.push(Effect::PresenceKnown { opening, sum: peers.own.sum(), others: peers.known() });
        }
    }
}
