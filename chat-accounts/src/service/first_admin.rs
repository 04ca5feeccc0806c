//! The first administrator: made by a link that the server shows to whoever starts it.

use std::sync::{Mutex, PoisonError};

use chat_core::{Code, Refusal};

use super::{
    Accounts, Client, LoggedIn,
    sign_in::{free_to_take, parse},
    store_failed,
};
use crate::{Link, LinkSecret, Password, SecretHash};

/// What is known of the link, while there is one that nobody uses just now.
#[derive(Default)]
pub(super) struct FirstAdmin(Mutex<Option<SecretHash>>);

impl FirstAdmin {
    fn set(&self, secret: Option<SecretHash>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = secret;
    }

    /// Takes the link out, so that nobody else uses it meanwhile.
    fn take(&self, secret: SecretHash) -> Option<Using<'_>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.take_if(|known| *known == secret).map(|secret| Using { of: self, secret: Some(secret) })
    }
}

/// A link in use. Unless it is [spent](Self::spend), it is there again afterwards, also where the use was dropped.
struct Using<'a> {
    of: &'a FirstAdmin,
    secret: Option<SecretHash>,
}

impl Using<'_> {
    fn spend(mut self) {
        self.secret = None;
    }
}

impl Drop for Using<'_> {
    fn drop(&mut self) {
        if self.secret.is_some() {
            self.of.set(self.secret);
        }
    }
}

impl Accounts {
    /// The secret of a link by which whoever has it makes the first administrator, once; `None` where there is an
    /// administrator. Only the last one is of use, and only until this process ends.
    ///
    /// # Errors
    /// What a store's failure is answered with.
    pub async fn first_admin_link(&self) -> Result<Option<LinkSecret>, Refusal> {
        let inner = &*self.0;
        if inner.store.has_admin().await.map_err(store_failed)? {
            return Ok(None);
        }
        let (secret, link) = Link::secret(&*inner.environment);
        inner.first_admin.set(Some(secret));
        Ok(Some(link))
    }

    /// Makes the first administrator, whoever may register, and logs them in. Only success uses the link up.
    ///
    /// # Errors
    /// [`Code::LinkNotFound`] for what is no link, for one that was used or is used just now, and where there is an administrator;
    /// and as those of [`register`](Self::register).
    ///
    /// # Cancel safety
    /// A call that is dropped may have made the account or not; if not, the link is still of use.
    pub async fn create_first_admin(
        &self,
        secret: &str,
        username: &str,
        email: Option<&str>,
        password: impl Into<String>,
        client: Client<'_>,
    ) -> Result<LoggedIn, Refusal> {
        let inner = &*self.0;
        let (username, email, password) = (free_to_take(username)?, parse(email)?, Password::new(password)?);
        inner.throttle(|throttles| &throttles.registrations, client)?;
        let using = Link::hash(secret).and_then(|secret| inner.first_admin.take(secret)).ok_or_else(no_such_link)?;
        if inner.store.has_admin().await.map_err(store_failed)? {
            // Made in another way: the link is not to outlive its purpose, as whoever reads old logs may know it.
            using.spend();
            return Err(no_such_link());
        }
        let account = inner.create(username, email, password, true, None, client.address).await?;
        using.spend();
        inner.begin_new(&account, client).await
    }
}

fn no_such_link() -> Refusal {
    let why = "the link was used, is of an earlier start, or never was one; or there is an administrator by now";
    Refusal::new(Code::LinkNotFound, why)
}
