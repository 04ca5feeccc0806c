//! `Backplane`: hints between the nodes that share a store.

use async_trait::async_trait;

use crate::{Epoch, RoomId, Seq};

/// "This room's log has grown": what a node tells the others. Nothing depends on it but speed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The room.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its head, as the sender knows it.
    pub head: Seq,
}

/// Carries hints between nodes. Each may be lost, doubled or late: the log repairs it.
#[async_trait]
pub trait Backplane: Send + Sync + 'static {
    /// Tells the other nodes.
    async fn publish(&self, hint: Hint);

    /// The next hint of another node.
    ///
    /// # Cancel safety
    /// Must be cancel safe.
    async fn next(&self) -> Hint;
}

/// The backplane of a node that is alone: it tells nobody and hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

#[async_trait]
impl Backplane for Alone {
    async fn publish(&self, _: Hint) {}

    async fn next(&self) -> Hint {
        std::future::pending().await
    }
}
