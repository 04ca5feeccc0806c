//! What an outlet keeps for as long as somebody holds on to it.

use std::sync::Arc;

use bytes::Bytes;

use super::Outlet;
use crate::RoomId;

/// An outlet that holds everything back.
pub(crate) struct Held(pub(super) Arc<Outlet>);

impl Held {
    /// Sends this frame behind what had waited before, and then what was held back.
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

/// Shared by all that may yet subscribe a session to a room: when they are gone, it is subscribed or will not be. Until
/// then, a place among its subscriptions is kept.
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
