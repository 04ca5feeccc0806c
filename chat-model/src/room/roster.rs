//! The first members of a room, as `joined` names them.

use std::sync::Arc;

use crate::{ListedMember, Listing, MemberFact, Who, limits};

#[derive(Debug)]
pub(super) struct Roster {
    /// By the seq of their join, [`limits::ROSTER`] at most.
    members: Vec<ListedMember>,
    /// The list as it was told last, as long as it is true.
    listing: Option<Arc<Listing<ListedMember>>>,
}

impl Roster {
    pub(super) fn new(facts: &[MemberFact]) -> Self {
        Self { members: facts.iter().filter_map(listed).collect(), listing: None }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// An entry has changed this user's facts.
    pub(super) fn apply(&mut self, fact: &MemberFact) {
        let at = self.members.iter().position(|known| known.who.user == fact.user);
        match (at, listed(fact)) {
            (Some(at), Some(member)) => self.members[at] = member,
            (Some(at), None) => drop(self.members.remove(at)),
            (None, Some(member)) if self.members.len() < limits::ROSTER => self.members.push(member),
            (None, _) => return,
        }
        self.listing = None;
    }

    pub(super) fn listing(&mut self) -> Arc<Listing<ListedMember>> {
        let members = &self.members;
        let list = || Arc::new(bounded(members.iter().cloned(), |member| &member.who));
        let listing = self.listing.take().unwrap_or_else(list);
        // As long as there is a place left, the next join makes it another list, so it is not worth keeping.
        self.listing = (members.len() >= limits::ROSTER).then(|| listing.clone());
        listing
    }
}

fn listed(fact: &MemberFact) -> Option<ListedMember> {
    let who = Who { user: fact.user.clone(), name: fact.name.clone() };
    fact.role().map(|role| ListedMember { who, role, last_seen: None })
}

/// The first of a list, up to [`limits::ROSTER`] in number and [`limits::ROSTER_BYTES`] in ids and names.
pub(super) fn bounded<T>(items: impl Iterator<Item = T>, who: impl Fn(&T) -> &Who) -> Listing<T> {
    let mut bytes = 0;
    let fits = |item: &T| {
        let Who { user, name } = who(item);
        bytes += user.as_str().len() + name.as_ref().map_or(0, |name| name.as_str().len());
        bytes <= limits::ROSTER_BYTES
    };
    items.take(limits::ROSTER).take_while(fits).collect()
}
