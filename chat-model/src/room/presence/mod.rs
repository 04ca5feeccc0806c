//! The users present in a room: those with a subscribed session here, those whose grace period after it has not ended,
//! and those whom other nodes tell of.

mod present;

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
        // A list that names all is another one as soon as somebody comes, so it is not worth keeping.
        self.listing = (listing.len() < self.users.len()).then(|| listing.clone());
        listing
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

    /// A user who is present goes by this name from now on.
    pub(super) fn rename(&mut self, user: &UserId, name: &Name) {
        if self.users.contains_key(user) {
            self.update(user, Some(name), |_| {});
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> (PresenceTable, UserId, Name) {
        (PresenceTable::default(), UserId::parse("u").unwrap(), Name::parse("Ann").unwrap())
    }

    fn ann() -> Looks {
        Name::parse("ann").unwrap().looks()
    }

    fn there(user: &UserId, name: &Name, away: bool) -> PresentUser {
        PresentUser { user: user.clone(), name: name.clone(), away, gone: false, hides: false }
    }

    #[test]
    fn a_reload_within_the_grace_period_is_not_noticed() {
        let (mut table, user, name) = table();
        assert_eq!(table.attach(&user, &name, SessionId(1)), Change::Online);
        assert_eq!(table.detach(&user, SessionId(1), Moment(100)), Change::None);
        assert_eq!(table.attach(&user, &name, SessionId(2)), Change::None);
        assert_eq!(table.take_ended(Moment(1_000)), None);
        table.detach(&user, SessionId(2), Moment(1_100));
        assert_eq!(table.take_ended(Moment(1_099)), None);
        let ended = table.take_ended(Moment(1_100)).unwrap();
        assert_eq!(
            (ended.who.user, ended.left_here, ended.change),
            (user, true, Change::Offline { name, hides: false })
        );
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn a_user_is_away_only_on_all_devices() {
        let (mut table, user, name) = table();
        table.attach(&user, &name, SessionId(1));
        table.attach(&user, &name, SessionId(2));
        assert_eq!(table.set_away(&user, SessionId(1), true), Change::None);
        assert_eq!(table.set_away(&user, SessionId(2), true), Change::Away);
        assert_eq!(table.set_away(&user, SessionId(1), false), Change::Online);
        assert_eq!(table.detach(&user, SessionId(1), Moment(9)), Change::Away);
    }

    #[test]
    fn the_first_are_listed_anew_when_one_of_them_changes_and_not_before() {
        let (mut table, _, name) = table();
        let user = |n: usize| UserId::parse(format!("u{n:03}")).unwrap();
        for n in 1..=crate::limits::ROSTER {
            table.attach(&user(n), &name, SessionId(n as u64));
            assert_eq!(table.listing().len(), n);
        }
        table.attach(&user(900), &name, SessionId(900));
        table.attach(&user(901), &name, SessionId(901));
        let first = table.listing();
        table.attach(&user(902), &name, SessionId(902));
        table.remove(&user(900));
        assert!(Arc::ptr_eq(&first, &table.listing()));
        table.remove(&user(1));
        assert_eq!(table.listing().last().unwrap().user, user(901));
        table.remove(&user(902));
        table.attach(&user(0), &name, SessionId(0));
        assert_eq!(table.listing()[0].user, user(0));
        table.remove(&user(0));
        table.attach(&user(2), &Name::parse("Zoë").unwrap(), SessionId(2));
        assert_eq!(table.listing()[0].shown(), "Zoë");
    }

    #[test]
    fn who_comes_back_from_being_away_is_told_of_even_after_a_pause() {
        let (mut table, user, name) = table();
        table.attach(&user, &name, SessionId(1));
        assert_eq!(table.set_away(&user, SessionId(1), true), Change::Away);
        assert_eq!(table.detach(&user, SessionId(1), Moment(100)), Change::None);
        assert_eq!(table.attach(&user, &name, SessionId(2)), Change::Online);
    }

    #[test]
    fn a_user_is_present_as_long_as_any_node_says_so() {
        let (mut table, user, name) = table();
        let [one, other] = [1, 2].map(|node| Lease { node, incarnation: 7 });
        assert_eq!(table.set_elsewhere(one, &user, Some(&there(&user, &name, true))), Change::Away);
        assert_eq!(table.set_elsewhere(other, &user, Some(&there(&user, &name, false))), Change::Online);
        assert_eq!((table.len(), table.count_here(), table.has_changed()), (1, 0, false));
        assert_eq!(table.attach(&user, &name, SessionId(1)), Change::None);
        assert_eq!(table.parts().len(), 1);
        assert_eq!(table.set_elsewhere(other, &user, None), Change::None);
        assert_eq!(table.detach(&user, SessionId(1), Moment(5)), Change::Away);
        assert_eq!(table.set_elsewhere(one, &user, None), Change::None);
        let ended = table.take_ended(Moment(5)).unwrap();
        assert_eq!((ended.left_here, ended.change), (true, Change::Offline { name, hides: false }));
        assert_eq!((table.len(), table.count_here()), (0, 0));
    }

    #[test]
    fn users_of_a_node_that_is_lost_are_present_until_their_grace_period_ends() {
        let (mut table, user, name) = table();
        let node = Lease { node: 1, incarnation: 7 };
        table.set_elsewhere(node, &user, Some(&there(&user, &name, false)));
        table.lose_node(node, [user.clone()].into_iter(), Moment(10));
        assert_eq!((table.len(), table.take_ended(Moment(9))), (1, None));
        let ended = table.take_ended(Moment(10)).unwrap();
        assert_eq!((ended.left_here, ended.change), (false, Change::Offline { name, hides: false }));
    }

    #[test]
    fn a_name_is_held_by_who_is_connected_and_by_who_is_no_guest() {
        let (mut table, user, name) = table();
        let (guest, other) = (UserId::parse("g-1").unwrap(), UserId::parse("v").unwrap());
        assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![]));
        table.attach(&guest, &name, SessionId(1));
        assert_eq!(table.gone_namesakes(&ann(), &other), None);
        let cyrillic = Name::parse("аnn").unwrap().looks();
        let expected = if cfg!(feature = "confusables") { None } else { Some(vec![]) };
        assert_eq!(table.gone_namesakes(&cyrillic, &other), expected, "names are held that look the same");
        assert_eq!(table.gone_namesakes(&ann(), &guest), Some(vec![]));
        table.detach(&guest, SessionId(1), Moment(5));
        assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest]));
        table.touch(&user, &name, Moment(6));
        assert_eq!(table.gone_namesakes(&ann(), &other), None, "no guest makes way");
        while table.take_ended(Moment(6)).is_some() {}
        assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![]));
    }

    #[test]
    fn a_guest_makes_way_once_no_node_has_them_connected() {
        let (mut table, other, name) = table();
        let (guest, node) = (UserId::parse("g-1").unwrap(), Lease { node: 7, incarnation: 1 });
        table.expect(&guest, &name, Moment(9));
        assert_eq!(table.gone_namesakes(&ann(), &other), None, "their node has yet to tell of them");
        table.set_elsewhere(node, &guest, Some(&there(&guest, &name, false)));
        table.touch(&guest, &name, Moment(5));
        assert_eq!(table.gone_namesakes(&ann(), &other), None);
        let gone = PresentUser { gone: true, ..there(&guest, &name, false) };
        table.set_elsewhere(node, &guest, Some(&gone));
        assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest.clone()]));
        table.attach(&guest, &name, SessionId(1));
        assert_eq!(table.gone_namesakes(&ann(), &other), None);
        table.detach(&guest, SessionId(1), Moment(6));
        table.set_elsewhere(node, &guest, None);
        assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest]));
    }

    #[test]
    fn that_a_user_is_gone_is_told_to_other_nodes_as_is_that_they_are_back() {
        let (mut table, user, name) = table();
        let told = |table: &mut PresenceTable| {
            let changed = table.take_changed().count();
            (changed, table.parts().into_values().flatten().map(|there| there.gone).next())
        };
        table.attach(&user, &name, SessionId(1));
        assert_eq!(told(&mut table), (1, Some(false)));
        table.detach(&user, SessionId(1), Moment(9));
        assert_eq!(told(&mut table), (1, Some(true)));
        table.attach(&user, &name, SessionId(2));
        assert_eq!(told(&mut table), (1, Some(false)));
    }

    #[test]
    fn a_guest_who_joins_on_another_node_is_expected_though_others_have_them_gone() {
        let (mut table, other, name) = table();
        let (guest, node) = (UserId::parse("g-1").unwrap(), Lease { node: 7, incarnation: 1 });
        let gone = PresentUser { gone: true, ..there(&guest, &name, false) };
        table.set_elsewhere(node, &guest, Some(&gone));
        table.touch(&guest, &name, Moment(5));
        assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest.clone()]));
        table.expect(&guest, &name, Moment(9));
        assert_eq!(table.gone_namesakes(&ann(), &other), None);
        while table.take_ended(Moment(9)).is_some() {}
        assert_eq!(table.gone_namesakes(&ann(), &other), Some(vec![guest.clone()]));
        table.set_elsewhere(node, &guest, Some(&there(&guest, &name, false)));
        table.expect(&guest, &name, Moment(20));
        assert_eq!(table.next_end(), None, "a node that has them is believed");
    }
}
