//! Accounts over a store in memory, with an engine beside them.

mod administration;
mod faulty;
mod first_admin;
mod identified;
mod mailed;
mod own;
mod passes;
mod revocation;
mod search;
mod sign_in;
mod throttles;

use std::{sync::Arc, time::Duration};

use chat_core::{Caller, Chat, CloseReason, Code, Events, Refusal, SeededEnvironment, Timestamp};

use self::faulty::Faulty;
use super::{AccountChange, Accounts, AccountsBuilder, Client, LoggedIn, Registration};
use crate::{AccountStore, Keys, Mailer, MemoryAccounts, PasswordHash, Signer};

const PASSWORD: &str = "correct horse";
const ANYWHERE: Client<'static> = Client { address: None, user_agent: None };

fn username(text: &str) -> AccountChange<'_> {
    AccountChange { username: Some(text), ..AccountChange::default() }
}

fn email(text: &str) -> AccountChange<'_> {
    AccountChange { email: Some(text), ..AccountChange::default() }
}

struct Stage {
    accounts: Accounts,
    store: Arc<MemoryAccounts>,
    chat: Chat,
    clock: Arc<SeededEnvironment>,
}

fn signer() -> Signer {
    let keys = Keys::parse("k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    Signer::new(keys.unwrap(), "chat", "chat-clients")
}

impl Stage {
    fn new() -> Self {
        Self::with(None)
    }

    fn with(imported: Option<PasswordHash>) -> Self {
        let store = Arc::new(MemoryAccounts::new());
        Self::build(store.clone(), store, imported)
    }

    /// With others who may register.
    fn registering(registration: Registration) -> Self {
        let store = Arc::new(MemoryAccounts::new());
        Self::of(store.clone(), store, registration, None)
    }

    /// With mails.
    fn mailing(accounts: impl AccountStore, store: Arc<MemoryAccounts>, mailer: impl Mailer) -> Self {
        let clock = Arc::new(SeededEnvironment::new(1, Timestamp(1_800_000_000_000)));
        let builder = Accounts::builder(accounts, signer()).registration(Registration::Open).mailer(mailer);
        Self::begin(builder, store, clock)
    }

    /// Over a store that fails where it is told to.
    fn faulty() -> (Self, Arc<Faulty>) {
        let faulty = Arc::new(Faulty::default());
        (Self::build(faulty.clone(), faulty.inner.clone(), None), faulty)
    }

    fn build(accounts: impl AccountStore, store: Arc<MemoryAccounts>, imported: Option<PasswordHash>) -> Self {
        Self::of(accounts, store, Registration::Open, imported)
    }

    fn of(
        accounts: impl AccountStore,
        store: Arc<MemoryAccounts>,
        registration: Registration,
        imported: Option<PasswordHash>,
    ) -> Self {
        let clock = Arc::new(SeededEnvironment::new(1, Timestamp(1_800_000_000_000)));
        let builder = Accounts::builder(accounts, signer()).registration(registration);
        let builder = imported.into_iter().fold(builder, |builder, hash| builder.imported(hash));
        Self::begin(builder, store, clock)
    }

    fn begin(builder: AccountsBuilder, store: Arc<MemoryAccounts>, clock: Arc<SeededEnvironment>) -> Self {
        let accounts = builder.environment(clock.clone()).build();
        let chat = Chat::builder()
            .authenticator(accounts.clone())
            .people(accounts.clone())
            .guests(true)
            .environment(clock.clone())
            .build();
        accounts.attach(&chat);
        Self { accounts, store, chat, clock }
    }

    async fn register(&self, username: &str) -> LoggedIn {
        self.accounts.register(username, None, PASSWORD, ANYWHERE).await.unwrap()
    }

    async fn log_in(&self, username: &str) -> LoggedIn {
        self.accounts.log_in(username, PASSWORD, ANYWHERE).await.unwrap()
    }

    async fn refused(&self, username: &str, password: &str) -> Refusal {
        self.accounts.log_in(username, password, ANYWHERE).await.unwrap_err()
    }

    async fn caller(&self, login: &LoggedIn) -> Caller {
        self.chat.authenticate(&login.token).await.unwrap()
    }

    async fn session(&self, login: &LoggedIn) -> Events {
        self.chat.session(self.caller(login).await).1
    }

    /// Nothing of this login is of any use.
    async fn is_over(&self, login: &LoggedIn) {
        assert_eq!(self.chat.authenticate(&login.token).await.unwrap_err().code, Code::Unauthorized);
        assert_eq!(self.accounts.refresh(&login.refresh_token).await.unwrap_err().code, Code::Unauthorized);
    }

    /// How many hashes were computed: Argon2id, and bcrypt.
    fn hashes(&self) -> (u64, u64) {
        self.accounts.0.hashing.made()
    }

    /// Drops what somebody does as far as to where their password is hashed; whether they came there.
    async fn abandoned<T: Send + 'static>(&self, who: impl Future<Output = T> + Send + 'static) -> bool {
        let held = self.accounts.0.hashing.hold().await;
        let task = tokio::spawn(who);
        while self.accounts.0.hashing.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        task.abort();
        let ended = task.await;
        drop(held);
        ended.is_err_and(|error| error.is_cancelled())
    }

    /// Lets somebody come as far as to where their password is hashed, and does something meanwhile.
    async fn meanwhile<T: Send + 'static>(
        &self,
        who: impl Future<Output = T> + Send + 'static,
        then: impl AsyncFnOnce(),
    ) -> T {
        let held = self.accounts.0.hashing.hold().await;
        let task = tokio::spawn(who);
        while self.accounts.0.hashing.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        then().await;
        drop(held);
        task.await.unwrap()
    }
}

/// The session has ended, its client is told not to come back with its credentials.
async fn is_revoked(mut events: Events) {
    let end = async {
        loop {
            if let Err(reason) = events.next().await {
                return reason;
            }
        }
    };
    let reason = tokio::time::timeout(Duration::from_secs(60), end).await;
    assert_eq!(reason.expect("the session goes on"), CloseReason::Revoked);
}
