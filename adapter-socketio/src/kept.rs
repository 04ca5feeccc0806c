//! What clients that have lost their connection had been told, kept for when they come back.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chat_core::{Caller, Cursor, RoomId};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

use crate::limits;

/// How far a client had been told, and for whom it acted.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) caller: Option<Caller>,
    /// How far it is known to have been told, room by room.
    pub(crate) rooms: Vec<(RoomId, Cursor)>,
    /// The room it was in.
    pub(crate) current: Option<RoomId>,
}

/// Bounded in number and in time.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<State>);

/// A client that is there, as far as the server knows: it may have lost its connection and come back before that is noticed.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// It has come back: the old connection is over.
    pub(crate) end: Notify,
    /// What it has been told is kept.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    held: HashMap<String, (u64, Held)>,
    /// Which of them were put in when, the oldest first; those that were taken out since are skipped.
    order: VecDeque<(Instant, u64, String)>,
    count: u64,
    /// Those who are there, by their own ids.
    live: HashMap<String, Arc<Live>>,
}

impl Kept {
    /// A client is there under this id.
    pub(crate) fn begin(&self, id: &str) -> Arc<Live> {
        let live = Arc::<Live>::default();
        self.state().live.insert(id.to_owned(), live.clone());
        live
    }

    /// It is there no more; what is to be kept of it is.
    pub(crate) fn end(&self, id: &str, live: &Arc<Live>) {
        let mut state = self.state();
        if state.live.get(id).is_some_and(|known| Arc::ptr_eq(known, live)) {
            state.live.remove(id);
        }
        drop(state);
        live.ended.notify_one();
    }

    /// Takes out what is kept of a client that comes back under its id, if it was there ever.
    pub(crate) async fn come_back(&self, id: &str) -> Option<Held> {
        let live = self.state().live.get(id).cloned();
        if let Some(live) = live {
            live.end.notify_one();
            drop(timeout(limits::CLOSE_TIMEOUT, live.ended.notified()).await);
        }
        self.take(id)
    }

    /// Keeps something under this key, in place of what was kept under it before.
    pub(crate) fn keep(&self, key: String, held: Held) {
        let mut state = self.state();
        state.count += 1;
        let number = state.count;
        state.order.push_back((Instant::now() + limits::KEPT_FOR, number, key.clone()));
        state.held.insert(key, (number, held));
        state.forget(Instant::now());
    }

    /// Takes out what is kept under a key: it is good once.
    pub(crate) fn take(&self, key: &str) -> Option<Held> {
        let mut state = self.state();
        state.forget(Instant::now());
        state.held.remove(key).map(|(_, held)| held)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(until, ..)| *until <= now) || self.order.len() > limits::KEPT {
            let Some((_, number, key)) = self.order.pop_front() else { return };
            if self.held.get(&key).is_some_and(|(known, _)| *known == number) {
                self.held.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> Held {
        Held { caller: None, rooms: Vec::new(), current: None }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_good_once_and_not_for_long() {
        let kept = Kept::default();
        kept.keep("a".to_owned(), held());
        assert!(kept.take("a").is_some() && kept.take("a").is_none());
        kept.keep("b".to_owned(), held());
        tokio::time::advance(limits::KEPT_FOR / 2).await;
        kept.keep("b".to_owned(), held());
        tokio::time::advance(limits::KEPT_FOR / 2).await;
        assert!(kept.take("b").is_some(), "it was put in anew");
        kept.keep("c".to_owned(), held());
        tokio::time::advance(limits::KEPT_FOR).await;
        assert!(kept.take("c").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_back_before_that_is_noticed_ends_the_old_connection() {
        let kept = Arc::new(Kept::default());
        let live = kept.begin("a");
        let old = tokio::spawn({
            let kept = kept.clone();
            async move {
                live.end.notified().await;
                kept.keep("a".to_owned(), held());
                kept.end("a", &live);
            }
        });
        assert!(kept.come_back("a").await.is_some());
        old.await.unwrap();
        assert!(kept.state().live.is_empty());
        assert!(kept.come_back("a").await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn of_too_many_the_oldest_are_forgotten() {
        let kept = Kept::default();
        for n in 0..=limits::KEPT {
            kept.keep(n.to_string(), held());
        }
        assert!(kept.take("0").is_none() && kept.take("1").is_some());
        let state = kept.state();
        assert!(state.held.len() <= limits::KEPT && state.order.len() <= limits::KEPT);
    }
}
