//! The state behind an outlet's lock: the outbox, the subscriptions, and the one write that serves both.

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
    /// Not in the byte log: the subscription reads the store.
    Behind,
}

pub(super) struct Subscription {
    pub(super) fan: Arc<Fan>,
    pub(super) place: Place,
    /// The seq up to which the session has (or waits for) everything.
    pub(super) cursor: Seq,
    /// The seq of the entry that ended the right to read, and the end of its frame in the byte log.
    pub(super) end: Option<(Seq, Position)>,
    /// The seq up to which the user may not read entries.
    pub(super) floor: Seq,
}

pub(super) struct State {
    pub(super) outbox: Outbox,
    /// The socket is full, or frames that the session's task took may be on their way; the session's task writes what comes next.
    pub(super) blocked: bool,
    /// Whether the session's task takes what is not written directly.
    pub(super) is_fed: bool,
    /// A flusher came by while a frame had to be left to the session's task.
    pub(super) passed_over: bool,
    pub(super) closing: Option<CloseReason>,
    /// Set while frames are held back until the session is welcomed: how many frames waited already, which go first.
    pub(super) held: Option<usize>,
    pub(super) subscriptions: SmallVec<[Subscription; 1]>,
    /// The rooms to which a request under way may subscribe the session, once for each request.
    pub(super) undecided: Vec<RoomId>,
    pub(super) in_flight: u16,
    /// Whether the client sends no further request, and the session's task waits for the last answer.
    pub(super) finishing: bool,
}

impl State {
    pub(super) fn new(debt: Debt) -> Self {
        Self {
            outbox: Outbox::new(debt),
            blocked: false,
            is_fed: false,
            passed_over: false,
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

    /// How many rooms other than this one take a place among the subscriptions.
    pub(super) fn beside(&self, room: &RoomId) -> usize {
        let most = self.subscriptions.len() + self.undecided.len();
        if most < limits::MAX_SUBSCRIPTIONS {
            return most;
        }
        let rooms = self.subscriptions.iter().map(|subscription| &subscription.fan.room).chain(&self.undecided);
        rooms.filter(|taken| *taken != room).collect::<HashSet<_>>().len()
    }

    /// A subscription that reads the store, and whose cursor is this one.
    pub(super) fn find_behind(&self, fan: &Fan, cursor: Seq) -> Option<usize> {
        let at = self.find(fan)?;
        let subscription = &self.subscriptions[at];
        (subscription.place == Place::Behind && subscription.cursor == cursor).then_some(at)
    }

    /// Whether a frame must be left to the session's task instead of being written directly.
    pub(super) fn waits(&self) -> bool {
        self.blocked || self.held.is_some()
    }

    /// Whether a frame that may be lost is lost.
    pub(super) fn is_full(&self) -> bool {
        self.held.is_some() || (self.blocked && !self.is_fed)
    }

    /// Whether the next flush of this room serves this session.
    pub(super) fn is_live(&self, fan: &Fan) -> bool {
        let subscription = self.find(fan).map(|at| &self.subscriptions[at]);
        subscription.is_some_and(|s| matches!(s.place, Place::Live(_)) && s.end.is_none())
    }

    pub(super) fn close(&mut self, reason: CloseReason, outlet: &Outlet) {
        self.closing.get_or_insert(reason);
        outlet.wake();
    }

    /// Drops all frames and closes the session, because the socket failed.
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

    /// Sends a page to a subscription whose cursor is where the page begins. Returns the subscription's new cursor.
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

    /// Finds the bytes in the snapshot that the subscription to this room lacks. Removes a subscription whose end was reached.
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

    /// Writes the outbox, and all bytes that the snapshot has for this room's subscription. If the socket takes only a part of
    /// a frame, the rest of that frame goes to the outbox.
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

    /// Writes the outbox and then these slices. Returns how many bytes of the slices were written.
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
            // The session's task reads requests again.
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

    /// Handles a snapshot that does not go back to the subscription's place, or is older than a deletion. If the log does not go
    /// back there either, the subscription must read the store. Otherwise the session's task takes another snapshot.
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

/// The part of a snapshot that a subscription lacks.
enum Range {
    Nothing,
    /// There may be something, but it must not be taken from this snapshot.
    Stale(usize),
    Bytes {
        at: usize,
        from: Position,
        to: Position,
    },
}

/// Writes without waiting. A writer that panics, or takes nothing without giving a reason, counts as failed. The panic must not
/// go on to the caller: it may be a flusher or a room's host, which writes for all other sessions, too.
fn try_write(direct: &dyn DirectWrite, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    match catch_unwind(AssertUnwindSafe(|| direct.try_write(slices))) {
        Ok(Ok(0)) => Err(io::ErrorKind::WriteZero.into()),
        Ok(result) => result,
        Err(_) => Err(io::Error::other("the writer panicked")),
    }
}
