//! The events that clients receive.

use std::sync::Arc;

use chat_core::{Event, UserId};
use serde::Serialize;

use crate::packet;

/// Says as what clients receive an event of the engine; `None` if they do not receive it.
pub(crate) type Tell = Arc<dyn Fn(&Event) -> Option<Emit> + Send + Sync>;

/// An event as clients receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emit {
    /// The event's name. Empty if only [`refresh`](Emit::refresh) follows.
    pub(crate) event: String,
    pub(crate) payload: String,
    /// The user whose clients do not receive it.
    pub(crate) but: Option<UserId>,
    pub(crate) refresh: bool,
    pub(crate) more: Vec<Emit>,
}

impl Emit {
    /// An event of this name with this payload.
    pub fn new(event: impl Into<String>, payload: &impl Serialize) -> Self {
        Self { event: event.into(), payload: packet::json(payload), but: None, refresh: false, more: Vec::new() }
    }

    /// No event, but each client's [`refresh`](crate::Namespace::refresh) hook runs soon after.
    pub fn refresh() -> Self {
        Self { refresh: true, ..Self::new("", &()) }
    }

    /// The same for all but this user, who knows of it from the acknowledgement.
    #[must_use]
    pub fn but(self, user: &UserId) -> Self {
        Self { but: Some(user.clone()), ..self }
    }

    /// The same, and each client's [`refresh`](crate::Namespace::refresh) hook runs soon after.
    #[must_use]
    pub fn then_refresh(self) -> Self {
        Self { refresh: true, ..self }
    }

    /// Several events, in this order; `None` for none. In a busy room those who come and go are
    /// [told together](chat_core::Event::MembersChanged).
    pub fn all(emits: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut emits = emits.into_iter();
        let mut first = emits.next()?;
        first.more.extend(emits);
        Some(first)
    }
}
