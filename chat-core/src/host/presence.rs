//! The versions of a room's presence that this node knows, which nodes compare without asking the room's host.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Lease, PresenceVersion};

/// The versions of a room's presence that this node knows.
#[derive(Default)]
pub(crate) struct PresenceVersions(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Of this node's own users.
    opening: u64,
    sum: u64,
    /// Of the users of others.
    others: Vec<PresenceVersion>,
}

impl PresenceVersions {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, opening: u64, sum: u64, others: Vec<PresenceVersion>) {
        *self.known() = Known { opening, sum, others };
    }

    /// The known versions of other nodes.
    pub(crate) fn others(&self) -> Vec<PresenceVersion> {
        self.known().others.clone()
    }

    /// Whether any presence of a node is known.
    pub(crate) fn knows(&self, node: Lease) -> bool {
        self.known().others.iter().any(|version| version.node == node)
    }

    /// Whether a node that knows this version of this node's presence knows all of it.
    pub(crate) fn is_known(&self, theirs: Option<&PresenceVersion>) -> bool {
        let own = self.known();
        match theirs {
            Some(theirs) => (theirs.opening, theirs.sum) == (own.opening, own.sum),
            None => own.sum == 0,
        }
    }
}
