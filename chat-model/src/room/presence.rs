//! The users present in a room: those with a subscribed session, and those whose grace period after it has not ended.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use smallvec::SmallVec;

use super::roster::bounded;
use crate::{Listing, Moment, Name, SessionId, UserId, Who};

/// A user who is present.
#[derive(Debug)]
struct Present {
    name: Name,
    sessions: SmallVec<[(SessionId, bool); 1]>,
    /// While no session is left: when the grace period ends.
    until: Option<Moment>,
}

/// A change worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Online,
    Away,
}

#[derive(Debug, Default)]
pub(super) struct PresenceTable {
    users: BTreeMap<UserId, Present>,
    /// Grace periods by their end. One whose user came back is skipped.
    ending: VecDeque<(Moment, UserId)>,
    /// For each hash of a name, how many users present have such a name: most names are found free without a search.
    names: HashMap<u64, u32>,
    /// The first users by id, as they were listed last, as long as that is true.
    listing: Option<Arc<Listing<Who>>>,
}

impl PresenceTable {
    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// All users who are present, by id.
    pub(super) fn users(&self) -> impl Iterator<Item = &UserId> {
        self.users.keys()
    }

    pub(super) fn contains(&self, user: &UserId) -> bool {
        self.users.contains_key(user)
    }

    /// A user who is present, with the name they came with.
    pub(super) fn who(&self, user: &UserId) -> Option<Who> {
        self.users.get(user).map(|present| Who { user: user.clone(), name: Some(present.name.clone()) })
    }

    /// Whether another user who is present has a name that looks the same.
    pub(super) fn is_name_taken(&self, name: &Name, by: &UserId) -> bool {
        if !self.names.contains_key(&name_hash(name)) {
            return false;
        }
        let folded = name.folded();
        self.users.iter().any(|(user, present)| user != by && present.name.folded() == folded)
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

    /// This user comes, goes or is renamed. The list stays true if it is full and they come after all who are on it.
    fn unlist(&mut self, user: &UserId) {
        let count = self.users.len();
        self.listing.take_if(|list| list.len() == count || list.last().is_none_or(|last| *user <= last.user));
    }

    /// A user who is present goes by this name from now on.
    pub(super) fn rename(&mut self, user: &UserId, name: &Name) {
        if self.contains(user) {
            self.entry(user, name);
        }
    }

    pub(super) fn attach(&mut self, user: &UserId, name: &Name, session: SessionId) -> Change {
        let before = self.users.get(user).map(Present::is_away);
        let present = self.entry(user, name);
        present.until = None;
        if !present.sessions.iter().any(|(known, _)| *known == session) {
            present.sessions.push((session, false));
        }
        present.changed(before)
    }

    /// A user who is present without a session, for the grace period.
    pub(super) fn touch(&mut self, user: &UserId, name: &Name, until: Moment) {
        let present = self.entry(user, name);
        if present.sessions.is_empty() {
            present.until = Some(until);
            self.ending.push_back((until, user.clone()));
        }
    }

    pub(super) fn detach(&mut self, user: &UserId, session: SessionId, until: Moment) -> Change {
        let Some(present) = self.users.get_mut(user) else { return Change::None };
        let before = Some(present.is_away());
        let count = present.sessions.len();
        present.sessions.retain(|(known, _)| *known != session);
        if present.sessions.is_empty() && count > 0 {
            present.until = Some(until);
            self.ending.push_back((until, user.clone()));
            return Change::None;
        }
        present.changed(before)
    }

    pub(super) fn set_away(&mut self, user: &UserId, session: SessionId, away: bool) -> Change {
        let Some(present) = self.users.get_mut(user) else { return Change::None };
        let before = Some(present.is_away());
        for (_, is_away) in present.sessions.iter_mut().filter(|(known, _)| *known == session) {
            *is_away = away;
        }
        present.changed(before)
    }

    pub(super) fn remove(&mut self, user: &UserId) -> Option<Who> {
        self.unlist(user);
        let present = self.users.remove(user)?;
        self.forget_name(&present.name);
        Some(Who { user: user.clone(), name: Some(present.name) })
    }

    /// When the next grace period ends.
    pub(super) fn next_end(&self) -> Option<Moment> {
        self.ending.front().map(|(at, _)| *at)
    }

    /// Takes out a user whose grace period has ended.
    pub(super) fn take_gone(&mut self, now: Moment) -> Option<Who> {
        while self.ending.front().is_some_and(|(at, _)| *at <= now) {
            let (at, user) = self.ending.pop_front()?;
            if self.users.get(&user).is_some_and(|p| p.until == Some(at)) {
                return self.remove(&user);
            }
        }
        None
    }

    fn entry(&mut self, user: &UserId, name: &Name) -> &mut Present {
        if self.users.get(user).is_none_or(|present| present.name != *name) {
            self.unlist(user);
        }
        if let Some(present) = self.users.get_mut(user).filter(|present| present.name != *name) {
            let old = std::mem::replace(&mut present.name, name.clone());
            self.forget_name(&old);
            *self.names.entry(name_hash(name)).or_default() += 1;
        }
        let names = &mut self.names;
        self.users.entry(user.clone()).or_insert_with(|| {
            *names.entry(name_hash(name)).or_default() += 1;
            Present { name: name.clone(), sessions: SmallVec::new(), until: None }
        })
    }

    fn forget_name(&mut self, name: &Name) {
        let hash = name_hash(name);
        if let Some(count) = self.names.get_mut(&hash) {
            *count -= 1;
            if *count == 0 {
                self.names.remove(&hash);
            }
        }
    }
}

impl Present {
    /// Whether the user is away on all devices. In the grace period, of which nobody is told, they are not.
    fn is_away(&self) -> bool {
        !self.sessions.is_empty() && self.sessions.iter().all(|(_, away)| *away)
    }

    /// What there is to tell. `before` says whether the user was away; `None` if they were not present.
    fn changed(&self, before: Option<bool>) -> Change {
        match (before, self.is_away()) {
            (before, away) if before == Some(away) => Change::None,
            (_, true) => Change::Away,
            (_, false) => Change::Online,
        }
    }
}

fn name_hash(name: &Name) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.folded().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> (PresenceTable, UserId, Name) {
        (PresenceTable::default(), UserId::parse("u").unwrap(), Name::parse("Ann").unwrap())
    }

    #[test]
    fn a_reload_within_the_grace_period_is_not_noticed() {
        let (mut table, user, name) = table();
        assert_eq!(table.attach(&user, &name, SessionId(1)), Change::Online);
        assert_eq!(table.detach(&user, SessionId(1), Moment(100)), Change::None);
        assert_eq!(table.attach(&user, &name, SessionId(2)), Change::None);
        assert_eq!(table.take_gone(Moment(1_000)), None);
        table.detach(&user, SessionId(2), Moment(1_100));
        assert_eq!(table.take_gone(Moment(1_099)), None);
        assert_eq!(table.take_gone(Moment(1_100)).map(|w| w.user), Some(user));
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
    fn names_that_look_alike_are_taken() {
        let (mut table, user, name) = table();
        table.touch(&user, &name, Moment(5));
        let other = UserId::parse("v").unwrap();
        assert!(table.is_name_taken(&Name::parse("ANN").unwrap(), &other));
        assert!(!table.is_name_taken(&Name::parse("ANN").unwrap(), &user));
        table.take_gone(Moment(5));
        assert!(!table.is_name_taken(&name, &other));
    }
}
