//! A store of accounts that makes one mistake.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chat_accounts::{
    Account, AccountError, AccountStore, By, Device, DeviceId, Ends, Found, Identity, Link, MemoryAccounts, Pass,
    PassId, Place, Prefix, Rotation, SecretHash, Standing, Username,
};
use chat_core::{Hides, StoreError, Timestamp, UserId, limits};
use tokio::{
    sync::{oneshot, watch},
    task::yield_now,
    time::timeout,
};

/// So long a call waits for another one that may not come.
const LONG: Duration = Duration::from_millis(200);

#[allow(dead_code, reason = "no test makes all of them")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    TakesAUsernameTwice,
    TakesAnAddressTwice,
    TakesAnIdentityTwice,
    IgnoresTheCaseOfSubjects,
    KeepsTheIdentitiesOfTheDeleted,
    ForgetsIdentities,
    LooksBeforeItTakesAnIdentity,
    LetsNamesLookAlike,
    RefusesNamesThatLookLikeOnesOwn,
    FreesTheLooksOfTheDeleted,
    ImportsNoLookalike,
    FreesTheLooksOfTheRenamed,
    LooksBeforeItTakesALook,
    LooksBeforeItCreates,
    OverwritesAnAccount,
    KeepsAnAccountWithoutItsAddress,
    TrimsKeys,
    IgnoresTheCaseOfKeys,
    ClampsTimes,
    ForgetsWhatAClientSays,
    OrdersWithoutCase,
    ExceedsAPage,
    UpdatesAnyRevision,
    LooksBeforeItUpdates,
    KeepsOldUsernames,
    EndsNothingOnUpdate,
    EndsAllOnUpdate,
    EndsBeforeItChecks,
    KeepsTheLinkOnUpdate,
    ForgetsWhatDeletionsLeave,
    MovesTheTimeOfCreation,
    ShowsAll,
    ShowsAllButReads,
    KeepsTheNamesOfTheRemoved,
    LogsTheSuspendedIn,
    LogsInAtAnyRevision,
    LooksBeforeItLogsIn,
    ListsDevicesByAge,
    EndsTheNewestOfTooMany,
    RotatesFromAnyToken,
    RotatesTwice,
    LooksBeforeItRotates,
    RevivesEndedDevices,
    EndsAnothersDevice,
    CountsNoEnds,
    FindsEveryDevice,
    CountsRevocationsThatWereNone,
    CountsNoRevocations,
    CountsRevocationsBeforehand,
    TearsDevices,
    GivesALinkOnce,
    KeepsEarlierLinks,
    UsesAnExpiredPass,
    SpendsAPassOnTheRefused,
    LooksBeforeItUsesAPass,
    CountsTheSuspendedAsNoAdministrators,
    SweepsTooSoon,
    SweepsTooLate,
    SweepsWithoutBound,
    StaysBusyWhenDropped,
    FindsWholeNamesAlone,
    FindsInOrderOfUserIds,
    FindsTwice,
    FindsTheHidden,
    FindsByAnEarlierName,
    BeginsEachPageAnew,
    FindsNobodyBehindAWord,
    /// No mistake: it rotates, and its answer is lost.
    LosesTheAnswer,
    /// No mistake: it does not rotate, and its answer is lost.
    LosesTheCall,
}

pub struct Flawed {
    flaw: Flaw,
    inner: MemoryAccounts,
    devices: Mutex<HashMap<DeviceId, Device>>,
    links: Mutex<Vec<Link>>,
    removed: Mutex<HashMap<String, Account>>,
    counted: AtomicU64,
    busy: AtomicBool,
    /// Sent to once accounts were updated, and once devices were looked for or ended: what a mistake that needs a race waits for.
    raced: watch::Sender<()>,
    /// A call that waits for another one: see [`meet`](Self::meet).
    waiting: Mutex<Option<oneshot::Sender<()>>>,
}

impl Flawed {
    pub fn new(flaw: Flaw) -> Self {
        let (devices, links, removed, counted, busy, raced, waiting) = Default::default();
        Self { flaw, inner: MemoryAccounts::new(), devices, links, removed, counted, busy, raced, waiting }
    }

    /// Has two calls that race come to the same point before one of them goes on, however busy the machine is. A call that no other one
    /// joins goes on by itself.
    async fn meet(&self) {
        let other = {
            let mut waiting = self.waiting.lock().unwrap();
            if waiting.take().is_some_and(|other| other.send(()).is_ok()) {
                None
            } else {
                let (sender, other) = oneshot::channel();
                *waiting = Some(sender);
                Some(other)
            }
        };
        match other {
            Some(other) => _ = timeout(LONG, other).await,
            // The one that waited goes first on one processor, too: without this, it would come when the other one is done.
            None => yield_now().await,
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    async fn now(&self, user: &UserId) -> Option<Account> {
        self.inner.account(By::User(user)).await.unwrap()
    }

    /// The revision that the account has, whichever was meant.
    async fn revision(&self, user: &UserId, meant: u64) -> u64 {
        self.now(user).await.map_or(meant, |now| now.revision)
    }

    fn spelled(&self, identity: &Identity) -> Identity {
        let subject = identity.subject();
        let subject = if self.is(Flaw::IgnoresTheCaseOfSubjects) { subject.to_lowercase() } else { subject.to_owned() };
        Identity::new(identity.issuer(), &subject).unwrap()
    }

    fn spoil(&self, account: &Account) -> Account {
        let mut account = account.clone();
        let key = match self.flaw {
            Flaw::TrimsKeys => account.username.key().trim().to_owned(),
            Flaw::IgnoresTheCaseOfKeys => account.username.key().to_lowercase(),
            _ => account.username.key().to_owned(),
        };
        account.username = Username::stored(account.username.shown(), &key).unwrap();
        account.findable |= self.is(Flaw::FindsTheHidden);
        account.identity = account.identity.filter(|_| !self.is(Flaw::ForgetsIdentities)).map(|it| self.spelled(&it));
        if self.is(Flaw::ClampsTimes) {
            account.created_at = Timestamp(account.created_at.0.max(0));
        }
        account
    }
}

fn not_executed() -> StoreError {
    StoreError::NotExecuted { source: "busy".into() }
}

#[async_trait]
impl AccountStore for Flawed {
    async fn create_account(&self, account: &Account) -> Result<(), AccountError> {
        let account = &self.spoil(account);
        if self.is(Flaw::KeepsTheNamesOfTheRemoved) && self.removed.lock().unwrap().contains_key(account.username.key())
        {
            return Err(AccountError::UsernameTaken);
        }
        if self.is(Flaw::LooksBeforeItCreates) {
            let taken = self.inner.account(By::Username(account.username.key())).await?.is_some();
            self.meet().await;
            let created = self.inner.create_account(account).await;
            return if taken { created } else { created.or(Ok(())) };
        }
        if self.is(Flaw::LooksBeforeItTakesALook) {
            let is_taken = self.inner.account(By::Looks(&account.username.looks())).await?.is_some();
            if is_taken {
                return Err(AccountError::UsernameTaken);
            }
            self.meet().await;
            return self.inner.import_account(account).await;
        }
        if self.is(Flaw::KeepsTheIdentitiesOfTheDeleted)
            && self.removed.lock().unwrap().values().any(|gone| gone.identity == account.identity)
        {
            return Err(AccountError::IdentityTaken);
        }
        if let (Flaw::LooksBeforeItTakesAnIdentity, Some(identity)) = (self.flaw, &account.identity) {
            let is_taken = self.inner.account(By::Identity(identity)).await?.is_some();
            self.meet().await;
            let created = self.inner.create_account(account).await;
            return if is_taken { created } else { created.or(Ok(())) };
        }
        match (self.flaw, self.inner.create_account(account).await) {
            (Flaw::TakesAUsernameTwice, Err(AccountError::UsernameTaken))
            | (Flaw::TakesAnAddressTwice, Err(AccountError::EmailTaken))
            | (Flaw::TakesAnIdentityTwice, Err(AccountError::IdentityTaken)) => Ok(()),
            (Flaw::LetsNamesLookAlike, Err(AccountError::UsernameTaken)) => self.inner.import_account(account).await,
            (Flaw::FreesTheLooksOfTheDeleted, Err(AccountError::UsernameTaken)) => {
                let alike = self.inner.account(By::Looks(&account.username.looks())).await?;
                let is_free = alike.is_some_and(|alike| alike.is_deleted());
                if is_free { self.inner.import_account(account).await } else { Err(AccountError::UsernameTaken) }
            }
            (Flaw::FreesTheLooksOfTheRenamed, Err(AccountError::UsernameTaken)) => {
                let looks = account.username.looks();
                let is_free = self.removed.lock().unwrap().values().any(|gone| gone.username.looks().meet(&looks));
                if is_free { self.inner.import_account(account).await } else { Err(AccountError::UsernameTaken) }
            }
            (Flaw::KeepsAnAccountWithoutItsAddress, Err(AccountError::EmailTaken)) => {
                self.inner.create_account(&Account { email: None, ..account.clone() }).await?;
                Err(AccountError::EmailTaken)
            }
            (Flaw::OverwritesAnAccount, Err(AccountError::Conflict)) => {
                let revision = self.revision(&account.user, 0).await;
                self.inner.update_account(&Account { revision, ..account.clone() }, Ends::Nothing).await
            }
            (_, created) => created,
        }
    }

    async fn import_account(&self, account: &Account) -> Result<(), AccountError> {
        let account = &self.spoil(account);
        if self.is(Flaw::ImportsNoLookalike) {
            return self.inner.create_account(account).await;
        }
        self.inner.import_account(account).await
    }

    async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError> {
        match self.flaw {
            Flaw::UsesAnExpiredPass => self.inner.register(account, pass, Timestamp(i64::MIN)).await,
            Flaw::SpendsAPassOnTheRefused => {
                let registered = self.inner.register(account, pass, now).await;
                if let (Err(_), Some(pass)) = (&registered, self.inner.pass(pass).await?) {
                    self.inner.create_pass(&Pass { uses: pass.uses.saturating_sub(1), ..pass }).await?;
                }
                registered
            }
            Flaw::LooksBeforeItUsesAPass => {
                let is_of_use = self.inner.pass(pass).await?.is_some_and(|pass| pass.uses > 0 && pass.expires > now);
                self.meet().await;
                match self.inner.register(account, pass, now).await {
                    Err(AccountError::NoPass) if is_of_use => self.inner.create_account(account).await,
                    registered => registered,
                }
            }
            _ => self.inner.register(account, pass, now).await,
        }
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        if self.is(Flaw::CountsTheSuspendedAsNoAdministrators) {
            let accounts = self.inner.accounts(None, limits::MAX_PAGE).await?;
            return Ok(accounts.iter().any(|account| account.admin && account.is_active()));
        }
        self.inner.has_admin().await
    }

    async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError> {
        match by {
            By::Username(key) if self.is(Flaw::TrimsKeys) => self.inner.account(By::Username(key.trim())).await,
            By::Username(key) if self.is(Flaw::IgnoresTheCaseOfKeys) => {
                self.inner.account(By::Username(&key.to_lowercase())).await
            }
            By::Identity(identity) => self.inner.account(By::Identity(&self.spelled(identity))).await,
            by => self.inner.account(by).await,
        }
    }

    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError> {
        let mut hidden = self.inner.hidden(users).await?;
        hidden.retain(|(_, hides)| hides.reads || !self.is(Flaw::ShowsAllButReads));
        hidden.retain(|_| !self.is(Flaw::ShowsAll));
        Ok(hidden)
    }

    async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let mut accounts = self.inner.accounts(after, limit).await?;
        if self.is(Flaw::OrdersWithoutCase) {
            accounts.sort_by_key(|account| account.user.as_str().to_lowercase());
        }
        while self.is(Flaw::ExceedsAPage) && accounts.len() < limit {
            let last = accounts.last().map(|account| account.user.clone());
            match self.inner.accounts(last.as_ref(), limit - accounts.len()).await? {
                more if more.is_empty() => break,
                more => accounts.extend(more),
            }
        }
        Ok(accounts)
    }

    async fn search(&self, prefix: &Prefix, after: Option<&Place>, limit: usize) -> Result<Vec<Found>, StoreError> {
        let after = after.filter(|_| !self.is(Flaw::BeginsEachPageAnew));
        let mut found = self.inner.search(prefix, after, limit).await?;
        match self.flaw {
            Flaw::FindsWholeNamesAlone => found.retain(|found| found.place.rank == 0),
            Flaw::FindsInOrderOfUserIds => found.sort_by(|a, b| a.place.id.cmp(&b.place.id)),
            Flaw::FindsTwice => found.extend(found.last().filter(|found| found.place.rank > 0).cloned()),
            Flaw::FindsNobodyBehindAWord if prefix.as_str().contains(' ') => found.clear(),
            _ => {}
        }
        Ok(found)
    }

    async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError> {
        let mut account = self.spoil(account);
        let ends = match (self.flaw, ends) {
            (Flaw::EndsNothingOnUpdate, _) => Ends::Nothing,
            (Flaw::EndsAllOnUpdate, _) => Ends::All,
            (_, ends) => ends,
        };
        match self.flaw {
            Flaw::UpdatesAnyRevision => account.revision = self.revision(&account.user, account.revision).await,
            // Each of these is a race of an update with another call.
            Flaw::LooksBeforeItTakesALook | Flaw::LooksBeforeItLogsIn | Flaw::TearsDevices => self.meet().await,
            Flaw::LooksBeforeItUpdates if self.revision(&account.user, 0).await == account.revision => {
                self.meet().await;
                account.revision = self.revision(&account.user, account.revision).await;
            }
            Flaw::FindsByAnEarlierName => {
                let shown = self.now(&account.user).await.map(|now| now.username.shown().to_owned());
                let key = account.username.key().to_owned();
                account.username = Username::stored(shown.as_ref().unwrap_or(&key), &key).unwrap();
            }
            Flaw::RefusesNamesThatLookLikeOnesOwn
                if self.now(&account.user).await.is_some_and(|now| now.username != account.username)
                    && self.inner.account(By::Looks(&account.username.looks())).await?.is_some() =>
            {
                return Err(AccountError::UsernameTaken);
            }
            Flaw::EndsBeforeItChecks => drop(self.inner.end_devices(&account.user, ends).await?),
            _ => {}
        }
        let before = self.now(&account.user).await;
        self.inner.update_account(&account, ends).await?;
        self.raced.send_replace(());
        if let (Flaw::FreesTheLooksOfTheRenamed, Some(before)) = (self.flaw, &before)
            && before.username != account.username
        {
            self.removed.lock().unwrap().insert(before.username.key().to_owned(), before.clone());
        }
        if let (Flaw::KeepsOldUsernames, Some(before)) = (self.flaw, before)
            && before.username.key() != account.username.key()
        {
            let ghost = Account { user: UserId::parse("ghost").unwrap(), email: None, ..before };
            self.inner.create_account(&ghost).await?;
        }
        let link = self.links.lock().unwrap().iter().rfind(|link| link.user == account.user).cloned();
        if let Some(link) = link.filter(|_| self.is(Flaw::KeepsTheLinkOnUpdate)) {
            self.inner.create_link(&link).await?;
        }
        if self.is(Flaw::MovesTheTimeOfCreation) {
            self.inner.remove_account(&account.user).await?;
            account.revision += 1;
            self.inner.create_account(&account).await?;
        }
        Ok(())
    }

    async fn unfinished_deletions(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let users = self.inner.unfinished_deletions(after, limit).await?;
        Ok(if self.is(Flaw::ForgetsWhatDeletionsLeave) { Vec::new() } else { users })
    }

    async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError> {
        self.inner.finish_deletion(user).await
    }

    async fn remove_account(&self, user: &UserId) -> Result<(), StoreError> {
        if let Some(now) = self.now(user).await {
            self.removed.lock().unwrap().insert(now.username.key().to_owned(), now);
        }
        self.inner.remove_account(user).await
    }

    async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError> {
        let mut device = device.clone();
        if self.is(Flaw::ForgetsWhatAClientSays) {
            device.user_agent = device.user_agent.filter(|agent| !agent.is_empty());
        }
        if self.is(Flaw::EndsTheNewestOfTooMany) {
            let devices = self.inner.devices(&device.user).await?;
            if devices.len() >= limits::MAX_DEVICES {
                self.inner.end_devices(&device.user, Ends::One(devices[0].id)).await?;
            }
        }
        let mut at = revision;
        let mut suspended = self.raced.subscribe();
        let now = self.now(&device.user).await;
        if self.is(Flaw::LogsInAtAnyRevision) {
            at = now.as_ref().map_or(at, |now| now.revision);
        }
        if let (Flaw::LooksBeforeItLogsIn, Some(now)) = (self.flaw, &now)
            && now.revision == revision
            && now.is_active()
        {
            self.meet().await;
            suspended.changed().await.unwrap();
            at = self.log_in_whatever(&device.user).await;
        }
        if let (Flaw::LogsTheSuspendedIn, Some(now)) = (self.flaw, &now)
            && now.revision == revision
            && !now.is_active()
        {
            at = self.log_in_whatever(&device.user).await;
        }
        self.devices.lock().unwrap().insert(device.id, device.clone());
        self.inner.create_device(&device, at).await
    }

    async fn device(&self, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError> {
        let mut updated = self.raced.subscribe();
        let found = self.inner.device(device).await?;
        if self.is(Flaw::TearsDevices)
            && let Some((device, account)) = found
        {
            self.meet().await;
            let _ = timeout(LONG, updated.changed()).await;
            return Ok(self.now(&account.user).await.map(|account| (device, account)));
        }
        Ok(found)
    }

    async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError> {
        let mut devices = self.inner.devices(user).await?;
        if self.is(Flaw::ListsDevicesByAge) {
            devices.sort_by_key(|device| device.created_at);
        }
        Ok(devices)
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError> {
        if self.is(Flaw::StaysBusyWhenDropped) {
            if self.busy.swap(true, Ordering::Relaxed) {
                return Err(not_executed());
            }
            yield_now().await;
            self.busy.store(false, Ordering::Relaxed);
        }
        let mut ended = self.raced.subscribe();
        let found = self.inner.device(rotation.device).await?.map(|(device, _)| device);
        let fits = found.as_ref().is_some_and(|device| device.newest == rotation.from);
        match self.flaw {
            Flaw::RotatesFromAnyToken if found.is_some() => {
                let from = found.unwrap().newest;
                self.inner.rotate(&Rotation { from, ..rotation.clone() }).await
            }
            Flaw::LooksBeforeItRotates if fits => {
                self.meet().await;
                self.inner.rotate(rotation).await?;
                Ok(true)
            }
            Flaw::LosesTheAnswer | Flaw::LosesTheCall => {
                if self.is(Flaw::LosesTheAnswer) {
                    self.inner.rotate(rotation).await?;
                }
                Err(StoreError::OutcomeUnknown { source: "the answer is lost".into() })
            }
            Flaw::RotatesTwice => {
                Ok(self.inner.rotate(rotation).await? || found.is_some_and(|it| it.newest == rotation.to))
            }
            // One rotation of a device that is ended meanwhile is enough.
            Flaw::RevivesEndedDevices if fits && !self.busy.swap(true, Ordering::Relaxed) => {
                self.meet().await;
                ended.changed().await.unwrap();
                let rotated = self.inner.rotate(rotation).await?;
                if !rotated && self.inner.device(rotation.device).await?.is_none() {
                    let revision = self.revision(&found.as_ref().unwrap().user, 0).await;
                    self.inner.create_device(&found.unwrap(), revision).await.ok();
                }
                Ok(rotated)
            }
            _ => self.inner.rotate(rotation).await,
        }
    }

    async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError> {
        if let (Flaw::EndsAnothersDevice, Ends::One(device)) = (self.flaw, ends) {
            let owner = self.devices.lock().unwrap().get(&device).map(|device| device.user.clone());
            return self.inner.end_devices(owner.as_ref().unwrap_or(user), ends).await;
        }
        if self.is(Flaw::RevivesEndedDevices) {
            self.meet().await;
        }
        let mut looked_for = self.raced.subscribe();
        self.counted.fetch_add(1, Ordering::Relaxed);
        if self.is(Flaw::CountsRevocationsBeforehand) {
            looked_for.changed().await.unwrap();
        }
        let ended = self.inner.end_devices(user, ends).await?;
        self.raced.send_replace(());
        Ok(if self.is(Flaw::CountsNoEnds) { ended.min(1) } else { ended })
    }

    async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
        if self.is(Flaw::FindsEveryDevice) {
            return Ok(devices.to_vec());
        }
        let living = self.inner.living(devices).await;
        self.raced.send_replace(());
        living
    }

    async fn revocations(&self) -> Result<u64, StoreError> {
        match self.flaw {
            Flaw::CountsRevocationsThatWereNone | Flaw::CountsRevocationsBeforehand => {
                Ok(self.counted.load(Ordering::Relaxed))
            }
            Flaw::CountsNoRevocations => Ok(0),
            _ => self.inner.revocations().await,
        }
    }

    async fn create_link(&self, link: &Link) -> Result<(), StoreError> {
        self.links.lock().unwrap().push(link.clone());
        self.inner.create_link(link).await
    }

    async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
        let known = self.links.lock().unwrap().iter().find(|link| link.secret == *secret).cloned();
        match self.flaw {
            Flaw::KeepsEarlierLinks => Ok(known),
            Flaw::GivesALinkOnce => {
                self.links.lock().unwrap().retain(|link| link.secret != *secret);
                Ok(known)
            }
            _ => self.inner.link(secret).await,
        }
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
        match self.flaw {
            Flaw::SweepsTooSoon => self.inner.sweep(Timestamp(now.0 + 1), limit).await,
            Flaw::SweepsTooLate => self.inner.sweep(Timestamp(now.0 - 1), limit).await,
            Flaw::SweepsWithoutBound => self.inner.sweep(now, 1_000).await,
            _ => self.inner.sweep(now, limit).await,
        }
    }
}

impl Flawed {
    /// Makes the account an active one, and tells its revision.
    async fn log_in_whatever(&self, user: &UserId) -> u64 {
        while let Some(now) = self.now(user).await {
            if now.is_active() {
                return now.revision;
            }
            let active = Account { standing: Standing::Active, ..now };
            self.inner.update_account(&active, Ends::Nothing).await.ok();
        }
        0
    }
}
