//! How clients are told what happens.

use std::sync::Arc;

use chat_core::{Event, UserId};
use serde::Serialize;

use crate::packet;

/// Says how clients are told an event; `None` if they are not.
pub(crate) type Tell = Arc<dyn Fn(&Event) -> Option<Emit> + Send + Sync>;

/// An event as clients are told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emit {
    /// Empty where nothing is told.
    pub(crate) event: String,
    pub(crate) payload: String,
    /// The user who is not told.
    pub(crate) but: Option<UserId>,
    pub(crate) refresh: bool,
    pub(crate) more: Vec<Emit>,
}

impl Emit {
    /// An event of this name with this payload.
    pub fn new(event: impl Into<String>, payload: &impl Serialize) -> Self {
        Self { event: event.into(), payload: packet::json(payload), but: None, refresh: false, more: Vec::new() }
    }

    /// Nothing but that each client's [`refresh`](crate::Namespace::refresh) follows soon after.
    pub fn refresh() -> Self {
        Self { refresh: true, ..Self::new("", &()) }
    }

    /// The same, for all but this user: whoever did it knows it from the answer.
    #[must_use]
    pub fn but(self, user: &UserId) -> Self {
        Self { but: Some(user.clone()), ..self }
    }

    /// The same, and each client's [`refresh`](crate::Namespace::refresh) follows soon after.
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
