//! One room: its log, and what is projected from it.

mod own_rooms;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::{BuildHasher as _, RandomState},
    ops::Bound,
    sync::Arc,
};

use crate::{
    AppendError, Beginning, Body, Claim, Claimed, ClientId, Cursor, Draft, Entry, Epoch, Facts, FactsQuery, Lease,
    MemberFact, Membership, MessageFact, MessageState, Page, Receipt, Restriction, Role, RoomId, RoomMeta, RoomRecord,
    Seq, Stub, Timestamp, UserId, Window,
    limits::{ROSTER, SENIORS},
    plan::{self, MemberChange, Plan},
};

/// One room's log and projections.
///
/// Trees rather than hash tables: none of them ever stops to grow, and none has an order of its own making.
pub(super) struct Room {
    pub(super) epoch: Epoch,
    meta: RoomMeta,
    /// From `oldest` on. Shared, so that a page is cloned after the room's lock was given back.
    log: VecDeque<Arc<Entry>>,
    /// Where the log begins.
    oldest: Seq,
    /// Of entries below, those that were claimed.
    stubs: BTreeMap<Seq, Stub>,
    told: Seq,
    /// When its last message was written, or it was made.
    active_at: Timestamp,
    /// The hash of each claim's sender and client id, and where it is; the log and the stubs tell equal hashes apart.
    claims: BTreeSet<(u64, Seq)>,
    hasher: RandomState,
    /// The seqs of all messages, ascending.
    messages: Vec<Seq>,
    /// Messages to which something happened.
    touched: BTreeMap<Seq, Touched>,
    /// The pinned messages, by the entries that pinned them.
    pins: BTreeMap<Seq, Seq>,
    pub(super) members: BTreeMap<UserId, MemberFact>,
    /// Members by the seq at which they joined.
    by_join: BTreeMap<Seq, UserId>,
    /// Members who are no guests by their role, and the seq at which they joined.
    by_rank: BTreeSet<(Reverse<Role>, Seq)>,
    /// Users of whom the log says something, but who are no members.
    strangers: BTreeMap<UserId, MemberFact>,
    member_count: u64,
    /// Of each guest who is a member: the nodes that hold the membership, and in which life.
    leases: BTreeMap<UserId, BTreeMap<u32, u64>>,
    reads: BTreeMap<UserId, Seq>,
    has_unknown: bool,
}

#[derive(Default)]
struct Touched {
    state: MessageState,
    /// The entries that did it: erased with the message.
    by: Vec<Seq>,
}

impl Room {
    pub(super) fn new(epoch: Epoch, meta: RoomMeta, beginning: &Beginning) -> Self {
        Self {
            epoch,
            active_at: beginning.active_at.unwrap_or(meta.created_at),
            meta,
            log: VecDeque::new(),
            oldest: beginning.oldest,
            stubs: BTreeMap::new(),
            told: beginning.told,
            claims: BTreeSet::new(),
            hasher: RandomState::new(),
            messages: Vec::new(),
            touched: BTreeMap::new(),
            pins: BTreeMap::new(),
            members: BTreeMap::new(),
            by_join: BTreeMap::new(),
            by_rank: BTreeSet::new(),
            strangers: BTreeMap::new(),
            member_count: beginning.members,
            leases: BTreeMap::new(),
            reads: BTreeMap::new(),
            has_unknown: false,
        }
    }

    /// What the room is.
    pub(super) fn meta(&self) -> &RoomMeta {
        &self.meta
    }

    pub(super) fn head(&self) -> Seq {
        self.oldest - 1 + self.log.len() as Seq
    }

    pub(super) fn at(&self) -> Cursor {
        Cursor { epoch: self.epoch, seq: self.head() }
    }

    pub(super) fn record(&self, room: &RoomId) -> RoomRecord {
        RoomRecord {
            room: room.clone(),
            epoch: self.epoch,
            head: self.head(),
            told: self.told,
            meta: self.meta.clone(),
            members: self.member_count,
            active_at: self.active_at,
            has_unknown: self.has_unknown,
        }
    }

    pub(super) fn append<'d>(
        &mut self,
        epoch: Epoch,
        expected: Seq,
        drafts: &'d [Draft],
    ) -> Result<Plan<'d>, AppendError> {
        if (epoch, expected) != (self.epoch, self.head()) {
            return Err(AppendError::Conflict { epoch: self.epoch, head: self.head() });
        }
        let taken = |(sender, client_id): (&UserId, &ClientId)| self.claimed(sender, client_id);
        let duplicates: Vec<Claimed> = plan::claims(drafts).into_iter().filter_map(taken).collect();
        if !duplicates.is_empty() {
            return Err(AppendError::Duplicate(duplicates));
        }
        let drafts = &drafts[..plan::prefix(drafts)];
        drafts.iter().for_each(|draft| self.push(draft));
        let plan = Plan::new(expected, drafts);
        self.project(&plan);
        Ok(plan)
    }

    /// Puts a draft into the log and its indexes.
    fn push(&mut self, draft: &Draft) {
        let seq = self.head() + 1;
        self.log.push_back(Arc::new(Entry::from_draft(draft, seq)));
        if let Some(claim) = &draft.claim {
            self.claims.insert((self.claim_hash(&draft.sender, &claim.client_id), seq));
        }
        if draft.body.is_message() {
            self.messages.push(seq);
        }
        if let Some(target) = draft.body.target().filter(|&target| self.is_message(target)) {
            self.touched.entry(target).or_default().by.push(seq);
        }
    }

    fn project(&mut self, plan: &Plan<'_>) {
        if plan.count == 0 {
            return;
        }
        self.told = plan.told;
        self.active_at = plan.last_message.map_or(self.active_at, |(_, at)| at);
        self.member_count = self.member_count.saturating_add_signed(plan.member_delta);
        self.has_unknown |= plan.has_unknown();
        self.meta.apply(&plan.room);
        plan.invites(&mut self.meta.invites);
        for user in plan.users() {
            if let Some(change) = plan.member(self.fact(user)) {
                self.change_member(change);
            }
        }
        for target in plan.targets() {
            self.change_message(target, plan);
        }
        for deletion in &plan.deletions {
            self.erase(deletion.target, deletion.by);
        }
    }

    fn change_message(&mut self, message: Seq, plan: &Plan<'_>) {
        let Some(Touched { state, .. }) = self.touched.get_mut(&message) else { return };
        let was = state.pinned.as_ref().map(|pin| pin.seq);
        plan.message(message, state);
        let is = state.pinned.as_ref().map(|pin| pin.seq);
        if was != is {
            was.map(|pin| self.pins.remove(&pin));
            self.pins.extend(is.map(|pin| (pin, message)));
        }
    }

    fn change_member(&mut self, MemberChange { fact, is_released, lease }: MemberChange) {
        let user = fact.user.clone();
        if is_released {
            self.leases.remove(&user);
        }
        self.leases.extend(lease.map(|lease| (user.clone(), BTreeMap::from([(lease.node, lease.incarnation)]))));
        self.strangers.remove(&user);
        if let Some(MemberFact { membership: Some(membership), .. }) = self.members.remove(&user) {
            self.by_join.remove(&membership.since);
            self.by_rank.remove(&(Reverse(membership.role), membership.since));
        }
        self.put(fact);
    }

    /// Puts in what is known of a user of whom nothing was known.
    fn put(&mut self, fact: MemberFact) {
        if let Some(membership) = &fact.membership {
            self.by_join.insert(membership.since, fact.user.clone());
            if !membership.guest {
                self.by_rank.insert((Reverse(membership.role), membership.since));
            }
            self.members.insert(fact.user.clone(), fact);
        } else {
            self.strangers.insert(fact.user.clone(), fact);
        }
    }

    pub(super) fn redact(&mut self, message: Seq) {
        if let Some(touched) = self.touched.get_mut(&message) {
            touched.state.erase();
        }
        self.erase(message, self.head() + 1);
    }

    /// Erases the bodies of a message and of the entries below `until` that changed it.
    fn erase(&mut self, message: Seq, until: Seq) {
        if !self.is_message(message) {
            return;
        }
        let oldest = self.oldest;
        let changes = self.touched.get(&message).map(|touched| touched.by.as_slice()).unwrap_or_default();
        for &seq in changes.iter().take_while(|seq| **seq < until).chain([&message]) {
            if let Some(entry) = self.log.get_mut(index(oldest, seq)) {
                Arc::make_mut(entry).body.erase();
            }
        }
    }

    pub(super) fn truncate(&mut self, oldest: Seq) -> Seq {
        let oldest = oldest.min(self.head() + 1).max(self.oldest);
        let end = self.place(oldest);
        for entry in self.log.drain(..end) {
            if let Some(claim) = entry.claim.clone() {
                let stub = Stub { seq: entry.seq, at: entry.at, sender: entry.sender.clone(), claim };
                self.stubs.insert(entry.seq, stub);
            }
        }
        self.oldest = oldest;
        self.messages.drain(..self.messages_up_to(oldest - 1));
        self.touched = self.touched.split_off(&oldest);
        self.pins.retain(|_, message| *message >= oldest);
        oldest
    }

    pub(super) fn entries(&self, window: Window) -> Page<Arc<Entry>> {
        let place = |seq: Seq| self.place(seq.max(self.oldest)).min(self.log.len());
        let end = window.before.map_or(self.log.len(), place);
        let first = place(window.after.map_or(0, |after| after.saturating_add(1))).min(end);
        self.page(window.fill(self.log.range(first..end).cloned(), |entry| entry.bytes()))
    }

    pub(super) fn messages(&self, window: Window) -> Page<(Arc<Entry>, MessageState)> {
        let first = self.messages_up_to(window.after.unwrap_or(0));
        let end = window.before.map_or(self.messages.len(), |before| self.messages_up_to(before.saturating_sub(1)));
        let range = self.messages.get(first..end).unwrap_or_default();
        let items = range.iter().map(|&seq| (Arc::clone(&self.log[self.place(seq)]), self.state(seq)));
        self.page(window.fill(items, |(entry, state)| entry.bytes() + state.bytes()))
    }

    /// The pinned messages, the last pinned first, from below a pin.
    pub(super) fn pins(&self, before: Option<Seq>, limit: usize) -> Vec<(Arc<Entry>, MessageState)> {
        let pins = self.pins.range(..before.unwrap_or(Seq::MAX)).rev();
        let items = pins.map(|(_, &seq)| (Arc::clone(&self.log[self.place(seq)]), self.state(seq)));
        Window::after(0, limit).fill(items, |(entry, state)| entry.bytes() + state.bytes())
    }

    /// The entries that edited a message, from above a seq.
    pub(super) fn edits(&self, message: Seq, after: Seq, limit: usize) -> Vec<Arc<Entry>> {
        let by = self.touched.get(&message).map(|touched| touched.by.as_slice()).unwrap_or_default();
        let entries = by.iter().filter(|seq| **seq > after).map(|&seq| &self.log[self.place(seq)]);
        let edits = entries.filter(|entry| matches!(entry.body, Body::Edited { .. })).cloned();
        Window::after(after, limit).fill(edits, |entry| entry.bytes())
    }

    fn page<T>(&self, items: Vec<T>) -> Page<T> {
        Page { epoch: self.epoch, head: self.head(), oldest: self.oldest, items }
    }

    pub(super) fn facts(&self, query: &FactsQuery) -> Facts {
        let roster = if query.roster { ROSTER } else { 0 };
        let seniors = self.by_rank.iter().take(if query.seniors { SENIORS } else { 0 });
        Facts {
            epoch: self.epoch,
            head: self.head(),
            members: query.users.iter().map(|user| self.fact(user)).collect(),
            messages: query.messages.iter().filter_map(|&seq| self.message_fact(seq)).collect(),
            claims: query.claims.iter().filter_map(|(sender, client_id)| self.claimed(sender, client_id)).collect(),
            roster: self.by_join.values().take(roster).map(|user| self.fact(user)).collect(),
            seniors: seniors.filter_map(|(_, since)| self.by_join.get(since)).map(|user| self.fact(user)).collect(),
            pins: if query.pins { self.pins.len() as u64 } else { 0 },
        }
    }

    fn fact(&self, user: &UserId) -> MemberFact {
        let known = self.members.get(user).or_else(|| self.strangers.get(user));
        known.cloned().unwrap_or_else(|| MemberFact::unknown(user.clone()))
    }

    /// Each user who blocks the other one here, and that other user.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&UserId, &UserId)> {
        let facts = self.members.values().chain(self.strangers.values());
        facts.filter_map(|fact| Some((&fact.user, fact.blocks.as_ref()?)))
    }

    fn message_fact(&self, seq: Seq) -> Option<MessageFact> {
        let entry = self.entry(seq).filter(|entry| entry.body.is_message())?;
        Some(MessageFact { seq, sender: entry.sender.clone(), state: self.state(seq) })
    }

    fn claimed(&self, sender: &UserId, client_id: &ClientId) -> Option<Claimed> {
        let hash = self.claim_hash(sender, client_id);
        let places = self.claims.range((hash, 0)..=(hash, Seq::MAX));
        places.filter_map(|&(_, seq)| self.claim_at(seq)).find_map(|(by, claim, receipt)| {
            let same = by == sender && claim.client_id == *client_id;
            let (sender, client_id) = (sender.clone(), client_id.clone());
            same.then_some(Claimed { sender, client_id, digest: claim.digest, receipt })
        })
    }

    /// The user who made the claim of this seq, the claim, and its ack.
    fn claim_at(&self, seq: Seq) -> Option<(&UserId, &Claim, Receipt)> {
        if let Some(Stub { at, sender, claim, .. }) = self.stubs.get(&seq) {
            return Some((sender, claim, Receipt { epoch: self.epoch, seq, at: *at }));
        }
        let entry = self.entry(seq)?;
        Some((&entry.sender, entry.claim.as_ref()?, entry.receipt(self.epoch)))
    }

    fn claim_hash(&self, sender: &UserId, client_id: &ClientId) -> u64 {
        self.hasher.hash_one((sender, client_id))
    }

    pub(super) fn members_after(&self, after: Option<&UserId>, limit: usize) -> Vec<MemberFact> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.members.range::<UserId, _>((from, Bound::Unbounded)).take(limit).map(|(_, fact)| fact.clone()).collect()
    }

    /// Users of whom the restriction holds, by user id, from above one: all whom the log names are looked at.
    pub(super) fn restricted(
        &self,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Vec<MemberFact> {
        let all = self.members.values().chain(self.strangers.values());
        let held = all.filter(|fact| restriction.holds(fact, at) && Some(&fact.user) > after);
        let by_user: BTreeMap<&UserId, &MemberFact> = held.map(|fact| (&fact.user, fact)).collect();
        by_user.into_values().take(limit).cloned().collect()
    }

    /// A member who is not this user.
    pub(super) fn other(&self, user: &UserId) -> Option<UserId> {
        self.members.keys().find(|member| *member != user).cloned()
    }

    pub(super) fn hold(&mut self, user: &UserId, since: Seq, lease: Lease) {
        if let Some(membership) = guests(&mut self.members, user, since) {
            membership.held = true;
            self.leases.entry(user.clone()).or_default().insert(lease.node, lease.incarnation);
        }
    }

    pub(super) fn release(&mut self, user: &UserId, since: Seq, node: u32) {
        if let Some(membership) = guests(&mut self.members, user, since)
            && let Some(leases) = self.leases.get_mut(user)
        {
            leases.remove(&node);
            membership.held = !leases.is_empty();
            if !membership.held {
                self.leases.remove(user);
            }
        }
    }

    /// Since when a guest has been a member whom an earlier life of this lease's node holds, or nobody.
    pub(super) fn stale(&self, user: &UserId, current: Lease) -> Option<Seq> {
        let membership = self.members.get(user)?.membership.as_ref().filter(|membership| membership.guest)?;
        let life = self.leases.get(user).and_then(|leases| leases.get(&current.node));
        let is_stale = !membership.held || life.is_some_and(|life| *life != current.incarnation);
        is_stale.then_some(membership.since)
    }

    pub(super) fn named_after(&self, after: Option<&UserId>, limit: usize) -> Vec<MemberFact> {
        let from = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let (members, strangers) = (self.members.range::<UserId, _>(from), self.strangers.range::<UserId, _>(from));
        let first = members.take(limit).chain(strangers.take(limit));
        let named: BTreeMap<_, _> = first.collect();
        named.into_values().take(limit).cloned().collect()
    }

    pub(super) fn stubs_after(&self, after: Seq, limit: usize) -> Vec<Stub> {
        self.stubs.range((Bound::Excluded(after), Bound::Unbounded)).take(limit).map(|(_, stub)| stub.clone()).collect()
    }

    pub(super) fn reads_after(&self, after: Option<&UserId>, limit: usize) -> Vec<(UserId, Seq)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let reads = self.reads.range::<UserId, _>((from, Bound::Unbounded)).take(limit);
        reads.map(|(user, seq)| (user.clone(), *seq)).collect()
    }

    pub(super) fn restore(&mut self, facts: &[MemberFact], stubs: &[Stub]) {
        for fact in facts {
            let mut fact = MemberFact { name: None, ..fact.clone() };
            fact.membership.iter_mut().for_each(|membership| membership.held = false);
            self.put(fact);
        }
        for stub in stubs {
            self.claims.insert((self.claim_hash(&stub.sender, &stub.claim.client_id), stub.seq));
            self.stubs.insert(stub.seq, stub.clone());
        }
    }

    fn state(&self, message: Seq) -> MessageState {
        self.touched.get(&message).map(|touched| touched.state.clone()).unwrap_or_default()
    }

    fn is_message(&self, seq: Seq) -> bool {
        self.entry(seq).is_some_and(|entry| entry.body.is_message())
    }

    fn entry(&self, seq: Seq) -> Option<&Entry> {
        self.log.get(self.place(seq)).map(Arc::as_ref)
    }

    fn place(&self, seq: Seq) -> usize {
        index(self.oldest, seq)
    }

    /// How many messages there are up to this seq.
    fn messages_up_to(&self, seq: Seq) -> usize {
        self.messages.partition_point(|&message| message <= seq)
    }
}

/// A guest's membership that began at `since`.
fn guests<'a>(members: &'a mut BTreeMap<UserId, MemberFact>, user: &UserId, since: Seq) -> Option<&'a mut Membership> {
    let membership = members.get_mut(user)?.membership.as_mut();
    membership.filter(|membership| membership.guest && membership.since == since)
}

/// Where the entry of this seq is in a log that begins with `oldest`; past its end for seqs that are no entry's.
fn index(oldest: Seq, seq: Seq) -> usize {
    seq.checked_sub(oldest).and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX)
}
