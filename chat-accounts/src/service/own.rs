//! What users do with their own accounts.

use chat_core::{Caller, Code, Refusal, UserId};

use super::{
    Accounts, Client, Inner, SignedIn, no_such_user,
    sign_in::{free_to_take, parse},
    store_failed, wrong_credentials,
};
use crate::{Account, Device, DeviceId, Ends, Password};

/// What a user changes of their account: what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountChange<'a> {
    /// Another name.
    pub username: Option<&'a str>,
    /// Another email address; an empty one takes the old one away.
    pub email: Option<&'a str>,
    /// The user's password. It is needed for another email address where links are mailed: whoever has stolen a token could have
    /// one mailed to themselves.
    pub password: Option<&'a str>,
    /// Whether others find the user by their name.
    pub findable: Option<bool>,
    /// Whether others see how far the user has read, and the user sees it of others.
    pub shows_reads: Option<bool>,
    /// Whether others see when the user was last connected, and the user sees it of others.
    pub shows_last_seen: Option<bool>,
}

impl Accounts {
    /// The caller's account.
    ///
    /// # Errors
    /// [`Code::UserNotFound`] for guests and users of others, and what a store's failure is answered with.
    pub async fn me(&self, caller: &Caller) -> Result<Account, Refusal> {
        self.0.account(&caller.user).await?.filter(|account| !account.is_deleted()).ok_or_else(no_such_user)
    }

    /// Changes the caller's account.
    ///
    /// # Errors
    /// [`Code::InvalidField`], [`Code::UsernameTaken`], [`Code::EmailTaken`], [`Code::RateLimited`];
    /// [`Code::InvalidCredentials`] for another password than theirs, where one is needed, and as those of [`me`](Self::me). If a store fails once the account is changed, the old name may still be shown: try again.
    ///
    /// # Cancel safety
    /// A call that is dropped may have changed the account or not.
    pub async fn update(
        &self,
        caller: &Caller,
        AccountChange { username, email, password, findable, shows_reads, shows_last_seen }: AccountChange<'_>,
        client: Client<'_>,
    ) -> Result<Account, Refusal> {
        let username = username.map(free_to_take).transpose()?;
        let removes = email == Some("");
        let email = parse(email.filter(|email| !email.is_empty()))?;
        // Of each name and address it tells whether another account has it.
        self.0.throttle_update(&caller.user)?;
        let moves = |account: &Account| (removes || email.is_some()) && account.email != email;
        let confirmed = match self.0.mails {
            Some(_) if moves(&self.me(caller).await?) => Some(self.0.confirmed(caller, password, client).await?),
            _ => None,
        };
        let changed = self.0.change(&caller.user, Ends::Nothing, |mut account| {
            check_active(&account)?;
            if confirmed.as_ref().is_some_and(|confirmed| confirmed.password != account.password) {
                return Err(wrong_credentials());
            }
            account.username = username.clone().unwrap_or(account.username);
            account.email = if removes { None } else { email.clone().or(account.email) };
            account.findable = findable.unwrap_or(account.findable);
            account.hides.reads = shows_reads.map_or(account.hides.reads, |shows| !shows);
            account.hides.last_seen = shows_last_seen.map_or(account.hides.last_seen, |shows| !shows);
            Ok(account)
        });
        let changed = changed.await?;
        // What is given again may not have reached the engine the first time.
        if shows_reads.or(shows_last_seen).is_some()
            && let Ok(chat) = self.0.chat()
        {
            chat.hide(&changed.user, changed.hides);
        }
        if username.is_some() {
            self.0.tell_name(&changed).await?;
        }
        Ok(changed)
    }

    /// Gives the caller another password, or a first one: whoever signs in at a provider and has none needs no old one within
    /// [`FRESH_SIGN_IN_MS`](chat_core::limits::FRESH_SIGN_IN_MS) of their sign-in. Their other devices are ended; this one stays.
    ///
    /// # Errors
    /// [`Code::InvalidCredentials`] for another password than theirs, [`Code::SignInAgain`] for users without one whose sign-in is
    /// too long ago, [`Code::InvalidField`] for a new one that is too short or
    /// too long, [`Code::RateLimited`], [`Code::Busy`], and as those of [`me`](Self::me).
    ///
    /// # Cancel safety
    /// A call that is dropped may have changed the password or not.
    pub async fn change_password<'p>(
        &self,
        caller: &Caller,
        password: impl Into<Option<&'p str>>,
        new: impl Into<String>,
        client: Client<'_>,
    ) -> Result<(), Refusal> {
        let new = new_password(new)?;
        let account = self.0.confirmed(caller, password.into(), client).await?;
        let ends = caller.claims::<SignedIn>().map_or(Ends::All, |it| Ends::AllBut(it.device()));
        let hash = self.0.hashing.hash(new, client.address).await?;
        let changed = self.0.change(&caller.user, ends, |now| {
            check_active(&now)?;
            // Another request has changed the password meanwhile, so the one given here may be wrong now.
            if now.password != account.password {
                return Err(wrong_credentials());
            }
            Ok(Account { password: Some(hash.clone()), ..now })
        });
        changed.await?;
        self.0.close(&caller.user, ends);
        Ok(())
    }

    /// Deletes the caller's account: they are logged out everywhere, their name is erased wherever it is shown, and nobody
    /// can take it unless an administrator frees it. They leave all rooms but direct ones ([`leave_all`](chat_core::Chat::leave_all)). Their messages
    /// stay, as a deleted user's.
    ///
    /// From the moment at which the account is deleted it stays so. What is left to be done then, and cannot be done now, a task of the
    /// [attached](Self::attach) engine does later, after a restart, too.
    ///
    /// # Errors
    /// As those of [`change_password`](Self::change_password).
    ///
    /// # Cancel safety
    /// A call that is dropped may have deleted the account or not.
    pub async fn delete<'p>(
        &self,
        caller: &Caller,
        password: impl Into<Option<&'p str>>,
        client: Client<'_>,
    ) -> Result<(), Refusal> {
        self.0.confirmed(caller, password.into(), client).await?;
        self.0.delete(&caller.user, check_active).await
    }

    /// Where the caller is logged in, the device seen last first; and on which of these they are now.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn devices(&self, caller: &Caller) -> Result<(Vec<Device>, Option<DeviceId>), Refusal> {
        let devices = self.0.store.devices(&caller.user).await.map_err(store_failed)?;
        Ok((devices, caller.claims::<SignedIn>().map(SignedIn::device)))
    }

    /// Logs the caller out on one of their devices.
    ///
    /// # Errors
    /// [`Code::NotFound`] for a device that is not theirs, and what a store's failure is answered with.
    pub async fn end_device(&self, caller: &Caller, device: DeviceId) -> Result<(), Refusal> {
        match self.0.end(caller, Ends::One(device)).await? {
            0 => Err(Refusal::new(Code::NotFound, "you have no such device")),
            _ => Ok(()),
        }
    }

    /// Logs the caller out: on this device, or everywhere.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn log_out(&self, caller: &Caller, everywhere: bool) -> Result<(), Refusal> {
        let here = caller.claims::<SignedIn>().map_or(Ends::Nothing, |it| Ends::One(it.device()));
        self.0.end(caller, if everywhere { Ends::All } else { here }).await.map(drop)
    }
}

impl Inner {
    /// Deletes an account that passes the check.
    pub(super) async fn delete(
        &self,
        user: &UserId,
        check: impl Fn(&Account) -> Result<(), Refusal> + Sync,
    ) -> Result<(), Refusal> {
        let deleted = self.change(user, Ends::All, |now| {
            check(&now)?;
            Ok(now.deleted())
        });
        deleted.await?;
        self.close(user, Ends::All);
        if let Err(refusal) = self.vanish(user).await {
            tracing::warn!(%user, %refusal, "a deleted user is still shown in rooms");
        }
        Ok(())
    }

    async fn end(&self, caller: &Caller, ends: Ends) -> Result<usize, Refusal> {
        let ended = self.store.end_devices(&caller.user, ends).await.map_err(store_failed)?;
        self.close(&caller.user, ends);
        Ok(ended)
    }

    /// The caller's account, once they have said its password. Of whoever signs in at a provider, and has none, a sign-in of the last
    /// few minutes is as good.
    async fn confirmed(&self, caller: &Caller, password: Option<&str>, client: Client<'_>) -> Result<Account, Refusal> {
        let account = self.account(&caller.user).await?.ok_or_else(no_such_user)?;
        if account.password.is_none() && account.identity.is_some() {
            self.check_fresh(caller).await?;
            return Ok(account);
        }
        let needed = || Refusal::field("password", "is missing, and needed for this");
        let password = Password::typed(password.ok_or_else(needed)?)?;
        let is_right = self.is_password(account.username.key(), Some(&account), &password, client).await?;
        if is_right { Ok(account) } else { Err(wrong_credentials()) }
    }
}

pub(super) fn new_password(text: impl Into<String>) -> Result<Password, Refusal> {
    Password::new(text).map_err(|invalid| Refusal::field("newPassword", invalid.to_string()))
}

/// A caller whose account was suspended or deleted meanwhile changes it no more.
fn check_active(account: &Account) -> Result<(), Refusal> {
    if account.is_active() { Ok(()) } else { Err(Refusal::unauthorized("the account is not active any more")) }
}
