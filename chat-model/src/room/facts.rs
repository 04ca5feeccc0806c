//! What a room knows of users, messages and claims at its head, and what it assumes while it judges a batch.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::presence::PresenceTable;
use crate::{
    ClientId, Draft, Entry, MemberFact, MessageFact, Name, RoomMeta, Seq, Timestamp, UserId,
    entry::Claim,
    limits,
    store::{Claimed, Facts, FactsQuery},
};

/// Member facts are remembered, and every commit keeps them current. Facts of messages, and who the seniors are, are true
/// at one head only. A claim that was found stays true, and is forgotten with the batch.
#[derive(Debug, Default)]
pub(super) struct FactCache {
    members: HashMap<UserId, MemberFact>,
    messages: HashMap<Seq, Option<MessageFact>>,
    claims: HashMap<(UserId, ClientId), Option<Claimed>>,
    seniors: Option<Vec<MemberFact>>,
    /// How many messages are pinned: true at one head only, too.
    pins: Option<u64>,
}

impl FactCache {
    pub(super) fn member(&self, user: &UserId) -> Option<&MemberFact> {
        self.members.get(user)
    }

    /// Whether somebody who is known blocks somebody here.
    pub(super) fn has_block(&self) -> bool {
        self.members.values().any(|fact| fact.blocked || fact.blocks.is_some())
    }

    pub(super) fn message(&self, seq: Seq) -> Option<&Option<MessageFact>> {
        self.messages.get(&seq)
    }

    pub(super) fn claim(&self, sender: &UserId, client_id: &ClientId) -> Option<&Option<Claimed>> {
        self.claims.get(&(sender.clone(), client_id.clone()))
    }

    /// Whether the store was found to have this claim.
    pub(super) fn has_found(&self, sender: &UserId, claim: &Option<Claim>) -> bool {
        claim.as_ref().is_some_and(|claim| matches!(self.claim(sender, &claim.client_id), Some(Some(_))))
    }

    /// A user whose id was just made: no store knows anything of them.
    pub(super) fn add_newcomer(&mut self, newcomer: &UserId) {
        self.members.entry(newcomer.clone()).or_insert_with(|| MemberFact::unknown(newcomer.clone()));
    }

    /// Takes in the store's answer. What was asked for and not found is known not to be there.
    pub(super) fn learn(&mut self, query: &FactsQuery, facts: Facts) {
        for fact in facts.members {
            self.members.insert(fact.user.clone(), fact);
        }
        self.messages.extend(query.messages.iter().map(|seq| (*seq, None)));
        self.messages.extend(facts.messages.into_iter().map(|fact| (fact.seq, Some(fact))));
        self.claims.extend(query.claims.iter().map(|claim| (claim.clone(), None)));
        if query.pins {
            self.pins = Some(facts.pins);
        }
        self.learn_claims(facts.claims);
        if query.seniors {
            self.seniors = Some(facts.seniors);
        }
    }

    pub(super) fn learn_claims(&mut self, claims: Vec<Claimed>) {
        let found = claims.into_iter().map(|c| ((c.sender.clone(), c.client_id.clone()), Some(c)));
        self.claims.extend(found);
    }

    /// The log has grown: facts of messages and pins may be out of date, and claims that were not found may be there now.
    pub(super) fn head_moved(&mut self) {
        self.messages.clear();
        self.seniors = None;
        self.pins = None;
        self.claims.retain(|_, claim| claim.is_some());
    }

    /// The batch is done: nothing waits any more for what was looked up.
    pub(super) fn batch_done(&mut self, presence: &PresenceTable) {
        self.claims.clear();
        self.seniors = None;
        if self.messages.len() > limits::MAX_MESSAGE_FACTS {
            self.messages = HashMap::new();
        }
        self.evict(presence);
    }

    pub(super) fn member_mut(&mut self, user: &UserId) -> Option<&mut MemberFact> {
        self.members.get_mut(user)
    }

    /// Forgets users who are not present here, once there are too many of them.
    pub(super) fn evict(&mut self, presence: &PresenceTable) {
        if self.members.len() > presence.count_here() + limits::MAX_IDLE_FACTS {
            self.members.retain(|user, _| presence.is_here(user));
            if self.members.capacity() > 4 * self.members.len() {
                self.members.shrink_to_fit();
            }
        }
    }

    /// How many users and messages are remembered.
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.members.len(), self.messages.len())
    }
}

/// The facts as they will be once the drafts judged so far in this batch are committed.
pub(super) struct Assumed<'a> {
    cache: &'a FactCache,
    members: BTreeMap<UserId, MemberFact>,
    messages: BTreeMap<Seq, MessageFact>,
    claims: HashSet<(UserId, ClientId)>,
    meta: Option<(Seq, RoomMeta)>,
    written: BTreeMap<UserId, Timestamp>,
    /// By how much the number of pinned messages changes.
    pins: i64,
}

impl<'a> Assumed<'a> {
    pub(super) fn new(cache: &'a FactCache) -> Self {
        Self {
            cache,
            members: BTreeMap::new(),
            messages: BTreeMap::new(),
            claims: HashSet::new(),
            meta: None,
            written: BTreeMap::new(),
            pins: 0,
        }
    }

    pub(super) fn member(&self, user: &UserId) -> Option<&MemberFact> {
        self.members.get(user).or_else(|| self.cache.member(user))
    }

    /// The message: unknown, known not to be there, or known.
    pub(super) fn message(&self, seq: Seq) -> Option<Option<&MessageFact>> {
        match self.messages.get(&seq) {
            Some(fact) => Some(Some(fact)),
            None => self.cache.message(seq).map(Option::as_ref),
        }
    }

    pub(super) fn is_claimed(&self, sender: &UserId, client_id: &ClientId) -> bool {
        self.claims.contains(&(sender.clone(), client_id.clone()))
    }

    pub(super) fn claim(&self, sender: &UserId, client_id: &ClientId) -> Option<&'a Option<Claimed>> {
        self.cache.claim(sender, client_id)
    }

    /// The first of the members by rank; `None` if that is not known.
    pub(super) fn seniors(&self) -> Option<&'a [MemberFact]> {
        self.cache.seniors.as_deref()
    }

    /// Whether a draft of this batch changes what is known of a user.
    pub(super) fn changes_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// How many messages are pinned, if that is known.
    pub(super) fn pins(&self) -> Option<u64> {
        self.cache.pins.map(|pins| pins.saturating_add_signed(self.pins))
    }

    /// When the user wrote the last message among these drafts.
    pub(super) fn wrote(&self, user: &UserId) -> Option<Timestamp> {
        self.written.get(user).copied()
    }

    /// What the room is, and the seq of the last draft that changes it, if one of this batch does.
    pub(super) fn meta(&self) -> Option<(Seq, &RoomMeta)> {
        self.meta.as_ref().map(|(seq, meta)| (*seq, meta))
    }

    /// Assumes that the draft is committed at `seq`, in a room that is `meta` before this batch.
    pub(super) fn assume(&mut self, draft: &Draft, seq: Seq, meta: &RoomMeta) {
        if let Some(claim) = &draft.claim {
            self.claims.insert((draft.sender.clone(), claim.client_id.clone()));
        }
        for user in draft.body.subjects(&draft.sender) {
            if let Some(mut fact) = self.member(user).cloned() {
                fact.apply(seq, &draft.body, draft.lease.is_some());
                self.members.insert(user.clone(), fact);
            }
        }
        if let Some(target) = draft.body.target()
            && let Some(Some(fact)) = self.message(target)
        {
            let mut fact = fact.clone();
            let was_pinned = fact.state.pinned.is_some();
            fact.state.apply(seq, draft.at, &draft.sender, &draft.body);
            self.pins += i64::from(fact.state.pinned.is_some()) - i64::from(was_pinned);
            self.messages.insert(target, fact);
        }
        if draft.body.room_change().is_some() || draft.body.changes_invites() {
            let mut meta = self.meta.take().map_or_else(|| meta.clone(), |(_, meta)| meta);
            meta.follow(seq, draft.at, &draft.sender, &draft.body);
            self.meta = Some((seq, meta));
        }
        if draft.body.is_message() {
            let fact = MessageFact { seq, sender: draft.sender.clone(), state: Default::default() };
            self.messages.insert(seq, fact);
            self.written.insert(draft.sender.clone(), draft.at);
        }
    }
}

/// Applies a committed entry to the member facts that are remembered.
pub(super) fn apply(cache: &mut FactCache, entry: &Entry) {
    for user in entry.body.subjects(&entry.sender) {
        if let Some(fact) = cache.member_mut(user) {
            // Every engine joins guests with a lease.
            fact.apply(entry.seq, &entry.body, true);
        }
    }
}

/// Notes the name that came with an entry of a user who has none yet.
pub(super) fn name(cache: &mut FactCache, user: &UserId, name: &Name) {
    if let Some(fact) = cache.member_mut(user) {
        fact.name.get_or_insert_with(|| name.clone());
    }
}

/// Notes the name under which a user is known from now on. Returns whether the log names them, and they went by another one.
pub(super) fn rename(cache: &mut FactCache, user: &UserId, name: &Name) -> bool {
    let Some(fact) = cache.member_mut(user).filter(|fact| fact.name.as_ref() != Some(name)) else { return false };
    fact.name = Some(name.clone());
    fact.as_of > 0
}
