//! For whom a request is made.

use core::net::IpAddr;
use std::{any::Any, fmt, sync::Arc};

use crate::{Hides, Moment, Name, Refusal, SessionId, Timestamp, UserId};

/// The user for whom a request is made, as the host application knows them.
///
/// ```
/// use chat_model::{Caller, Name, UserId};
///
/// struct Plan(&'static str);
///
/// let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?).with_claims(Plan("paid"));
/// assert_eq!(ann.claims::<Plan>().map(|plan| plan.0), Some("paid"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The name under which others see the user, until the engine knows one: then it stays, and the host changes it by
    /// `Chat::set_name`.
    pub name: Name,
    /// Whether the user administrates the server: any room's moderation, announcements.
    pub admin: bool,
    /// When the host's word for this ends, by the wall clock. The user's session is closed then, unless it brought a new
    /// token before.
    pub expires: Option<Timestamp>,
    /// The session that makes the request; `None` where the host makes it for the user.
    pub session: Option<SessionId>,
    /// As of when the host knows all this; `None` for now.
    pub as_of: Option<AsOf>,
    /// What the user does not show to others, and is not told of them. The host changes it by `Chat::hide`.
    pub hides: Hides,
    /// Where the client is, if that is known and clients of one address are counted together: for IPv6 a network's
    /// address for all of it. What guests may do is bounded by it, too.
    pub address: Option<IpAddr>,
    guest: bool,
    claims: Claims,
}

impl Caller {
    /// A user of the host application.
    pub fn new(user: UserId, name: Name) -> Self {
        let (expires, session, as_of, address, claims) = (None, None, None, None, Claims::default());
        let (admin, hides, guest) = (false, Hides::default(), false);
        Self { user, name, admin, expires, session, as_of, hides, address, guest, claims }
    }

    /// A guest of the engine's. Hosts get theirs from `Chat::guest`.
    pub fn guest(user: UserId, name: Name) -> Self {
        Self { guest: true, ..Self::new(user, name) }
    }

    /// The same user as an administrator of the server.
    #[must_use]
    pub fn administrator(self) -> Self {
        Self { admin: true, ..self }
    }

    /// The same user, who hides this from others.
    #[must_use]
    pub fn hiding(self, hides: Hides) -> Self {
        Self { hides, ..self }
    }

    /// The same, valid until then by the wall clock.
    #[must_use]
    pub fn until(self, expires: Timestamp) -> Self {
        Self { expires: Some(expires), ..self }
    }

    /// The same, as the host knew it then (`Chat::as_of`): it may have ended the user's sessions since, or renamed them.
    #[must_use]
    pub fn as_of(self, as_of: AsOf) -> Self {
        Self { as_of: Some(as_of), ..self }
    }

    /// The same, whose client is at this address.
    #[must_use]
    pub fn at(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// The same with what the host says of the user besides: policies and gates see it.
    #[must_use]
    pub fn with_claims<T: Any + Send + Sync>(self, claims: T) -> Self {
        Self { claims: Claims(Some(Arc::new(claims))), ..self }
    }

    /// What the host says of the user besides, if it is of this type.
    pub fn claims<T: Any>(&self) -> Option<&T> {
        self.claims.0.as_deref()?.downcast_ref()
    }

    /// Whether this is a guest, whose memberships end with their presence.
    pub fn is_guest(&self) -> bool {
        self.guest
    }

    /// Whether the host's word for this has ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Checks that a user of the host's does not go by an id that is kept for guests.
    ///
    /// # Errors
    /// [`Code::Unauthorized`](crate::Code::Unauthorized) if they do.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.user.is_guest() == self.guest {
            return Ok(());
        }
        Err(Refusal::unauthorized("user ids that begin with g- are kept for guests"))
    }
}

/// How much a host application had said of its users to an engine: that their sessions end, or what they are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AsOf {
    /// How often it had said something on this node.
    pub changes: u64,
    /// When that was.
    pub moment: Moment,
}

/// The host's own claims. Two are equal when they are the same value in memory.
#[derive(Clone, Default)]
struct Claims(Option<Arc<dyn Any + Send + Sync>>);

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Claims" } else { "None" })
    }
}

impl PartialEq for Claims {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl Eq for Claims {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_cannot_make_a_guest_by_its_id() {
        let (id, name) = (UserId::parse("g-7").unwrap(), Name::parse("Ann").unwrap());
        assert!(Caller::new(id.clone(), name.clone()).check().is_err());
        assert!(Caller::guest(id, name.clone()).check().is_ok());
        assert!(Caller::new(UserId::parse("ann").unwrap(), name).check().is_ok());
    }
}
