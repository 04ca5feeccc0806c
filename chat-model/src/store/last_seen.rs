//! The `LastSeen` trait: when users were last connected.

use async_trait::async_trait;

use super::StoreError;
use crate::{Timestamp, UserId};

/// A store's power to keep with each user's profile when they were last connected. It goes with the profile when that is
/// [erased](super::Directory::set_profile).
///
/// At most [`SEEN_BATCH`](crate::limits::SEEN_BATCH) users are given or asked about at once.
///
/// # Errors
/// As those of [`Store`](crate::Store).
#[async_trait]
pub trait LastSeen: Send + Sync {
    /// Users were connected at these times: of each user the latest stays that was ever given. Users without a profile are left
    /// out, as nobody could ask about them.
    async fn seen(&self, users: &[(UserId, Timestamp)]) -> Result<(), StoreError>;

    /// When these users were last connected, of those for whom that is known, in any order.
    async fn when_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, StoreError>;

    /// Erases when a user was last connected. What is not known is erased already.
    async fn forget_seen(&self, user: &UserId) -> Result<(), StoreError>;
}
