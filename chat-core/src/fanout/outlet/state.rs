//! What an outlet guards: outbox, subscriptions, and the one write that serves both.

use std::{
    collections::HashSet,
    io::{self, IoSlice},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::Bytes;
use smallvec::SmallVec;

use super::{
    Behind, EncodedPage, Outlet,
    outbox::{Outbox, cost_of},
};
use crate::{
    CloseReason, DirectWrite, RoomId, Seq,
    fanout::{
        Fan,
        byte_log::{Position, Snapshot},
        unread::Debt,
    },
    limits, meters,
};

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the byte log, between two frames.
    Live(Position),
    /// Not yet, or no longer: it reads the store.
    Behind,
}

pub(super) struct Subscription {
    pub(super) fan: Arc<Fan>,
    pub(super) place: Place,
    /// The seq up to which the session has (or waits for) everything.
    pub(super) cursor: Seq,
    /// The seq of the entry that ended the right to read, and the end of its frame in the byte log.
    pub(super) end: Option<(Seq, Position)>,
    /// Entries up to here are not the user's to see.
    pub(super) floor: Seq,
}

pub(super) struct State {
    pub(super) outbox: Outbox,
    /// The socket is full; the session's task waits for it.
    pub(super) blocked: bool,
    pub(super) closing: Option<CloseReason>,
    /// Nothing is sent until the session is welcomed: behind so many frames that waited already.
    pub(super) held: Option<usize>,
    pub(super) subscriptions: SmallVec<[Subscription; 1]>,
    /// The rooms of which it is not decided whether the session is to be subscribed, once for each request.
    pub(super) undecided: Vec<RoomId>,
    pub(super) in_flight: u16,
    /// The client asks nothing more, and its task waits for the last answer.
    pub(super) finishing: bool,
}

impl State {
    pub(super) fn new(debt: Debt) -> Self {
        Self {
            outbox: Outbox::new(debt),
            blocked: false,
            closing: None,
            held: None,
            subscriptions: SmallVec::new(),
            undecided: Vec::new(),
            in_flight: 0,
            finishing: false,
        }
    }

    pub(super) fn find(&self, fan: &Fan) -> Option<usize> {
        self.subscriptions.iter().position(|subscription| std::ptr::eq(&*subscription.fan, fan))
    }

    /// How many rooms take a place among the subscriptions, beside this one.
    pub(super) fn beside(&self, room: &RoomId) -> usize {
        let most = self.subscriptions.len() + self.undecided.len();
        if most < limits::MAX_SUBSCRIPTIONS {
            return most;
        }
        let rooms = self.subscriptions.iter().map(|subscription| &subscription.fan.room).chain(&self.undecided);
        rooms.filter(|taken| *taken != room).collect::<HashSet<_>>().len()
    }

    /// A subscription that is behind, and stands at this cursor.
    pub(super) fn find_behind(&self, fan: &Fan, cursor: Seq) -> Option<usize> {
        let at = self.find(fan)?;
        let subscription = &self.subscriptions[at];
        (subscription.place == Place::Behind && subscription.cursor == cursor).then_some(at)
    }

    /// Whether whoever has something to write must leave it to the session's task.
    pub(super) fn waits(&self) -> bool {
        self.blocked || self.held.is_some()
    }

    /// Whether the next flush of this room comes by here.
    pub(super) fn is_live(&self, fan: &Fan) -> bool {
        let subscription = self.find(fan).map(|at| &self.subscriptions[at]);
        subscription.is_some_and(|s| matches!(s.place, Place::Live(_)) && s.end.is_none())
    }

    pub(super) fn close(&mut self, reason: CloseReason, outlet: &Outlet) {
        self.closing.get_or_insert(reason);
        outlet.wake();
    }

    /// The socket failed: there is nobody left to write to.
    pub(super) fn stop(&mut self, error: &io::Error, outlet: &Outlet) {
        tracing::debug!(session = ?outlet.id, %error, "socket failed");
        self.outbox.give_up();
        self.close(CloseReason::Done, outlet);
    }

    pub(super) fn push(&mut self, frame: Bytes, outlet: &Outlet) {
        if frame.is_empty() || self.outbox.is_sealed() {
            return;
        }
        let mut rest = frame;
        if let Some(direct) = outlet.direct.as_deref().filter(|_| !self.waits() && self.outbox.is_empty()) {
            match try_write(direct, &[IoSlice::new(&rest)]) {
                Ok(count) => {
                    rest = rest.slice(count..);
                    if rest.is_empty() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return self.stop(&error, outlet),
            }
            self.blocked = true;
        }
        self.outbox.push(rest);
        if self.outbox.is_too_full() {
            self.close(CloseReason::TooSlow, outlet);
        }
        outlet.wake();
    }

    /// Sends a page to a subscription that stands where the page begins; the cursor that leaves it at.
    pub(super) fn hand(&mut self, behind: &Behind, page: EncodedPage, outlet: &Outlet) -> Option<Seq> {
        let at = self.find_behind(&behind.fan, behind.cursor)?;
        if page.erasures != behind.fan.erasures.count() {
            return None;
        }
        let end = self.subscriptions[at].end.map_or(Seq::MAX, |(seq, _)| seq);
        let (mut cursor, mut last, mut handed) = (page.cursor, None, 0);
        for (seq, frame) in page.frames.into_iter().filter(|(seq, _)| *seq <= end) {
            if let Some(last) = last.filter(|_| !self.makes_room_for(&frame, outlet)) {
                cursor = last;
                break;
            }
            self.outbox.push(frame);
            last = Some(seq);
            handed += 1;
        }
        meters::delivered(|| handed);
        self.send_outbox(outlet);
        self.subscriptions[at].cursor = cursor;
        Some(cursor)
    }

    fn makes_room_for(&mut self, frame: &Bytes, outlet: &Outlet) -> bool {
        if !self.outbox.has_room_for(frame) {
            self.send_outbox(outlet);
        }
        self.outbox.has_room_for(frame)
    }

    fn send_outbox(&mut self, outlet: &Outlet) {
        match outlet.direct.as_deref().filter(|_| !self.waits()) {
            Some(direct) => self.flush_outbox(direct, outlet),
            None => outlet.wake(),
        }
    }

    pub(super) fn flush_outbox(&mut self, direct: &dyn DirectWrite, outlet: &Outlet) {
        while !self.outbox.is_empty() {
            match self.write(direct, &[], outlet) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked = true;
                    return outlet.wake();
                }
                Err(error) => return self.stop(&error, outlet),
            }
        }
    }

    pub(super) fn live(&self) -> SmallVec<[(Arc<Fan>, Position); 1]> {
        let place = |s: &Subscription| match s.place {
            Place::Live(position) => Some((s.fan.clone(), position)),
            Place::Behind => None,
        };
        self.subscriptions.iter().filter_map(place).collect()
    }

    /// What the snapshot holds for this subscription; a subscription that is ahead of its end is taken out.
    fn range(&mut self, fan: &Fan, snapshot: &Snapshot) -> Range {
        let Some(at) = self.find(fan) else { return Range::Nothing };
        let subscription = &mut self.subscriptions[at];
        let Place::Live(from) = subscription.place else { return Range::Nothing };
        let to = subscription.end.map_or(snapshot.end, |(_, end)| end.min(snapshot.end));
        if from < snapshot.from {
            return Range::Stale(at);
        }
        if subscription.end.is_some_and(|(_, end)| from >= end) {
            self.subscriptions.swap_remove(at);
            return Range::Nothing;
        }
        if from >= to {
            return Range::Nothing;
        }
        if snapshot.erasures == fan.erasures.count() { Range::Bytes { at, from, to } } else { Range::Stale(at) }
    }

    /// One write of the outbox and all the snapshot has for this subscription. What a full socket leaves of a frame
    /// goes to the outbox.
    pub(super) fn flush(&mut self, fan: &Fan, snapshot: &Snapshot, direct: &dyn DirectWrite, outlet: &Outlet) {
        let (at, mut from, to) = match self.range(fan, snapshot) {
            Range::Nothing => return self.flush_outbox(direct, outlet),
            Range::Stale(at) => return self.fall_behind(at, snapshot, outlet),
            Range::Bytes { at, from, to } => (at, from, to),
        };
        while from < to {
            match self.write(direct, &snapshot.slices(from, to), outlet) {
                Ok(count) => from += count as Position,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked = true;
                    outlet.wake();
                    break;
                }
                Err(error) => return self.stop(&error, outlet),
            }
        }
        let begun = from != self.position(at);
        if begun {
            let (frame_end, cursor) =
                if from == snapshot.end { (from, snapshot.head) } else { snapshot.frame_end(from) };
            for rest in snapshot.bytes(from, frame_end) {
                self.outbox.push(rest);
            }
            meters::delivered(|| snapshot.entries(self.position(at), frame_end));
            self.advance(at, frame_end, cursor);
        }
    }

    /// Writes the outbox and these slices behind it; how much of the slices was written.
    fn write(&mut self, direct: &dyn DirectWrite, slices: &[IoSlice<'_>], outlet: &Outlet) -> io::Result<usize> {
        if self.outbox.is_empty() {
            return try_write(direct, slices);
        }
        let count = {
            let waiting = self.outbox.iter().map(|frame| IoSlice::new(frame));
            let all: Slices<'_> = waiting.chain(slices.iter().map(|slice| IoSlice::new(slice))).take(64).collect();
            try_write(direct, &all)?
        };
        let was_half_full = self.outbox.is_half_full();
        let beyond = self.outbox.written(count);
        if was_half_full && !self.outbox.is_half_full() {
            // Requests are read again.
            outlet.wake();
        }
        Ok(beyond)
    }

    pub(super) fn position(&self, at: usize) -> Position {
        match self.subscriptions[at].place {
            Place::Live(position) => position,
            Place::Behind => 0,
        }
    }

    pub(super) fn advance(&mut self, at: usize, position: Position, cursor: Seq) {
        let subscription = &mut self.subscriptions[at];
        subscription.place = Place::Live(position);
        subscription.cursor = subscription.cursor.max(cursor);
        if subscription.end.is_some_and(|(_, end)| position >= end) {
            self.subscriptions.swap_remove(at);
        }
    }

    /// The snapshot does not go back to where the subscription stands, or a message was deleted since it was made. If the
    /// log does not go back there either, the subscription must catch up; otherwise the session's own task takes
    /// another snapshot.
    pub(super) fn fall_behind(&mut self, at: usize, snapshot: &Snapshot, outlet: &Outlet) {
        if self.position(at) < snapshot.base {
            self.subscriptions[at].place = Place::Behind;
        }
        outlet.wake();
    }

    pub(super) fn take_from(&mut self, fan: &Fan, snapshot: &Snapshot, frames: &mut Vec<Bytes>, outlet: &Outlet) {
        match self.range(fan, snapshot) {
            Range::Nothing => {}
            Range::Stale(at) => self.fall_behind(at, snapshot, outlet),
            Range::Bytes { at, from, to } => {
                let before = frames.len();
                frames.extend(snapshot.frames(from, to));
                let cost: usize = frames[before..].iter().map(cost_of).sum();
                self.outbox.set_taken(self.outbox.taken() + cost);
                meters::delivered(|| snapshot.entries(from, to));
                let cursor = if to == snapshot.end { snapshot.head } else { snapshot.frame_end(to).1 };
                self.advance(at, to, cursor);
            }
        }
    }
}

type Slices<'a> = SmallVec<[IoSlice<'a>; 32]>;

/// What a snapshot has for a subscription.
enum Range {
    Nothing,
    /// Something, but it may not be taken from this snapshot.
    Stale(usize),
    Bytes {
        at: usize,
        from: Position,
        to: Position,
    },
}

/// Writes without waiting. A writer that panics has failed, and so has one that takes nothing and gives no reason: who
/// calls this may be a flusher or a room's host, and writes for all others too.
fn try_write(direct: &dyn DirectWrite, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    match catch_unwind(AssertUnwindSafe(|| direct.try_write(slices))) {
        Ok(Ok(0)) => Err(io::ErrorKind::WriteZero.into()),
        Ok(result) => result,
        Err(_) => Err(io::Error::other("the writer panicked")),
    }
}
