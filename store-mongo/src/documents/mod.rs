//! Stored forms and what they stand for.
//!
//! People can read them: words, dates and texts as they are. What somebody wrote is only ever a value, never a field's
//! name. Numbers are 64 bits; those of a draft that no log can reach (`after` and `reply_to` may be any number) keep their
//! bits.

mod bodies;
mod entries;
mod members;
mod rooms;

use chat_model::{Epoch, Name, RoomId, Seq, StoreError, Timestamp, UserId};
use mongodb::bson::{DateTime, Document, serialize_to_document};
use serde::Serialize;

pub(crate) use self::{
    bodies::{body, body_document, state, state_document},
    entries::{ClaimDocument, EntryDocument, Landed, StateDocument, stub_document},
    members::{LeaseDocument, MemberDocument},
    rooms::{HeadDocument, RoomDocument},
};
use crate::error::{corrupt, not_executed};

/// A number as it is stored. Seqs beyond the range are in no log, and nor is this one.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn seq(stored: i64) -> Result<Seq, StoreError> {
    u64::try_from(stored).map_err(corrupt)
}

pub(super) fn epoch(stored: i64) -> Result<Epoch, StoreError> {
    Epoch::from_number(seq(stored)?).ok_or_else(|| corrupt("the epoch is none"))
}

pub(crate) fn user(text: &str) -> Result<UserId, StoreError> {
    UserId::parse(text).map_err(corrupt)
}

pub(crate) fn room(text: &str) -> Result<RoomId, StoreError> {
    RoomId::parse(text).map_err(corrupt)
}

pub(crate) fn name(text: &str) -> Result<Name, StoreError> {
    Name::stored(text).map_err(corrupt)
}

pub(crate) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.0)
}

pub(crate) fn time(date: DateTime) -> Timestamp {
    Timestamp(date.timestamp_millis())
}

/// A document of any kind.
pub(crate) fn document<T: Serialize>(value: &T) -> Result<Document, StoreError> {
    serialize_to_document(value).map_err(not_executed)
}
