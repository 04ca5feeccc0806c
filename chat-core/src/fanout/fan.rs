//! The subscribers of one room, and its byte logs.

use std::{collections::HashMap, sync::Arc};

use smallvec::SmallVec;

use super::{
    byte_log::{ByteLog, Position, Snapshot},
    erasures::Erasures,
    flusher::Flushers,
    outlet::Outlet,
    sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering, lock},
};
use crate::{Body, Entry, Epoch, Event, RoomId, Seq, SessionId, UserId, limits, wire::Wire};

/// Subscriptions served at a time. One by one in the model, so that few sessions are several chunks.
const CHUNK: usize = if cfg!(all(test, shuttle)) { 1 } else { limits::FLUSH_CHUNK };

/// The subscribers of one room and what is being sent to them.
///
/// Locks are taken in this order and never across an await: a shard's round, the state, an outlet. Only the last is
/// held while a socket is written.
pub(crate) struct Fan {
    pub(crate) room: RoomId,
    pub(crate) epoch: Epoch,
    /// Whether the text of edits is left out: members see history only since their join, and one log serves all.
    hides_edits: bool,
    state: Mutex<State>,
    /// One for each flusher.
    shards: Box<[Shard]>,
    /// Grows with every [`flush`](Self::flush), so that a flusher sees that its round is not the last.
    version: AtomicU64,
    pub(crate) erasures: Erasures,
    flushers: Arc<Flushers>,
}

#[derive(Default)]
struct State {
    head: Seq,
    logs: SmallVec<[(Wire, ByteLog); 1]>,
    users: HashMap<UserId, SmallVec<[Arc<Outlet>; 1]>>,
    subscriptions: usize,
}

#[derive(Default)]
struct Shard {
    round: Mutex<Round>,
    /// Whether the flusher knows that there is something to do.
    queued: AtomicBool,
}

/// A flusher's way through its subscribers.
#[derive(Default)]
struct Round {
    outlets: Vec<Arc<Outlet>>,
    next: usize,
    /// How many in a row were found to have all of `version`.
    clean: usize,
    version: u64,
    /// Where each log ended when the last round and this one began: who takes part has at least the former.
    floors: SmallVec<[(Wire, Position, Position); 1]>,
}

impl Fan {
    pub(crate) fn new(room: RoomId, epoch: Epoch, head: Seq, hides_edits: bool, flushers: Arc<Flushers>) -> Arc<Self> {
        let shards = (0..flushers.count()).map(|_| Shard::default()).collect();
        let state = Mutex::new(State { head, ..State::default() });
        let (version, erasures) = (AtomicU64::new(0), Erasures::default());
        Arc::new(Self { room, epoch, hides_edits, state, shards, version, erasures, flushers })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn round(&self, shard: usize) -> MutexGuard<'_, Round> {
        lock(&self.shards[shard].round)
    }

    /// An entry as subscribers are shown it.
    pub(crate) fn shown(&self, entry: &Arc<Entry>) -> Arc<Entry> {
        if !self.hides_edits || !matches!(entry.body, Body::Edited { .. }) {
            return entry.clone();
        }
        let mut without_text = Entry::clone(entry);
        without_text.body.erase();
        Arc::new(without_text)
    }

    /// The seq up to which everything has been handed to the logs: no page may go beyond it.
    pub(crate) fn head(&self) -> Seq {
        self.state().head
    }

    pub(crate) fn has_subscriptions(&self) -> bool {
        self.state().subscriptions > 0
    }

    /// Subscribes a session: to all after `after`, or from the head on. `false` if the session is ending.
    pub(crate) fn attach(
        self: &Arc<Self>,
        outlet: &Arc<Outlet>,
        user: &UserId,
        after: Option<Seq>,
        floor: Seq,
    ) -> bool {
        // Both at once: the session may end the subscription at any moment, and must find it in both places.
        let mut round = self.round(self.shard_of(outlet));
        let mut state = self.state();
        let head = state.head;
        let log = state.log(&outlet.wire);
        let cursor = after.unwrap_or(head).max(floor).min(head);
        let at = if after.is_none() { Some(log.end()) } else { log.position_of(cursor) };
        let Some(is_new) = outlet.subscribe(self, at, cursor, floor) else { return false };
        if is_new {
            state.subscriptions += 1;
            state.users.entry(user.clone()).or_default().push(outlet.clone());
            round.outlets.push(outlet.clone());
        }
        true
    }

    /// Ends a session's subscription.
    pub(crate) fn detach(&self, outlet: &Arc<Outlet>, user: &UserId) {
        outlet.unsubscribe(self);
        self.forget(outlet, user);
    }

    /// Ends a subscription of somebody who may read on, and is not told: the seq up to which the session has everything.
    pub(crate) fn take_out(&self, outlet: &Arc<Outlet>) -> Option<Seq> {
        let cursor = outlet.take_out(self)?;
        self.state().users.retain(|_, outlets| {
            outlets.retain(|known| !Arc::ptr_eq(known, outlet));
            !outlets.is_empty()
        });
        self.leave_round(outlet);
        Some(cursor)
    }

    /// Ends a subscription, for a reason that the subscriber is told, once.
    pub(crate) fn reset(&self, outlet: &Arc<Outlet>, end: &Event) {
        if outlet.unsubscribe(self) {
            outlet.tell(end);
        }
        self.leave_round(outlet);
    }

    /// Ends all subscriptions: each subscriber is told so, and why. Also after a panic, wherever that was.
    pub(crate) fn reset_all(&self, end: &Event) {
        for outlet in self.outlets() {
            self.reset(&outlet, end);
        }
    }

    /// Forgets a subscriber whose outlet knows already.
    pub(crate) fn forget(&self, outlet: &Arc<Outlet>, user: &UserId) {
        let mut state = self.state();
        if let Some(outlets) = state.users.get_mut(user) {
            outlets.retain(|known| !Arc::ptr_eq(known, outlet));
            if outlets.is_empty() {
                state.users.remove(user);
            }
        }
        drop(state);
        self.leave_round(outlet);
    }

    fn leave_round(&self, outlet: &Arc<Outlet>) {
        let mut round = self.round(self.shard_of(outlet));
        if let Some(at) = round.outlets.iter().position(|known| Arc::ptr_eq(known, outlet)) {
            round.outlets.swap_remove(at);
            round.clean = 0;
            drop(round);
            self.state().subscriptions -= 1;
        }
    }

    /// The way out of a user's session that is subscribed.
    pub(crate) fn outlet_of(&self, user: &UserId, session: SessionId) -> Option<Arc<Outlet>> {
        self.state().users.get(user)?.iter().find(|outlet| outlet.id == session).cloned()
    }

    /// All that are subscribed.
    pub(crate) fn outlets(&self) -> Vec<Arc<Outlet>> {
        let mut outlets: Vec<_> = self.state().users.values().flatten().cloned().collect();
        outlets.sort_by_key(|outlet| outlet.id);
        outlets
    }

    /// An entry is committed. It is told by `event` (or not, without one); whose right to read it ends is handed nothing
    /// above it. [`flush`](Self::flush) hands it out.
    ///
    /// When this returns for a deletion, no frame that says what the message said is handed to anybody any more: not from
    /// the logs, nor from snapshots and pages made before. Writes under way by then are finished, and so are frames in
    /// sessions' outboxes.
    ///
    /// # Panics
    /// If a codec does; then nothing has changed.
    pub(crate) fn commit(&self, entry: &Entry, event: Option<&Event>) {
        let mut guard = self.state();
        let state = &mut *guard;
        let seq = entry.seq;
        let frames = event.map(|event| state.encode(event));
        state.head = state.head.max(seq);
        match frames {
            Some(frames) => state.push(&frames, seq, entry.body.erased_with(seq)),
            None => state.logs.iter_mut().for_each(|(_, log)| log.skip(seq)),
        }
        if let Some(message) = entry.body.deletes() {
            state.logs.iter_mut().for_each(|(_, log)| log.erase(message));
            self.erasures.add(message);
        }
        let revoked = entry.body.revokes(&entry.sender);
        let ended = revoked.and_then(|user| state.users.remove(user)).unwrap_or_default();
        for outlet in &ended {
            outlet.end_at(self, seq, state.log(&outlet.wire).end());
        }
        drop(guard);
        for outlet in &ended {
            self.leave_round(outlet);
        }
    }

    /// Entries up to this head are not told: all who are subscribed read them from the store, as far as it has them. The
    /// subscriptions of these users end.
    pub(crate) fn skip_to(&self, head: Seq, removed: &[UserId]) {
        let mut guard = self.state();
        let state = &mut *guard;
        state.head = head;
        state.logs.iter_mut().for_each(|(_, log)| log.skip_to(head));
        let ended: Vec<_> = removed.iter().filter_map(|user| state.users.remove(user)).flatten().collect();
        self.version.fetch_add(1, Ordering::Release);
        drop(guard);
        for outlet in ended {
            self.reset(&outlet, &Event::Reset { room: self.room.clone() });
        }
    }

    /// Something that is in no log is told to those at the head. [`flush`](Self::flush) hands it out.
    ///
    /// # Panics
    /// If a codec does; then nothing has changed.
    pub(crate) fn signal(&self, event: &Event) {
        let mut state = self.state();
        let (frames, head) = (state.encode(event), state.head);
        state.push(&frames, head, None);
    }

    /// Hands out what was added, and answers that wait for it: at once to subscribers who are so few that they are one
    /// chunk, by the flushers otherwise.
    pub(crate) fn flush(self: &Arc<Self>) {
        // Not earlier: a flusher at work may have passed a session before its answer was there.
        self.version.fetch_add(1, Ordering::AcqRel);
        for (at, shard) in self.shards.iter().enumerate() {
            if self.flush_few(at) {
                continue;
            }
            if !shard.queued.swap(true, Ordering::AcqRel) {
                self.flushers.queue(at, self.clone());
            }
        }
    }

    /// Where a reader with this cursor goes on; `None` if it must catch up elsewhere first.
    pub(crate) fn position_of(&self, wire: &Wire, cursor: Seq) -> Option<Position> {
        self.state().log(wire).position_of(cursor)
    }

    pub(crate) fn snapshot(&self, wire: &Wire, from: Position) -> Option<Snapshot> {
        let mut state = self.state();
        let erasures = self.erasures.count();
        state.logs.iter_mut().find(|(known, _)| known == wire).map(|(_, log)| log.snapshot(from, erasures))
    }

    fn shard_of(&self, outlet: &Outlet) -> usize {
        (outlet.id.0 % self.shards.len() as u64) as usize
    }

    /// Serves a shard's subscribers if one chunk holds them all.
    fn flush_few(&self, shard: usize) -> bool {
        if self.round(shard).outlets.len() > CHUNK {
            return false;
        }
        // A chunk may end where the last round did: the second one then has all.
        (0..3).any(|_| self.flush_chunk(shard))
    }

    /// Serves the next chunk of a shard's subscribers. `true` when all have everything.
    pub(super) fn flush_chunk(&self, shard: usize) -> bool {
        let (chunk, snapshots) = {
            let mut round = self.round(shard);
            let version = self.version.load(Ordering::Acquire);
            if round.version != version {
                (round.version, round.clean) = (version, 0);
            }
            if round.clean >= round.outlets.len() {
                drop(round);
                return self.rest(shard, version);
            }
            round.begin_if_over(self);
            (round.take_chunk(), round.snapshots(self))
        };
        for outlet in chunk {
            if let Some((_, snapshot)) = snapshots.iter().find(|(wire, _)| *wire == outlet.wire) {
                outlet.offer(self, snapshot);
            }
        }
        false
    }

    /// Ends a shard's flushing, unless something was added meanwhile.
    fn rest(&self, shard: usize, version: u64) -> bool {
        // Read and written in one: whoever finds it still set has grown the version before, and that is seen below.
        self.shards[shard].queued.swap(false, Ordering::AcqRel);
        if self.version.load(Ordering::Acquire) != version {
            return self.shards[shard].queued.swap(true, Ordering::AcqRel);
        }
        if self.shards.iter().all(|shard| !shard.queued.load(Ordering::Acquire)) {
            for (_, log) in &mut self.state().logs {
                log.settle();
            }
        }
        true
    }
}

impl State {
    fn log(&mut self, wire: &Wire) -> &mut ByteLog {
        let at = self.logs.iter().position(|(known, _)| known == wire).unwrap_or_else(|| {
            self.logs.push((wire.clone(), ByteLog::new(self.head)));
            self.logs.len() - 1
        });
        &mut self.logs[at].1
    }

    /// An event in each wire format in use.
    fn encode(&self, event: &Event) -> SmallVec<[Vec<u8>; 1]> {
        let encode = |(wire, _): &(Wire, ByteLog)| {
            let mut frame = Vec::new();
            wire.codec().encode_event(event, &mut frame);
            frame
        };
        self.logs.iter().map(encode).collect()
    }

    fn push(&mut self, frames: &[Vec<u8>], seq: Seq, erased_with: Option<Seq>) {
        for ((_, log), frame) in self.logs.iter_mut().zip(frames) {
            log.push(frame, seq, erased_with);
        }
    }
}

impl Round {
    fn begin_if_over(&mut self, fan: &Fan) {
        if self.next < self.outlets.len() {
            return;
        }
        self.next = 0;
        for (wire, log) in &fan.state().logs {
            match self.floors.iter_mut().find(|(known, ..)| known == wire) {
                Some((_, last, this)) => (*last, *this) = (*this, log.end()),
                None => self.floors.push((wire.clone(), 0, log.end())),
            }
        }
    }

    fn take_chunk(&mut self) -> SmallVec<[Arc<Outlet>; CHUNK]> {
        let end = (self.next + CHUNK).min(self.outlets.len());
        let chunk: SmallVec<_> = self.outlets[self.next..end].iter().cloned().collect();
        self.next = end;
        self.clean += chunk.len();
        chunk
    }

    fn snapshots(&self, fan: &Fan) -> SmallVec<[(Wire, Snapshot); 1]> {
        let floor = |wire: &Wire| self.floors.iter().find(|(known, ..)| known == wire).map_or(0, |(_, last, _)| *last);
        let mut state = fan.state();
        let erasures = fan.erasures.count();
        state.logs.iter_mut().map(|(wire, log)| (wire.clone(), log.snapshot(floor(wire), erasures))).collect()
    }
}
