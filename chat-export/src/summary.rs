//! What a file or a store holds, in numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::hex;

/// How many there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Counts {
    /// Accounts. Files from before there were any do not say so.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub accounts: u64,
    /// Users who have a name.
    pub users: u64,
    /// Ids that stay reserved.
    pub deleted_rooms: u64,
    /// Rooms.
    pub rooms: u64,
    /// Users of whom a room's log says anything, members or not, in all rooms.
    pub members: u64,
    /// What is left of entries that retention removed, in all rooms.
    pub stubs: u64,
    /// Entries, in all rooms.
    pub entries: u64,
    /// Read cursors, in all rooms.
    pub reads: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, users, deleted_rooms, rooms, members, stubs, entries, reads } = self;
        write!(f, "users: {users}, rooms: {rooms}, members: {members}, entries: {entries}, ")?;
        write!(f, "read cursors: {reads}, stubs: {stubs}, ids of deleted rooms: {deleted_rooms}, accounts: {accounts}")
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands in a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Counts, and a checksum of all that was counted. Two stores with equal ones keep the same, whatever kind they are of.
///
/// Not in it are what an import makes anew (epochs), what is a node's own (who holds a guest's membership), and what waits
/// beside the logs ([`Intake`](chat_core::Intake)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Summary {
    /// How much it is.
    pub counts: Counts,
    /// SHA-256 over all lines of the file but the last.
    #[serde(with = "hex")]
    pub sha256: [u8; 32],
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; SHA-256 {}", self.counts, hex::text(&self.sha256))
    }
}
