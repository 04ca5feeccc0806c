//! Signing in at a provider: there is no password here, and the provider says who somebody is.

use std::fmt;

use chat_core::{Caller, Code, Refusal, Timestamp, limits};

use super::{
    Accounts, Client, Inner, Registration, SignedIn, account_failed, closed, new_account, store_failed, suspended,
};
use crate::{
    Account, AccountError, By, Device, Identified, IdentityProvider, ProviderError, RefreshToken, Standing, suggested,
    ticket::{Ticket, is_path},
};

/// A sign-in that was begun.
#[derive(Clone)]
#[non_exhaustive]
pub struct SignInBegun {
    /// Where the browser is sent.
    pub url: String,
    /// What the browser keeps, and no other one has: it comes back with the provider's answer within
    /// [`TICKET_MS`](limits::TICKET_MS).
    pub cookie: String,
}

/// What comes back from a provider.
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "adapters make it")]
pub struct ProviderAnswer<'a> {
    /// What went there.
    pub state: &'a str,
    /// For what the provider tells who it was; `None` where it refused.
    pub code: Option<&'a str>,
}

/// How a sign-in ends.
#[derive(Debug)]
#[non_exhaustive]
pub struct SignInFinished {
    /// Where the browser wanted to go: a path of this site.
    pub return_to: String,
    /// What the browser gets its tokens for, once, within [`HAND_OVER_MS`](limits::HAND_OVER_MS): a refresh token. Or why it does not.
    pub signed_in: Result<String, Refusal>,
}

impl fmt::Debug for SignInBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInBegun")
    }
}

impl fmt::Debug for ProviderAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderAnswer")
    }
}

impl Accounts {
    /// The provider at which users sign in, if there is one.
    pub fn identity_provider(&self) -> Option<&dyn IdentityProvider> {
        self.0.provider.as_deref()
    }

    /// Begins a sign-in for a browser that wants to go to this path then.
    ///
    /// # Errors
    /// [`Code::NotFound`] where there is no provider, [`Code::InvalidField`] for what is no path of this site,
    /// [`Code::RateLimited`], and [`Code::ProviderUnavailable`].
    pub async fn begin_sign_in(&self, return_to: &str, client: Client<'_>) -> Result<SignInBegun, Refusal> {
        let inner = &*self.0;
        let provider = inner.provider.as_ref().ok_or_else(no_provider)?;
        if !is_path(return_to) {
            return Err(Refusal::field("return", "must be a path of this site"));
        }
        inner.throttle(|throttles| &throttles.logins, client)?;
        let issued = Ticket::issue(return_to, &inner.signer, inner.now(), &*inner.environment);
        let (cookie, secrets) = issued.ok_or_else(|| Refusal::new(Code::Internal, "no ticket could be made"))?;
        let url = provider.begin(&secrets).await.map_err(provider_failed)?;
        Ok(SignInBegun { url, cookie })
    }

    /// Finishes the sign-in of a browser that brings this cookie. Whoever has no account gets one where registration is open. An
    /// account is found by the identity alone, and never by an email address.
    ///
    /// # Errors
    /// In [`SignInFinished::signed_in`]: [`Code::SignInFailed`] for a cookie and a state that do not belong together or are too old, for
    /// a code that the provider does not know, and for statements of its that do not hold; [`Code::ProviderUnavailable`],
    /// [`Code::Suspended`], [`Code::RegistrationClosed`], [`Code::RateLimited`], and what a store's failure is answered with.
    ///
    /// # Cancel safety
    /// A call that is dropped may have made the account or not, and may leave a device that nobody knows the token of.
    pub async fn finish_sign_in(&self, cookie: &str, answer: ProviderAnswer<'_>, client: Client<'_>) -> SignInFinished {
        let Some(ticket) = Ticket::read(cookie) else {
            return SignInFinished { return_to: "/".into(), signed_in: Err(failed()) };
        };
        let signed_in = self.0.finish_sign_in(&ticket, cookie, answer, client).await;
        SignInFinished { signed_in: signed_in.map(|token| token.to_text()), return_to: ticket.return_to }
    }
}

impl Inner {
    async fn finish_sign_in(
        &self,
        ticket: &Ticket,
        cookie: &str,
        ProviderAnswer { state, code }: ProviderAnswer<'_>,
        client: Client<'_>,
    ) -> Result<RefreshToken, Refusal> {
        let provider = self.provider.as_ref().ok_or_else(no_provider)?;
        self.throttle(|throttles| &throttles.logins, client)?;
        let secrets = ticket.secrets(cookie, state, &self.signer, self.now()).ok_or_else(failed)?;
        let code = code.filter(|code| code.len() <= limits::MAX_PROVIDER_CODE_BYTES).ok_or_else(failed)?;
        let identified = provider.finish(code, &secrets).await.map_err(provider_failed)?;
        for _ in 0..limits::ACCOUNT_TRIES {
            let account = self.identified(&identified, client).await?;
            match account.standing {
                Standing::Active => {}
                Standing::Suspended => return Err(suspended()),
                // It was deleted meanwhile, and its identity with it.
                Standing::Deleted => continue,
            }
            match self.hand_over(&account, client).await {
                // The account was changed since it was read: perhaps suspended.
                Err(AccountError::Conflict) => {}
                handed_over => return handed_over.map_err(account_failed),
            }
        }
        Err(AccountError::Conflict.into())
    }

    /// The account of an identity, which is made if there is none.
    async fn identified(&self, identified: &Identified, client: Client<'_>) -> Result<Account, Refusal> {
        let found = self.store.account(By::Identity(&identified.identity)).await.map_err(store_failed)?;
        match (found, self.registration) {
            (Some(account), _) => Ok(account),
            (None, Registration::Open) => self.create_identified(identified, client).await,
            (None, Registration::Invited | Registration::Closed) => Err(closed()),
        }
    }

    pub(super) async fn create_identified(
        &self,
        identified: &Identified,
        client: Client<'_>,
    ) -> Result<Account, Refusal> {
        self.throttle(|throttles| &throttles.registrations, client)?;
        let Identified { identity, preferred_username, name } = identified;
        let names = suggested::usernames(preferred_username.as_deref(), name.as_deref(), &*self.environment);
        for username in names {
            let account = Account { identity: Some(identity.clone()), ..new_account(username, self.now()) };
            match self.store.create_account(&account).await {
                Ok(()) => {
                    self.tell_new_name(&account).await;
                    return Ok(account);
                }
                Err(AccountError::UsernameTaken) => {}
                // The same user has signed in twice at one time.
                Err(AccountError::IdentityTaken) => {
                    let found = self.store.account(By::Identity(identity)).await.map_err(store_failed)?;
                    return found.ok_or_else(|| AccountError::IdentityTaken.into());
                }
                Err(error) => return Err(account_failed(error)),
            }
        }
        Err(AccountError::UsernameTaken.into())
    }

    /// A device whose first token is handed over by an address: it expires soon, unless it is refreshed.
    async fn hand_over(&self, account: &Account, client: Client<'_>) -> Result<RefreshToken, AccountError> {
        let now = self.now();
        let (device, token) = Device::begin(account.user.clone(), client.user_agent, now, &*self.environment);
        let expires = Timestamp(now.0.saturating_add(limits::HAND_OVER_MS));
        self.store.create_device(&Device { expires, ..device }, account.revision).await?;
        Ok(token)
    }

    /// Whether the caller has signed in lately, on the device that they are on.
    pub(super) async fn check_fresh(&self, caller: &Caller) -> Result<(), Refusal> {
        let stale = || Refusal::new(Code::SignInAgain, "sign in again, and do this within ten minutes");
        let device = caller.claims::<SignedIn>().map(SignedIn::device).ok_or_else(stale)?;
        let (device, _) = self.store.device(device).await.map_err(store_failed)?.ok_or_else(stale)?;
        let age = self.now().0.saturating_sub(device.created_at.0);
        if age < limits::FRESH_SIGN_IN_MS { Ok(()) } else { Err(stale()) }
    }
}

fn no_provider() -> Refusal {
    Refusal::new(Code::NotFound, "nobody signs in here at a provider")
}

fn failed() -> Refusal {
    Refusal::new(
        Code::SignInFailed,
        "the sign-in was not begun in this browser, took too long, or was refused; begin again",
    )
}

fn provider_failed(error: ProviderError) -> Refusal {
    tracing::warn!(%error, "nobody was signed in at the provider");
    if error.is_unavailable() {
        return Refusal::new(Code::ProviderUnavailable, "the provider at which users sign in cannot be reached");
    }
    failed()
}
