//! The `Leases` trait: which nodes watch over guests.

use async_trait::async_trait;

use super::StoreError;
use crate::{Lease, RoomId, Seq, UserId};

/// A store's power to hold guests' memberships by the nodes that watch over them.
///
/// # Errors
/// As those of [`Store`](crate::Store).
#[async_trait]
pub trait Leases: Send + Sync {
    /// Lets this lease, too, hold the guest's membership that began at `since`; an earlier life of its node no longer
    /// does. If there is no such membership (it has ended, the user is no guest), it changes nothing.
    async fn hold_lease(&self, room: &RoomId, user: &UserId, since: Seq, lease: Lease) -> Result<(), StoreError>;

    /// Has no life of this node hold the guest's membership that began at `since`. If there is no such membership, or
    /// the node does not hold it, it changes nothing.
    async fn release_lease(&self, room: &RoomId, user: &UserId, since: Seq, node: u32) -> Result<(), StoreError>;

    /// Memberships of guests, by the seq at which they began, that an earlier life of this lease's node holds, or that
    /// nobody holds; in any order, at most `limit`.
    async fn stale_leases(&self, current: Lease, limit: usize) -> Result<Vec<(RoomId, UserId, Seq)>, StoreError>;
}
