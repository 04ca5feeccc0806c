//! Devices made, refreshed, listed and ended.

use std::{cmp::Reverse, collections::BTreeSet};

use chat_accounts::{Account, AccountError, Device, DeviceId, Ends, Rotation, Standing};
use chat_model::{
    StoreError, UserId,
    limits::{DEVICES_PER_QUERY, MAX_DEVICES},
};
use mongodb::bson::{Document, doc};

use super::{
    changes::of_user,
    documents::{AccountDocument, DeviceDocument, account_fields, binary, device_id},
    revocations::{Before, Listed, Mark},
};
use crate::{
    database::{ACCOUNTS, Change, Database, Query},
    documents::{date, document, stored},
    error::after_a_change,
};

/// Keeps a new device in the place of those that are too many, by one change.
pub(super) async fn create(db: &Database, device: &Device, revision: u64) -> Result<(), AccountError> {
    let mark = Mark::of_account(device.user.as_str());
    let most = stored(MAX_DEVICES as u64);
    let latest = doc! { "$sortArray": { "input": "$devices", "sortBy": { "last_seen": -1, "id": 1 } } };
    let kept = doc! { "$slice": [latest, most - 1] };
    // What a client says of itself is a value, whatever it looks like.
    let new = doc! { "$literal": document(&DeviceDocument::from(device))? };
    let is_full = doc! { "$gte": [{ "$size": "$devices" }, most] };
    let to = vec![doc! { "$set": {
        "devices": { "$concatArrays": [kept, [new]] },
        "uncounted": { "$cond": [is_full, mark.id, "$uncounted"] },
    } }];
    let mut of = of_user(&device.user);
    of.extend(doc! { "revision": stored(revision), "standing": Standing::Active.as_str() });
    let before: Option<Before> = db.change(ACCOUNTS, of, to, Before::fields()).await?;
    let ended = (before.as_ref().ok_or(AccountError::Conflict)?.devices.len() + 1).saturating_sub(MAX_DEVICES);
    if ended > 0 {
        mark.count(db).await.map_err(after_a_change)?;
    }
    Ok(())
}

pub(super) async fn device(db: &Database, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
    let id = device.to_string();
    let mut fields = account_fields();
    fields.insert("devices", doc! { "$elemMatch": { "id": &id } });
    let query = Query::of(doc! { "devices.id": id }).fields(fields).index("devices");
    let Some(mut found) = db.find_one::<AccountDocument>(ACCOUNTS, query).await? else { return Ok(None) };
    let device = found.devices.pop();
    let account = Account::try_from(found)?;
    let device = device.map(|device| device.of(account.user.clone())).transpose()?;
    Ok(device.map(|device| (device, account)))
}

pub(super) async fn devices(db: &Database, user: &UserId) -> Result<Vec<Device>, StoreError> {
    #[derive(serde::Deserialize)]
    struct Devices {
        devices: Vec<DeviceDocument>,
    }
    let query = Query::of(of_user(user)).fields(doc! { "devices": 1 });
    let Some(found) = db.find_one::<Devices>(ACCOUNTS, query).await? else { return Ok(Vec::new()) };
    let devices = found.devices.into_iter().map(|device| device.of(user.clone()));
    let mut devices = devices.collect::<Result<Vec<_>, _>>()?;
    devices.sort_by_key(|device| (Reverse(device.last_seen), device.id));
    Ok(devices)
}

pub(super) async fn rotate(db: &Database, rotation: &Rotation) -> Result<bool, StoreError> {
    let from = doc! { "id": rotation.device.to_string(), "newest": binary(&rotation.from) };
    let to = doc! { "$set": {
        "devices.$.newest": binary(&rotation.to),
        "devices.$.last_seen": date(rotation.at),
        "devices.$.expires": date(rotation.expires),
    } };
    let changed = db.update(ACCOUNTS, vec![Change::one(doc! { "devices": { "$elemMatch": from } }, to)]).await?;
    Ok(changed == 1)
}

/// The devices that are ended, as a condition on one; `None` for none.
pub(super) fn which(ends: Ends) -> Option<Document> {
    match ends {
        Ends::Nothing => None,
        Ends::One(one) => Some(doc! { "id": one.to_string() }),
        Ends::AllBut(but) => Some(doc! { "id": { "$ne": but.to_string() } }),
        Ends::All => Some(doc! { "id": { "$exists": true } }),
    }
}

pub(super) async fn end(db: &Database, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
    let Some(which) = which(ends) else { return Ok(0) };
    let mark = Mark::of_account(user.as_str());
    let mut of = of_user(user);
    of.insert("devices", doc! { "$elemMatch": which.clone() });
    let to = doc! { "$pull": { "devices": which }, "$set": { "uncounted": mark.id } };
    let Some(before) = db.change::<Before>(ACCOUNTS, of, to, Before::fields()).await? else { return Ok(0) };
    let ended = before.ended(ends)?;
    before.settle(db, mark, ended).await.map_err(after_a_change)?;
    Ok(ended)
}

pub(super) async fn living(db: &Database, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
    #[derive(serde::Deserialize)]
    struct Devices {
        devices: Vec<Listed>,
    }
    let asked: BTreeSet<DeviceId> = devices.iter().take(DEVICES_PER_QUERY).copied().collect();
    let ids: Vec<String> = asked.iter().map(DeviceId::to_string).collect();
    let query = Query::of(doc! { "devices.id": { "$in": ids } }).fields(doc! { "devices.id": 1 }).index("devices");
    let found: Vec<Devices> = db.find(ACCOUNTS, query).await?;
    let there = found.iter().flat_map(|found| &found.devices).map(|device| device_id(&device.id));
    there.filter(|device| device.as_ref().map_or(true, |device| asked.contains(device))).collect()
}
