//! Devices made, refreshed, listed and ended.

use chat_accounts::{Account, AccountError, Device, DeviceId, Ends, Rotation};
use chat_model::{
    StoreError, UserId,
    limits::{DEVICES_PER_QUERY, MAX_DEVICES},
};

use super::{
    super::{
        Connection, Work,
        dialect::{look_up, texts, unhex},
    },
    changes::locked,
    rows::{BothRow, DeviceRow, account_columns, device_columns, device_id, id_bytes},
};
use crate::{
    error::{corrupt, not_executed},
    rows::{self, stored},
};

/// Keeps a new device.
pub(crate) struct CreateDevice(pub(crate) Device, pub(crate) u64);

/// Removes the devices of a user that were seen longest ago, above so many.
pub(crate) const TOO_MANY: &str = "DELETE FROM chat_devices WHERE id IN (SELECT id FROM chat_devices \
    WHERE user_id = $1 ORDER BY last_seen DESC, id LIMIT $3 OFFSET $2)";

impl Work for CreateDevice {
    type Done = ();
    type Error = AccountError;

    async fn steps(&self, connection: &mut Connection) -> Result<(), AccountError> {
        let Self(device, revision) = self;
        let now = locked(connection, &device.user).await?;
        if now.is_none_or(|now| now.revision != *revision || !now.is_active()) {
            return Err(AccountError::Conflict);
        }
        let most = stored(MAX_DEVICES as u64);
        let query = sqlx::query(TOO_MANY).bind(device.user.as_str()).bind(most - 1).bind(most);
        let ended = query.execute(&mut *connection).await.map_err(not_executed)?.rows_affected();
        count(connection, ended).await?;
        const INSERT: &str = "INSERT INTO chat_devices \
            (id, user_id, begun_at, last_seen, expires, user_agent, family, newest) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let query = sqlx::query(INSERT)
            .bind(id_bytes(device.id))
            .bind(device.user.as_str())
            .bind(device.created_at.0)
            .bind(device.last_seen.0)
            .bind(device.expires.0)
            .bind(device.user_agent.as_deref())
            .bind(device.family.0.to_vec())
            .bind(device.newest.0.to_vec());
        query.execute(connection).await.map(drop).map_err(|error| AccountError::Store(not_executed(error)))
    }
}

pub(crate) const DEVICE: &str = concat!(
    "SELECT ",
    device_columns!(),
    ", ",
    account_columns!(),
    " FROM chat_devices",
    look_up!(),
    "chat_accounts ON chat_accounts.user_id = chat_devices.user_id WHERE id = $1"
);

pub(crate) async fn device(
    connection: &mut Connection,
    device: DeviceId,
) -> Result<Option<(Device, Account)>, StoreError> {
    let row = sqlx::query_as(DEVICE).bind(id_bytes(device)).fetch_optional(connection).await;
    row.map_err(not_executed)?.map(|row: BothRow| row.try_into()).transpose()
}

pub(crate) const DEVICES: &str =
    concat!("SELECT ", device_columns!(), " FROM chat_devices WHERE user_id = $1 ORDER BY last_seen DESC, id LIMIT $2");

pub(crate) async fn devices(connection: &mut Connection, user: &UserId) -> Result<Vec<Device>, StoreError> {
    let rows = sqlx::query_as(DEVICES).bind(user.as_str()).bind(stored(MAX_DEVICES as u64));
    let rows: Vec<DeviceRow> = rows.fetch_all(connection).await.map_err(not_executed)?;
    rows.into_iter().map(Device::try_from).collect()
}

/// Replaces a device's newest token.
pub(crate) struct Rotate(pub(crate) Rotation);

impl Work for Rotate {
    type Done = bool;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        const ROTATE: &str =
            "UPDATE chat_devices SET newest = $3, last_seen = $4, expires = $5 WHERE id = $1 AND newest = $2";
        let Self(rotation) = self;
        let query = sqlx::query(ROTATE)
            .bind(id_bytes(rotation.device))
            .bind(rotation.from.0.to_vec())
            .bind(rotation.to.0.to_vec())
            .bind(rotation.at.0)
            .bind(rotation.expires.0);
        Ok(query.execute(connection).await.map_err(not_executed)?.rows_affected() == 1)
    }
}

/// Ends devices of a user.
pub(crate) struct EndDevices(pub(crate) UserId, pub(crate) Ends);

impl Work for EndDevices {
    type Done = usize;
    type Error = StoreError;

    async fn steps(&self, connection: &mut Connection) -> Result<usize, StoreError> {
        end(connection, &self.0, self.1).await
    }
}

pub(super) async fn end(connection: &mut Connection, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
    const ONE: &str = "DELETE FROM chat_devices WHERE user_id = $1 AND id = $2";
    const ALL_BUT: &str = "DELETE FROM chat_devices WHERE user_id = $1 AND id <> $2";
    const ALL: &str = "DELETE FROM chat_devices WHERE user_id = $1";
    let query = match ends {
        Ends::Nothing => return Ok(0),
        Ends::One(one) => sqlx::query(ONE).bind(user.as_str()).bind(id_bytes(one)),
        Ends::AllBut(but) => sqlx::query(ALL_BUT).bind(user.as_str()).bind(id_bytes(but)),
        Ends::All => sqlx::query(ALL).bind(user.as_str()),
    };
    let ended = query.execute(&mut *connection).await.map_err(not_executed)?.rows_affected();
    count(connection, ended).await?;
    usize::try_from(ended).map_err(corrupt)
}

/// Counts one revocation, if any device was ended.
async fn count(connection: &mut Connection, ended: u64) -> Result<(), StoreError> {
    if ended > 0 {
        let query = sqlx::query("UPDATE chat_revocations SET count = count + 1 WHERE id = 1");
        query.execute(connection).await.map_err(not_executed)?;
    }
    Ok(())
}

pub(crate) const LIVING: &str = concat!(
    "SELECT chat_devices.id FROM ",
    texts!("$1"),
    look_up!(),
    "chat_devices ON chat_devices.id = ",
    unhex!("value")
);

pub(crate) async fn living(connection: &mut Connection, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
    let asked = devices.iter().take(DEVICES_PER_QUERY).map(|device| format!("{:032x}", device.number()));
    let asked = rows::json(&asked.collect::<Vec<_>>())?;
    let living: Vec<Vec<u8>> =
        sqlx::query_scalar(LIVING).bind(asked).fetch_all(connection).await.map_err(not_executed)?;
    living.iter().map(|id| device_id(id)).collect()
}

pub(crate) async fn revocations(connection: &mut Connection) -> Result<u64, StoreError> {
    let count = sqlx::query_scalar("SELECT count FROM chat_revocations WHERE id = 1").fetch_one(connection).await;
    rows::number(count.map_err(not_executed)?)
}
