//! A store that fails in every way a store may fail, as a seed has it.

mod faults;
mod powers;

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chat_core::{
    AppendError, Appended, CreateError, Cursor, Directory, Draft, Entry, Epoch, Facts, FactsQuery, FoundRoom, Intake,
    LastSeen, Leases, MemberFact, Message, Moving, Name, OwnRooms, Page, Place, Prefix, Profile, Restriction,
    Retention, RoomId, RoomKind, RoomMeta, RoomRecord, SeededEnvironment, Seq, Store, StoreError, Timestamp, UserId,
    UserRoom, Window,
};
use tokio::{sync::watch, time::sleep};

use self::faults::Counters;
pub use self::faults::{FaultCounts, Faults};
use crate::dice::Dice;

/// A [`Store`] around another that fails, stalls, answers late or not at all: always within the trait's contract.
///
/// Without faults it is the store it wraps. What happens follows from the environment's seed and the order of the
/// calls: on a runtime of one thread with paused time (`#[tokio::test(start_paused = true)]`) a seed replays exactly.
///
/// ```
/// use std::sync::Arc;
/// use chat_core::{MemoryStore, RoomId, SeededEnvironment, Store, StoreError, Timestamp};
/// use chat_testkit::{Faults, FaultyStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let environment = Arc::new(SeededEnvironment::new(7, Timestamp(0)));
/// let store = FaultyStore::new(Arc::new(MemoryStore::new()), environment);
/// let room = RoomId::parse("lobby")?;
/// assert!(store.room(&room).await?.is_none());
///
/// store.set_faults(Faults::outage());
/// assert!(matches!(store.room(&room).await, Err(StoreError::NotExecuted { .. })));
/// # Ok(())
/// # }
/// ```
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    dice: Dice,
    faults: Mutex<Faults>,
    counters: Counters,
    /// How many appends are on their way.
    late: watch::Sender<u64>,
}

impl FaultyStore {
    /// A store that has no faults yet.
    pub fn new(inner: Arc<dyn Store>, environment: Arc<SeededEnvironment>) -> Self {
        let (dice, late) = (Dice::of(environment), watch::Sender::new(0));
        Self { inner, dice, faults: Mutex::default(), counters: Counters::default(), late }
    }

    /// Sets the faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// How often each fault happened.
    pub fn counts(&self) -> FaultCounts {
        self.counters.counts()
    }

    /// Waits until every append that is on its way was tried.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn landed(&self) {
        // The sender is here: it cannot be gone.
        let _ = self.late.subscribe().wait_for(|late| *late == 0).await;
    }

    fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happens(&self, per_mille: u16, counter: &AtomicU64) -> bool {
        let happens = per_mille > 0 && self.dice.chance(per_mille);
        counter.fetch_add(u64::from(happens), Ordering::Relaxed);
        happens
    }

    fn wait(&self, faults: Faults) -> Duration {
        let longest = usize::try_from(faults.longest.as_millis()).unwrap_or(usize::MAX);
        Duration::from_millis(1 + self.dice.below(longest) as u64)
    }

    async fn wait_before(&self, faults: Faults) {
        if self.happens(faults.delay, &self.counters.delay) {
            sleep(self.wait(faults)).await;
        }
    }

    async fn wait_after(&self, faults: Faults) {
        if self.happens(faults.delay_answer, &self.counters.delay_answer) {
            sleep(self.wait(faults)).await;
        }
    }

    async fn read<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let faults = self.faults();
        self.wait_before(faults).await;
        if self.happens(faults.refuse, &self.counters.refuse) {
            return Err(refused());
        }
        let answer = call.await;
        self.wait_after(faults).await;
        answer
    }

    async fn write<T, E: From<StoreError>>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let faults = self.faults();
        self.wait_before(faults).await;
        self.lose_before(faults)?;
        let answer = call.await;
        self.lose_after(faults).await?;
        answer
    }

    fn lose_before(&self, faults: Faults) -> Result<(), StoreError> {
        if self.happens(faults.refuse, &self.counters.refuse) {
            return Err(refused());
        }
        if self.happens(faults.lose_call, &self.counters.lose_call) {
            return Err(unknown("the call was lost"));
        }
        Ok(())
    }

    async fn lose_after(&self, faults: Faults) -> Result<(), StoreError> {
        self.wait_after(faults).await;
        if self.happens(faults.lose_answer, &self.counters.lose_answer) {
            return Err(unknown("the answer was lost"));
        }
        Ok(())
    }

    /// The first of these drafts, or all. A batch that holds a duplicate is none of which a part may be appended.
    async fn cut<'a>(&self, faults: Faults, room: &RoomId, drafts: &'a [Draft]) -> &'a [Draft] {
        if drafts.len() < 2 || !self.happens(faults.cut, &self.counters.cut) {
            return drafts;
        }
        let first = &drafts[..1 + self.dice.below(drafts.len() - 1)];
        let claim = |draft: &Draft| Some((draft.sender.clone(), draft.claim.clone()?.client_id));
        let claims = drafts.iter().filter_map(claim).collect();
        let query = FactsQuery { claims, ..FactsQuery::default() };
        match self.inner.facts(room, &query).await {
            Ok(facts) if facts.claims.is_empty() => first,
            _ => drafts,
        }
    }

    /// Tries an append later, whether its caller waits for it or not.
    fn try_later(
        &self,
        after: Duration,
        room: &RoomId,
        (epoch, expected): (Epoch, Seq),
        drafts: &[Draft],
    ) -> impl Future<Output = Result<Appended, AppendError>> + use<> {
        let (inner, room, drafts) = (Arc::clone(&self.inner), room.clone(), drafts.to_vec());
        let late = self.late.clone();
        late.send_modify(|late| *late += 1);
        let task = tokio::spawn(async move {
            sleep(after).await;
            let answer = inner.append(&room, epoch, expected, &drafts).await;
            late.send_modify(|late| *late -= 1);
            answer
        });
        async move { task.await.unwrap_or_else(|_| Err(unknown("the runtime ended").into())) }
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (faults, counts) = (self.faults(), self.counts());
        f.debug_struct("FaultyStore").field("faults", &faults).field("counts", &counts).finish_non_exhaustive()
    }
}

fn refused() -> StoreError {
    StoreError::NotExecuted { source: "injected: refused".into() }
}

fn unknown(why: &str) -> StoreError {
    StoreError::OutcomeUnknown { source: format!("injected: {why}").into() }
}

#[async_trait]
impl Store for FaultyStore {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.write(self.inner.create_room(room, epoch, meta)).await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        self.read(self.inner.room(room)).await
    }

    async fn delete_room_at(&self, room: &RoomId, at: Cursor) -> Result<bool, StoreError> {
        self.write(self.inner.delete_room_at(room, at)).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.write(self.inner.delete_room(room)).await
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        let (faults, place) = (self.faults(), (epoch, expected));
        self.lose_before(faults)?;
        let drafts = self.cut(faults, room, drafts).await;
        if self.happens(faults.land_late, &self.counters.land_late) {
            drop(self.try_later(self.wait(faults), room, place, drafts));
            return Err(unknown("it lands late").into());
        }
        let answer = if self.happens(faults.delay, &self.counters.delay) {
            self.try_later(self.wait(faults), room, place, drafts).await
        } else {
            self.inner.append(room, epoch, expected, drafts).await
        };
        self.lose_after(faults).await?;
        answer
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        self.read(self.inner.entries(room, window)).await
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        self.read(self.inner.messages(room, window)).await
    }

    async fn pins(&self, room: &RoomId, before: Option<Seq>, limit: usize) -> Result<Vec<Message>, StoreError> {
        self.read(self.inner.pins(room, before, limit)).await
    }

    async fn edits(&self, room: &RoomId, message: Seq, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(self.inner.edits(room, message, after, limit)).await
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        self.read(self.inner.facts(room, query)).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        self.read(self.inner.heads(rooms)).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.write(self.inner.redact(room, seq)).await
    }

    fn leases(&self) -> Option<&dyn Leases> {
        self.inner.leases().map(|_| self as &dyn Leases)
    }

    fn retention(&self) -> Option<&dyn Retention> {
        self.inner.retention().map(|_| self as &dyn Retention)
    }

    fn intake(&self) -> Option<&dyn Intake> {
        self.inner.intake().map(|_| self as &dyn Intake)
    }

    fn last_seen(&self) -> Option<&dyn LastSeen> {
        self.inner.last_seen().map(|_| self as &dyn LastSeen)
    }

    fn moving(&self) -> Option<&dyn Moving> {
        self.inner.moving().map(|_| self as &dyn Moving)
    }
}

#[async_trait]
impl Directory for FaultyStore {
    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.read(self.inner.members(room, after, limit)).await
    }

    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.read(self.inner.restricted(room, restriction, at, after, limit)).await
    }

    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError> {
        self.read(self.inner.rooms_of_kind(kind, by_guests, after, limit)).await
    }

    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError> {
        self.read(self.inner.find_rooms(prefix, after, limit)).await
    }

    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        self.read(self.inner.rooms(after, limit)).await
    }

    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        self.read(self.inner.rooms_of(user, page, limit)).await
    }

    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        self.read(self.inner.others(user, rooms)).await
    }

    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.read(self.inner.blocks(user, after, limit)).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        self.write(self.inner.set_read(room, user, seq)).await
    }

    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError> {
        self.read(self.inner.reads(room, users)).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.read(self.inner.profiles(users)).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.write(self.inner.set_profile(user, name)).await
    }
}
