//! Stored forms of accounts, devices and links.

use chat_accounts::{Account, Device, DeviceId, Email, Identity, PasswordHash, SecretHash, Standing, Username};
use chat_model::{Hides, StoreError, UserId};
use mongodb::bson::{Binary, DateTime, Document, doc, spec::BinarySubtype};
use serde::{Deserialize, Serialize};

use crate::{
    documents::{date, seq, stored, time, user},
    error::corrupt,
};

/// An account. What is left of a removed one has no username.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AccountDocument {
    #[serde(rename = "_id")]
    user: String,
    username: String,
    username_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    admin: bool,
    standing: String,
    /// Accounts of an earlier version do not say it.
    #[serde(default = "yes")]
    findable: bool,
    /// The same.
    #[serde(default = "yes")]
    shows_reads: bool,
    /// The same.
    #[serde(default = "yes")]
    shows_last_seen: bool,
    created_at: DateTime,
    revision: i64,
    /// The devices that were asked for.
    #[serde(default)]
    pub(super) devices: Vec<DeviceDocument>,
}

fn yes() -> bool {
    true
}

/// The fields of an account beside its devices and its link.
pub(super) fn account_fields() -> Document {
    doc! {
        "username": 1, "username_key": 1, "email": 1, "password": 1, "admin": 1, "standing": 1, "findable": 1,
        "shows_reads": 1, "shows_last_seen": 1, "created_at": 1, "revision": 1, "identity": 1,
    }
}

impl From<&Account> for AccountDocument {
    fn from(account: &Account) -> Self {
        Self {
            user: account.user.to_string(),
            username: account.username.shown().to_owned(),
            username_key: account.username.key().to_owned(),
            email: account.email.as_ref().map(|email| email.as_str().to_owned()),
            email_key: account.email.as_ref().map(Email::key),
            password: account.password.as_ref().map(|hash| hash.as_str().to_owned()),
            identity: account.identity.as_ref().map(Identity::key),
            admin: account.admin,
            standing: account.standing.as_str().to_owned(),
            findable: account.findable,
            shows_reads: !account.hides.reads,
            shows_last_seen: !account.hides.last_seen,
            created_at: date(account.created_at),
            revision: stored(account.revision),
            devices: Vec::new(),
        }
    }
}

impl TryFrom<AccountDocument> for Account {
    type Error = StoreError;

    fn try_from(document: AccountDocument) -> Result<Self, StoreError> {
        Ok(Self {
            user: user(&document.user)?,
            username: Username::stored(&document.username, &document.username_key).map_err(corrupt)?,
            email: document.email.as_deref().map(Email::parse).transpose().map_err(corrupt)?,
            password: document.password.as_deref().map(PasswordHash::parse).transpose().map_err(corrupt)?,
            identity: document.identity.as_deref().map(Identity::parse).transpose().map_err(corrupt)?,
            admin: document.admin,
            standing: Standing::parse(&document.standing).ok_or_else(|| corrupt("the standing is none"))?,
            findable: document.findable,
            hides: Hides { reads: !document.shows_reads, last_seen: !document.shows_last_seen },
            created_at: time(document.created_at),
            revision: seq(document.revision)?,
        })
    }
}

/// A device, in the document of its user.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DeviceDocument {
    id: String,
    created_at: DateTime,
    last_seen: DateTime,
    expires: DateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    family: Binary,
    newest: Binary,
}

impl From<&Device> for DeviceDocument {
    fn from(device: &Device) -> Self {
        Self {
            id: device.id.to_string(),
            created_at: date(device.created_at),
            last_seen: date(device.last_seen),
            expires: date(device.expires),
            user_agent: device.user_agent.clone(),
            family: binary(&device.family),
            newest: binary(&device.newest),
        }
    }
}

impl DeviceDocument {
    pub(super) fn of(self, user: UserId) -> Result<Device, StoreError> {
        Ok(Device {
            id: device_id(&self.id)?,
            user,
            created_at: time(self.created_at),
            last_seen: time(self.last_seen),
            expires: time(self.expires),
            user_agent: self.user_agent,
            family: hash(self.family)?,
            newest: hash(self.newest)?,
        })
    }
}

/// A link, in the document of its user.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LinkDocument {
    pub(super) secret: Binary,
    pub(super) expires: DateTime,
}

pub(super) fn device_id(text: &str) -> Result<DeviceId, StoreError> {
    DeviceId::parse(text).ok_or_else(|| corrupt("the device's id is none"))
}

pub(super) fn binary(hash: &SecretHash) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: hash.0.to_vec() }
}

pub(super) fn hash(binary: Binary) -> Result<SecretHash, StoreError> {
    let bytes = binary.bytes.try_into().map_err(|_| corrupt("a hash has not 32 bytes"))?;
    Ok(SecretHash(bytes))
}
