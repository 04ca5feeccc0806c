//! What hosts ask most, by methods of their own: each is one [`Call`] and its reply.

use super::Chat;
use crate::{
    Call, Caller, Command, FoundRooms, FoundUsers, History, InviteCode, ListedInvite, ListedMember, NewRoom, Op,
    OwnRooms, Post, Receipt, Refusal, Reply, Restricted, Restriction, RoomId, RoomKind, RoomRecord, Seq, Timestamp,
    UserId, UserRoom, Who, Window, service::another_reply,
};

impl Chat {
    /// Makes a room, and has its creator join it, as its owner. Guests are not joined: they become its owner when they
    /// first join. Announcement rooms have no members.
    ///
    /// These are two steps. When the room was made and the join fails, the answer is the join's refusal, and the room
    /// is there: its creator may [`join`](crate::Op::Join) it, or [delete](Self::delete_room) it once they have. Asking
    /// again with the same room id is then answered [`Code::RoomExists`](crate::Code::RoomExists); without an id, a
    /// second room is made.
    ///
    /// # Errors
    /// [`Code::RoomExists`](crate::Code::RoomExists), [`Code::Forbidden`](crate::Code::Forbidden) for kinds the caller
    /// may not make, [`Code::RateLimited`](crate::Code::RateLimited) above
    /// [`Limits::rooms_per_day`](crate::Limits::rooms_per_day), and what a store's failure is answered with, that of the
    /// join included.
    pub async fn create_room(&self, caller: &Caller, room: NewRoom) -> Result<RoomRecord, Refusal> {
        match self.call(caller, Call::CreateRoom(room)).await? {
            Reply::RoomCreated(record) => Ok(*record),
            _ => Err(another_reply()),
        }
    }

    /// Has a room judge a command, and waits until it is durable.
    ///
    /// # Errors
    /// The refusal; with [`Code::OutcomeUnknown`](crate::Code::OutcomeUnknown) the command may have been done, and
    /// asking again with the same client id tells.
    ///
    /// # Cancel safety
    /// A command that is dropped may be done or not.
    pub async fn command(&self, caller: &Caller, room: &RoomId, command: Command) -> Result<Receipt, Refusal> {
        let room = room.clone();
        let call = match command {
            Command { op: Op::Join, client_id } => {
                Call::Join { room, username: None, guest_token: None, invite: None, client_id }
            }
            command => Call::Command { room, command, username: None },
        };
        match self.call(caller, call).await? {
            Reply::Committed { receipt, .. } => Ok(receipt),
            _ => Err(another_reply()),
        }
    }

    /// Writes a message, and waits until it is durable.
    ///
    /// # Errors
    /// As those of [`command`](Self::command).
    ///
    /// # Cancel safety
    /// A message that is dropped may be written or not.
    pub async fn send(&self, caller: &Caller, room: &RoomId, post: Post) -> Result<Receipt, Refusal> {
        self.command(caller, room, Command::from(post)).await
    }

    /// The direct room of the caller and another user, made if there is none yet.
    ///
    /// # Errors
    /// [`Code::UserNotFound`](crate::Code::UserNotFound) for a guest, and for a user who is not among the engine's
    /// [`People`](crate::People). Where it has none, those are known who have written something, and whom the host has
    /// [named](Self::set_name).
    pub async fn direct(&self, caller: &Caller, other: &UserId) -> Result<RoomRecord, Refusal> {
        match self.call(caller, Call::Direct { user: other.clone() }).await? {
            Reply::Direct { room, .. } => Ok(*room),
            _ => Err(another_reply()),
        }
    }

    /// Writes to another user in the direct room with them, which is made if there is none yet, and waits until the message is
    /// durable.
    ///
    /// # Errors
    /// As those of [`direct`](Self::direct) and [`send`](Self::send).
    ///
    /// # Cancel safety
    /// A message that is dropped may be written or not.
    pub async fn send_direct(&self, caller: &Caller, other: &UserId, post: Post) -> Result<(RoomId, Receipt), Refusal> {
        let call = Call::DirectMessage { user: other.clone(), client_id: None, post };
        match self.call(caller, call).await? {
            Reply::Committed { room, receipt, .. } => Ok((room, receipt)),
            _ => Err(another_reply()),
        }
    }

    /// Tells everybody something, as an administrator, in the room of announcements, and waits until it is durable.
    ///
    /// # Errors
    /// [`Code::Forbidden`](crate::Code::Forbidden) for who is no administrator,
    /// [`Code::RoomNotFound`](crate::Code::RoomNotFound) for an engine without
    /// [announcements](crate::Builder::announcements), and as those of [`command`](Self::command).
    ///
    /// # Cancel safety
    /// A broadcast that is dropped may be written or not.
    pub async fn broadcast(&self, caller: &Caller, post: Post) -> Result<Receipt, Refusal> {
        match self.call(caller, Call::Broadcast { client_id: None, post }).await? {
            Reply::Committed { receipt, .. } => Ok(receipt),
            _ => Err(another_reply()),
        }
    }

    /// Has the caller block another user: neither of them writes, reacts or edits in their direct room from now on, or opens it
    /// ([`Code::Blocked`](crate::Code::Blocked)). The other user is not told.
    ///
    /// # Errors
    /// As those of [`direct`](Self::direct).
    pub async fn block(&self, caller: &Caller, other: &UserId) -> Result<(), Refusal> {
        self.call(caller, Call::Block { user: other.clone() }).await.map(drop)
    }

    /// Has the caller block another user no more. The other user may block the caller still.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn unblock(&self, caller: &Caller, other: &UserId) -> Result<(), Refusal> {
        self.call(caller, Call::Unblock { user: other.clone() }).await.map(drop)
    }

    /// A page of the users whom the caller blocks by id, from above `after`.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn blocks(&self, caller: &Caller, after: Option<&UserId>, limit: usize) -> Result<Vec<Who>, Refusal> {
        match self.call(caller, Call::Blocks { after: after.cloned(), limit }).await? {
            Reply::Blocks(users) => Ok(users),
            _ => Err(another_reply()),
        }
    }

    /// Users whom others may find, by the beginning of words of their names, the best first: those of the host's
    /// [`People`](crate::People), in its order. The next page is asked for with [`next`](FoundUsers::next) as `after`.
    ///
    /// # Errors
    /// [`Code::InvalidField`](crate::Code::InvalidField) for what nobody can be found by,
    /// [`Code::Forbidden`](crate::Code::Forbidden) for guests, [`Code::RateLimited`](crate::Code::RateLimited),
    /// [`Code::Unsupported`](crate::Code::Unsupported) where the host searches for nobody, and what its failure is answered with.
    pub async fn users(
        &self,
        caller: &Caller,
        search: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<FoundUsers, Refusal> {
        match self.call(caller, Call::Users { search: search.into(), after: after.map(Into::into), limit }).await? {
            Reply::Users(found) => Ok(found),
            _ => Err(another_reply()),
        }
    }

    /// A room the caller may read, a public one, or a private one to which they are invited.
    ///
    /// # Errors
    /// [`Code::RoomNotFound`](crate::Code::RoomNotFound), also for what the caller may not know of.
    pub async fn room(&self, caller: &Caller, room: &RoomId) -> Result<RoomRecord, Refusal> {
        match self.call(caller, Call::Room { room: room.clone() }).await? {
            Reply::Room(record) => Ok(*record),
            _ => Err(another_reply()),
        }
    }

    /// A page of messages as they now stand.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like.
    pub async fn history(&self, caller: &Caller, room: &RoomId, window: Window) -> Result<History, Refusal> {
        match self.call(caller, Call::History { room: room.clone(), window }).await? {
            Reply::History(history) => Ok(history),
            _ => Err(another_reply()),
        }
    }

    /// How far the members of a room have read, by user id, and how many members there are: of the caller, and of the others
    /// who show it unless the caller does not. In a room with more than [`MAX_SEEN_BY`](crate::limits::MAX_SEEN_BY) members,
    /// of nobody.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like; [`Code::Blocked`](crate::Code::Blocked) in a direct room
    /// with a user whom the caller blocks, or who blocks the caller.
    pub async fn reads(&self, caller: &Caller, room: &RoomId) -> Result<(Vec<(Who, Seq)>, u64), Refusal> {
        match self.call(caller, Call::Reads { room: room.clone() }).await? {
            Reply::Reads { reads, count, .. } => Ok((reads, count)),
            _ => Err(another_reply()),
        }
    }

    /// A page of members by user id, from above `after`, and how many there are in all.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like.
    pub async fn members(
        &self,
        caller: &Caller,
        room: &RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<(Vec<ListedMember>, u64), Refusal> {
        let call = Call::Members { room: room.clone(), after: after.cloned(), limit };
        match self.call(caller, call).await? {
            Reply::Members { members, count, .. } => Ok((members, count)),
            _ => Err(another_reply()),
        }
    }

    /// A page of the users whom the room's moderators have banned or muted, by user id, from above `after`.
    ///
    /// # Errors
    /// [`Code::Forbidden`](crate::Code::Forbidden) unless the caller is a moderator or an owner, and
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like.
    pub async fn restricted(
        &self,
        caller: &Caller,
        room: &RoomId,
        restriction: Restriction,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<Restricted>, Refusal> {
        let call = Call::Restricted { room: room.clone(), restriction, after: after.cloned(), limit };
        match self.call(caller, call).await? {
            Reply::Restricted { users, .. } => Ok(users),
            _ => Err(another_reply()),
        }
    }

    /// A page of public rooms by id, from above `after`.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn public_rooms(
        &self,
        caller: &Caller,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, Refusal> {
        self.rooms(caller, RoomKind::Public, after, limit).await
    }

    /// A page of private rooms by id, from above `after`, for administrators.
    ///
    /// ```
    /// # use chat_core::{Caller, Chat, Code, Name, NewRoom, RoomKind, UserId};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let chat = Chat::builder().build();
    /// # let user = |id: &str| Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap());
    /// let den = NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse("Den")?) };
    /// let den = chat.create_room(&user("ann"), den).await?.room;
    /// assert_eq!(chat.private_rooms(&user("root").administrator(), None, 10).await?[0].room, den);
    /// assert_eq!(chat.private_rooms(&user("bob"), None, 10).await.unwrap_err().code, Code::Forbidden);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Code::Forbidden`](crate::Code::Forbidden) for who is no administrator, and what a store's failure is answered with.
    pub async fn private_rooms(
        &self,
        caller: &Caller,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, Refusal> {
        self.rooms(caller, RoomKind::Private, after, limit).await
    }

    async fn rooms(
        &self,
        caller: &Caller,
        kind: RoomKind,
        after: Option<&RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomRecord>, Refusal> {
        match self.call(caller, Call::Rooms { kind, after: after.cloned(), limit }).await? {
            Reply::Rooms(rooms) => Ok(rooms),
            _ => Err(another_reply()),
        }
    }

    /// Public rooms by the beginning of words of their names and topics, the best first: whose name is what was typed or begins so,
    /// then of which a later word of the name does, then of which one of the topic does; archived ones last. The next page is asked for
    /// with [`next`](FoundRooms::next) as `after`.
    ///
    /// ```
    /// # use chat_core::{Caller, Chat, Name, NewRoom, UserId};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let chat = Chat::builder().build();
    /// # let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
    /// let tea = chat.create_room(&ann, NewRoom::public(Name::parse("Green tea")?)).await?;
    /// let found = chat.find_rooms(&ann, "TE", None, 10).await?;
    /// assert_eq!(found.rooms[0].room, tea.room);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidField`](crate::Code::InvalidField) for what nothing can be found by, [`Code::RateLimited`](crate::Code::RateLimited),
    /// and what a store's failure is answered with.
    pub async fn find_rooms(
        &self,
        caller: &Caller,
        search: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<FoundRooms, Refusal> {
        match self.call(caller, Call::FindRooms { search: search.into(), after: after.map(Into::into), limit }).await? {
            Reply::RoomsFound(found) => Ok(found),
            _ => Err(another_reply()),
        }
    }

    /// A page of the caller's rooms, with what is unread there and the last message of each, and the page that follows.
    ///
    /// ```
    /// # use chat_core::{Caller, Chat, Name, NewRoom, OwnRooms, Post, UserId};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let chat = Chat::builder().build();
    /// # let ann = Caller::new(UserId::parse("ann")?, Name::parse("Ann")?);
    /// let tea = chat.create_room(&ann, NewRoom::public(Name::parse("Tea")?)).await?;
    /// chat.create_room(&ann, NewRoom::public(Name::parse("Coffee")?)).await?;
    /// chat.send(&ann, &tea.room, Post::text("Green or black?")).await?;
    ///
    /// let (latest, _) = chat.my_rooms(&ann, &OwnRooms::latest(), 10).await?;
    /// assert_eq!(latest[0].record.room, tea.room);
    /// assert_eq!(latest[0].last.as_ref().map(|last| &*last.text), Some("Green or black?"));
    ///
    /// // Whoever wants all rooms goes through them by id.
    /// let (mut all, mut page) = (Vec::new(), Some(OwnRooms::all()));
    /// while let Some(this) = page {
    ///     let (rooms, next) = chat.my_rooms(&ann, &this, 100).await?;
    ///     all.extend(rooms);
    ///     page = next;
    /// }
    /// assert_eq!(all.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn my_rooms(
        &self,
        caller: &Caller,
        page: &OwnRooms,
        limit: usize,
    ) -> Result<(Vec<UserRoom>, Option<OwnRooms>), Refusal> {
        match self.call(caller, Call::MyRooms { page: page.clone(), limit }).await? {
            Reply::MyRooms { rooms, next } => Ok((rooms, next)),
            _ => Err(another_reply()),
        }
    }

    /// Makes an invitation by link, which lets in so many users, until then. Its answer has the code; the room's log has not.
    ///
    /// ```
    /// # use chat_core::{Caller, Chat, Name, NewRoom, RoomKind, UserId};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let chat = Chat::builder().build();
    /// # let user = |id: &str| Caller::new(UserId::parse(id).unwrap(), Name::parse(id).unwrap());
    /// # let (ann, bob) = (user("ann"), user("bob"));
    /// let den = NewRoom { kind: RoomKind::Private, ..NewRoom::public(Name::parse("Den")?) };
    /// let den = chat.create_room(&ann, den).await?.room;
    /// let code = chat.create_invite(&ann, &den, None, Some(1)).await?.code.unwrap();
    /// assert_eq!(chat.join_by_invite(&bob, &code).await?.room, den);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Code::Forbidden`](crate::Code::Forbidden) and the like, and [`Code::TooManyInvites`](crate::Code::TooManyInvites).
    pub async fn create_invite(
        &self,
        caller: &Caller,
        room: &RoomId,
        expires: Option<Timestamp>,
        uses: Option<u32>,
    ) -> Result<ListedInvite, Refusal> {
        let call = Call::MakeInvite { room: room.clone(), expires, uses, client_id: None };
        match self.call(caller, call).await? {
            Reply::InviteMade { invite, .. } => Ok(*invite),
            _ => Err(another_reply()),
        }
    }

    /// A room's invitations by link, for those who may invite.
    ///
    /// # Errors
    /// [`Code::Forbidden`](crate::Code::Forbidden) and the like.
    pub async fn invites(&self, caller: &Caller, room: &RoomId) -> Result<Vec<ListedInvite>, Refusal> {
        match self.call(caller, Call::Invites { room: room.clone() }).await? {
            Reply::Invites { invites, .. } => Ok(invites),
            _ => Err(another_reply()),
        }
    }

    /// Makes the caller a member of the room of an invitation's code. A member uses nothing up.
    ///
    /// # Errors
    /// [`Code::InviteNotFound`](crate::Code::InviteNotFound) for a code that is good no more, or never was, and
    /// [`Code::Banned`](crate::Code::Banned).
    pub async fn join_by_invite(&self, caller: &Caller, code: &InviteCode) -> Result<RoomRecord, Refusal> {
        let (room, invite) = (code.room().clone(), Some(code.key()));
        let join = Call::Join { room, username: None, guest_token: None, invite, client_id: None };
        self.call(caller, join).await?;
        self.room(caller, code.room()).await
    }

    /// Moves the caller's read cursor forward, and tells the room. Returns where it stands.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like.
    pub async fn mark_read(&self, caller: &Caller, room: &RoomId, seq: Seq) -> Result<Seq, Refusal> {
        match self.call(caller, Call::Read { room: room.clone(), seq }).await? {
            Reply::ReadMoved { seq, .. } => Ok(seq),
            _ => Err(another_reply()),
        }
    }

    /// Deletes a room with all it holds. Subscriptions end; the id stays reserved.
    ///
    /// # Errors
    /// [`Code::NotAMember`](crate::Code::NotAMember) and the like for a caller who may not read it, and
    /// [`Code::Forbidden`](crate::Code::Forbidden) unless the caller is an owner of it or an administrator, and for
    /// inboxes. [`Code::Busy`](crate::Code::Busy) if so much is written in it that it could not be deleted within
    /// [`Limits::command_ms`](crate::Limits::command_ms).
    pub async fn delete_room(&self, caller: &Caller, room: &RoomId) -> Result<(), Refusal> {
        self.call(caller, Call::DeleteRoom { room: room.clone() }).await.map(drop)
    }
}
