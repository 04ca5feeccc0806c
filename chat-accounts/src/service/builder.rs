//! What accounts are made of.

use std::sync::{Arc, OnceLock, atomic::AtomicU64};

use chat_core::{Environment, SystemEnvironment, limits};
use tokio::time::Instant;

use super::{Accounts, Inner, Throttles, mailed::Mails};
use crate::{AccountStore, Hashing, IdentityProvider, Mailer, PasswordHash, Signer};

/// Who may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Registration {
    /// Everybody may register.
    Open,
    /// People who have the code of a [`Pass`](crate::Pass) may register.
    Invited,
    /// Nobody may register: administrators make accounts.
    #[default]
    Closed,
}

/// What [`Accounts`] are made of; every part but the store and the signer has a default.
#[must_use]
pub struct AccountsBuilder {
    store: Arc<dyn AccountStore>,
    signer: Signer,
    registration: Registration,
    throttled: bool,
    registrations: (u32, u64),
    imported: Option<PasswordHash>,
    mailer: Option<Arc<dyn Mailer>>,
    provider: Option<Arc<dyn IdentityProvider>>,
    environment: Arc<dyn Environment>,
}

impl AccountsBuilder {
    pub(super) fn new(store: Arc<dyn AccountStore>, signer: Signer) -> Self {
        let environment = Arc::new(SystemEnvironment);
        Self {
            store,
            signer,
            registration: Registration::Closed,
            throttled: true,
            registrations: (limits::REGISTER_BURST, limits::REGISTER_PERIOD_MS),
            imported: None,
            mailer: None,
            provider: None,
            environment,
        }
    }

    /// Sets who may register. The default is nobody.
    pub fn registration(self, registration: Registration) -> Self {
        Self { registration, ..self }
    }

    /// Whether tries are bounded by address. The default is yes; without, it is for tests and benchmarks.
    pub fn throttled(self, throttled: bool) -> Self {
        Self { throttled, ..self }
    }

    /// How many registrations one address has at once, and after how many milliseconds another one. The defaults are
    /// [`REGISTER_BURST`](limits::REGISTER_BURST) and [`REGISTER_PERIOD_MS`](limits::REGISTER_PERIOD_MS).
    pub fn registrations(self, burst: u32, period_ms: u64) -> Self {
        Self { registrations: (burst, period_ms), ..self }
    }

    /// Some hash of a user base that was imported, so that those who still have such a hash cannot be told from others by how
    /// long their login takes. It costs everybody's login the time of theirs.
    pub fn imported(self, hash: PasswordHash) -> Self {
        Self { imported: Some(hash), ..self }
    }

    /// What mails users a link to set a password ([`Accounts::mail_reset_link`]). The default is nothing. Whoever changes the
    /// address of an account says its password then.
    pub fn mailer(self, mailer: impl Mailer) -> Self {
        Self { mailer: Some(Arc::new(mailer)), ..self }
    }

    /// Where users sign in without a password ([`Accounts::begin_sign_in`]). The default is nowhere.
    pub fn identity_provider(self, provider: impl IdentityProvider) -> Self {
        Self { provider: Some(Arc::new(provider)), ..self }
    }

    /// Where time and random numbers come from. The default is the machine's own.
    pub fn environment(self, environment: Arc<dyn Environment>) -> Self {
        Self { environment, ..self }
    }

    /// The accounts.
    pub fn build(self) -> Accounts {
        Accounts(Arc::new(Inner {
            store: self.store,
            signer: self.signer,
            hashing: Hashing::new(self.environment.clone(), self.imported),
            registration: self.registration,
            throttles: self.throttled.then(|| Throttles::new(self.registrations)),
            environment: self.environment,
            chat: OnceLock::new(),
            first_admin: Default::default(),
            mails: self.mailer.map(|mailer| Arc::new(Mails::new(mailer))),
            provider: self.provider,
            revocations: AtomicU64::new(0),
            started: Instant::now(),
        }))
    }
}

impl std::fmt::Debug for AccountsBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountsBuilder").field("registration", &self.registration).finish_non_exhaustive()
    }
}
