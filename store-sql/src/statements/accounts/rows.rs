//! Stored forms of accounts, devices and links.

use chat_accounts::{
    Account, Device, DeviceId, Email, Found, Identity, Link, Pass, PassId, PasswordHash, Place, SecretHash, Standing,
    Username,
};
use chat_model::{Hides, StoreError, Timestamp};

use crate::{
    error::corrupt,
    rows::{self, row},
};

row! {
    pub(super) struct AccountRow {
        user_id: String,
        username: String,
        username_key: String,
        email: Option<String>,
        password: Option<String>,
        admin: bool,
        standing: String,
        findable: bool,
        shows_reads: bool,
        shows_last_seen: bool,
        created_at: i64,
        revision: i64,
        identity: Option<String>,
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        Ok(Self {
            user: rows::user(&row.user_id)?,
            username: Username::stored(&row.username, &row.username_key).map_err(corrupt)?,
            email: row.email.as_deref().map(Email::parse).transpose().map_err(corrupt)?,
            password: row.password.as_deref().map(PasswordHash::parse).transpose().map_err(corrupt)?,
            admin: row.admin,
            standing: Standing::parse(&row.standing).ok_or_else(|| corrupt("the standing is none"))?,
            findable: row.findable,
            hides: hides(row.shows_reads, row.shows_last_seen),
            created_at: Timestamp(row.created_at),
            revision: rows::number(row.revision)?,
            identity: row.identity.as_deref().map(Identity::parse).transpose().map_err(corrupt)?,
        })
    }
}

/// What a user hides, of what they show.
pub(super) fn hides(shows_reads: bool, shows_last_seen: bool) -> Hides {
    Hides { reads: !shows_reads, last_seen: !shows_last_seen }
}

row! {
    pub(super) struct DeviceRow {
        id: Vec<u8>,
        user_id: String,
        begun_at: i64,
        last_seen: i64,
        expires: i64,
        user_agent: Option<String>,
        family: Vec<u8>,
        newest: Vec<u8>,
    }
}

impl TryFrom<DeviceRow> for Device {
    type Error = StoreError;

    fn try_from(row: DeviceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: device_id(&row.id)?,
            user: rows::user(&row.user_id)?,
            created_at: Timestamp(row.begun_at),
            last_seen: Timestamp(row.last_seen),
            expires: Timestamp(row.expires),
            user_agent: row.user_agent,
            family: hash(&row.family)?,
            newest: hash(&row.newest)?,
        })
    }
}

row! {
    pub(super) struct BothRow {
        ..device: DeviceRow,
        username: String,
        username_key: String,
        email: Option<String>,
        password: Option<String>,
        admin: bool,
        standing: String,
        findable: bool,
        shows_reads: bool,
        shows_last_seen: bool,
        created_at: i64,
        revision: i64,
        identity: Option<String>,
    }
}

impl TryFrom<BothRow> for (Device, Account) {
    type Error = StoreError;

    fn try_from(row: BothRow) -> Result<Self, StoreError> {
        let account = AccountRow {
            user_id: row.device.user_id.clone(),
            username: row.username,
            username_key: row.username_key,
            email: row.email,
            password: row.password,
            admin: row.admin,
            standing: row.standing,
            findable: row.findable,
            shows_reads: row.shows_reads,
            shows_last_seen: row.shows_last_seen,
            created_at: row.created_at,
            revision: row.revision,
            identity: row.identity,
        };
        Ok((row.device.try_into()?, account.try_into()?))
    }
}

row! {
    pub(super) struct FoundRow {
        rank: i64,
        word: String,
        user_id: String,
        username: String,
        username_key: String,
    }
}

impl TryFrom<FoundRow> for Found {
    type Error = StoreError;

    fn try_from(row: FoundRow) -> Result<Self, StoreError> {
        let rank = u8::try_from(row.rank).map_err(corrupt)?;
        let place = Place { rank, text: row.word, id: rows::user(&row.user_id)? };
        Ok(Self { place, username: Username::stored(&row.username, &row.username_key).map_err(corrupt)? })
    }
}

row! {
    pub(super) struct LinkRow {
        user_id: String,
        secret: Vec<u8>,
        expires: i64,
    }
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let (secret, user) = (hash(&row.secret)?, rows::user(&row.user_id)?);
        Ok(Self { secret, user, expires: Timestamp(row.expires) })
    }
}

row! {
    pub(super) struct PassRow {
        id: Vec<u8>,
        secret: Vec<u8>,
        creator: Option<String>,
        created_at: i64,
        expires: i64,
        uses: i64,
    }
}

impl TryFrom<PassRow> for Pass {
    type Error = StoreError;

    fn try_from(row: PassRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: PassId::from_number(u128::from_be_bytes(
                row.id.try_into().map_err(|_| corrupt("the pass's id is none"))?,
            )),
            secret: hash(&row.secret)?,
            creator: row.creator.as_deref().map(rows::user).transpose()?,
            created_at: Timestamp(row.created_at),
            expires: Timestamp(row.expires),
            uses: u32::try_from(row.uses).map_err(corrupt)?,
        })
    }
}

pub(super) fn device_id(bytes: &[u8]) -> Result<DeviceId, StoreError> {
    Ok(DeviceId::from_number(u128::from_be_bytes(bytes.try_into().map_err(corrupt)?)))
}

pub(super) fn id_bytes(device: DeviceId) -> Vec<u8> {
    device.number().to_be_bytes().to_vec()
}

fn hash(bytes: &[u8]) -> Result<SecretHash, StoreError> {
    Ok(SecretHash(bytes.try_into().map_err(corrupt)?))
}

/// The columns of an [`AccountRow`] beside the user's id.
macro_rules! account_columns {
    () => {
        "username, username_key, email, password, admin, standing, findable, shows_reads, shows_last_seen, created_at, \
         revision, identity"
    };
}

/// The columns of a [`DeviceRow`].
macro_rules! device_columns {
    () => {
        "id, chat_devices.user_id, begun_at, last_seen, expires, user_agent, family, newest"
    };
}

/// The columns of a [`PassRow`].
macro_rules! pass_columns {
    () => {
        "id, secret, creator, created_at, expires, uses"
    };
}

pub(super) use {account_columns, device_columns, pass_columns};
