//! The memory store: rooms that live as long as the process.

mod index;
mod intake;
mod moving;
mod names;
mod page;
mod room;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use dashmap::DashMap;

use self::{index::Index, intake::HandedIn, names::Names, page::map, room::Room};
use crate::{
    Activity, AppendError, Appended, Beginning, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery,
    FoundRoom, Intake, LastSeen, Lease, Leases, MemberFact, Message, Moving, Name, OwnRooms, Page, Place, Prefix,
    Profile, Restriction, Retention, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Store, StoreError, Timestamp, UserId,
    UserRoom, Window, WordIndex, limits::MAX_PAGE,
};

/// A [`Store`] in memory: for tests, benchmarks and rooms nobody will miss.
///
/// Nothing survives the process and nothing is ever forgotten before: a log grows until its room is deleted.
/// Rooms do not share a lock. An append costs what its drafts cost, however long the log and however many the members.
///
/// ```
/// use chat_core::{
///     Body, Draft, Epoch, HistoryVisibility, MemoryStore, Name, Post, RoomId, RoomKind, RoomMeta, Store, Timestamp,
///     UserId, Window,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let (room, epoch) = (RoomId::parse("lobby")?, Epoch::from_random(u64::MAX));
/// let meta = RoomMeta { slow_mode_ms: 0, invites: Default::default(), topic: None, archived: false,
///     name: Name::parse("Lobby")?,
///     kind: RoomKind::Public,
///     history: HistoryVisibility::Everything,
///     creator: None,
///     created_at: Timestamp(0),
/// };
/// store.create_room(&room, epoch, &meta).await?;
///
/// let draft = Draft {
///     draft_id: uuid::Uuid::new_v4(),
///     at: Timestamp(1),
///     sender: UserId::parse("ann")?,
///     claim: None,
///     told: true,
///     after: 0,
///     body: Body::Message(Post::text("Hello")),
///     lease: None,
///     name: None,
/// };
/// store.append(&room, epoch, 0, &[draft]).await?;
///
/// let page = store.entries(&room, Window::after(0, 10)).await?;
/// assert_eq!((page.head, page.items.len()), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct MemoryStore {
    /// Every room there is and every one there was: ids of deleted rooms stay reserved.
    rooms: DashMap<RoomId, Slot>,
    all: Index<RoomId>,
    deleted: Index<RoomId>,
    /// Public and private rooms by their kind, and whether a guest has made them. A key always has a room, as in `memberships`.
    of_kinds: Index<(RoomKind, bool, Option<RoomId>)>,
    /// The rooms of each user. A key always has a room; the option lets a walk begin before a user's first room.
    memberships: Index<(UserId, Option<RoomId>)>,
    /// The users whom each user blocks, with keys like those of `memberships`.
    blocks: Index<(UserId, Option<UserId>)>,
    words: Mutex<WordIndex<RoomId>>,
    names: Names,
    handed_in: HandedIn,
}

/// A room, or nothing where one was deleted.
type Slot = Arc<Mutex<Option<Box<Room>>>>;

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does something with a room, under its lock alone; `None` if it does not exist.
    fn look<T>(&self, room: &RoomId, look: impl FnOnce(&mut Room) -> T) -> Option<T> {
        let slot = Arc::clone(self.rooms.get(room)?.value());
        lock(&slot).as_deref_mut().map(look)
    }

    fn with<T>(&self, room: &RoomId, then: impl FnOnce(&mut Room) -> T) -> Result<T, StoreError> {
        self.look(room, then).ok_or(StoreError::NoSuchRoom)
    }

    /// Removes a room of which this holds; whether it did.
    fn remove(&self, room: &RoomId, of: impl FnOnce(&Room) -> bool) -> bool {
        let Some(slot) = self.rooms.get(room).map(|slot| Arc::clone(slot.value())) else { return false };
        let Some(log) = lock(&slot).take_if(|log| of(log)) else { return false };
        self.words().remove(room, log.meta().words());
        self.deleted.insert(room.clone());
        self.all.remove(room);
        self.of_kinds.remove(&(log.meta().kind, log.meta().is_guests(), Some(room.clone())));
        for (user, other) in log.blocks() {
            self.blocks.remove(&(user.clone(), Some(other.clone())));
        }
        for user in log.members.into_keys() {
            self.memberships.remove(&(user, Some(room.clone())));
        }
        true
    }

    fn records(&self, rooms: impl Iterator<Item = RoomId>, limit: usize) -> Vec<RoomRecord> {
        let records = rooms.filter_map(|room| self.look(&room, |log| log.record(&room)));
        records.take(limit.min(MAX_PAGE)).collect()
    }

    /// The rooms of which a user is a member, by id, from above `after`.
    fn memberships_of(&self, user: &UserId, after: Option<RoomId>) -> impl Iterator<Item = RoomId> {
        let theirs = self.memberships.walk(Some((user.clone(), after)));
        theirs.take_while(move |(of, _)| of == user).filter_map(|(_, room)| room)
    }

    fn words(&self) -> MutexGuard<'_, WordIndex<RoomId>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name_all(&self, facts: &mut [MemberFact]) {
        facts.iter_mut().for_each(|fact| fact.name = self.names.name(&fact.user));
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

/// A room's state changes only in steps that cannot panic, so a poisoned lock says nothing about it.
fn lock(slot: &Slot) -> MutexGuard<'_, Option<Box<Room>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Store for MemoryStore {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.begin(room, epoch, meta, &Beginning::default()).await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        Ok(self.look(room, |log| log.record(room)))
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.remove(room, |_| true);
        Ok(())
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        Ok(self.remove(room, |log| log.at() == at))
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        // Names and memberships change under the room's lock, so that they change in the log's order.
        let append = |log: &mut Room| {
            let words = log.meta().words();
            let plan = log.append(epoch, expected, drafts)?;
            if !plan.room.is_empty() {
                let mut all = self.words();
                all.remove(room, words);
                all.insert(room, log.meta().words());
            }
            for (user, name) in &plan.names {
                self.names.name_first(user, name);
            }
            for user in plan.users() {
                let key = (user.clone(), Some(room.clone()));
                if log.members.contains_key(user) {
                    self.memberships.insert(key);
                } else {
                    self.memberships.remove(&key);
                }
            }
            for ((user, other), blocks) in &plan.blocks {
                let key = ((*user).clone(), Some((*other).clone()));
                if *blocks { self.blocks.insert(key) } else { self.blocks.remove(&key) }
            }
            Ok(Appended { count: plan.count })
        };
        self.with(room, append)?
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        let page = self.with(room, |log| log.entries(window))?;
        Ok(map(page, |entry| Entry::clone(&entry)))
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        let page = self.with(room, |log| log.messages(window))?;
        Ok(map(page, |(entry, state)| Message { entry: Entry::clone(&entry), state }))
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        let pins = self.with(room, |log| log.pins(before, limit))?;
        Ok(pins.into_iter().map(|(entry, state)| Message { entry: Entry::clone(&entry), state }).collect())
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let edits = self.with(room, |log| log.edits(message, after, limit))?;
        Ok(edits.iter().map(|entry| Entry::clone(entry)).collect())
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        let mut facts = self.with(room, |log| log.facts(query))?;
        self.name_all(&mut facts.members);
        self.name_all(&mut facts.roster);
        self.name_all(&mut facts.seniors);
        Ok(facts)
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        let head = |room: &RoomId| self.look(room, |log| (room.clone(), log.epoch, log.head()));
        Ok(rooms.iter().filter_map(head).collect())
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.with(room, |log| log.redact(seq))
    }

    fn leases(&self) -> Option<&dyn Leases> {
        Some(self)
    }

    fn retention(&self) -> Option<&dyn Retention> {
        Some(self)
    }

    fn intake(&self) -> Option<&dyn Intake> {
        Some(self)
    }

    fn last_seen(&self) -> Option<&dyn LastSeen> {
        Some(self)
    }

    fn moving(&self) -> Option<&dyn Moving> {
        Some(self)
    }
}

#[async_trait]
impl Directory for MemoryStore {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        let mut members = self.with(room, |log| log.members_after(after, limit.min(MAX_PAGE)))?;
        self.name_all(&mut members);
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
        let mut held = self.with(room, |log| log.restricted(restriction, at, after, limit.min(MAX_PAGE)))?;
        self.name_all(&mut held);
        Ok(held)
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        let rooms = self.of_kinds.walk(Some((kind, by_guests, after.cloned())));
        let rooms = rooms.take_while(|(of, by, _)| (*of, *by) == (kind, by_guests));
        Ok(self.records(rooms.filter_map(|(.., room)| room), limit))
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        // Some at a time, as no lock of a room is taken under that of the words.
        let (limit, mut found, mut from) = (limit.min(MAX_PAGE), Vec::new(), after.cloned());
        while found.len() < limit {
            let wanted = limit - found.len();
            let places: Vec<_> = self.words().find(&RoomMeta::RANKS, prefix, from.as_ref()).take(wanted).collect();
            let is_end = places.len() < wanted;
            from = places.last().cloned().or(from);
            found.extend(places.into_iter().filter_map(|place| {
                let record = self.look(&place.id, |log| log.record(&place.id))?;
                Some(FoundRoom { place, record })
            }));
            if is_end {
                break;
            }
        }
        Ok(found)
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        Ok(self.records(self.all.walk(after.cloned()), limit))
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        let user_room = |room: RoomId| {
            let mut own = self.look(&room, |log| log.user_room(&room, user)).flatten()?;
            if let Some(last) = &mut own.last {
                last.sender.name = self.names.name(&last.sender.user);
            }
            Some(own)
        };
        let limit = limit.min(MAX_PAGE);
        match page {
            OwnRooms::ById(after) => {
                Ok(self.memberships_of(user, after.clone()).filter_map(user_room).take(limit).collect())
            }
            OwnRooms::ByActivity(_) => {
                let place = |room: RoomId| self.look(&room, |log| log.activity_to(&room, user)).flatten();
                let places = self.memberships_of(user, None).filter_map(place);
                let mut places: Vec<Activity> = places.filter(|place| page.begins_before(place)).collect();
                places.sort_unstable();
                Ok(places.into_iter().filter_map(|place| user_room(place.room)).take(limit).collect())
            }
        }
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        let other = |room: &RoomId| Some((room.clone(), self.look(room, |log| log.other(user)).flatten()?));
        Ok(rooms.iter().filter_map(other).collect())
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let theirs = self.blocks.walk(Some((user.clone(), after.cloned()))).take_while(|(of, _)| of == user);
        Ok(theirs.filter_map(|(_, other)| other).take(limit.min(MAX_PAGE)).collect())
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        self.with(room, |log| log.set_read(user, seq))
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.with(room, |log| log.reads(users))
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        Ok(users.iter().filter_map(|user| self.names.profile(user)).collect())
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.names.set(user, name);
        Ok(())
    }
}

#[async_trait]
impl Leases for MemoryStore {
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError> {
        self.with(room, |log| log.hold(user, since, lease))
    }

    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError> {
        self.with(room, |log| log.release(user, since, node))
    }

    /// Looks at every membership there is: it is asked once, when a node starts.
    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError> {
        let stale = self.memberships.walk(None).filter_map(|(user, room)| {
            let room = room?;
            let since = self.look(&room, |log| log.stale(&user, current)).flatten()?;
            Some((room, user, since))
        });
        Ok(stale.take(limit.min(MAX_PAGE)).collect())
    }
}

#[async_trait]
impl LastSeen for MemoryStore {
    async fn seen(&self, users: &[(UserId, Timestamp)]) -> Result<(), StoreError> {
        users.iter().for_each(|(user, at)| self.names.seen(user, *at));
        Ok(())
    }

    async fn when_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
        Ok(users.iter().filter_map(|user| Some((user.clone(), self.names.last_seen(user)?))).collect())
    }

    async fn forget_seen(&self, user: &UserId) -> Result<(), StoreError> {
        self.names.forget_seen(user);
        Ok(())
    }
}

#[async_trait]
impl Retention for MemoryStore {
    async fn truncate(&self, room: &RoomId, oldest: Seq) -> Result<Seq, StoreError> {
        self.with(room, |log| log.truncate(oldest))
    }
}
