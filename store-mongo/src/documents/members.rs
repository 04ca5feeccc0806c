//! Members, and the leases that hold those of guests.

use chat_model::{Lease, MemberFact, Membership, Role, RoomId, Seq, StoreError};
use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};

use super::{date, seq, stored, time, user};
use crate::error::corrupt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeaseDocument {
    pub(crate) node: i64,
    pub(crate) life: i64,
}

impl From<Lease> for LeaseDocument {
    fn from(lease: Lease) -> Self {
        Self { node: i64::from(lease.node), life: stored(lease.incarnation) }
    }
}

impl TryFrom<LeaseDocument> for Lease {
    type Error = StoreError;

    fn try_from(document: LeaseDocument) -> Result<Self, StoreError> {
        Ok(Self { node: document.node.try_into().map_err(corrupt)?, incarnation: seq(document.life)? })
    }
}

/// What a log says of a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MemberDocument {
    pub(crate) room: String,
    pub(crate) user: String,
    /// There if the user is a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    #[serde(default, skip_serializing_if = "is_false")]
    guest: bool,
    /// Of a guest who is a member: whether any node holds the membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) leases: Vec<LeaseDocument>,
    #[serde(default, skip_serializing_if = "is_false")]
    banned: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    invited: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    demoted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    muted_until: Option<DateTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blocks: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    blocked: bool,
    pub(crate) as_of: i64,
    /// How often it was changed.
    pub(crate) rev: i64,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl MemberDocument {
    /// What is stored of a user once their facts are these.
    pub(crate) fn new(room: &RoomId, fact: &MemberFact, leases: Vec<LeaseDocument>, rev: i64) -> Self {
        let membership = fact.membership.as_ref();
        let held = membership.filter(|membership| membership.guest).map(|membership| membership.held);
        Self {
            room: room.to_string(),
            user: fact.user.to_string(),
            role: membership.map(|membership| membership.role),
            since: membership.map(|membership| stored(membership.since)),
            guest: membership.is_some_and(|membership| membership.guest),
            held,
            leases: if held == Some(true) { leases } else { Vec::new() },
            banned: fact.banned,
            invited: fact.invited,
            demoted: fact.demoted,
            muted_until: fact.muted_until.map(date),
            blocks: fact.blocks.as_ref().map(ToString::to_string),
            blocked: fact.blocked,
            as_of: stored(fact.as_of),
            rev,
        }
    }

    /// The fact, without the profile's name.
    pub(crate) fn fact(&self) -> Result<MemberFact, StoreError> {
        let membership = match (self.role, self.since) {
            (Some(role), Some(since)) => {
                let held = self.held.unwrap_or_default();
                Some(Membership { role, since: seq(since)?, guest: self.guest, held })
            }
            _ => None,
        };
        Ok(MemberFact {
            user: user(&self.user)?,
            name: None,
            membership,
            banned: self.banned,
            invited: self.invited,
            demoted: self.demoted,
            muted_until: self.muted_until.map(time),
            blocks: self.blocks.as_deref().map(user).transpose()?,
            blocked: self.blocked,
            as_of: seq(self.as_of)?,
        })
    }

    /// The seq at which a guest's membership began.
    pub(crate) fn guest_since(&self) -> Result<Option<Seq>, StoreError> {
        self.since.filter(|_| self.guest && self.role.is_some()).map(seq).transpose()
    }
}
