//! Shapes that frames and REST bodies share.

use std::borrow::Cow;

use chat_model::{
    AttachmentId, ClientId, FoundUsers, HistoryVisibility, ListedMember, MemberFact, Message, Name, Preview, Refusal,
    Role, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, Text, UserId, UserRoom, Who,
};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[cfg(feature = "schemas")]
use crate::form;
use crate::{EpochText, RawJson, TimeText};

/// A user as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// Who.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub user_id: UserId,
    /// The name to show: the last known one, or the user id where it was erased.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub username: Name,
    /// Whether this is a guest, whose memberships end with their presence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

impl From<&Who> for UserView {
    fn from(who: &Who) -> Self {
        Self { user_id: who.user.clone(), username: shown(who), guest: who.user.is_guest() }
    }
}

/// The name to show: the last known one, or the user id where there is none.
pub(crate) fn shown(who: &Who) -> Name {
    who.name.clone().unwrap_or_else(|| Name::from(&who.user))
}

/// A member of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// Who.
    #[serde(flatten)]
    pub user: UserView,
    /// In which role.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Role"))]
    pub role: Role,
    /// In answers to `members`, of those who are not present: when they were last connected, to the minute. Absent where that is not
    /// known or not told: of guests, in rooms with more than 200 members, where a direct room is blocked, of users who hide it, and for
    /// those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<TimeText>,
}

impl From<&ListedMember> for MemberView {
    fn from(member: &ListedMember) -> Self {
        let last_seen = member.last_seen.map(TimeText);
        Self { user: UserView::from(&member.who), role: member.role, last_seen }
    }
}

impl MemberView {
    /// The member this fact is of; `None` if the user is none.
    pub fn from_fact(fact: &MemberFact) -> Option<Self> {
        let who = Who { user: fact.user.clone(), name: fact.name.clone() };
        fact.role().map(|role| Self { user: UserView::from(&who), role, last_seen: None })
    }
}

/// A page of members, by user id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MembersPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// Members by user id, ascending. The next page is asked for with the last one's `userId` as `after`.
    pub members: Vec<MemberView>,
    /// How many members the room has.
    pub member_count: u64,
}

impl MembersPage {
    /// The view of these members.
    pub fn new(room: &RoomId, members: &[ListedMember], count: u64) -> Self {
        let members = members.iter().map(MemberView::from).collect();
        Self { room_id: room.clone(), members, member_count: count }
    }
}

/// A page of users who were found, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
pub struct UsersPage {
    /// The users.
    pub users: Vec<UserView>,
    /// What the next page is asked for with as `after`; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<String>"))]
    pub next: Option<Text>,
}

impl From<&FoundUsers> for UsersPage {
    fn from(found: &FoundUsers) -> Self {
        Self { users: found.users.iter().map(UserView::from).collect(), next: found.next.clone() }
    }
}

/// One emoji on a message, and those who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReactionView {
    /// The emoji.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    pub emoji: Text,
    /// User ids, in the order in which they reacted.
    #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>"))]
    pub users: Vec<UserId>,
}

/// What a message says, as frames and history show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageBody {
    /// The text. It is data: never HTML. Empty once it was deleted or erased.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    pub message: Text,
    /// The seq of the message this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Seq>"))]
    pub reply_to: Option<Seq>,
    /// User ids it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>"))]
    pub mentions: Vec<UserId>,
    /// Whether it mentions everybody who is in the room, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_room: bool,
    /// Ids of attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schemars(with = "Vec<form::Id>"))]
    pub attachments: Vec<AttachmentId>,
    /// The host application's own JSON, as the sender wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<RawJson>,
    /// Of an announcement: when it is over. Then it is not shown any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<TimeText>,
}

impl From<&chat_model::Post> for MessageBody {
    fn from(post: &chat_model::Post) -> Self {
        Self {
            message: post.text.clone(),
            reply_to: post.reply_to,
            mentions: post.mentions.clone(),
            mentions_room: post.mentions_room,
            attachments: post.attachments.clone(),
            data: post.data.as_ref().map(RawJson::of_stored),
            expires_at: post.expires_at.map(TimeText),
        }
    }
}

/// A message as it now stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryMessage {
    /// Its place in the room's log.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// The name of who wrote it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub sender: Name,
    /// Who wrote it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub sender_id: UserId,
    /// Whether the sender is a guest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
    /// When it was written.
    pub timestamp: TimeText,
    /// What it says now.
    #[serde(flatten)]
    pub body: MessageBody,
    /// What its sender called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::ClientId>"))]
    pub client_id: Option<ClientId>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<TimeText>,
    /// When it was deleted: it is a tombstone without text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<TimeText>,
    /// Reactions, in the order in which each emoji first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionView>,
    /// Whether it is pinned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

impl HistoryMessage {
    /// The message as it now stands, by this sender.
    pub fn new(message: &Message, sender: &Who) -> Self {
        let (entry, state) = (&message.entry, &message.state);
        let mut body = match &entry.body {
            chat_model::Body::Message(post) if state.deleted_at.is_none() => MessageBody::from(post),
            _ => MessageBody::from(&chat_model::Post::default()),
        };
        if let Some(edit) = &state.edit {
            body.message = edit.text.clone();
            (body.mentions, body.mentions_room) = (edit.mentions.clone(), edit.mentions_room);
        }
        let reaction = |r: &chat_model::Reaction| ReactionView { emoji: r.emoji.clone(), users: r.users.clone() };
        Self {
            seq: entry.seq,
            sender: shown(sender),
            sender_id: entry.sender.clone(),
            guest: entry.sender.is_guest(),
            timestamp: TimeText(entry.at),
            body,
            client_id: entry.claim.as_ref().map(|claim| claim.client_id.clone()),
            edited_at: state.edit.as_ref().map(|edit| TimeText(edit.at)),
            deleted_at: state.deleted_at.map(TimeText),
            reactions: state.reactions.iter().map(reaction).collect(),
            pinned: state.pinned.is_some(),
        }
    }
}

/// A page of a room's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// The room.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// Which life of the room.
    pub epoch: EpochText,
    /// The seq of the last entry of its log when the page was read.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub head: Seq,
    /// Messages as they now stand, oldest first. An empty page ends the history; a short one does not.
    pub messages: Vec<HistoryMessage>,
}

/// What a room is, apart from its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoomInfo {
    /// Its id.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub room_id: RoomId,
    /// Its name.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub room_name: Name,
    /// What is talked about there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Topic>"))]
    pub topic: Option<Text>,
    /// Whether it is archived: nothing is written there any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// How long, in milliseconds, a member waits between two messages; absent, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode_ms: Option<u32>,
    /// What it is for.
    #[cfg_attr(feature = "schemas", schemars(with = "form::RoomKind"))]
    pub kind: RoomKind,
    /// How far back its members may read.
    #[cfg_attr(feature = "schemas", schemars(with = "form::HistoryVisibility"))]
    pub history: HistoryVisibility,
    /// Which life of the room this is.
    pub epoch: EpochText,
    /// When it was made.
    pub created_at: TimeText,
    /// The user who made it; none for rooms the server makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<form::Id>"))]
    pub creator_id: Option<UserId>,
}

impl RoomInfo {
    /// The room of this id, epoch and description.
    pub fn new(room: &RoomId, epoch: chat_model::Epoch, meta: &RoomMeta) -> Self {
        Self {
            room_id: room.clone(),
            room_name: meta.name.clone(),
            topic: meta.topic.clone(),
            archived: meta.archived,
            slow_mode_ms: Some(meta.slow_mode_ms).filter(|ms| *ms > 0),
            kind: meta.kind,
            history: meta.history,
            epoch: EpochText(epoch),
            created_at: TimeText(meta.created_at),
            creator_id: meta.creator.clone(),
        }
    }
}

/// A room as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoomView {
    /// What it is.
    #[serde(flatten)]
    pub info: RoomInfo,
    /// The seq of the last entry of its log, 0 if there is none.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub head: Seq,
    /// How many members it has.
    pub member_count: u64,
    /// When its last message was written; when the room was made, if it has none.
    pub active_at: TimeText,
}

impl From<&RoomRecord> for RoomView {
    fn from(record: &RoomRecord) -> Self {
        let info = RoomInfo::new(&record.room, record.epoch, &record.meta);
        Self { info, head: record.head, member_count: record.members, active_at: TimeText(record.active_at) }
    }
}

/// A room and the caller's place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UserRoomView {
    /// The room.
    #[serde(flatten)]
    pub room: RoomView,
    /// The caller's role.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Role"))]
    pub role: Role,
    /// Up to where the caller has read, 0 when nowhere.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub read: Seq,
    /// Messages above `read` that others wrote.
    pub unread: u64,
    /// How many of these mention the caller.
    pub mentions: u64,
    /// The other user of a direct room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<UserView>,
    /// The room's last message, if there is one that the caller may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<PreviewView>,
}

/// The last message of a room, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    /// Its place in the room's log.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Seq"))]
    pub seq: Seq,
    /// The name of who wrote it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Name"))]
    pub sender: Name,
    /// Who wrote it.
    #[cfg_attr(feature = "schemas", schemars(with = "form::Id"))]
    pub sender_id: UserId,
    /// Whether the sender is a guest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
    /// When it was written.
    pub timestamp: TimeText,
    /// The beginning of its text, at most 256 bytes. It is data: never HTML. Empty once it was deleted or erased.
    #[cfg_attr(feature = "schemas", schemars(with = "String"))]
    pub message: Text,
    /// Whether the text goes on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<TimeText>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<TimeText>,
}

impl From<&Preview> for PreviewView {
    fn from(last: &Preview) -> Self {
        Self {
            seq: last.seq,
            sender: shown(&last.sender),
            sender_id: last.sender.user.clone(),
            guest: last.sender.user.is_guest(),
            timestamp: TimeText(last.at),
            message: last.text.clone(),
            cut: last.is_cut,
            edited_at: last.edited_at.map(TimeText),
            deleted_at: last.deleted_at.map(TimeText),
        }
    }
}

impl From<&UserRoom> for UserRoomView {
    fn from(room: &UserRoom) -> Self {
        Self {
            room: RoomView::from(&room.record),
            role: room.role,
            read: room.read,
            unread: room.unread,
            mentions: room.mentions,
            peer: room.peer.as_ref().map(UserView::from),
            last_message: room.last.as_ref().map(PreviewView::from),
        }
    }
}

/// Why a request was refused, on the wire and over REST alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// Which rule said no, from the documented table. A newer server may know more codes.
    pub code: Cow<'static, str>,
    /// The same for people.
    pub message: Cow<'static, str>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<ErrorDetails>,
}

/// More about a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetails {
    /// The field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Cow<'static, str>>,
    /// What the host application says besides.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl From<&Refusal> for ErrorBody {
    fn from(refusal: &Refusal) -> Self {
        let details = refusal.details.as_deref().unwrap_or("{}");
        // A host that gives no JSON object has its details left out.
        let mut more: Map<String, Value> = serde_json::from_str(details).unwrap_or_default();
        // Without this, `field` could be there twice.
        let of_host = more.remove("field").and_then(|field| Some(field.as_str()?.to_owned().into()));
        let field = refusal.field.clone().or(of_host);
        let has_details = field.is_some() || !more.is_empty();
        let details = has_details.then_some(ErrorDetails { field, more });
        Self { code: refusal.code.as_str().into(), message: refusal.message.clone(), details }
    }
}
