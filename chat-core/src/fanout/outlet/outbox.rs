//! The outbox: the frames that wait for one session alone, and what they cost.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{
    fanout::unread::Debt,
    limits::{FRAME_OVERHEAD, OUTBOX_BYTES},
};

pub(super) struct Outbox {
    frames: VecDeque<Bytes>,
    /// The cost of the frames: their bytes, and an overhead for each.
    cost: usize,
    /// The cost of the largest frame since the outbox was last empty.
    largest: usize,
    /// The cost of the frames that the session's task has taken, from here and from byte logs, and not written yet.
    taken: usize,
    /// Whether the outbox takes no further frame.
    sealed: bool,
    /// Both costs together, as a part of the sum of all sessions.
    debt: Debt,
}

impl Outbox {
    pub(super) fn new(debt: Debt) -> Self {
        Self { frames: VecDeque::new(), cost: 0, largest: 0, taken: 0, sealed: false, debt }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.frames.iter()
    }

    pub(super) fn push(&mut self, frame: Bytes) {
        self.insert(self.frames.len(), frame);
    }

    /// Inserts a frame after the first `at` frames. An empty frame is left out.
    pub(super) fn insert(&mut self, at: usize, frame: Bytes) {
        if frame.is_empty() || self.sealed {
            return;
        }
        let cost = cost_of(&frame);
        self.cost += cost;
        self.largest = self.largest.max(cost);
        self.frames.insert(at, frame);
        self.count();
    }

    /// Hands all frames to the session's task, which says by [`set_taken`](Self::set_taken) how much it has not written yet.
    pub(super) fn take(&mut self) -> Vec<Bytes> {
        self.taken += std::mem::take(&mut self.cost);
        self.largest = 0;
        std::mem::take(&mut self.frames).into()
    }

    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Sets the cost of the frames that the session's task has taken and not written yet.
    pub(super) fn set_taken(&mut self, cost: usize) {
        if !self.sealed {
            self.taken = cost;
            self.count();
        }
    }

    /// Drops so many bytes from the front, which were written. Returns how many of them were beyond the outbox's end.
    pub(super) fn written(&mut self, mut count: usize) -> usize {
        while let Some(frame) = self.frames.front_mut().filter(|_| count > 0) {
            let written = count.min(frame.len());
            *frame = frame.slice(written..);
            count -= written;
            self.cost -= written;
            if frame.is_empty() {
                self.frames.pop_front();
                self.cost -= FRAME_OVERHEAD;
            }
        }
        if self.frames.is_empty() {
            self.largest = 0;
        }
        self.count();
        count
    }

    /// Takes no frame from now on.
    pub(super) fn seal(&mut self) {
        self.sealed = true;
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Drops all frames and takes no further ones.
    pub(super) fn give_up(&mut self) {
        self.frames = VecDeque::new();
        (self.cost, self.largest, self.taken) = (0, 0, 0);
        self.count();
        self.seal();
    }

    /// How many bytes the session's client leaves unread.
    pub(super) fn unread(&self) -> usize {
        self.debt.owed()
    }

    fn count(&mut self) {
        self.debt.set(self.cost + self.taken);
    }

    /// Whether the client leaves so much unread that no further request of it is read.
    pub(super) fn is_half_full(&self) -> bool {
        self.cost > OUTBOX_BYTES / 2
    }

    pub(super) fn has_room_for(&self, frame: &Bytes) -> bool {
        self.cost + cost_of(frame) <= OUTBOX_BYTES / 2
    }

    /// Whether the client must be disconnected. The largest frame is not counted, since a client that asks for it cannot know its
    /// size.
    pub(super) fn is_too_full(&self) -> bool {
        self.cost.saturating_sub(self.largest) > OUTBOX_BYTES
    }
}

/// The cost of a frame that waits.
pub(super) fn cost_of(frame: &Bytes) -> usize {
    frame.len() + FRAME_OVERHEAD
}
