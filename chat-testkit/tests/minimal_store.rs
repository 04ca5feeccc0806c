//! A whole store in one lock and a few trees: the example of `docs/stores.md`. It has no powers, and all that is required.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use chat_core::{
    AppendError, Appended, Body, Claimed, ClientId, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts,
    FactsQuery, FoundRoom, Intake, LastSeen, Leases, MemberFact, Message, MessageFact, MessageState, Moving, Name,
    OwnRooms, Page, Place, Prefix, Preview, Profile, Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord,
    Seq, Store, StoreError, Timestamp, UserId, UserRoom, Window, WordIndex, async_trait,
    limits::{MAX_PAGE, ROSTER, SENIORS},
    plan::{self, Plan},
};

/// The lock of the rooms is a transaction: whatever is done under it is done as a whole.
#[derive(Default)]
struct MinimalStore {
    /// Deleted rooms stay as `None`: their ids are reserved.
    rooms: Mutex<BTreeMap<RoomId, Option<Log>>>,
    names: Mutex<BTreeMap<UserId, Name>>,
}

struct Log {
    record: RoomRecord,
    entries: Vec<Entry>,
    facts: BTreeMap<UserId, MemberFact>,
    states: BTreeMap<Seq, MessageState>,
    reads: BTreeMap<UserId, Seq>,
}

impl MinimalStore {
    fn with<T>(&self, room: &RoomId, look: impl FnOnce(&mut Log) -> T) -> Result<T, StoreError> {
        let mut rooms = self.rooms.lock().unwrap();
        rooms.get_mut(room).and_then(Option::as_mut).map(look).ok_or(StoreError::NoSuchRoom)
    }

    fn list<T>(&self, after: Option<&RoomId>, limit: usize, pick: impl Fn(&Log) -> Option<T>) -> Vec<T> {
        let rooms = self.rooms.lock().unwrap();
        let logs = rooms.values().flatten().filter(|log| Some(&log.record.room) > after);
        logs.filter_map(pick).take(limit.min(MAX_PAGE)).collect()
    }

    /// Profiles' names are no part of a log, and are added to what it says.
    fn named(&self, facts: impl IntoIterator<Item = MemberFact>) -> Vec<MemberFact> {
        let names = self.names.lock().unwrap();
        facts.into_iter().map(|fact| MemberFact { name: names.get(&fact.user).cloned(), ..fact }).collect()
    }
}

impl Log {
    /// The plan says what to read and what to write; this reads and writes it.
    fn follow(&mut self, plan: &Plan<'_>) {
        if plan.count == 0 {
            return;
        }
        let record = &mut self.record;
        (record.head, record.told) = (plan.head, plan.told);
        record.members = record.members.saturating_add_signed(plan.member_delta);
        record.active_at = plan.last_message.map_or(record.active_at, |(_, at)| at);
        record.has_unknown |= plan.has_unknown();
        record.meta.apply(&plan.room);
        plan.invites(&mut record.meta.invites);
        for user in plan.users() {
            if let Some(change) = plan.member(self.fact(user)) {
                self.facts.insert(user.clone(), change.fact);
            }
        }
        for target in plan.targets() {
            if self.message(target).is_some() {
                plan.message(target, self.states.entry(target).or_default());
            }
        }
        for deletion in &plan.deletions {
            self.erase(deletion.target, deletion.by);
        }
    }

    fn erase(&mut self, message: Seq, until: Seq) {
        if self.message(message).is_some() {
            let changes = |entry: &Entry| entry.body.target() == Some(message) && entry.seq < until;
            let concerned = self.entries.iter_mut().filter(|entry| entry.seq == message || changes(entry));
            concerned.for_each(|entry| entry.body.erase());
        }
    }

    fn fact(&self, user: &UserId) -> MemberFact {
        self.facts.get(user).cloned().unwrap_or_else(|| MemberFact::unknown(user.clone()))
    }

    fn members(&self) -> impl Iterator<Item = &MemberFact> {
        self.facts.values().filter(|fact| fact.membership.is_some())
    }

    /// The first members who are no guests, by role and then by the seq at which they joined.
    fn seniors(&self) -> Vec<MemberFact> {
        let mut seniors: Vec<_> =
            self.facts.values().filter_map(|fact| Some((fact.membership.as_ref()?, fact))).collect();
        seniors.retain(|(membership, _)| !membership.guest);
        seniors.sort_by_key(|(membership, _)| (Reverse(membership.role), membership.since));
        seniors.into_iter().take(SENIORS).map(|(_, fact)| fact.clone()).collect()
    }

    fn messages(&self) -> impl DoubleEndedIterator<Item = Message> {
        let state = |entry: &Entry| self.states.get(&entry.seq).cloned().unwrap_or_default();
        let messages = self.entries.iter().filter(|entry| entry.body.is_message());
        messages.map(move |entry| Message { entry: entry.clone(), state: state(entry) })
    }

    fn message(&self, seq: Seq) -> Option<Message> {
        self.messages().find(|message| message.entry.seq == seq)
    }

    fn claimed(&self, (sender, client_id): (&UserId, &ClientId)) -> Option<Claimed> {
        self.entries.iter().find_map(|entry| {
            let claim =
                entry.claim.as_ref().filter(|claim| claim.client_id == *client_id && entry.sender == *sender)?;
            let (sender, client_id, receipt) = (sender.clone(), client_id.clone(), entry.receipt(self.record.epoch));
            Some(Claimed { sender, client_id, digest: claim.digest, receipt })
        })
    }

    fn page<T>(&self, items: Vec<T>) -> Page<T> {
        Page { epoch: self.record.epoch, head: self.record.head, oldest: 1, items }
    }

    fn user_room(&self, user: &UserId) -> Option<UserRoom> {
        let membership = self.fact(user).membership?;
        let read = self.reads.get(user).copied().unwrap_or(0);
        let mut others: Vec<Message> = self.messages().filter(|message| message.entry.sender != *user).collect();
        others.retain(|message| message.entry.seq > read.max(membership.since) && message.state.deleted_at.is_none());
        let mentions = others.iter().filter(|message| message.mentions().includes(user)).count() as u64;
        let (record, unread) = (self.record.clone(), others.len() as u64);
        let last = self.messages().last().map(|last| Preview::of(&last, None));
        Some(UserRoom {
            record,
            role: membership.role,
            since: membership.since,
            read,
            unread,
            mentions,
            peer: None,
            last,
        })
    }
}

#[async_trait]
impl Store for MinimalStore {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        let mut rooms = self.rooms.lock().unwrap();
        if rooms.contains_key(room) {
            return Err(CreateError::Exists);
        }
        let (id, meta) = (room.clone(), meta.clone());
        let record = RoomRecord::new(id, epoch, meta);
        let (entries, facts, states, reads) = Default::default();
        rooms.insert(room.clone(), Some(Log { record, entries, facts, states, reads }));
        Ok(())
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        Ok(self.with(room, |log| log.record.clone()).ok())
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        let mut rooms = self.rooms.lock().unwrap();
        let is_there = |log: &mut Log| Cursor { epoch: log.record.epoch, seq: log.record.head } == at;
        Ok(rooms.get_mut(room).is_some_and(|log| log.take_if(is_there).is_some()))
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.rooms.lock().unwrap().get_mut(room).map(|log| log.take());
        Ok(())
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        self.with(room, |log| {
            let (at, head) = (log.record.epoch, log.record.head);
            if (at, head) != (epoch, expected) {
                return Err(AppendError::Conflict { epoch: at, head });
            }
            let taken: Vec<_> = plan::claims(drafts).into_iter().filter_map(|claim| log.claimed(claim)).collect();
            if !taken.is_empty() {
                return Err(AppendError::Duplicate(taken));
            }
            let drafts = &drafts[..plan::prefix(drafts)];
            let plan = Plan::new(expected, drafts);
            log.entries.extend(drafts.iter().zip(head + 1..).map(|(draft, seq)| Entry::from_draft(draft, seq)));
            log.follow(&plan);
            let mut names = self.names.lock().unwrap();
            for (user, name) in &plan.names {
                names.entry((*user).clone()).or_insert_with(|| (*name).clone());
            }
            Ok(Appended { count: plan.count })
        })?
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        self.with(room, |log| {
            let range = log.entries.iter().filter(|entry| window.contains(entry.seq)).cloned();
            log.page(window.fill(range, Entry::bytes))
        })
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        self.with(room, |log| {
            let range = log.messages().filter(|message| window.contains(message.entry.seq));
            log.page(window.fill(range, Message::bytes))
        })
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        let pin = |message: &Message| message.state.pinned.as_ref().map_or(0, |pin| pin.seq);
        self.with(room, |log| {
            let mut pins: Vec<Message> = log.messages().filter(|message| message.state.pinned.is_some()).collect();
            pins.sort_by_key(pin);
            let below = pins.into_iter().rev().filter(|message| before.is_none_or(|before| pin(message) < before));
            Window::after(0, limit).fill(below, Message::bytes)
        })
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.with(room, |log| {
            let is_edit = |body: &Body| matches!(body, Body::Edited { target, .. } if *target == message);
            let edits = log.entries.iter().filter(|entry| entry.seq > after && is_edit(&entry.body)).cloned();
            let edits = edits.filter(|_| log.message(message).is_some());
            Window::after(after, limit).fill(edits, Entry::bytes)
        })
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        self.with(room, |log| {
            let mut roster: Vec<MemberFact> = log.members().cloned().collect();
            roster.sort_by_key(|fact| fact.membership.as_ref().map(|membership| membership.since));
            roster.truncate(if query.roster { ROSTER } else { 0 });
            let seniors = if query.seniors { log.seniors() } else { Vec::new() };
            let fact = |Message { entry, state }| MessageFact { seq: entry.seq, sender: entry.sender, state };
            Facts {
                epoch: log.record.epoch,
                head: log.record.head,
                members: self.named(query.users.iter().map(|user| log.fact(user))),
                messages: query.messages.iter().filter_map(|seq| log.message(*seq)).map(fact).collect(),
                claims: query.claims.iter().filter_map(|(user, id)| log.claimed((user, id))).collect(),
                roster: self.named(roster),
                seniors: self.named(seniors),
                pins: log.messages().filter(|message| query.pins && message.state.pinned.is_some()).count() as u64,
            }
        })
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        let head = |room| self.with(room, |log| (log.record.room.clone(), log.record.epoch, log.record.head));
        Ok(rooms.iter().filter_map(|room| head(room).ok()).collect())
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.with(room, |log| {
            log.states.entry(seq).and_modify(MessageState::erase);
            log.erase(seq, log.record.head + 1);
        })
    }

    fn leases(&self) -> Option<&dyn Leases> {
        None
    }

    fn retention(&self) -> Option<&dyn Retention> {
        None
    }

    fn intake(&self) -> Option<&dyn Intake> {
        None
    }

    fn last_seen(&self) -> Option<&dyn LastSeen> {
        None
    }

    fn moving(&self) -> Option<&dyn Moving> {
        None
    }
}

#[async_trait]
impl Directory for MinimalStore {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.with(room, |log| {
            let members = log.members().filter(|fact| Some(&fact.user) > after).cloned();
            self.named(members.take(limit.min(MAX_PAGE)))
        })
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.with(room, |log| {
            let held = log.facts.values().filter(|fact| restriction.holds(fact, at) && Some(&fact.user) > after);
            self.named(held.take(limit.min(MAX_PAGE)).cloned())
        })
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        Ok(self.list(after, limit, |log| Some(log.record.clone())))
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        let is_one = |meta: &RoomMeta| kind.is_joinable() && meta.kind == kind && meta.is_guests() == by_guests;
        Ok(self.list(after, limit, |log| is_one(&log.record.meta).then(|| log.record.clone())))
    }

    /// A store that keeps no words goes through all of them.
    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        let (mut words, rooms) = (WordIndex::default(), self.rooms.lock().unwrap());
        rooms.values().flatten().for_each(|log| words.insert(&log.record.room, log.record.meta.words()));
        let places = words.find(&RoomMeta::RANKS, prefix, after).take(limit.min(MAX_PAGE));
        let found = |place: Place<RoomId>| Some(FoundRoom { record: rooms[&place.id].as_ref()?.record.clone(), place });
        Ok(places.filter_map(found).collect())
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        let mut theirs: Vec<UserRoom> = {
            let rooms = self.rooms.lock().unwrap();
            rooms.values().flatten().filter_map(|log| log.user_room(user)).collect()
        };
        theirs.retain(|room| page.begins_before(&room.activity()));
        if matches!(page, OwnRooms::ByActivity(_)) {
            theirs.sort_by_key(UserRoom::activity);
        }
        theirs.truncate(limit.min(MAX_PAGE));
        let names = self.names.lock().unwrap();
        for last in theirs.iter_mut().filter_map(|room| room.last.as_mut()) {
            last.sender.name = names.get(&last.sender.user).cloned();
        }
        Ok(theirs)
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        let known = self.rooms.lock().unwrap();
        let of = |room: &RoomId| {
            let mut members = known.get(room)?.as_ref()?.members();
            Some((room.clone(), members.find(|fact| fact.user != *user)?.user.clone()))
        };
        Ok(rooms.iter().filter_map(of).collect())
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let rooms = self.rooms.lock().unwrap();
        let facts = rooms.values().flatten().filter_map(|log| log.facts.get(user));
        let blocks: BTreeSet<UserId> = facts.filter_map(|fact| fact.blocks.clone()).collect();
        Ok(blocks.into_iter().filter(|other| Some(other) > after).take(limit.min(MAX_PAGE)).collect())
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        self.with(room, |log| {
            let read = log.reads.entry(user.clone()).or_default();
            *read = seq.min(log.record.head).max(*read);
            *read
        })
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.with(room, |log| {
            let moved = |user: &UserId| log.reads.get(user).copied().filter(|seq| *seq > 0);
            users.iter().filter_map(|user| Some((user.clone(), moved(user)?))).collect()
        })
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        let names = self.names.lock().unwrap();
        let profile = |user: &UserId| Some(Profile { user: user.clone(), name: names.get(user)?.clone() });
        Ok(users.iter().filter_map(profile).collect())
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        let mut names = self.names.lock().unwrap();
        names.remove(user);
        names.extend(name.map(|name| (user.clone(), name.clone())));
        Ok(())
    }
}

async fn make() -> (Arc<dyn Store>, ()) {
    (Arc::new(MinimalStore::default()), ())
}

chat_testkit::store_conformance!(make);
