//! The progress of clients that have lost their connection, kept for when they come back.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chat_core::{Caller, RoomId, UserId};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use uuid::Uuid;

use crate::{limits, rooms::Told};

/// The id by which a client comes back. The adapter makes it at random, and it is valid in one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pid {
    pub(crate) namespace: Arc<str>,
    pub(crate) id: Uuid,
}

/// The key under which a client's progress is kept. A user's key is made by the adapter, never of a text that a client chose.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Pid(Pid),
    User(Arc<str>, UserId),
}

/// A client's progress, and for whom the client acted.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) pid: Pid,
    pub(crate) caller: Caller,
    /// Up to where the client has received each room's entries.
    pub(crate) rooms: Vec<Told>,
    /// The client's current room.
    pub(crate) current: Option<RoomId>,
}

/// The kept progress of all clients, bounded in number and in time.
#[derive(Default)]
pub(crate) struct Kept(Mutex<State>);

/// A client that is connected as far as the server knows. The client may have lost its connection, and may come back before
/// the server notices.
pub(crate) struct Live {
    /// Notified when the client has come back: its old connection is to end.
    pub(crate) end: Notify,
    /// Notified when the client's progress is kept.
    ended: Notify,
    /// The user for whom the client acts.
    user: Box<dyn Fn() -> Option<UserId> + Send + Sync>,
}

/// A connected client that sends no id. It takes over the progress kept for its user, unless another such client of the user
/// is connected, which may have received the same entries. It counts as connected until this is dropped.
pub(crate) struct Program {
    kept: Arc<Kept>,
    namespace: Arc<str>,
    user: UserId,
    began: Instant,
    has_recalled: bool,
}

#[derive(Default)]
struct State {
    held: HashMap<Key, (u64, Held)>,
    /// Until when each progress is kept, the oldest first.
    order: BTreeMap<u64, (Instant, Key)>,
    by_user: HashMap<UserId, BTreeSet<u64>>,
    count: u64,
    /// The connected clients, by their ids.
    live: HashMap<Pid, Arc<Live>>,
    /// How many programs of each user are connected.
    programs: HashMap<Key, usize>,
}

impl Pid {
    pub(crate) fn random(namespace: Arc<str>) -> Self {
        Self { namespace, id: Uuid::new_v4() }
    }

    /// The id that a client sent; `None` if it is not an id.
    pub(crate) fn parse(namespace: Arc<str>, text: &str) -> Option<Self> {
        Some(Self { namespace, id: Uuid::try_parse(text).ok()? })
    }
}

impl Kept {
    /// Notes that a client with this id is connected; `user` says for whom it acts.
    pub(crate) fn begin(&self, pid: &Pid, user: impl Fn() -> Option<UserId> + Send + Sync + 'static) -> Arc<Live> {
        let live = Arc::new(Live { end: Notify::new(), ended: Notify::new(), user: Box::new(user) });
        self.state().live.insert(pid.clone(), live.clone());
        live
    }

    /// Notes that the client is gone, after its progress was kept.
    pub(crate) fn end(&self, pid: &Pid, live: &Arc<Live>) {
        let mut state = self.state();
        if state.live.get(pid).is_some_and(|known| Arc::ptr_eq(known, live)) {
            state.live.remove(pid);
        }
        drop(state);
        live.ended.notify_one();
    }

    /// Takes out the progress of a client that comes back under this id, and ends the client's old connection. If `user` is
    /// known, a client of another user is neither ended nor taken out.
    pub(crate) async fn come_back(&self, pid: &Pid, user: Option<&UserId>) -> Option<Held> {
        let live = self.state().live.get(pid).cloned();
        if let Some(live) = live
            && user.is_none_or(|user| (live.user)().as_ref() == Some(user))
        {
            live.end.notify_one();
            drop(timeout(limits::CLOSE_TIMEOUT, live.ended.notified()).await);
        }
        let mut state = self.state();
        state.forget(Instant::now());
        let key = Key::Pid(pid.clone());
        let is_theirs = state.held.get(&key).is_some_and(|(_, held)| user.is_none_or(|user| held.caller.user == *user));
        if is_theirs { state.take(&key) } else { None }
    }

    /// Keeps a client's progress under its id, and also under its user if the client is recognised by that. It replaces what
    /// was kept there.
    pub(crate) fn keep(&self, held: Held, under_user: bool) {
        let mut state = self.state();
        if under_user {
            state.put(Key::User(held.pid.namespace.clone(), held.caller.user.clone()), held.clone());
        }
        state.put(Key::Pid(held.pid.clone()), held);
        state.forget(Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Program {
    pub(crate) fn begin(kept: Arc<Kept>, namespace: Arc<str>, user: UserId) -> Self {
        let program = Self { kept, namespace, user, began: Instant::now(), has_recalled: false };
        *program.kept.state().programs.entry(program.key()).or_default() += 1;
        program
    }

    /// Takes out, once, the progress of the user's program before this one. The end of that program's connection may be
    /// noticed only after this one began.
    pub(crate) fn recall(&mut self) -> Option<Held> {
        let (key, mut state) = (self.key(), self.kept.state());
        state.forget(Instant::now());
        let (number, _) = state.held.get(&key)?;
        let (until, _) = state.order.get(number)?;
        let is_before = *until <= self.began + limits::NOTICED + limits::KEPT_FOR;
        if self.has_recalled || !is_before || state.programs.get(&key) != Some(&1) {
            return None;
        }
        self.has_recalled = true;
        state.take(&key)
    }

    pub(crate) fn has_recalled(&mut self) {
        self.has_recalled = true;
    }

    fn key(&self) -> Key {
        Key::User(self.namespace.clone(), self.user.clone())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let (key, mut state) = (self.key(), self.kept.state());
        if let Some(count) = state.programs.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                state.programs.remove(&key);
            }
        }
    }
}

impl State {
    fn put(&mut self, key: Key, held: Held) {
        self.remove(&key);
        self.count += 1;
        let number = self.count;
        let of_user = self.by_user.entry(held.caller.user.clone()).or_default();
        of_user.insert(number);
        let surplus = of_user.first().copied().filter(|_| of_user.len() > limits::KEPT_PER_USER);
        self.order.insert(number, (Instant::now() + limits::KEPT_FOR, key.clone()));
        self.held.insert(key, (number, held));
        if let Some((_, key)) = surplus.and_then(|number| self.order.get(&number).cloned()) {
            self.remove(&key);
        }
    }

    /// Takes out the progress under a key, and removes it under its other key, since it is used once.
    fn take(&mut self, key: &Key) -> Option<Held> {
        let held = self.remove(key)?;
        let keys = [Key::Pid(held.pid.clone()), Key::User(held.pid.namespace.clone(), held.caller.user.clone())];
        for key in keys {
            if self.held.get(&key).is_some_and(|(_, other)| other.pid == held.pid) {
                self.remove(&key);
            }
        }
        Some(held)
    }

    fn remove(&mut self, key: &Key) -> Option<Held> {
        let (number, held) = self.held.remove(key)?;
        self.order.remove(&number);
        if let Some(of_user) = self.by_user.get_mut(&held.caller.user) {
            of_user.remove(&number);
            if of_user.is_empty() {
                self.by_user.remove(&held.caller.user);
            }
        }
        Some(held)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((_, (until, key))) = self.order.first_key_value() {
            if !(*until <= now || self.order.len() > limits::KEPT) {
                return;
            }
            let key = key.clone();
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use chat_core::Name;

    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn pid() -> Pid {
        Pid::random("/".into())
    }

    fn recalls(kept: &Arc<Kept>, pid: &Pid, name: &str) -> bool {
        Program::begin(kept.clone(), pid.namespace.clone(), user(name)).recall().is_some()
    }

    fn held(pid: &Pid, name: &str) -> Held {
        let caller = Caller::new(user(name), Name::parse(name).unwrap());
        Held { pid: pid.clone(), caller, rooms: Vec::new(), current: None }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_good_once_and_not_for_long() {
        let (kept, pid) = (Arc::new(Kept::default()), pid());
        kept.keep(held(&pid, "alice"), true);
        assert!(kept.come_back(&pid, None).await.is_some() && kept.come_back(&pid, None).await.is_none());
        assert!(!recalls(&kept, &pid, "alice"), "it was taken under the other key");
        kept.keep(held(&pid, "alice"), false);
        tokio::time::advance(limits::KEPT_FOR / 2).await;
        kept.keep(held(&pid, "alice"), false);
        tokio::time::advance(limits::KEPT_FOR / 2).await;
        assert!(kept.come_back(&pid, None).await.is_some(), "it was put in anew");
        kept.keep(held(&pid, "alice"), true);
        tokio::time::advance(limits::KEPT_FOR).await;
        assert!(kept.come_back(&pid, None).await.is_none());
        assert!(!recalls(&kept, &pid, "alice"));
    }

    #[tokio::test(start_paused = true)]
    async fn no_text_of_a_client_names_another_users_place() {
        let (kept, pid) = (Arc::new(Kept::default()), pid());
        kept.keep(held(&pid, "alice"), true);
        for text in ["user / alice", "alice", "", "/"] {
            assert_eq!(Pid::parse(pid.namespace.clone(), text), None);
        }
        assert_eq!(Pid::parse("/".into(), &pid.id.simple().to_string()), Some(pid.clone()));
        let elsewhere = Pid { namespace: "/other".into(), id: pid.id };
        assert!(kept.come_back(&elsewhere, None).await.is_none(), "an id is good in its own namespace");
        assert!(!recalls(&kept, &elsewhere, "alice"));
        assert!(kept.come_back(&pid, Some(&user("mallory"))).await.is_none());
        assert!(kept.come_back(&pid, Some(&user("alice"))).await.is_some(), "the other left it where it was");
    }

    #[tokio::test(start_paused = true)]
    async fn programs_of_one_user_do_not_take_each_others_place() {
        let (kept, pid) = (Arc::new(Kept::default()), pid());
        let begin = || Program::begin(kept.clone(), pid.namespace.clone(), user("alice"));
        let mut first = begin();
        let lost = begin();
        kept.keep(held(&pid, "alice"), true);
        drop(lost);
        assert!(!recalls(&kept, &pid, "alice"), "another is there");
        tokio::time::advance(limits::NOTICED + std::time::Duration::from_millis(1)).await;
        kept.keep(held(&pid, "alice"), true);
        assert!(first.recall().is_none(), "it was there long before that");
        drop(first);
        let lost = begin();
        let mut back = begin();
        assert!(back.recall().is_none());
        kept.keep(held(&pid, "alice"), true);
        drop(lost);
        assert!(back.recall().is_some(), "the end of the last one was noticed late");
        kept.keep(held(&pid, "alice"), true);
        assert!(back.recall().is_none(), "once");
        drop(back);
        assert!(kept.state().programs.is_empty() && recalls(&kept, &pid, "alice"));
    }

    #[tokio::test(start_paused = true)]
    async fn another_user_ends_no_connection() {
        let (kept, pid) = (Kept::default(), pid());
        let live = kept.begin(&pid, || Some(user("alice")));
        assert!(kept.come_back(&pid, Some(&user("mallory"))).await.is_none());
        assert!(timeout(limits::CLOSE_TIMEOUT, live.end.notified()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_back_before_that_is_noticed_ends_the_old_connection() {
        let (kept, pid) = (Arc::new(Kept::default()), pid());
        let live = kept.begin(&pid, || Some(user("alice")));
        let old = tokio::spawn({
            let (kept, pid) = (kept.clone(), pid.clone());
            async move {
                live.end.notified().await;
                kept.keep(held(&pid, "alice"), true);
                kept.end(&pid, &live);
            }
        });
        assert!(kept.come_back(&pid, Some(&user("alice"))).await.is_some());
        old.await.unwrap();
        assert!(kept.state().live.is_empty());
        assert!(kept.come_back(&pid, None).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn of_too_many_the_oldest_are_forgotten() {
        let kept = Kept::default();
        let pids: Vec<_> = (0..=limits::KEPT).map(|_| pid()).collect();
        for (n, pid) in pids.iter().enumerate() {
            kept.keep(held(pid, &format!("user{n}")), false);
        }
        assert!(kept.come_back(&pids[0], None).await.is_none() && kept.come_back(&pids[1], None).await.is_some());
        let state = kept.state();
        assert!(state.held.len() <= limits::KEPT && state.order.len() == state.held.len());
    }

    #[tokio::test(start_paused = true)]
    async fn one_user_does_not_crowd_out_the_others() {
        let (kept, alice) = (Kept::default(), pid());
        kept.keep(held(&alice, "alice"), false);
        for _ in 0..=limits::KEPT {
            kept.keep(held(&pid(), "mallory"), true);
        }
        assert!(kept.come_back(&alice, None).await.is_some());
        let state = kept.state();
        assert_eq!(
            (state.held.len(), state.order.len(), state.by_user.len()),
            (limits::KEPT_PER_USER, limits::KEPT_PER_USER, 1)
        );
    }
}
