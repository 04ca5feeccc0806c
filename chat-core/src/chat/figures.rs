//! How much goes on on a node.

use std::collections::HashSet;

use super::Chat;
use crate::UserId;

/// How much goes on on one node at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figures {
    /// Sessions, those whose callers are not known yet, too.
    pub connections: usize,
    /// Users who have a session.
    pub users: usize,
    /// Guests who have one.
    pub guests: usize,
    /// Rooms that have a host.
    pub open_rooms: usize,
}

impl Chat {
    /// How much goes on on this node. It looks at each session.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chat_core::{Caller, Chat, Name, UserId};
    ///
    /// let chat = Chat::builder().build();
    /// let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
    /// let (_laptop, _phone) = (chat.session(ann.clone()), chat.session(ann));
    /// let figures = chat.figures();
    /// assert_eq!((figures.connections, figures.users, figures.guests), (2, 1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn figures(&self) -> Figures {
        let callers: HashSet<UserId> = self.sessions().into_iter().map(|session| session.caller.user).collect();
        let guests = callers.iter().filter(|user| user.is_guest()).count();
        let open_rooms = self.0.registry.hosts().len();
        Figures { connections: self.connections(), users: callers.len() - guests, guests, open_rooms }
    }
}
