//! The `Directory` trait: who is where, how far they have read, and what they are called.

use async_trait::async_trait;

use super::{RoomKind, RoomRecord, StoreError};
use crate::{
    Activity, MemberFact, Name, OwnRooms, Place, Prefix, Preview, Restriction, Role, RoomId, Seq, Timestamp, UserId,
    Who,
};

/// A room and one user's place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRoom {
    /// The room.
    pub record: RoomRecord,
    /// The user's role.
    pub role: Role,
    /// The seq of the entry by which they joined.
    pub since: Seq,
    /// Up to where they have read, 0 when nowhere.
    pub read: Seq,
    /// Messages above both `read` and the entry by which they joined, neither deleted nor written by them. A store may leave
    /// out what lies more than [`MAX_UNREAD`](crate::limits::MAX_UNREAD) messages back.
    pub unread: u64,
    /// Of these, those that mention them as they now stand (see [`Message::mentions`](crate::Message::mentions)), counted likewise.
    pub mentions: u64,
    /// The other user of a direct room. The engine finds out who that is ([`Directory::others`]); stores leave it out.
    pub peer: Option<Who>,
    /// The room's last message, if the store still has it. Whether the user may read it is not the store's to say.
    pub last: Option<Preview>,
}

impl UserRoom {
    /// Where it stands in a list by activity.
    pub fn activity(&self) -> Activity {
        self.record.activity()
    }
}

/// A public room that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRoom {
    /// Where: the next page begins behind it.
    pub place: Place<RoomId>,
    /// The room.
    pub record: RoomRecord,
}

/// A user's last known name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The user.
    pub user: UserId,
    /// Their name.
    pub name: Name,
}

/// What a store knows of rooms and people beside the logs: every [`Store`](crate::Store) has it.
///
/// Lists are at most as long as [`MAX_PAGE`](crate::limits::MAX_PAGE), whatever `limit` says; ids are ordered by their
/// bytes. Profiles are asked of at most a thousand users at once.
///
/// # Errors
/// As those of [`Store`](crate::Store).
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// Members by user id, ascending, from above `after`.
    async fn members(&self, room: &RoomId, after: Option<&UserId>, limit: usize)
    -> Result<Vec<MemberFact>, StoreError>;

    /// Users of whom the restriction holds at this time, members or not, by user id, ascending, from above `after`
    /// ([`Restriction::holds`]).
    async fn restricted(
        &self,
        room: &RoomId,
        restriction: Restriction,
        at: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<MemberFact>, StoreError>;

    /// All rooms by id, ascending, from above `after`.
    async fn rooms(&self, after: Option<&RoomId>, limit: usize) -> Result<Vec<RoomRecord>, StoreError>;

    /// Rooms of one kind, by id, ascending, from above `after`: those that guests have made
    /// ([`RoomMeta::is_guests`](crate::RoomMeta::is_guests)), or those that others have. None of other kinds than public and private.
    async fn rooms_of_kind(
        &self,
        kind: RoomKind,
        by_guests: bool,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, StoreError>;

    /// Rooms one of whose [words](crate::RoomMeta::words) begins so, by [`Place`], from above `after`: each once. What a room is
    /// called, and whether it is there, holds for whoever searches then.
    async fn find_rooms(
        &self,
        prefix: &Prefix,
        after: Option<&Place<RoomId>>,
        limit: usize,
    ) -> Result<Vec<FoundRoom>, StoreError>;

    /// A page of the rooms of which the user is a member, in the order of the page. The number of queries does not depend on
    /// how many rooms there are, nor on how many messages they hold.
    async fn rooms_of(&self, user: &UserId, page: &OwnRooms, limit: usize) -> Result<Vec<UserRoom>, StoreError>;

    /// Of each of these direct rooms, at most [`MAX_PAGE`](crate::limits::MAX_PAGE), the member who is not this user, in any order.
    /// Rooms that have no other member, or do not exist, are left out.
    async fn others(&self, user: &UserId, rooms: &[RoomId]) -> Result<Vec<(RoomId, UserId)>, StoreError>;

    /// The users whom this one blocks, by id, ascending, from above `after`: as the logs of direct rooms say
    /// ([`MemberFact::blocks`]).
    async fn blocks(&self, user: &UserId, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError>;

    /// Moves a user's read cursor in a room, member or not, forward to `seq`, at most to the head; never backwards.
    /// Returns where it stands.
    async fn set_read(&self, room: &RoomId, user: &UserId, seq: Seq) -> Result<Seq, StoreError>;

    /// Where the read cursors of these users in a room stand, in any order; those that were never moved are left out. Of at
    /// most a thousand users at once, members or not.
    async fn reads(&self, room: &RoomId, users: &[UserId]) -> Result<Vec<(UserId, Seq)>, StoreError>;

    /// The profiles of those of the users that have one, in any order.
    async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError>;

    /// Sets a user's name, or erases it.
    async fn set_profile(&self, user: &UserId, name: Option<&Name>) -> Result<(), StoreError>;
}
