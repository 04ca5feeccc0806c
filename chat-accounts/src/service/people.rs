//! The accounts as an engine's lists of who there is.

use async_trait::async_trait;
use chat_core::{Name, People, Refusal, UserId};

use super::{Accounts, store_failed};
use crate::By;

#[async_trait]
impl People for Accounts {
    /// Suspended users keep their name, and are written to: they read it once they are restored. Deleted ones are gone.
    async fn name_of(&self, user: &UserId) -> Result<Option<Name>, Refusal> {
        let account = self.0.store.account(By::User(user)).await.map_err(store_failed)?;
        Ok(account.filter(|account| !account.is_deleted()).map(|account| account.username.name()))
    }

    /// A guest takes neither a user's name nor a reserved one.
    async fn check_guest_name(&self, name: &Name) -> Result<(), Refusal> {
        self.0.check_guest_name(name).await
    }
}
