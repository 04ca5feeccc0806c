//! `Accounts`: what users and administrators do with accounts.

mod administration;
mod authenticate;
mod builder;
mod first_admin;
mod identified;
mod mailed;
mod own;
mod passes;
mod people;
mod revocation;
mod sign_in;

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, OnceLock, atomic::AtomicU64},
};

use chat_core::{Code, Environment, Moment, Refusal, StoreError, Timestamp, UserId, WeakChat, limits};
use tokio::time::Instant;

pub use self::{
    administration::Administration,
    authenticate::SignedIn,
    builder::{AccountsBuilder, Registration},
    identified::{ProviderAnswer, SignInBegun, SignInFinished},
    own::AccountChange,
    sign_in::LoggedIn,
};
use crate::{
    Account, AccountError, AccountStore, By, Ends, Hashing, IdentityProvider, InvalidEmail, InvalidPassword,
    InvalidUsername, Password, Signer, Standing, Username, throttle::Throttle,
};

/// The accounts of a server: who registers, logs in and out, and what administrators do about it. Cloning is cheap and means
/// the same accounts.
///
/// The accounts are the [`Authenticator`](chat_core::Authenticator) of an engine, and its [`People`](chat_core::People). The engine is [attached](Self::attach) once it is
/// built, so that sessions end whose devices do.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use chat_accounts::{Accounts, Client, Keys, MemoryAccounts, Registration, Signer};
/// use chat_core::Chat;
///
/// let key = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// let signer = Signer::new(Keys::parse(key)?, "https://chat.example", "chat");
/// let accounts = Accounts::builder(MemoryAccounts::new(), signer).registration(Registration::Open).build();
/// let chat = Chat::builder().authenticator(accounts.clone()).people(accounts.clone()).build();
/// accounts.attach(&chat);
///
/// let ann = accounts.register("Ann", None, "correct horse", Client::default()).await?;
/// assert_eq!(chat.authenticate(&ann.token).await?.name.as_str(), "Ann");
///
/// let caller = chat.authenticate(&ann.token).await?;
/// accounts.log_out(&caller, true).await?;
/// assert!(chat.authenticate(&ann.token).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    store: Arc<dyn AccountStore>,
    signer: Signer,
    hashing: Hashing,
    registration: Registration,
    throttles: Option<Throttles>,
    environment: Arc<dyn Environment>,
    chat: OnceLock<WeakChat>,
    first_admin: first_admin::FirstAdmin,
    /// What mails links, if anything does.
    mails: Option<Arc<mailed::Mails>>,
    /// Where users sign in without a password, if they do.
    provider: Option<Arc<dyn IdentityProvider>>,
    /// The store's number of revocations, as it was read last.
    revocations: AtomicU64,
    started: Instant,
}

/// What is counted by address, and updates and mails by user. Whose address is not known is not throttled, or they would lock each other out.
struct Throttles {
    logins: Throttle<IpAddr>,
    guesses: Throttle<(String, IpAddr)>,
    registrations: Throttle<IpAddr>,
    updates: Throttle<UserId>,
    resets: Throttle<IpAddr>,
    mailed: Throttle<UserId>,
}

impl Throttles {
    fn new((burst, period_ms): (u32, u64)) -> Self {
        Self {
            logins: Throttle::new(limits::LOGIN_BURST, limits::LOGIN_PERIOD_MS),
            guesses: Throttle::new(limits::GUESS_BURST, limits::GUESS_PERIOD_MS),
            registrations: Throttle::new(burst, period_ms),
            updates: Throttle::new(limits::UPDATE_BURST, limits::UPDATE_PERIOD_MS),
            resets: Throttle::new(limits::RESET_BURST, limits::RESET_PERIOD_MS),
            mailed: Throttle::new(limits::MAILED_BURST, limits::MAILED_PERIOD_MS),
        }
    }
}

/// The client that asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Client<'a> {
    /// Where it comes from; `None` where all seem to come from one address.
    pub address: Option<IpAddr>,
    /// What it says of itself.
    pub user_agent: Option<&'a str>,
}

impl Accounts {
    /// Accounts to be made.
    pub fn builder(store: impl AccountStore, signer: Signer) -> AccountsBuilder {
        AccountsBuilder::new(Arc::new(store), signer)
    }

    /// Takes other keys from now on: see [`Keys`](crate::Keys) for how they are rotated.
    pub fn set_keys(&self, keys: crate::Keys) {
        self.0.signer.set_keys(keys);
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("signer", &self.0.signer).finish_non_exhaustive()
    }
}

impl Inner {
    fn now(&self) -> Timestamp {
        self.environment.wall()
    }

    fn moment(&self) -> Moment {
        Moment(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, Refusal> {
        self.store.account(By::User(user)).await.map_err(store_failed)
    }

    /// Whether this is the password of the account, after the same work for an account that is not there. Whoever guesses too
    /// often from one address is refused, before anything is computed.
    async fn is_password(
        &self,
        key: &str,
        account: Option<&Account>,
        password: &Password,
        client: Client<'_>,
    ) -> Result<bool, Refusal> {
        let guesses = self
            .throttles
            .as_ref()
            .zip(client.address)
            .map(|(throttles, address)| (&throttles.guesses, (key.to_owned(), crate::throttle::network(address))));
        if let Some((throttle, who)) = &guesses {
            throttle.take(who, self.moment()).map_err(too_many)?;
        }
        let hash = account.and_then(|account| account.password.clone());
        let is_right = self.hashing.verify(password.clone(), hash, client.address).await?;
        if let Some((throttle, who)) = guesses.filter(|_| is_right) {
            throttle.clear(&who);
        }
        Ok(is_right)
    }

    fn throttle(&self, which: impl Fn(&Throttles) -> &Throttle<IpAddr>, client: Client<'_>) -> Result<(), Refusal> {
        let Some((throttles, address)) = self.throttles.as_ref().zip(client.address) else { return Ok(()) };
        which(throttles).take(&crate::throttle::network(address), self.moment()).map_err(too_many)
    }

    fn throttle_update(&self, user: &UserId) -> Result<(), Refusal> {
        let Some(throttles) = &self.throttles else { return Ok(()) };
        throttles.updates.take(user, self.moment()).map_err(too_many)
    }

    /// Changes an account as it is now, again if somebody else changes it meanwhile.
    async fn change(
        &self,
        user: &UserId,
        ends: Ends,
        change: impl Fn(Account) -> Result<Account, Refusal>,
    ) -> Result<Account, Refusal> {
        for _ in 0..limits::ACCOUNT_TRIES {
            let account = self.account(user).await?.ok_or_else(no_such_user)?;
            let changed = change(account)?;
            match self.store.update_account(&changed, ends).await {
                Ok(()) => return Ok(Account { revision: changed.revision + 1, ..changed }),
                Err(AccountError::Conflict) => {}
                Err(error) => return Err(account_failed(error)),
            }
        }
        Err(AccountError::Conflict.into())
    }
}

/// An account that nobody can log in to yet.
fn new_account(username: Username, created_at: Timestamp) -> Account {
    Account {
        user: UserId::from(chat_core::new_id()),
        username,
        email: None,
        password: None,
        identity: None,
        admin: false,
        standing: Standing::Active,
        findable: true,
        hides: Default::default(),
        created_at,
        revision: 0,
    }
}

fn no_such_user() -> Refusal {
    Refusal::new(Code::UserNotFound, "there is no such user")
}

/// With the milliseconds after which there is a try again.
fn too_many(wait: u64) -> Refusal {
    let details = format!(r#"{{"retryAfterSeconds":{}}}"#, wait.div_ceil(1_000));
    Refusal::new(Code::RateLimited, "too many tries; wait a moment").with_details(details)
}

fn closed() -> Refusal {
    Refusal::new(Code::RegistrationClosed, "nobody may register here without a registration code")
}

fn wrong_credentials() -> Refusal {
    Refusal::new(Code::InvalidCredentials, "there is no such user, or the password is another one")
}

fn suspended() -> Refusal {
    Refusal::new(Code::Suspended, "an administrator has suspended this user")
}

fn store_failed(error: StoreError) -> Refusal {
    tracing::warn!(error = &error as &dyn std::error::Error, "the store of accounts failed");
    Refusal::from(&error)
}

fn account_failed(error: AccountError) -> Refusal {
    match error {
        AccountError::Store(error) => store_failed(error),
        error => error.into(),
    }
}

impl From<InvalidPassword> for Refusal {
    fn from(invalid: InvalidPassword) -> Self {
        Self::field("password", invalid.to_string())
    }
}

impl From<InvalidUsername> for Refusal {
    fn from(invalid: InvalidUsername) -> Self {
        Self::field("username", invalid.problem())
    }
}

impl From<InvalidEmail> for Refusal {
    fn from(invalid: InvalidEmail) -> Self {
        Self::field("email", invalid.to_string())
    }
}

#[cfg(test)]
mod tests;
