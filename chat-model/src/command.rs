//! Commands: what a user asks of a room's log.

#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};

use crate::{
    AttachmentId, ClientId, Digest, InviteKey, Name, Notice, Post, Role, RoomChange, Seq, Text, Timestamp, UserId,
    emoji, limits,
    refusal::{Code, Refusal},
    unicode,
};

/// A request for one entry in a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The client's name for it; a retry under the same name gets the first answer.
    pub client_id: Option<ClientId>,
    /// What is asked.
    pub op: Op,
}

/// What may be asked of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Become a member.
    Join,
    /// Stop being one, on all devices.
    Leave,
    /// Write a message.
    Send(Post),
    /// Change one's own message.
    Edit {
        /// The message.
        target: Seq,
        /// The new text.
        text: Text,
        /// Whom the new text mentions.
        mentions: Vec<UserId>,
        /// Whether it mentions everybody who is in the room, too.
        mentions_room: bool,
    },
    /// Delete a message.
    Delete {
        /// The message.
        target: Seq,
    },
    /// React to a message.
    React {
        /// The message.
        target: Seq,
        /// With what.
        emoji: Text,
    },
    /// Take a reaction back.
    Unreact {
        /// The message.
        target: Seq,
        /// Which.
        emoji: Text,
    },
    /// Pin a message.
    Pin {
        /// The message.
        target: Seq,
    },
    /// Unpin a message.
    Unpin {
        /// The message.
        target: Seq,
    },
    /// Remove a member, who may come back.
    Kick {
        /// The member.
        user: UserId,
        /// Why.
        reason: Option<Text>,
    },
    /// Remove a user, who may not come back.
    Ban {
        /// The user.
        user: UserId,
        /// Why.
        reason: Option<Text>,
    },
    /// Lift a ban.
    Unban {
        /// The user.
        user: UserId,
    },
    /// Forbid a member to write until then; `None` lifts it.
    Mute {
        /// The member.
        user: UserId,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// Give a member another role.
    SetRole {
        /// The member.
        user: UserId,
        /// The role.
        role: Role,
    },
    /// Give a user the right to join a private room.
    Invite {
        /// The user.
        user: UserId,
    },
    /// Become a member by an invitation's code.
    JoinByInvite {
        /// The code's key.
        key: InviteKey,
    },
    /// Make an invitation by link; key and salt are the engine's choice.
    MakeInvite {
        /// The key of its code.
        key: InviteKey,
        /// See [`Invite::salt`](crate::Invite::salt).
        salt: Text,
        /// Until when it is good; `None` for good.
        expires: Option<Timestamp>,
        /// How many users it lets in; `None` for any number.
        uses: Option<u32>,
    },
    /// Take an invitation by link back.
    RevokeInvite {
        /// The key of its code.
        key: InviteKey,
    },
    /// Change the room: its name, its topic, or whether it is archived.
    Change(RoomChange),
    /// Make the caller's successor an owner, if the caller is the room's last owner: the member who is next by role, and then by the
    /// seq at which they joined. See [`is_of_engine`](Op::is_of_engine).
    HandOver,
    /// In a direct room: block the other user. See [`is_of_engine`](Op::is_of_engine).
    Block {
        /// The other user.
        user: UserId,
    },
    /// In a direct room: block the other user no more. See [`is_of_engine`](Op::is_of_engine).
    Unblock {
        /// The other user.
        user: UserId,
    },
    /// Tell an inbox's owner something. See [`is_of_engine`](Op::is_of_engine).
    Notify(Notice),
}

impl Op {
    /// The name of the operation, as in digests and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Send(_) => "send",
            Self::Edit { .. } => "edit",
            Self::Delete { .. } => "delete",
            Self::React { .. } => "react",
            Self::Unreact { .. } => "unreact",
            Self::Pin { .. } => "pin",
            Self::Unpin { .. } => "unpin",
            Self::Kick { .. } => "kick",
            Self::Ban { .. } => "ban",
            Self::Unban { .. } => "unban",
            Self::Mute { .. } => "mute",
            Self::SetRole { .. } => "set-role",
            Self::Invite { .. } => "invite",
            Self::JoinByInvite { .. } => "join-by-invite",
            Self::MakeInvite { .. } => "create-invite",
            Self::RevokeInvite { .. } => "revoke-invite",
            Self::Change(change) if change.is_name_alone() => "rename",
            Self::Change(_) => "change-room",
            Self::HandOver => "hand-over",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Notify(_) => "notify",
        }
    }

    /// Whether it makes a member of who gives it.
    pub fn is_join(&self) -> bool {
        matches!(self, Self::Join | Self::JoinByInvite { .. })
    }

    /// Whether only the engine gives this command to a room, for a [`Call`](crate::Call) of another kind or by itself.
    pub fn is_of_engine(&self) -> bool {
        self.is_join()
            || matches!(
                self,
                Self::MakeInvite { .. } | Self::HandOver | Self::Block { .. } | Self::Unblock { .. } | Self::Notify(_)
            )
    }

    /// The message it is about.
    pub fn target(&self) -> Option<Seq> {
        match self {
            Self::Edit { target, .. }
            | Self::Delete { target }
            | Self::React { target, .. }
            | Self::Unreact { target, .. }
            | Self::Pin { target }
            | Self::Unpin { target } => Some(*target),
            Self::Send(post) => post.reply_to,
            _ => None,
        }
    }

    /// Whether it has a message mention everybody who is in the room.
    pub fn mentions_room(&self) -> bool {
        match self {
            Self::Send(post) => post.mentions_room,
            Self::Edit { mentions_room, .. } => *mentions_room,
            _ => false,
        }
    }

    /// The other user it is about.
    pub fn subject(&self) -> Option<&UserId> {
        match self {
            Self::Kick { user, .. }
            | Self::Ban { user, .. }
            | Self::Unban { user }
            | Self::Mute { user, .. }
            | Self::SetRole { user, .. }
            | Self::Invite { user }
            | Self::Block { user }
            | Self::Unblock { user } => Some(user),
            _ => None,
        }
    }

    /// Checks what can be checked without knowing the room.
    ///
    /// # Errors
    /// A [`Refusal`] naming the field that breaks a rule.
    pub fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Send(post) => check_post(post),
            Self::Edit { text, mentions, .. } => {
                check_mentions(mentions)?;
                check_message(text)
            }
            Self::React { emoji, .. } => {
                check_text("emoji", emoji, limits::MAX_EMOJI_BYTES)?;
                let what = || Refusal::field("emoji", "is neither one emoji nor a short name of [a-z0-9_+-]");
                emoji::reaction(emoji).map(drop).ok_or_else(what)
            }
            Self::Change(change) if change.is_empty() => {
                Err(Refusal::field("roomName", "or topic, archived or slowModeMs must be given"))
            }
            Self::Change(change) => check_change(change),
            // What was let in before today's rules can be taken back.
            Self::Unreact { emoji, .. } => check_text("emoji", emoji, limits::MAX_EMOJI_BYTES),
            Self::MakeInvite { uses: Some(uses), .. } if !(1..=limits::MAX_INVITE_USES).contains(uses) => {
                Err(Refusal::field("uses", "must be a whole number from 1 to 100000"))
            }
            Self::Kick { reason: Some(reason), .. } | Self::Ban { reason: Some(reason), .. } => {
                check_text("reason", reason, limits::MAX_REASON_BYTES)
            }
            _ => Ok(()),
        }
    }

    /// The digest of the raw fields, kinds by their names. The encoding below is for ever: stored digests are compared with it.
    pub fn digest(&self) -> Digest {
        let mut fields = Fields(Sha256::new());
        fields.text(self.name());
        match self {
            Self::Join | Self::Leave | Self::HandOver => {}
            Self::Send(post) => fields.post(post),
            Self::Edit { target, text, mentions, mentions_room } => {
                fields.number(*target);
                fields.text(text);
                fields.list(mentions.iter().map(UserId::as_str));
                fields.mentions_room(*mentions_room);
            }
            Self::Delete { target } | Self::Pin { target } | Self::Unpin { target } => fields.number(*target),
            Self::React { target, emoji } | Self::Unreact { target, emoji } => {
                fields.number(*target);
                fields.text(emoji);
            }
            Self::Kick { user, reason } | Self::Ban { user, reason } => {
                fields.text(user.as_str());
                fields.option(reason.as_deref());
            }
            Self::Unban { user } | Self::Invite { user } | Self::Block { user } | Self::Unblock { user } => {
                fields.text(user.as_str());
            }
            Self::JoinByInvite { key } | Self::RevokeInvite { key } => fields.text(key.as_str()),
            // Key and salt are no fields of the request's.
            Self::MakeInvite { expires, uses, .. } => {
                fields.list(expires.iter().map(|t| t.0.to_string()));
                fields.list(uses.iter().map(u32::to_string));
            }
            Self::Mute { user, until } => {
                fields.text(user.as_str());
                fields.list(until.iter().map(|t| t.0.to_string()));
            }
            Self::SetRole { user, role } => {
                fields.text(user.as_str());
                fields.text(role.name());
            }
            Self::Change(RoomChange { name: Some(name), topic: None, archived: None, slow_mode_ms: None }) => {
                fields.text(name.as_str());
            }
            Self::Change(RoomChange { name, topic, archived, slow_mode_ms }) => {
                fields.option(name.as_ref().map(Name::as_str));
                fields.option(topic.as_deref());
                fields.list(archived.iter().map(bool::to_string));
                // Digests from before there was such a thing stay what they are.
                if let Some(ms) = slow_mode_ms {
                    fields.number(u64::from(*ms));
                }
            }
            Self::Notify(notice) => fields.notice(notice),
        }
        Digest(fields.0.finalize().into())
    }
}

/// Length-prefixed, so that no two different lists of fields read the same.
struct Fields(Sha256);

impl Fields {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn list<T: AsRef<str>>(&mut self, items: impl ExactSizeIterator<Item = T>) {
        self.number(items.len() as u64);
        for item in items {
            self.text(item.as_ref());
        }
    }

    fn option(&mut self, text: Option<&str>) {
        self.list(text.into_iter());
    }

    fn notice(&mut self, notice: &Notice) {
        self.text(notice.name());
        match notice {
            Notice::Invited { room, by } | Notice::DirectOpened { room, by } => {
                self.text(room.as_str());
                self.text(by.as_str());
            }
            Notice::Removed { room, by, banned } => {
                self.text(room.as_str());
                self.text(by.as_str());
                self.number(u64::from(*banned));
            }
            Notice::Blocked { user } | Notice::Unblocked { user } => self.text(user.as_str()),
        }
    }

    fn post(&mut self, post: &Post) {
        self.text(&post.text);
        self.number(post.reply_to.unwrap_or(0));
        self.list(post.mentions.iter().map(UserId::as_str));
        self.list(post.attachments.iter().map(AttachmentId::as_str));
        self.option(post.data.as_deref());
        // Digests of messages that do not expire are what they were before any did.
        if let Some(expires) = post.expires_at {
            self.text(&expires.0.to_string());
        }
        self.mentions_room(post.mentions_room);
    }

    /// Digests of what does not mention the room are what they were before anything did.
    fn mentions_room(&mut self, mentions_room: bool) {
        if mentions_room {
            self.text("mentions-room");
        }
    }
}

fn check_change(RoomChange { topic, slow_mode_ms, .. }: &RoomChange) -> Result<(), Refusal> {
    if slow_mode_ms.is_some_and(|ms| ms > limits::MAX_SLOW_MODE_MS) {
        return Err(Refusal::field("slowModeMs", "must be a whole number from 0 to 21600000"));
    }
    match topic {
        Some(topic) if !topic.is_empty() => check_text("topic", topic, limits::MAX_TOPIC_BYTES),
        _ => Ok(()),
    }
}

fn check_post(post: &Post) -> Result<(), Refusal> {
    check_message(&post.text)?;
    check_mentions(&post.mentions)?;
    if post.attachments.len() > limits::MAX_ATTACHMENTS {
        return Err(Refusal::field("attachments", "a message has at most 16 attachments"));
    }
    match &post.data {
        Some(data) => check_text("data", data, limits::MAX_DATA_BYTES),
        None => Ok(()),
    }
}

/// A message shows something; otherwise its text is the sender's, byte for byte.
fn check_message(text: &str) -> Result<(), Refusal> {
    check_text("message", text, limits::MAX_TEXT_BYTES)?;
    if unicode::shows_something(text) { Ok(()) } else { Err(Refusal::field("message", "shows nothing")) }
}

fn check_mentions(mentions: &[UserId]) -> Result<(), Refusal> {
    if mentions.len() > limits::MAX_MENTIONS {
        return Err(Refusal::field("mentions", "a message mentions at most 64 users"));
    }
    Ok(())
}

fn check_text(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(Refusal::field(field, "is empty"));
    }
    if text.contains('\0') {
        return Err(Refusal::field(field, "holds U+0000"));
    }
    if text.len() > most {
        let message = format!("is longer than {most} bytes");
        return Err(Refusal { code: Code::TooLarge, ..Refusal::field(field, message) });
    }
    Ok(())
}
