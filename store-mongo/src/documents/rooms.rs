//! Rooms.

use chat_model::{
    Activity, Beginning, Epoch, HistoryVisibility, Invites, RoomId, RoomKind, RoomMeta, RoomRecord, Seq, StoreError,
    Timestamp, UserId, entry::FORMAT,
};
use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};

use crate::error::corrupt;

use super::{date, epoch, name, room, seq, stored, time, user};

/// A room. Of a deleted one only the id stays, so what has an epoch is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RoomDocument {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    pub(crate) epoch: i64,
    /// The epoch under which the room's entries are stored, if it got another one since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<i64>,
    /// Where the log ends: entries above it are on their way.
    pub(crate) head: i64,
    /// Where the log begins, if not at 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oldest: Option<i64>,
    /// From where on what lies below the beginning may hold something yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uncleaned: Option<i64>,
    pub(crate) told: i64,
    pub(crate) members: i64,
    /// The newest format of a body in the log.
    pub(crate) format: i64,
    pub(crate) kind: RoomKind,
    pub(crate) name: String,
    /// Empty where one was taken away.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    topic: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    archived: bool,
    /// 0 where members do not wait between two messages.
    #[serde(default, skip_serializing_if = "is_zero")]
    slow_mode_ms: i64,
    /// Invitations by link; few rooms have any.
    #[serde(default, skip_serializing_if = "Invites::is_empty")]
    pub(crate) invites: Invites,
    pub(crate) history: HistoryVisibility,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) creator: Option<String>,
    /// Whether it is listed among the rooms of guests ([`RoomMeta::is_guests`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_guest: bool,
    pub(crate) created_at: DateTime,
    /// When the last message was written; when the room was made, if it has none. Opening the store notes it where an older
    /// version made the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active_at: Option<DateTime>,
    /// The seq of the last message, which may be truncated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_message: Option<i64>,
    /// How often its name, its topic or whether it is archived was changed. Each change takes the field `words` away, which says
    /// that the words by which it is found are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) changes: i64,
    /// The first members.
    #[serde(default)]
    pub(crate) roster: Vec<String>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl RoomDocument {
    pub(crate) fn new(room: &RoomId, epoch: Epoch, meta: &RoomMeta, beginning: &Beginning) -> Self {
        Self {
            id: room.to_string(),
            epoch: stored(epoch.number()),
            kept: None,
            head: stored(beginning.oldest - 1),
            oldest: Some(stored(beginning.oldest)).filter(|oldest| *oldest > 1),
            uncleaned: None,
            told: beginning.told.cast_signed(),
            members: stored(beginning.members),
            format: 1,
            kind: meta.kind,
            name: meta.name.to_string(),
            topic: meta.topic.as_deref().unwrap_or_default().to_owned(),
            archived: meta.archived,
            slow_mode_ms: i64::from(meta.slow_mode_ms),
            invites: meta.invites.clone(),
            history: meta.history,
            creator: meta.creator.as_ref().map(UserId::to_string),
            by_guest: meta.is_guests(),
            created_at: date(meta.created_at),
            active_at: Some(date(beginning.active_at.unwrap_or(meta.created_at))),
            last_message: None,
            changes: 0,
            roster: Vec::new(),
        }
    }

    pub(crate) fn place(&self) -> Result<(Epoch, Seq), StoreError> {
        Ok((epoch(self.epoch)?, seq(self.head)?))
    }

    /// The epoch under which the room's entries are stored.
    pub(crate) fn kept(&self) -> Result<Epoch, StoreError> {
        epoch(self.kept.unwrap_or(self.epoch))
    }

    /// Where it stands in a list by activity.
    pub(crate) fn activity(&self) -> Result<Activity, StoreError> {
        Ok(Activity { at: self.active_at(), room: room(&self.id)? })
    }

    fn active_at(&self) -> Timestamp {
        time(self.active_at.unwrap_or(self.created_at))
    }

    /// The seq with which the log begins.
    pub(crate) fn oldest(&self) -> Result<Seq, StoreError> {
        self.oldest.map_or(Ok(1), seq)
    }
}

impl TryFrom<RoomDocument> for RoomRecord {
    type Error = StoreError;

    fn try_from(document: RoomDocument) -> Result<Self, StoreError> {
        let ((epoch, head), active_at) = (document.place()?, document.active_at());
        Ok(Self {
            room: room(&document.id)?,
            epoch,
            head,
            told: document.told.cast_unsigned(),
            meta: RoomMeta {
                name: name(&document.name)?,
                topic: Some(document.topic).filter(|topic| !topic.is_empty()).map(Into::into),
                archived: document.archived,
                slow_mode_ms: u32::try_from(document.slow_mode_ms).map_err(corrupt)?,
                invites: document.invites,
                kind: document.kind,
                history: document.history,
                creator: document.creator.as_deref().map(user).transpose()?,
                created_at: time(document.created_at),
            },
            members: seq(document.members)?,
            active_at,
            has_unknown: document.format > i64::from(FORMAT),
        })
    }
}

/// An epoch and a head.
#[derive(Debug, Deserialize)]
pub(crate) struct HeadDocument {
    #[serde(rename = "_id")]
    id: String,
    epoch: i64,
    head: i64,
}

impl HeadDocument {
    pub(crate) fn read(&self) -> Result<(RoomId, Epoch, Seq), StoreError> {
        Ok((room(&self.id)?, epoch(self.epoch)?, seq(self.head)?))
    }
}
