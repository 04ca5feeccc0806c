//! Accounts: a user's document holds the account, its devices and its link.
//!
//! So each change is one change of one document, on a server without transactions, too. What its username looks like is in it as
//! well: see [`looks`]. Only the number of revocations and
//! the words by which users are found are kept elsewhere: see [`revocations`] and [`words`]. A pass is a document, too, and its uses are places that accounts take: see [`passes`].

mod changes;
mod devices;
mod documents;
mod links;
mod looks;
mod passes;
mod revocations;
mod words;

use async_trait::async_trait;
use chat_accounts::{
    Account, AccountError, AccountStore, By, Device, DeviceId, Ends, Found, Link, Pass, PassId, Place, Prefix,
    Rotation, SecretHash,
};
use chat_model::{Hides, StoreError, Timestamp, UserId};

pub(crate) use self::{looks::keep_all as keep_looks, words::keep_all as keep_words};
use crate::MongoStore;

#[async_trait]
impl AccountStore for MongoStore {
    async fn create_account(&self, account: &Account) -> Result<(), AccountError> {
        changes::create(&self.db, account, changes::Origin::New(None)).await
    }

    async fn import_account(&self, account: &Account) -> Result<(), AccountError> {
        changes::create(&self.db, account, changes::Origin::Imported).await
    }

    async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError> {
        changes::create(&self.db, account, changes::Origin::New(Some((pass, now)))).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        changes::has_admin(&self.db).await
    }

    async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError> {
        changes::account(&self.db, by).await
    }

    async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        changes::accounts(&self.db, after, limit).await
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
        changes::hidden(&self.db, users).await
    }

    async fn search(&self, prefix: &Prefix, after: Option<&Place>, limit: usize) -> Result<Vec<Found>, StoreError> {
        words::search(&self.db, prefix, after, limit).await
    }

    async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError> {
        changes::update(&self.db, account, ends).await
    }

    async fn unfinished_deletions(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        changes::unfinished(&self.db, after, limit).await
    }

    async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError> {
        changes::finish_deletion(&self.db, user).await
    }

    async fn remove_account(&self, user: &UserId) -> Result<(), StoreError> {
        changes::remove(&self.db, user).await
    }

    async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError> {
        devices::create(&self.db, device, revision).await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
        devices::device(&self.db, device).await
    }

    async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError> {
        devices::devices(&self.db, user).await
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError> {
        devices::rotate(&self.db, rotation).await
    }

    async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
        devices::end(&self.db, user, ends).await
    }

    async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
        devices::living(&self.db, devices).await
    }

    async fn revocations(&self) -> Result<u64, StoreError> {
        revocations::number(&self.db).await
    }

    async fn create_link(&self, link: &Link) -> Result<(), StoreError> {
        links::create(&self.db, link).await
    }

    async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
        links::with_secret(&self.db, secret).await
    }

    async fn create_pass(&self, pass: &Pass) -> Result<(), StoreError> {
        passes::create(&self.db, pass).await
    }

    async fn pass(&self, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
        passes::with_secret(&self.db, secret).await
    }

    async fn passes(&self) -> Result<Vec<Pass>, StoreError> {
        passes::all(&self.db).await
    }

    async fn remove_pass(&self, pass: PassId) -> Result<bool, StoreError> {
        passes::remove(&self.db, pass).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        links::sweep(&self.db, now, limit).await
    }
}
