//! What it takes to move rooms from one store to another.

use async_trait::async_trait;

use crate::{Claim, CreateError, Epoch, MemberFact, Profile, RoomId, RoomMeta, Seq, StoreError, Timestamp, UserId};

/// What is left of an entry that was claimed, and then [truncated](crate::Retention::truncate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stub {
    /// Its place.
    pub seq: Seq,
    /// When it was made.
    pub at: Timestamp,
    /// The user who did it.
    pub sender: UserId,
    /// The sender's name for it.
    pub claim: Claim,
}

/// How a log begins that is not at its first entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// The seq of the entry that is appended next, at least 1.
    pub oldest: Seq,
    /// The seq of the last entry told to everyone, 0 when there is none.
    pub told: Seq,
    /// How many members the room has.
    pub members: u64,
    /// See [`RoomRecord::active_at`](crate::RoomRecord::active_at); `None` for when the room was made.
    pub active_at: Option<Timestamp>,
}

impl Default for Beginning {
    /// An empty log.
    fn default() -> Self {
        Self { oldest: 1, told: 0, members: 0, active_at: None }
    }
}

/// A store's power to be moved: to list all it keeps, and to be given what another one kept.
///
/// What can be read by [`Store`](crate::Store) alone is not here. A room is written in this order: [`begin`](Self::begin),
/// [`restore`](Self::restore), then its entries by [`Store::append`](crate::Store::append), then its read cursors by
/// [`Directory::set_read`](crate::Directory::set_read). Until the last entry is there, what is told of its members is of the future,
/// so that nobody else may use the store meanwhile.
///
/// Lists are bounded and ordered as those of [`Store`](crate::Store).
///
/// # Errors
/// As those of [`Store`](crate::Store).
#[async_trait]
pub trait Moving: Send + Sync {
    /// All users that have a name, by id, ascending, from above `after`.
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>, StoreError>;

    /// Ids of deleted rooms, which stay reserved, ascending, from above `after`.
    async fn deleted_rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomId>, StoreError>;

    /// Everyone of whom a room's log says anything, member or not, by id, ascending, from above `after`; without names.
    async fn named(&self, room: &RoomId, after: Option<&UserId>, limit: usize) -> Result<Vec<MemberFact>, StoreError>;

    /// What is left of a room's truncated entries, ascending, from above `after`.
    async fn stubs(&self, room: &RoomId, after: Seq, limit: usize) -> Result<Vec<Stub>, StoreError>;

    /// The read cursors in a room that are not 0, by user id, ascending, from above `after`.
    async fn read_cursors(
        &self,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, Seq)>, StoreError>;

    /// Makes a room whose log begins later than at 1, with nothing in it: its head is `oldest - 1`.
    async fn begin(
        &self,
        room: &RoomId,
        epoch: Epoch,
        meta: &RoomMeta,
        beginning: &Beginning,
    ) -> Result<(), CreateError>;

    /// Puts back some of what is known in a room that has just begun: at most [`MAX_BATCH`](crate::limits::MAX_BATCH) facts
    /// of users and as many stubs, which lie below its beginning.
    ///
    /// Facts may be of the log as it will be once it is whole: entries that are not newer than a fact do not change it. No
    /// guest's membership is held, whatever the facts say.
    async fn restore(&self, room: &RoomId, facts: &[MemberFact], stubs: &[Stub]) -> Result<(), StoreError>;

    /// Has the same log be another life of its room: it gets this epoch, and all else stays. Nobody else may use the store
    /// meanwhile.
    async fn renew(&self, room: &RoomId, epoch: Epoch) -> Result<(), StoreError>;
}
