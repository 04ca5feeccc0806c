//! A store that makes one mistake.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use chat_core::{
    AppendError, Appended, Body, ClientId, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery,
    FoundRoom, Intake, LastSeen, Lease, Leases, MemberFact, MemoryStore, Message, Moving, Name, OwnRooms, Page, Place,
    Prefix, Profile, Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Timestamp,
    UserId, UserRoom, Window, limits::MAX_PAGE,
};
use tokio::task::yield_now;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    AppendsAtAnyHead,
    AppendsAboveTheHead,
    AppendsInAnyEpoch,
    AppendsNothingAnywhere,
    TellsTheExpectedHead,
    ChecksThenActs,
    StaysBusyWhenDropped,
    ForgetsOldClaims,
    NamesOneDuplicate,
    AppendsBeforeADuplicate,
    AppendsAClaimTwice,
    ComparesClaimsWithoutCase,
    SaysAllOfAPrefix,
    KeepsNamesOfRefusedDrafts,
    TrimsTexts,
    ClampsTimes,
    TakesTheFirstForTheLast,
    ExceedsTheLongestPage,
    ExceedsTheBytesOfAPage,
    ForgetsTheStateInAPagesBytes,
    TearsPages,
    TearsFacts,
    KeepsEditsOfTheDeleted,
    OrdersPinsByMessage,
    TellsAllEdits,
    CountsNoPins,
    MovesReadsBack,
    ListsAllBlocks,
    ListsEndedMutes,
    ForgetsReads,
    FreesDeletedIds,
    CountsOwnMessages,
    CountsWhatWasBeforeJoining,
    CountsDeletedMessages,
    OrdersWithoutCase,
    DeletesAtAnyHead,
    LooksBeforeItDeletes,
    ListsGuestsAmongUsers,
    OrdersRoomsById,
    OrdersTheRosterById,
    RanksWhoCameFirst,
    LeavesStrangersOut,
    SweepsItsOwnGuests,
    HoldsNothing,
    HoldsWithOneLease,
    HoldsLaterMemberships,
    ReleasesAll,
    OverlooksTheUnheld,
    HidesUnknownKinds,
    SeesWhoWasSeenBefore,
    KeepsTimesOfTheErased,
    ForgetsNobody,
}

pub struct Flawed {
    flaw: Flaw,
    inner: MemoryStore,
    deleted: Mutex<HashSet<RoomId>>,
    edits: Mutex<HashMap<(RoomId, Seq), Body>>,
    reads: Mutex<HashMap<(RoomId, UserId), Seq>>,
    seen: Mutex<HashMap<UserId, Timestamp>>,
    busy: AtomicBool,
}

impl Flawed {
    pub fn new(flaw: Flaw) -> Self {
        let (deleted, edits, reads, seen) = Default::default();
        Self { flaw, inner: MemoryStore::new(), deleted, edits, reads, seen, busy: AtomicBool::new(false) }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    /// What is written wrongly before it is written at all.
    fn spoil(&self, drafts: &[Draft]) -> Vec<Draft> {
        let mut drafts = drafts.to_vec();
        let mut claims = HashSet::new();
        for draft in &mut drafts {
            if let (Flaw::TrimsTexts, Body::Message(post)) = (self.flaw, &mut draft.body) {
                post.text = post.text.trim().into();
            }
            if self.is(Flaw::ClampsTimes) {
                draft.at = Timestamp(draft.at.0.max(0));
            }
            if let (Flaw::ComparesClaimsWithoutCase, Some(claim)) = (self.flaw, &mut draft.claim) {
                claim.client_id = lower(&claim.client_id);
            }
            let again =
                draft.claim.as_ref().is_some_and(|c| !claims.insert((draft.sender.clone(), c.client_id.clone())));
            if again && self.is(Flaw::AppendsAClaimTwice) {
                draft.claim = None;
            }
        }
        drafts
    }

    /// What is done wrongly with an append's refusal.
    async fn after_refusal(
        &self,
        room: &RoomId,
        (epoch, expected): (Epoch, Seq),
        drafts: &[Draft],
        refusal: AppendError,
    ) -> Result<Appended, AppendError> {
        match (self.flaw, refusal) {
            (Flaw::AppendsAtAnyHead, AppendError::Conflict { epoch: of, head }) if of == epoch => {
                self.inner.append(room, epoch, head, drafts).await
            }
            (Flaw::AppendsAboveTheHead, AppendError::Conflict { epoch: of, head })
                if of == epoch && head < expected =>
            {
                self.inner.append(room, epoch, head, drafts).await
            }
            (Flaw::AppendsInAnyEpoch, AppendError::Conflict { epoch: of, .. }) if of != epoch => {
                self.inner.append(room, of, expected, drafts).await
            }
            (Flaw::TellsTheExpectedHead, AppendError::Conflict { epoch, .. }) => {
                Err(AppendError::Conflict { epoch, head: expected })
            }
            (Flaw::NamesOneDuplicate, AppendError::Duplicate(mut claims)) => {
                claims.truncate(1);
                Err(AppendError::Duplicate(claims))
            }
            (Flaw::AppendsBeforeADuplicate, AppendError::Duplicate(claims)) => {
                let is_taken = |draft: &Draft| {
                    draft.claim.as_ref().is_some_and(|claim| {
                        claims.iter().any(|c| c.sender == draft.sender && c.client_id == claim.client_id)
                    })
                };
                let before: Vec<Draft> = drafts.iter().take_while(|draft| !is_taken(draft)).cloned().collect();
                self.inner.append(room, epoch, expected, &before).await?;
                Err(AppendError::Duplicate(claims))
            }
            (Flaw::ForgetsOldClaims, AppendError::Duplicate(claims))
                if claims.iter().all(|claimed| claimed.receipt.seq + 100 < expected) =>
            {
                let drafts: Vec<Draft> = drafts.iter().cloned().map(|draft| Draft { claim: None, ..draft }).collect();
                self.inner.append(room, epoch, expected, &drafts).await
            }
            (_, refusal) => Err(refusal),
        }
    }

    async fn messages_of_others(&self, room: &UserRoom, user: &UserId, own: bool, after: Seq) -> u64 {
        let window = Window::after(after, MAX_PAGE);
        let page = self.inner.messages(&room.record.room, window).await.unwrap();
        page.items.iter().filter(|message| own || message.entry.sender != *user).count() as u64
    }
}

fn lower(client_id: &ClientId) -> ClientId {
    ClientId::parse(client_id.as_str().to_lowercase()).unwrap()
}

#[async_trait]
impl Store for Flawed {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        match self.inner.create_room(room, epoch, meta).await {
            Err(CreateError::Exists) if self.is(Flaw::FreesDeletedIds) && self.deleted.lock().unwrap().remove(room) => {
                Ok(())
            }
            answer => answer,
        }
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        let mut record = self.inner.room(room).await?;
        if let (Flaw::HidesUnknownKinds, Some(record)) = (self.flaw, &mut record) {
            record.has_unknown = false;
        }
        Ok(record)
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        if self.is(Flaw::DeletesAtAnyHead) {
            self.delete_room(room).await?;
            return Ok(true);
        }
        if self.is(Flaw::LooksBeforeItDeletes) {
            let is_there = self.inner.room(room).await?.is_some_and(|it| (it.epoch, it.head) == (at.epoch, at.seq));
            tokio::task::yield_now().await;
            if is_there {
                self.delete_room(room).await?;
            }
            return Ok(is_there);
        }
        let is_gone = self.inner.delete_room_at(room, at).await?;
        if is_gone {
            self.deleted.lock().unwrap().insert(room.clone());
        }
        Ok(is_gone)
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.deleted.lock().unwrap().insert(room.clone());
        self.inner.delete_room(room).await
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        if self.is(Flaw::AppendsNothingAnywhere) && drafts.is_empty() {
            return Ok(Appended { count: 0 });
        }
        if self.is(Flaw::StaysBusyWhenDropped) {
            if self.busy.swap(true, Ordering::Relaxed) {
                return Err(StoreError::NotExecuted { source: "busy".into() }.into());
            }
            yield_now().await;
            self.busy.store(false, Ordering::Relaxed);
        }
        let mut at = expected;
        if self.is(Flaw::ChecksThenActs) && self.inner.append(room, epoch, expected, &[]).await.is_ok() {
            yield_now().await;
            at = self.inner.room(room).await?.map_or(0, |record| record.head);
        }
        if self.is(Flaw::KeepsNamesOfRefusedDrafts) {
            for draft in drafts.iter().filter(|draft| draft.name.is_some()) {
                self.inner.set_profile(&draft.sender, draft.name.as_ref()).await?;
            }
        }
        for (draft, place) in drafts.iter().zip(1..) {
            if let Body::Edited { .. } = draft.body {
                let seq = expected.saturating_add(place);
                self.edits.lock().unwrap().insert((room.clone(), seq), draft.body.clone());
            }
        }
        let spoiled = self.spoil(drafts);
        if self.is(Flaw::SaysAllOfAPrefix) && drafts.len() > 1 {
            self.inner.append(room, epoch, at, &spoiled[1..]).await?;
            return Ok(Appended { count: drafts.len() });
        }
        match self.inner.append(room, epoch, at, &spoiled).await {
            Err(refusal) => self.after_refusal(room, (epoch, expected), &spoiled, refusal).await,
            appended => appended,
        }
    }

    async fn entries(&self, room: &RoomId, mut window: Window) -> Result<Page<Entry>, StoreError> {
        if self.is(Flaw::TakesTheFirstForTheLast) {
            window.after = window.after.or(Some(0));
        }
        let mut page = self.inner.entries(room, window).await?;
        let limit = match self.flaw {
            Flaw::ExceedsTheLongestPage => window.limit,
            Flaw::ExceedsTheBytesOfAPage => window.limit.min(MAX_PAGE),
            _ => 0,
        };
        while let Some(last) = page.items.last().filter(|_| !window.is_backwards() && page.items.len() < limit) {
            let rest = Window { after: Some(last.seq), before: window.before, limit: limit - page.items.len() };
            let more = self.inner.entries(room, rest).await?.items;
            if more.is_empty() {
                break;
            }
            page.items.extend(more);
        }
        if self.is(Flaw::TearsPages) {
            yield_now().await;
            page.head = self.inner.room(room).await?.map_or(0, |record| record.head);
        }
        for entry in page.items.iter_mut().filter(|_| self.is(Flaw::KeepsEditsOfTheDeleted)) {
            if let Some(body) = self.edits.lock().unwrap().get(&(room.clone(), entry.seq)) {
                entry.body = body.clone();
            }
        }
        Ok(page)
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        let mut page = self.inner.messages(room, window).await?;
        if self.is(Flaw::ForgetsTheStateInAPagesBytes) && !window.is_backwards() {
            let mut bytes: usize = page.items.iter().map(|message| message.entry.bytes()).sum();
            while let Some(last) = page.items.last() {
                let rest = Window { after: Some(last.entry.seq), limit: 1, ..window };
                let Some(next) = self.inner.messages(room, rest).await?.items.pop() else { break };
                bytes += next.entry.bytes();
                if bytes > chat_core::limits::MAX_PAGE_BYTES || page.items.len() >= window.limit {
                    break;
                }
                page.items.push(next);
            }
        }
        Ok(page)
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        let mut pins = self.inner.pins(room, before, limit).await?;
        if self.is(Flaw::OrdersPinsByMessage) {
            pins.sort_by_key(|message| message.entry.seq);
        }
        Ok(pins)
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let after = if self.is(Flaw::TellsAllEdits) { 0 } else { after };
        self.inner.edits(room, message, after, limit).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        let mut facts = self.inner.facts(room, query).await?;
        match self.flaw {
            Flaw::TearsFacts => {
                yield_now().await;
                facts.head = self.inner.room(room).await?.map_or(0, |record| record.head);
            }
            Flaw::OrdersTheRosterById => facts.roster.sort_by(|a, b| a.user.cmp(&b.user)),
            Flaw::RanksWhoCameFirst => facts.seniors.sort_by_key(|fact| fact.membership.as_ref().map(|it| it.since)),
            Flaw::CountsNoPins => facts.pins = 0,
            Flaw::LeavesStrangersOut => facts.members.retain(|fact| fact.as_of > 0),
            _ => {}
        }
        Ok(facts)
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        self.inner.heads(rooms).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.inner.redact(room, seq).await
    }

    fn leases(&self) -> Option<&dyn Leases> {
        Some(self)
    }

    fn retention(&self) -> Option<&dyn Retention> {
        None
    }

    fn intake(&self) -> Option<&dyn Intake> {
        None
    }

    fn last_seen(&self) -> Option<&dyn LastSeen> {
        Some(self)
    }

    fn moving(&self) -> Option<&dyn Moving> {
        None
    }
}

#[async_trait]
impl Directory for Flawed {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        let mut members = self.inner.members(room, after, limit).await?;
        if self.is(Flaw::OrdersWithoutCase) {
            members.sort_by_key(|fact| fact.user.as_str().to_lowercase());
        }
        Ok(members)
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        let at = if self.is(Flaw::ListsEndedMutes) { Timestamp(i64::MIN) } else { at };
        self.inner.restricted(room, restriction, at, after, limit).await
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        if self.is(Flaw::ListsGuestsAmongUsers) && !by_guests {
            let rooms = self.inner.rooms(after, limit).await?;
            return Ok(rooms.into_iter().filter(|it| it.meta.kind == kind).collect());
        }
        self.inner.rooms_of_kind(kind, by_guests, after, limit).await
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        self.inner.find_rooms(prefix, after, limit).await
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        self.inner.rooms(after, limit).await
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        let page = match page {
            OwnRooms::ByActivity(after) if self.is(Flaw::OrdersRoomsById) => {
                &OwnRooms::ById(after.as_ref().map(|after| after.room.clone()))
            }
            page => page,
        };
        let mut rooms = self.inner.rooms_of(user, page, limit).await?;
        for room in &mut rooms {
            let query = FactsQuery { users: vec![user.clone()], ..FactsQuery::default() };
            let facts = self.inner.facts(&room.record.room, &query).await?;
            let since = facts.members[0].membership.as_ref().map_or(0, |membership| membership.since);
            match self.flaw {
                Flaw::CountsOwnMessages => {
                    room.unread = self.messages_of_others(room, user, true, room.read.max(since)).await;
                }
                Flaw::CountsDeletedMessages => {
                    room.unread = self.messages_of_others(room, user, false, room.read.max(since)).await;
                }
                Flaw::CountsWhatWasBeforeJoining => {
                    room.unread = self.messages_of_others(room, user, false, room.read).await;
                }
                _ => {}
            }
        }
        Ok(rooms)
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        self.inner.others(user, rooms).await
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.inner.blocks(user, after.filter(|_| !self.is(Flaw::ListsAllBlocks)), limit).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        let stands = self.inner.set_read(room, user, seq).await?;
        if self.is(Flaw::MovesReadsBack) {
            let seq = seq.min(stands);
            self.reads.lock().unwrap().insert((room.clone(), user.clone()), seq);
            return Ok(seq);
        }
        Ok(stands)
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        let mut reads = self.inner.reads(room, users).await?;
        reads.retain(|_| !self.is(Flaw::ForgetsReads));
        Ok(reads)
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.inner.profiles(users).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.inner.set_profile(user, name).await
    }
}

#[async_trait]
impl LastSeen for Flawed {
    async fn seen(&self, users: &[(UserId, Timestamp)]) -> Result<(), StoreError> {
        for (user, at) in users {
            if self.is(Flaw::SeesWhoWasSeenBefore) {
                self.inner.forget_seen(user).await?;
            }
            if self.is(Flaw::KeepsTimesOfTheErased) {
                self.seen.lock().unwrap().insert(user.clone(), *at);
            }
        }
        self.inner.seen(users).await
    }

    async fn when_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        let mut seen = self.inner.when_seen(users).await?;
        if self.is(Flaw::KeepsTimesOfTheErased) {
            let kept = self.seen.lock().unwrap();
            seen = users.iter().filter_map(|user| Some((user.clone(), *kept.get(user)?))).collect();
        }
        Ok(seen)
    }

    async fn forget_seen(&self, user: &UserId) -> Result<(), StoreError> {
        if self.is(Flaw::ForgetsNobody) { Ok(()) } else { self.inner.forget_seen(user).await }
    }
}

#[async_trait]
impl Leases for Flawed {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        let query = FactsQuery { users: vec![user.clone()], ..FactsQuery::default() };
        let fact = self.inner.facts(room, &query).await?.members.remove(0);
        let now = fact.membership.map_or(since, |membership| membership.since);
        match self.flaw {
            Flaw::HoldsWithOneLease => {
                for node in (0..10).filter(|node| *node != lease.node) {
                    self.inner.release_lease(room, user, since, node).await?;
                }
                self.inner.hold_lease(room, user, since, lease).await
            }
            Flaw::HoldsNothing => Ok(()),
            Flaw::HoldsLaterMemberships => self.inner.hold_lease(room, user, now, lease).await,
            _ => self.inner.hold_lease(room, user, since, lease).await,
        }
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        for other in (0..10).filter(|_| self.is(Flaw::ReleasesAll)) {
            self.inner.release_lease(room, user, since, other).await?;
        }
        self.inner.release_lease(room, user, since, node).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        let mut stale = self.inner.stale_leases(current, limit).await?;
        if self.is(Flaw::SweepsItsOwnGuests) {
            let other = Lease { incarnation: current.incarnation ^ (1 << 20), ..current };
            stale.extend(self.inner.stale_leases(other, limit).await?);
            stale.dedup();
        }
        if self.is(Flaw::OverlooksTheUnheld) {
            let mut held = Vec::new();
            for (room, user, since) in stale {
                let query = FactsQuery { users: vec![user.clone()], ..FactsQuery::default() };
                let fact = self.inner.facts(&room, &query).await?.members.remove(0);
                if fact.membership.is_some_and(|membership| membership.held) {
                    held.push((room, user, since));
                }
            }
            return Ok(held);
        }
        Ok(stale)
    }
}
