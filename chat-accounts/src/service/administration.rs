//! What administrators do with accounts.

use chat_core::{Caller, Code, Refusal, UserId, limits};

use super::{
    Accounts, Client, Inner, account_failed, no_such_user,
    own::new_password,
    sign_in::{free_to_take, parse},
    store_failed,
};
use crate::{Account, AccountError, By, Ends, Link, LinkSecret, Password, SecretHash, Standing, Username};

/// Accounts in the hands of an administrator: see [`Accounts::administer`].
#[derive(Debug, Clone, Copy)]
pub struct Administration<'a> {
    pub(super) accounts: &'a Accounts,
    /// The administrator; `None` for the command line, whose user has the machine.
    pub(super) by: Option<&'a UserId>,
}

impl Accounts {
    /// What this caller may do as an administrator.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a caller who is none.
    pub fn administer<'a>(&'a self, caller: &'a Caller) -> Result<Administration<'a>, Refusal> {
        let by = Some(&caller.user);
        let refusal = || Refusal::new(Code::Forbidden, "only administrators may do this");
        caller.admin.then_some(Administration { accounts: self, by }).ok_or_else(refusal)
    }

    /// The same for whoever has the machine: a command line, a program that sets a server up.
    pub fn console(&self) -> Administration<'_> {
        Administration { accounts: self, by: None }
    }

    /// Sets a password by a link's secret. That uses the link up, and ends all devices of its user.
    ///
    /// # Errors
    /// [`Code::LinkNotFound`] for a link that was used, has expired or never was one; [`Code::InvalidField`],
    /// [`Code::RateLimited`], [`Code::Busy`], and what a store's failure is answered with.
    ///
    /// # Cancel safety
    /// A call that is dropped may have set the password, which uses the link up, or not, and then it is still of use.
    pub async fn reset_password(
        &self,
        secret: &str,
        new: impl Into<String>,
        client: Client<'_>,
    ) -> Result<(), Refusal> {
        let (inner, new) = (&*self.0, new_password(new)?);
        inner.throttle(|throttles| &throttles.logins, client)?;
        let secret = Link::hash(secret).ok_or_else(no_such_link)?;
        inner.living_link(&secret).await?;
        let hash = inner.hashing.hash(new, client.address).await?;
        for _ in 0..limits::ACCOUNT_TRIES {
            let user = inner.living_link(&secret).await?.user;
            let account = inner.account(&user).await?.filter(|it| !it.is_deleted()).ok_or_else(no_such_link)?;
            // Changing the account removes the link. So if it is there after the account was read, nobody has used it since.
            inner.living_link(&secret).await?;
            match inner.store.update_account(&Account { password: Some(hash.clone()), ..account }, Ends::All).await {
                Ok(()) => {
                    inner.close(&user, Ends::All);
                    return Ok(());
                }
                Err(AccountError::Conflict) => {}
                Err(error) => return Err(account_failed(error)),
            }
        }
        Err(AccountError::Conflict.into())
    }
}

impl Inner {
    async fn living_link(&self, secret: &SecretHash) -> Result<Link, Refusal> {
        let link = self.store.link(secret).await.map_err(store_failed)?;
        link.filter(|link| link.expires > self.now()).ok_or_else(no_such_link)
    }
}

fn no_such_link() -> Refusal {
    Refusal::new(Code::LinkNotFound, "the link was used, has expired, or never was one")
}

impl Administration<'_> {
    /// Accounts by user id, from above `after`: deleted ones, too.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn list(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<Account>, Refusal> {
        self.accounts.0.store.accounts(after, limit).await.map_err(store_failed)
    }

    /// The account of this username.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], and what a store's failure is answered with.
    pub async fn named(&self, username: &str) -> Result<Account, Refusal> {
        let username = Username::parse(username)?;
        let found = self.accounts.0.store.account(By::Username(username.key())).await.map_err(store_failed)?;
        found.ok_or_else(no_such_user)
    }

    /// The account of this user.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], also for a deleted one, and what a store's failure is answered with.
    pub async fn user(&self, user: &UserId) -> Result<Account, Refusal> {
        let found = self.accounts.0.account(user).await?.filter(|account| !account.is_deleted());
        found.ok_or_else(no_such_user)
    }

    /// Makes an account, whoever may register.
    ///
    /// # Errors
    /// As those of [`Accounts::register`].
    pub async fn create(
        &self,
        username: &str,
        email: Option<&str>,
        password: impl Into<String>,
        admin: bool,
    ) -> Result<Account, Refusal> {
        let (username, email, password) = (free_to_take(username)?, parse(email)?, Password::new(password)?);
        self.accounts.0.create(username, email, password, admin, None, None).await
    }

    /// Keeps a user out: they are logged out everywhere, and no token of theirs is valid again.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], [`Code::Forbidden`] for oneself, and what a store's failure is answered with.
    pub async fn suspend(&self, user: &UserId) -> Result<(), Refusal> {
        self.check_other(user)?;
        self.stand(user, Standing::Suspended, Ends::All).await?;
        self.accounts.0.close(user, Ends::All);
        Ok(())
    }

    /// Lets a suspended user log in again.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], and what a store's failure is answered with.
    pub async fn restore(&self, user: &UserId) -> Result<(), Refusal> {
        self.stand(user, Standing::Active, Ends::Nothing).await
    }

    /// Makes a user an administrator, or no longer one. Sessions that they have become an administrator's with their next
    /// access token. Whoever is no longer one is logged out everywhere, so that no session on any node goes on as one.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], [`Code::Forbidden`] for oneself, and what a store's failure is answered with.
    pub async fn set_admin(&self, user: &UserId, admin: bool) -> Result<(), Refusal> {
        self.check_other(user)?;
        let inner = &*self.accounts.0;
        let ends = if admin { Ends::Nothing } else { Ends::All };
        let changed = inner.change(user, ends, |account| {
            check_there(&account)?;
            Ok(Account { admin, ..account })
        });
        changed.await?;
        inner.close(user, ends);
        Ok(())
    }

    /// A link by which the user sets a password, once. An earlier one is of no use any more.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], and what a store's failure is answered with.
    pub async fn reset_link(&self, user: &UserId) -> Result<(Link, LinkSecret), Refusal> {
        let inner = &*self.accounts.0;
        check_there(&inner.account(user).await?.ok_or_else(no_such_user)?)?;
        let (link, secret) = Link::new(user.clone(), limits::LINK_MS, inner.now(), &*inner.environment);
        inner.store.create_link(&link).await.map_err(store_failed)?;
        Ok((link, secret))
    }

    /// Gives a user another password, and ends all their devices.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], [`Code::InvalidField`], [`Code::Busy`], and what a store's failure is answered with.
    pub async fn set_password(&self, user: &UserId, new: impl Into<String>) -> Result<(), Refusal> {
        let (inner, new) = (&*self.accounts.0, new_password(new)?);
        let hash = inner.hashing.hash(new, None).await?;
        let changed = inner.change(user, Ends::All, |account| {
            check_there(&account)?;
            Ok(Account { password: Some(hash.clone()), ..account })
        });
        changed.await?;
        inner.close(user, Ends::All);
        Ok(())
    }

    /// Deletes an account, as its user could ([`Accounts::delete`]), without their password.
    ///
    /// # Errors
    /// [`Code::UserNotFound`], [`Code::Forbidden`] for oneself, and what a store's failure is answered with.
    pub async fn delete(&self, user: &UserId) -> Result<(), Refusal> {
        self.check_other(user)?;
        // Nothing is erased of whoever has no account here.
        self.user(user).await?;
        self.accounts.0.delete(user, check_there).await
    }

    /// Frees the username of a deleted account.
    ///
    /// # Errors
    /// [`Code::UserNotFound`] for an account that is not there, [`Code::Forbidden`] for one that is not deleted, and what a
    /// store's failure is answered with.
    pub async fn free_username(&self, user: &UserId) -> Result<(), Refusal> {
        let inner = &*self.accounts.0;
        let account = inner.account(user).await?.ok_or_else(no_such_user)?;
        if !account.is_deleted() {
            return Err(Refusal::new(Code::Forbidden, "the account is not deleted"));
        }
        inner.store.remove_account(user).await.map_err(store_failed)
    }

    async fn stand(&self, user: &UserId, standing: Standing, ends: Ends) -> Result<(), Refusal> {
        let changed = self.accounts.0.change(user, ends, |account| {
            check_there(&account)?;
            Ok(Account { standing, ..account })
        });
        changed.await.map(drop)
    }

    /// Nobody locks themselves out.
    fn check_other(&self, user: &UserId) -> Result<(), Refusal> {
        match self.by {
            Some(by) if by == user => Err(Refusal::new(Code::Forbidden, "this is yourself: ask another administrator")),
            _ => Ok(()),
        }
    }
}

fn check_there(account: &Account) -> Result<(), Refusal> {
    if account.is_deleted() { Err(no_such_user()) } else { Ok(()) }
}
