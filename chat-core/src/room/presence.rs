//! Who is present in a room: users with a subscription, and for a grace period those who lost theirs.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

use smallvec::SmallVec;

use crate::{Moment, Name, SessionId, UserId, codec::Who};

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
    /// Grace periods by their end; entries of users who came back are stale and skipped.
    ending: VecDeque<(Moment, UserId)>,
    /// How many present go by a name of this hash, so that most questions for a name need no search.
    names: HashMap<u64, u32>,
}

impl PresenceTable {
    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    pub(super) fn contains(&self, user: &UserId) -> bool {
        self.users.contains_key(user)
    }

    /// Whether somebody else who is present goes by a name that looks the same.
    pub(super) fn is_name_taken(&self, name: &Name, by: &UserId) -> bool {
        if !self.names.contains_key(&name_hash(name)) {
            return false;
        }
        let folded = name.folded();
        self.users.iter().any(|(user, present)| user != by && present.name.folded() == folded)
    }

    /// Some of those present, by user id.
    pub(super) fn list(&self) -> impl Iterator<Item = Who> {
        self.users.iter().map(|(user, present)| Who { user: user.clone(), name: Some(present.name.clone()) })
    }

    pub(super) fn attach(&mut self, user: &UserId, name: &Name, session: SessionId) -> Change {
        let before = self.state(user);
        let present = self.entry(user, name);
        present.until = None;
        if !present.sessions.iter().any(|(known, _)| *known == session) {
            present.sessions.push((session, false));
        }
        self.changed(user, before)
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
        let before = self.state(user);
        let Some(present) = self.users.get_mut(user) else { return Change::None };
        let count = present.sessions.len();
        present.sessions.retain(|(known, _)| *known != session);
        if present.sessions.is_empty() && count > 0 {
            present.until = Some(until);
            self.ending.push_back((until, user.clone()));
            return Change::None;
        }
        self.changed(user, before)
    }

    pub(super) fn set_away(&mut self, user: &UserId, session: SessionId, away: bool) -> Change {
        let before = self.state(user);
        let Some(present) = self.users.get_mut(user) else { return Change::None };
        for (_, is_away) in present.sessions.iter_mut().filter(|(known, _)| *known == session) {
            *is_away = away;
        }
        self.changed(user, before)
    }

    pub(super) fn remove(&mut self, user: &UserId) -> Option<Who> {
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
        if self.users.get(user).is_some_and(|p| p.name != *name)
            && let Some(present) = self.users.get_mut(user)
        {
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

    /// Online, away, or (in the grace period too: nobody is told of it) as before; `None` if not present.
    fn state(&self, user: &UserId) -> Option<bool> {
        let present = self.users.get(user)?;
        Some(!present.sessions.is_empty() && present.sessions.iter().all(|(_, away)| *away))
    }

    fn changed(&self, user: &UserId, before: Option<bool>) -> Change {
        match (before, self.state(user)) {
            (before, Some(away)) if before != Some(away) => {
                if away {
                    Change::Away
                } else {
                    Change::Online
                }
            }
            _ => Change::None,
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
