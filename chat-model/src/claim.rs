//! Claims: how a retry is told from another command.

use serde::{Deserialize, Serialize};

use crate::ClientId;

/// SHA-256 over a command's raw fields: how a retry is told from another command under the same client id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// A client's name for a command, with the digest of what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The name, unique per room and sender for ever.
    pub client_id: ClientId,
    /// The digest of the request made under it.
    pub digest: Digest,
}
