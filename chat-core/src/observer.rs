//! `Observer`: told of every entry after commit, for webhooks, push and search indexes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::{Entry, Epoch, RoomId, Seq, limits, tasks::survive};

/// A committed entry and where it stands.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The room.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: Epoch,
    /// The entry.
    pub entry: Arc<Entry>,
}

/// Told of every entry that a room on this node commits or learns of, in the order of each room's log.
///
/// An observer has a task and a bounded queue of its own, so it cannot slow a room. When it falls behind by more than
/// [`OBSERVER_QUEUE`](crate::limits::OBSERVER_QUEUE) entries it is told what it missed, and may read that from the store.
/// When it panics, that is logged with the room, and it is told what comes next.
///
/// ```
/// use chat_core::{Body, Chat, Epoch, Observed, Observer, RoomId, Seq, async_trait};
///
/// struct SearchIndex;
///
/// #[async_trait]
/// impl Observer for SearchIndex {
///     async fn committed(&self, observed: Observed) {
///         if let Body::Message(post) = &observed.entry.body {
///             println!("{} {}: {}", observed.room, observed.entry.seq, post.text);
///         }
///     }
///
///     async fn missed(&self, room: RoomId, epoch: Epoch, first: Seq, last: Seq) {
///         println!("{room}: read {first} to {last} of epoch {epoch} from the store");
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let chat = Chat::builder().observer(SearchIndex).build();
/// # });
/// ```
#[async_trait]
pub trait Observer: Send + Sync + 'static {
    /// An entry was committed.
    async fn committed(&self, observed: Observed);

    /// Entries of a room, from `first` to `last`, were committed while the queue was full, or were removed by
    /// retention before this node had read them.
    async fn missed(&self, room: RoomId, epoch: Epoch, first: Seq, last: Seq);
}

/// What waits to be told to the observer, in order.
#[derive(Default)]
pub(crate) struct Observations {
    queue: Mutex<Queue>,
    changed: Notify,
    all_told: Notify,
}

#[derive(Default)]
struct Queue {
    /// Whether there is an observer.
    has_observer: bool,
    /// Whether entries are taken in.
    is_open: bool,
    /// Whether the observer has been told all there will be.
    is_told: bool,
    waiting: VecDeque<Observation>,
    /// The entries of a room that found no place, until the observer is told of them: later entries of the room are
    /// added to these, so that it is told in order.
    missed: HashMap<RoomId, (Epoch, Seq, Seq)>,
}

enum Observation {
    Committed(Observed),
    /// The room's entries that found no place.
    Missed(RoomId),
}

impl Observations {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to take entries in.
    pub(crate) fn open(&self) {
        let mut queue = self.queue();
        (queue.has_observer, queue.is_open) = (true, true);
    }

    /// Takes no more entries in; what waits is still told.
    pub(crate) fn close(&self) {
        self.queue().is_open = false;
        self.changed.notify_one();
    }

    /// An entry was committed.
    pub(crate) fn add(&self, observed: Observed) {
        let mut queue = self.queue();
        if !queue.is_open {
            return;
        }
        let seq = observed.entry.seq;
        if let Some((epoch, _, last)) = queue.missed.get_mut(&observed.room)
            && *epoch == observed.epoch
        {
            *last = seq;
        } else if queue.waiting.len() < limits::OBSERVER_QUEUE {
            queue.waiting.push_back(Observation::Committed(observed));
        } else {
            queue.miss(observed.room, observed.epoch, seq, seq);
        }
        drop(queue);
        self.changed.notify_one();
    }

    /// Entries of a room, from `first` to `last`, cannot be told of by themselves.
    pub(crate) fn add_missed(&self, room: RoomId, epoch: Epoch, first: Seq, last: Seq) {
        let mut queue = self.queue();
        if queue.is_open {
            queue.miss(room, epoch, first, last);
            drop(queue);
            self.changed.notify_one();
        }
    }

    /// Tells an observer, until no more is taken in and all that waited was told. One that panics is told what comes next.
    pub(crate) async fn tell(&self, observer: Arc<dyn Observer>) {
        loop {
            let (next, is_open) = {
                let mut queue = self.queue();
                (queue.next(), queue.is_open)
            };
            match next {
                Some(next) => next.tell(&*observer).await,
                None if is_open => self.changed.notified().await,
                None => break,
            }
        }
        self.queue().is_told = true;
        self.all_told.notify_waiters();
    }

    fn is_told(&self) -> bool {
        let queue = self.queue();
        queue.is_told || !queue.has_observer
    }

    /// Resolves once the observer was told all that was taken in; at once without an observer.
    pub(crate) async fn told(&self) {
        loop {
            let told = self.all_told.notified();
            if self.is_told() {
                return;
            }
            told.await;
        }
    }
}

enum Next {
    Committed(Observed),
    Missed(RoomId, Epoch, Seq, Seq),
}

impl Next {
    async fn tell(self, observer: &dyn Observer) {
        let room = match &self {
            Self::Committed(observed) => observed.room.clone(),
            Self::Missed(room, ..) => room.clone(),
        };
        let told = async {
            match self {
                Self::Committed(observed) => observer.committed(observed).await,
                Self::Missed(room, epoch, first, last) => observer.missed(room, epoch, first, last).await,
            }
        };
        if survive(told).await.is_none() {
            tracing::error!(%room, "the observer panicked; it is told what comes next");
        }
    }
}

impl Queue {
    fn miss(&mut self, room: RoomId, epoch: Epoch, first: Seq, last: Seq) {
        match self.missed.get_mut(&room) {
            Some((known, _, end)) if *known == epoch => *end = last,
            _ => {
                self.missed.insert(room.clone(), (epoch, first, last));
                self.waiting.push_back(Observation::Missed(room));
            }
        }
    }

    fn next(&mut self) -> Option<Next> {
        loop {
            match self.waiting.pop_front()? {
                Observation::Committed(observed) => return Some(Next::Committed(observed)),
                Observation::Missed(room) => {
                    if let Some((epoch, first, last)) = self.missed.remove(&room) {
                        return Some(Next::Missed(room, epoch, first, last));
                    }
                }
            }
        }
    }
}
