//! The users present in a room: those with a subscribed session here, those whose grace period after it has not ended,
//! and those whom other nodes tell of.

mod present;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

pub(super) use self::present::Change;
use self::present::{Present, There};
use super::roster::bounded;
use crate::{Lease, Listing, Looks, Moment, Name, Seq, SessionId, UserId, Who, limits, node::PresentUser};

/// A time has come at which a user may be present no more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) who: Who,
    /// Whether they were present here, and are not any more.
    pub(super) left_here: bool,
    pub(super) change: Change,
}

#[derive(Debug, Default)]
pub(super) struct PresenceTable {
    users: BTreeMap<UserId, Present>,
    /// How many of them are present here.
    here: usize,
    /// When users may be present no more. A time that means nothing any more, as its user came back, is skipped.
    ending: BTreeSet<(Moment, UserId)>,
    /// For each hash of a look, how many users present have a name that looks so: most names are found free without a search.
    looks: HashMap<u64, u32>,
    /// The first users by id, as they were listed last, as long as that is true.
    listing: Option<Arc<Listing<Who>>>,
    /// A list was made that does not name all who were present.
    was_list_cut: bool,
    /// The parts of those present here that have changed since this was asked last: a bit for each.
    changed: u64,
}

impl PresenceTable {
    /// How many users are present, here or elsewhere.
    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// How many users are present here.
    pub(super) fn count_here(&self) -> usize {
        self.here
    }

    /// The users who are present here, by id.
    pub(super) fn users_here(&self) -> impl Iterator<Item = &UserId> {
        self.users.iter().filter(|(_, present)| present.is_here()).map(|(user, _)| user)
    }

    /// Whether the user is present, here or elsewhere.
    pub(super) fn is_present(&self, user: &UserId) -> bool {
        self.users.contains_key(user)
    }

    pub(super) fn is_here(&self, user: &UserId) -> bool {
        self.users.get(user).is_some_and(Present::is_here)
    }

    /// Whether the user is present without a session here.
    pub(super) fn is_disconnected(&self, user: &UserId) -> bool {
        self.users.get(user).is_some_and(|present| present.sessions.is_empty())
    }

    /// A user who is present, with the name they came with.
    pub(super) fn who(&self, user: &UserId) -> Option<Who> {
        self.users.get(user).map(|present| Who { user: user.clone(), name: Some(present.name.clone()) })
    }

    /// Other users who are present under a name that looks so: `None` if one of them may not be taken out for it, as they are
    /// connected, or no guest.
    pub(super) fn gone_namesakes(&self, looks: &Looks, by: &UserId) -> Option<Vec<UserId>> {
        if !looks.as_slice().iter().any(|look| self.looks.contains_key(&hash(look))) {
            return Some(Vec::new());
        }
        let namesakes = self.users.iter().filter(|(user, present)| *user != by && present.name.looks().meet(looks));
        namesakes.map(|(user, present)| present.is_gone_guest(user).then(|| user.clone())).collect()
    }

    /// Some of those present, by user id.
    pub(super) fn listing(&mut self) -> Arc<Listing<Who>> {
        let name = |(user, present): (&UserId, &Present)| Who { user: user.clone(), name: Some(present.name.clone()) };
        let list = || Arc::new(bounded(self.users.iter().map(name), |who| who));
        let listing = self.listing.take().unwrap_or_else(list);
        self.was_list_cut |= listing.len() < self.users.len();
        // A list that names all is another one as soon as somebody comes, so it is not worth keeping.
        self.listing = (listing.len() < self.users.len()).then(|| listing.clone());
        listing
    }

    /// Whether [`listing`](Self::listing) has ever left somebody out since the room was opened, so that not every client knows all who
    /// are present.
    pub(super) fn was_list_cut(&self) -> bool {
        self.was_list_cut
    }

    /// The parts of those present here that have changed since the last time.
    pub(super) fn take_changed(&mut self) -> impl Iterator<Item = u8> + use<> {
        let changed = std::mem::take(&mut self.changed);
        (0..limits::PRESENCE_PARTS).filter(move |part| changed & 1 << part != 0)
    }

    pub(super) fn has_changed(&self) -> bool {
        self.changed != 0
    }

    /// The users present here, by their part.
    pub(super) fn parts(&self) -> BTreeMap<u8, Vec<PresentUser>> {
        let mut parts: BTreeMap<u8, Vec<PresentUser>> = BTreeMap::new();
        for (user, present) in &self.users {
            if let Some((away, gone)) = present.here() {
                let (name, hides) = (present.name.clone(), present.hides);
                let there = PresentUser { user: user.clone(), name, away, gone, hides };
                parts.entry(part_of(user)).or_default().push(there);
            }
        }
        parts
    }

    /// Whether another node tells of the user.
    pub(super) fn is_elsewhere(&self, user: &UserId) -> bool {
        self.users.get(user).is_some_and(Present::has_node)
    }

    pub(super) fn attach(&mut self, user: &UserId, name: &Name, session: SessionId) -> Change {
        self.update(user, Some(name), |present| {
            present.until = None;
            if !present.sessions.iter().any(|(known, _)| *known == session) {
                present.sessions.push((session, false));
            }
        })
    }

    /// A user who is present here without a session, for the grace period.
    pub(super) fn touch(&mut self, user: &UserId, name: &Name, until: Moment) {
        self.update(user, Some(name), |present| {
            present.until = present.sessions.is_empty().then_some(until);
        });
        self.ending.insert((until, user.clone()));
    }

    pub(super) fn detach(&mut self, user: &UserId, session: SessionId, until: Moment) -> Change {
        let mut is_last = false;
        let change = self.update(user, None, |present| {
            let count = present.sessions.len();
            present.sessions.retain(|(known, _)| *known != session);
            is_last = present.sessions.is_empty() && count > 0;
            present.until = if is_last { Some(until) } else { present.until };
        });
        if is_last {
            self.ending.insert((until, user.clone()));
        }
        change
    }

    pub(super) fn set_away(&mut self, user: &UserId, session: SessionId, away: bool) -> Change {
        self.update(user, None, |present| {
            for (_, is_away) in present.sessions.iter_mut().filter(|(known, _)| *known == session) {
                *is_away = away;
            }
        })
    }

    /// Notes how far a user has read, if they are present. `false` where it was told that they have read further: two devices' cursors
    /// may come in the other order than they were moved in.
    pub(super) fn note_read(&mut self, user: &UserId, seq: Seq) -> bool {
        let Some(present) = self.users.get_mut(user) else { return true };
        present.read = present.read.max(seq);
        seq == present.read
    }

    /// A user who is present goes by this name from now on. Returns whether the subscribers were told of another one.
    pub(super) fn rename(&mut self, user: &UserId, name: &Name) -> bool {
        if self.is_present(user) {
            self.update(user, Some(name), |_| {});
        }
        self.users.get_mut(user).is_some_and(|present| std::mem::take(&mut present.is_renamed))
    }

    /// A user who is present hides from now on when they were last seen, or does not any more.
    pub(super) fn hide(&mut self, user: &UserId, hides: bool) {
        if let Some(present) = self.users.get_mut(user).filter(|present| present.hides != hides) {
            present.hides = hides;
            self.changed |= if present.is_here() { 1 << part_of(user) } else { 0 };
        }
    }

    /// The user has no right to be here any more, on any node.
    pub(super) fn remove(&mut self, user: &UserId) {
        self.update(user, None, |present| {
            present.until = None;
            present.sessions.clear();
            *present.elsewhere_mut() = Default::default();
        });
    }

    /// The user is present on another node, as it tells, or is not any more.
    pub(super) fn set_elsewhere(&mut self, node: Lease, user: &UserId, there: Option<&PresentUser>) -> Change {
        // What this node knows of a name by itself is newer than what others tell.
        let there_alone = there.filter(|_| !self.is_here(user));
        let hides = there_alone.map(|there| there.hides);
        self.update(user, there_alone.map(|there| &there.name), |present| {
            present.hides = hides.unwrap_or(present.hides);
            let elsewhere = present.elsewhere_mut();
            elsewhere.nodes.retain(|there| there.node != node);
            if let Some(PresentUser { away, gone, .. }) = there {
                elsewhere.nodes.push(There { node, away: *away, gone: *gone });
                elsewhere.expected = None;
            }
        })
    }

    /// A user counts as present until then, unless a node has them connected, or tells of them before.
    pub(super) fn expect(&mut self, user: &UserId, name: &Name, until: Moment) {
        if self.users.get(user).is_some_and(Present::is_connected) {
            return;
        }
        let name = Some(name).filter(|_| !self.is_here(user));
        self.update(user, name, |present| present.elsewhere_mut().expected = Some(until));
        self.ending.insert((until, user.clone()));
    }

    /// Nothing is heard of a node any more: its users count as present until then, as they may come back elsewhere.
    pub(super) fn lose_node(&mut self, node: Lease, users: impl Iterator<Item = UserId>, until: Moment) {
        for user in users {
            self.update(&user, None, |present| {
                let elsewhere = present.elsewhere_mut();
                let count = elsewhere.nodes.len();
                elsewhere.nodes.retain(|there| there.node != node);
                if elsewhere.nodes.len() < count {
                    elsewhere.expected = elsewhere.expected.max(Some(until));
                }
            });
            self.ending.insert((until, user));
        }
    }

    /// When a user may be present no more, next.
    pub(super) fn next_end(&self) -> Option<Moment> {
        self.ending.first().map(|(at, _)| *at)
    }

    /// The next user who may be present no more by now.
    pub(super) fn take_ended(&mut self, now: Moment) -> Option<Ended> {
        while self.ending.first().is_some_and(|(at, _)| *at <= now) {
            let (at, user) = self.ending.pop_first()?;
            let is_at = |end: Option<Moment>| end == Some(at);
            let Some(present) = self.users.get(&user) else { continue };
            let (left_here, was_expected) = (is_at(present.until), is_at(present.expected()));
            if !left_here && !was_expected {
                continue;
            }
            let who = Who { user: user.clone(), name: Some(present.name.clone()) };
            let change = self.update(&user, None, |present| {
                present.until.take_if(|_| left_here);
                if was_expected {
                    present.elsewhere_mut().expected = None;
                }
            });
            return Some(Ended { who, left_here, change });
        }
        None
    }

    /// Changes how a user is present. Without a name, a user who is not present stays so.
    fn update(&mut self, user: &UserId, name: Option<&Name>, change: impl FnOnce(&mut Present)) -> Change {
        let is_new = !self.users.contains_key(user);
        let is_renamed = match name {
            Some(name) if is_new => self.insert(user, name),
            Some(name) => self.set_name(user, name),
            None => false,
        };
        let Some(present) = self.users.get_mut(user) else { return Change::None };
        let before = present.here();
        change(present);
        let told = present.changed(is_new);
        let (after, is_present) = (present.here(), present.is_here() || present.is_elsewhere());
        self.here = self.here + usize::from(after.is_some()) - usize::from(before.is_some());
        if before != after || (is_renamed && after.is_some()) {
            self.changed |= 1 << part_of(user);
        }
        if is_present { told } else { self.take_out(user, is_new) }
    }

    /// The user becomes present. Returns `false`: nobody is renamed.
    fn insert(&mut self, user: &UserId, name: &Name) -> bool {
        self.note_looks(name);
        self.unlist(user);
        self.users.insert(user.clone(), Present::new(name.clone()));
        false
    }

    /// Whether the user went by another name.
    fn set_name(&mut self, user: &UserId, name: &Name) -> bool {
        let Some(present) = self.users.get_mut(user).filter(|present| present.name != *name) else { return false };
        let old = std::mem::replace(&mut present.name, name.clone());
        present.is_renamed = true;
        self.note_looks(name);
        self.forget_looks(&old);
        self.unlist(user);
        true
    }

    fn take_out(&mut self, user: &UserId, was_new: bool) -> Change {
        self.unlist(user);
        let Some(present) = self.users.remove(user) else { return Change::None };
        self.forget_looks(&present.name);
        let Present { name, hides, .. } = present;
        if was_new { Change::None } else { Change::Offline { name, hides } }
    }

    /// This user comes, goes or is renamed. The list stays true if it is full and they come after all who are on it.
    fn unlist(&mut self, user: &UserId) {
        let count = self.users.len();
        self.listing.take_if(|list| list.len() == count || list.last().is_none_or(|last| *user <= last.user));
    }

    fn note_looks(&mut self, name: &Name) {
        for look in name.looks().as_slice() {
            *self.looks.entry(hash(look)).or_default() += 1;
        }
    }

    fn forget_looks(&mut self, name: &Name) {
        for look in name.looks().as_slice() {
            let hash = hash(look);
            if let Some(count) = self.looks.get_mut(&hash) {
                *count -= 1;
                if *count == 0 {
                    self.looks.remove(&hash);
                }
            }
        }
    }
}

/// The part to which a user belongs, on this node.
fn part_of(user: &UserId) -> u8 {
    let part = hash(user) % u64::from(limits::PRESENCE_PARTS);
    u8::try_from(part).unwrap_or(0)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
