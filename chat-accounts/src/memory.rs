//! Accounts that live as long as the process.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chat_core::{Hides, Looks, StoreError, Timestamp, UserId, WordIndex, limits};

use crate::{
    Account, AccountError, AccountStore, By, Device, DeviceId, Ends, Found, Identity, Link, Pass, PassId, Place,
    Prefix, RANKS, Rotation, SecretHash,
};

/// An [`AccountStore`] in memory: for tests, and for servers nobody will miss.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use chat_accounts::{AccountStore, By, MemoryAccounts};
///
/// assert!(MemoryAccounts::new().account(By::Username("ann")).await?.is_none());
/// # Ok::<(), chat_core::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Default)]
pub struct MemoryAccounts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<UserId, Account>,
    usernames: HashMap<String, UserId>,
    emails: HashMap<String, UserId>,
    identities: HashMap<Identity, UserId>,
    /// Whose names look so: several users' where accounts were imported.
    looks: HashMap<String, BTreeSet<UserId>>,
    words: WordIndex<UserId>,
    /// Users whose accounts are deleted, where something is left to be done for it.
    unfinished: BTreeSet<UserId>,
    devices: HashMap<DeviceId, Device>,
    devices_of: HashMap<UserId, Vec<DeviceId>>,
    links: HashMap<UserId, Link>,
    passes: HashMap<PassId, Pass>,
    revocations: u64,
}

impl MemoryAccounts {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The state changes only in steps that cannot panic, so a poisoned lock says nothing about it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the account's username, email address and identity are free, or this user's own.
    fn check_keys(&self, account: &Account, may_look_alike: bool) -> Result<(), AccountError> {
        let is_free = |owner: Option<&UserId>| owner.is_none_or(|owner| *owner == account.user);
        if !is_free(self.usernames.get(account.username.key())) {
            return Err(AccountError::UsernameTaken);
        }
        if !may_look_alike && self.looking(&account.username.looks()).any(|other| *other != account.user) {
            return Err(AccountError::UsernameTaken);
        }
        let email = account.email.as_ref().and_then(|email| self.emails.get(&email.key()));
        if !is_free(email) {
            return Err(AccountError::EmailTaken);
        }
        let identity = account.identity.as_ref().and_then(|identity| self.identities.get(identity));
        if is_free(identity) { Ok(()) } else { Err(AccountError::IdentityTaken) }
    }

    /// The users whose names have one of these looks.
    fn looking<'a>(&'a self, looks: &'a Looks) -> impl Iterator<Item = &'a UserId> + 'a {
        looks.as_slice().iter().filter_map(|look| self.looks.get(look)).flatten()
    }

    fn create(&mut self, account: &Account, may_look_alike: bool) -> Result<(), AccountError> {
        if self.accounts.contains_key(&account.user) {
            return Err(AccountError::Conflict);
        }
        self.check_keys(account, may_look_alike)?;
        self.insert(account.clone());
        Ok(())
    }

    fn insert(&mut self, account: Account) {
        self.usernames.insert(account.username.key().to_owned(), account.user.clone());
        for look in account.username.looks().as_slice() {
            self.looks.entry(look.clone()).or_default().insert(account.user.clone());
        }
        if let Some(email) = &account.email {
            self.emails.insert(email.key(), account.user.clone());
        }
        if let Some(identity) = &account.identity {
            self.identities.insert(identity.clone(), account.user.clone());
        }
        self.words.insert(&account.user, account.words());
        if account.is_deleted() {
            self.unfinished.insert(account.user.clone());
        }
        self.accounts.insert(account.user.clone(), account);
    }

    fn remove(&mut self, user: &UserId) {
        self.links.remove(user);
        self.unfinished.remove(user);
        if let Some(account) = self.accounts.remove(user) {
            self.usernames.remove(account.username.key());
            for look in account.username.looks().as_slice() {
                let users = self.looks.get_mut(look);
                if users.is_some_and(|users| users.remove(user) && users.is_empty()) {
                    self.looks.remove(look);
                }
            }
            account.identity.iter().for_each(|identity| drop(self.identities.remove(identity)));
            account.email.iter().for_each(|email| drop(self.emails.remove(&email.key())));
            self.words.remove(user, account.words());
        }
    }

    fn end(&mut self, user: &UserId, ends: Ends) -> usize {
        let Some(devices) = self.devices_of.get_mut(user) else { return 0 };
        let (ended, others): (Vec<_>, _) = devices.iter().partition(|device| ends.contains(**device));
        *devices = others;
        if devices.is_empty() {
            self.devices_of.remove(user);
        }
        ended.iter().for_each(|device| drop(self.devices.remove(device)));
        self.revocations += u64::from(!ended.is_empty());
        ended.len()
    }

    fn devices(&self, user: &UserId) -> Vec<Device> {
        let ids = self.devices_of.get(user).into_iter().flatten();
        let mut devices: Vec<_> = ids.filter_map(|id| self.devices.get(id)).cloned().collect();
        devices.sort_by_key(|device| (std::cmp::Reverse(device.last_seen), device.id));
        devices
    }
}

#[async_trait]
impl AccountStore for MemoryAccounts {
    async fn create_account(&self, account: &Account) -> Result<(), AccountError> {
        self.state().create(account, false)
    }

    async fn import_account(&self, account: &Account) -> Result<(), AccountError> {
        self.state().create(account, true)
    }

    async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError> {
        let mut state = self.state();
        let of_use = |it: &&Pass| it.secret == *pass && it.uses > 0 && it.expires > now;
        let id = state.passes.values().find(of_use).ok_or(AccountError::NoPass)?.id;
        state.create(account, false)?;
        if let Some(pass) = state.passes.get_mut(&id) {
            pass.uses -= 1;
        }
        Ok(())
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        Ok(self.state().accounts.values().any(|account| account.admin))
    }

    async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError> {
        let state = self.state();
        let user = match by {
            By::User(user) => Some(user),
            By::Username(key) => state.usernames.get(key),
            By::Email(key) => state.emails.get(key),
            By::Identity(identity) => state.identities.get(identity),
            By::Looks(looks) => state.looking(looks).next(),
        };
        Ok(user.and_then(|user| state.accounts.get(user)).cloned())
    }

    async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.state();
        let accounts = state.accounts.range((from, Bound::Unbounded)).map(|(_, account)| account.clone());
        Ok(accounts.take(limit.min(limits::MAX_PAGE)).collect())
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
        let state = self.state();
        let hides = |user| state.accounts.get(user).map(|account| account.hides).filter(|hides| hides.anything());
        Ok(users.iter().filter_map(|user| Some((user.clone(), hides(user)?))).collect())
    }

    async fn search(&self, prefix: &Prefix, after: Option<&Place>, limit: usize) -> Result<Vec<Found>, StoreError> {
        let state = self.state();
        let found = state.words.find(&RANKS, prefix, after).filter_map(|place| {
            let username = state.accounts.get(&place.id)?.username.clone();
            Some(Found { place, username })
        });
        Ok(found.take(limit.min(limits::MAX_PAGE)).collect())
    }

    async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError> {
        let mut state = self.state();
        let now = state.accounts.get(&account.user).filter(|now| now.revision == account.revision);
        let now = now.ok_or(AccountError::Conflict)?;
        let (created_at, is_renamed) = (now.created_at, now.username != account.username);
        state.check_keys(account, !is_renamed)?;
        state.remove(&account.user);
        state.insert(Account { revision: account.revision + 1, created_at, ..account.clone() });
        state.end(&account.user, ends);
        Ok(())
    }

    async fn unfinished_deletions(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.state();
        let users = state.unfinished.range::<UserId, _>((from, Bound::Unbounded));
        Ok(users.take(limit.min(limits::MAX_PAGE)).cloned().collect())
    }

    async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError> {
        self.state().unfinished.remove(user);
        Ok(())
    }

    async fn remove_account(&self, user: &UserId) -> Result<(), StoreError> {
        let mut state = self.state();
        state.remove(user);
        state.end(user, Ends::All);
        Ok(())
    }

    async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError> {
        let mut state = self.state();
        let account = state.accounts.get(&device.user);
        if account.is_none_or(|account| account.revision != revision || !account.is_active()) {
            return Err(AccountError::Conflict);
        }
        for oldest in state.devices(&device.user).iter().skip(limits::MAX_DEVICES - 1) {
            state.end(&device.user, Ends::One(oldest.id));
        }
        state.devices.insert(device.id, device.clone());
        state.devices_of.entry(device.user.clone()).or_default().push(device.id);
        Ok(())
    }

    async fn device(&self, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
        let state = self.state();
        let with_account = |device: &Device| Some((device.clone(), state.accounts.get(&device.user)?.clone()));
        Ok(state.devices.get(&device).and_then(with_account))
    }

    async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError> {
        Ok(self.state().devices(user))
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError> {
        Ok(self.state().devices.get_mut(&rotation.device).is_some_and(|device| device.rotate(rotation)))
    }

    async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
        Ok(self.state().end(user, ends))
    }

    async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
        let state = self.state();
        Ok(devices.iter().filter(|device| state.devices.contains_key(device)).copied().collect())
    }

    async fn revocations(&self) -> Result<u64, StoreError> {
        Ok(self.state().revocations)
    }

    async fn create_link(&self, link: &Link) -> Result<(), StoreError> {
        self.state().links.insert(link.user.clone(), link.clone());
        Ok(())
    }

    async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
        Ok(self.state().links.values().find(|link| link.secret == *secret).cloned())
    }

    async fn create_pass(&self, pass: &Pass) -> Result<(), StoreError> {
        self.state().passes.insert(pass.id, pass.clone());
        Ok(())
    }

    async fn pass(&self, secret: &SecretHash) -> Result<Option<Pass>, StoreError> {
        Ok(self.state().passes.values().find(|pass| pass.secret == *secret).cloned())
    }

    async fn passes(&self) -> Result<Vec<Pass>, StoreError> {
        Ok(self.state().passes.values().take(limits::MAX_PASSES).cloned().collect())
    }

    async fn remove_pass(&self, pass: PassId) -> Result<bool, StoreError> {
        Ok(self.state().passes.remove(&pass).is_some())
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut state = self.state();
        let devices = state.devices.values().filter(|device| device.expires <= now);
        let devices: Vec<_> = devices.map(|device| (device.user.clone(), device.id)).take(limit).collect();
        let links = state.links.values().filter(|link| link.expires <= now).map(|link| link.user.clone());
        let links: Vec<_> = links.take(limit - devices.len()).collect();
        for (user, id) in &devices {
            state.end(user, Ends::One(*id));
        }
        for user in &links {
            state.links.remove(user);
        }
        let passes = state.passes.values().filter(|pass| pass.expires <= now).map(|pass| pass.id);
        let passes: Vec<_> = passes.take(limit - devices.len() - links.len()).collect();
        for pass in &passes {
            state.passes.remove(pass);
        }
        Ok(devices.len() + links.len() + passes.len())
    }
}
