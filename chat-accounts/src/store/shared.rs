//! A store that is shared, or of a kind that is not known, is a store.

use std::sync::Arc;

use async_trait::async_trait;
use chat_core::{Hides, StoreError, Timestamp, UserId};

use super::{AccountError, AccountStore, By, Ends};
use crate::{Account, Device, DeviceId, Found, Link, Pass, PassId, Place, Prefix, Rotation, SecretHash};

macro_rules! forward {
    ($pointer:ident) => {
        #[async_trait]
        impl<S: AccountStore + ?Sized> AccountStore for $pointer<S> {
            async fn create_account(&self, account: &Account) -> Result<(), AccountError> {
                (**self).create_account(account).await
            }

            async fn import_account(&self, account: &Account) -> Result<(), AccountError> {
                (**self).import_account(account).await
            }

            async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError> {
                (**self).register(account, pass, now).await
            }

            async fn has_admin(&self) -> Result<bool, StoreError> {
                (**self).has_admin().await
            }

            async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError> {
                (**self).account(by).await
            }

            async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
                (**self).accounts(after, limit).await
            }

            async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
                (**self).hidden(users).await
            }

            async fn search(
                &self,
                prefix: &Prefix,
                after: Option<&Place>,
                limit: usize,
            ) -> Result<Vec<Found>, StoreError> {
                (**self).search(prefix, after, limit).await
            }

            async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError> {
                (**self).update_account(account, ends).await
            }

            async fn unfinished_deletions(
                &self,
                after: Option<&UserId>,
                limit: usize,
            ) -> Result<Vec<UserId>, StoreError> {
                (**self).unfinished_deletions(after, limit).await
            }

            async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError> {
                (**self).finish_deletion(user).await
            }

            async fn remove_account(&self, user: &UserId) -> Result<(), StoreError> {
                (**self).remove_account(user).await
            }

            async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError> {
                (**self).create_device(device, revision).await
            }

            async fn device(&self, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
                (**self).device(device).await
            }

            async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError> {
                (**self).devices(user).await
            }

            async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError> {
                (**self).rotate(rotation).await
            }

            async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
                (**self).end_devices(user, ends).await
            }

            async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
                (**self).living(devices).await
            }

            async fn revocations(&self) -> Result<u64, StoreError> {
                (**self).revocations().await
            }

            async fn create_link(&self, link: &Link) -> Result<(), StoreError> {
                (**self).create_link(link).await
            }

            async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
                (**self).link(secret).await
            }

            async fn create_pass(&self, pass: &Pass) -> Result<(), StoreError> {
                (**self).create_pass(pass).await
            }

            async fn pass(&self, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
                (**self).pass(secret).await
            }

            async fn passes(&self) -> Result<Vec<Pass>, StoreError> {
                (**self).passes().await
            }

            async fn remove_pass(&self, pass: PassId) -> Result<bool, StoreError> {
                (**self).remove_pass(pass).await
            }

            async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
                (**self).sweep(now, limit).await
            }
        }
    };
}

forward!(Arc);
forward!(Box);
