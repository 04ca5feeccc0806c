//! Accounts, as a store keeps them.

use chat_core::{Hides, Timestamp, UserId};

use crate::{Email, Identity, PasswordHash, Username};

/// A user of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user's id, which never changes.
    pub user: UserId,
    /// The name by which they log in.
    pub username: Username,
    /// Their email address, if they gave one.
    pub email: Option<Email>,
    /// The hash of their password; without one nobody logs in by a password.
    pub password: Option<PasswordHash>,
    /// Who they are at a provider, if they sign in there.
    pub identity: Option<Identity>,
    /// Whether they administrate the server.
    pub admin: bool,
    /// Whether they may log in.
    pub standing: Standing,
    /// Whether others find them by their name.
    pub findable: bool,
    /// What others do not see of them, and they do not see of others.
    pub hides: Hides,
    /// When the account was made.
    pub created_at: Timestamp,
    /// How often the account was changed: a store takes a change only of what it still has.
    pub revision: u64,
}

/// Whether the user of an account may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// The user may log in.
    Active,
    /// An administrator has suspended the user.
    Suspended,
    /// The user has deleted their account. Its username stays taken until an administrator frees it.
    Deleted,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Deleted];

    /// The standing as text, for stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }

    /// The standing of this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }
}

impl Account {
    /// Whether the user may log in, and stay so.
    pub fn is_active(&self) -> bool {
        self.standing == Standing::Active
    }

    /// Whether the user has deleted it.
    pub fn is_deleted(&self) -> bool {
        self.standing == Standing::Deleted
    }

    /// What is left of an account that its user deletes: that its name is taken.
    #[must_use]
    pub fn deleted(self) -> Self {
        Self { email: None, password: None, identity: None, admin: false, standing: Standing::Deleted, ..self }
    }
}
