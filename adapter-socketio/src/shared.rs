//! What all connections share.

use std::{collections::HashMap, sync::Arc};

use chat_core::{Chat, Wire};

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
}
