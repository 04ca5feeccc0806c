//! Who is talking.

use crate::{Name, UserId};

/// An authenticated user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// Under which name others see them.
    pub name: Name,
    /// Whether they administrate the server: any room's moderation, announcements.
    pub admin: bool,
}

impl Caller {
    /// A user as the host application knows them.
    pub fn new(user: UserId, name: Name) -> Self {
        Self { user, name, admin: false }
    }

    /// Whether this is a guest, whose memberships end with their presence.
    pub fn is_guest(&self) -> bool {
        self.user.is_guest()
    }
}
