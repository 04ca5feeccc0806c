//! Leases: which node watches over a guest's membership.

use serde::{Deserialize, Serialize};

/// What holds a guest's membership: one life of one node, which watches the guest's presence.
///
/// A membership may be held by several nodes, once by each; whose last lease is released is taken out. A node that
/// starts sweeps the leases of its earlier lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lease {
    /// The node's number; each node of one store has its own.
    pub node: u32,
    /// Its life: random at each start, at most 53 bits.
    pub incarnation: u64,
}
