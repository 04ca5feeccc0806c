//! The accounts as an engine's lists of who there is.

use async_trait::async_trait;
use chat_core::{FoundUsers, Hides, Name, People, Refusal, UserId, Who};

use super::{Accounts, store_failed};
use crate::{By, Found, Place, Prefix, RANKS};

#[async_trait]
impl People for Accounts {
    /// Suspended users keep their name, and are written to: they read it once they are restored. Deleted ones are gone.
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        let account = self.0.store.account(By::User(user)).await.map_err(store_failed)?;
        Ok(account.filter(|account| !account.is_deleted()).map(|account| account.username.name()))
    }

    /// By the beginning of words of the username: [`Account::words`](crate::Account::words) has the rules, and
    /// [`Place`] the order.
    async fn search(&self, search: &str, after: Option<&str>, limit: usize) -> Result<FoundUsers, Refusal> {
        let prefix = Prefix::parse(search)?;
        let of_another = || Refusal::field("after", "is not the next of a page of this search");
        let after = after.map(|after| Place::parse(after, &prefix, &RANKS).ok_or_else(of_another)).transpose()?;
        let found = self.0.store.search(&prefix, after.as_ref(), limit).await.map_err(store_failed)?;
        let next = found.last().filter(|_| found.len() >= limit).map(|found| found.place.to_text().into());
        let who = |Found { place, username }| Who { user: place.id, name: Some(username.name()) };
        Ok(FoundUsers { users: found.into_iter().map(who).collect(), next })
    }

    /// As their accounts say it.
    async fn hidden(&self, users: &[UserId]) -> Result<Vec<(UserId, Hides)>, Refusal> {
        self.0.store.hidden(users).await.map_err(store_failed)
    }

    /// A guest takes neither a user's name nor a reserved one, nor one that looks like one of these.
    async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        self.0.check_guest_name(name).await
    }
}
