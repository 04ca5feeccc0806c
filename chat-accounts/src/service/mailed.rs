//! Links that reach their users by mail: what happens after a request is answered, so that the answer tells nothing.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use chat_core::{Code, Refusal, limits};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{Accounts, Client, Inner, store_failed};
use crate::{Account, By, Email, Link, MailError, Mailer, ResetMail};

/// Mails on their way: a bounded queue, in the order in which they were asked for. A queue does not survive its process; users ask
/// again.
pub(super) struct Mails {
    mailer: Arc<dyn Mailer>,
    /// Places of requests that are not done.
    places: Arc<Semaphore>,
    turns: Semaphore,
}

impl Mails {
    pub(super) fn new(mailer: Arc<dyn Mailer>) -> Self {
        let places = Arc::new(Semaphore::new(limits::WAITING_MAILS));
        Self { mailer, places, turns: Semaphore::new(limits::MAILS_AT_ONCE) }
    }

    async fn deliver(&self, accounts: Weak<Inner>, email: Email) {
        let Ok(_turn) = self.turns.acquire().await else { return };
        let Some(inner) = accounts.upgrade() else { return };
        let mail = inner.reset_mail(&email).await;
        // The last mail does not keep the store open.
        drop(inner);
        if let Some(mail) = mail {
            self.send(&mail).await;
        }
    }

    async fn send(&self, mail: &ResetMail) {
        let mut waits = limits::MAIL_WAITS_MS.into_iter();
        loop {
            let sent = timeout(Duration::from_millis(limits::MAIL_TIMEOUT_MS), self.mailer.send(mail)).await;
            let sent = sent.unwrap_or_else(|_| Err(MailError::passing("it took too long")));
            let Err(error) = sent else { return };
            match waits.next().filter(|_| error.passes()) {
                Some(wait) => sleep(Duration::from_millis(wait)).await,
                None => return log(mail, &error),
            }
        }
    }
}

/// Of the address there is its domain alone, which is what an operator has to know.
fn log(mail: &ResetMail, error: &MailError) {
    let domain = mail.to.as_str().rsplit('@').next().unwrap_or_default();
    tracing::warn!(user = %mail.user, domain, %error, "a link that sets a password was not mailed");
}

impl Accounts {
    /// Whether links are mailed: whether there is a [`Mailer`].
    pub fn mails_links(&self) -> bool {
        self.0.mails.is_some()
    }

    /// Mails a link that sets a password to the user whose account has this address: soon, if there is such a user. It is of use
    /// once, for [`MAILED_LINK_MS`](limits::MAILED_LINK_MS), and an earlier link is of no use any more.
    ///
    /// Nothing is looked up before this returns, so its answer and its time tell nobody who has an account. Who has been mailed
    /// [`MAILED_BURST`](limits::MAILED_BURST) links lately is mailed no further one for a while; the last one is still of use then.
    ///
    /// # Errors
    /// [`Code::InvalidField`] for what is no address, [`Code::RateLimited`], [`Code::Busy`] when too many mails wait, and
    /// [`Code::NotFound`] where no mails are sent.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn mail_reset_link(&self, email: &str, client: Client<'_>) -> Result<(), Refusal> {
        let none = || Refusal::new(Code::NotFound, "this server sends no mails");
        let mails = self.0.mails.clone().ok_or_else(none)?;
        let email = Email::parse(email)?;
        self.0.throttle(|throttles| &throttles.resets, client)?;
        let busy = |_| Refusal::new(Code::Busy, "many mails wait to be sent; try again in a few minutes");
        let place = mails.places.clone().try_acquire_owned().map_err(busy)?;
        let accounts = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            mails.deliver(accounts, email).await;
            drop(place);
        });
        Ok(())
    }
}

impl Inner {
    /// The mail with a new link for the user of this address, if there is one who may log in and has not had too many.
    async fn reset_mail(&self, email: &Email) -> Option<ResetMail> {
        let account = self.store.account(By::Email(&email.key())).await.map_err(store_failed).ok()??;
        // What was typed is of the same key, and may be another address all the same: mails go to the account's own.
        let to = account.email.clone().filter(|_| account.is_active())?;
        if let Some(throttles) = &self.throttles
            && throttles.mailed.take(&account.user, self.moment()).is_err()
        {
            tracing::info!(user = %account.user, "a user was mailed many links, and is mailed no further one for a while");
            return None;
        }
        let (made_at, environment) = (self.now(), &*self.environment);
        let (link, secret) = Link::new(account.user.clone(), limits::MAILED_LINK_MS, made_at, environment);
        self.store.create_link(&link).await.map_err(store_failed).ok()?;
        // Changing an account removes its link. One that was made only after that would be mailed to an address that the user may
        // have given up.
        self.account(&account.user).await.ok()?.filter(|now| now.revision == account.revision)?;
        let Account { user, username, .. } = account;
        let id = format!("{:032x}", environment.random());
        Some(ResetMail { id, user, to, username, secret, made_at, expires: link.expires })
    }
}
