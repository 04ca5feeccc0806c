//! What all connections share.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use adapter_axum::Buckets;
use chat_core::{Chat, Code, Refusal, Wire};

use crate::{Namespace, kept::Kept};

/// A namespace with the wire of its packets.
pub(crate) struct Mounted {
    pub(crate) table: Namespace,
    pub(crate) wire: Wire,
}

pub(crate) struct Shared {
    pub(crate) chat: Chat,
    pub(crate) namespaces: HashMap<String, Arc<Mounted>>,
    pub(crate) kept: Arc<Kept>,
    /// How often clients of one address may come of whom it is not known who they are.
    pub(crate) strangers: Option<Buckets<IpAddr>>,
}

impl Shared {
    /// Counts a client of whom it is not known who they are, where its address is.
    pub(crate) fn count_stranger(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        match (&self.strangers, address) {
            (Some(strangers), Some(address)) if !strangers.take(address) => {
                Err(Refusal::new(Code::RateLimited, "too many clients of this address in a short time"))
            }
            _ => Ok(()),
        }
    }
}
