//! The one store all nodes share, as each of them reaches it: it fails, stalls, answers late or not at all, and tells
//! the oracle what is truly committed.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chat_core::{
    AppendError, Appended, CreateError, Draft, Entry, Epoch, Facts, FactsQuery, Lease, MemberFact, MemoryStore, Message,
    Name, Page, Profile, RoomId, RoomMeta, RoomRecord, Seq, Store, StoreError, UserId, UserRoom, Window, limits,
};
use tokio::sync::watch;

use super::world::World;
use crate::dice::Dice;

/// How bad the store is: what happens to so many operations in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trouble {
    /// Every operation takes up to so long.
    pub(super) latency_ms: usize,
    /// It says that it did not do it, and did not.
    pub(super) not_executed: u16,
    /// It does not say whether it did it: it did not, it did, or it will.
    pub(super) unknown: u16,
    /// It does it, but takes longer than anybody waits.
    pub(super) stalls: u16,
    /// Of an append, only the first few drafts are committed.
    pub(super) prefixes: u16,
}

/// The store itself, and the oracle that sees what it does.
pub(super) struct Shelf {
    inner: MemoryStore,
    world: World,
    dice: Dice,
    trouble: Mutex<Trouble>,
    stall_ms: usize,
}

/// The store as one life of a node reaches it: not at all once that node has died.
pub(super) struct Reach {
    pub(super) shelf: Arc<Shelf>,
    pub(super) alive: watch::Receiver<bool>,
}

fn failed() -> Box<dyn std::error::Error + Send + Sync> {
    "the simulator said so".into()
}

impl Shelf {
    pub(super) fn new(world: World, dice: Dice, stall_ms: usize) -> Arc<Self> {
        let (inner, trouble) = (MemoryStore::new(), Mutex::default());
        Arc::new(Self { inner, world, dice, trouble, stall_ms })
    }

    pub(super) fn set(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    fn trouble(&self) -> Trouble {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait(&self, most_ms: usize) {
        let ms = self.dice.below(most_ms + 1) as u64;
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }

    /// What may befall any operation before it is done.
    async fn befall(&self, trouble: Trouble) -> Result<(), StoreError> {
        self.wait(trouble.latency_ms).await;
        if self.dice.chance(trouble.not_executed) {
            return Err(StoreError::NotExecuted { source: failed() });
        }
        if self.dice.chance(trouble.stalls) {
            self.wait(self.stall_ms).await;
        }
        Ok(())
    }

    /// Commits, in one step that nothing can come between, and tells the oracle.
    async fn commit(&self, room: &RoomId, epoch: Epoch, expected: Seq, drafts: &[Draft]) -> Result<Appended, AppendError> {
        let appended = self.inner.append(room, epoch, expected, drafts).await?;
        self.world.with(|state| {
            for (seq, draft) in (expected + 1..).zip(&drafts[..appended.count]) {
                state.note(format_args!("log  {room} #{seq} {} {:?}", draft.sender, draft.body));
            }
        });
        self.world.check(|oracle| oracle.committed(room, expected, &drafts[..appended.count]));
        Ok(appended)
    }

    async fn append(
        self: &Arc<Self>,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        let trouble = self.trouble();
        self.befall(trouble).await?;
        if self.dice.chance(trouble.unknown) {
            match self.dice.below(3) {
                0 => {}
                1 => drop(self.commit(room, epoch, expected, drafts).await?),
                _ => self.commit_later(room, epoch, expected, drafts),
            }
            return Err(StoreError::OutcomeUnknown { source: failed() }.into());
        }
        let count = if self.dice.chance(trouble.prefixes) { 1 + self.dice.below(drafts.len()) } else { drafts.len() };
        self.commit(room, epoch, expected, &drafts[..count.min(drafts.len())]).await
    }

    /// It is on its way, whatever becomes of who sent it.
    fn commit_later(self: &Arc<Self>, room: &RoomId, epoch: Epoch, expected: Seq, drafts: &[Draft]) {
        let (shelf, room, drafts) = (self.clone(), room.clone(), drafts.to_vec());
        tokio::spawn(async move {
            shelf.wait(shelf.stall_ms).await;
            drop(shelf.commit(&room, epoch, expected, &drafts).await);
        });
    }

    /// Retention: a page begins at the oldest entry that is kept.
    fn keep<T>(&self, room: &RoomId, page: Page<T>, seq: impl Fn(&T) -> Seq) -> Page<T> {
        let oldest = self.world.oracle(|oracle| oracle.rooms.get(room).map_or(1, |past| past.oldest));
        let items = page.items.into_iter().filter(|item| seq(item) >= oldest).collect();
        Page { oldest, items, ..page }
    }

    /// The same window, above what retention has removed.
    fn kept(&self, room: &RoomId, window: Window) -> Window {
        let oldest = self.world.oracle(|oracle| oracle.rooms.get(room).map_or(1, |past| past.oldest));
        Window { after: window.after.map(|after| after.max(oldest - 1)), ..window }
    }
}

impl Reach {
    /// Does it, unless something befalls it; never answers a node that has died.
    async fn through<T, E: From<StoreError>>(&self, operation: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let done = async {
            self.shelf.befall(self.shelf.trouble()).await?;
            operation.await
        };
        self.while_alive(done).await
    }

    async fn while_alive<T>(&self, operation: impl Future<Output = T>) -> T {
        let mut alive = self.alive.clone();
        let died = async { drop(alive.wait_for(|alive| !alive).await) };
        tokio::select! {
            biased;
            () = died => std::future::pending().await,
            done = operation => done,
        }
    }
}

#[async_trait]
impl Store for Reach {
    async fn create_room(&self, room: &RoomId, epoch: Epoch, meta: &RoomMeta) -> Result<(), CreateError> {
        self.through(async {
            self.shelf.inner.create_room(room, epoch, meta).await?;
            self.shelf.world.note(format_args!("made {room} {:?} {:?}", meta.kind, meta.history));
            self.shelf.world.oracle(|oracle| oracle.created(room, epoch, meta));
            Ok(())
        })
        .await
    }

    async fn room(&self, room: &RoomId) -> Result<Option<RoomRecord>, StoreError> {
        self.through(self.shelf.inner.room(room)).await
    }

    async fn delete_room(&self, room: &RoomId) -> Result<(), StoreError> {
        self.through(async {
            self.shelf.inner.delete_room(room).await?;
            self.shelf.world.note(format_args!("gone {room}"));
            self.shelf.world.oracle(|oracle| oracle.deleted(room));
            Ok(())
        })
        .await
    }

    async fn append(
        &self,
        room: &RoomId,
        epoch: Epoch,
        expected: Seq,
        drafts: &[Draft],
    ) -> Result<Appended, AppendError> {
        self.while_alive(self.shelf.append(room, epoch, expected, drafts)).await
    }

    async fn entries(&self, room: &RoomId, window: Window) -> Result<Page<Entry>, StoreError> {
        let window = self.shelf.kept(room, window);
        let page = self.through(self.shelf.inner.entries(room, window)).await?;
        Ok(self.shelf.keep(room, page, |entry| entry.seq))
    }

    async fn messages(&self, room: &RoomId, window: Window) -> Result<Page<Message>, StoreError> {
        let window = self.shelf.kept(room, window);
        let page = self.through(self.shelf.inner.messages(room, window)).await?;
        Ok(self.shelf.keep(room, page, |message| message.entry.seq))
    }

    async fn facts(&self, room: &RoomId, query: &FactsQuery) -> Result<Facts, StoreError> {
        let most = query.users.len().max(query.messages.len()).max(query.claims.len());
        if most > limits::MAX_BATCH {
            self.shelf.world.fail(format!("facts are asked about {most} users, messages or claims at once"));
        }
        self.through(self.shelf.inner.facts(room, query)).await
    }

    async fn members(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError> {
        self.through(self.shelf.inner.members(room, after, limit)).await
    }

    async fn public_rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError> {
        self.through(self.shelf.inner.public_rooms(after, limit)).await
    }

    async fn rooms_of(&self, user: &UserId, after: Option<&RoomId>, limit: usize) -> Result<Vec<UserRoom>, StoreError> {
        self.through(self.shelf.inner.rooms_of(user, after, limit)).await
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, Epoch, Seq)>, StoreError> {
        self.through(self.shelf.inner.heads(rooms)).await
    }

    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError> {
        self.through(self.shelf.inner.set_read(room, user, seq)).await
    }

    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.through(self.shelf.inner.profiles(users)).await
    }

    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError> {
        self.through(self.shelf.inner.set_profile(user, name)).await
    }

    async fn redact(&self, room: &RoomId, seq: Seq) -> Result<(), StoreError> {
        self.through(self.shelf.inner.redact(room, seq)).await
    }

    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId)>, StoreError> {
        self.through(self.shelf.inner.stale_leases(current, limit)).await
    }

    async fn renew_lease(&self, room: &RoomId, user: &UserId, lease: Lease) -> Result<(), StoreError> {
        self.through(self.shelf.inner.renew_lease(room, user, lease)).await
    }
}
