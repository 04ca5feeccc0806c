//! A store in memory that fails where a test wants it to.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use chat_core::{Hides, StoreError, Timestamp, UserId};
use tokio::sync::oneshot;

use crate::{
    Account, AccountError, AccountStore, By, Device, DeviceId, Ends, Found, Link, MemoryAccounts, Pass, PassId, Place,
    Prefix, Rotation, SecretHash,
};

#[derive(Default)]
pub(super) struct Faulty {
    pub(super) inner: Arc<MemoryAccounts>,
    /// The connection is lost with the next rotation, once that is done; then no device is found until this is false.
    pub(super) loses_rotations: AtomicBool,
    is_down: AtomicBool,
    /// No account is changed until this is false.
    pub(super) refuses_changes: AtomicBool,
    /// Where the next change of an account stops before it is done.
    pub(super) before_change: Mutex<Option<Stop>>,
    /// Where the next change of an account stops once it is done.
    pub(super) after_change: Mutex<Option<Stop>>,
    /// Where the next link stops before it is made.
    pub(super) before_link: Mutex<Option<Stop>>,
}

/// Says that somebody has come here, and lets them go on when it is told to.
pub(super) struct Stop {
    come: oneshot::Sender<()>,
    go_on: oneshot::Receiver<()>,
}

impl Stop {
    /// A stop, who comes there, and what lets them go on.
    pub(super) fn new() -> (Self, oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((come, has_come), (let_go_on, go_on)) = (oneshot::channel(), oneshot::channel());
        (Self { come, go_on }, has_come, let_go_on)
    }

    async fn at(place: &Mutex<Option<Self>>) {
        let stop = place.lock().unwrap().take();
        if let Some(Self { come, go_on }) = stop {
            come.send(()).unwrap();
            go_on.await.unwrap();
        }
    }
}

impl Faulty {
    pub(super) fn come_back(&self) {
        self.loses_rotations.store(false, Ordering::Relaxed);
        self.is_down.store(false, Ordering::Relaxed);
    }
}

#[async_trait]
impl AccountStore for Faulty {
    async fn create_account(&self, account: &Account) -> Result<(), AccountError> {
        self.inner.create_account(account).await
    }

    async fn import_account(&self, account: &Account) -> Result<(), AccountError> {
        self.inner.import_account(account).await
    }

    async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError> {
        self.inner.register(account, pass, now).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        self.inner.has_admin().await
    }

    async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError> {
        self.inner.account(by).await
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
        self.inner.hidden(users).await
    }

    async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.inner.accounts(after, limit).await
    }

    async fn search(&self, prefix: &Prefix, after: Option<&Place>, limit: usize) -> Result<Vec<Found>, StoreError> {
        self.inner.search(prefix, after, limit).await
    }

    async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError> {
        Stop::at(&self.before_change).await;
        if self.refuses_changes.load(Ordering::Relaxed) {
            return Err(StoreError::NotExecuted { source: "down".into() }.into());
        }
        let updated = self.inner.update_account(account, ends).await;
        Stop::at(&self.after_change).await;
        updated
    }

    async fn unfinished_deletions(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.inner.unfinished_deletions(after, limit).await
    }

    async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError> {
        self.inner.finish_deletion(user).await
    }

    async fn remove_account(&self, user: &UserId) -> Result<(), StoreError> {
        self.inner.remove_account(user).await
    }

    async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError> {
        self.inner.create_device(device, revision).await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(StoreError::NotExecuted { source: "down".into() });
        }
        self.inner.device(device).await
    }

    async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError> {
        self.inner.devices(user).await
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError> {
        let rotated = self.inner.rotate(rotation).await;
        if !self.loses_rotations.load(Ordering::Relaxed) {
            return rotated;
        }
        self.is_down.store(true, Ordering::Relaxed);
        Err(StoreError::OutcomeUnknown { source: "lost".into() })
    }

    async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
        self.inner.end_devices(user, ends).await
    }

    async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
        self.inner.living(devices).await
    }

    async fn revocations(&self) -> Result<u64, StoreError> {
        self.inner.revocations().await
    }

    async fn create_link(&self, link: &Link) -> Result<(), StoreError> {
        Stop::at(&self.before_link).await;
        self.inner.create_link(link).await
    }

    async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
        self.inner.link(secret).await
    }

    async fn create_pass(&self, pass: &Pass) -> Result<(), StoreError> {
        self.inner.create_pass(pass).await
    }

    async fn pass(&self, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
        self.inner.pass(secret).await
    }

    async fn passes(&self) -> Result<Vec<Pass>, StoreError> {
        self.inner.passes().await
    }

    async fn remove_pass(&self, pass: PassId) -> Result<bool, StoreError> {
        self.inner.remove_pass(pass).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.inner.sweep(now, limit).await
    }
}
