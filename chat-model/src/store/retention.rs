//! How much of a room's log is kept.

use std::time::Duration;

use async_trait::async_trait;

use crate::{RoomId, Seq, StoreError};

/// How much of a room's log is kept; all of it, unless something else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Keep {
    /// The last so many entries.
    pub entries: Option<u64>,
    /// What follows the first entry that is not older than this, by the wall clock.
    pub age: Option<Duration>,
}

impl Keep {
    /// All of it.
    pub fn all() -> Self {
        Self::default()
    }

    /// Not more than the last so many entries.
    #[must_use]
    pub fn entries(self, entries: u64) -> Self {
        Self { entries: Some(entries), ..self }
    }

    /// Not what is older than this.
    #[must_use]
    pub fn age(self, age: Duration) -> Self {
        Self { age: Some(age), ..self }
    }
}

/// A store's power to remove the beginning of a log.
///
/// # Errors
/// As those of [`Store`](crate::Store).
#[async_trait]
pub trait Retention: Send + Sync {
    /// Removes what was written below `oldest`, at most up to the head. Returns the seq with which the log begins now,
    /// which never goes backwards.
    ///
    /// Pages begin there ([`Page::oldest`](crate::Page::oldest)), and messages below it are none any more. Claims stay
    /// known, with their receipts. So does what follows from the log as a whole: members and other facts of users, the
    /// room's name, names, read cursors.
    async fn truncate(&self, room: &RoomId, oldest: Seq) -> Result<Seq, StoreError>;
}
