//! The sessions of a node: which clients are connected, and for whom each of them acts.

mod allowances;
mod bans;
mod changes;
mod guests;
mod noted;
mod searches;

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use chat_model::session::{Allowance, Effect, Input, Session};
use dashmap::{DashMap, Entry};
use smallvec::SmallVec;
use tokio::sync::Notify;

pub(crate) use self::noted::{Asked, Noted};
use self::{
    allowances::Allowances,
    changes::{Change, Changes},
    guests::{GuestOrigins, Place},
    searches::Searches,
};
use crate::{
    AsOf, Caller, CloseReason, Code, Hides, Limits, Moment, Name, Now, Refusal, RoomId, SessionId, Timestamp, UserId,
    fanout::{Outlet, Unread},
    meters,
    seen::Seen,
};

/// A connected client, as the rest of its node sees it.
pub(crate) struct Live {
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) began: Moment,
    /// When the host was asked for its caller, in milliseconds; until that is known, when it began.
    asked: AtomicU64,
    /// Whether the client has said that its user is away.
    is_away: AtomicBool,
    session: Mutex<Session>,
    /// Where the client is, if that is known.
    address: Option<IpAddr>,
    /// While it acts for a guest: its place among those from its address.
    place: Mutex<Option<Place>>,
}

impl Live {
    pub(crate) fn id(&self) -> SessionId {
        self.outlet.id
    }

    pub(crate) fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Acquire)
    }

    /// The user is away, or back. Rooms to which the session is subscribed already have to be told after this.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Release);
    }

    /// For whom the session acts, once that is known.
    pub(crate) fn caller(&self) -> Option<Caller> {
        self.session().caller().cloned()
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    fn place(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn handle(&self, input: Input, now: Now) -> Option<Effect> {
        self.session().handle(input, now)
    }
}

/// All sessions of a node. No shard is locked across an await.
pub(crate) struct Sessions {
    live: DashMap<SessionId, Arc<Live>>,
    by_user: DashMap<UserId, SmallVec<[SessionId; 1]>>,
    /// The sessions whose user's inbox has no host.
    pub(crate) noted: Arc<Noted>,
    /// The sessions whose callers expire, by when they do.
    expiring: Mutex<BTreeSet<(Timestamp, SessionId)>>,
    /// Locked while a session is identified, and while a host's word reaches the sessions there are: a session that is
    /// not among them yet finds the word here.
    changes: Mutex<Changes>,
    users: Allowances<UserId>,
    strangers: Allowances<IpAddr>,
    pub(crate) searches: Searches,
    pub(crate) guests: GuestOrigins,
    pub(crate) seen: Seen,
    next: AtomicU64,
    ended: Notify,
}

impl Sessions {
    /// `keeps_seen` says whether it is kept when users were last connected.
    pub(crate) fn new(limits: &Limits, keeps_seen: bool) -> Self {
        Self {
            live: DashMap::new(),
            by_user: DashMap::new(),
            noted: Arc::default(),
            expiring: Mutex::default(),
            changes: Mutex::default(),
            users: Allowances::new(a_second(limits.requests_per_second, limits.request_burst)),
            strangers: Allowances::new(a_second(limits.strangers_per_second, limits.strangers_burst)),
            searches: Searches::new(limits),
            guests: GuestOrigins::new(limits),
            seen: Seen::new(keeps_seen),
            next: AtomicU64::new(0),
            ended: Notify::new(),
        }
    }

    pub(crate) fn new_id(&self) -> SessionId {
        SessionId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// `address` is where the client comes from, if strangers of one address are counted together.
    pub(crate) fn begin(
        &self,
        outlet: Arc<Outlet>,
        mut session: Session,
        address: Option<IpAddr>,
        began: Moment,
    ) -> Arc<Live> {
        session.count_among(address.and_then(|address| self.strangers.of(address, began)));
        let caller = session.caller().cloned();
        let live = Arc::new(Live {
            outlet,
            began,
            asked: AtomicU64::new(began.0),
            is_away: AtomicBool::new(false),
            session: Mutex::new(session),
            address,
            place: Mutex::default(),
        });
        self.live.insert(live.id(), live.clone());
        meters::connected();
        if let Some(caller) = caller {
            self.note(live.id(), &caller);
        }
        live
    }

    /// A session acts for this caller from now on: the refusal where it may not. A session whose user's sessions were
    /// ended since the host was asked ends, too.
    pub(crate) fn identify(&self, live: &Live, mut caller: Caller, now: Now) -> Result<(), Refusal> {
        let changes = self.changes();
        if let Some(as_of) = caller.as_of {
            live.asked.store(as_of.moment.0, Ordering::Relaxed);
        }
        if let Err((reason, refusal)) = bring_up(&mut caller, &changes) {
            live.outlet.close(reason);
            return Err(refusal);
        }
        caller.session = Some(live.id());
        caller.address = live.address.or(caller.address);
        let before = live.caller();
        if before.is_none() && caller.is_guest() {
            let place = self.guests.begin(caller.address)?;
            *live.place() = place;
        }
        if let Some(Effect::Answer(Err(refusal))) = live.handle(Input::Identified(caller.clone()), now) {
            if before.is_none() {
                *live.place() = None;
            }
            return Err(refusal);
        }
        live.outlet.hide_reads(caller.hides.reads);
        if before.is_none() {
            live.session().count_with(self.users.of(caller.user.clone(), now.moment));
            self.seen.note(&caller.user, now.wall);
        }
        if let Some(expires) = before.as_ref().and_then(|before| before.expires) {
            self.expiring().remove(&(expires, live.id()));
        }
        self.note(live.id(), &caller);
        if self.get(live.id()).is_none() {
            // The session has ended meanwhile, when its caller was not known yet.
            self.forget(live.id(), &caller);
            *live.place() = None;
        }
        Ok(())
    }

    fn note(&self, id: SessionId, caller: &Caller) {
        let mut sessions = self.by_user.entry(caller.user.clone()).or_default();
        if !sessions.contains(&id) {
            sessions.push(id);
        }
        drop(sessions);
        if let Some(expires) = caller.expires {
            self.expiring().insert((expires, id));
        }
    }

    /// The session is over.
    pub(crate) fn end(&self, live: &Live, now: Timestamp) {
        let id = live.id();
        if self.live.remove(&id).is_some() {
            meters::disconnected();
        }
        *live.place() = None;
        if let Some(caller) = live.caller() {
            self.forget(id, &caller);
            self.seen.note(&caller.user, now);
        }
        self.ended.notify_waiters();
    }

    fn forget(&self, id: SessionId, caller: &Caller) {
        if let Entry::Occupied(mut sessions) = self.by_user.entry(caller.user.clone()) {
            sessions.get_mut().retain(|known| *known != id);
            if sessions.get().is_empty() {
                sessions.remove();
            }
        }
        if let Some(expires) = caller.expires {
            self.expiring().remove(&(expires, id));
        }
    }

    pub(crate) fn get(&self, id: SessionId) -> Option<Arc<Live>> {
        self.live.get(&id).map(|live| live.clone())
    }

    /// The sessions that act for a user, by id.
    pub(crate) fn of(&self, user: &UserId) -> Vec<Arc<Live>> {
        let ids = self.by_user.get(user).map(|ids| ids.value().clone()).unwrap_or_default();
        let mut sessions: Vec<_> = ids.into_iter().filter_map(|id| self.get(id)).collect();
        sessions.sort_by_key(|live| live.id());
        sessions
    }

    /// The users with sessions of one part of all, where these are so many.
    pub(crate) fn users_in(&self, part: u64, parts: u64) -> Vec<UserId> {
        let is_in = |user: &UserId| {
            let mut hasher = DefaultHasher::new();
            user.hash(&mut hasher);
            hasher.finish() % parts == part
        };
        self.by_user.iter().map(|sessions| sessions.key().clone()).filter(is_in).collect()
    }

    /// All sessions, by id.
    pub(crate) fn all(&self) -> Vec<Arc<Live>> {
        let mut sessions: Vec<_> = self.live.iter().map(|live| live.value().clone()).collect();
        sessions.sort_by_key(|live| live.id());
        sessions
    }

    /// Gives up the sessions whose clients leave most unread, one after the other, until there is little enough of it; how
    /// many.
    pub(crate) fn relieve(&self, unread: &Unread) -> usize {
        let mut owing: Vec<_> = self.all().into_iter().map(|live| (Reverse(live.outlet.unread()), live)).collect();
        owing.sort_by_key(|(debt, _)| *debt);
        let mut given_up = 0;
        for (Reverse(debt), live) in owing {
            if debt == 0 || unread.is_relieved() {
                break;
            }
            live.outlet.give_up();
            given_up += 1;
        }
        given_up
    }

    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Resolves once no session is left.
    pub(crate) async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// How much a host has said of its users by now.
    pub(crate) fn as_of(&self, now: Moment) -> AsOf {
        self.changes().as_of(now)
    }

    /// Ends all sessions of a user; where another node was told so at `given`, those of whose callers the host was asked by
    /// then. How many there were.
    pub(crate) fn end_all(&self, user: &UserId, reason: CloseReason, given: Option<Moment>) -> usize {
        let mut changes = self.changes();
        changes.add(user, Change::Ended(reason, given));
        let mut sessions = self.of(user);
        sessions.retain(|live| given.is_none_or(|given| live.asked.load(Ordering::Relaxed) <= given.0));
        sessions.iter().for_each(|live| live.outlet.close(reason));
        sessions.len()
    }

    /// A guest was banned from a room: nor may other guests come in from where this one did.
    pub(crate) fn ban_guest(&self, room: &RoomId, guest: &UserId, now: Moment) {
        let sessions = self.of(guest);
        self.guests.ban(room, guest, sessions.iter().filter_map(|live| live.caller()?.address), now);
    }

    /// Has all sessions of a user go by this name.
    pub(crate) fn rename(&self, user: &UserId, name: &Name, now: Now) {
        let mut changes = self.changes();
        changes.add(user, Change::Renamed(name.clone()));
        for live in self.of(user) {
            live.handle(Input::Renamed(name.clone()), now);
        }
    }

    /// Has all sessions of a user hide this from others from now on, and nothing else.
    pub(crate) fn hide(&self, user: &UserId, hides: Hides, now: Now) {
        let mut changes = self.changes();
        changes.add(user, Change::Hides(hides));
        for live in self.of(user) {
            live.handle(Input::Hides(hides), now);
            live.outlet.hide_reads(hides.reads);
        }
    }

    /// Ends the sessions whose callers have expired.
    pub(crate) fn expire(&self, now: Now) {
        while let Some(id) = self.take_due(now.wall) {
            let Some(live) = self.get(id) else { continue };
            if let Some(Effect::Close(reason)) = live.handle(Input::Tick, now) {
                live.outlet.close(reason);
            }
        }
    }

    /// The next session whose caller expires by now; it is looked at once.
    fn take_due(&self, now: Timestamp) -> Option<SessionId> {
        let mut expiring = self.expiring();
        let (_, id) = *expiring.first().filter(|(expires, _)| *expires <= now)?;
        expiring.pop_first();
        Some(id)
    }

    fn expiring(&self) -> MutexGuard<'_, BTreeSet<(Timestamp, SessionId)>> {
        self.expiring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes an allowance of so many a second, and so many at once.
fn a_second(rate: Option<u32>, burst: u32) -> Option<impl Fn(Moment) -> Allowance> {
    let rate = rate.and_then(NonZeroU32::new)?;
    Some(move |now| Allowance::new(rate, burst, now))
}

/// Makes a caller as of now of one as the host knew them before, if their sessions may go on.
fn bring_up(caller: &mut Caller, changes: &Changes) -> Result<(), (CloseReason, Refusal)> {
    let Some(as_of) = caller.as_of.take() else { return Ok(()) };
    let user = caller.user.clone();
    let Some(since) = changes.since(as_of, &user) else {
        let refusal = Refusal::new(Code::Busy, "much has changed since the host was asked; come back");
        return Err((CloseReason::GoingAway, refusal));
    };
    for change in since {
        match change {
            Change::Ended(_, Some(given)) if as_of.moment > *given => {}
            Change::Ended(reason, _) => {
                return Err((*reason, Refusal::unauthorized("the host has ended the user's sessions")));
            }
            Change::Renamed(name) => caller.name = name.clone(),
            Change::Hides(hides) => caller.hides = *hides,
        }
    }
    Ok(())
}
