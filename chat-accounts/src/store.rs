//! The `AccountStore` trait: where accounts live.

mod shared;

use async_trait::async_trait;
use chat_core::{Hides, Looks, Refusal, StoreError, Timestamp, UserId};

use crate::{Account, Device, DeviceId, Found, Identity, Link, Pass, PassId, Place, Prefix, Rotation, SecretHash};

/// By what an account is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<'a> {
    /// The user's id.
    User(&'a UserId),
    /// The key of the username ([`Username::key`](crate::Username::key)).
    Username(&'a str),
    /// The key of the email address ([`Email::key`](crate::Email::key)).
    Email(&'a str),
    /// Who a user is at a provider.
    Identity(&'a Identity),
    /// What a name looks like: one of the accounts whose usernames have a look in common with it.
    Looks(&'a Looks),
}

/// Which of a user's devices are ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// None.
    Nothing,
    /// This one.
    One(DeviceId),
    /// All but this one.
    AllBut(DeviceId),
    /// All.
    All,
}

impl Ends {
    /// Whether this device is ended.
    pub fn contains(self, device: DeviceId) -> bool {
        match self {
            Self::Nothing => false,
            Self::One(one) => device == one,
            Self::AllBut(but) => device != but,
            Self::All => true,
        }
    }
}

/// Why an account was not changed. Nothing was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The account is not the one that was read: it was changed since, or there is none.
    #[error("the account has changed meanwhile")]
    Conflict,
    /// Another account has a username of this key, or one that looks the same.
    #[error("the username is taken")]
    UsernameTaken,
    /// Another account has an email address of this key.
    #[error("the email address is taken")]
    EmailTaken,
    /// Another account is this identity's.
    #[error("the identity has an account")]
    IdentityTaken,
    /// The pass was used up, has expired, was removed or never was one.
    #[error("the pass is of no use")]
    NoPass,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        use chat_core::Code;
        match error {
            AccountError::Conflict => Self::new(Code::Busy, "the account has changed meanwhile; try again"),
            AccountError::UsernameTaken => Self::new(Code::UsernameTaken, "the username is taken"),
            AccountError::EmailTaken => Self::new(Code::EmailTaken, "another account has this email address"),
            AccountError::IdentityTaken => Self::new(Code::Busy, "this identity has an account now; try again"),
            AccountError::NoPass => Self::new(Code::RegistrationClosed, "the registration code is of no use"),
            AccountError::Store(error) => Self::from(&error),
        }
    }
}

/// Where accounts live: who the users are, where they are logged in, and which links set a password.
///
/// A store compares ids, keys and hashes by their bytes. Each method is done whole or not at all, whatever else is done at
/// the same time, and what is answered is as durable as the store's rooms. Lists are at most as long as
/// [`MAX_PAGE`](chat_core::limits::MAX_PAGE), whatever `limit` says. Methods are *cancel safe* in the sense that a dropped one
/// was done, was not, or is on its way to one of the two.
///
/// The conformance suite of `chat-testkit` says all this in tests.
///
/// # Errors
/// All methods: [`StoreError::NotExecuted`], [`StoreError::OutcomeUnknown`] and [`StoreError::Corrupt`], as those of a
/// [`Store`](chat_core::Store).
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Keeps a new account.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] where there is an account of this user; then
    /// [`UsernameTaken`](AccountError::UsernameTaken), [`EmailTaken`](AccountError::EmailTaken) and
    /// [`IdentityTaken`](AccountError::IdentityTaken), in this order. Of those
    /// who try at one time with one key, one succeeds.
    async fn create_account(&self, account: &Account) -> Result<(), AccountError>;

    /// Keeps an account that another store has had: as [`create_account`](Self::create_account), but also where its username only
    /// looks like another account's. The two may be from before such names were refused, and a move loses neither. Whoever
    /// takes another name later takes one that looks like none of theirs.
    ///
    /// # Errors
    /// As those of [`create_account`](Self::create_account), where another account's username has the same key.
    async fn import_account(&self, account: &Account) -> Result<(), AccountError>;

    /// Keeps a new account, and uses a pass for it that has uses left and does not expire by now. A use that was begun before the
    /// pass was removed may still be done.
    ///
    /// # Errors
    /// [`AccountError::NoPass`] where there is no such pass; then as those of [`create_account`](Self::create_account), after which
    /// the pass is not used. Of those who try at one time, as many succeed as the pass has uses.
    async fn register(&self, account: &Account, pass: &SecretHash, now: Timestamp) -> Result<(), AccountError>;

    /// Whether there is an account of an administrator.
    async fn has_admin(&self) -> Result<bool, StoreError>;

    /// The account, if there is one.
    async fn account(&self, by: By<'_>) -> Result<Option<Account>, StoreError>;

    /// Accounts by user id, ascending, from above `after`: deleted ones, too.
    async fn accounts(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, StoreError>;

    /// What those of these users [hide](Account::hides) who hide something, in any order. Of at most a thousand at once.
    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, StoreError>;

    /// Users one of whose [words](Account::words) begins so, by [`Place`], from above `after`: each once. What an account says
    /// when it is created, changed or removed holds for whoever searches then.
    async fn search(&self, prefix: &Prefix, after: Option<&Place>, limit: usize) -> Result<Vec<Found>, StoreError>;

    /// Puts this account in the place of the one it was made from, with the next revision, ends those devices of the user,
    /// and removes the user's link. The time at which it was made stays. A username that is not changed may look like another
    /// account's, as that of an account that was [imported](Self::import_account) may.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] unless the account's revision is still this one's; then as those of
    /// [`create_account`](Self::create_account).
    async fn update_account(&self, account: &Account, ends: Ends) -> Result<(), AccountError>;

    /// Users with an account that is [deleted](Account::is_deleted), while it is not noted that this is all
    /// [finished](Self::finish_deletion): by id, from above `after`.
    async fn unfinished_deletions(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError>;

    /// Notes that nothing is left to be done for the deletion of a user's account.
    async fn finish_deletion(&self, user: &UserId) -> Result<(), StoreError>;

    /// Removes an account with all its devices and its link, so that its username is free. Removing what does not exist is
    /// no error.
    async fn remove_account(&self, user: &UserId) -> Result<(), StoreError>;

    /// Keeps a new device of an account that is active and has this revision. Of more than
    /// [`MAX_DEVICES`](chat_core::limits::MAX_DEVICES) of one user, those seen longest ago are ended.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] where the account is another one.
    async fn create_device(&self, device: &Device, revision: u64) -> Result<(), AccountError>;

    /// A device with its account, both as of one moment.
    async fn device(&self, device: DeviceId) -> Result<Option<(Device, Account)>, StoreError>;

    /// A user's devices, the one seen last first.
    async fn devices(&self, user: &UserId) -> Result<Vec<Device>, StoreError>;

    /// Does a rotation as [`Device::rotate`] does; whether it was done. Of those who bring one token at one time, one
    /// succeeds.
    async fn rotate(&self, rotation: &Rotation) -> Result<bool, StoreError>;

    /// Ends devices of a user: they are removed. How many there were.
    async fn end_devices(&self, user: &UserId, ends: Ends) -> Result<usize, StoreError>;

    /// Which of these devices there are, in any order. At most
    /// [`DEVICES_PER_QUERY`](chat_core::limits::DEVICES_PER_QUERY) are asked about.
    async fn living(&self, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError>;

    /// A number that rises whenever devices are ended. Who reads a new one no longer finds those devices.
    async fn revocations(&self) -> Result<u64, StoreError>;

    /// Keeps a link, in the place of the user's earlier one.
    async fn create_link(&self, link: &Link) -> Result<(), StoreError>;

    /// The link with this secret, whether it has expired or not, while it is there.
    async fn link(&self, secret: &SecretHash) -> Result<Option<Link>, StoreError>;

    /// Keeps a new pass.
    async fn create_pass(&self, pass: &Pass) -> Result<(), StoreError>;

    /// The pass with this secret, with the uses that are left.
    async fn pass(&self, secret: &SecretHash) -> Result<Option<Pass>, StoreError>;

    /// All passes that were neither removed nor swept, in any order, with the uses that are left; at most
    /// [`MAX_PASSES`](chat_core::limits::MAX_PASSES).
    async fn passes(&self) -> Result<Vec<Pass>, StoreError>;

    /// Removes a pass; whether it was there.
    async fn remove_pass(&self, pass: PassId) -> Result<bool, StoreError>;

    /// Removes at most `limit` of the devices, links and passes that have expired by now; how many.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;
}
