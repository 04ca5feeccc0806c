//! What a host does with its users' sessions.

use super::Chat;
use crate::{AsOf, Caller, CloseReason, Hides, Name, Refusal, SessionId, StoreError, Text, UserId};

/// A connected client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Which session this is, on this node and in this life of it.
    pub id: SessionId,
    /// For whom it acts.
    pub caller: Caller,
}

impl Chat {
    /// The sessions on this node that act for a user, by when they began.
    pub fn sessions_of(&self, user: &UserId) -> Vec<SessionInfo> {
        let info = |live: &std::sync::Arc<crate::sessions::Live>| {
            live.caller().map(|caller| SessionInfo { id: live.id(), caller })
        };
        self.0.node.sessions.of(user).iter().filter_map(info).collect()
    }

    /// The sessions on this node whose callers are known, by when they began.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        let sessions = self.0.node.sessions.all();
        sessions.iter().filter_map(|live| live.caller().map(|caller| SessionInfo { id: live.id(), caller })).collect()
    }

    /// Ends all sessions of a user, on every node, after what waits for them was sent; how many there were on this one. With
    /// [`CloseReason::Revoked`] clients are told not to come back with the same credentials.
    ///
    /// Clients who are coming in end so, too, if the host was asked for their caller before: by the
    /// [`Authenticator`](crate::Authenticator), or [as of](Self::as_of) then.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chat_core::{Chat, CloseReason, UserId};
    ///
    /// let chat = Chat::builder().build();
    /// // A host suspends a user: first in its own database, so that they do not come in again, then here.
    /// assert_eq!(chat.end_sessions(&UserId::parse("mallory")?, CloseReason::Revoked), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn end_sessions(&self, user: &UserId, reason: CloseReason) -> usize {
        self.0.end_sessions(user, reason)
    }

    /// How much the host has said of its users by now. A host that asks itself who a client is takes this before, and
    /// hands it in with the caller: what it says meanwhile, by [`end_sessions`](Self::end_sessions) and
    /// [`set_name`](Self::set_name), then holds for the session that begins with the caller. For a token,
    /// [`authenticate`](Self::authenticate) does so.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use chat_core::{Caller, Chat, CloseReason, Name, UserId};
    ///
    /// let chat = Chat::builder().build();
    /// let as_of = chat.as_of();
    /// let mallory = Caller::new(UserId::parse("mallory")?, Name::parse("Mallory")?); // A database's answer, later.
    /// chat.end_sessions(&mallory.user, CloseReason::Revoked); // Somebody suspends them meanwhile.
    /// # struct Lines;
    /// # impl chat_core::Codec for Lines {
    /// #     fn decode(&self, _: &[u8]) -> Result<chat_core::Request, (Option<chat_core::RequestId>, chat_core::Refusal)> {
    /// #         Err((None, chat_core::Refusal::field("all", "is not read here")))
    /// #     }
    /// #     fn encode_reply(&self, _: Option<&chat_core::RequestId>, _: Result<&chat_core::Reply, &chat_core::Refusal>, _: &mut Vec<u8>) {}
    /// #     fn encode_event(&self, _: &chat_core::Event, _: &mut Vec<u8>) {}
    /// # }
    /// # let wire = chat.wire(Lines);
    /// let (_requests, mut outgoing) = chat.connect(&wire, Some(mallory.as_of(as_of)));
    /// assert_eq!(outgoing.next().await, Err(CloseReason::Revoked));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn as_of(&self) -> AsOf {
        self.0.node.sessions.as_of(self.0.node.moment())
    }

    /// Ends one session of this node's, after what waits for it was sent; whether there was one.
    pub fn end_session(&self, id: SessionId, reason: CloseReason) -> bool {
        let live = self.0.node.sessions.get(id);
        live.map(|live| live.outlet.close(reason)).is_some()
    }

    /// Has a user go by another name from now on: in what they write, in rooms they are present in, in their sessions. A
    /// session that knew them by the old name does not bring it back. Rooms in which they are present, or which know of them by the log, tell
    /// it as an [`Event::UserRenamed`](crate::Event::UserRenamed).
    ///
    /// # Errors
    /// What the store answered.
    pub async fn set_name(&self, user: &UserId, name: &Name) -> Result<(), StoreError> {
        self.0.set_name(user, name).await
    }

    /// Has a user who is gone for good leave all rooms but direct ones, and forgets when they were last connected. A room of which they
    /// are the last owner is handed over: to the moderator, or else the member, who has been there longest. Guests follow nobody. What they wrote stays.
    ///
    /// A host calls this when it deletes a user, once no session acts for them any more; `chat-accounts` does so by itself.
    ///
    /// # Errors
    /// The refusal of a room that could not be left, once all others were, and what a store's failure is answered with. Whoever
    /// calls again goes on where it ended.
    ///
    /// # Cancel safety
    /// A call that is dropped may have left some of the rooms, and each of these whole.
    pub async fn leave_all(&self, user: &UserId) -> Result<(), Refusal> {
        self.0.leave_all(user).await
    }

    /// Has a user hide this from others from now on, and nothing else: in their sessions on all nodes, which ask the host's
    /// [`People`](crate::People) then. The host keeps it.
    pub fn hide(&self, user: &UserId, hides: Hides) {
        self.0.hide(user, hides);
    }

    /// Tells all sessions of a user something of the host's own: a JSON object, as raw text. It is in no log: a user who
    /// is not connected is not told. Returns how many sessions there were on this node; those on others are told, too.
    ///
    /// # Errors
    /// [`Code::InvalidField`](crate::Code::InvalidField) for more than [`MAX_PUSH_BYTES`](crate::limits::MAX_PUSH_BYTES).
    pub fn push(&self, user: &UserId, data: impl Into<Text>) -> Result<usize, Refusal> {
        self.0.push(user, data.into())
    }
}
