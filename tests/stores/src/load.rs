//! Writers that append to a store which fails now and then, and what is expected of it when they are done.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chat_core::{
    AppendError, Body, Claim, ClientId, CreateError, Digest, Draft, Entry, Epoch, HistoryVisibility, Name, Post,
    RoomId, RoomKind, RoomMeta, Seq, Store, StoreError, Timestamp, UserId, Window, limits::MAX_PAGE,
};
use tokio::{sync::watch, task::JoinSet, time::sleep};
use uuid::Uuid;

/// Writers of each room: they take each other's places.
const WRITERS: usize = 3;

/// What writers were told is in the logs: the place of each draft.
#[derive(Debug, Clone, Default)]
pub struct Acks(HashMap<RoomId, Vec<(Seq, Uuid)>>);

/// Is told of every ack when it comes.
type Told = dyn Fn(&RoomId, Seq, Uuid) + Send + Sync;

/// Writers under way.
pub struct Load {
    state: Arc<State>,
    writers: JoinSet<()>,
}

struct State {
    store: Arc<dyn Store>,
    told: Box<Told>,
    acks: Mutex<Acks>,
    /// Whether the power is off: what is told then counts no more.
    is_off: AtomicBool,
    acked: watch::Sender<u64>,
    /// Appends of which it was not known what became of them.
    unknown: AtomicU64,
    ending: AtomicBool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Entries that were acked.
    pub acked: u64,
    /// Entries in the logs.
    pub logged: u64,
    /// Appends of unknown outcome.
    pub unknown: u64,
    /// Acked entries that are not where they were said to be.
    pub lost: u64,
    /// Entries that are there more than once.
    pub doubled: u64,
    /// Entries that rooms count, and that are not at the end of their logs.
    pub missing: u64,
}

impl Load {
    /// Makes so many rooms and begins to write.
    ///
    /// # Panics
    /// If the rooms cannot be made.
    pub async fn start(store: Arc<dyn Store>, rooms: usize) -> Self {
        Self::start_telling(store, rooms, 0, |_, _, _| ()).await
    }

    /// The same in rooms that may be there from an earlier life, with other writers in each. Every ack is told at once.
    ///
    /// # Panics
    /// If the rooms cannot be made.
    pub async fn start_telling(
        store: Arc<dyn Store>,
        rooms: usize,
        life: u64,
        told: impl Fn(&RoomId, Seq, Uuid) + Send + Sync + 'static,
    ) -> Self {
        let rooms: Vec<RoomId> = (0..rooms).map(|n| parsed(RoomId::parse(format!("room-{n}")))).collect();
        for room in &rooms {
            match store.create_room(room, epoch(), &meta()).await {
                Ok(()) | Err(CreateError::Exists) => {}
                Err(error) => panic!("{room} cannot be made: {error:?}"),
            }
        }
        let state = Arc::new(State {
            store,
            told: Box::new(told),
            acks: Mutex::default(),
            is_off: AtomicBool::new(false),
            acked: watch::Sender::new(0),
            unknown: AtomicU64::new(0),
            ending: AtomicBool::new(false),
        });
        let mut writers = JoinSet::new();
        for room in &rooms {
            for number in 0..WRITERS {
                let user = parsed(UserId::parse(format!("user-{life}-{number}")));
                writers.spawn(Writer { state: Arc::clone(&state), room: room.clone(), user, head: 0 }.write());
            }
        }
        Self { state, writers }
    }

    /// Waits until so many more were acked.
    ///
    /// # Panics
    /// If a writer did.
    pub async fn acked(&mut self, more: u64) {
        let mut acked = self.state.acked.subscribe();
        let enough = *acked.borrow() + more;
        tokio::select! {
            _ = acked.wait_for(|acked| *acked >= enough) => {}
            Some(ended) = self.writers.join_next() => panic!("a writer ended: {ended:?}"),
        }
    }

    /// Ends the writers, once nothing of theirs is open any more.
    ///
    /// # Panics
    /// If a writer did.
    pub async fn end(&mut self) {
        self.state.ending.store(true, Ordering::SeqCst);
        while let Some(ended) = self.writers.join_next().await {
            ended.expect("a writer");
        }
    }

    /// Cuts the power. What writers are told from now on, until it is [back](Self::power_is_back), does not count.
    pub fn cut_power(&self, cut: impl FnOnce()) {
        // Whoever was told before has counted it before.
        let _acks = self.state.acks();
        cut();
        self.state.is_off.store(true, Ordering::SeqCst);
    }

    /// See [`cut_power`](Self::cut_power).
    pub fn power_is_back(&self) {
        self.state.is_off.store(false, Ordering::SeqCst);
    }

    /// Ends the writers where they are.
    pub async fn abort(&mut self) {
        self.writers.shutdown().await;
    }

    /// Compares the logs, as a store has them now, with what was acked.
    ///
    /// # Panics
    /// If a log has a gap, or cannot be read.
    pub async fn outcome(&self, store: &dyn Store) -> Outcome {
        let acks = self.state.acks().clone();
        Outcome { unknown: self.state.unknown.load(Ordering::SeqCst), ..acks.outcome(store).await }
    }
}

impl State {
    fn acks(&self) -> MutexGuard<'_, Acks> {
        self.acks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Acks {
    /// One more.
    pub fn add(&mut self, room: &RoomId, seq: Seq, draft_id: Uuid) {
        self.0.entry(room.clone()).or_default().push((seq, draft_id));
    }

    /// Compares the logs, as a store has them now, with these.
    ///
    /// # Panics
    /// If a log has a gap, or cannot be read.
    pub async fn outcome(&self, store: &dyn Store) -> Outcome {
        let mut outcome = Outcome { acked: 0, logged: 0, unknown: 0, lost: 0, doubled: 0, missing: 0 };
        outcome.acked = self.0.values().map(|acks| acks.len() as u64).sum();
        // What is not found is lost, if need be with its room.
        outcome.lost = outcome.acked;
        for record in store.rooms(None, MAX_PAGE).await.expect("the rooms") {
            let room = &record.room;
            let (log, head) = read(store, room).await;
            outcome.missing += head.abs_diff(log.len() as Seq);
            assert!(log.iter().map(|entry| entry.seq).eq(1..=log.len() as Seq), "{room} has a gap");
            let ids: HashSet<Uuid> = log.iter().map(|entry| entry.draft_id).collect();
            let is_there = |(seq, id): &(Seq, Uuid)| log.get(*seq as usize - 1).is_some_and(|e| e.draft_id == *id);
            outcome.logged += log.len() as u64;
            outcome.doubled += (log.len() - ids.len()) as u64;
            outcome.lost -= self.0.get(room).into_iter().flatten().filter(|ack| is_there(ack)).count() as u64;
        }
        outcome
    }
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load").field("writers", &self.writers.len()).finish_non_exhaustive()
    }
}

/// A room's log, and the head that the room has.
async fn read(store: &dyn Store, room: &RoomId) -> (Vec<Entry>, Seq) {
    let mut log: Vec<Entry> = Vec::new();
    loop {
        let page = store.entries(room, Window::after(log.len() as Seq, 200)).await.expect("a page");
        if page.items.is_empty() {
            return (log, page.head);
        }
        log.extend(page.items);
    }
}

/// One of the writers of a room.
struct Writer {
    state: Arc<State>,
    room: RoomId,
    user: UserId,
    head: Seq,
}

impl Writer {
    async fn write(mut self) {
        let mut number = 0;
        while !self.state.ending.load(Ordering::SeqCst) {
            number += 1;
            let drafts: Vec<Draft> = (0..1 + number % 3).map(|n| self.draft(&format!("{number}.{n}"))).collect();
            self.settle(&drafts).await;
        }
    }

    /// Appends until all is in: what is of unknown outcome is sought at its place once that is taken.
    async fn settle(&mut self, drafts: &[Draft]) {
        let (mut rest, mut unsettled) = (drafts, false);
        while !rest.is_empty() {
            let done = match self.state.store.append(&self.room, epoch(), self.head, rest).await {
                Ok(appended) => {
                    unsettled = false;
                    appended.count
                }
                Err(AppendError::Conflict { head, .. }) if unsettled => {
                    let Some(found) = self.found(rest).await else { continue };
                    unsettled = false;
                    if found == 0 {
                        self.head = head;
                    }
                    found
                }
                Err(AppendError::Conflict { head, .. }) => {
                    self.head = head;
                    0
                }
                Err(AppendError::Store(StoreError::OutcomeUnknown { .. })) => {
                    self.state.unknown.fetch_add(1, Ordering::SeqCst);
                    unsettled = true;
                    sleep(Duration::from_millis(5)).await;
                    0
                }
                Err(AppendError::Store(StoreError::NotExecuted { .. })) => {
                    sleep(Duration::from_millis(5)).await;
                    0
                }
                Err(other) => panic!("{} at {}: {other:?}", self.room, self.head),
            };
            self.ack(&rest[..done]);
            rest = &rest[done..];
        }
    }

    /// How many of the drafts are in the log right above the head that was expected; `None` if it cannot be read.
    async fn found(&self, drafts: &[Draft]) -> Option<usize> {
        let page = self.state.store.entries(&self.room, Window::after(self.head, drafts.len())).await.ok()?;
        Some(page.items.iter().zip(drafts).take_while(|(entry, draft)| entry.draft_id == draft.draft_id).count())
    }

    fn ack(&mut self, drafts: &[Draft]) {
        let mut acks = self.state.acks();
        for draft in drafts {
            self.head += 1;
            if !self.state.is_off.load(Ordering::SeqCst) {
                acks.add(&self.room, self.head, draft.draft_id);
                (self.state.told)(&self.room, self.head, draft.draft_id);
            }
        }
        drop(acks);
        self.state.acked.send_modify(|acked| *acked += drafts.len() as u64);
    }

    fn draft(&self, text: &str) -> Draft {
        let client_id = parsed(ClientId::parse(text));
        Draft {
            draft_id: Uuid::new_v4(),
            at: Timestamp(1),
            sender: self.user.clone(),
            claim: Some(Claim { client_id, digest: Digest([7; 32]) }),
            told: true,
            after: self.head,
            body: Body::Message(Post::text(text)),
            lease: None,
            name: None,
        }
    }
}

fn epoch() -> Epoch {
    Epoch::from_random(u64::MAX)
}

fn meta() -> RoomMeta {
    let name = parsed(Name::parse("A room"));
    RoomMeta {
        slow_mode_ms: 0,
        invites: Default::default(),
        topic: None,
        archived: false,
        name,
        kind: RoomKind::Public,
        history: HistoryVisibility::Everything,
        creator: None,
        created_at: Timestamp(1),
    }
}

fn parsed<T>(text: Result<T, chat_core::InvalidId>) -> T {
    text.expect("a valid text")
}
