//! The state that all connections of a server share.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use adapter_axum::Buckets;
use chat_core::{Chat, Code, Refusal, Wire};

use crate::{Namespace, kept::Kept};

/// A namespace, with the wire on which its packets are encoded.
pub(crate) struct Mounted {
    pub(crate) table: Namespace,
    pub(crate) wire: Wire,
}

pub(crate) struct Shared {
    pub(crate) chat: Chat,
    pub(crate) namespaces: HashMap<String, Arc<Mounted>>,
    pub(crate) kept: Arc<Kept>,
    /// How often unknown clients of one address may connect.
    pub(crate) strangers: Option<Buckets<IpAddr>>,
}

impl Shared {
    /// Counts an unknown client against the rate of its address. A client without an address is not counted.
    pub(crate) fn count_stranger(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        match (&self.strangers, address) {
            (Some(strangers), Some(address)) if !strangers.take(address) => {
                Err(Refusal::new(Code::RateLimited, "too many clients of this address in a short time"))
            }
            _ => Ok(()),
        }
    }
}
