//! One session's way out: its places in the byte logs of its rooms, and the outbox for what goes to it alone.

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

/// A subscription that has to catch up: what the session's task needs for its next page.
#[derive(Clone)]
pub(crate) struct Behind {
    pub(crate) fan: Arc<Fan>,
    pub(crate) cursor: Seq,
    pub(crate) floor: Seq,
    /// Where the right to read ended, if it did.
    pub(crate) end: Option<Seq>,
}

/// A page of the store as frames of an outlet's wire.
pub(crate) struct EncodedPage {
    /// Each with its entry's seq.
    pub(crate) frames: Vec<(Seq, Bytes)>,
    /// The cursor of a reader who has them.
    pub(crate) cursor: Seq,
    /// The room's count of deletions that are erased in it.
    pub(crate) erasures: u64,
}

/// The way out of one session. Written to by flushers, hosts and the session's own task, each under its lock, so that
/// frames never interleave; and never waiting.
pub(crate) struct Outlet {
    pub(crate) id: SessionId,
    pub(crate) wire: Wire,
    direct: Option<Arc<dyn DirectWrite>>,
    /// Ends the task that drives the session, if the engine does.
    driver: OnceLock<AbortHandle>,
    state: Mutex<State>,
    wake: Notify,
    /// Whether a wakeup is under way that will look at everything.
    woken: AtomicBool,
}

impl Outlet {
    pub(crate) fn new(id: SessionId, wire: Wire, direct: Option<Arc<dyn DirectWrite>>, debt: Debt) -> Arc<Self> {
        let (driver, state) = (OnceLock::new(), Mutex::new(State::new(debt)));
        Arc::new(Self { id, wire, direct, driver, state, wake: Notify::new(), woken: AtomicBool::new(false) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.wake.notify_one();
        }
    }

    /// Whether frames are written to the socket directly, by whoever has some.
    pub(crate) fn is_direct(&self) -> bool {
        self.direct.is_some()
    }

    /// Resolves when the session's task has something to look at. Cancel safe.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
        self.woken.store(false, Ordering::Release);
    }

    /// Has the session's codec write what goes to it alone. A codec that panics ends this session, whose client comes
    /// back, and no other: whoever calls this may be a room's host.
    pub(crate) fn encode<T>(&self, write: impl FnOnce(&Wire) -> T) -> Option<T> {
        let written = catch_unwind(AssertUnwindSafe(|| write(&self.wire)));
        if written.is_err() {
            tracing::error!(session = ?self.id, "a codec panicked; its session is closed");
            self.close(CloseReason::GoingAway);
        }
        written.ok()
    }

    /// Tells this session alone, after all that already waits for it.
    pub(crate) fn tell(&self, event: &Event) {
        if let Some(frame) = self.encode(|wire| wire.event(event)) {
            self.push(frame);
        }
    }

    /// Sends a frame to this session alone, after all that already waits for it.
    pub(crate) fn push(&self, frame: Bytes) {
        self.state().push(frame, self);
    }

    /// Holds everything back until what is returned is released, or dropped.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        let mut state = self.state();
        state.held = Some(state.outbox.len());
        Held(self.clone())
    }

    /// Answers a request: as [`push`](Self::push), and one request less is in flight. Where a flush of `flushed` is
    /// about to come by, the frame waits for it.
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

    /// Whether another request may be read: not while many are in flight, or many answers wait.
    pub(crate) fn takes_requests(&self) -> bool {
        let state = self.state();
        usize::from(state.in_flight) < limits::MAX_IN_FLIGHT && !state.outbox.is_half_full()
    }

    /// No request comes any more: the session's task is woken by each answer. Whether all are answered.
    pub(crate) fn finish(&self) -> bool {
        let mut state = self.state();
        state.finishing = true;
        state.in_flight == 0
    }

    /// Nothing is written from now on, as the last is said. `false` if something waits still.
    pub(crate) fn seal(&self) -> bool {
        let mut state = self.state();
        if state.held.is_some() || state.outbox.is_empty() {
            state.outbox.seal();
        }
        state.outbox.is_sealed()
    }

    /// Whether its client leaves many answers unread.
    pub(crate) fn is_half_full(&self) -> bool {
        self.state().outbox.is_half_full()
    }

    /// This is how the session's task is ended at once.
    pub(crate) fn cut_off_by(&self, handle: AbortHandle) {
        drop(self.driver.set(handle));
    }

    /// Ends the session's task at once, wherever it waits: its transport is dropped.
    pub(crate) fn cut_off(&self) {
        if let Some(driver) = self.driver.get() {
            driver.abort();
        }
    }

    /// Begins to end the session; what waits is still sent.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.state().close(reason, self);
    }

    /// How much its client leaves unread.
    pub(crate) fn unread(&self) -> usize {
        self.state().outbox.unread()
    }

    /// Ends the session, as all clients together leave too much unread. What waits is forgotten at once: the client comes
    /// back for it.
    pub(crate) fn give_up(&self) {
        let mut state = self.state();
        // A socket may have a part of a frame already, behind which no goodbye can be said.
        let is_torn = self.is_direct() && !state.outbox.is_empty();
        state.close(CloseReason::TooSlow, self);
        state.outbox.give_up();
        drop(state);
        if is_torn {
            self.cut_off();
        }
    }

    /// The session is over: nothing waits for it any more.
    pub(crate) fn end(&self) {
        self.state().outbox.give_up();
    }

    pub(crate) fn closing(&self) -> Option<CloseReason> {
        self.state().closing
    }

    /// Keeps a place for a subscription to this room; and how many rooms take one beside it.
    pub(crate) fn reserve(self: &Arc<Self>, room: &RoomId) -> (usize, Arc<Undecided>) {
        let mut state = self.state();
        let beside = state.beside(room);
        state.undecided.push(room.clone());
        (beside, Arc::new(Undecided { outlet: self.clone(), room: room.clone() }))
    }

    /// Subscribes to a room from this place: whether the room's fan does not know it (yet, or since its right to read
    /// ended). `None` if the session is closing. Either way, an earlier subscription to the room hands out nothing more.
    pub(super) fn subscribe(&self, fan: &Arc<Fan>, at: Option<Position>, cursor: Seq, floor: Seq) -> Option<bool> {
        let mut state = self.state();
        self.wake();
        // What an earlier host of the room has still to say to somebody whose right to read had ended is not said any more.
        state.subscriptions.retain(|known| Arc::ptr_eq(&known.fan, fan) || known.fan.room != fan.room);
        let known = state.find(fan);
        if state.closing.is_some() {
            // A session that is closing stays subscribed until it ends, and reads nothing: the answer says where it would stand now.
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

    /// The rooms it is subscribed to.
    pub(crate) fn rooms(&self) -> HashSet<RoomId> {
        self.state().subscriptions.iter().map(|subscription| subscription.fan.room.clone()).collect()
    }

    /// Whether it is subscribed to a room, or may yet be.
    pub(crate) fn has_place(&self, room: &RoomId) -> bool {
        let state = self.state();
        state.subscriptions.iter().any(|known| known.fan.room == *room) || state.undecided.contains(room)
    }

    /// Ends a subscription of somebody who may read on: the seq up to which the session has everything.
    pub(super) fn take_out(&self, fan: &Fan) -> Option<Seq> {
        let mut state = self.state();
        let at = state.find(fan).filter(|at| state.subscriptions[*at].end.is_none())?;
        let cursor = state.subscriptions.swap_remove(at).cursor;
        // As in `unsubscribe`.
        self.wake();
        Some(cursor)
    }

    /// Ends a subscription; whether there was one.
    pub(super) fn unsubscribe(&self, fan: &Fan) -> bool {
        let mut state = self.state();
        let Some(at) = state.find(fan) else { return false };
        state.subscriptions.swap_remove(at);
        // An answer that waits for this room's flush is sent by the session's task.
        self.wake();
        true
    }

    /// Nothing above this entry, whose frame ends here, may be handed out.
    pub(super) fn end_at(&self, fan: &Fan, seq: Seq, position: Position) {
        let mut state = self.state();
        if let Some(at) = state.find(fan) {
            state.subscriptions[at].end.get_or_insert((seq, position));
            // No flusher comes by any more: the session's task hands out the last of it.
            self.wake();
        }
    }

    /// Offers what a room's log holds: written at once, or the session's task is woken for it.
    pub(super) fn offer(&self, fan: &Fan, snapshot: &Snapshot) {
        let Some(direct) = &self.direct else { return self.wake() };
        let mut state = self.state();
        if !state.waits() && state.closing.is_none() {
            state.flush(fan, snapshot, &**direct, self);
        }
    }

    /// Writes all that waits, as far as the socket takes it. `true` if something must wait for the socket.
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
        // A fan is never locked within an outlet: snapshots are taken between.
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

    /// For a wire that is fed by its task: takes all that waits, each frame by itself. Bounded, as outbox and byte logs
    /// are. It counts as unread until it is said to be [written](Self::wrote_all_but).
    pub(crate) fn take(&self) -> Vec<Bytes> {
        let (mut frames, fans) = {
            let mut state = self.state();
            if state.held.is_some() || state.outbox.is_sealed() {
                return Vec::new();
            }
            (state.outbox.take(), state.live())
        };
        for (fan, from) in fans {
            if let Some(snapshot) = fan.snapshot(&self.wire, from) {
                self.state().take_from(&fan, &snapshot, &mut frames, self);
            }
        }
        frames
    }

    /// Of what was taken, these frames are not written yet.
    pub(crate) fn wrote_all_but<'a>(&self, left: impl IntoIterator<Item = &'a Bytes>) {
        self.state().outbox.set_taken(left.into_iter().map(cost_of).sum());
    }

    /// Of what was taken, this frame is written.
    pub(crate) fn wrote(&self, frame: &Bytes) {
        let mut state = self.state();
        let left = state.outbox.taken().saturating_sub(cost_of(frame));
        state.outbox.set_taken(left);
    }

    /// A subscription that has to read the store next, if the outbox has room for a page.
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

    /// Hands a page to a subscription that stands at `behind.cursor` still. Where the byte log takes over, it is live
    /// again. What lies above the end of the user's right to read is left out. What the outbox has no room for is read
    /// again, and so is a page that holds what was deleted after it was encoded.
    pub(crate) fn hand(&self, behind: &Behind, page: EncodedPage) {
        let Some(cursor) = self.state().hand(behind, page, self) else { return self.wake() };
        // The fan is not locked while sockets are written. Until the subscription is live, frames only come to be added.
        let position = behind.fan.position_of(&self.wire, cursor);
        let mut state = self.state();
        if let Some((at, position)) = state.find_behind(&behind.fan, cursor).zip(position)
            && state.subscriptions[at].end.is_none_or(|(end, _)| cursor < end)
        {
            state.subscriptions[at].place = Place::Live(position);
        }
        // No flusher comes by for what was added meanwhile.
        self.wake();
    }
}
