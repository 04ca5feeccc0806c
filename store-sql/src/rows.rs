//! Stored forms and what they stand for. Nothing here depends on the kind of database.

use chat_model::{
    Claim, Claimed, ClientId, Digest, Entry, Epoch, FoundRoom, MemberFact, Membership, Message, MessageFact,
    MessageState, Name, Place, Preview, Profile, Receipt, RoomId, RoomMeta, RoomRecord, Seq, StoreError, Stub,
    Timestamp, UserId, UserRoom, entry::FORMAT, plan::Plan,
};
use serde::{Serialize, de::DeserializeOwned, de::IntoDeserializer};
use uuid::Uuid;

use crate::error::corrupt;

/// A number as databases hold it. Seqs beyond their range are not in any log, and nor is this one.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What becomes of a room's row by an append: the new head, the last entry told to everyone, the newest form of a body, and
/// by how much the number of members changes. Beside them stands [`active_at`].
pub(crate) fn advance(plan: &Plan<'_>) -> [i64; 4] {
    [stored(plan.head), stored(plan.told), i64::from(plan.format), plan.member_delta]
}

/// When the last message of an append was written, if there is one among its entries.
pub(crate) fn active_at(plan: &Plan<'_>) -> Option<i64> {
    plan.last_message.map(|(_, at)| at.0)
}

pub(crate) fn number(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(corrupt)
}

fn epoch(stored: i64) -> Result<Epoch, StoreError> {
    Epoch::from_number(number(stored)?).ok_or_else(|| corrupt("the epoch is none"))
}

/// The stored form of a value that serialises as one word.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(StoreError::NotExecuted { source: format!("{other} is no word").into() }),
        Err(error) => Err(StoreError::NotExecuted { source: error.into() }),
    }
}

fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    T::deserialize(word.into_deserializer()).map_err(|error: serde::de::value::Error| corrupt(error))
}

/// The stored form of a document.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::NotExecuted { source: error.into() })
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(corrupt)
}

/// A user's id as it is stored.
pub(crate) fn user(text: &str) -> Result<UserId, StoreError> {
    UserId::parse(text).map_err(corrupt)
}

/// A room's id as it is stored.
pub(crate) fn room(text: &str) -> Result<RoomId, StoreError> {
    RoomId::parse(text).map_err(corrupt)
}

fn name(text: &str) -> Result<Name, StoreError> {
    Name::stored(text).map_err(corrupt)
}

fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    Ok(Digest(bytes.try_into().map_err(corrupt)?))
}

/// A row of a result, read by the names of its columns. What begins with `..` is a row within this one.
macro_rules! row {
    ($(#[$note:meta])* $visible:vis struct $name:ident { $(..$inner:ident: $row:ty,)? $($column:ident: $kind:ty,)* }) => {
        $(#[$note])*
        $visible struct $name { $($inner: $row,)? $($column: $kind,)* }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $name
        where
            &'static str: sqlx::ColumnIndex<R>,
            $($row: sqlx::FromRow<'r, R>,)?
            $($kind: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)*
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self { $($inner: <$row>::from_row(row)?,)? $($column: row.try_get(stringify!($column))?,)* })
            }
        }
    };
}
pub(crate) use row;

row! {
    pub(crate) struct HeadRow {
        pk: i64,
        epoch: i64,
        head: i64,
        oldest: i64,
    }
}

/// Where a room's log stands.
pub(crate) struct Log {
    /// The room's key.
    pub(crate) pk: i64,
    pub(crate) epoch: Epoch,
    pub(crate) head: Seq,
    /// The seq of its first entry.
    pub(crate) oldest: Seq,
}

impl HeadRow {
    pub(crate) fn read(&self) -> Result<Log, StoreError> {
        let (epoch, head, oldest) = (epoch(self.epoch)?, number(self.head)?, number(self.oldest)?);
        Ok(Log { pk: self.pk, epoch, head, oldest })
    }
}

row! {
    pub(crate) struct RoomRow {
        room_id: String,
        epoch: i64,
        head: i64,
        told: i64,
        members: i64,
        format: i64,
        kind: String,
        name: String,
        topic: Option<String>,
        archived: bool,
        slow_mode_ms: i64,
        invites: Option<String>,
        history: String,
        creator: Option<String>,
        created_at: i64,
        active_at: i64,
    }
}

impl TryFrom<RoomRow> for RoomRecord {
    type Error = StoreError;

    fn try_from(row: RoomRow) -> Result<Self, StoreError> {
        Ok(Self {
            room: room(&row.room_id)?,
            epoch: epoch(row.epoch)?,
            head: number(row.head)?,
            told: number(row.told)?,
            meta: RoomMeta {
                name: name(&row.name)?,
                topic: row.topic.map(Into::into),
                archived: row.archived,
                slow_mode_ms: u32::try_from(row.slow_mode_ms).map_err(corrupt)?,
                invites: row.invites.as_deref().map(from_json).transpose()?.unwrap_or_default(),
                kind: from_word(&row.kind)?,
                history: from_word(&row.history)?,
                creator: row.creator.as_deref().map(user).transpose()?,
                created_at: Timestamp(row.created_at),
            },
            members: number(row.members)?,
            active_at: Timestamp(row.active_at),
            has_unknown: row.format > i64::from(FORMAT),
        })
    }
}

row! {
    /// A public room, and the word by which it was found.
    pub(crate) struct FoundRoomRow {
        ..room: RoomRow,
        rank: i64,
        word: String,
    }
}

impl TryFrom<FoundRoomRow> for FoundRoom {
    type Error = StoreError;

    fn try_from(row: FoundRoomRow) -> Result<Self, StoreError> {
        let (rank, record) = (u8::try_from(row.rank).map_err(corrupt)?, RoomRecord::try_from(row.room)?);
        Ok(Self { place: Place { rank, text: row.word, id: record.room.clone() }, record })
    }
}

row! {
    pub(crate) struct UserRoomRow {
        ..room: RoomRow,
        role: String,
        since: i64,
        read_seq: i64,
        unread: i64,
        mentions: i64,
    }
}

impl TryFrom<UserRoomRow> for UserRoom {
    type Error = StoreError;

    fn try_from(row: UserRoomRow) -> Result<Self, StoreError> {
        Ok(Self {
            record: row.room.try_into()?,
            role: from_word(&row.role)?,
            since: number(row.since)?,
            read: number(row.read_seq)?,
            unread: number(row.unread)?,
            mentions: number(row.mentions)?,
            peer: None,
            last: None,
        })
    }
}

row! {
    pub(crate) struct EntryRow {
        seq: i64,
        draft_id: Vec<u8>,
        at: i64,
        sender: String,
        client_id: Option<String>,
        digest: Option<Vec<u8>>,
        told: bool,
        after_seq: i64,
        body: String,
    }
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let claim = match (row.client_id, row.digest) {
            (Some(id), Some(bytes)) => {
                Some(Claim { client_id: ClientId::parse(id).map_err(corrupt)?, digest: digest(&bytes)? })
            }
            _ => None,
        };
        Ok(Self {
            seq: number(row.seq)?,
            draft_id: Uuid::from_slice(&row.draft_id).map_err(corrupt)?,
            at: Timestamp(row.at),
            sender: user(&row.sender)?,
            claim,
            told: row.told,
            after: number(row.after_seq)?,
            body: from_json(&row.body)?,
        })
    }
}

fn state(text: Option<&str>) -> Result<MessageState, StoreError> {
    text.map(from_json).transpose().map(Option::unwrap_or_default)
}

row! {
    pub(crate) struct MessageRow {
        ..entry: EntryRow,
        state: Option<String>,
    }
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        Ok(Self { entry: row.entry.try_into()?, state: state(row.state.as_deref())? })
    }
}

row! {
    /// A room's last message, and its sender's name.
    pub(crate) struct LastRow {
        ..message: MessageRow,
        room_id: String,
        name: Option<String>,
    }
}

impl LastRow {
    pub(crate) fn read(self) -> Result<(RoomId, Preview), StoreError> {
        let name = self.name.as_deref().map(name).transpose()?;
        Ok((room(&self.room_id)?, Preview::of(&self.message.try_into()?, name)))
    }
}

row! {
    pub(crate) struct MessageFactRow {
        seq: i64,
        sender: String,
        state: Option<String>,
    }
}

impl TryFrom<MessageFactRow> for MessageFact {
    type Error = StoreError;

    fn try_from(row: MessageFactRow) -> Result<Self, StoreError> {
        Ok(Self { seq: number(row.seq)?, sender: user(&row.sender)?, state: state(row.state.as_deref())? })
    }
}

row! {
    /// What stays of an entry that was claimed, for as long as its room.
    pub(crate) struct ClaimRow {
        sender: String,
        client_id: String,
        digest: Vec<u8>,
        seq: i64,
        at: i64,
    }
}

impl ClaimRow {
    pub(crate) fn read(self, epoch: Epoch) -> Result<Claimed, StoreError> {
        Ok(Claimed {
            sender: user(&self.sender)?,
            client_id: ClientId::parse(&self.client_id).map_err(corrupt)?,
            digest: digest(&self.digest)?,
            receipt: Receipt { epoch, seq: number(self.seq)?, at: Timestamp(self.at) },
        })
    }

    pub(crate) fn stub(self) -> Result<Stub, StoreError> {
        let client_id = ClientId::parse(&self.client_id).map_err(corrupt)?;
        Ok(Stub {
            seq: number(self.seq)?,
            at: Timestamp(self.at),
            sender: user(&self.sender)?,
            claim: Claim { client_id, digest: digest(&self.digest)? },
        })
    }
}

row! {
    /// A member fact with its profile's name; a user the log does not name has neither `as_of` nor anything else of it.
    pub(crate) struct MemberRow {
        user_id: String,
        name: Option<String>,
        role: Option<String>,
        since: Option<i64>,
        guest: Option<bool>,
        held: Option<bool>,
        banned: Option<bool>,
        invited: Option<bool>,
        demoted: Option<bool>,
        muted_until: Option<i64>,
        blocks: Option<String>,
        blocked: Option<bool>,
        as_of: Option<i64>,
    }
}

impl TryFrom<MemberRow> for MemberFact {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        let membership = match (row.role, row.since) {
            (Some(role), Some(since)) => Some(Membership {
                role: from_word(&role)?,
                since: number(since)?,
                guest: row.guest.unwrap_or_default(),
                held: row.held.unwrap_or_default(),
            }),
            _ => None,
        };
        Ok(Self {
            user: user(&row.user_id)?,
            name: row.name.as_deref().map(name).transpose()?,
            membership,
            banned: row.banned.unwrap_or_default(),
            invited: row.invited.unwrap_or_default(),
            demoted: row.demoted.unwrap_or_default(),
            muted_until: row.muted_until.map(Timestamp),
            blocks: row.blocks.as_deref().map(user).transpose()?,
            blocked: row.blocked.unwrap_or_default(),
            as_of: number(row.as_of.unwrap_or_default())?,
        })
    }
}

row! {
    pub(crate) struct ProfileRow {
        user_id: String,
        name: String,
    }
}

impl TryFrom<ProfileRow> for Profile {
    type Error = StoreError;

    fn try_from(row: ProfileRow) -> Result<Self, StoreError> {
        Ok(Self { user: user(&row.user_id)?, name: name(&row.name)? })
    }
}
