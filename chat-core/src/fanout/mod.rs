//! Fan-out: every frame is written once into its room's byte log, and every subscription is a position in it.
//!
//! A *flusher* walks a room's subscriptions in chunks and hands each one all between its position and the end in one
//! write that does not wait. There is no queue, no wakeup and no task switch per delivery; only a socket that would
//! block has a remainder kept for it ([`Outlet`]), and one that falls off the log's tail reads the store until it is at
//! the head again.

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
