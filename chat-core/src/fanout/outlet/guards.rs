//! Guards: states of an outlet that last until a value is dropped.

use std::sync::Arc;

use bytes::Bytes;

use super::Outlet;
use crate::RoomId;

/// An outlet that holds its frames back until this is released or dropped.
pub(crate) struct Held(pub(super) Arc<Outlet>);

impl Held {
    /// Sends this frame after the frames that waited before the hold, and then the frames that were held back.
    pub(crate) fn release(self, first: Bytes) {
        let mut state = self.0.state();
        let at = state.held.unwrap_or(0).min(state.outbox.len());
        state.outbox.insert(at, first);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.state().held = None;
        self.0.wake();
    }
}

/// A reserved place among a session's subscriptions. Everything that may yet subscribe the session to the room shares it. Once
/// it is dropped, the session is subscribed, or will not be.
pub(crate) struct Undecided {
    pub(super) outlet: Arc<Outlet>,
    pub(super) room: RoomId,
}

impl Drop for Undecided {
    fn drop(&mut self) {
        let mut state = self.outlet.state();
        if let Some(at) = state.undecided.iter().position(|room| *room == self.room) {
            state.undecided.swap_remove(at);
        }
        if state.undecided.is_empty() {
            state.undecided = Vec::new();
        }
    }
}
