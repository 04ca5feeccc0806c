//! Registering, logging in, and refreshing tokens.

use std::{fmt, net::IpAddr};

use chat_core::{Caller, Code, Looks, Name, Refusal, StoreError, Timestamp, UserId, limits};

use super::{
    Accounts, Client, Inner, Registration, account_failed, closed, new_account, store_failed, suspended,
    wrong_credentials,
};
use crate::{
    Account, AccountError, By, Device, DeviceId, Email, Ends, Judged, Password, RefreshToken, SecretHash, Standing,
    Username, username::is_reserved,
};

/// What a client gets that has logged in. No formatter shows its tokens.
#[derive(Clone)]
#[non_exhaustive]
pub struct LoggedIn {
    /// The access token, which goes with each request.
    pub token: String,
    /// The refresh token: valid once, for the next access token.
    pub refresh_token: String,
    /// When the access token expires.
    pub expires_at: Timestamp,
    /// The user.
    pub user: UserId,
    /// Their username.
    pub username: Username,
    /// Whether they administrate the server.
    pub admin: bool,
    /// Where they are logged in now.
    pub device: DeviceId,
}

impl fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedIn").field("user", &self.user).field("device", &self.device).finish_non_exhaustive()
    }
}

impl Accounts {
    /// Makes an account, and logs its user in.
    ///
    /// # Errors
    /// [`Code::RegistrationClosed`], [`Code::RateLimited`], [`Code::InvalidField`], [`Code::UsernameTaken`] (for a reserved name
    /// and one that looks like another user's, too), [`Code::EmailTaken`], [`Code::Busy`], and what a store's failure is answered with.
    ///
    /// # Cancel safety
    /// A call that is dropped may have made the account or not.
    pub async fn register(
        &self,
        username: &str,
        email: Option<&str>,
        password: impl Into<String>,
        client: Client<'_>,
    ) -> Result<LoggedIn, Refusal> {
        let inner = &*self.0;
        match inner.registration {
            Registration::Open => {}
            Registration::Invited => return Err(closed()),
            Registration::Closed => return Err(Refusal::new(Code::RegistrationClosed, "nobody may register here")),
        }
        let (username, email, password) = (free_to_take(username)?, parse(email)?, Password::new(password)?);
        inner.throttle(|throttles| &throttles.registrations, client)?;
        let account = inner.create(username, email, password, false, None, client.address).await?;
        inner.begin_new(&account, client).await
    }

    /// Logs a user in, on a new device.
    ///
    /// # Errors
    /// [`Code::InvalidCredentials`] for an unknown user and for another password, after the same work;
    /// [`Code::Suspended`] only with the right one; [`Code::RateLimited`], [`Code::Busy`], and what a store's failure is
    /// answered with.
    ///
    /// # Cancel safety
    /// A call that is dropped may leave a device that nobody knows the tokens of.
    pub async fn log_in(
        &self,
        username: &str,
        password: impl Into<String>,
        client: Client<'_>,
    ) -> Result<LoggedIn, Refusal> {
        let (inner, password) = (&*self.0, Password::typed(password)?);
        inner.throttle(|throttles| &throttles.logins, client)?;
        // What cannot be a username is nobody's.
        let username = Username::parse(username).ok();
        let key = username.as_ref().map_or("", Username::key);
        for _ in 0..limits::ACCOUNT_TRIES {
            let account = inner.store.account(By::Username(key)).await.map_err(store_failed)?;
            let is_right = inner.is_password(key, account.as_ref(), &password, client).await?;
            let account = account.filter(|_| is_right).ok_or_else(wrong_credentials)?;
            match account.standing {
                Standing::Active => {}
                Standing::Suspended => return Err(suspended()),
                Standing::Deleted => return Err(wrong_credentials()),
            }
            let account = inner.renewed(account, &password, client).await?;
            match inner.begin(&account, client).await {
                // The account was changed since it was read: perhaps suspended, or given another password.
                Err(AccountError::Conflict) => {}
                Err(error) => return Err(account_failed(error)),
                Ok((device, token)) => return inner.tokens(&account, device.id, &token),
            }
        }
        Err(AccountError::Conflict.into())
    }

    /// The next tokens of a device, for its newest refresh token. One that was spent before ends the device: somebody else
    /// has it.
    ///
    /// # Errors
    /// [`Code::Unauthorized`] for a token that is not valid, or not any more: log in again. What a store's failure is answered
    /// with. After [`Code::StoreUnavailable`] the token is still valid. After [`Code::OutcomeUnknown`] it may have been spent,
    /// with nobody having the next one: a client goes on with its access token until that expires, and then brings this token
    /// once more. That succeeds, or ends the device, which nothing could refresh any more, and its user logs in again.
    ///
    /// # Cancel safety
    /// A call that is dropped may have spent the token.
    pub async fn refresh(&self, token: &str) -> Result<LoggedIn, Refusal> {
        let inner = &*self.0;
        let token = RefreshToken::parse(token).ok_or_else(no_longer_valid)?;
        let found = inner.store.device(token.device()).await.map_err(store_failed)?;
        let (device, account) = found.filter(|(_, account)| account.is_active()).ok_or_else(no_longer_valid)?;
        match device.judge(&token, inner.now(), &*inner.environment) {
            Judged::Newest(rotation, next) => {
                if inner.rotate(&rotation).await? {
                    return inner.tokens(&account, device.id, &next);
                }
                inner.end_reused(&account.user, device.id).await?;
            }
            Judged::Reused => inner.end_reused(&account.user, device.id).await?,
            Judged::Expired | Judged::Forged => {}
        }
        Err(no_longer_valid())
    }

    /// Makes a guest of the engine's under a name that is no user's, and looks like no user's.
    ///
    /// # Errors
    /// [`Code::UsernameTaken`] for reserved names, for users' names and for those that look like one, and as those of
    /// [`Chat::guest_from`](chat_core::Chat::guest_from).
    pub async fn guest(&self, name: Name, client: Client<'_>) -> Result<(Caller, String), Refusal> {
        self.0.check_guest_name(&name).await?;
        self.0.chat()?.guest_from(name, client.address)
    }
}

impl Inner {
    pub(super) async fn create(
        &self,
        username: Username,
        email: Option<Email>,
        password: Password,
        admin: bool,
        pass: Option<&SecretHash>,
        address: Option<IpAddr>,
    ) -> Result<Account, Refusal> {
        // Hashing costs more than asking.
        self.check_unlike(&username.looks()).await?;
        let password = Some(self.hashing.hash(password, address).await?);
        let now = self.now();
        let account = Account { email, password, admin, ..new_account(username, now) };
        let created = match pass {
            Some(pass) => self.store.register(&account, pass, now).await,
            None => self.store.create_account(&account).await,
        };
        created.map_err(account_failed)?;
        self.tell_new_name(&account).await;
        Ok(account)
    }

    pub(super) async fn tell_new_name(&self, account: &Account) {
        if let Err(refusal) = self.tell_name(account).await {
            // The engine learns it with the first thing that the user does.
            tracing::warn!(user = %account.user, %refusal, "the name of a new user is not known to the engine yet");
        }
    }

    /// The account with a hash of today's kind, if its own is not.
    async fn renewed(&self, account: Account, password: &Password, client: Client<'_>) -> Result<Account, Refusal> {
        if !account.password.as_ref().is_some_and(crate::PasswordHash::is_outdated) {
            return Ok(account);
        }
        let hash = self.hashing.hash(password.clone(), client.address).await?;
        let renewed = Account { password: Some(hash), ..account.clone() };
        match self.store.update_account(&renewed, Ends::Nothing).await {
            Ok(()) => Ok(Account { revision: renewed.revision + 1, ..renewed }),
            // Then no device of this revision can be made, and everything is looked at again.
            Err(AccountError::Conflict) => Ok(account),
            Err(error) => Err(account_failed(error)),
        }
    }

    /// Logs the user of a new account in.
    pub(super) async fn begin_new(&self, account: &Account, client: Client<'_>) -> Result<LoggedIn, Refusal> {
        let (device, token) = self.begin(account, client).await.map_err(account_failed)?;
        self.tokens(account, device.id, &token)
    }

    /// A new device of an account that is as it was read.
    async fn begin(&self, account: &Account, client: Client<'_>) -> Result<(Device, RefreshToken), AccountError> {
        let user = account.user.clone();
        let (device, token) = Device::begin(user, client.user_agent, self.now(), &*self.environment);
        self.store.create_device(&device, account.revision).await?;
        Ok((device, token))
    }

    /// Does a rotation; where the store does not say whether it did, it is asked what it has.
    async fn rotate(&self, rotation: &crate::Rotation) -> Result<bool, Refusal> {
        match self.store.rotate(rotation).await {
            Err(unknown @ StoreError::OutcomeUnknown { .. }) => {
                match self.store.device(rotation.device).await {
                    Ok(Some((device, _))) if device.newest == rotation.to => Ok(true),
                    Ok(Some((device, _))) if device.newest == rotation.from => Err(store_failed(unknown)),
                    Ok(_) => Ok(false),
                    // The read failed, and the rotation may have been done all the same.
                    Err(error) => {
                        store_failed(error);
                        Err(store_failed(unknown))
                    }
                }
            }
            rotated => rotated.map_err(store_failed),
        }
    }

    async fn end_reused(&self, user: &UserId, device: DeviceId) -> Result<(), Refusal> {
        tracing::warn!(%user, %device, "a refresh token was used twice; its device is ended");
        self.store.end_devices(user, Ends::One(device)).await.map_err(store_failed)?;
        self.close(user, Ends::One(device));
        Ok(())
    }

    fn tokens(&self, account: &Account, device: DeviceId, refresh: &RefreshToken) -> Result<LoggedIn, Refusal> {
        let signed = self.signer.issue(&account.user, device, self.now());
        let (token, expires_at) = signed.ok_or_else(|| Refusal::new(Code::Internal, "no token could be signed"))?;
        Ok(LoggedIn {
            token,
            refresh_token: refresh.to_text(),
            expires_at,
            user: account.user.clone(),
            username: account.username.clone(),
            admin: account.admin,
            device,
        })
    }

    pub(super) async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        if is_reserved(name.as_str(), &name.folded()) {
            return Err(AccountError::UsernameTaken.into());
        }
        self.check_unlike(&name.looks()).await
    }

    /// Whether no user's name looks like this one.
    async fn check_unlike(&self, looks: &Looks) -> Result<(), Refusal> {
        match self.store.account(By::Looks(looks)).await.map_err(store_failed)? {
            Some(_) => Err(AccountError::UsernameTaken.into()),
            None => Ok(()),
        }
    }
}

/// A username that may be registered, as far as it alone tells.
pub(super) fn free_to_take(text: &str) -> Result<Username, Refusal> {
    let username = Username::parse(text)?;
    if username.is_reserved() {
        return Err(Refusal::new(Code::UsernameTaken, "this username is kept for the server"));
    }
    Ok(username)
}

pub(super) fn parse(email: Option<&str>) -> Result<Option<Email>, Refusal> {
    Ok(email.map(Email::parse).transpose()?)
}

fn no_longer_valid() -> Refusal {
    Refusal::unauthorized("the refresh token is not valid, or not any more; log in again")
}
