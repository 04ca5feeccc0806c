//! The subscribers of one room, and its byte logs.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use smallvec::SmallVec;

use super::{
    byte_log::{ByteLog, Position, Snapshot},
    erasures::Erasures,
    flusher::Flushers,
    outlet::Outlet,
    sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering, lock},
};
use crate::{Body, Entry, Epoch, Event, RoomId, Seq, SessionId, UserId, limits, wire::Wire};

/// Subscriptions served at a time. In the model a chunk is one subscription, so that few sessions make several chunks.
const CHUNK: usize = if cfg!(all(test, shuttle)) { 1 } else { limits::FLUSH_CHUNK };

/// The subscribers of one room, and the byte logs of what is sent to them.
///
/// Locks are taken in this order and never held across an await: a shard's round, the state, an outlet. Only an outlet's
/// lock is held while a socket is written.
pub(crate) struct Fan {
    pub(crate) room: RoomId,
    pub(crate) epoch: Epoch,
    /// Whether frames of edits are sent without the new text. So it is in rooms whose members may read only what was sent since
    /// they joined: one byte log serves all of them, and some may not know the edited message.
    hides_edits: bool,
    state: Mutex<State>,
    /// One shard of the subscribers for each flusher.
    shards: Box<[Shard]>,
    /// Grows with every [`flush`](Self::flush), so that a flusher notices that another round is needed.
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
    /// Whether the room is in the flusher's queue.
    queued: AtomicBool,
}

/// How far a flusher has got among its subscribers of a room.
#[derive(Default)]
struct Round {
    outlets: Vec<Arc<Outlet>>,
    next: usize,
    /// How many subscribers in a row have been served since `version` was read.
    clean: usize,
    version: u64,
    /// Where each log ended when the last round began, and when this one did. Every live subscriber has at least the former.
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

    /// An entry as subscribers get it.
    pub(crate) fn shown(&self, entry: &Arc<Entry>) -> Arc<Entry> {
        if !self.hides_edits || !matches!(entry.body, Body::Edited { .. }) {
            return entry.clone();
        }
        let mut without_text = Entry::clone(entry);
        without_text.body.erase();
        Arc::new(without_text)
    }

    /// The seq up to which every entry is in the logs. No page of the store that is sent may go beyond it.
    pub(crate) fn head(&self) -> Seq {
        self.state().head
    }

    pub(crate) fn has_subscriptions(&self) -> bool {
        self.state().subscriptions > 0
    }

    /// Subscribes a session to all entries after `after`, or after the head without it. `false` if the session is ending.
    pub(crate) fn attach(
        self: &Arc<Self>,
        outlet: &Arc<Outlet>,
        user: &UserId,
        after: Option<Seq>,
        floor: Seq,
    ) -> bool {
        // Both locks are held, so that a session which ends the subscription finds it in the round and in the state.
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

    /// Ends a subscription whose user may still read the room, without telling the session. Returns the seq up to which the
    /// session has everything.
    pub(crate) fn take_out(&self, outlet: &Arc<Outlet>) -> Option<Seq> {
        let cursor = outlet.take_out(self)?;
        self.state().users.retain(|_, outlets| {
            outlets.retain(|known| !Arc::ptr_eq(known, outlet));
            !outlets.is_empty()
        });
        self.leave_round(outlet);
        Some(cursor)
    }

    /// Ends a subscription, and sends this event to its session if there was one.
    pub(crate) fn reset(&self, outlet: &Arc<Outlet>, end: &Event) {
        if outlet.unsubscribe(self) {
            outlet.tell(end);
        }
        self.leave_round(outlet);
    }

    /// Ends all subscriptions, and sends this event to each session. It works after a panic anywhere in the room, too.
    pub(crate) fn reset_all(&self, end: &Event) {
        for outlet in self.outlets() {
            self.reset(&outlet, end);
        }
    }

    /// Forgets a subscriber whose outlet has ended the subscription already.
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

    /// The outlet of this session, if it is subscribed.
    pub(crate) fn outlet_of(&self, user: &UserId, session: SessionId) -> Option<Arc<Outlet>> {
        self.state().users.get(user)?.iter().find(|outlet| outlet.id == session).cloned()
    }

    /// The outlets of all subscribed sessions.
    pub(crate) fn outlets(&self) -> Vec<Arc<Outlet>> {
        let mut outlets: Vec<_> = self.state().users.values().flatten().cloned().collect();
        outlets.sort_by_key(|outlet| outlet.id);
        outlets
    }

    /// Adds a committed entry to the logs, as `event`; without an event, subscribers are not told of it. A user whose right to
    /// read ends with this entry gets nothing above it. [`flush`](Self::flush) sends what was added.
    ///
    /// When this returns for a deletion, no frame with the deleted message's text is sent to anybody any more: neither from
    /// the logs nor from snapshots and pages that were made before. Only writes that have begun, and frames that are in
    /// sessions' outboxes, are finished.
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

    /// Moves the head without adding the entries to the logs. All subscribers read them from the store, as far as it has them.
    /// The subscriptions of the `removed` users end.
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

    /// Adds a signal, which only subscribers at the head get. [`flush`](Self::flush) sends it.
    ///
    /// # Panics
    /// If a codec does; then nothing has changed.
    pub(crate) fn signal(&self, event: &Event) {
        let mut state = self.state();
        let (frames, head) = (state.encode(event), state.head);
        state.push(&frames, head, None);
    }

    /// How far a user has read is told to those at the head who show how far they have read themselves. It is in no byte log, which
    /// all would read.
    pub(crate) fn signal_read(&self, event: &Event) {
        let mut frames: SmallVec<[(Wire, Bytes); 1]> = SmallVec::new();
        for outlet in self.outlets().iter().filter(|outlet| outlet.is_told_reads()) {
            let known = frames.iter().find(|(wire, _)| *wire == outlet.wire).map(|(_, frame)| frame.clone());
            let Some(frame) = known.or_else(|| outlet.encode(|wire| wire.event(event))) else { continue };
            outlet.signal(self, frame.clone());
            if frames.iter().all(|(wire, _)| *wire != outlet.wire) {
                frames.push((outlet.wire.clone(), frame));
            }
        }
    }

    /// Something is told to the sessions of one user alone that are subscribed.
    pub(crate) fn tell_user(&self, user: &UserId, event: &Event) {
        let outlets = self.state().users.get(user).cloned().unwrap_or_default();
        outlets.iter().for_each(|outlet| outlet.tell(event));
    }

    /// Sends what was added to the logs, and the answers that wait for it. A shard whose subscribers are at most one chunk is
    /// served at once; any other by its flusher.
    pub(crate) fn flush(self: &Arc<Self>) {
        // The version grows here and not when frames are added: a flusher may have passed a session before the session's
        // answer was in its outbox.
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

    /// The position at which a reader with this cursor goes on; `None` if the reader must read the store first.
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
        // The first chunk may be the rest of a round that began earlier; the second one then serves all subscribers.
        (0..3).any(|_| self.flush_chunk(shard))
    }

    /// Serves the next chunk of a shard's subscribers. `true` when all of them have everything.
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

    /// Ends the flushing of a shard, unless something was added meanwhile.
    fn rest(&self, shard: usize, version: u64) -> bool {
        // The swap reads and writes at once. A thread that finds `queued` still set has grown the version before, which the next
        // line sees.
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

    /// Encodes an event in each wire format in use.
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
