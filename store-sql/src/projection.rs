//! What an append changes beside the log: members, leases, message states, mentions, names. Nothing here depends on the
//! kind of database, and nothing waits.

use std::collections::{BTreeMap, BTreeSet};

use chat_model::{Body, Draft, Lease, MemberFact, MessageFact, MessageState, Name, Seq, UserId};

/// The entries of an append that change anything beside the log and the room's counters.
pub(crate) struct Projection<'d> {
    entries: Vec<(Seq, &'d Draft)>,
}

/// What becomes of a room's members.
pub(crate) struct Members {
    /// As they now stand, by id.
    pub(crate) facts: BTreeMap<UserId, MemberFact>,
    /// Those whose leases end.
    pub(crate) released: Vec<UserId>,
    /// The only lease of each guest's membership that began.
    pub(crate) leases: Vec<(UserId, Lease)>,
}

impl<'d> Projection<'d> {
    /// Of drafts that are appended above `expected`.
    pub(crate) fn new(expected: Seq, drafts: &'d [Draft]) -> Self {
        let places = drafts.iter().enumerate().map(|(n, draft)| (expected.saturating_add(1 + n as u64), draft));
        Self { entries: places.filter(|(_, draft)| is_needed(draft)).collect() }
    }

    /// Whether there is nothing to be changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Users of whom it must be known what they are before it can be said what they become.
    pub(crate) fn subjects(&self) -> Vec<&'d UserId> {
        let subjects = self.entries.iter().filter_map(|(_, draft)| draft.body.subject(&draft.sender));
        Vec::from_iter(subjects.collect::<BTreeSet<_>>())
    }

    /// Messages of which the same must be known.
    pub(crate) fn targets(&self) -> Vec<Seq> {
        let targets = self.entries.iter().filter_map(|(_, draft)| draft.body.target());
        Vec::from_iter(targets.collect::<BTreeSet<_>>())
    }

    /// What becomes of the [`subjects`](Self::subjects), who were this.
    pub(crate) fn members(&self, known: Vec<MemberFact>) -> Members {
        let held = |fact: &MemberFact| fact.membership.as_ref().is_some_and(|membership| membership.held);
        let were_held: BTreeSet<UserId> =
            known.iter().filter(|fact| held(fact)).map(|fact| fact.user.clone()).collect();
        let mut facts: BTreeMap<UserId, MemberFact> = known.into_iter().map(|fact| (fact.user.clone(), fact)).collect();
        // The only lease of each membership that began, and none of each that ended.
        let mut leases: BTreeMap<UserId, Option<Lease>> = BTreeMap::new();
        for (seq, draft) in &self.entries {
            if let Some(fact) = draft.body.subject(&draft.sender).and_then(|user| facts.get_mut(user)) {
                fact.apply(*seq, &draft.body, draft.lease.is_some());
                if fact.membership.as_ref().is_none_or(|membership| membership.since == *seq) {
                    leases.insert(fact.user.clone(), draft.lease.filter(|_| held(fact)));
                }
            }
        }
        let released = leases.keys().filter(|user| were_held.contains(*user)).cloned().collect();
        let leases = leases.into_iter().filter_map(|(user, lease)| Some((user, lease?))).collect();
        Members { facts, released, leases }
    }

    /// What becomes of the [`targets`](Self::targets), which were this.
    pub(crate) fn states(&self, known: Vec<MessageFact>) -> BTreeMap<Seq, MessageState> {
        let mut states: BTreeMap<Seq, MessageState> = known.into_iter().map(|fact| (fact.seq, fact.state)).collect();
        for (seq, draft) in &self.entries {
            if let Some(state) = draft.body.target().and_then(|target| states.get_mut(&target)) {
                state.apply(*seq, draft.at, &draft.sender, &draft.body);
            }
        }
        states
    }

    /// Whom messages mention from now on: the last of the drafts that says so of a message has its way.
    pub(crate) fn mentions(&self) -> BTreeMap<Seq, &'d [UserId]> {
        let mut mentions: BTreeMap<Seq, &[UserId]> = BTreeMap::new();
        for (seq, draft) in &self.entries {
            match &draft.body {
                Body::Message(post) => mentions.insert(*seq, &post.mentions),
                Body::Edited { target, mentions: now, .. } => mentions.insert(*target, now),
                Body::Deleted { target } => mentions.insert(*target, &[]),
                _ => None,
            };
        }
        mentions
    }

    /// The room's new name, if it gets one.
    pub(crate) fn room_name(&self) -> Option<&'d Name> {
        self.entries.iter().rev().find_map(|(_, draft)| match &draft.body {
            Body::Renamed { name } => Some(name),
            _ => None,
        })
    }

    /// People's new names, in the order of their ids.
    pub(crate) fn names(&self) -> Vec<(&'d UserId, &'d Name)> {
        let names = self.entries.iter().filter_map(|(_, draft)| Some((&draft.sender, draft.name.as_ref()?)));
        Vec::from_iter(names.collect::<BTreeMap<_, _>>())
    }

    /// Messages that are deleted, and by which entry.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = (Seq, Seq)> + use<'_, 'd> {
        self.entries.iter().filter_map(|(seq, draft)| match draft.body {
            Body::Deleted { target } => Some((target, *seq)),
            _ => None,
        })
    }
}

/// Whether this draft changes anything beside the log and the room's counters.
fn is_needed(draft: &Draft) -> bool {
    let body = match &draft.body {
        Body::Message(post) => !post.mentions.is_empty(),
        Body::Renamed { .. } => true,
        body => body.subject(&draft.sender).is_some() || body.target().is_some(),
    };
    body || draft.name.is_some()
}
