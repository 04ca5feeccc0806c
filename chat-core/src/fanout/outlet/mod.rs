//! A session's outlet: its positions in the byte logs of its rooms, and the outbox of frames for this session alone.

mod guards;
mod outbox;
mod state;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::AbortHandle;
use tokio::sync::Notify;

pub(crate) use self::guards::{Held, Undecided};
use self::{
    outbox::cost_of,
    state::{Place, State, Subscription},
};
use super::{
    Fan,
    byte_log::{Position, Snapshot},
    sync::{AtomicBool, Mutex, MutexGuard, Ordering, lock},
    unread::Debt,
};
use crate::{CloseReason, DirectWrite, Event, RoomId, Seq, SessionId, limits, wire::Wire};

/// A subscription that has to catch up: all that the session's task needs to read the next page from the store.
#[derive(Clone)]
pub(crate) struct Behind {
    pub(crate) fan: Arc<Fan>,
    pub(crate) cursor: Seq,
    pub(crate) floor: Seq,
    /// The last entry that the user may read, if the right to read has ended.
    pub(crate) end: Option<Seq>,
}

/// A page of the store, as frames in an outlet's wire format.
pub(crate) struct EncodedPage {
    /// The frames, each with the seq of its entry.
    pub(crate) frames: Vec<(Seq, Bytes)>,
    /// The cursor of a reader who has the page.
    pub(crate) cursor: Seq,
    /// How many of the room's deletions are already erased in the page.
    pub(crate) erasures: u64,
}

/// The outlet of one session. Flushers, hosts and the session's own task write to it. Each does so under the outlet's lock, so
/// that frames never interleave, and none of them ever waits for the socket.
pub(crate) struct Outlet {
    pub(crate) id: SessionId,
    pub(crate) wire: Wire,
    direct: Option<Arc<dyn DirectWrite>>,
    /// Ends the task that drives the session; set if the engine drives it.
    driver: OnceLock<AbortHandle>,
    state: Mutex<State>,
    wake: Notify,
    /// Whether the session's task was woken and has not begun to look yet.
    woken: AtomicBool,
    /// Whether its user hides how far they read, and so is not told of others.
    hides_reads: AtomicBool,
}

impl Outlet {
    pub(crate) fn new(id: SessionId, wire: Wire, direct: Option<Arc<dyn DirectWrite>>, debt: Debt) -> Arc<Self> {
        let (driver, state) = (OnceLock::new(), Mutex::new(State::new(debt)));
        let (wake, woken, hides_reads) = (Notify::new(), AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { id, wire, direct, driver, state, wake, woken, hides_reads })
    }

    /// Its user hides from now on how far they read, or shows it.
    pub(crate) fn hide_reads(&self, hides: bool) {
        self.hides_reads.store(hides, Ordering::Release);
    }

    /// Whether it is told how far others have read.
    pub(crate) fn is_told_reads(&self) -> bool {
        !self.hides_reads.load(Ordering::Acquire)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.wake.notify_one();
        }
    }

    /// Whether the thread that has a frame writes it to the socket directly. Otherwise the session's task does.
    pub(crate) fn is_direct(&self) -> bool {
        self.direct.is_some()
    }

    /// Waits until the session's task has something to do. Cancel safe.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
        self.woken.store(false, Ordering::Release);
    }

    /// Has the session's codec encode something for this session alone. If the codec panics, only this session is closed, and
    /// its client may come back. The panic must not go on to the caller, which may be the host of a room.
    pub(crate) fn encode<T>(&self, write: impl FnOnce(&Wire) -> T) -> Option<T> {
        let written = catch_unwind(AssertUnwindSafe(|| write(&self.wire)));
        if written.is_err() {
            tracing::error!(session = ?self.id, "a codec panicked; its session is closed");
            self.close(CloseReason::GoingAway);
        }
        written.ok()
    }

    /// Sends an event to this session alone, after all frames that wait already.
    pub(crate) fn tell(&self, event: &Event) {
        if let Some(frame) = self.encode(|wire| wire.event(event)) {
            self.push(frame);
        }
    }

    /// Sends a frame to this session alone, after all frames that wait already.
    pub(crate) fn push(&self, frame: Bytes) {
        self.state().push(frame, self);
    }

    /// Sends a frame that may be lost: to a session that is at the head of this room, and takes what it is sent.
    pub(crate) fn signal(&self, fan: &Fan, frame: Bytes) {
        let mut state = self.state();
        if state.is_live(fan) && !state.is_full() && !state.outbox.is_half_full() {
            state.push(frame, self);
        }
    }

    /// Holds all frames back until the returned [`Held`] is released or dropped.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        let mut state = self.state();
        state.held = Some(state.outbox.len());
        Held(self.clone())
    }

    /// Answers a request: sends the frame as [`push`](Self::push) does, and counts one request less in flight. If a flush of
    /// the room `flushed` is about to serve this session, the frame waits for that write.
    pub(crate) fn answer(&self, frame: Option<Bytes>, flushed: Option<&Fan>) {
        let mut state = self.state();
        if state.finishing || usize::from(state.in_flight) >= limits::MAX_IN_FLIGHT {
            self.wake();
        }
        state.in_flight = state.in_flight.saturating_sub(1);
        let Some(frame) = frame else { return };
        if self.is_direct() && !state.waits() && flushed.is_some_and(|fan| state.is_live(fan)) {
            state.outbox.push(frame);
        } else {
            state.push(frame, self);
        }
    }

    pub(crate) fn begin_request(&self) {
        self.state().in_flight += 1;
    }

    /// Whether another request may be read. It may not while many requests are in flight, or many answers are unread.
    pub(crate) fn takes_requests(&self) -> bool {
        let state = self.state();
        usize::from(state.in_flight) < limits::MAX_IN_FLIGHT && !state.outbox.is_half_full()
    }

    /// Notes that no further request comes, so that each answer wakes the session's task. Returns whether all requests are
    /// answered.
    pub(crate) fn finish(&self) -> bool {
        let mut state = self.state();
        state.finishing = true;
        state.in_flight == 0
    }

    /// Takes no further frame, if none waits; then the session's last frame may be written. `false` if a frame waits.
    pub(crate) fn seal(&self) -> bool {
        let mut state = self.state();
        if state.held.is_some() || state.outbox.is_empty() {
            state.outbox.seal();
        }
        state.outbox.is_sealed()
    }

    /// Whether the client leaves many answers unread.
    pub(crate) fn is_half_full(&self) -> bool {
        self.state().outbox.is_half_full()
    }

    /// Sets the handle by which [`cut_off`](Self::cut_off) ends the session's task.
    pub(crate) fn cut_off_by(&self, handle: AbortHandle) {
        drop(self.driver.set(handle));
    }

    /// Ends the session's task at once, wherever it waits. Its transport is dropped with it.
    pub(crate) fn cut_off(&self) {
        if let Some(driver) = self.driver.get() {
            driver.abort();
        }
    }

    /// Begins to close the session. Frames that wait are still sent.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.state().close(reason, self);
    }

    /// Tells this session an event and closes it, unless it closes already.
    pub(crate) fn close_with(&self, event: &Event, reason: CloseReason) {
        let Some(frame) = self.encode(|wire| wire.event(event)) else { return };
        let mut state = self.state();
        if state.closing.is_none() {
            state.push(frame, self);
            state.close(reason, self);
        }
    }

    /// How many bytes the client leaves unread.
    pub(crate) fn unread(&self) -> usize {
        self.state().outbox.unread()
    }

    /// Closes the session because all clients together leave too much unread. Frames that wait are dropped at once; the client
    /// gets them when it comes back.
    pub(crate) fn give_up(&self) {
        let mut state = self.state();
        // The socket may have taken a part of a frame, after which no close frame can be sent. A session that is fed has no
        // task here that could be cut off, and its writer takes whole frames.
        let is_torn = self.is_direct() && !state.outbox.is_empty();
        state.close(CloseReason::TooSlow, self);
        state.outbox.give_up();
        drop(state);
        if is_torn {
            self.cut_off();
        }
    }

    /// Drops the frames that wait, because the session is over.
    pub(crate) fn end(&self) {
        self.state().outbox.give_up();
    }

    pub(crate) fn closing(&self) -> Option<CloseReason> {
        self.state().closing
    }

    /// Reserves a place for a subscription to this room. Returns how many other rooms take a place, too.
    pub(crate) fn reserve(self: &Arc<Self>, room: &RoomId) -> (usize, Arc<Undecided>) {
        let mut state = self.state();
        let beside = state.beside(room);
        state.undecided.push(room.clone());
        (beside, Arc::new(Undecided { outlet: self.clone(), room: room.clone() }))
    }

    /// Subscribes to a room from this place. Returns whether the room's fan has to add the outlet: it does not know the outlet
    /// yet, or has forgotten it when the user's right to read ended. `None` if the session is closing. In any case an earlier
    /// subscription to the room sends nothing more.
    pub(super) fn subscribe(&self, fan: &Arc<Fan>, at: Option<Position>, cursor: Seq, floor: Seq) -> Option<bool> {
        let mut state = self.state();
        self.wake();
        // A subscription by an earlier host of the room may still have frames for a user whose right to read had ended. They are
        // dropped.
        state.subscriptions.retain(|known| Arc::ptr_eq(&known.fan, fan) || known.fan.room != fan.room);
        let known = state.find(fan);
        if state.closing.is_some() {
            // A closing session stays subscribed until it ends, but gets nothing more.
            if let Some(known) = known {
                state.subscriptions[known].place = Place::Behind;
            }
            return None;
        }
        let place = at.map_or(Place::Behind, Place::Live);
        let new = Subscription { fan: fan.clone(), place, cursor, end: None, floor };
        match known {
            Some(known) => Some(std::mem::replace(&mut state.subscriptions[known], new).end.is_some()),
            None => {
                state.subscriptions.push(new);
                Some(true)
            }
        }
    }

    /// Whether the session is subscribed to a room, and its user's right to read has not ended.
    pub(crate) fn hears(&self, room: &RoomId) -> bool {
        self.state().subscriptions.iter().any(|known| known.fan.room == *room && known.end.is_none())
    }

    /// Whether the session is subscribed by this host, and its user's right to read has not ended.
    pub(crate) fn is_subscribed(&self, fan: &Fan) -> bool {
        let state = self.state();
        state.find(fan).is_some_and(|at| state.subscriptions[at].end.is_none())
    }

    /// The rooms that the session is subscribed to.
    pub(crate) fn rooms(&self) -> HashSet<RoomId> {
        self.state().subscriptions.iter().map(|subscription| subscription.fan.room.clone()).collect()
    }

    /// Whether the session is subscribed to a room, or a request that is under way may subscribe it.
    pub(crate) fn has_place(&self, room: &RoomId) -> bool {
        let state = self.state();
        state.subscriptions.iter().any(|known| known.fan.room == *room) || state.undecided.contains(room)
    }

    /// Ends a subscription whose user may still read the room. Returns the seq up to which the session has everything.
    pub(super) fn take_out(&self, fan: &Fan) -> Option<Seq> {
        let mut state = self.state();
        let at = state.find(fan).filter(|at| state.subscriptions[*at].end.is_none())?;
        let cursor = state.subscriptions.swap_remove(at).cursor;
        // As in `unsubscribe`.
        self.wake();
        Some(cursor)
    }

    /// Ends a subscription. Returns whether there was one.
    pub(super) fn unsubscribe(&self, fan: &Fan) -> bool {
        let mut state = self.state();
        let Some(at) = state.find(fan) else { return false };
        state.subscriptions.swap_remove(at);
        // An answer that waits for this room's flush is sent by the session's task.
        self.wake();
        true
    }

    /// Notes that the user may read nothing above the entry `seq`, whose frame ends at `position`.
    pub(super) fn end_at(&self, fan: &Fan, seq: Seq, position: Position) {
        let mut state = self.state();
        if let Some(at) = state.find(fan) {
            state.subscriptions[at].end.get_or_insert((seq, position));
            // The fan has forgotten the outlet, so the session's task sends the last frames.
            self.wake();
        }
    }

    /// Offers a snapshot of a room's log. Its bytes are written at once, or the session's task is woken to do so.
    pub(super) fn offer(&self, fan: &Fan, snapshot: &Snapshot) {
        let Some(direct) = &self.direct else { return self.wake() };
        let mut state = self.state();
        if state.waits() {
            state.passed_over = true;
        } else if state.closing.is_none() {
            state.flush(fan, snapshot, &**direct, self);
        }
    }

    /// Writes all that waits, as far as the socket takes it. `true` if the rest must wait for the socket.
    pub(crate) fn flush(&self) -> bool {
        let Some(direct) = &self.direct else { return false };
        let fans = {
            let mut state = self.state();
            if state.held.is_some() {
                return false;
            }
            state.blocked = false;
            state.flush_outbox(&**direct, self);
            if state.blocked {
                return true;
            }
            state.live()
        };
        // A fan must not be locked while the outlet is: snapshots are taken with the outlet unlocked.
        for (fan, from) in fans {
            let snapshot = fan.snapshot(&self.wire, from);
            let mut state = self.state();
            if let Some(snapshot) = snapshot.filter(|_| !state.waits() && state.closing.is_none()) {
                state.flush(&fan, &snapshot, &**direct, self);
            }
        }
        self.state().blocked
    }

    pub(crate) fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.direct {
            Some(direct) => direct.poll_writable(context),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Notes that the session's task [takes](Self::take) what is not written directly.
    pub(crate) fn feed(&self) {
        self.state().is_fed = true;
    }

    /// Takes all frames that wait, one by one, for a wire that the session's task feeds. They are as bounded as the outbox and
    /// the byte logs are. They count as unread until they are [written](Self::wrote_all_but).
    ///
    /// If frames are also written directly, that rests while there are some to take: the next ones must not overtake them.
    pub(crate) fn take(&self) -> Vec<Bytes> {
        let (mut frames, fans) = {
            let mut state = self.state();
            if state.held.is_some() || state.outbox.is_sealed() {
                return Vec::new();
            }
            (state.blocked, state.passed_over) = (self.is_direct(), false);
            (state.outbox.take(), state.live())
        };
        for (fan, from) in fans {
            if let Some(snapshot) = fan.snapshot(&self.wire, from) {
                self.state().take_from(&fan, &snapshot, &mut frames, self);
            }
        }
        let mut state = self.state();
        if frames.is_empty() && std::mem::replace(&mut state.blocked, false) && state.passed_over {
            // A flusher came by meanwhile, and comes again only for what is new.
            self.wake();
        }
        frames
    }

    /// Notes that, of all taken frames, only these are not written yet.
    pub(crate) fn wrote_all_but<'a>(&self, left: impl IntoIterator<Item = &'a Bytes>) {
        self.state().outbox.set_taken(left.into_iter().map(cost_of).sum());
    }

    /// Notes that this taken frame is written.
    pub(crate) fn wrote(&self, frame: &Bytes) {
        let mut state = self.state();
        let left = state.outbox.taken().saturating_sub(cost_of(frame));
        state.outbox.set_taken(left);
    }

    /// A subscription that has to read the store next, if no frame waits in the outbox.
    pub(crate) fn behind(&self) -> Option<Behind> {
        let mut state = self.state();
        if !state.outbox.is_empty() || state.held.is_some() || state.closing.is_some() {
            return None;
        }
        state.subscriptions.retain(|s| s.place != Place::Behind || s.end.is_none_or(|(end, _)| s.cursor < end));
        let subscription = state.subscriptions.iter().find(|s| s.place == Place::Behind)?;
        let Subscription { fan, cursor, floor, end, .. } = subscription;
        Some(Behind { fan: fan.clone(), cursor: *cursor, floor: *floor, end: end.map(|(seq, _)| seq) })
    }

    /// Sends a page to a subscription whose cursor still is `behind.cursor`. If the byte log goes on where the page ends, the
    /// subscription is live again. Entries above the end of the user's right to read are left out. Entries for which the outbox
    /// has no room are read again later, and so is a page if a message was deleted after it was encoded.
    pub(crate) fn hand(&self, behind: &Behind, page: EncodedPage) {
        let Some(cursor) = self.state().hand(behind, page, self) else { return self.wake() };
        // The fan is locked only now, after the socket was written. Until the subscription is live, the log can only grow.
        let position = behind.fan.position_of(&self.wire, cursor);
        let mut state = self.state();
        if let Some((at, position)) = state.find_behind(&behind.fan, cursor).zip(position)
            && state.subscriptions[at].end.is_none_or(|(end, _)| cursor < end)
        {
            state.subscriptions[at].place = Place::Live(position);
        }
        // The session's task sends what was added meanwhile, for which no flusher will come.
        self.wake();
    }
}
