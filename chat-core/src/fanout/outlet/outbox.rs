//! The outbox: what waits for one session alone, counted.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{
    limits::{FRAME_OVERHEAD, OUTBOX_BYTES},
    meters,
};

#[derive(Default)]
pub(super) struct Outbox {
    frames: VecDeque<Bytes>,
    /// What they cost: their bytes, and an overhead for each.
    cost: usize,
    /// The cost of the largest since it was last empty.
    largest: usize,
    waiting: meters::Waiting,
}

impl Outbox {
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

    /// Puts a frame behind so many others; one without bytes is left out.
    pub(super) fn insert(&mut self, at: usize, frame: Bytes) {
        if frame.is_empty() {
            return;
        }
        let cost = frame.len() + FRAME_OVERHEAD;
        self.cost += cost;
        self.largest = self.largest.max(cost);
        self.frames.insert(at, frame);
        self.count();
    }

    pub(super) fn take(&mut self) -> Vec<Bytes> {
        std::mem::take(self).frames.into()
    }

    /// Forgets so many bytes from its beginning; how many are left of them when it is empty.
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

    fn count(&mut self) {
        self.waiting.set(self.cost - self.frames.len() * FRAME_OVERHEAD);
    }

    /// Whether its client reads too little to be asked what else it wants.
    pub(super) fn is_half_full(&self) -> bool {
        self.cost > OUTBOX_BYTES / 2
    }

    pub(super) fn has_room_for(&self, frame: &Bytes) -> bool {
        self.cost + frame.len() + FRAME_OVERHEAD <= OUTBOX_BYTES / 2
    }

    /// Whether its client must be given up. The largest frame is not counted: whoever asks for it cannot know its size.
    pub(super) fn is_too_full(&self) -> bool {
        self.cost.saturating_sub(self.largest) > OUTBOX_BYTES
    }
}
