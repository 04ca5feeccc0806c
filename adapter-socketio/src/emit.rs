//! How clients are told what happens.

use std::sync::Arc;

use chat_core::Event;
use serde::Serialize;

use crate::packet;

/// Says how clients are told an event; `None` if they are not.
pub(crate) type Tell = Arc<dyn Fn(&Event) -> Option<Emit> + Send + Sync>;

/// An event as clients are told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emit {
    pub(crate) event: String,
    pub(crate) payload: String,
    pub(crate) others: bool,
    pub(crate) refresh: bool,
}

impl Emit {
    /// An event of this name with this payload.
    pub fn new(event: impl Into<String>, payload: &impl Serialize) -> Self {
        Self { event: event.into(), payload: packet::json(payload), others: false, refresh: false }
    }

    /// The same, for all but the user who did it.
    #[must_use]
    pub fn to_others(self) -> Self {
        Self { others: true, ..self }
    }

    /// The same, and each client's [`refresh`](crate::Namespace::refresh) follows soon after.
    #[must_use]
    pub fn then_refresh(self) -> Self {
        Self { refresh: true, ..self }
    }
}
