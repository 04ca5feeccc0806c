//! Accounts, devices, links, the words by which users are found, and what their names look like.
//!
//! A transaction that makes a device or changes an account locks the account's row first. So a device that is made while its account is
//! changed is made before, and ended with the others, or it is refused. Links come before devices everywhere, so that no two
//! wait for each other.

pub(crate) mod changes;
pub(crate) mod devices;
pub(crate) mod links;
pub(crate) mod looks;
pub(crate) mod passes;
mod rows;
pub(crate) mod words;

use chat_accounts::{
    Account, AccountError, AccountStore, By, Device, DeviceId, Ends, Found, Link, Pass, PassId, Place, Prefix,
    Rotation, SecretHash,
};
use chat_model::{Hides, StoreError, Timestamp, UserId};

use self::{
    changes::{CreateAccount, FinishDeletion, RemoveAccount, UpdateAccount, account, accounts, hidden, unfinished},
    devices::{CreateDevice, EndDevices, Rotate, device, devices, living, revocations},
    links::{CreateLink, SweepAccounts, link},
    looks::KeepLooks,
    passes::{CreatePass, Register, RemovePass, has_admin, pass, passes},
    words::{KeepWords, search},
};
use super::ThisStore;

impl ThisStore {
    /// Has accounts of an earlier version found, and keeps others from taking names that look like theirs.
    pub(in super::super) async fn keep_words_and_looks(&self) -> Result<(), StoreError> {
        while !self.change(KeepWords).await? {}
        while !self.change(KeepLooks).await? {}
        Ok(())
    }
}

#[async_trait::async_trait]
impl AccountStore for ThisStore {
    async fn create_account(&self, account: &Account) -> Result<(), AccountError> {
        self.change(CreateAccount { account: account.clone(), is_imported: false }).await
    }

    async fn import_account(&self, account: &Account) -> Result<(), AccountError> {
        self.change(CreateAccount { account: account.clone(), is_imported: true }).await
    }

    async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError> {
        self.change(Register(account.clone(), *pass, now)).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        self.reading(async |connection| has_admin(connection).await).await
    }

    async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError> {
        self.reading(async |connection| account(connection, by).await).await
    }

    async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.reading(async |connection| accounts(connection, after, limit).await).await
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
        self.reading(async |connection| hidden(connection, users).await).await
    }

    async fn search(&self, prefix: &Prefix, after: Option<&Place>, limit: usize) -> Result<Vec<Found>, StoreError> {
        self.reading(async |connection| search(connection, prefix, after, limit).await).await
    }

    async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError> {
        self.change(UpdateAccount(account.clone(), ends)).await
    }

    async fn unfinished_deletions(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.reading(async |connection| unfinished(connection, after, limit).await).await
    }

    async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError> {
        self.change(FinishDeletion(user.clone())).await
    }

    async fn remove_account(&self, user: &UserId) -> Result<(), StoreError> {
        self.change(RemoveAccount(user.clone())).await
    }

    async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError> {
        self.change(CreateDevice(device.clone(), revision)).await
    }

    async fn device(&self, id: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
        self.reading(async |connection| device(connection, id).await).await
    }

    async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError> {
        self.reading(async |connection| devices(connection, user).await).await
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError> {
        self.change(Rotate(rotation.clone())).await
    }

    async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
        self.change(EndDevices(user.clone(), ends)).await
    }

    async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
        self.reading(async |connection| living(connection, devices).await).await
    }

    async fn revocations(&self) -> Result<u64, StoreError> {
        self.reading(async |connection| revocations(connection).await).await
    }

    async fn create_link(&self, link: &Link) -> Result<(), StoreError> {
        self.change(CreateLink(link.clone())).await
    }

    async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
        self.reading(async |connection| link(connection, secret).await).await
    }

    async fn create_pass(&self, pass: &Pass) -> Result<(), StoreError> {
        self.change(CreatePass(pass.clone())).await
    }

    async fn pass(&self, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
        self.reading(async |connection| pass(connection, secret).await).await
    }

    async fn passes(&self) -> Result<Vec<Pass>, StoreError> {
        self.reading(async |connection| passes(connection).await).await
    }

    async fn remove_pass(&self, pass: PassId) -> Result<bool, StoreError> {
        self.change(RemovePass(pass)).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.change(SweepAccounts(now, limit)).await
    }
}
