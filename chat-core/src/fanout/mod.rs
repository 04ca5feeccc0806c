//! Fan-out: every frame is written once into its room's byte log, and every subscription is a position in it.
//!
//! A *flusher* serves a room's subscriptions in chunks. It writes to each socket, in one write that does not wait, all bytes
//! between the subscription's position and the log's end. So a delivery needs no queue, no wakeup and no task switch. If a
//! socket takes only a part, the session's [`Outlet`] keeps the rest of the frame. A subscription whose position the log has
//! dropped reads the store until it is at the head again.

mod byte_log;
mod erasures;
mod fan;
mod flusher;
mod outlet;
mod sync;
#[cfg(test)]
mod tests;
mod unread;

pub(crate) use self::{
    fan::Fan,
    flusher::Flushers,
    outlet::{Behind, EncodedPage, Held, Outlet, Undecided},
    unread::Unread,
};
