//! Entries, and the views of them that questions need.

use chat_model::{
    Body, Claim, Claimed, ClientId, Digest, Draft, Entry, Epoch, Lease, Mentioned, MessageFact, Name, Receipt, RoomId,
    Seq, StoreError, Stub, entry::FORMAT, plan::Step,
};
use mongodb::bson::{Binary, DateTime, Document, Uuid, doc, spec::BinarySubtype};
use serde::{Deserialize, Serialize};

use super::{
    bodies::{body, body_document, state},
    date,
    members::LeaseDocument,
    name, seq, stored, time, user,
};
use crate::error::corrupt;

/// An entry; a message's holds what came of it, too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EntryDocument {
    pub(crate) room: String,
    pub(crate) epoch: i64,
    pub(crate) seq: i64,
    at: DateTime,
    sender: String,
    body: Document,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Binary>,
    draft_id: Uuid,
    told: bool,
    after: i64,
    /// The format of the body, where this version does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<i64>,
    /// Of a guest's join: the lease that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseDocument>,
    /// The sender's new name, until it is their profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Of a message: whom it mentions as it now stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentioned: Vec<String>,
    #[serde(default, skip_serializing)]
    pub(crate) state: Option<Document>,
    /// Whether it is a stub: of what was written, nothing is left.
    #[serde(default, skip_serializing)]
    pub(crate) truncated: bool,
}

impl EntryDocument {
    pub(crate) fn new(room: &RoomId, epoch: Epoch, seq: Seq, draft: &Draft) -> Result<Self, StoreError> {
        let claim = draft.claim.as_ref();
        let binary = |claim: &Claim| Binary { subtype: BinarySubtype::Generic, bytes: claim.digest.0.to_vec() };
        let is_guest = matches!(draft.body, Body::Joined { guest: true, .. });
        Ok(Self {
            room: room.to_string(),
            epoch: stored(epoch.number()),
            seq: stored(seq),
            at: date(draft.at),
            sender: draft.sender.to_string(),
            body: body_document(&draft.body)?,
            client_id: claim.map(|claim| claim.client_id.to_string()),
            digest: claim.map(binary),
            draft_id: Uuid::from_bytes(draft.draft_id.into_bytes()),
            told: draft.told,
            after: draft.after.cast_signed(),
            format: Some(draft.body.format()).filter(|format| *format > FORMAT).map(i64::from),
            lease: draft.lease.filter(|_| is_guest).map(LeaseDocument::from),
            name: draft.name.as_ref().map(Name::to_string),
            mentioned: match &draft.body {
                Body::Message(post) => Mentioned::from(post).keys().map(str::to_owned).collect(),
                _ => Vec::new(),
            },
            state: None,
            truncated: false,
        })
    }

    /// Whether a newer version wrote it, so that what it changes is not known here.
    pub(crate) fn is_newer(&self) -> bool {
        self.format.is_some() && self.body.get_str("kind").ok() != Some("unknown")
    }
}

/// An entry that is stored above the head, and what it brought beside itself.
#[derive(Debug, Clone)]
pub(crate) struct Landed {
    pub(crate) entry: Entry,
    lease: Option<Lease>,
    name: Option<Name>,
}

impl Landed {
    pub(crate) fn step(&self) -> Step<'_> {
        Step::of_entry(&self.entry, self.lease, self.name.as_ref())
    }
}

impl TryFrom<EntryDocument> for Landed {
    type Error = StoreError;

    fn try_from(document: EntryDocument) -> Result<Self, StoreError> {
        let lease = document.lease.map(Lease::try_from).transpose()?;
        let name = document.name.as_deref().map(name).transpose()?;
        Ok(Self { entry: document.try_into()?, lease, name })
    }
}

impl TryFrom<EntryDocument> for Entry {
    type Error = StoreError;

    fn try_from(document: EntryDocument) -> Result<Self, StoreError> {
        let claim = match (document.client_id, document.digest) {
            (Some(id), Some(bytes)) => {
                Some(Claim { client_id: ClientId::parse(id).map_err(corrupt)?, digest: digest(bytes)? })
            }
            _ => None,
        };
        Ok(Self {
            seq: seq(document.seq)?,
            draft_id: uuid::Uuid::from_bytes(document.draft_id.bytes()),
            at: time(document.at),
            sender: user(&document.sender)?,
            claim,
            told: document.told,
            after: document.after.cast_unsigned(),
            body: body(document.body)?,
        })
    }
}

/// What is left of an entry that another store had truncated: as one that was truncated here.
pub(crate) fn stub_document(room: &RoomId, kept: Epoch, stub: &Stub) -> Document {
    let bytes = stub.claim.digest.0.to_vec();
    doc! {
        "room": room.as_str(),
        "epoch": stored(kept.number()),
        "seq": stored(stub.seq),
        "at": date(stub.at),
        "sender": stub.sender.as_str(),
        "client_id": stub.claim.client_id.as_str(),
        "digest": Binary { subtype: BinarySubtype::Generic, bytes },
        "draft_id": Uuid::from_bytes([0; 16]),
        "told": false,
        "after": 0_i64,
        "body": {},
        "truncated": true,
    }
}

fn digest(binary: Binary) -> Result<Digest, StoreError> {
    Ok(Digest(binary.bytes.as_slice().try_into().map_err(corrupt)?))
}

#[derive(Deserialize)]
pub(crate) struct ClaimDocument {
    sender: String,
    client_id: String,
    digest: Binary,
    pub(crate) seq: i64,
    at: DateTime,
}

impl ClaimDocument {
    pub(crate) fn read(self, epoch: Epoch) -> Result<Claimed, StoreError> {
        Ok(Claimed {
            sender: user(&self.sender)?,
            client_id: ClientId::parse(self.client_id).map_err(corrupt)?,
            digest: digest(self.digest)?,
            receipt: Receipt { epoch, seq: seq(self.seq)?, at: time(self.at) },
        })
    }

    pub(crate) fn stub(self) -> Result<Stub, StoreError> {
        let client_id = ClientId::parse(self.client_id).map_err(corrupt)?;
        Ok(Stub {
            seq: seq(self.seq)?,
            at: time(self.at),
            sender: user(&self.sender)?,
            claim: Claim { client_id, digest: digest(self.digest)? },
        })
    }
}

/// What is known of a message, beside what it says.
#[derive(Deserialize)]
pub(crate) struct StateDocument {
    pub(crate) seq: i64,
    sender: String,
    #[serde(default)]
    state: Option<Document>,
    /// How often the state was changed.
    #[serde(default)]
    pub(crate) rev: i64,
    /// Whether it was a message, and is none any more.
    #[serde(default)]
    pub(crate) truncated: bool,
}

impl StateDocument {
    pub(crate) fn fact(self) -> Result<MessageFact, StoreError> {
        Ok(MessageFact { seq: seq(self.seq)?, sender: user(&self.sender)?, state: state(self.state)? })
    }
}
