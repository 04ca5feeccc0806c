//! Registration by invitation: administrators make passes, and who has the code of one may register.

use chat_core::{Code, Refusal, Timestamp, limits};

use super::{
    Accounts, Administration, Client, LoggedIn, Registration,
    sign_in::{free_to_take, parse},
    store_failed,
};
use crate::{Pass, PassCode, PassId, Password};

impl Accounts {
    /// As [`register`](Self::register), with a pass's code where registration is [by invitation](Registration::Invited). Where it is
    /// open, no pass is used up. The account is made and the pass is used in one step, or neither.
    ///
    /// # Errors
    /// As those of [`register`](Self::register): [`Code::RegistrationClosed`] also for a code that was used up, has expired, was
    /// taken back or never was one.
    ///
    /// # Cancel safety
    /// A call that is dropped may have made the account or not.
    pub async fn register_invited(
        &self,
        code: &str,
        username: &str,
        email: Option<&str>,
        password: impl Into<String>,
        client: Client<'_>,
    ) -> Result<LoggedIn, Refusal> {
        let inner = &*self.0;
        if inner.registration != Registration::Invited {
            return self.register(username, email, password, client).await;
        }
        let (username, email, password) = (free_to_take(username)?, parse(email)?, Password::new(password)?);
        inner.throttle(|throttles| &throttles.registrations, client)?;
        let secret = PassCode::hash(code).ok_or_else(of_no_use)?;
        // No password is hashed for a request without a pass.
        let pass = inner.store.pass(&secret).await.map_err(store_failed)?;
        pass.filter(|pass| pass.is_useful(inner.now())).ok_or_else(of_no_use)?;
        let account = inner.create(username, email, password, false, Some(&secret), client.address).await?;
        inner.begin_new(&account, client).await
    }
}

impl Administration<'_> {
    /// Makes a pass for so many who may register until then, and the code that is handed to them.
    ///
    /// # Errors
    /// [`Code::InvalidField`] for no uses, for more than [`MAX_PASS_USES`](limits::MAX_PASS_USES) and for a time that has passed or is
    /// more than [`MAX_PASS_MS`](limits::MAX_PASS_MS) away, [`Code::RateLimited`] where there are [`MAX_PASSES`](limits::MAX_PASSES),
    /// and what a store's failure is answered with.
    pub async fn create_pass(&self, uses: u32, expires: Option<Timestamp>) -> Result<(Pass, PassCode), Refusal> {
        let inner = &*self.accounts.0;
        let now = inner.now();
        let after = |ms| Timestamp(now.0.saturating_add(ms));
        let expires = expires.unwrap_or_else(|| after(limits::PASS_MS));
        if !(1..=limits::MAX_PASS_USES).contains(&uses) {
            return Err(Refusal::field("uses", format!("must be from 1 to {}", limits::MAX_PASS_USES)));
        }
        if expires <= now || expires > after(limits::MAX_PASS_MS) {
            return Err(Refusal::field("expiresAt", "must be within a year from now"));
        }
        if self.sweep_passes(now).await? >= limits::MAX_PASSES {
            let why = format!("there are {} registration codes; take some back first", limits::MAX_PASSES);
            return Err(Refusal::new(Code::RateLimited, why));
        }
        let code = PassCode::new(&*inner.environment);
        let id = PassId::from_random(inner.environment.random());
        let pass = Pass { id, secret: code.secret(), creator: self.by.cloned(), created_at: now, expires, uses };
        inner.store.create_pass(&pass).await.map_err(store_failed)?;
        Ok((pass, code))
    }

    /// Removes passes that are of no use any more, so that a store has no more of them than it lists; how many are left.
    async fn sweep_passes(&self, now: Timestamp) -> Result<usize, Refusal> {
        let store = &self.accounts.0.store;
        let (useful, spent): (Vec<_>, Vec<_>) =
            store.passes().await.map_err(store_failed)?.into_iter().partition(|pass| pass.is_useful(now));
        for pass in spent {
            store.remove_pass(pass.id).await.map_err(store_failed)?;
        }
        Ok(useful.len())
    }

    /// The passes that somebody may still register with, the newest first.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn passes(&self) -> Result<Vec<Pass>, Refusal> {
        let inner = &*self.accounts.0;
        let now = inner.now();
        let mut passes = inner.store.passes().await.map_err(store_failed)?;
        passes.retain(|pass| pass.is_useful(now));
        passes.sort_by_key(|pass| (std::cmp::Reverse(pass.created_at), pass.id));
        Ok(passes)
    }

    /// Takes a pass back. Who registers with it just now may still come in.
    ///
    /// # Errors
    /// [`Code::NotFound`], and what a store's failure is answered with.
    pub async fn remove_pass(&self, pass: PassId) -> Result<(), Refusal> {
        let removed = self.accounts.0.store.remove_pass(pass).await.map_err(store_failed)?;
        removed.then_some(()).ok_or_else(|| Refusal::new(Code::NotFound, "there is no such registration code"))
    }
}

fn of_no_use() -> Refusal {
    let why = "the registration code was used up, has expired, was taken back, or never was one";
    Refusal::new(Code::RegistrationClosed, why)
}
