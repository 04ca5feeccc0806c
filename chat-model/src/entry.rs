//! Entries: everything durable that happens in a room, in the order of its log.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AttachmentId, Epoch, InviteKey, Lease, Leaving, Name, Notice, Role, RoomChange, Seq, Timestamp, UserId};

pub use crate::claim::{Claim, Digest};

/// The text of a message, 1 byte to [`MAX_TEXT_BYTES`](crate::limits::MAX_TEXT_BYTES), without U+0000.
pub type Text = Arc<str>;

/// What a message says: the part of it a client writes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Post {
    /// The text. It is data: never HTML.
    pub text: Text,
    /// The message of the same room this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// Users it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Whether it mentions everybody who is in the room, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_room: bool,
    /// Ids of attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
    /// The host application's own JSON, kept and handed on as raw text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Text>,
    /// Of an announcement: when it is over, by the wall clock. Then it is neither in the history nor unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Post {
    /// Whether it is over.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires| expires <= now)
    }

    /// A message of text alone.
    pub fn text(text: impl Into<Text>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn bytes(&self) -> usize {
        let attachments: usize = self.attachments.iter().map(|id| id.as_str().len()).sum();
        written_bytes(&self.text)
            + ids_bytes(&self.mentions)
            + attachments
            + self.data.as_ref().map_or(0, |data| data.len())
    }
}

/// The newest form of a body that this version knows: see [`Body::format`].
pub const FORMAT: u32 = 4;

/// Bytes of a list of users.
pub fn ids_bytes(users: &[UserId]) -> usize {
    users.iter().map(|user| user.as_str().len()).sum()
}

/// Bytes of a text once JSON has escaped it: a control character grows sixfold.
pub(crate) fn written_bytes(text: &str) -> usize {
    let escapes = |byte: u8| match byte {
        b'"' | b'\\' | 8 | b'\t' | b'\n' | 12 | b'\r' => 1,
        0..=31 => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(escapes).sum::<usize>()
}

/// What an entry says happened.
///
/// Stored forms are tagged by `kind`. A kind this version does not know reads as [`Body::Unknown`], so that a newer
/// node may write to a log an older one still serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Body {
    /// The sender wrote a message.
    Message(Post),
    /// The sender changed a message; it keeps its seq.
    Edited {
        /// The message.
        target: Seq,
        /// Its text from now on.
        text: Text,
        /// Whom it mentions from now on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<UserId>,
        /// Whether it mentions everybody who is in the room, too, from now on.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mentions_room: bool,
    },
    /// The sender deleted a message; a tombstone without text stays, in the log too.
    Deleted {
        /// The message.
        target: Seq,
    },
    /// The sender reacted to a message.
    Reacted {
        /// The message.
        target: Seq,
        /// With what.
        emoji: Text,
    },
    /// The sender took a reaction back.
    Unreacted {
        /// The message.
        target: Seq,
        /// Which reaction.
        emoji: Text,
    },
    /// The sender became a member.
    Joined {
        /// In which role.
        role: Role,
        /// Whether the membership ends with the sender's presence.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        guest: bool,
        /// The invitation by which they came in, which is used up by one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invite: Option<InviteKey>,
    },
    /// The sender is no longer a member.
    Left {
        /// Why.
        why: Leaving,
    },
    /// The sender gave a member another role.
    RoleChanged {
        /// The member.
        user: UserId,
        /// Their role from now on.
        role: Role,
    },
    /// The sender removed a member, who may come back.
    Kicked {
        /// The member.
        user: UserId,
        /// What they are told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// The sender removed a user, who may not come back.
    Banned {
        /// The user.
        user: UserId,
        /// Whether they were a member.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        was_member: bool,
        /// What they are told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// The sender lifted a ban.
    Unbanned {
        /// The user.
        user: UserId,
    },
    /// The sender forbade a member to write, for a time or until it is lifted.
    Muted {
        /// The member.
        user: UserId,
        /// Until when; `None` lifts the mute.
        until: Option<Timestamp>,
    },
    /// The sender gave a user the right to join a private room.
    Invited {
        /// The user.
        user: UserId,
    },
    /// The sender gave the room another name, and changed nothing else of it: made by `From<RoomChange>`, as
    /// [`Changed`](Self::Changed) is. All versions know this kind.
    Renamed {
        /// Its name from now on.
        #[serde(deserialize_with = "Name::deserialize_stored")]
        name: Name,
    },
    /// The sender changed the room itself, and not its name alone. See [`room_change`](Self::room_change) for both kinds.
    Changed(RoomChange),
    /// The sender pinned a message.
    Pinned {
        /// The message.
        target: Seq,
    },
    /// The sender unpinned a message.
    Unpinned {
        /// The message.
        target: Seq,
    },
    /// The sender made an invitation by link. It is told to nobody.
    InviteMade {
        /// The key of its code.
        key: InviteKey,
        /// See [`Invite::salt`](crate::Invite::salt).
        salt: Text,
        /// Until when it is good; `None` for good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Timestamp>,
        /// How many users it lets in; `None` for any number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uses: Option<u32>,
    },
    /// The sender took an invitation by link back. It is told to nobody.
    InviteRevoked {
        /// The key of its code.
        key: InviteKey,
    },
    /// The sender's command changed nothing, as the room was so already. It is in the log for its client id alone, so
    /// that a retry gets the same ack whatever has become of the room since. It is told to nobody.
    Unchanged,
    /// In a direct room: the sender has blocked the other user, so that neither writes to the other. It is told to nobody.
    Blocked {
        /// The other user.
        user: UserId,
    },
    /// In a direct room: the sender blocks the other user no more. It is told to nobody.
    Unblocked {
        /// The other user.
        user: UserId,
    },
    /// In an inbox: something happened to its owner that no room they are in could tell.
    Notice(Notice),
    /// Written by a newer version. A room whose log holds one serves reads and refuses commands.
    #[serde(other)]
    Unknown,
}

impl From<RoomChange> for Body {
    fn from(change: RoomChange) -> Self {
        match change {
            RoomChange { name: Some(name), topic: None, archived: None, slow_mode_ms: None } => Self::Renamed { name },
            change => Self::Changed(change),
        }
    }
}

impl Body {
    /// The number of its form. Kinds that are added get the next number, so that a version that does not know them sees by
    /// a number above its own [`FORMAT`] that a log holds some.
    pub fn format(&self) -> u32 {
        match self {
            Self::Message(_)
            | Self::Edited { .. }
            | Self::Deleted { .. }
            | Self::Reacted { .. }
            | Self::Unreacted { .. }
            | Self::Joined { invite: None, .. }
            | Self::Left { .. }
            | Self::RoleChanged { .. }
            | Self::Kicked { .. }
            | Self::Banned { .. }
            | Self::Unbanned { .. }
            | Self::Muted { .. }
            | Self::Invited { .. }
            | Self::Renamed { .. }
            | Self::Pinned { .. }
            | Self::Unpinned { .. }
            | Self::Unchanged
            | Self::Notice(Notice::Invited { .. } | Notice::Removed { .. }) => 1,
            Self::Changed(change) if change.slow_mode_ms.is_none() => 2,
            Self::Notice(Notice::DirectOpened { .. } | Notice::Blocked { .. } | Notice::Unblocked { .. })
            | Self::Blocked { .. }
            | Self::Unblocked { .. } => 3,
            Self::InviteMade { .. } | Self::InviteRevoked { .. } | Self::Joined { .. } | Self::Changed(_) => 4,
            Self::Unknown => u32::MAX,
        }
    }

    /// The user whose facts this entry changes, if it changes any.
    pub fn subject<'a>(&'a self, sender: &'a UserId) -> Option<&'a UserId> {
        match self {
            Self::Joined { .. } | Self::Left { .. } => Some(sender),
            Self::RoleChanged { user, .. }
            | Self::Kicked { user, .. }
            | Self::Banned { user, .. }
            | Self::Unbanned { user }
            | Self::Muted { user, .. }
            | Self::Invited { user }
            | Self::Blocked { user }
            | Self::Unblocked { user } => Some(user),
            _ => None,
        }
    }

    /// All users whose facts this entry changes: its [`subject`](Self::subject), and of a block its sender, too.
    pub fn subjects<'a>(&'a self, sender: &'a UserId) -> impl Iterator<Item = &'a UserId> {
        let blocker = matches!(self, Self::Blocked { .. } | Self::Unblocked { .. }).then_some(sender);
        self.subject(sender).into_iter().chain(blocker)
    }

    /// Whom the sender blocks by this entry, or blocks no more.
    pub fn blocks(&self) -> Option<(&UserId, bool)> {
        match self {
            Self::Blocked { user } => Some((user, true)),
            Self::Unblocked { user } => Some((user, false)),
            _ => None,
        }
    }

    /// By how much this entry changes the number of members.
    pub fn member_delta(&self) -> i64 {
        match self {
            Self::Joined { .. } => 1,
            Self::Left { .. } | Self::Kicked { .. } | Self::Banned { was_member: true, .. } => -1,
            _ => 0,
        }
    }

    /// The message whose state this entry changes.
    pub fn target(&self) -> Option<Seq> {
        match self {
            Self::Edited { target, .. }
            | Self::Deleted { target }
            | Self::Reacted { target, .. }
            | Self::Unreacted { target, .. }
            | Self::Pinned { target }
            | Self::Unpinned { target } => Some(*target),
            _ => None,
        }
    }

    /// The message whose deletion erases what this entry says; `seq` is the entry's own. See [`erase`](Self::erase).
    pub fn erased_with(&self, seq: Seq) -> Option<Seq> {
        match self {
            Self::Message(_) => Some(seq),
            Self::Edited { target, .. } | Self::Reacted { target, .. } | Self::Unreacted { target, .. } => {
                Some(*target)
            }
            _ => None,
        }
    }

    /// The message that this entry deletes.
    pub fn deletes(&self) -> Option<Seq> {
        match self {
            Self::Deleted { target } => Some(*target),
            _ => None,
        }
    }

    /// The user who may no longer be handed anything after this entry.
    pub fn revokes<'a>(&'a self, sender: &'a UserId) -> Option<&'a UserId> {
        match self {
            Self::Left { .. } => Some(sender),
            Self::Kicked { user, .. } | Self::Banned { user, .. } => Some(user),
            _ => None,
        }
    }

    /// What this entry changes of the room itself.
    pub fn room_change(&self) -> Option<RoomChange> {
        match self {
            Self::Renamed { name } => Some(RoomChange::name(name.clone())),
            Self::Changed(change) => Some(change.clone()),
            _ => None,
        }
    }

    /// Whether this entry changes the room's [invitations by link](crate::Invites).
    pub fn changes_invites(&self) -> bool {
        matches!(self, Self::InviteMade { .. } | Self::InviteRevoked { .. } | Self::Joined { invite: Some(_), .. })
    }

    /// Whether this is a message (and so is part of the history).
    pub fn is_message(&self) -> bool {
        matches!(self, Self::Message(_))
    }

    /// Bytes of what the sender wrote, as JSON escapes it: by them pages are bounded.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Message(post) => post.bytes(),
            Self::Edited { text, mentions, .. } => written_bytes(text) + ids_bytes(mentions),
            Self::Reacted { emoji, .. } | Self::Unreacted { emoji, .. } => emoji.len(),
            Self::Kicked { reason, .. } | Self::Banned { reason, .. } => {
                reason.as_ref().map_or(0, |reason| written_bytes(reason))
            }
            Self::Renamed { name } => name.as_str().len(),
            Self::Changed(change) => {
                change.name.as_ref().map_or(0, |name| name.as_str().len())
                    + change.topic.as_ref().map_or(0, |topic| written_bytes(topic))
            }
            _ => 0,
        }
    }

    /// Forgets what the sender wrote, in a message, an edit or a reaction; the kind and the target stay.
    pub fn erase(&mut self) {
        match self {
            Self::Message(post) => *post = Post::default(),
            Self::Edited { text, mentions, mentions_room, .. } => {
                (*text, *mentions, *mentions_room) = (Text::default(), Vec::new(), false);
            }
            Self::Reacted { emoji, .. } | Self::Unreacted { emoji, .. } => *emoji = Text::default(),
            _ => {}
        }
    }
}

/// An entry that is not committed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Unique, made when the draft was, stored with the entry: settles whether an append of unknown outcome landed.
    pub draft_id: Uuid,
    /// When it was made.
    pub at: Timestamp,
    /// The user who did it.
    pub sender: UserId,
    /// The sender's name for it.
    pub claim: Option<Claim>,
    /// Whether it is sent to everyone; joins and leaves of busy rooms are told in batches instead.
    pub told: bool,
    /// The seq of the entry told before it (whatever `told` says of this one), 0 if there is none.
    pub after: Seq,
    /// What happened.
    pub body: Body,
    /// With a guest's join: the lease that holds the membership from its beginning.
    pub lease: Option<Lease>,
    /// The name under which the sender is known from now on, if they have no profile by then.
    pub name: Option<Name>,
}

/// A committed entry: it has its place in the log, and keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// See [`Draft::draft_id`].
    pub draft_id: Uuid,
    /// When it was made. Order is by `seq`, not by this.
    pub at: Timestamp,
    /// The user who did it.
    pub sender: UserId,
    /// See [`Draft::claim`].
    pub claim: Option<Claim>,
    /// See [`Draft::told`].
    pub told: bool,
    /// See [`Draft::after`].
    pub after: Seq,
    /// What happened.
    pub body: Body,
}

impl Entry {
    /// The entry this draft becomes at `seq`.
    pub fn from_draft(draft: &Draft, seq: Seq) -> Self {
        Self {
            seq,
            draft_id: draft.draft_id,
            at: draft.at,
            sender: draft.sender.clone(),
            claim: draft.claim.clone(),
            told: draft.told,
            after: draft.after,
            body: draft.body.clone(),
        }
    }

    /// The seq of the last entry told to everyone once this one is in the log.
    pub fn last_told(&self) -> Seq {
        if self.told { self.seq } else { self.after }
    }

    /// Bytes of what the sender wrote, as JSON escapes it: by them pages are bounded.
    pub fn bytes(&self) -> usize {
        self.body.bytes()
    }

    /// What an ack of this entry says, in a room of this epoch.
    pub fn receipt(&self, epoch: Epoch) -> Receipt {
        Receipt { epoch, seq: self.seq, at: self.at }
    }
}

/// What an ack says of a command: the place of its entry, which never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The room's epoch.
    pub epoch: Epoch,
    /// The entry's place; for a command that changed nothing and had no client id, the place of the entry that had made
    /// it so.
    pub seq: Seq,
    /// When the entry was made.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_alone_has_the_form_that_all_versions_know_and_other_changes_have_one_of_their_own() {
        let renamed = Body::from(RoomChange::name(Name::parse("Lobby").unwrap()));
        let archived = Body::from(RoomChange { topic: Some("".into()), ..RoomChange::archived(true) });
        let forms = [
            (renamed, 1, r#"{"kind":"renamed","name":"Lobby"}"#),
            (archived, 2, r#"{"kind":"changed","topic":"","archived":true}"#),
        ];
        for (body, format, text) in forms {
            assert_eq!((serde_json::to_string(&body).unwrap().as_str(), body.format()), (text, format));
            assert_eq!(serde_json::from_str::<Body>(text).unwrap(), body);
            assert_eq!(Body::from(body.room_change().unwrap()), body);
        }
    }
}
